//! Workers as processes: woken at once, killed, stopped.
use kernel::{
    access::Role,
    app::{App, Parts},
    clock::Clock,
    config::Config,
    db::{Db, DbUrls},
    files::Files,
    jobs::{self, JobOptions, JobRegistry, NewJob, Settings},
    keys::KeyRing,
    live::LiveHub,
    outbound::Outbound,
    outbox,
    providers::Providers,
    testing::{Org, TestDb},
};
use serde_json::{Value, json};
use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Leases of 2 s instead of 60, so that a test of a killed worker takes seconds.
fn quick() -> Settings {
    Settings {
        concurrency: 2,
        lease: Duration::from_secs(2),
        renew: Duration::from_millis(600),
        grace: Duration::from_secs(1),
        tick: Duration::from_millis(500),
        poll: Duration::from_millis(500),
        outbox_sweep: Duration::from_millis(500),
    }
}

/// `test.write` writes one row when it ends; the payload says how long that takes.
fn registry() -> Arc<JobRegistry> {
    let mut registry = JobRegistry::new();
    registry.add("test.write", JobOptions::default(), |ctx, seconds: f64| async move {
        let mut tx = ctx.tx().await?;
        mark(&mut tx, "begun").await;
        tx.commit().await?;
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        let mut tx = ctx.tx().await?;
        mark(&mut tx, "ended").await;
        tx.commit().await
    });
    registry.on("test.done", |tx, event| {
        Box::pin(async move { jobs::enqueue(tx.conn(), NewJob::new("test.write", &event.payload)).await.map(drop) })
    });
    Arc::new(registry)
}

/// The audit log is at hand, and only grows.
async fn mark(tx: &mut kernel::db::TenantTx, action: &'static str) {
    tx.audit(kernel::audit::Audit::new(action).target("test", "write")).await.unwrap();
}

async fn marks(db: &TestDb, action: &str) -> i64 {
    sqlx::query_scalar("select count(*) from core.audit_log where action = $1").bind(action).fetch_one(db.admin()).await.unwrap()
}

