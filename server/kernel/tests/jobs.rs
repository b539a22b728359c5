//! Jobs by their record: the state machine, retries, uniqueness, who may steer.
use chrono::Duration;
use kernel::{
    Code, Fault,
    access::{Actor, Role},
    db::TenantTx,
    jobs::{self, JobOptions, JobRegistry, NewJob},
    record::Query,
    records,
    testing::{Org, TestDb},
};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use uuid::Uuid;

/// A registry whose one kind fails as often as it is told, and counts.
fn failing(times: usize, options: JobOptions) -> (JobRegistry, Arc<AtomicUsize>) {
    let ran = Arc::new(AtomicUsize::new(0));
    let mut registry = JobRegistry::new();
    let count = ran.clone();
    registry.add("test.work", options, move |_, _: Value| {
        let run = count.fetch_add(1, Ordering::SeqCst);
        async move { if run < times { Err(Fault::new(Code::Upstream, "The host did not answer.")) } else { Ok(()) } }
    });
    (registry, ran)
}

async fn queue(org: &Org, job: NewJob) -> Uuid {
    let mut tx = org.tx(Role::Member).await;
    let id = jobs::enqueue(tx.conn(), job).await.unwrap();
    tx.commit().await.unwrap();
    id
}

#[derive(Debug, sqlx::FromRow)]
struct Seen {
    status: String,
    attempts: i32,
    last_error: Option<String>,
    locked_by: Option<String>,
    finished: bool,
    /// Seconds until it is due.
    due_in: f64,
}

async fn see(db: &TestDb, id: Uuid) -> Seen {
    sqlx::query_as(
        "select status, attempts, last_error, locked_by, finished_at is not null as finished,
                extract(epoch from run_at - greatest(now(), $2))::float8 as due_in from core.jobs where id = $1",
    )
    .bind(id)
    .bind(db.app().clock.now())
    .fetch_one(db.admin())
    .await
    .unwrap()
}

#[tokio::test]
async fn a_job_runs_once_in_its_organization_when_its_transaction_has_committed() {
    let db = TestDb::new().await;
    let (acme, app) = (db.org("acme").await, db.app());
    let mut registry = JobRegistry::new();
    registry.add("test.note", JobOptions::default(), |ctx, note: String| async move {
        let mut tx = ctx.tx().await?;
        assert_eq!((tx.actor().org, ctx.attempt, ctx.cancelled()), (ctx.org, 1, false));
        ctx.progress(1, 2, "half").await?;
        sqlx::query("insert into core.invitations (email, role, token_hash, invited_by, expires_at) values ($1, 'member', $1, $2, now())")
            .bind(note)
            .bind(ctx.made_by)
            .execute(tx.conn())
            .await?;
        tx.commit().await
    });
    let mut tx = acme.tx(Role::Member).await;
    jobs::enqueue(tx.conn(), NewJob::new("test.note", "rolled-back")).await.unwrap();
    tx.rollback().await.unwrap();
    assert!(jobs::drain(&app, &registry).await.unwrap().ran.is_empty());

    let id = queue(&acme, NewJob::new("test.note", "kept")).await;
    let drained = jobs::drain(&app, &registry).await.unwrap();
    assert_eq!((drained.ran, drained.failed), (vec!["test.note".to_owned()], vec![]));
    assert!(jobs::drain(&app, &registry).await.unwrap().ran.is_empty());
    let seen = see(&db, id).await;
    assert_eq!((seen.status.as_str(), seen.attempts, seen.finished, seen.locked_by), ("succeeded", 1, true, None));
    let wrote: Vec<(Uuid, Uuid)> =
        sqlx::query_as("select organization_id, invited_by from core.invitations").fetch_all(db.admin()).await.unwrap();
    assert_eq!(wrote, [(acme.id, acme.user(Role::Member).id)]);
    let progress: Value = sqlx::query_scalar("select progress from core.jobs where id = $1").bind(id).fetch_one(db.admin()).await.unwrap();
    assert_eq!(progress, json!({ "done": 1, "total": 2, "note": "half" }));
}

