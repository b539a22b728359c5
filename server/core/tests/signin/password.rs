use crate::support::*;
use chrono::Duration;
use core_area::{
    session_store,
    signin::{self, SignIn},
    signup::{self, Setup, SignUp},
};
use kernel::{Code, testing::TestDb};

fn setup_form(token: &str) -> Setup {
    Setup { token: token.into(), name: "Ada".into(), email: "ada@a.io".into(), password: PASSWORD.into(), organization_name: "Acme".into() }
}

#[tokio::test]
async fn a10_01_the_first_person_needs_the_token_and_later_there_is_no_setup() {
    let db = TestDb::new().await;
    let app = db.app();
    assert!(signup::setup_open(&app).await.unwrap());
    let token = signup::prepare_setup(&app).await.unwrap().unwrap();
    let browser = Browser::new(&db);
    let fault = browser.visit(async |v| signup::setup(v, setup_form("wrong")).await).await.unwrap_err();
    assert_eq!((fault.code, fault.fields.contains_key("token")), (Code::Validation, true));
    assert_eq!(fault.kept["email"], "ada@a.io", "what was typed is kept");
    assert!(!fault.kept.contains_key("password"));

    let done = browser.visit(async |v| signup::setup(v, setup_form(&token)).await).await.unwrap();
    assert_eq!(done.goto, "/o/acme");
    let session = browser.session().await.unwrap();
    assert!(session.is_platform_admin && session.email_verified);
    assert_eq!(session.organizations[0].role, kernel::access::Role::Owner);

    assert!(!signup::setup_open(&app).await.unwrap());
    assert_eq!(signup::prepare_setup(&app).await.unwrap(), None);
    let again = browser.visit(async |v| signup::setup(v, setup_form(&token)).await).await.unwrap_err();
    assert_eq!(again.code, Code::NotFound);
    let stored: String =
        sqlx::query_scalar("select coalesce(string_agg(token_hash, ','), '') from core.setup_tokens").fetch_one(db.admin()).await.unwrap();
    assert!(!stored.contains(&token));
}

#[tokio::test]
async fn a10_02_sign_up_mails_a_link_that_verifies_and_opens_the_organization() {
    let db = TestDb::new().await;
    let browser = Browser::new(&db);
    browser.sign_up("Ada@A.io", "Ada", "Acme").await.unwrap();
    assert!(browser.session().await.is_none(), "not signed in by signing up");
    let token = link(&db, "ada@a.io", "verify").await;

    // Unverified people can sign in, but not invite (the members' service asks for email_verified).
    browser.sign_in("ada@a.io", PASSWORD).await.unwrap();
    assert!(!browser.session().await.unwrap().email_verified);

    // Looking changes nothing; using works once.
    let info = signup::link(&browser.request(), &token).await.unwrap();
    assert_eq!(info.email, "ada@a.io");
    let fresh = Browser::new(&db);
    let verified = fresh.visit(async |v| signup::verify(v, &token).await).await.unwrap();
    assert_eq!(verified.goto, "/o/acme");
    assert!(fresh.session().await.unwrap().email_verified);
    let used = fresh.visit(async |v| signup::verify(v, &token).await).await.unwrap_err();
    assert_eq!(used.code, Code::Gone);
    assert_eq!(signup::link(&browser.request(), "never-was").await.unwrap_err().code, Code::Gone);
}

#[tokio::test]
async fn a10_03_weak_passwords_are_refused_and_strong_ones_kept_as_argon2id() {
    let db = TestDb::new().await;
    let browser = Browser::new(&db);
    let mut form =
        SignUp { email: "ada@a.io".into(), password: "password12345".into(), name: "Ada".into(), organization_name: "Acme".into() };
    let weak = form.clone();
    let fault = browser.visit(async |v| signup::sign_up(v, weak).await).await.unwrap_err();
    assert_eq!((fault.code, fault.fields.contains_key("password")), (Code::Validation, true));
    form.password = PASSWORD.into();
    let user = browser.visit(async |v| signup::sign_up_api(v, form.clone()).await).await.unwrap();
    let hash: String =
        sqlx::query_scalar("select password_hash from core.users where id = $1").bind(user).fetch_one(db.admin()).await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");

    // For programs a known address is 409; for people it looks like success and the owner is mailed.
    let known = browser.visit(async |v| signup::sign_up_api(v, form).await).await.unwrap_err();
    assert_eq!(known.code, Code::Conflict);
}

