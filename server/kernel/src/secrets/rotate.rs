//! Rotation: after a new key came to the front of the ring, every sealed value is sealed again under it.
use crate::{
    app::App,
    fault::Fault,
    jobs::{self, JobCtx, JobOptions, JobRegistry, NewJob},
    keys::Sealed,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The kind of the rotation job.
pub const ROTATE: &str = "secrets.rotate";

/// Rows of one transaction.
const BATCH: i32 = 200;

/// What the key ring means for the stored secrets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyReport {
    /// Sealed under another key than the first: the rotation job works on them.
    pub stale: i64,
    /// Services whose key is not in the ring, as `key: service (rows)`. Nothing of them is deleted.
    pub unavailable: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Rotate {
    key_id: String,
}

/// To call at start: names services whose key is missing, and queues the rotation when a new key waits in front.
pub async fn at_start(app: &App) -> Result<KeyReport, Fault> {
    let mut report = KeyReport::default();
    let rows =
        sqlx::query!(r#"select key_id as "key_id!", service as "service!", items as "items!" from core.sealed_keys() order by 1, 2"#)
            .fetch_all(app.db.pool())
            .await?;
    for row in rows {
        if !app.keys.has(&row.key_id) {
            report.unavailable.push(format!("{}: {} ({})", row.key_id, row.service, row.items));
        } else if app.keys.current() != Some(&row.key_id) {
            report.stale += row.items;
        }
    }
    for line in &report.unavailable {
        tracing::warn!("secrets cannot be opened, their key is not in secrets.ring: {line}");
    }
    if let (1.., Some(key_id)) = (report.stale, app.keys.current()) {
        let job = NewJob::new(ROTATE, Rotate { key_id: key_id.to_owned() }).unique(key_id);
        jobs::enqueue(&mut *app.db.pool().acquire().await?, job).await?;
    }
    Ok(report)
}

/// Adds the rotation job.
pub fn register(registry: &mut JobRegistry) {
    let options = JobOptions { timeout: Duration::from_secs(600), concurrency: Some(1), ..JobOptions::default() };
    registry.add(ROTATE, options, |ctx: JobCtx, job: Rotate| async move {
        // A later start may have put yet another key in front: its own job rotates to that.
        if ctx.app.keys.current() != Some(&job.key_id) {
            return Ok(());
        }
        let (mut done, mut failed) = (0, 0);
        let mut after = Some((String::new(), None));
        while let Some((source, id)) = after {
            if ctx.cancelled() {
                return Err(Fault::new(crate::Code::Unavailable, "Stopped; the rest is sealed at the next run."));
            }
            let step = batch(&ctx.app, &job.key_id, &source, id).await?;
            done += step.done;
            failed += step.failed;
            ctx.progress(done, done + failed, "sealed under the new key").await?;
            after = step.after;
        }
        tracing::info!(secrets.done = done, secrets.failed = failed, key.id = job.key_id, "secrets are sealed under the new key");
        Ok(())
    });
}

struct Step {
    done: u64,
    failed: u64,
    /// Where the next batch begins; `None`: nothing is left.
    after: Option<(String, Option<uuid::Uuid>)>,
}

/// Seals the next rows again, in one transaction. What is sealed already does not come again, so a crash loses nothing.
async fn batch(app: &App, key_id: &str, source: &str, id: Option<uuid::Uuid>) -> Result<Step, Fault> {
    let mut tx = app.db.begin_server().await?;
    let rows = sqlx::query!(
        r#"select source as "source!", id as "id!", aad as "aad!", key_id as "key_id!", nonce, value as "value!"
           from core.sealed_batch($1, $2, $3, $4)"#,
        key_id,
        source,
        id,
        BATCH
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut step = Step { done: 0, failed: 0, after: None };
    if rows.len() == BATCH as usize {
        step.after = rows.last().map(|row| (row.source.clone(), Some(row.id)));
    }
    for row in rows {
        let one_string = row.nonce.is_none();
        let sealed = match row.nonce {
            Some(nonce) => Ok(Sealed { key_id: row.key_id, nonce, ciphertext: row.value.clone() }),
            None => row.value.parse(),
        };
        let fresh = sealed.and_then(|sealed| {
            let fresh = app.keys.seal(&row.aad, &app.keys.open(&row.aad, &sealed)?)?;
            Ok(if one_string { (None, None, fresh.to_string()) } else { (Some(fresh.key_id), Some(fresh.nonce), fresh.ciphertext) })
        });
        let failure = fresh.as_ref().err().map(|fault| fault.message.clone());
        let (new_key, new_nonce, new_value) = fresh.unwrap_or_default();
        let sealed = sqlx::query_scalar!(
            r#"select core.reseal($1, $2, $3, $4, $5, $6, $7) as "sealed!""#,
            row.source,
            row.id,
            row.value,
            new_key,
            new_nonce,
            new_value,
            failure
        )
        .fetch_one(&mut *tx)
        .await?;
        if sealed {
            step.done += 1;
        } else if failure.is_some() {
            step.failed += 1;
        }
    }
    tx.commit().await?;
    Ok(step)
}