#[tokio::test]
async fn a_failed_run_comes_back_later_and_later_and_then_dies_with_a_notice() {
    let db = TestDb::new().await;
    let (acme, app) = (db.org("acme").await, db.app());
    let (registry, ran) = failing(usize::MAX, JobOptions::default());
    // Ahead of the real time, which statements take where it is later: on a slow machine it would overtake the stopped clock.
    app.clock.advance(Duration::hours(1));
    let id = queue(&acme, NewJob::new("test.work", json!({}))).await;
    for attempt in 1..5 {
        let drained = jobs::drain(&app, &registry).await.unwrap();
        assert_eq!(drained.failed, [("test.work".to_owned(), "The host did not answer.".to_owned())]);
        let seen = see(&db, id).await;
        assert_eq!((seen.status.as_str(), seen.attempts, seen.finished), ("queued", attempt, false));
        let wait = f64::from(2u32.pow(attempt as u32) * 5);
        assert!((wait * 0.79..=wait * 1.21).contains(&seen.due_in), "attempt {attempt} waits {} s", seen.due_in);
        app.clock.advance(Duration::seconds(seen.due_in as i64 - 1));
        assert!(jobs::drain(&app, &registry).await.unwrap().ran.is_empty(), "not before it is due");
        app.clock.advance(Duration::seconds(2));
    }
    jobs::drain(&app, &registry).await.unwrap();
    let seen = see(&db, id).await;
    assert_eq!((seen.status.as_str(), seen.attempts, seen.finished, ran.load(Ordering::SeqCst)), ("dead", 5, true, 5));
    assert_eq!(seen.last_error.as_deref(), Some("The host did not answer."));
    let mut told: Vec<Uuid> = sqlx::query_scalar(
        "select user_id from core.notifications where entity_id = $1 and org_id = $2 and type = 'core.job_dead'
           and data ->> 'kind' = 'error' and data ->> 'job_kind' = 'test.work' and data ->> 'href' = '/settings/jobs?status=dead'
           and channel = 'in_app' and data ? 'mail_at'",
    )
    .bind(id)
    .bind(acme.id)
    .fetch_all(db.admin())
    .await
    .unwrap();
    let mut admins = vec![acme.user(Role::Owner).id, acme.user(Role::Admin).id];
    told.sort();
    admins.sort();
    assert_eq!(told, admins);
}

