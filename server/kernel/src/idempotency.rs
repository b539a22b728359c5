//! `Idempotency-Key`: a write repeated within 24 hours answers what it answered first (chapter 10, section 5).
//!
//! The answer is kept in the transaction of the work, so there is no moment in which the work is done and its answer
//! unknown. A repetition that comes while the first call still runs waits for it at the row's unique key.
use crate::{
    db::TenantTx,
    fault::{Code, Fault},
    ids::sha256_hex,
};
use chrono::Duration;
use serde::{Serialize, de::DeserializeOwned};

/// One call that carries a key.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The header's value.
    pub key: &'a str,
    /// Method and path: `POST /api/v1/projects`.
    pub path: &'a str,
    pub body: &'a [u8],
    /// The HTTP status of a success, repeated with it.
    pub status: u16,
}

/// What a call is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<T> {
    pub value: T,
    pub status: u16,
    /// Was the work done earlier?
    pub repeated: bool,
}

/// Does `work` once per key, person and organization. The same key with another path or body is 409.
/// A failure is not kept: its transaction is rolled back, and the same key may try again.
pub async fn once<T: Serialize + DeserializeOwned>(
    tx: &mut TenantTx,
    call: Call<'_>,
    work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, Fault>,
) -> Result<Answer<T>, Fault> {
    if call.key.is_empty() || call.key.len() > 255 {
        return Err(Fault::new(Code::BadRequest, "The Idempotency-Key must have 1 to 255 characters."));
    }
    let actor = tx.actor().id.or(tx.actor().user).ok_or_else(|| Fault::new(Code::Unauthenticated, "Sign in first."))?;
    let (path, body) = (sha256_hex(call.path), sha256_hex(call.body));
    let Some(id) = claim(tx, actor, call.key, &path, &body).await? else {
        return repeat(tx, actor, call.key, &path, &body).await;
    };
    let value = work(tx).await?;
    let kept = serde_json::to_value(&value).map_err(|_| Fault::internal())?;
    sqlx::query!("update core.idempotency_keys set status = $2, response = $3 where id = $1", id, i32::from(call.status), kept)
        .execute(tx.conn())
        .await?;
    Ok(Answer { value, status: call.status, repeated: false })
}

/// Makes the row of the key, or takes over one older than a day. `None`: it is answered already.
async fn claim(tx: &mut TenantTx, actor: uuid::Uuid, key: &str, path: &str, body: &str) -> Result<Option<uuid::Uuid>, Fault> {
    let now = tx.now();
    // The first call may take as long as a request lives; a repetition need not wait that long.
    sqlx::query!("select set_config('lock_timeout', '10s', true)").fetch_one(tx.conn()).await?;
    let claimed = sqlx::query_scalar!(
        "insert into core.idempotency_keys as k (actor_id, key, path_hash, body_hash, created_at) values ($1, $2, $3, $4, $5)
         on conflict (organization_id, actor_id, key) do update
           set path_hash = excluded.path_hash, body_hash = excluded.body_hash, created_at = excluded.created_at,
               status = null, response = null
           where k.created_at <= $6
         returning id",
        actor,
        key,
        path,
        body,
        now,
        now - Duration::hours(24),
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(|error| match error.as_database_error().and_then(|db| db.code()).as_deref() {
        Some("55P03") => Fault::new(Code::Conflict, "A call with this Idempotency-Key is still running. Try again in a moment."),
        _ => error.into(),
    })?;
    sqlx::query!("select set_config('lock_timeout', '0', true)").fetch_one(tx.conn()).await?;
    Ok(claimed)
}

async fn repeat<T: DeserializeOwned>(tx: &mut TenantTx, actor: uuid::Uuid, key: &str, path: &str, body: &str) -> Result<Answer<T>, Fault> {
    let org = tx.actor().org;
    let first = sqlx::query!(
        "select path_hash, body_hash, status, response from core.idempotency_keys
         where organization_id is not distinct from $1 and actor_id = $2 and key = $3",
        org,
        actor,
        key
    )
    .fetch_one(tx.conn())
    .await?;
    if first.path_hash != path || first.body_hash != body {
        return Err(Fault::new(Code::Conflict, "This Idempotency-Key was used for another call."));
    }
    let (Some(status), Some(response)) = (first.status, first.response) else {
        return Err(Fault::new(Code::Conflict, "A call with this Idempotency-Key is still running. Try again in a moment."));
    };
    let value = serde_json::from_value(response).map_err(|_| Fault::internal())?;
    Ok(Answer { value, status: u16::try_from(status).unwrap_or(200), repeated: true })
}
