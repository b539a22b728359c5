use crate::drain;
use chrono::Timelike;
use core_area::{
    notifications::{self, Frequency, NewNotice, NoticePreference, NoticeQuery, NoticeTimes, NoticeType, Snooze, notify},
    preferences::{self, InterfaceMode},
};
use kernel::{
    Code,
    access::Role,
    app::App,
    jobs::{self, JobOptions, JobRegistry, NewJob},
    record::PageRequest,
    testing::{Org, Person, TestDb},
};
use serde_json::{Value, json};

async fn tell(org: &Org, person: &Person, kind: NoticeType, title: &str, key: Option<&str>) -> bool {
    let mut tx = org.system().await;
    let notice = NewNotice {
        href: Some("/settings/members".into()),
        dedupe_key: key.map(str::to_owned),
        ..NewNotice::new(person.id, kind, "core.test", title.into())
    };
    let told = notify(&mut tx, notice).await.unwrap().is_some();
    tx.commit().await.unwrap();
    told
}

async fn bell(app: &App, person: &Person) -> Vec<String> {
    let mut tx = person.tx(app).await;
    let page = notifications::list(&mut tx, &NoticeQuery::default()).await.unwrap();
    page.rows.into_iter().map(|n| n.title).collect()
}

async fn mails(db: &TestDb) -> Vec<(String, String)> {
    sqlx::query_as("select to_email, subject from core.mail_queue order by created_at, subject").fetch_all(db.admin()).await.unwrap()
}

#[tokio::test]
async fn notices_arrive_as_their_reader_chose() {
    let db = TestDb::new().await;
    let app = db.app();
    let acme = db.org("acme").await;
    let cleo = acme.user(Role::Member);
    assert!(tell(&acme, cleo, NoticeType::System, "now", None).await);
    assert!(tell(&acme, cleo, NoticeType::Warning, "hourly", None).await);
    assert!(tell(&acme, cleo, NoticeType::Info, "daily", None).await);
    assert_eq!(bell(&app, cleo).await, ["now"]);
    assert_eq!(mails(&db).await, [("cleo@acme.test".to_owned(), "now".to_owned())]);
    app.clock.advance(chrono::Duration::hours(1));
    assert!(bell(&app, cleo).await.contains(&"hourly".to_owned()));
    app.clock.advance(chrono::Duration::hours(24));
    assert_eq!(bell(&app, cleo).await.len(), 3);
    // Nobody outside is told, and nothing twice.
    let dora = db.person("dora@x.io").await;
    assert!(!tell(&acme, &dora, NoticeType::System, "secret", None).await);
    assert!(tell(&acme, cleo, NoticeType::System, "once", Some("k")).await);
    assert!(!tell(&acme, cleo, NoticeType::System, "once", Some("k")).await);
    let mut tx = cleo.tx(&app).await;
    let page = notifications::list(&mut tx, &NoticeQuery::default()).await.unwrap();
    assert_eq!(page.rows[0].href.as_deref(), Some("/o/acme/settings/members"));
    assert_eq!(page.rows[0].kind, NoticeType::System);
}

#[tokio::test]
async fn digests_gather_what_is_due_and_go_out_once() {
    let db = TestDb::new().await;
    let app = db.app();
    let acme = db.org("acme").await;
    let cleo = acme.user(Role::Member);
    let mut tx = cleo.tx(&app).await;
    let mut settings = preferences::notices(&mut tx).await.unwrap();
    assert_eq!(settings.grid.len(), 9);
    for row in &mut settings.grid {
        *row = NoticePreference { kind: row.kind, email: true, in_app: row.kind != NoticeType::Error, frequency: Frequency::Daily };
        if row.kind == NoticeType::Milestone {
            row.frequency = Frequency::Never;
        }
    }
    assert_eq!(preferences::set_notices(&mut tx, &settings).await.unwrap(), settings);
    tx.commit().await.unwrap();
    assert!(tell(&acme, cleo, NoticeType::System, "one", None).await);
    assert!(tell(&acme, cleo, NoticeType::Error, "two", None).await);
    assert!(!tell(&acme, cleo, NoticeType::Milestone, "never", None).await);
    assert_eq!(notifications::send_due(&app).await.unwrap(), 0);
    app.clock.advance(chrono::Duration::hours(24));
    assert_eq!(notifications::send_due(&app).await.unwrap(), 1);
    assert_eq!(notifications::send_due(&app).await.unwrap(), 0);
    assert_eq!(mails(&db).await, [("cleo@acme.test".to_owned(), "2 notices".to_owned())]);
    assert_eq!(bell(&app, cleo).await, ["one"], "errors were wanted by mail only");
    drain(&app).await;
}

