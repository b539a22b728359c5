//! Secrets: sealed, shown by their last four characters, used in order, logged.
#[path = "support/process.rs"]
mod process;

use kernel::{
    Code, Fault,
    access::{Actor, Role},
    app::App,
    providers::{Providers, Service},
    secrets::{self, Origin, Scope, use_secret},
    testing::TestDb,
};
use process::{process, ring};
use uuid::Uuid;

type Log = (String, String, bool, Option<String>);

/// The log of uses and changes: service, operation, success, error.
async fn log(db: &TestDb) -> Vec<Log> {
    sqlx::query_as("select service_name, operation, success, error_message from core.secret_audit_logs order by created_at, operation")
        .fetch_all(db.admin())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_secret_is_stored_sealed_and_shown_by_its_end() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let mut tx = acme.tx(Role::Admin).await;
    let made = secrets::set(&mut tx, Scope::Organization, "openai", " sk-very-secret-1234 ").await.unwrap();
    assert_eq!((made.service_name.as_str(), made.last4.as_str(), made.available, made.is_active), ("openai", "1234", true, true));
    let short = secrets::set(&mut tx, Scope::Person, "github", "hunter2").await.unwrap();
    assert_eq!(short.last4, "");
    let changed = secrets::set(&mut tx, Scope::Organization, "openai", "sk-another-one-5678").await.unwrap();
    assert_eq!((changed.id, changed.last4.as_str()), (made.id, "5678"));
    assert_eq!(secrets::list(&mut tx, Scope::Organization).await.unwrap(), [changed]);
    for (service, value) in [("Open AI", "x"), ("", "x"), ("openai", ""), ("openai", " ")] {
        assert_eq!(secrets::set(&mut tx, Scope::Person, service, value).await.unwrap_err().code, Code::Validation);
    }
    tx.commit().await.unwrap();
    let stored: String = sqlx::query_scalar("select string_agg(s::text, '') from (select to_jsonb(u) as s from core.user_secrets u union all select to_jsonb(o) from core.org_secrets o) x")
        .fetch_one(db.admin())
        .await
        .unwrap();
    assert!(!stored.contains("hunter2") && !stored.contains("another"), "{stored}");
    let seen: Vec<_> = log(&db).await.into_iter().map(|(service, operation, success, _)| (service, operation, success)).collect();
    let line = |service: &str, operation: &str| (service.to_owned(), operation.to_owned(), true);
    // One transaction, one time: then by name of the operation.
    assert_eq!(seen, [line("openai", "create"), line("github", "create"), line("openai", "update")]);
}

#[tokio::test]
async fn the_person_goes_before_the_organization_and_each_use_is_logged() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let app = db.app();
    let bea = acme.actor(Role::Admin);
    assert!(use_secret(&app, &bea, "openai").await.unwrap().is_none());
    let mut tx = acme.tx(Role::Admin).await;
    secrets::set(&mut tx, Scope::Organization, "openai", "of the organization").await.unwrap();
    let own = secrets::set(&mut tx, Scope::Person, "openai", "of bea").await.unwrap();
    tx.commit().await.unwrap();
    let used = use_secret(&app, &bea, "openai").await.unwrap().unwrap();
    assert_eq!((used.value.as_str(), used.origin), ("of bea", Origin::Person));
    let cleo = use_secret(&app, &acme.actor(Role::Member), "openai").await.unwrap().unwrap();
    assert_eq!((cleo.value.as_str(), cleo.origin), ("of the organization", Origin::Organization));
    let job = use_secret(&app, &Actor::system(Some(acme.id)), "openai").await.unwrap().unwrap();
    assert_eq!(job.origin, Origin::Organization);
    let mut tx = acme.tx(Role::Admin).await;
    secrets::set_active(&mut tx, Scope::Person, own.id, false).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(use_secret(&app, &bea, "openai").await.unwrap().unwrap().origin, Origin::Organization);
    let reads: Vec<(Option<Uuid>, Option<Uuid>, Option<String>)> = sqlx::query_as(
        "select user_id, organization_id, host(ip_address) from core.secret_audit_logs where operation = 'read' and success order by created_at",
    )
    .fetch_all(db.admin())
    .await
    .unwrap();
    let (bea, cleo, here) = (Some(acme.user(Role::Admin).id), Some(acme.user(Role::Member).id), Some("127.0.0.1".to_owned()));
    assert_eq!(
        reads,
        [(bea, None, here.clone()), (cleo, Some(acme.id), here.clone()), (None, Some(acme.id), None), (bea, Some(acme.id), here)]
    );
    let mut tx = acme.tx(Role::Admin).await;
    assert!(secrets::list(&mut tx, Scope::Organization).await.unwrap()[0].last_used_at.is_some());
}

