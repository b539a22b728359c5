//! Mail: what it says, that it goes with its transaction, and how the SMTP server's answers are taken.
#[path = "support/smtp.rs"]
mod smtp_double;

use chrono::{DateTime, Utc};
use kernel::{
    Code,
    access::Role,
    config::{Config, Hidden, MailProvider, MailTls},
    jobs::{self, JobRegistry},
    mail::{self, DigestItem, Mail, Message},
    testing::TestDb,
};
use smtp_double::Double;
use uuid::Uuid;

fn at() -> DateTime<Utc> {
    "2026-12-01T09:30:00Z".parse().unwrap()
}

fn ada() -> String {
    "Ada".to_owned()
}

fn link(path: &str) -> String {
    format!("https://millrace.test{path}")
}

fn verify() -> Message {
    Message::Verify { name: ada(), link: link("/verify/abc"), hours: 24 }
}

fn every_message() -> Vec<Message> {
    let ip = Some("203.0.113.7".to_owned());
    let notice =
        |n: u32| DigestItem { title: format!("Feature {n} passed"), body: "Checkout".into(), link: link(&format!("/o/acme/f/{n}")) };
    vec![
        verify(),
        Message::KnownEmailSignup { name: ada(), login_link: link("/login"), reset_link: link("/forgot") },
        Message::Invite { inviter: ada(), organization: "Acme".into(), role: "admin".into(), link: link("/invite/abc"), days: 7 },
        Message::Reset { name: ada(), link: link("/reset/abc"), minutes: 60 },
        Message::EmailChange { name: ada(), new_email: "ada@new.test".into(), link: link("/verify/new"), hours: 24 },
        Message::EmailChangeOld { name: ada(), new_email: "ada@new.test".into(), link: link("/verify/old"), hours: 24 },
        Message::Locked { name: ada(), minutes: 15, ip: ip.clone(), reset_link: link("/forgot") },
        Message::NewDevice { name: ada(), device: "Firefox on Linux".into(), ip: ip.clone(), at: at(), link: link("/not-me/abc") },
        Message::DeletionCode { name: ada(), code: "482913".into(), minutes: 15 },
        Message::DeletionScheduled { name: ada(), on: at(), link: link("/account/privacy") },
        Message::ExportReady { name: ada(), link: link("/account/privacy"), until: at() },
        Message::OwnerMfaBypass { name: "Bea".into(), organization: "Acme".into(), who: ada(), ip, at: at() },
        Message::Shipped { feature: "Gift wrapping".into(), project: "Web shop".into(), link: link("/vote/abc") },
        Message::Digest { name: ada(), items: vec![notice(1), notice(2)], settings_link: link("/account/notifications") },
    ]
}

#[test]
fn every_mail_reads_as_agreed() {
    for message in every_message() {
        let mail = message.render();
        assert!(!mail.subject.is_empty());
        insta::assert_snapshot!(message.template(), format!("Subject: {}\n\n{}\n=====\n{}", mail.subject, mail.text, mail.html));
    }
}

#[test]
fn a_message_survives_the_queue_and_strangers_cannot_write_html_or_headers() {
    for message in every_message() {
        let stored = serde_json::json!({ "template": message.template(), "data": message.data() });
        assert_eq!(serde_json::from_value::<Message>(stored).unwrap(), message);
    }
    let evil = Message::Invite {
        inviter: "<b>Eve</b>\r\nBcc: all@acme.test".into(),
        organization: "\"A&B\"".into(),
        role: "member".into(),
        link: "https://x.test/?a=1&b=\"2\"".into(),
        days: 7,
    };
    let mail = evil.render();
    assert!(!mail.subject.contains(['\r', '\n']));
    assert!(
        mail.html.contains("&lt;b&gt;Eve&lt;/b&gt;")
            && mail.html.contains("&quot;A&amp;B&quot;")
            && mail.html.contains("a=1&amp;b=&quot;2&quot;")
    );
    assert!(!mail.html.contains("<b>"));
    let one = Message::Digest {
        name: ada(),
        items: vec![DigestItem { title: "One".into(), body: String::new(), link: link("/") }],
        settings_link: link("/s"),
    };
    assert_eq!(one.render().subject, "One");
}

