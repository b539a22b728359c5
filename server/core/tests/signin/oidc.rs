use crate::{
    issuer::{Double, Wrong},
    support::*,
};
use chrono::Duration;
use core_area::{
    mfa,
    oauth::{self, Intent, OAuthReturn},
    reauth,
    signin::SignedIn,
};
use kernel::{Code, Fault, config::Hidden, testing::TestDb};

/// Goes to the service with this intent and comes back.
pub async fn round_trip(browser: &Browser, double: &Double, provider: &str, intent: Intent) -> Result<SignedIn, Fault> {
    let address = browser.visit(async |v| oauth::begin(v, provider, intent, None, None).await).await?;
    let (code, state) = double.agree(&address);
    let back = OAuthReturn { code: Some(code), state: Some(state), ..OAuthReturn::default() };
    browser.visit(async |v| oauth::callback(v, provider, back).await).await
}

/// Google of the configuration, played by the double.
async fn with_google() -> (TestDb, Double) {
    let double = Double::start().await;
    let url: url::Url = double.url.parse().unwrap();
    let db = TestDb::with(|config| {
        for client in [&mut config.identity.google, &mut config.identity.github] {
            client.client_id = Some("client-1".into());
            client.client_secret = Some(Hidden::new("secret"));
            client.url = url.clone();
            client.api_url = url.clone();
        }
    })
    .await;
    double.follow(db.app().clock.clone());
    (db, double)
}

#[tokio::test]
async fn a10_15_a_good_login_links_and_bad_tokens_are_refused() {
    let (db, double) = with_google().await;
    ada(&db).await;

    for wrong in [
        Wrong::Nonce,
        Wrong::Expired,
        Wrong::UnknownKid,
        Wrong::Signature,
        Wrong::Unsigned,
        Wrong::Audience,
        Wrong::Issuer,
        Wrong::OldIssueTime,
    ] {
        double.wrong(wrong);
        let browser = Browser::new(&db);
        let fault = round_trip(&browser, &double, "google", Intent::SignIn).await.unwrap_err();
        assert_eq!(fault.code, Code::Unauthenticated, "{wrong:?}");
        assert!(browser.session().await.is_none());
    }
    double.wrong(Wrong::TokenEndpoint500);
    let fault = round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap_err();
    assert_eq!(fault.code, Code::Upstream);
    let linked: i64 = sqlx::query_scalar("select count(*) from core.accounts").fetch_one(db.admin()).await.unwrap();
    assert_eq!(linked, 0, "nothing linked");
    assert_eq!(audited(&db, "signin.oauth_failure").await, 8);

    double.wrong(Wrong::Nothing);
    let browser = Browser::new(&db);
    assert_eq!(round_trip(&browser, &double, "google", Intent::SignIn).await.unwrap().goto, "/o/acme");
    assert_eq!(browser.session().await.unwrap().email, "ada@a.io");
    let linked = browser.personal(async |tx, _| oauth::linked(tx).await).await.unwrap();
    assert_eq!((linked.len(), linked[0].name.as_str()), (1, "Google"));
    // The known pair signs in although the address there has changed.
    double.person("sub-1", "changed@elsewhere.io", true);
    let again = Browser::new(&db);
    round_trip(&again, &double, "google", Intent::SignIn).await.unwrap();
    assert_eq!(again.session().await.unwrap().email, "ada@a.io");
}

#[tokio::test]
async fn keys_are_cached_and_fetched_again_once_when_the_issuer_changes_them() {
    let (db, double) = with_google().await;
    ada(&db).await;
    round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap();
    round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap();
    assert_eq!(double.jwks_fetches(), 1);
    double.rotate("key-2");
    round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap();
    assert_eq!(double.jwks_fetches(), 2);
    double.wrong(Wrong::UnknownKid);
    round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap_err();
    assert_eq!(double.jwks_fetches(), 3, "once, not in a loop");
}

#[tokio::test]
async fn rs256_is_taken_too() {
    let (db, double) = with_google().await;
    ada(&db).await;
    double.use_rsa();
    round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap();
}