#[tokio::test]
async fn a_job_that_gave_up_is_mailed_with_the_next_digest_to_who_wants_it() {
    let db = TestDb::new().await;
    let app = db.app();
    let acme = db.org("acme").await;
    let (ada, bea, cleo) = (acme.user(Role::Owner), acme.user(Role::Admin), acme.user(Role::Member));
    // Bea looks at errors in the bell alone, Dora reads her mail once a day.
    let dora = &db.person("dora@acme.test").await;
    db.join(acme.id, dora, Role::Admin).await;
    for (person, email, frequency) in [(bea, false, Frequency::Instant), (dora, true, Frequency::Daily)] {
        let mut tx = person.tx(&app).await;
        let mut settings = preferences::notices(&mut tx).await.unwrap();
        for row in settings.grid.iter_mut().filter(|row| row.kind == NoticeType::Error) {
            (row.email, row.frequency) = (email, frequency);
        }
        // Not within the next hours, whatever the time is.
        settings.times.digest_hour = ((app.clock.now().hour() + 6) % 24) as u8;
        preferences::set_notices(&mut tx, &settings).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut registry = JobRegistry::new();
    registry.add("test.work", JobOptions::default(), |_, _: Value| async { Err(jobs::give_up("The host is gone.")) });
    let mut tx = acme.system().await;
    jobs::enqueue(tx.conn(), NewJob::new("test.work", json!({}))).await.unwrap();
    tx.commit().await.unwrap();
    jobs::drain(&app, &registry).await.unwrap();
    for admin in [ada, bea] {
        assert_eq!(bell(&app, admin).await, ["A background job gave up"]);
    }
    assert!(bell(&app, cleo).await.is_empty(), "members do not run the jobs");
    app.clock.advance(chrono::Duration::hours(1));
    assert_eq!(notifications::send_due(&app).await.unwrap(), 1);
    assert_eq!(mails(&db).await, [("ada@acme.test".to_owned(), "A background job gave up".to_owned())]);
    let (body, link): (String, String) =
        sqlx::query_as("select data -> 'items' -> 0 ->> 'body', data -> 'items' -> 0 ->> 'link' from core.mail_queue")
            .fetch_one(db.admin())
            .await
            .unwrap();
    assert_eq!(body, "test.work failed 1 times: The host is gone.");
    assert!(link.ends_with("/o/acme/settings/jobs?status=dead"), "{link}");
    app.clock.advance(chrono::Duration::hours(24));
    assert_eq!(notifications::send_due(&app).await.unwrap(), 1);
    assert_eq!(notifications::send_due(&app).await.unwrap(), 0);
    assert_eq!(mails(&db).await.last().unwrap().0, "dora@acme.test", "with her daily digest");
}

#[tokio::test]
async fn reading_and_putting_off_change_the_number_on_the_bell() {
    let db = TestDb::new().await;
    let app = db.app();
    let acme = db.org("acme").await;
    let cleo = acme.user(Role::Member);
    for n in 0..5 {
        tell(&acme, cleo, NoticeType::System, &format!("n{n}"), None).await;
        app.clock.advance(chrono::Duration::seconds(1));
    }
    let mut tx = cleo.tx(&app).await;
    let mut query = NoticeQuery { page: PageRequest { after: None, limit: Some(2) }, unread: true };
    let first = notifications::list(&mut tx, &query).await.unwrap();
    query.page.after = first.next.clone();
    let second = notifications::list(&mut tx, &query).await.unwrap();
    let titles: Vec<&str> = first.rows.iter().chain(&second.rows).map(|n| n.title.as_str()).collect();
    assert_eq!(titles, ["n4", "n3", "n2", "n1"]);
    notifications::mark_read(&mut tx, &[first.rows[0].id]).await.unwrap();
    notifications::snooze(&mut tx, first.rows[1].id, Snooze::Hour).await.unwrap();
    assert_eq!(notifications::unread(&mut tx).await.unwrap(), 3);
    tx.commit().await.unwrap();
    app.clock.advance(chrono::Duration::hours(1));
    let mut tx = cleo.tx(&app).await;
    assert_eq!(notifications::unread(&mut tx).await.unwrap(), 4);
    assert_eq!(notifications::mark_all_read(&mut tx).await.unwrap(), 4);
    assert_eq!(notifications::unread(&mut tx).await.unwrap(), 0);
    tx.commit().await.unwrap();
    let mut tx = acme.user(Role::Admin).tx(&app).await;
    let fault = notifications::snooze(&mut tx, first.rows[0].id, Snooze::Day).await.unwrap_err();
    assert_eq!(fault.code, Code::NotFound, "notices of others are not there");
}

#[tokio::test]
async fn preferences_are_kept_and_checked() {
    let db = TestDb::new().await;
    let app = db.app();
    let ada = db.person("ada@x.io").await;
    let mut tx = ada.tx(&app).await;
    preferences::set_interface_mode(&mut tx, InterfaceMode::Advanced).await.unwrap();
    preferences::set(&mut tx, "lists", json!({ "members": { "columns": ["name"] } })).await.unwrap();
    preferences::set(&mut tx, "lists", json!({ "jobs": 1 })).await.unwrap();
    assert_eq!(preferences::get(&mut tx, "lists").await.unwrap(), json!({ "members": { "columns": ["name"] }, "jobs": 1 }));
    assert_eq!(preferences::set(&mut tx, "secrets", json!({})).await.unwrap_err().code, Code::Validation);
    let big = json!({ "x": "y".repeat(40_000) });
    assert_eq!(preferences::set(&mut tx, "editor", big).await.unwrap_err().code, Code::Validation);
    tx.rollback().await.unwrap();
    let mut tx = ada.tx(&app).await;
    preferences::set_interface_mode(&mut tx, InterfaceMode::Advanced).await.unwrap();
    let mut settings = preferences::notices(&mut tx).await.unwrap();
    settings.times = NoticeTimes { quiet_from: Some(22), quiet_to: None, ..NoticeTimes::default() };
    assert!(preferences::set_notices(&mut tx, &settings).await.unwrap_err().fields.contains_key("quiet_to"));
    settings.times = NoticeTimes { timezone: "Mars".into(), ..NoticeTimes::default() };
    assert!(preferences::set_notices(&mut tx, &settings).await.unwrap_err().fields.contains_key("timezone"));
    tx.commit().await.unwrap();
    assert_eq!(db.request(&ada, None).await.require_session().await.unwrap().interface_mode, "advanced");
}
