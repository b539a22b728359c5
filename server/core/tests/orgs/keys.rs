use core_area::{
    api_keys::{self, CreatedKey, KeyState, NewApiKey},
    hygiene,
    key_auth::{self, KeyRefusal},
    tokens,
};
use kernel::{
    Code, Perm,
    access::{ActorKind, RequestInfo, Role},
    app::App,
    testing::{self, Org, TestDb},
};

fn wanted(scopes: &[&str]) -> NewApiKey {
    NewApiKey { name: "Robot".into(), scopes: scopes.iter().map(|s| (*s).to_owned()).collect(), ..NewApiKey::default() }
}

async fn key(org: &Org, input: NewApiKey) -> CreatedKey {
    let mut tx = org.tx(Role::Admin).await;
    let made = api_keys::create(&mut tx, &input).await.unwrap();
    tx.commit().await.unwrap();
    made
}

async fn call(app: &App, bearer: &str, slug: Option<&str>) -> Result<key_auth::KeyAccess, KeyRefusal> {
    key_auth::authenticate(app, bearer, slug, &testing::request()).await
}

async fn code(app: &App, bearer: &str, slug: Option<&str>) -> Code {
    call(app, bearer, slug).await.unwrap_err().fault.code
}

#[tokio::test]
async fn a10_11_a_key_reads_with_its_scope_and_ends_when_revoked() {
    let db = TestDb::new().await;
    let app = db.app();
    let acme = db.org("acme").await;
    let made = key(&acme, wanted(&["mcp:read"])).await;
    assert_eq!(made.secret.len(), 4 + 1 + 8 + 1 + 43);
    assert!(made.secret.starts_with(&format!("{}_", made.key.prefix)) && made.key.prefix.starts_with("okey_"));
    assert!(!format!("{made:?}").contains(&made.secret));
    let stored: String = sqlx::query_scalar("select key_hash || key_prefix from core.api_keys").fetch_one(db.admin()).await.unwrap();
    assert!(!stored.contains(&made.secret[14..]), "only a hash is stored");

    let access = call(&app, &made.secret, None).await.unwrap();
    assert_eq!((access.actor.kind, access.actor.org, access.limit.limit), (ActorKind::ApiKey, Some(acme.id), 100));
    access.actor.require(Perm::FactoryRead).unwrap();
    let fault = access.actor.require(Perm::FactoryWrite).unwrap_err();
    assert_eq!(fault.code, Code::Forbidden);
    assert!(fault.message.contains("mcp:write"), "403 names the scope: {}", fault.message);
    assert!(access.actor.require(Perm::OrgKeys).is_err(), "no scope makes keys");
    let mut tx = acme.tx(Role::Admin).await;
    assert!(api_keys::list(&mut tx).await.unwrap()[0].last_used_at.is_some());
    api_keys::revoke(&mut tx, made.key.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(code(&app, &made.secret, None).await, Code::Unauthenticated);
}

#[tokio::test]
async fn a10_12_the_104th_call_within_two_seconds_waits_a_second() {
    let db = TestDb::new().await;
    let app = db.app();
    let made = key(&db.org("acme").await, wanted(&["org:read"])).await;
    for n in 0..50 {
        assert_eq!(call(&app, &made.secret, None).await.unwrap().limit.remaining, 99 - n);
    }
    app.clock.advance(chrono::Duration::minutes(1));
    // 103 calls spread over two seconds after an idle minute: 100 + 2 s * 100 / 60 s = 103.33.
    for _ in 0..100 {
        call(&app, &made.secret, None).await.unwrap();
    }
    app.clock.advance(chrono::Duration::seconds(2));
    for _ in 0..3 {
        call(&app, &made.secret, None).await.unwrap();
    }
    let refused = call(&app, &made.secret, None).await.unwrap_err();
    assert_eq!((refused.fault.code, refused.fault.retry_after), (Code::RateLimited, Some(1)));
    let limit = refused.limit.unwrap();
    assert_eq!((limit.limit, limit.remaining, limit.reset), (100, 0, 60));
    app.clock.advance(chrono::Duration::seconds(1));
    assert!(call(&app, &made.secret, None).await.is_ok());
}

#[tokio::test]
async fn what_is_not_exactly_a_living_key_is_refused() {
    let db = TestDb::new().await;
    let app = db.app();
    let acme = db.org("acme").await;
    let soon = app.clock.now() + chrono::Duration::days(1);
    let made = key(&acme, NewApiKey { expires_at: Some(soon), ..wanted(&["org:read"]) }).await;
    let mut forged = made.secret.clone();
    forged.replace_range(56..57, if forged.ends_with('A') { "B" } else { "A" });
    for bad in ["", "okey_", "Bearer x", &forged, &made.secret.replace("okey_", "upat_")] {
        assert_eq!(code(&app, bad, None).await, Code::Unauthenticated, "{bad}");
    }
    assert!(call(&app, &made.secret, Some("acme")).await.is_ok());
    assert_eq!(code(&app, &made.secret, Some("globex")).await, Code::NotFound);

    sqlx::query("update core.organizations set suspended_at = now()").execute(db.admin()).await.unwrap();
    assert_eq!(code(&app, &made.secret, None).await, Code::Forbidden);
    sqlx::query("update core.organizations set suspended_at = null").execute(db.admin()).await.unwrap();
    app.clock.advance(chrono::Duration::days(1));
    assert_eq!(code(&app, &made.secret, None).await, Code::Unauthenticated);

    let other = key(&acme, wanted(&["org:read"])).await;
    sqlx::query("delete from core.memberships where user_id = $1").bind(acme.user(Role::Admin).id).execute(db.admin()).await.unwrap();
    let refused = call(&app, &other.secret, None).await.unwrap_err();
    assert!(refused.fault.message.contains("left"), "{}", refused.fault.message);
}

#[tokio::test]
async fn a_key_of_one_project_sees_no_other_and_one_of_an_office_no_other_address() {
    let db = TestDb::new().await;
    let app = db.app();
    let acme = db.org("acme").await;
    let (mine, other) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    let mut input = NewApiKey { allowed_ips: vec!["10.1.2.3/8".into(), "::1".into()], ..wanted(&["mcp:read"]) };
    let made = key(&acme, input.clone()).await;
    assert_eq!(made.key.allowed_ips, ["10.0.0.0/8", "::1/128"]);
    let from = |ip: &str| RequestInfo { ip: ip.parse().ok(), ..testing::request() };
    assert!(key_auth::authenticate(&app, &made.secret, None, &from("10.200.0.9")).await.is_ok());
    let refused = key_auth::authenticate(&app, &made.secret, None, &from("11.0.0.1")).await.unwrap_err();
    assert_eq!(refused.fault.code, Code::Forbidden);
    let unknown = RequestInfo { ip: None, ..testing::request() };
    assert!(key_auth::authenticate(&app, &made.secret, None, &unknown).await.is_err());
    let actor = kernel::access::Actor { project: Some(mine), ..call_actor(&app, &made.secret).await };
    assert!(key_auth::in_project(&actor, mine).is_ok());
    assert_eq!(key_auth::in_project(&actor, other).unwrap_err().code, Code::NotFound);

    let mut tx = acme.tx(Role::Admin).await;
    input.allowed_ips = vec!["office".into()];
    assert!(api_keys::create(&mut tx, &input).await.unwrap_err().fields.contains_key("allowed_ips"));
    assert!(api_keys::create(&mut tx, &wanted(&[])).await.unwrap_err().fields.contains_key("scopes"));
    assert!(api_keys::create(&mut tx, &wanted(&["all"])).await.unwrap_err().fields.contains_key("scopes"));
    let past = NewApiKey { expires_at: Some(app.clock.now()), ..wanted(&["org:read"]) };
    assert!(api_keys::create(&mut tx, &past).await.unwrap_err().fields.contains_key("expires_at"));
    let mut tx = acme.tx(Role::Member).await;
    assert_eq!(api_keys::create(&mut tx, &wanted(&["org:read"])).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(api_keys::list(&mut tx).await.unwrap_err().code, Code::Forbidden);
}

async fn call_actor(app: &App, secret: &str) -> kernel::access::Actor {
    let info = RequestInfo { ip: "10.0.0.1".parse().ok(), ..testing::request() };
    key_auth::authenticate(app, secret, None, &info).await.unwrap().actor
}

#[tokio::test]
async fn a_personal_token_acts_as_its_person_where_they_are_a_member() {
    let db = TestDb::new().await;
    let app = db.app();
    let (acme, _globex) = (db.org("acme").await, db.org("globex").await);
    let cleo = acme.user(Role::Member);
    let mut tx = cleo.tx(&app).await;
    let made = tokens::create(&mut tx, &wanted(&["mcp:write", "growth:admin", "audit:read"])).await.unwrap();
    tx.commit().await.unwrap();
    assert!(made.secret.starts_with("upat_"));
    let access = call(&app, &made.secret, Some("acme")).await.unwrap();
    assert_eq!((access.actor.kind, access.actor.role, access.limit.limit), (ActorKind::ApiToken, Some(Role::Member), 200));
    // Scope and role both: Cleo may write work orders, and neither approves campaigns nor reads the log.
    access.actor.require(Perm::FactoryWrite).unwrap();
    assert!(access.actor.require(Perm::GrowthApprove).is_err() && access.actor.require(Perm::AuditRead).is_err());
    assert!(access.actor.require(Perm::RunRead).is_err(), "no scope");
    assert_eq!(code(&app, &made.secret, Some("globex")).await, Code::NotFound);
    assert!(call(&app, &made.secret, None).await.unwrap().actor.org.is_none());
    let mut tx = acme.user(Role::Admin).tx(&app).await;
    assert_eq!(tokens::revoke(&mut tx, made.key.id).await.unwrap_err().code, Code::NotFound, "not hers");
    drop(tx);
    let mut tx = cleo.tx(&app).await;
    tokens::revoke(&mut tx, made.key.id).await.unwrap();
    assert_eq!(tokens::list(&mut tx).await.unwrap()[0].state, KeyState::Revoked);
    tx.commit().await.unwrap();
    assert_eq!(code(&app, &made.secret, Some("acme")).await, Code::Unauthenticated);
}

#[tokio::test]
async fn b10_07_owners_hear_once_of_keys_unused_and_about_to_end() {
    let db = TestDb::new().await;
    let app = db.app();
    let acme = db.org("acme").await;
    let day = chrono::Duration::days;
    let idle = key(&acme, NewApiKey { name: "Idle".into(), ..wanted(&["org:read"]) }).await;
    let ends = key(&acme, NewApiKey { name: "Ends".into(), expires_at: Some(app.clock.now() + day(100)), ..wanted(&["org:read"]) }).await;
    let cleo = acme.user(Role::Member);
    let mut tx = cleo.tx(&app).await;
    tokens::create(&mut tx, &NewApiKey { name: "Mine".into(), ..wanted(&["org:read"]) }).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(hygiene::warn(&app).await.unwrap(), 0);
    app.clock.advance(day(89));
    call(&app, &ends.secret, None).await.unwrap();
    assert_eq!(hygiene::warn(&app).await.unwrap(), 0);
    app.clock.advance(day(2));
    assert_eq!(hygiene::warn(&app).await.unwrap(), 2, "Idle and Mine");
    assert_eq!(hygiene::warn(&app).await.unwrap(), 0, "once each");
    app.clock.advance(day(2));
    assert_eq!(hygiene::warn(&app).await.unwrap(), 1, "Ends has seven days left");
    assert_eq!(hygiene::warn(&app).await.unwrap(), 0);

    let mut tx = acme.tx(Role::Admin).await;
    let keys = api_keys::list(&mut tx).await.unwrap();
    let now = app.clock.now();
    let state = |id| keys.iter().find(|k| k.id == id).map(|k| (k.state, k.words(now))).unwrap();
    assert_eq!(state(idle.key.id), (KeyState::Unused, "Never used for 93 days".to_owned()));
    assert_eq!(state(ends.key.id), (KeyState::ExpiresSoon, "Expires in 7 days".to_owned()));
    let told: Vec<(String, String)> = sqlx::query_as(
        "select u.name, n.title from core.notifications n join core.users u on u.id = n.user_id order by n.created_at, u.name",
    )
    .fetch_all(db.admin())
    .await
    .unwrap();
    let told: Vec<(&str, &str)> = told.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(told.len(), 3);
    assert_eq!(told[0], ("Ada", "The key “Idle” was not used for 90 days"));
    assert_eq!(told[1], ("Cleo", "The token “Mine” was not used for 90 days"));
    assert!(told[2].0 == "Ada" && told[2].1.starts_with("The key “Ends” expires on"));
}