#[tokio::test]
async fn state_is_good_once_for_ten_minutes_and_in_its_browser() {
    let (db, double) = with_google().await;
    ada(&db).await;
    let browser = Browser::new(&db);
    let address = browser.visit(async |v| oauth::begin(v, "google", Intent::SignIn, None, None).await).await.unwrap();
    let (code, state) = double.agree(&address);
    let back = |state: &str| OAuthReturn { code: Some(code.clone()), state: Some(state.into()), ..OAuthReturn::default() };
    let other = Browser::new(&db);
    for (browser, state) in [(&other, state.as_str()), (&browser, "forged")] {
        let fault = browser.visit(async |v| oauth::callback(v, "google", back(state)).await).await.unwrap_err();
        assert_eq!(fault.code, Code::Unauthenticated);
    }
    browser.visit(async |v| oauth::callback(v, "google", back(&state)).await).await.unwrap();
    let again = browser.visit(async |v| oauth::callback(v, "google", back(&state)).await).await.unwrap_err();
    assert_eq!(again.code, Code::Unauthenticated);

    let late = Browser::new(&db);
    let address = late.visit(async |v| oauth::begin(v, "google", Intent::SignIn, None, None).await).await.unwrap();
    let (code, state) = double.agree(&address);
    db.app().clock.advance(Duration::minutes(11));
    let back = OAuthReturn { code: Some(code), state: Some(state), ..OAuthReturn::default() };
    assert_eq!(late.visit(async |v| oauth::callback(v, "google", back).await).await.unwrap_err().code, Code::Unauthenticated);
}

#[tokio::test]
async fn an_unconfirmed_address_is_linked_only_by_who_knows_the_password() {
    let (db, double) = with_google().await;
    let browser = Browser::new(&db);
    browser.sign_up("ada@a.io", "Ada", "Acme").await.unwrap();
    let fault = round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap_err();
    assert_eq!(fault.code, Code::LinkRequiresPassword);
    double.person("sub-1", "ada@a.io", false);
    let fault = round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap_err();
    assert_eq!(fault.code, Code::Forbidden, "the service does not confirm the address");

    // Signed in by password, the person links it; it then opens the account.
    browser.sign_in("ada@a.io", PASSWORD).await.unwrap();
    round_trip(&browser, &double, "google", Intent::Link).await.unwrap();
    let fresh = Browser::new(&db);
    round_trip(&fresh, &double, "google", Intent::SignIn).await.unwrap();
    assert_eq!(fresh.session().await.unwrap().email, "ada@a.io");

    // Somebody else cannot link the same login.
    let bea = Browser::new(&db);
    bea.sign_up("bea@b.io", "Bea", "Beta").await.unwrap();
    bea.sign_in("bea@b.io", PASSWORD).await.unwrap();
    assert_eq!(round_trip(&bea, &double, "google", Intent::Link).await.unwrap_err().code, Code::Conflict);
}

#[tokio::test]
async fn github_signs_somebody_new_up_with_the_confirmed_primary_address() {
    let (db, double) = with_google().await;
    double.person("unused", "grace@navy.io", true);
    let browser = Browser::new(&db);
    assert_eq!(round_trip(&browser, &double, "github", Intent::SignIn).await.unwrap().goto, "/orgs");
    let session = browser.session().await.unwrap();
    assert_eq!((session.email.as_str(), session.name.as_str(), session.email_verified), ("grace@navy.io", "Ada Lovelace", true));
    // It is the only way in: it stays.
    let id = browser.personal(async |tx, _| oauth::linked(tx).await).await.unwrap()[0].id;
    let last = browser.personal(async |tx, _| oauth::unlink(tx, id).await).await.unwrap_err();
    assert_eq!(last.code, Code::Conflict);
    let form = core_area::account::ChangePassword { current_password: String::new(), new_password: PASSWORD.into() };
    browser.personal(async |tx, cookie| core_area::account::change_password(tx, cookie, form).await).await.unwrap();
    browser.personal(async |tx, _| oauth::unlink(tx, id).await).await.unwrap();
    double.wrong(Wrong::TokenEndpoint500);
    assert_eq!(round_trip(&Browser::new(&db), &double, "github", Intent::SignIn).await.unwrap_err().code, Code::Upstream);
}

#[tokio::test]
async fn a_linked_login_proves_identity() {
    let (db, double) = with_google().await;
    let home = ada(&db).await;
    round_trip(&home, &double, "google", Intent::Link).await.unwrap();
    db.app().clock.advance(Duration::minutes(11));
    assert_eq!(home.personal(async |tx, _| mfa::totp_begin(tx).await).await.unwrap_err().code, Code::ReauthRequired);
    let options = home.personal(async |tx, _| reauth::options(tx).await).await.unwrap();
    assert_eq!(options.providers[0].key, "google");
    round_trip(&home, &double, "google", Intent::Reauth).await.unwrap();
    home.personal(async |tx, _| mfa::totp_begin(tx).await).await.unwrap();
    // With the login of somebody else it does not.
    double.person("sub-2", "bea@b.io", true);
    assert_eq!(round_trip(&home, &double, "google", Intent::Reauth).await.unwrap_err().code, Code::WrongAccount);
}
