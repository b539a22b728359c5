//! One run of one job: claim, work under a lease, end.
use super::{JobCtx, JobRegistry, gives_up, registry::Handler};
use crate::{app::App, clock::Clock, fault::Fault, telemetry};
use chrono::{DateTime, Utc};
use futures::FutureExt;
use serde_json::Value;
use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use uuid::Uuid;

/// Who runs jobs, and how long it may be silent.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    /// The name of this worker, unique in the world.
    pub worker: String,
    pub length: Duration,
    pub renew: Duration,
    /// How long a run may go on once the process stops.
    pub grace: Duration,
}

/// What became of a job that was due.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ran {
    /// It ran and ended: `succeeded`, `queued` (a retry or a release), `dead`, or `lost` to another worker.
    Ended { kind: String, outcome: String, error: Option<String> },
    /// Not now: it runs elsewhere, its kind is busy, or nobody here knows the kind.
    Later(DateTime<Utc>),
    /// Nothing is left to do.
    Gone,
}

/// How a handler came back.
enum Came {
    Back(Result<(), Fault>),
    TimedOut,
    Panicked(String),
    /// The process stopped before the work was done.
    Released,
    /// The lease was lost: the job is another worker's.
    Lost,
}

/// The wait before the next attempt: `min(2^attempts * 5 s, 15 min)`, moved by a factor of 0.8 to 1.2 so that jobs which
/// failed together do not come back together. `attempt` counts the runs so far; `chance` lies in 0..1.
pub fn retry_after(attempt: i32, chance: f64) -> Duration {
    let seconds = 2f64.powi(attempt.clamp(0, 16)) * 5.0;
    Duration::from_secs_f64(seconds.min(900.0) * (0.8 + 0.4 * chance.clamp(0.0, 1.0)))
}

/// The time statements use: null (the clock of the database) unless a test has stopped the clock.
pub(crate) fn at(app: &App) -> Option<DateTime<Utc>> {
    match app.clock {
        Clock::System => None,
        // Rows made by `now()` are never in the future of a stopped clock.
        Clock::Fixed(_) => Some(app.clock.now().max(Utc::now())),
    }
}

/// Claims the job and runs it; `stop` is the end of the process.
pub(super) async fn run(app: &App, registry: &JobRegistry, lease: &Lease, job: Uuid, stop: &CancellationToken) -> Result<Ran, Fault> {
    let claim = sqlx::query!(
        r#"select outcome as "outcome!", due, org, job_kind, job_payload, attempt, attempts_allowed, made_by
           from core.job_claim($1, $2, $3, $4, $5)"#,
        job,
        lease.worker,
        millis(lease.length),
        registry.limits(),
        at(app)
    )
    .fetch_one(app.db.pool())
    .await?;
    let (kind, attempt) = match (claim.outcome.as_str(), claim.job_kind, claim.attempt) {
        ("run", Some(kind), Some(attempt)) => (kind, attempt),
        ("later", ..) => return Ok(Ran::Later(claim.due.unwrap_or_else(Utc::now))),
        _ => return Ok(Ran::Gone),
    };
    // The claim went by the same registry.
    let Some(handler) = registry.handler(&kind) else {
        return Ok(Ran::Gone);
    };
    let ctx = JobCtx {
        app: app.clone(),
        job_id: job,
        kind: kind.clone(),
        org: claim.org,
        attempt,
        max_attempts: claim.attempts_allowed.unwrap_or(attempt),
        made_by: claim.made_by,
        worker: lease.worker.clone(),
        stop: stop.child_token(),
        shown: Arc::default(),
    };
    let started = Instant::now();
    let span = telemetry::job_span(&kind, job, claim.org, attempt);
    let came = work(handler, ctx, claim.job_payload.unwrap_or(Value::Null), lease, stop).instrument(span.clone()).await;
    let wait = match (&came, handler.options.backoff) {
        (Came::Released, _) => Duration::ZERO,
        // The other side said when to come back.
        (Came::Back(Err(Fault { retry_after: Some(seconds), .. })), _) => Duration::from_secs((*seconds).clamp(1, 3600)),
        (_, Some(base)) => base * 2u32.saturating_pow(attempt.clamp(1, 16) as u32 - 1),
        (_, None) => retry_after(attempt, rand::random()),
    };
    let (result, error) = verdict(came);
    let outcome = finish(app, lease, job, attempt, result, error.as_deref(), wait).await?;
    telemetry::job_ended(&span, &outcome, error.as_deref());
    drop(span);
    let duration_ms = started.elapsed().as_millis() as u64;
    match &error {
        Some(error) => {
            tracing::warn!(job.id = %job, job.kind = kind, job.attempt = attempt, duration_ms, outcome, error, "job did not succeed")
        }
        None => {
            tracing::info!(job.id = %job, job.kind = kind, job.attempt = attempt, duration_ms, outcome, "job ended")
        }
    }
    // A failed run that comes back is a failure all the same; a released one is none.
    let counted = if error.is_some() && outcome == "queued" { "failed" } else { outcome.as_str() };
    metrics::counter!(telemetry::JOBS, "kind" => kind.clone(), "outcome" => counted.to_owned()).increment(1);
    metrics::histogram!(telemetry::JOB_DURATION, "kind" => kind.clone()).record(started.elapsed().as_secs_f64());
    Ok(Ran::Ended { kind, outcome, error })
}