fn smtp(port: u16) -> impl FnOnce(&mut Config) {
    move |config| {
        config.mail.provider = MailProvider::Smtp;
        config.mail.host = "127.0.0.1".into();
        config.mail.port = port;
        config.mail.tls = MailTls::None;
        config.mail.from = "Millrace <noreply@millrace.test>".into();
    }
}

#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Row {
    status: String,
    provider: String,
    attempts: i32,
    last_error: Option<String>,
    text_body: String,
    sent: bool,
}

async fn row(db: &TestDb, id: Uuid) -> Row {
    sqlx::query_as(
        "select status, provider, attempts, last_error, text_body, sent_at is not null as sent from core.mail_queue where id = $1",
    )
    .bind(id)
    .fetch_one(db.admin())
    .await
    .unwrap()
}

/// An account mail, committed, as a visitor's request queues it.
async fn queued(db: &TestDb, to: &str) -> Uuid {
    let mut tx = db.app().db.pool().begin().await.unwrap();
    let id = mail::enqueue(&mut tx, Mail { org: None, to: to.into(), message: verify() }).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn registry() -> JobRegistry {
    let mut registry = JobRegistry::new();
    mail::register(&mut registry);
    registry
}

#[tokio::test]
async fn a_mail_goes_with_its_transaction_and_the_built_in_mailbox_keeps_it() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let mut tx = acme.tx(Role::Admin).await;
    let mail = || Mail { org: Some(acme.id), to: "x@acme.test".into(), message: verify() };
    mail::enqueue(tx.conn(), mail()).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(jobs::drain(&db.app(), &registry()).await.unwrap().ran.len(), 0);

    let mut tx = acme.tx(Role::Admin).await;
    let id = mail::enqueue(tx.conn(), mail()).await.unwrap();
    tx.commit().await.unwrap();
    let account = queued(&db, "ada@a.io").await;
    assert_eq!(jobs::drain(&db.app(), &registry()).await.unwrap().ran.len(), 2);
    for id in [id, account] {
        let row = row(&db, id).await;
        assert_eq!((row.status.as_str(), row.provider.as_str(), row.sent, row.attempts), ("sent", "builtin", true, 1));
        assert!(row.text_body.contains("https://millrace.test/verify/abc"));
    }
    assert_eq!(mail::smtp_label(&db.app().config.mail), None);
    assert!(mail::check(&db.app().config.mail).await.unwrap().contains("not sent outside this machine"));
}

#[tokio::test]
async fn only_the_server_reads_queued_mail() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let mut tx = acme.tx(Role::Owner).await;
    mail::enqueue(tx.conn(), Mail { org: Some(acme.id), to: "x@acme.test".into(), message: verify() }).await.unwrap();
    let seen: i64 = sqlx::query_scalar("select count(*) from core.mail_queue").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(seen, 0);
    tx.commit().await.unwrap();
    let mut globex = db.org("globex").await.system().await;
    let seen: i64 = sqlx::query_scalar("select count(*) from core.mail_queue").fetch_one(globex.conn()).await.unwrap();
    assert_eq!(seen, 0);
}