#[tokio::test]
async fn a_known_address_signs_up_as_if_it_were_new_and_its_owner_is_mailed() {
    let db = TestDb::new().await;
    ada(&db).await;
    let other = Browser::new(&db);
    other.sign_up("ada@a.io", "Mallory", "Evil").await.unwrap();
    assert_eq!(mails(&db, "ada@a.io", "known_email_signup").await, 1);
    let people: i64 = sqlx::query_scalar("select count(*) from core.users").fetch_one(db.admin()).await.unwrap();
    let orgs: i64 = sqlx::query_scalar("select count(*) from core.organizations").fetch_one(db.admin()).await.unwrap();
    assert_eq!((people, orgs), (1, 1));
}

#[tokio::test]
async fn sign_up_can_be_closed_and_is_limited_per_address() {
    let closed = TestDb::with(|config| config.identity.signup_open = false).await;
    assert_eq!(Browser::new(&closed).sign_up("ada@a.io", "Ada", "Acme").await.unwrap_err().code, Code::Forbidden);

    let db = TestDb::with(|config| config.limits.signups_per_hour = 2).await;
    let browser = Browser::new(&db);
    for n in 0..2 {
        browser.sign_up(&format!("p{n}@a.io"), "P", "Acme").await.unwrap();
    }
    let fault = browser.sign_up("p3@a.io", "P", "Acme").await.unwrap_err();
    assert_eq!(fault.code, Code::RateLimited);
    assert!(fault.retry_after.is_some());
}

#[tokio::test]
async fn a10_04_five_wrong_passwords_lock_the_address_for_15_minutes() {
    let db = TestDb::new().await;
    ada(&db).await;
    let browser = Browser::new(&db);
    for _ in 0..5 {
        assert_eq!(browser.sign_in("ada@a.io", "not the password").await.unwrap_err().code, Code::InvalidCredentials);
    }
    // The right password gets the same answer as a wrong one, and as an address nobody has.
    let locked = browser.sign_in("ada@a.io", PASSWORD).await.unwrap_err();
    let wrong = browser.sign_in("nobody@a.io", PASSWORD).await.unwrap_err();
    assert_eq!(
        (locked.code, &locked.message, &locked.fields, &locked.details),
        (wrong.code, &wrong.message, &wrong.fields, &wrong.details)
    );
    assert_eq!(mails(&db, "ada@a.io", "locked").await, 1, "once");

    db.app().clock.advance(Duration::minutes(15) + Duration::seconds(1));
    assert_eq!(browser.sign_in("ada@a.io", PASSWORD).await.unwrap().goto, "/o/acme");
    assert!(audited(&db, "signin.failure").await >= 5);
}

