//! New and missing keys: every sealed value moves to the first key of the ring, and nothing is lost.
#[path = "support/process.rs"]
mod process;

use kernel::{
    access::Role,
    app::App,
    db::TenantTx,
    jobs::{self, JobRegistry},
    keys,
    providers::Providers,
    secrets::{self, Scope, use_secret},
    testing::TestDb,
};
use process::{process, ring};
use uuid::Uuid;

/// 450 secrets of one person, one of them damaged, and values of the other tables that hold sealed ones.
async fn fill(db: &TestDb, app: &App, user: Uuid, org: Uuid) {
    for n in 0..450 {
        let service = format!("service-{n}");
        let sealed = app.keys.seal(&keys::aad("core.user_secrets", user, &service), format!("secret {n}").as_bytes()).unwrap();
        sqlx::query("insert into core.user_secrets (user_id, service_name, encrypted_value, initialization_vector, key_id) values ($1, $2, $3, $4, $5)")
            .bind(user)
            .bind(&service)
            .bind(if n == 7 { "AAAA" } else { &sealed.ciphertext })
            .bind(&sealed.nonce)
            .bind(&sealed.key_id)
            .execute(db.admin())
            .await
            .unwrap();
    }
    let one = |aad: String, plain: &str| app.keys.seal_text(&aad, plain).unwrap();
    sqlx::query("insert into core.mfa_factors (user_id, secret_sealed) values ($1, $2)")
        .bind(user)
        .bind(one(keys::totp_aad(user), "totp secret"))
        .execute(db.admin())
        .await
        .unwrap();
    sqlx::query("insert into core.accounts (user_id, provider, provider_account_id, access_token) values ($1, 'github', '1', $2)")
        .bind(user)
        .bind(one(keys::account_aad(user, "github", "access_token"), "gho_1"))
        .execute(db.admin())
        .await
        .unwrap();
    for org in [None, Some(org)] {
        let id = Uuid::new_v4();
        sqlx::query("insert into core.identity_providers (id, organization_id, kind, name, client_id, client_secret_sealed) values ($1, $2, 'oidc', 'x', 'y', $3)")
            .bind(id)
            .bind(org)
            .bind(one(keys::identity_provider_aad(org, id), "client secret"))
            .execute(db.admin())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a10_14_after_rotation_every_key_id_is_new() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let old = db.app();
    let user = acme.user(Role::Admin).id;
    fill(&db, &old, user, acme.id).await;
    let fresh = process(&old, &format!("zz:{},{}", keys::generate("k").split_once(':').unwrap().1, ring(&old)), Providers::default());
    // What an earlier run sealed already does not come again.
    let bea = acme.actor(Role::Admin);
    for (app, service) in [(&old, "openai"), (&fresh, "anthropic")] {
        let mut tx = TenantTx::begin(app, bea.clone()).await.unwrap();
        secrets::set(&mut tx, Scope::Organization, service, &format!("sk-of-{service}")).await.unwrap();
        tx.commit().await.unwrap();
    }

    let mut registry = JobRegistry::new();
    secrets::register(&mut registry);
    let report = secrets::at_start(&fresh).await.unwrap();
    assert_eq!((report.stale, report.unavailable.len()), (455, 0));
    secrets::at_start(&fresh).await.unwrap();
    let drained = jobs::drain(&fresh, &registry).await.unwrap();
    assert_eq!((drained.ran.as_slice(), drained.failed.as_slice()), ([secrets::ROTATE.to_owned()].as_slice(), [].as_slice()));

    let keys_now: Vec<(String, i64)> = sqlx::query_as("select key_id, sum(items)::int8 from core.sealed_keys() group by 1 order by 1")
        .fetch_all(db.admin())
        .await
        .unwrap();
    // The damaged row stays as it is, and is logged.
    assert_eq!(keys_now, [(old.keys.current().unwrap().to_owned(), 1), ("zz".to_owned(), 455)]);
    let logged: Vec<(bool, i64)> =
        sqlx::query_as("select success, count(*) from core.secret_audit_logs where operation = 'update' group by 1 order by 1")
            .fetch_all(db.admin())
            .await
            .unwrap();
    assert_eq!(logged, [(false, 1), (true, 454)]);

    // What was sealed opens under the new key alone, in every table.
    assert_eq!(use_secret(&fresh, &bea, "service-449").await.unwrap().unwrap().value.as_str(), "secret 449");
    assert_eq!(use_secret(&fresh, &bea, "openai").await.unwrap().unwrap().value.as_str(), "sk-of-openai");
    let totp: String = sqlx::query_scalar("select secret_sealed from core.mfa_factors").fetch_one(db.admin()).await.unwrap();
    assert_eq!(fresh.keys.open_text(&keys::totp_aad(user), &totp).unwrap().as_str(), "totp secret");
    let token: String = sqlx::query_scalar("select access_token from core.accounts").fetch_one(db.admin()).await.unwrap();
    assert_eq!(fresh.keys.open_text(&keys::account_aad(user, "github", "access_token"), &token).unwrap().as_str(), "gho_1");
    let providers: Vec<(Uuid, Option<Uuid>, String)> =
        sqlx::query_as("select id, organization_id, client_secret_sealed from core.identity_providers")
            .fetch_all(db.admin())
            .await
            .unwrap();
    for (id, org, sealed) in providers {
        assert!(!fresh.keys.is_stale(&sealed));
        assert_eq!(fresh.keys.open_text(&keys::identity_provider_aad(org, id), &sealed).unwrap().as_str(), "client secret");
    }
}

#[tokio::test]
async fn a_missing_key_is_said_and_nothing_is_deleted() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let mut tx = acme.tx(Role::Admin).await;
    secrets::set(&mut tx, Scope::Organization, "openai", "sk-very-secret-1234").await.unwrap();
    tx.commit().await.unwrap();
    let without = process(&db.app(), &keys::generate("other"), Providers::default());
    let report = secrets::at_start(&without).await.unwrap();
    assert_eq!(report.unavailable, [format!("{}: openai (1)", db.app().keys.current().unwrap())]);
    let admin = acme.actor(Role::Admin);
    assert_eq!(use_secret(&without, &admin, "openai").await.unwrap_err().message, "Key unavailable");
    let mut tx = TenantTx::begin(&without, admin.clone()).await.unwrap();
    assert!(!secrets::list(&mut tx, Scope::Organization).await.unwrap()[0].available);
    // The key comes back, and so does the secret.
    assert_eq!(use_secret(&db.app(), &admin, "openai").await.unwrap().unwrap().value.as_str(), "sk-very-secret-1234");
}

