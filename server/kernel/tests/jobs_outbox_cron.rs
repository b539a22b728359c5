//! Events that reach their subscribers exactly once, and schedules that run once for each due time.
use chrono::{DateTime, Duration, TimeZone, Utc};
use kernel::{
    Code, Fault,
    access::Role,
    cron::{self, Due, Schedule},
    jobs::{self, JobOptions, JobRegistry, NewJob},
    outbox,
    testing::{Org, TestDb},
};
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

async fn emit(org: &Org, topic: &str, payload: Value) {
    let mut tx = org.tx(Role::Member).await;
    outbox::emit(&mut tx, topic, payload).await.unwrap();
    tx.commit().await.unwrap();
}

/// Queues one job for each event it hears.
fn relay(topic: &'static str) -> JobRegistry {
    let mut registry = JobRegistry::new();
    registry.on(topic, |tx, event| {
        Box::pin(async move {
            assert_eq!(tx.actor().org, Some(event.org));
            jobs::enqueue(tx.conn(), NewJob::new("test.heard", &event.payload)).await.map(drop)
        })
    });
    registry
}

async fn heard(db: &TestDb) -> Vec<Value> {
    sqlx::query_scalar("select payload from core.jobs where kind = 'test.heard' order by created_at").fetch_all(db.admin()).await.unwrap()
}

