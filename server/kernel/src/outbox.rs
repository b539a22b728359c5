//! The outbox: events written in the transaction of the business, handed to subscribers once it has committed.
//!
//! An event is dispatched in a transaction of its organization that locks it, runs every subscriber and marks it:
//! whatever subscribers write in there happens exactly once, in however many processes the dispatcher runs.
use crate::{
    access::{Actor, RequestInfo},
    app::App,
    db::TenantTx,
    fault::{Code, Fault},
    jobs::{JobRegistry, retry_after},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::postgres::PgListener;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// One event of the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxEvent {
    pub id: Uuid,
    pub org: Uuid,
    /// `feature.completed`.
    pub topic: String,
    pub payload: Value,
    pub created_at: DateTime<Utc>,
}

impl OutboxEvent {
    /// The payload as the type the topic carries.
    pub fn read<P: serde::de::DeserializeOwned>(&self) -> Result<P, Fault> {
        serde_json::from_value(self.payload.clone())
            .map_err(|error| Fault::new(Code::Internal, format!("The event {} was not understood: {error}", self.topic)))
    }
}

/// Writes an event in the transaction of the business; subscribers hear it when that has committed.
pub async fn emit(tx: &mut TenantTx, topic: &str, payload: impl Serialize) -> Result<Uuid, Fault> {
    let org = tx.actor().org()?;
    // Payloads are plain data: they always have a JSON form.
    let payload = serde_json::to_value(payload).unwrap_or(Value::Null);
    let id = sqlx::query_scalar!(
        "insert into core.event_outbox (organization_id, topic, payload) values ($1, $2, $3) returning id",
        org,
        topic,
        payload
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(id)
}

/// Dispatches what waits; answers how many events were handed over. An event that fails is tried again later and
/// does not hold up the others.
pub(crate) async fn dispatch(app: &App, registry: &JobRegistry) -> Result<usize, Fault> {
    let mut handed = 0;
    loop {
        let due = sqlx::query!(r#"select id as "id!", organization_id as "org!" from core.outbox_due($1, 100)"#, crate::jobs::at(app))
            .fetch_all(app.db.pool())
            .await?;
        let mut moved = 0;
        for event in &due {
            match tokio::time::timeout(Duration::from_secs(30), hand_over(app, registry, event.org, event.id)).await {
                Ok(Ok(done)) => moved += usize::from(done),
                Ok(Err(fault)) => postpone(app, event.org, event.id, &fault.message).await?,
                Err(_) => postpone(app, event.org, event.id, "A subscriber took more than 30 s.").await?,
            }
        }
        handed += moved;
        // Fewer than asked for: the rest is being dispatched elsewhere, or there is none.
        if due.len() < 100 || moved == 0 {
            return Ok(handed);
        }
    }
}

/// One event; false when another process has it.
async fn hand_over(app: &App, registry: &JobRegistry, org: Uuid, id: Uuid) -> Result<bool, Fault> {
    let mut tx = begin(app, org, id).await?;
    let event = sqlx::query_as!(
        OutboxEvent,
        "select id, organization_id as org, topic, payload, created_at from core.event_outbox
         where id = $1 and dispatched_at is null for update skip locked",
        id
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(event) = event else { return Ok(false) };
    for subscriber in registry.subscribers(&event.topic) {
        subscriber(&mut tx, &event).await?;
    }
    let now = tx.now();
    sqlx::query!("update core.event_outbox set dispatched_at = $2, last_error = null where id = $1", id, now).execute(tx.conn()).await?;
    tx.commit().await?;
    Ok(true)
}

/// The event comes again, as late as a job after that many attempts.
async fn postpone(app: &App, org: Uuid, id: Uuid, error: &str) -> Result<(), Fault> {
    let mut tx = begin(app, org, id).await?;
    let attempts = sqlx::query_scalar!(
        "update core.event_outbox set attempts = attempts + 1, last_error = $2 where id = $1 and dispatched_at is null returning attempts",
        id,
        error
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(attempts) = attempts else {
        return Ok(());
    };
    let wait = retry_after(attempts, rand::random());
    tracing::warn!(outbox.id = %id, outbox.attempts = attempts, error, wait_ms = wait.as_millis() as u64, "event not dispatched");
    let next = tx.now().max(Utc::now()) + wait;
    sqlx::query!("update core.event_outbox set next_at = $2 where id = $1", id, next).execute(tx.conn()).await?;
    tx.commit().await
}

async fn begin(app: &App, org: Uuid, id: Uuid) -> Result<TenantTx, Fault> {
    let request = RequestInfo { id: format!("event-{id}"), ..RequestInfo::default() };
    TenantTx::begin(app, Actor { request, ..Actor::system(Some(org)) }).await
}

/// Dispatches whenever a transaction has written events, and every few seconds in any case, until the process stops.
pub(crate) async fn keep(app: App, registry: Arc<JobRegistry>, sweep: Duration, stop: CancellationToken) -> Result<(), Fault> {
    let mut listener = PgListener::connect(&app.db.urls.app).await?;
    listener.listen("millrace_outbox").await?;
    while !stop.is_cancelled() {
        dispatch(&app, &registry).await?;
        match stop.run_until_cancelled(tokio::time::timeout(sweep, listener.try_recv())).await {
            Some(Ok(Err(error))) => return Err(error.into()),
            // One sweep serves all notices that have arrived.
            Some(Ok(Ok(_))) => while listener.next_buffered().is_some() {},
            Some(Err(_)) | None => {}
        }
    }
    Ok(())
}