#[tokio::test]
async fn locks_double_within_a_day_up_to_four_hours() {
    let db = TestDb::with(|config| config.limits.failures_per_quarter = 10_000).await;
    ada(&db).await;
    let (browser, app) = (Browser::new(&db), db.app());
    for minutes in [15, 30, 60, 120, 240, 240] {
        for _ in 0..5 {
            browser.sign_in("ada@a.io", "not the password").await.unwrap_err();
        }
        app.clock.advance(Duration::minutes(minutes) - Duration::seconds(2));
        let state: bool = sqlx::query_scalar("select locked_until > $1 from core.login_attempts where email = 'ada@a.io'")
            .bind(app.clock.now())
            .fetch_one(db.admin())
            .await
            .unwrap();
        assert!(state, "still locked just before {minutes} minutes");
        app.clock.advance(Duration::seconds(3));
    }
    browser.sign_in("ada@a.io", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn failures_are_limited_per_ip() {
    let db = TestDb::with(|config| config.limits.failures_per_quarter = 3).await;
    ada(&db).await;
    let browser = Browser::with(&db, [198, 51, 100, 1], FIREFOX);
    for n in 0..3 {
        assert_eq!(browser.sign_in(&format!("p{n}@a.io"), "whatever it is").await.unwrap_err().code, Code::InvalidCredentials);
    }
    assert_eq!(browser.sign_in("ada@a.io", PASSWORD).await.unwrap_err().code, Code::RateLimited);
    Browser::new(&db).sign_in("ada@a.io", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_weaker_hash_is_renewed_at_sign_in() {
    let db = TestDb::new().await;
    ada(&db).await;
    use argon2::{Algorithm, Argon2, Params, Version, password_hash::PasswordHasher};
    let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8192, 1, 1, Some(32)).unwrap());
    let weak = weak.hash_password_with_salt(PASSWORD.as_bytes(), b"0123456789abcdef").unwrap().to_string();
    sqlx::query("update core.users set password_hash = $1").bind(&weak).execute(db.admin()).await.unwrap();
    Browser::new(&db).sign_in("ada@a.io", PASSWORD).await.unwrap();
    let hash: String = sqlx::query_scalar("select password_hash from core.users").fetch_one(db.admin()).await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    Browser::new(&db).sign_in("ada@a.io", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn the_id_rotates_at_sign_in_and_redirects_stay_here() {
    let db = TestDb::new().await;
    ada(&db).await;
    let browser = Browser::new(&db);
    // A visitor with a cookie of their own choice (session fixation).
    browser.visit(async |v| v.cookie.insert("anything", 1).await.unwrap()).await;
    let before = browser.token().unwrap();
    let form = |to: &str| SignIn { email: "ada@a.io".into(), password: PASSWORD.into(), redirect_to: Some(to.into()) };
    let away = browser.visit(async |v| signin::sign_in(v, form("https://evil.example/")).await).await.unwrap();
    assert_eq!(away.goto, "/o/acme");
    assert_ne!(browser.token().unwrap(), before);
    let inside = browser.visit(async |v| signin::sign_in(v, form("/o/acme/factory")).await).await.unwrap();
    assert_eq!(inside.goto, "/o/acme/factory");
    let open: i64 = sqlx::query_scalar("select count(*) from core.sessions where revoked_at is null and user_agent like '%Firefox%'")
        .fetch_one(db.admin())
        .await
        .unwrap();
    assert_eq!(open, 2, "the session of before in this browser has ended");
    let raw: i64 =
        sqlx::query_scalar("select count(*) from core.tower_sessions where length(id) <> 64").fetch_one(db.admin()).await.unwrap();
    assert_eq!(raw, 0, "ids of cookies are not stored");

    browser.visit(async |v| signin::sign_out(v).await).await.unwrap();
    assert!(browser.token().is_none() && browser.session().await.is_none());
}

#[tokio::test]
async fn cookies_are_host_bound_except_on_plain_http_of_this_machine() {
    let db = TestDb::new().await;
    assert_eq!((session_store::cookie_name(&db.app()), session_store::is_secure(&db.app())), ("sid", false));
    let public = TestDb::with(|config| config.http.public_url = Some("https://millrace.example".parse().unwrap())).await;
    assert_eq!((session_store::cookie_name(&public.app()), session_store::is_secure(&public.app())), ("__Host-sid", true));
}

#[tokio::test]
async fn guesses_at_the_same_moment_are_all_counted() {
    let db = TestDb::new().await;
    ada(&db).await;
    let guesses = (0..8).map(|_| {
        let browser = Browser::new(&db);
        tokio::spawn(async move { browser.sign_in("ada@a.io", "not the password").await.unwrap_err().code })
    });
    for guess in guesses.collect::<Vec<_>>() {
        assert_eq!(guess.await.unwrap(), Code::InvalidCredentials);
    }
    assert_eq!(Browser::new(&db).sign_in("ada@a.io", PASSWORD).await.unwrap_err().code, Code::InvalidCredentials);
    assert_eq!(mails(&db, "ada@a.io", "locked").await, 1);
}

#[tokio::test]
async fn a_sign_in_leads_to_the_last_organization_or_to_the_deletion_that_waits() {
    let db = TestDb::new().await;
    let browser = ada(&db).await;
    let user = browser.session().await.unwrap().user_id;
    let beta = db.org("beta").await;
    sqlx::query("insert into core.memberships (user_id, org_id, role) values ($1, $2, 'member')")
        .bind(user)
        .bind(beta.id)
        .execute(db.admin())
        .await
        .unwrap();
    assert_eq!(Browser::new(&db).sign_in("ada@a.io", PASSWORD).await.unwrap().goto, "/o/acme");
    db.app().clock.advance(Duration::minutes(5));
    browser.request().in_org("beta").member().await.unwrap();
    assert_eq!(Browser::new(&db).sign_in("ada@a.io", PASSWORD).await.unwrap().goto, "/o/beta");

    sqlx::query(
        "insert into core.data_deletion_requests (user_id, confirmed_at, execute_after) values ($1, now(), now() + interval '14 days')",
    )
    .bind(user)
    .execute(db.admin())
    .await
    .unwrap();
    let form = SignIn { email: "ada@a.io".into(), password: PASSWORD.into(), redirect_to: Some("/o/acme".into()) };
    let fresh = Browser::new(&db);
    assert_eq!(fresh.visit(async |v| signin::sign_in(v, form).await).await.unwrap().goto, "/account/privacy");
    assert_eq!(fresh.request().in_org("acme").member().await.unwrap_err().code, Code::Forbidden);
}