#[tokio::test]
async fn strangers_and_members_reach_no_secret_of_the_organization() {
    let db = TestDb::new().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    let mut tx = acme.tx(Role::Owner).await;
    let made = secrets::set(&mut tx, Scope::Organization, "openai", "sk-very-secret-1234").await.unwrap();
    let own = secrets::set(&mut tx, Scope::Person, "openai", "sk-of-ada-alone-1234").await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = acme.tx(Role::Member).await;
    assert_eq!(secrets::list(&mut tx, Scope::Organization).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(secrets::set(&mut tx, Scope::Organization, "x", "y").await.unwrap_err().code, Code::Forbidden);
    assert_eq!(secrets::delete(&mut tx, Scope::Organization, made.id).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(secrets::delete(&mut tx, Scope::Person, own.id).await.unwrap_err().code, Code::NotFound);
    assert_eq!(secrets::list(&mut tx, Scope::Person).await.unwrap(), []);
    let mut tx = globex.tx(Role::Owner).await;
    assert_eq!(secrets::list(&mut tx, Scope::Organization).await.unwrap(), []);
    assert_eq!(secrets::delete(&mut tx, Scope::Organization, made.id).await.unwrap_err().code, Code::NotFound);
    assert!(use_secret(&db.app(), &globex.actor(Role::Owner), "openai").await.unwrap().is_none());
    let mut tx = acme.tx(Role::Owner).await;
    secrets::delete(&mut tx, Scope::Organization, made.id).await.unwrap();
    assert_eq!(secrets::list(&mut tx, Scope::Organization).await.unwrap(), []);
}

/// Accepts exactly one secret, as a service would.
struct Echo;

#[async_trait::async_trait]
impl Service for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn label(&self) -> &'static str {
        "Echo"
    }

    async fn check(&self, _app: &App, secret: &str) -> Result<String, Fault> {
        if secret == "good" { Ok("Welcome.".into()) } else { Err(Fault::new(Code::Upstream, "Echo refused the key.")) }
    }
}

#[tokio::test]
async fn a_secret_is_tried_at_its_service() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let app = process(&db.app(), &ring(&db.app()), Providers::default().with_service(Echo));
    let admin = acme.actor(Role::Admin);
    for (value, expected) in [("good", Ok("Welcome.")), ("bad", Err("Echo refused the key."))] {
        let mut tx = acme.tx(Role::Admin).await;
        secrets::set(&mut tx, Scope::Organization, "echo", value).await.unwrap();
        tx.commit().await.unwrap();
        let answer = secrets::test(&app, &admin, Scope::Organization, "echo").await;
        assert_eq!(answer.as_deref().map_err(|fault| fault.message.as_str()), expected);
    }
    assert_eq!(secrets::test(&app, &admin, Scope::Person, "echo").await.unwrap_err().code, Code::NotFound);
    assert_eq!(secrets::test(&app, &acme.actor(Role::Member), Scope::Organization, "echo").await.unwrap_err().code, Code::Forbidden);
}

#[tokio::test]
async fn a10_14_a_moved_ciphertext_fails_and_the_failure_is_logged() {
    let db = TestDb::new().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    for org in [&acme, &globex] {
        let mut tx = org.tx(Role::Admin).await;
        secrets::set(&mut tx, Scope::Organization, "openai", &format!("the key of {}", org.name)).await.unwrap();
        tx.commit().await.unwrap();
    }
    sqlx::query(
        "update core.org_secrets a set encrypted_value = g.encrypted_value, initialization_vector = g.initialization_vector
         from core.org_secrets g where a.organization_id = $1 and g.organization_id = $2",
    )
    .bind(acme.id)
    .bind(globex.id)
    .execute(db.admin())
    .await
    .unwrap();
    let fault = use_secret(&db.app(), &acme.actor(Role::Admin), "openai").await.unwrap_err();
    assert_eq!((fault.code, fault.message.as_str()), (Code::Unavailable, "This secret cannot be opened. Set it again."));
    assert_eq!(use_secret(&db.app(), &globex.actor(Role::Admin), "openai").await.unwrap().unwrap().value.as_str(), "the key of Globex");
    let failed: Vec<_> = log(&db).await.into_iter().filter(|(_, _, success, _)| !success).collect();
    assert_eq!(failed, [("openai".to_owned(), "read".to_owned(), false, Some("This secret cannot be opened. Set it again.".to_owned()))]);
}
