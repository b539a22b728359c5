use crate::support::*;
use chrono::Duration;
use core_area::{
    mfa::{self, TotpConfirm},
    session_store::{self, PgSessionStore, token_of},
};
use kernel::{
    access::Role,
    config::Hidden,
    db::TenantTx,
    request::Request,
    testing::{self, TestDb},
};
use serde_json::json;
use std::sync::Arc;

/// Ada, signed up with a password and with a confirmed address.
async fn ada(site: &Site) {
    let body = json!({ "email": "ada@a.io", "password": PASSWORD, "name": "Ada", "organizationName": "Acme" });
    let answer = site.visitor().post("/api/auth/signup", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.json["verificationRequired"], true);
    assert!(answer.json["userId"].is_string());
    sqlx::query("update core.users set email_verified = true").execute(site.db.admin()).await.unwrap();
}

fn password(text: &str) -> serde_json::Value {
    json!({ "email": "ada@a.io", "password": text })
}

#[tokio::test]
async fn a10_02_sign_up_sign_in_session_sign_out_over_http() {
    let site = Site::new().await;
    ada(&site).await;
    let again = json!({ "email": "ADA@a.io", "password": PASSWORD, "name": "Ada", "organizationName": "Acme" });
    let answer = site.visitor().post("/api/auth/signup", again).await;
    assert_eq!(answer.refusal(), (409, "conflict"));
    let weak = json!({ "email": "bo@a.io", "password": "password12345", "name": "Bo", "organizationName": "Bo" });
    let answer = site.visitor().post("/api/auth/signup", weak).await;
    assert_eq!(answer.refusal(), (422, "validation"));
    assert!(answer.json["error"]["fields"]["password"].is_string());

    let mut browser = site.visitor();
    assert_eq!(browser.get("/api/auth/session").await.refusal(), (401, "unauthenticated"));
    let answer = browser.submit("/api/auth/signin", password("not the password")).await;
    assert_eq!(answer.refusal(), (401, "invalid_credentials"));
    let answer = browser.submit("/api/auth/signin", password(PASSWORD)).await;
    assert_eq!((answer.status, &answer.json["redirectTo"]), (200, &json!("/o/acme")));
    let cookie = answer.header("set-cookie");
    for part in ["sid=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }

    let answer = browser.get("/api/auth/session").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json["user"]["email"], "ada@a.io");
    assert_eq!(answer.json["organizations"][0]["slug"], "acme");
    assert_eq!(answer.header("cache-control"), "no-store");

    let old = browser.clone();
    let answer = browser.submit("/api/auth/signout", json!({})).await;
    assert_eq!((answer.status, browser.cookie.as_deref()), (204, None));
    assert_eq!(old.get("/api/auth/session").await.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a10_04_five_wrong_passwords_lock_for_15_minutes_over_http() {
    let site = Site::new().await;
    ada(&site).await;
    let browser = site.visitor();
    for _ in 0..5 {
        let answer = browser.post("/api/auth/signin", password("wrong")).await;
        assert_eq!(answer.refusal(), (401, "invalid_credentials"));
    }
    let answer = browser.post("/api/auth/signin", password(PASSWORD)).await;
    assert_eq!(answer.refusal(), (401, "invalid_credentials"));
    assert!(answer.cookie().is_none());
    site.app.clock.advance(Duration::minutes(15));
    let answer = browser.post("/api/auth/signin", password(PASSWORD)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn a10_05_a_second_factor_is_asked_for_over_http() {
    let site = Site::new().await;
    ada(&site).await;
    let mut browser = site.visitor();
    browser.submit("/api/auth/signin", password(PASSWORD)).await;
    let secret = enrol(&site, browser.cookie.as_deref().unwrap()).await;
    site.app.clock.advance(Duration::seconds(60));

    let mut browser = site.visitor();
    let answer = browser.submit("/api/auth/signin", password(PASSWORD)).await;
    assert_eq!(answer.refusal(), (401, "mfa_required"));
    assert_eq!(answer.json["error"]["details"]["methods"], json!(["totp", "recovery_code"]));
    // Half open is not signed in, and looking does not end it: the cookie stays.
    let looked = browser.get("/api/auth/session").await;
    assert_eq!(looked.refusal(), (401, "unauthenticated"));
    assert_eq!(looked.cookie(), None);
    let wrong = browser.submit("/api/auth/mfa", json!({ "code": "000000" })).await;
    assert_eq!(wrong.status, 401);
    let code = code(&site.db, &secret);
    let done = browser.submit("/api/auth/mfa", json!({ "code": code })).await;
    assert_eq!((done.status, &done.json["redirectTo"]), (200, &json!("/o/acme")), "{done:?}");
    assert_eq!(browser.get("/api/auth/session").await.status, 200);
}

fn code(db: &TestDb, secret: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    totp.generate(db.app().clock.now().timestamp() as u64).to_string()
}

/// Sets up an authenticator app for the person of this cookie.
async fn enrol(site: &Site, cookie: &str) -> String {
    let request = Request::new(site.app.clone(), testing::request(), token_of(cookie), None);
    let actor = request.person().await.unwrap();
    let store = Arc::new(PgSessionStore::new(site.app.db.pool().clone()));
    let session = tower_sessions::Session::new(Some(cookie.parse().unwrap()), store, Some(session_store::expiry()));
    let mut tx = TenantTx::begin(&site.app, actor).await.unwrap();
    let secret = mfa::totp_begin(&mut tx).await.unwrap().secret;
    let code = code(&site.db, &secret);
    mfa::totp_confirm(&mut tx, &session, TotpConfirm { code }).await.unwrap();
    tx.commit().await.unwrap();
    secret
}

#[tokio::test]
async fn a10_07_a_lost_password_answers_alike_for_everybody_and_its_link_works_once() {
    let site = Site::new().await;
    ada(&site).await;
    let browser = site.visitor();
    let forgot = async |email: &str| {
        let answer = browser.post("/api/auth/forgot-password", json!({ "email": email })).await;
        (answer.status, answer.text)
    };
    let known = forgot("ada@a.io").await;
    assert_eq!(known.0, 200);
    assert_eq!(known, forgot("nobody@a.io").await);

    let data: serde_json::Value =
        sqlx::query_scalar("select data from core.mail_queue where to_email = 'ada@a.io' and data ->> 'link' like '%/reset/%'")
            .fetch_one(site.db.admin())
            .await
            .unwrap();
    let token = data["link"].as_str().unwrap().rsplit('/').next().unwrap();
    let body = json!({ "token": token, "newPassword": "lantern bridge copper 77" });
    let answer = browser.post("/api/auth/reset-password", body.clone()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.json["redirectTo"].as_str().unwrap().starts_with('/'));
    assert_eq!(browser.post("/api/auth/reset-password", body).await.refusal(), (400, "bad_request"));
    assert_eq!(browser.post("/api/auth/signin", password("lantern bridge copper 77")).await.status, 200);
}

#[tokio::test]
async fn a10_13_a_revoked_session_is_401_and_its_cookie_is_cleared() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let browser = site.member(&acme, Role::Member).await;
    let answer = browser.get("/api/auth/session").await;
    assert_eq!((answer.status, answer.cookie()), (200, None));

    let other = site.member(&acme, Role::Member).await;
    sqlx::query("update core.sessions set revoked_at = $2 where token = $1")
        .bind(token_of(browser.cookie.as_deref().unwrap()))
        .bind(site.app.clock.now())
        .execute(site.db.admin())
        .await
        .unwrap();
    let answer = browser.get("/api/auth/session").await;
    assert_eq!(answer.refusal(), (401, "unauthenticated"));
    assert_eq!(answer.cookie().as_deref(), Some(""), "the cookie is taken back: {answer:?}");
    assert_eq!(other.get("/api/auth/session").await.status, 200);
}

#[tokio::test]
async fn a10_redirects_to_another_host_are_ignored() {
    let site = Site::new().await;
    ada(&site).await;
    for to in ["https://evil.example/x", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
        let body = json!({ "email": "ada@a.io", "password": PASSWORD, "redirectTo": to });
        let answer = site.visitor().post("/api/auth/signin", body).await;
        assert_eq!(answer.json["redirectTo"], "/o/acme", "{to}");
    }
    let body = json!({ "email": "ada@a.io", "password": PASSWORD, "redirectTo": "/o/acme/factory" });
    let answer = site.visitor().post("/api/auth/signin", body).await;
    assert_eq!(answer.json["redirectTo"], "/o/acme/factory");
}

#[tokio::test]
async fn a10_15_a_wrong_state_is_a_401_page_and_links_nothing() {
    let site = Site::with(|config| {
        config.identity.github.client_id = Some("client-1".into());
        config.identity.github.client_secret = Some(Hidden::new("secret"));
    })
    .await;
    ada(&site).await;
    let begun = site.visitor().get("/api/auth/oauth/github?redirectTo=/o/acme").await;
    assert_eq!(begun.status, 302, "{begun:?}");
    let to = begun.header("location");
    assert!(to.starts_with("https://github.com/") && to.contains("state="), "{to}");
    assert!(begun.cookie().is_some());

    let mut browser = site.visitor();
    browser.cookie = begun.cookie();
    let back = browser.get("/api/auth/oauth/github/callback?code=c&state=another").await;
    assert_eq!(back.status, 401);
    assert!(back.header("content-type").starts_with("text/html"));
    assert!(back.text.contains("You were not signed in") && back.text.contains(back.header("x-request-id")));
    let linked: i64 = sqlx::query_scalar("select count(*) from core.accounts").fetch_one(site.db.admin()).await.unwrap();
    assert_eq!(linked, 0);
    assert_eq!(site.visitor().get("/api/auth/oauth/nobody").await.status, 404);
}