#[tokio::test]
async fn a10_a_crash_in_the_rotation_loses_nothing_and_the_next_run_goes_on() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let old = db.app();
    fill(&db, &old, acme.user(Role::Admin).id, acme.id).await;
    // The second batch meets this row and never comes to its end.
    for statement in [
        "create function public.crash() returns trigger security definer language plpgsql as $$
         begin
           if new.id = (select id from core.user_secrets order by id offset 250 limit 1) then raise exception 'the power is off'; end if;
           return new;
         end $$",
        "create trigger crash before update on core.user_secrets for each row execute function public.crash()",
    ] {
        sqlx::query(statement).execute(db.admin()).await.unwrap();
    }
    let fresh = process(&old, &format!("zz:{},{}", keys::generate("k").split_once(':').unwrap().1, ring(&old)), Providers::default());
    let mut registry = JobRegistry::new();
    secrets::register(&mut registry);
    secrets::at_start(&fresh).await.unwrap();
    assert_eq!(jobs::drain(&fresh, &registry).await.unwrap().failed.len(), 1);
    let sealed = async |key: &str| -> i64 {
        let count = "select coalesce(sum(items), 0)::int8 from core.sealed_keys() where key_id = $1";
        sqlx::query_scalar(count).bind(key).fetch_one(db.admin()).await.unwrap()
    };
    let early = sealed("zz").await;
    assert!(early > 0 && early < 300, "whole batches: {early}");

    sqlx::query("drop trigger crash on core.user_secrets").execute(db.admin()).await.unwrap();
    db.app().clock.advance(chrono::Duration::hours(1));
    assert!(jobs::drain(&fresh, &registry).await.unwrap().failed.is_empty());
    // All but the damaged row, each sealed once.
    assert_eq!((sealed("zz").await, sealed(old.keys.current().unwrap()).await), (453, 1));
    let logged: i64 = sqlx::query_scalar("select count(*) from core.secret_audit_logs where operation = 'update' and success")
        .fetch_one(db.admin())
        .await
        .unwrap();
    assert_eq!(logged, 453);
}
