//! A worker of this process: graphile_worker wakes it for jobs, and beside it run the schedule, the outbox and the
//! net for jobs nobody woke a worker for.
use super::{
    JobRegistry, SCHEMA,
    run::{self, Lease, Ran},
};
use crate::{app::App, cron, fault::Fault, outbox};
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext, WorkerOptions, WorkerRecoveryConfig};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgPoolOptions;
use std::{fmt, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How a worker runs (chapter 10, section 6); tests shorten the times.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Jobs at the same time.
    pub concurrency: usize,
    /// How long a worker may be silent before its jobs are given to others, and how often it speaks.
    pub lease: Duration,
    pub renew: Duration,
    /// How long running jobs may go on once the process stops.
    pub grace: Duration,
    /// How often the schedule and overdue jobs are looked at.
    pub tick: Duration,
    /// How often the queue and the outbox are looked at without being told.
    pub poll: Duration,
    pub outbox_sweep: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: 4,
            lease: Duration::from_secs(60),
            renew: Duration::from_secs(20),
            // The rest of the 30 s is for writing down that a job was released.
            grace: Duration::from_secs(25),
            tick: Duration::from_secs(10),
            poll: Duration::from_secs(1),
            outbox_sweep: Duration::from_secs(5),
        }
    }
}

/// Runs jobs, the schedule and the outbox until the token is cancelled; then ends what runs within 30 s or releases it.
pub async fn run_worker(app: App, registry: Arc<JobRegistry>, shutdown: CancellationToken) -> Result<(), Fault> {
    let settings = Settings { concurrency: app.config.worker.concurrency.max(1), ..Settings::default() };
    run_worker_with(app, registry, shutdown, settings).await
}

/// The same with other times.
pub async fn run_worker_with(app: App, registry: Arc<JobRegistry>, shutdown: CancellationToken, settings: Settings) -> Result<(), Fault> {
    let lease = Lease {
        worker: format!("{}-{}", std::process::id(), Uuid::new_v4().simple()),
        length: settings.lease,
        renew: settings.renew,
        grace: settings.grace,
    };
    tracing::info!(worker.id = lease.worker, worker.concurrency = settings.concurrency, "worker starts");
    let waker = Waker(Arc::new(Parts { app: app.clone(), registry: registry.clone(), lease, stop: shutdown.clone() }));
    tokio::join!(
        persist("queue", &shutdown, || queue(waker.clone(), settings)),
        schedule(&app, settings.tick, &shutdown),
        persist("outbox", &shutdown, || outbox::keep(app.clone(), registry.clone(), settings.outbox_sweep, shutdown.clone())),
    );
    tracing::info!("worker stopped");
    Ok(())
}

/// Starts the work again whenever it ends with an error: after 1 s, then ever more slowly up to 30 s.
async fn persist<W>(what: &'static str, shutdown: &CancellationToken, work: impl Fn() -> W)
where
    W: Future<Output = Result<(), Fault>>,
{
    let mut wait = Duration::from_secs(1);
    while !shutdown.is_cancelled() {
        let started = tokio::time::Instant::now();
        match work().await {
            Ok(()) => return,
            Err(fault) => tracing::warn!(what, error = fault.message, "worker part stopped; it starts again"),
        }
        if started.elapsed() > Duration::from_secs(60) {
            wait = Duration::from_secs(1);
        }
        shutdown.run_until_cancelled(tokio::time::sleep(wait)).await;
        wait = (wait * 2).min(Duration::from_secs(30));
    }
}

/// graphile_worker on connections of its own, until the process stops.
async fn queue(waker: Waker, settings: Settings) -> Result<(), Fault> {
    let failed = |error: &dyn std::error::Error| Fault::new(crate::Code::Unavailable, format!("The job queue does not run: {error}"));
    let connections = u32::try_from(settings.concurrency).unwrap_or(u32::MAX).saturating_add(3).min(16);
    let pool = PgPoolOptions::new().max_connections(connections).connect(&waker.0.app.db.urls.app).await?;
    let recovery = WorkerRecoveryConfig::default()
        .heartbeat_interval(settings.renew)
        .sweep_interval(settings.renew)
        .sweep_threshold(settings.lease)
        .recovery_delay(Duration::ZERO);
    let stop = waker.0.stop.clone();
    let worker = WorkerOptions::default()
        .schema(SCHEMA)
        .pg_pool(pool.clone())
        .concurrency(settings.concurrency)
        .poll_interval(settings.poll)
        .define_job::<Wake>()
        .add_extension(waker.clone())
        .worker_recovery(recovery)
        .listen_os_shutdown_signals(false)
        .shutdown_signal(stop.cancelled_owned())
        // Our own grace ends first and releases the job; this one is the net below it.
        .shutdown_grace_period(settings.grace + Duration::from_secs(4))
        .init()
        .await
        .map_err(|error| failed(&error))?;
    let ran = worker.run().await.map_err(|error| failed(&error));
    pool.close().await;
    ran
}

/// The schedule and the net, every 10 s. Their failures are the database's: they are logged and tried again.
async fn schedule(app: &App, every: Duration, shutdown: &CancellationToken) {
    let mut interval = tokio::time::interval(every);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while shutdown.run_until_cancelled(interval.tick()).await.is_some() {
        let work = async {
            cron::tick(app, app.clock.now()).await?;
            sqlx::query_scalar!("select core.jobs_sweep($1)", run::at(app)).fetch_one(app.db.pool()).await?;
            Ok::<(), Fault>(())
        };
        match tokio::time::timeout(Duration::from_secs(5), work).await {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => tracing::warn!(error = fault.message, "schedule.tick failed"),
            Err(_) => tracing::warn!("schedule.tick took more than 5 s"),
        }
    }
}

/// The one task of graphile_worker: "look at this job".
#[derive(Serialize, Deserialize)]
struct Wake {
    id: Uuid,
}

/// What the task needs to run a job.
#[derive(Clone)]
struct Waker(Arc<Parts>);

struct Parts {
    app: App,
    registry: Arc<JobRegistry>,
    lease: Lease,
    stop: CancellationToken,
}

impl fmt::Debug for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Waker").field(&self.0.lease.worker).finish()
    }
}

impl TaskHandler for Wake {
    const IDENTIFIER: &'static str = "millrace";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let Some(Waker(parts)) = ctx.get_ext::<Waker>().cloned() else {
            return Err("no worker".to_owned());
        };
        // An error here is the database's; graphile_worker then wakes us again.
        wake(&parts, self.id).await.map_err(|fault| fault.message)
    }
}

async fn wake(parts: &Parts, id: Uuid) -> Result<(), Fault> {
    let Parts { app, registry, lease, stop } = parts;
    if let Ran::Later(due) = run::run(app, registry, lease, id, stop).await? {
        sqlx::query!("select core.job_wake($1, $2)", id, due).execute(app.db.pool()).await?;
    }
    Ok(())
}