#[tokio::test]
async fn a_taken_mail_is_sent_once_and_its_links_are_forgotten() {
    let double = Double::answering(["250 ok"]).await;
    let db = TestDb::with(|config| {
        smtp(double.port)(config);
        config.mail.user = Some("millrace".into());
        config.mail.password = Some(Hidden::new("hunter2"));
    })
    .await;
    let id = queued(&db, "ada@a.io").await;
    assert_eq!(jobs::drain(&db.app(), &registry()).await.unwrap().ran.len(), 1);
    let row = row(&db, id).await;
    assert_eq!((row.status.as_str(), row.provider.as_str(), row.text_body.as_str(), row.sent), ("sent", "smtp", "", true));
    mail::send(&db.app(), None, id, false).await.unwrap();
    let taken = double.taken();
    assert_eq!(taken.len(), 1);
    let commands = taken[0].commands.join("\n");
    assert!(commands.contains("MAIL FROM:<noreply@millrace.test>") && commands.contains("RCPT TO:<ada@a.io>"), "{commands}");
    assert!(commands.contains("AUTH PLAIN AG1pbGxyYWNlAGh1bnRlcjI="), "{commands}");
    let data = &taken[0].data;
    for part in [
        "Subject: Confirm your email address",
        "From: Millrace <noreply@millrace.test>",
        "Auto-Submitted: auto-generated",
        "text/plain",
        "text/html",
        "https://millrace.test/verify/abc",
    ] {
        assert!(data.contains(part), "{part} is missing in\n{data}");
    }
    assert!(data.contains(&format!("Message-ID: <{id}@millrace.test>")), "{data}");
}

#[tokio::test]
async fn a_busy_server_is_tried_again_until_the_last_try() {
    let double = Double::answering(["421 too busy", "451 greylisted", "250 ok"]).await;
    let db = TestDb::with(smtp(double.port)).await;
    let id = queued(&db, "ada@a.io").await;
    for attempt in 1..=2 {
        let fault = mail::send(&db.app(), None, id, false).await.unwrap_err();
        assert_eq!(fault.code, Code::Upstream);
        let row = row(&db, id).await;
        assert_eq!((row.status.as_str(), row.attempts), ("queued", attempt));
        assert!(row.last_error.unwrap().contains(if attempt == 1 { "421" } else { "451" }));
    }
    mail::send(&db.app(), None, id, false).await.unwrap();
    assert_eq!(row(&db, id).await.status, "sent");

    let busy = Double::answering(["421 too busy"]).await;
    let db = TestDb::with(smtp(busy.port)).await;
    let id = queued(&db, "ada@a.io").await;
    assert!(mail::send(&db.app(), None, id, true).await.is_err());
    assert_eq!(row(&db, id).await.status, "failed");
}

#[tokio::test]
async fn a_refused_mail_is_failed_for_good() {
    let double = Double::answering(["550 no such user"]).await;
    let db = TestDb::with(smtp(double.port)).await;
    let id = queued(&db, "nobody@a.io").await;
    assert_eq!(jobs::drain(&db.app(), &registry()).await.unwrap().ran.len(), 1);
    let refused = row(&db, id).await;
    assert_eq!((refused.status.as_str(), refused.attempts), ("failed", 1));
    assert!(refused.last_error.unwrap().contains("no such user"));

    let id = queued(&db, "not an address").await;
    assert_eq!(jobs::drain(&db.app(), &registry()).await.unwrap().ran.len(), 1);
    assert_eq!(row(&db, id).await.status, "failed");
    assert_eq!(double.taken().len(), 1);
}

#[tokio::test]
async fn the_check_says_whether_the_server_answers() {
    let double = Double::answering(["250 ok"]).await;
    let db = TestDb::with(smtp(double.port)).await;
    let health = db.app().providers.check(&db.app()).await;
    let find = |part: &str| health.iter().find(|health| health.part == part).unwrap();
    assert_eq!((find("mail").ok, find("mail").configured, &find("mail").label), (true, true, &format!("SMTP 127.0.0.1:{}", double.port)));
    assert_eq!((find("files").ok, find("files").configured, find("files").label.as_str()), (true, false, "Built-in"));
    assert!(find("database").ok && find("identity.github").ok && !find("identity.google").configured);

    let busy = Double::answering(["421 too busy"]).await;
    let db = TestDb::with(smtp(busy.port)).await;
    let fault = mail::check(&db.app().config.mail).await.unwrap_err();
    assert!(fault.message.contains("does not take mail") && fault.message.contains("421"), "{}", fault.message);
}
