//! Background jobs. `core.jobs` is the record of every job and decides what runs; graphile_worker wakes a worker when
//! one is due (its one task carries the id of a row). A run is a lease: a worker that dies loses the job to another
//! within a minute and a half, and only the run that holds the lease may end the job. Handlers must be safe to repeat.
use crate::fault::{Code, Fault};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{Executor, PgConnection, PgPool};
use uuid::Uuid;

mod admin;
mod context;
mod drain;
mod registry;
mod run;
mod worker;

pub use admin::{JOB, Step, cancel, retry, run_now, steer};
pub use context::JobCtx;
pub use drain::{Drained, drain};
pub use registry::{JobOptions, JobRegistry};
pub(crate) use run::at;
pub use run::retry_after;
pub use worker::{Settings, run_worker, run_worker_with};

/// The schema of the queue.
pub(crate) const SCHEMA: &str = "graphile_worker";

/// Brings the queue's own schema up to date and opens it to the application; the pool acts as `app_owner`.
pub async fn install(owner: &PgPool) -> Result<(), Fault> {
    let options = graphile_worker::WorkerOptions::default().schema(SCHEMA).pg_pool(owner.clone());
    options.init().await.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "the job queue could not be installed");
        Fault::new(Code::Unavailable, format!("The job queue could not be installed: {error}"))
    })?;
    // The queue enables row security without a policy: only its owner would see a row. Its rows hold ids only.
    owner
        .execute(
            "do $$
             declare t regclass;
             begin
               perform pg_advisory_xact_lock(hashtext('millrace.queue'));
               for t in select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
                 where n.nspname = 'graphile_worker' and c.relrowsecurity
                   and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'millrace')
               loop
                 execute format('create policy millrace on %s to app_user, app_definer using (true) with check (true)', t);
               end loop;
             end $$",
        )
        .await?;
    Ok(())
}

/// A job to be put into the queue.
#[derive(Clone, Debug)]
#[must_use = "a job is queued by `jobs::enqueue`"]
pub struct NewJob {
    /// `mail.send`: the handler's name in the registry.
    pub kind: String,
    pub payload: Value,
    /// The organization; `None`: that of the transaction, or none outside of one.
    pub org: Option<Uuid>,
    /// While a job of this kind and key waits or runs, a second is not added.
    pub unique_key: Option<String>,
    /// `None`: at once.
    pub run_at: Option<DateTime<Utc>>,
    /// `None`: what the kind's options say.
    pub max_attempts: Option<i32>,
    /// Lower runs first.
    pub priority: i32,
}

impl NewJob {
    pub fn new(kind: &str, payload: impl Serialize) -> Self {
        Self {
            kind: kind.to_owned(),
            // Payloads are plain data: they always have a JSON form.
            payload: serde_json::to_value(payload).unwrap_or(Value::Null),
            org: None,
            unique_key: None,
            run_at: None,
            max_attempts: None,
            priority: 0,
        }
    }

    pub fn org(mut self, org: Uuid) -> Self {
        self.org = Some(org);
        self
    }

    pub fn unique(mut self, key: impl Into<String>) -> Self {
        self.unique_key = Some(key.into());
        self
    }

    pub fn at(mut self, run_at: DateTime<Utc>) -> Self {
        self.run_at = Some(run_at);
        self
    }

    pub fn attempts(mut self, max: i32) -> Self {
        self.max_attempts = Some(max);
        self
    }

    pub fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }
}

/// Puts a job into the queue; it exists when the caller's transaction commits. Answers the id, or that of the job
/// with the same key which waits or runs already.
pub async fn enqueue(conn: &mut PgConnection, job: NewJob) -> Result<Uuid, Fault> {
    let NewJob { kind, payload, org, unique_key, run_at, max_attempts, priority } = job;
    let id = sqlx::query_scalar!(
        r#"select core.enqueue(coalesce($1, core.tenant()), $2, $3, $4, $5, $6, $7) as "id!""#,
        org,
        kind,
        payload,
        unique_key,
        run_at,
        max_attempts,
        priority
    )
    .fetch_one(conn)
    .await?;
    Ok(id)
}

/// The fault of a handler for which trying again is no use: the job is dead at once.
pub fn give_up(message: impl Into<String>) -> Fault {
    Fault::new(Code::Validation, message).with_details(json!({ "give_up": true }))
}

fn gives_up(fault: &Fault) -> bool {
    fault.details.as_ref().is_some_and(|details| details["give_up"] == true)
}