#[tokio::test]
async fn an_event_reaches_the_subscribers_of_its_topic_once() {
    let db = TestDb::new().await;
    let (acme, app) = (db.org("acme").await, db.app());
    let mut tx = acme.tx(Role::Member).await;
    outbox::emit(&mut tx, "test.done", json!(0)).await.unwrap();
    tx.rollback().await.unwrap();
    emit(&acme, "test.done", json!(1)).await;
    emit(&acme, "test.other", json!(2)).await;
    jobs::drain(&app, &relay("test.done")).await.unwrap();
    jobs::drain(&app, &relay("test.done")).await.unwrap();
    assert_eq!(heard(&db).await, [json!(1)]);
    emit(&acme, "test.other", json!(3)).await;
    jobs::drain(&app, &relay("*")).await.unwrap();
    assert_eq!(heard(&db).await, [json!(1), json!(3)]);
    let left: i64 =
        sqlx::query_scalar("select count(*) from core.event_outbox where dispatched_at is null").fetch_one(db.admin()).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn many_dispatchers_hand_every_event_over_once() {
    let db = TestDb::new().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    for i in 0..20 {
        emit(if i % 2 == 0 { &acme } else { &globex }, "test.done", json!(i)).await;
    }
    let (one, two) = (db.app(), db.another_app().await);
    let registry = relay("test.done");
    let (a, b, c) = tokio::join!(jobs::drain(&one, &registry), jobs::drain(&two, &registry), jobs::drain(&one, &registry));
    (a.unwrap(), b.unwrap(), c.unwrap());
    jobs::drain(&one, &registry).await.unwrap();
    let mut all: Vec<i64> = heard(&db).await.iter().map(|n| n.as_i64().unwrap()).collect();
    all.sort();
    assert_eq!(all, (0..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_failing_subscriber_leaves_nothing_behind_and_is_tried_again() {
    let db = TestDb::new().await;
    let (acme, app) = (db.org("acme").await, db.app());
    // Ahead of the real time, which statements take where it is later: on a slow machine it would overtake the stopped clock.
    app.clock.advance(Duration::hours(1));
    let fails = Arc::new(AtomicUsize::new(1));
    let mut registry = relay("test.done");
    let left = fails.clone();
    registry.on("test.done", move |_, _| {
        let fail = left.swap(0, Ordering::SeqCst) > 0;
        Box::pin(async move { if fail { Err(Fault::new(Code::Internal, "Not today.")) } else { Ok(()) } })
    });
    emit(&acme, "test.done", json!(1)).await;
    jobs::drain(&app, &registry).await.unwrap();
    assert!(heard(&db).await.is_empty(), "the first subscriber's job was rolled back with the event");
    let (attempts, error): (i32, String) =
        sqlx::query_as("select attempts, last_error from core.event_outbox").fetch_one(db.admin()).await.unwrap();
    assert_eq!((attempts, error.as_str()), (1, "Not today."));
    // A bad event does not hold up a good one.
    emit(&acme, "test.done", json!(2)).await;
    jobs::drain(&app, &registry).await.unwrap();
    assert_eq!(heard(&db).await, [json!(2)]);
    app.clock.advance(Duration::seconds(13));
    jobs::drain(&app, &registry).await.unwrap();
    assert_eq!(heard(&db).await, [json!(2), json!(1)]);
}

const NIGHTLY: Schedule = Schedule { name: "retention-purge", cron: "30 3 * * *", kind: "retention.purge" };

fn at(day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2031, 5, day, hour, minute, 0).unwrap()
}

/// The database of a process that last ran at this time.
async fn scheduled(now: DateTime<Utc>) -> TestDb {
    let db = TestDb::new().await;
    let app = db.app();
    app.clock.advance(now - app.clock.now());
    cron::ensure(&app, &[NIGHTLY]).await.unwrap();
    db
}

async fn tick(db: &TestDb, now: DateTime<Utc>) -> usize {
    cron::tick(&db.app(), now).await.unwrap()
}

async fn queued(db: &TestDb) -> Vec<Due> {
    let all: Vec<Value> = sqlx::query_scalar("select payload from core.jobs order by created_at").fetch_all(db.admin()).await.unwrap();
    all.into_iter().map(|payload| serde_json::from_value(payload).unwrap()).collect()
}

#[tokio::test]
async fn a_due_time_runs_once_however_often_and_wherever_it_is_looked_at() {
    let db = scheduled(at(1, 0, 0)).await;
    assert_eq!(tick(&db, at(1, 3, 29)).await, 0);
    let (one, two) = (db.app(), db.another_app().await);
    let (a, b, c) = tokio::join!(cron::tick(&one, at(1, 3, 30)), cron::tick(&two, at(1, 3, 30)), cron::tick(&one, at(1, 3, 30)));
    assert_eq!(a.unwrap() + b.unwrap() + c.unwrap(), 1);
    assert_eq!(tick(&db, at(1, 3, 31)).await, 0);
    assert_eq!(queued(&db).await, [Due { jobname: "retention-purge".into(), due_at: at(1, 3, 30) }]);
    // Even when somebody turns the clock of the schedule back.
    sqlx::query("update core.job_schedules set next_due_at = $1").bind(at(1, 3, 30)).execute(db.admin()).await.unwrap();
    assert_eq!(tick(&db, at(1, 3, 32)).await, 0);
    let (last, next): (DateTime<Utc>, DateTime<Utc>) =
        sqlx::query_as("select last_due_at, next_due_at from core.job_schedules").fetch_one(db.admin()).await.unwrap();
    assert_eq!((last, next), (at(1, 3, 30), at(2, 3, 30)));
}

#[tokio::test]
async fn after_an_outage_only_the_newest_missed_run_happens() {
    let db = scheduled(at(1, 0, 0)).await;
    assert_eq!(tick(&db, at(6, 12, 0)).await, 1);
    assert_eq!(queued(&db).await, [Due { jobname: "retention-purge".into(), due_at: at(6, 3, 30) }]);
}

#[tokio::test]
async fn a_run_missed_by_more_than_a_day_is_left_out() {
    let weekly = Schedule { name: "weekly", cron: "0 6 * * 1", kind: "test.weekly" };
    let db = scheduled(at(4, 0, 0)).await;
    cron::ensure(&db.app(), &[weekly]).await.unwrap();
    sqlx::query("update core.job_schedules set active = false where jobname = 'retention-purge'").execute(db.admin()).await.unwrap();
    // 5 May 2031 is a Monday.
    assert_eq!(tick(&db, at(6, 6, 1)).await, 0, "a day and a minute late");
    assert_eq!(tick(&db, at(13, 5, 59)).await, 1, "a minute less than a day late");
    assert_eq!(queued(&db).await[0].due_at, at(12, 6, 0));
}

#[tokio::test]
async fn the_code_sets_times_and_the_administrator_decides_whether_they_run() {
    let db = scheduled(at(1, 0, 0)).await;
    let app = db.app();
    sqlx::query("update core.job_schedules set active = false").execute(db.admin()).await.unwrap();
    let hourly = Schedule { cron: "0 * * * *", ..NIGHTLY };
    cron::ensure(&app, &[hourly]).await.unwrap();
    let (schedule, active, next): (String, bool, DateTime<Utc>) =
        sqlx::query_as("select schedule, active, next_due_at from core.job_schedules").fetch_one(db.admin()).await.unwrap();
    assert_eq!((schedule.as_str(), active, next), ("0 * * * *", false, at(1, 1, 0)));
    assert_eq!(tick(&db, at(1, 2, 0)).await, 0);
    let mut conn = app.db.pool().acquire().await.unwrap();
    cron::run_now(&mut conn, "retention-purge", at(1, 2, 5)).await.unwrap();
    assert_eq!(queued(&db).await.len(), 1);
    assert_eq!(cron::run_now(&mut conn, "nothing", at(1, 2, 5)).await.unwrap_err().code, Code::NotFound);
    let bad = Schedule { cron: "often", ..NIGHTLY };
    assert_eq!(cron::ensure(&app, &[bad]).await.unwrap_err().code, Code::Validation);
}

#[tokio::test]
async fn the_schedule_shows_how_its_last_run_ended() {
    let db = scheduled(at(1, 0, 0)).await;
    let app = db.app();
    let seen = Arc::new(Mutex::new(None));
    let mut registry = JobRegistry::new();
    let keep = seen.clone();
    registry.add("retention.purge", JobOptions::default(), move |_, due: Due| {
        *keep.lock().unwrap() = Some(due.due_at);
        async { Ok(()) }
    });
    app.clock.advance(Duration::hours(4));
    tick(&db, app.clock.now()).await;
    jobs::drain(&app, &registry).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), Some(at(1, 3, 30)));
    let (status, duration): (String, Option<i32>) =
        sqlx::query_as("select last_status, last_duration_ms from core.job_schedules").fetch_one(db.admin()).await.unwrap();
    assert_eq!(status, "succeeded");
    assert!(duration.is_some());
}