/// The handler, within its timeout, its lease and the life of the process.
async fn work(handler: &Handler, ctx: JobCtx, payload: Value, lease: &Lease, stop: &CancellationToken) -> Came {
    let cancelled = ctx.stop.clone();
    let keep = keep(ctx.clone(), lease);
    let run = AssertUnwindSafe((handler.run)(ctx, payload)).catch_unwind();
    let came = tokio::select! {
        biased;
        back = tokio::time::timeout(handler.options.timeout, run) => match back {
            Ok(Ok(Err(_))) if stop.is_cancelled() => Came::Released,
            Ok(Ok(result)) => Came::Back(result),
            Ok(Err(panic)) => Came::Panicked(words(&*panic)),
            Err(_) => Came::TimedOut,
        },
        () = keep => Came::Lost,
        () = async { stop.cancelled().await; tokio::time::sleep(lease.grace).await } => Came::Released,
    };
    // What the handler has spawned learns that nobody waits any more.
    cancelled.cancel();
    came
}

/// Renews the lease for as long as it can be kept.
async fn keep(ctx: JobCtx, lease: &Lease) {
    let mut kept = Instant::now();
    loop {
        tokio::time::sleep(lease.renew).await;
        let renewed = sqlx::query_scalar!(
            r#"select core.job_renew($1, $2, $3, $4, $5) as "held!""#,
            ctx.job_id,
            lease.worker,
            ctx.attempt,
            millis(lease.length),
            at(&ctx.app)
        )
        .fetch_one(ctx.app.db.pool())
        .await;
        match renewed {
            Ok(true) => kept = Instant::now(),
            Ok(false) => break,
            // The database is away: as long as the lease lasts, the job is still ours.
            Err(_) if kept.elapsed() < lease.length => {}
            Err(_) => break,
        }
    }
    ctx.stop.cancel();
}

/// The word for `core.job_finish`, and what people read.
fn verdict(came: Came) -> (&'static str, Option<String>) {
    match came {
        Came::Back(Ok(())) => ("done", None),
        Came::Back(Err(fault)) if gives_up(&fault) => ("hopeless", Some(fault.message)),
        Came::Back(Err(fault)) => ("failed", Some(said(&fault))),
        Came::TimedOut => ("failed", Some("The job took too long and was stopped.".to_owned())),
        Came::Panicked(message) => ("failed", Some(format!("The job ended unexpectedly: {message}"))),
        Came::Released => ("released", None),
        Came::Lost => ("failed", Some("Another worker has taken this job over.".to_owned())),
    }
}

fn said(fault: &Fault) -> String {
    let fields: Vec<String> = fault.fields.iter().map(|(field, message)| format!("{field} {message}")).collect();
    if fields.is_empty() { fault.message.clone() } else { format!("{} {}", fault.message, fields.join("; ")) }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

/// Ends the run. When the database is away the result is worth some patience: without it the job runs again.
async fn finish(
    app: &App,
    lease: &Lease,
    job: Uuid,
    attempt: i32,
    result: &str,
    error: Option<&str>,
    wait: Duration,
) -> Result<String, Fault> {
    let mut patience = [200, 1000, 3000, 5000].into_iter();
    loop {
        let ended = sqlx::query_scalar!(
            r#"select core.job_finish($1, $2, $3, $4, $5, $6, $7) as "outcome!""#,
            job,
            lease.worker,
            attempt,
            result,
            error,
            millis(wait),
            at(app)
        )
        .fetch_one(app.db.pool())
        .await;
        match (ended, patience.next()) {
            (Ok(outcome), _) => return Ok(outcome),
            (Err(_), Some(pause)) => tokio::time::sleep(Duration::from_millis(pause)).await,
            (Err(error), None) => return Err(error.into()),
        }
    }
}

fn millis(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_wait_ever_longer_up_to_a_quarter_of_an_hour() {
        let exact: Vec<u64> = (1..=9).map(|attempt| retry_after(attempt, 0.5).as_secs()).collect();
        assert_eq!(exact, [10, 20, 40, 80, 160, 320, 640, 900, 900]);
        assert_eq!(retry_after(3, 0.0), Duration::from_secs(32));
        assert_eq!(retry_after(3, 1.0), Duration::from_secs(48));
        assert_eq!(retry_after(i32::MAX, 0.5), Duration::from_secs(900));
    }
}