#[tokio::test]
async fn options_of_the_kind_and_of_the_job_limit_the_attempts() {
    let db = TestDb::new().await;
    let (acme, app) = (db.org("acme").await, db.app());
    let (registry, ran) = failing(usize::MAX, JobOptions { max_attempts: 1, ..JobOptions::default() });
    let once = queue(&acme, NewJob::new("test.work", json!({}))).await;
    let twice = queue(&acme, NewJob::new("test.work", json!({})).attempts(2)).await;
    jobs::drain(&app, &registry).await.unwrap();
    assert_eq!((see(&db, once).await.status.as_str(), see(&db, twice).await.status.as_str()), ("dead", "queued"));
    assert_eq!(ran.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_no_retry_can_mend_dies_at_once() {
    let db = TestDb::new().await;
    let (acme, app) = (db.org("acme").await, db.app());
    let mut registry = JobRegistry::new();
    registry.add("test.number", JobOptions::default(), |_, _: u32| async { Ok(()) });
    registry.add("test.no_use", JobOptions::default(), |_, _: Value| async { Err(jobs::give_up("The address does not exist.")) });
    let number = queue(&acme, NewJob::new("test.number", "seven")).await;
    let no_use = queue(&acme, NewJob::new("test.no_use", json!({}))).await;
    jobs::drain(&app, &registry).await.unwrap();
    for (id, words) in [(number, "The payload was not understood"), (no_use, "The address does not exist.")] {
        let seen = see(&db, id).await;
        assert_eq!((seen.status.as_str(), seen.attempts), ("dead", 1));
        assert!(seen.last_error.unwrap().starts_with(words));
    }
}

#[tokio::test]
async fn a_panic_and_a_timeout_are_failures_of_the_job_alone() {
    let db = TestDb::new().await;
    let (acme, app) = (db.org("acme").await, db.app());
    let mut registry = JobRegistry::new();
    registry.add("test.panic", JobOptions::default(), |_, _: Value| async { panic!("out of cheese") });
    let short = JobOptions { timeout: std::time::Duration::from_millis(50), ..JobOptions::default() };
    registry.add("test.hang", short, |_, _: Value| std::future::pending());
    let panic = queue(&acme, NewJob::new("test.panic", json!({}))).await;
    let hang = queue(&acme, NewJob::new("test.hang", json!({}))).await;
    assert_eq!(jobs::drain(&app, &registry).await.unwrap().failed.len(), 2);
    assert!(see(&db, panic).await.last_error.unwrap().contains("out of cheese"));
    assert!(see(&db, hang).await.last_error.unwrap().contains("too long"));
}

#[tokio::test]
async fn a_key_keeps_a_second_job_out_until_the_first_has_ended() {
    let db = TestDb::new().await;
    let (acme, app) = (db.org("acme").await, db.app());
    let (registry, ran) = failing(0, JobOptions::default());
    let job = || NewJob::new("test.work", json!({})).unique("row-7");
    let first = queue(&acme, job()).await;
    assert_eq!(queue(&acme, job()).await, first);
    assert_ne!(queue(&acme, NewJob::new("test.work", json!({})).unique("row-8")).await, first);
    jobs::drain(&app, &registry).await.unwrap();
    assert_ne!(queue(&acme, job()).await, first);
    jobs::drain(&app, &registry).await.unwrap();
    assert_eq!(ran.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn jobs_of_an_unknown_kind_wait_for_a_process_that_knows_it() {
    let db = TestDb::new().await;
    let (acme, app) = (db.org("acme").await, db.app());
    let id = queue(&acme, NewJob::new("test.work", json!({}))).await;
    assert!(jobs::drain(&app, &JobRegistry::new()).await.unwrap().ran.is_empty());
    let seen = see(&db, id).await;
    assert_eq!((seen.status.as_str(), seen.attempts), ("queued", 0));
    let (registry, _) = failing(0, JobOptions::default());
    assert_eq!(jobs::drain(&app, &registry).await.unwrap().ran.len(), 1);
}

async fn claim(db: &TestDb, id: Uuid, worker: &str, kinds: Value) -> (String, Option<i32>) {
    sqlx::query_as("select outcome, attempt from core.job_claim($1, $2, 60000, $3, null)")
        .bind(id)
        .bind(worker)
        .bind(kinds)
        .fetch_one(db.app().db.pool())
        .await
        .unwrap()
}

async fn finish(db: &TestDb, id: Uuid, worker: &str, attempt: i32) -> String {
    sqlx::query_scalar("select core.job_finish($1, $2, $3, 'done', null, 0, null)")
        .bind(id)
        .bind(worker)
        .bind(attempt)
        .fetch_one(db.app().db.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_lease_belongs_to_one_run_and_only_that_run_ends_the_job() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let kinds = json!({ "test.work": { "most": null, "attempts": 5 } });
    let id = queue(&acme, NewJob::new("test.work", json!({}))).await;
    assert_eq!(claim(&db, id, "one", kinds.clone()).await, ("run".into(), Some(1)));
    assert_eq!(claim(&db, id, "two", kinds.clone()).await, ("later".into(), None));
    // The first worker falls silent, its lease ends, and the second takes over.
    sqlx::query("update core.jobs set locked_until = now() - interval '1 second'").execute(db.admin()).await.unwrap();
    assert_eq!(claim(&db, id, "two", kinds.clone()).await, ("run".into(), Some(2)));
    assert_eq!(finish(&db, id, "one", 1).await, "lost");
    assert_eq!(finish(&db, id, "two", 1).await, "lost", "a run before this one of the same worker");
    assert_eq!(finish(&db, id, "two", 2).await, "succeeded");
    assert_eq!(finish(&db, id, "two", 2).await, "lost");
    assert_eq!(claim(&db, id, "one", kinds).await, ("gone".into(), None));
}

#[tokio::test]
async fn a_job_that_loses_every_worker_is_dead() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let kinds = json!({ "test.work": { "most": null, "attempts": 5 } });
    let id = queue(&acme, NewJob::new("test.work", json!({})).attempts(2)).await;
    for attempt in 1..=2 {
        assert_eq!(claim(&db, id, "w", kinds.clone()).await, ("run".into(), Some(attempt)));
        sqlx::query("update core.jobs set locked_until = now() - interval '1 second'").execute(db.admin()).await.unwrap();
    }
    assert_eq!(claim(&db, id, "w", kinds).await, ("gone".into(), None));
    let seen = see(&db, id).await;
    assert_eq!((seen.status.as_str(), seen.last_error.as_deref()), ("dead", Some("The worker was lost while it ran this job.")));
}

#[tokio::test]
async fn a_kind_runs_no_more_at_once_than_it_says() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let kinds = json!({ "test.work": { "most": 1, "attempts": 5 } });
    let (a, b) = (queue(&acme, NewJob::new("test.work", json!({}))).await, queue(&acme, NewJob::new("test.work", json!({}))).await);
    assert_eq!(claim(&db, a, "one", kinds.clone()).await.0, "run");
    assert_eq!(claim(&db, b, "two", kinds.clone()).await.0, "later");
    finish(&db, a, "one", 1).await;
    assert_eq!(claim(&db, b, "two", kinds).await.0, "run");
}

#[tokio::test]
async fn people_steer_jobs_as_the_state_machine_allows() {
    let db = TestDb::new().await;
    let (acme, globex, app) = (db.org("acme").await, db.org("globex").await, db.app());
    let (registry, _) = failing(1, JobOptions { max_attempts: 1, ..JobOptions::default() });
    let id = queue(&acme, NewJob::new("test.work", json!({}))).await;
    jobs::drain(&app, &registry).await.unwrap();

    let mut tx = acme.tx(Role::Admin).await;
    assert_eq!(jobs::cancel(&mut tx, id).await.unwrap_err().code, Code::InvalidTransition);
    assert_eq!(jobs::run_now(&mut tx, id).await.unwrap_err().code, Code::InvalidTransition);
    jobs::retry(&mut tx, id).await.unwrap();
    assert_eq!(jobs::retry(&mut tx, id).await.unwrap_err().code, Code::InvalidTransition);
    tx.commit().await.unwrap();
    jobs::drain(&app, &registry).await.unwrap();
    assert_eq!(see(&db, id).await.status, "succeeded");

    let later = app.clock.now() + Duration::hours(1);
    let (a, b) = (queue(&acme, NewJob::new("test.work", 1).at(later)).await, queue(&acme, NewJob::new("test.work", 2).at(later)).await);
    let mut tx = acme.tx(Role::Admin).await;
    jobs::run_now(&mut tx, a).await.unwrap();
    jobs::cancel(&mut tx, b).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(jobs::drain(&app, &registry).await.unwrap().ran.len(), 1);
    assert_eq!((see(&db, a).await.status.as_str(), see(&db, b).await.status.as_str()), ("succeeded", "cancelled"));

    async fn refused(mut tx: TenantTx, id: Uuid) -> [Code; 3] {
        [
            jobs::retry(&mut tx, id).await.unwrap_err().code,
            jobs::cancel(&mut tx, id).await.unwrap_err().code,
            jobs::run_now(&mut tx, id).await.unwrap_err().code,
        ]
    }
    assert_eq!(refused(acme.tx(Role::Member).await, id).await, [Code::Forbidden; 3]);
    assert_eq!(refused(globex.tx(Role::Owner).await, id).await, [Code::NotFound; 3]);
    let audited: i64 =
        sqlx::query_scalar("select count(*) from core.audit_log where action like 'job.%'").fetch_one(db.admin()).await.unwrap();
    assert_eq!(audited, 3);
}

#[tokio::test]
async fn members_list_their_own_jobs_and_administrators_those_of_the_organization() {
    let db = TestDb::new().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    queue(&acme, NewJob::new("test.work", json!({ "secret": 1 }))).await;
    let mut tx = acme.tx(Role::Owner).await;
    jobs::enqueue(tx.conn(), NewJob::new("test.other", json!({}))).await.unwrap();
    tx.commit().await.unwrap();
    let list = async |tx: &mut TenantTx| records::page(tx, &jobs::JOB, &Query::default()).await.unwrap().rows;
    let own = list(&mut acme.tx(Role::Member).await).await;
    assert_eq!(own.iter().map(|row| &row.data["kind"]).collect::<Vec<_>>(), ["test.work"]);
    assert!(!own[0].data.contains_key("payload"));
    assert_eq!(list(&mut acme.tx(Role::Admin).await).await.len(), 2);
    assert_eq!(list(&mut globex.tx(Role::Owner).await).await.len(), 0);
}

#[tokio::test]
async fn nobody_queues_a_job_of_another_organization() {
    let db = TestDb::new().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    let mut tx = acme.tx(Role::Owner).await;
    assert!(jobs::enqueue(tx.conn(), NewJob::new("test.work", json!({})).org(globex.id)).await.is_err());
    // The server outside of organizations queues for any of them, and for none.
    let mut conn = db.app().db.pool().acquire().await.unwrap();
    jobs::enqueue(&mut conn, NewJob::new("test.work", json!({})).org(globex.id)).await.unwrap();
    let none = jobs::enqueue(&mut conn, NewJob::new("test.work", json!({}))).await.unwrap();
    let mut tx = acme.tx_as(Actor::system(None)).await;
    let seen: Option<Uuid> =
        sqlx::query_scalar("select organization_id from core.jobs where id = $1").bind(none).fetch_one(tx.conn()).await.unwrap();
    assert_eq!(seen, None);
}