async fn queue(org: &Org, payload: Value) -> Uuid {
    let mut tx = org.tx(Role::Member).await;
    let id = jobs::enqueue(tx.conn(), NewJob::new("test.write", payload)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn status(db: &TestDb, id: Uuid) -> (String, i32) {
    sqlx::query_as("select status, attempts from core.jobs where id = $1").bind(id).fetch_one(db.admin()).await.unwrap()
}

/// Waits for what a worker does; fails after 30 s.
async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !done().await {
        assert!(started.elapsed() < Duration::from_secs(30), "{what} within 30 s");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

struct Running {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), kernel::Fault>>,
}

fn start(app: App, settings: Settings) -> Running {
    let stop = CancellationToken::new();
    let task = tokio::spawn(jobs::run_worker_with(app, registry(), stop.clone(), settings));
    Running { stop, task }
}

impl Running {
    async fn stop(self) -> Duration {
        let started = Instant::now();
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
        started.elapsed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_takes_jobs_and_events_within_a_moment() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    // Ticks and polls far apart: what happens soon was told, not found.
    let slow = Duration::from_secs(60);
    let worker = start(db.app(), Settings { poll: slow, tick: slow, outbox_sweep: slow, ..quick() });
    let first = queue(&acme, json!(0.0)).await;
    until("the first job", async || status(&db, first).await.0 == "succeeded").await;
    let started = Instant::now();
    let second = queue(&acme, json!(0.0)).await;
    until("the second job", async || status(&db, second).await.0 == "succeeded").await;
    let mut tx = acme.tx(Role::Member).await;
    outbox::emit(&mut tx, "test.done", json!(0.0)).await.unwrap();
    tx.commit().await.unwrap();
    until("the event's job", async || marks(&db, "ended").await == 3).await;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    worker.stop().await;
}

/// This test's own executable as a worker process on a database of the parent. It ends with the parent at the latest.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Dead already, unless the test failed.
        let _ = self.0.kill();
    }
}

impl Process {
    fn spawn(db: &TestDb, test: &str) -> Self {
        let DbUrls { owner, app, admin } = db.urls();
        let child = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .env("MILLRACE_TEST_WORKER", [owner.as_str(), app, admin].join(" "))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// `kill -9`.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// In the child: works until it is killed.
async fn work_as_child() -> bool {
    let Ok(urls) = std::env::var("MILLRACE_TEST_WORKER") else {
        return false;
    };
    // The parent holds the other end, even when it is killed itself.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_line(&mut String::new());
        std::process::exit(1);
    });
    let [owner, app, admin] = <[String; 3]>::try_from(urls.split(' ').map(str::to_owned).collect::<Vec<_>>()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = Config::for_tests(folder.path()).unwrap();
    kernel::telemetry::init(&config.log, &config.telemetry).unwrap();
    let ring = config.secrets.ring.as_ref().map(|ring| ring.expose().to_owned()).unwrap_or_default();
    let app = App::new(Parts {
        db: Db::connect(DbUrls { owner, app, admin }, 5).await.unwrap(),
        clock: Clock::System,
        keys: KeyRing::parse(&ring).unwrap(),
        pepper: config.pepper().unwrap(),
        files: Files::open(&config.files).unwrap(),
        outbound: Outbound::new(&config.outbound).unwrap(),
        live: LiveHub::new(),
        providers: Providers::default(),
        config,
    });
    jobs::run_worker_with(app, registry(), CancellationToken::new(), quick()).await.unwrap();
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a10_18_kill_a_worker_mid_job_and_the_job_finishes_once() {
    if work_as_child().await {
        return;
    }
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let process = Process::spawn(&db, "a10_18_kill_a_worker_mid_job_and_the_job_finishes_once");
    let id = queue(&acme, json!(3.0)).await;
    until("the job runs in the other process", async || marks(&db, "begun").await == 1).await;
    process.kill();
    assert_eq!(status(&db, id).await, ("running".to_owned(), 1));

    // Two workers are left; one of them takes the job once the lease of the dead one has ended.
    let (one, two) = (start(db.app(), quick()), start(db.another_app().await, quick()));
    until("the job ends elsewhere", async || status(&db, id).await.0 == "succeeded").await;
    assert_eq!(status(&db, id).await, ("succeeded".to_owned(), 2));
    // Time for a second run, if there were one.
    tokio::time::sleep(quick().lease * 2).await;
    assert_eq!((marks(&db, "begun").await, marks(&db, "ended").await), (2, 1));
    one.stop().await;
    two.stop().await;
    let left: i64 = sqlx::query_scalar("select count(*) from graphile_worker.jobs").fetch_one(db.admin()).await.unwrap();
    assert_eq!(left, 0, "the queue is empty");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_job_keeps_its_lease() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let (one, two) = (start(db.app(), quick()), start(db.another_app().await, quick()));
    let id = queue(&acme, json!(5.0)).await;
    until("the job ends", async || status(&db, id).await.0 == "succeeded").await;
    assert_eq!((status(&db, id).await.1, marks(&db, "begun").await, marks(&db, "ended").await), (1, 1, 1));
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopping_worker_ends_what_it_can_and_releases_the_rest() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let worker = start(db.app(), quick());
    let (short, long) = (queue(&acme, json!(0.6)).await, queue(&acme, json!(60.0)).await);
    until("both run", async || marks(&db, "begun").await == 2).await;
    let took = worker.stop().await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(status(&db, short).await, ("succeeded".to_owned(), 1));
    assert_eq!(status(&db, long).await, ("queued".to_owned(), 0), "a release is no failed attempt");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_net_finds_a_job_nobody_was_woken_for() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let id = queue(&acme, json!(0.0)).await;
    sqlx::query("delete from graphile_worker._private_jobs").execute(db.admin()).await.unwrap();
    sqlx::query("update core.jobs set run_at = now() - interval '1 minute'").execute(db.admin()).await.unwrap();
    let worker = start(db.app(), quick());
    until("the job runs", async || status(&db, id).await.0 == "succeeded").await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_outlives_a_restart_of_the_database() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let worker = start(db.app(), quick());
    let before = queue(&acme, json!(0.0)).await;
    until("a job before", async || status(&db, before).await.0 == "succeeded").await;
    // Every connection of the application breaks, those that listen too.
    sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'app_user'")
        .execute(db.admin())
        .await
        .unwrap();
    let id: Uuid = sqlx::query_scalar("select core.enqueue($1, 'test.write', '0.0', null, null, null, null)")
        .bind(acme.id)
        .fetch_one(db.admin())
        .await
        .unwrap();
    until("a job after", async || status(&db, id).await.0 == "succeeded").await;
    worker.stop().await;
}
