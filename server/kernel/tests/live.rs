//! The live hub: from a committed row to a reader, with replay, reset, and nothing for those it does not concern.
use futures::{Stream, StreamExt};
use kernel::{
    Code,
    access::{Actor, Role},
    app::App,
    live::{LiveFilter, LiveHub},
    live_event::LiveEvent,
    testing::{Org, TestDb},
};
use sqlx::{Executor, raw_sql};
use std::{pin::Pin, time::Duration};
use uuid::Uuid;

type Events = Pin<Box<dyn Stream<Item = LiveEvent> + Send>>;

const PINS: &str = "core.pins";

/// A table of the organization and one of a person, both with live triggers.
async fn board() -> TestDb {
    let db = TestDb::new().await;
    let sql = "
        set role app_owner;
        create table core.pins (
          id uuid primary key default gen_random_uuid(),
          organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
          unique (organization_id, id)
        );
        select core.tenant_table('core.pins');
        create table core.memos (
          id uuid primary key default gen_random_uuid(),
          user_id uuid not null default core.actor() references core.users on delete cascade
        );
        select core.personal_table('core.memos');
        reset role;";
    db.admin().execute(raw_sql(sql)).await.unwrap();
    db
}

async fn pin(org: &Org) -> Uuid {
    let mut tx = org.tx(Role::Member).await;
    let id = sqlx::query_scalar("insert into core.pins default values returning id").fetch_one(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn read(app: &App, actor: &Actor, topics: &[&str], last: Option<&str>) -> Events {
    Box::pin(app.live.subscribe(LiveFilter::new(actor, topics.iter().copied()).unwrap(), last))
}

async fn next(events: &mut Events) -> LiveEvent {
    tokio::time::timeout(Duration::from_secs(5), events.next()).await.expect("an event within 5 s").expect("a stream that goes on")
}

fn change(event: &LiveEvent) -> (&str, Vec<Uuid>) {
    match event {
        LiveEvent::Change { topic, ids, .. } => (topic, ids.iter().flatten().map(|id| id.parse().unwrap()).collect()),
        other => panic!("{other:?} is no change"),
    }
}

async fn silent(events: &mut Events) -> bool {
    tokio::time::timeout(Duration::from_millis(300), events.next()).await.is_err()
}

#[tokio::test]
async fn a_committed_row_reaches_the_readers_of_its_organization() {
    let db = board().await;
    let app = db.app();
    let _listening = db.listen(&app).await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    let mut ours = read(&app, &acme.actor(Role::Member), &[PINS], None);
    let mut theirs = read(&app, &globex.actor(Role::Owner), &[PINS], None);
    let mut deaf = read(&app, &acme.actor(Role::Owner), &["core.memos"], None);
    for events in [&mut ours, &mut theirs, &mut deaf] {
        assert!(matches!(next(events).await, LiveEvent::Beat { .. }), "a stream says at once that it lives");
    }
    let id = pin(&acme).await;
    assert_eq!(change(&next(&mut ours).await), (PINS, vec![id]));
    assert!(silent(&mut theirs).await && silent(&mut deaf).await);
}

#[tokio::test]
async fn personal_changes_are_for_their_person_alone() {
    let db = board().await;
    let app = db.app();
    let _listening = db.listen(&app).await;
    let acme = db.org("acme").await;
    let mut cleo = read(&app, &acme.actor(Role::Member), &["core.memos"], None);
    let mut at_home = read(&app, &acme.user(Role::Member).actor(&app), &["core.memos"], None);
    let mut ada = read(&app, &acme.actor(Role::Owner), &["core.memos"], None);
    for events in [&mut cleo, &mut at_home, &mut ada] {
        next(events).await;
    }
    let mut tx = acme.tx(Role::Member).await;
    tx.conn().execute("insert into core.memos default values").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(change(&next(&mut cleo).await).0, "core.memos");
    assert_eq!(change(&next(&mut at_home).await).0, "core.memos");
    assert!(silent(&mut ada).await);
}

#[tokio::test]
async fn topics_need_their_permission() {
    let db = board().await;
    let app = db.app();
    let _listening = db.listen(&app).await;
    let acme = db.org("acme").await;
    let mut member = read(&app, &acme.actor(Role::Member), &["core.invitations", PINS], None);
    let mut admin = read(&app, &acme.actor(Role::Admin), &["core.invitations"], None);
    next(&mut member).await;
    next(&mut admin).await;
    let mut tx = acme.tx(Role::Owner).await;
    let invite = "insert into core.invitations (email, role, token_hash, invited_by, expires_at) values ('x@x.io', 'member', 'h', core.actor(), now())";
    tx.conn().execute(invite).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(change(&next(&mut admin).await).0, "core.invitations");
    let id = pin(&acme).await;
    assert_eq!(change(&next(&mut member).await), (PINS, vec![id]), "the invitation was not shown to a member");
    // Every topic is every topic that one may read.
    let mut all = read(&app, &acme.actor(Role::Member), &["*"], None);
    next(&mut all).await;
    let mut tx = acme.tx(Role::Owner).await;
    tx.conn().execute("update core.invitations set role = 'admin'").await.unwrap();
    tx.commit().await.unwrap();
    let id = pin(&acme).await;
    assert_eq!(change(&next(&mut all).await), (PINS, vec![id]), "nor to one who asks for everything");
    for bad in ["pins", "core.", "core.pins; select 1", ""] {
        assert_eq!(LiveFilter::new(&acme.actor(Role::Owner), [bad]).unwrap_err().code, Code::BadRequest, "{bad}");
    }
}

#[tokio::test]
async fn a_reader_that_comes_back_misses_nothing() {
    let db = board().await;
    let app = db.app();
    let _listening = db.listen(&app).await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    let actor = acme.actor(Role::Member);
    let mut events = read(&app, &actor, &[PINS], None);
    let beat = next(&mut events).await.n().to_string();
    pin(&acme).await;
    let seen = next(&mut events).await.n().to_string();
    drop(events);
    pin(&globex).await;
    let missed = [pin(&acme).await, pin(&acme).await];
    // All of them have arrived once a fresh reader has seen the last.
    let mut other = read(&app, &actor, &[PINS], Some(&beat));
    next(&mut other).await;
    for _ in 0..3 {
        next(&mut other).await;
    }

    let mut events = read(&app, &actor, &[PINS], Some(&seen));
    assert!(matches!(next(&mut events).await, LiveEvent::Beat { .. }));
    for id in missed {
        assert_eq!(change(&next(&mut events).await), (PINS, vec![id]));
    }
    assert!(silent(&mut events).await);

    for unknown in ["123456789", "nonsense", ""] {
        let mut events = read(&app, &actor, &[PINS], Some(unknown));
        assert!(matches!(next(&mut events).await, LiveEvent::Reset { .. }), "{unknown}");
        assert!(silent(&mut events).await);
    }
}

#[tokio::test]
async fn two_processes_number_events_alike() {
    let db = board().await;
    let (app, other) = (db.app(), db.another_app().await);
    let (_a, _b) = (db.listen(&app).await, db.listen(&other).await);
    let acme = db.org("acme").await;
    let actor = acme.actor(Role::Member);
    let (mut here, mut there) = (read(&app, &actor, &[PINS], None), read(&other, &actor, &[PINS], None));
    next(&mut here).await;
    next(&mut there).await;
    pin(&acme).await;
    let first = next(&mut here).await;
    assert_eq!(next(&mut there).await, first);
    let second = pin(&acme).await;
    next(&mut there).await;
    // The browser of `here` comes back to the other process.
    let mut events = read(&other, &actor, &[PINS], Some(&first.n().to_string()));
    next(&mut events).await;
    assert_eq!(change(&next(&mut events).await), (PINS, vec![second]));
}

#[tokio::test]
async fn a_lost_connection_resets_every_reader() {
    let db = board().await;
    let app = db.app();
    let _listening = db.listen(&app).await;
    let acme = db.org("acme").await;
    let actor = acme.actor(Role::Member);
    let mut events = read(&app, &actor, &[PINS], None);
    next(&mut events).await;
    pin(&acme).await;
    let seen = next(&mut events).await.n().to_string();
    let cut: i64 = sqlx::query_scalar(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and query ilike 'listen%millrace_live%'",
    )
    .fetch_one(db.admin())
    .await
    .unwrap();
    assert_eq!(cut, 1);
    assert!(matches!(next(&mut events).await, LiveEvent::Reset { .. }));
    let mut back = read(&app, &actor, &[PINS], Some(&seen));
    assert!(matches!(next(&mut back).await, LiveEvent::Reset { .. }));
    let id = pin(&acme).await;
    assert_eq!(change(&next(&mut events).await), (PINS, vec![id]));
    assert_eq!(change(&next(&mut back).await), (PINS, vec![id]));
}

#[tokio::test]
async fn a_slow_reader_is_reset_and_a_stopped_process_ends_its_streams() {
    let db = board().await;
    let app = db.app();
    let listening = db.listen(&app).await;
    let acme = db.org("acme").await;
    let actor = acme.actor(Role::Member);
    let mut slow = read(&app, &actor, &[PINS], None);
    let mut quick = read(&app, &actor, &[PINS], None);
    next(&mut slow).await;
    next(&mut quick).await;
    let mut tx = acme.tx(Role::Member).await;
    tx.conn().execute("do $$ begin for i in 1..5000 loop insert into core.pins default values; end loop; end $$").await.unwrap();
    tx.commit().await.unwrap();
    let mut heard = 0;
    while heard < 5000 {
        match next(&mut quick).await {
            LiveEvent::Change { .. } => heard += 1,
            // A machine under load may let even this one fall behind.
            LiveEvent::Reset { .. } => break,
            LiveEvent::Beat { .. } => {}
        }
    }
    assert!(matches!(next(&mut slow).await, LiveEvent::Reset { .. }));
    assert!(silent(&mut slow).await);
    drop(listening);
    assert_eq!(tokio::time::timeout(Duration::from_secs(5), slow.next()).await.unwrap(), None);
    assert!(!app.live.is_listening());
}

#[tokio::test]
async fn a_quiet_stream_beats() {
    let hub = LiveHub::beating(Duration::from_millis(50));
    let actor = Actor::member(Uuid::nil(), Uuid::nil(), Role::Member);
    let mut events: Events = Box::pin(hub.subscribe(LiveFilter::new(&actor, [PINS]).unwrap(), None));
    for _ in 0..3 {
        assert_eq!(next(&mut events).await, LiveEvent::Beat { n: hub.position() });
    }
}
