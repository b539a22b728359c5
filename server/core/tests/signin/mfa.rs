use crate::support::*;
use chrono::Duration;
use core_area::{
    mfa::{self, TotpConfirm},
    reauth::{self, Reauth},
    signin::{self, MfaCode, MfaMethod, SignedIn},
};
use kernel::{Code, Fault, testing::TestDb};
use totp_rs::{Builder, Secret};

/// What the authenticator app shows at the clock's present moment.
pub fn code(db: &TestDb, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    totp.generate(db.app().clock.now().timestamp() as u64).to_string()
}

/// Sets the app up; answers its secret and the recovery codes.
pub async fn enrol(db: &TestDb, browser: &Browser) -> (String, Vec<String>) {
    let setup = browser.personal(async |tx, _| mfa::totp_begin(tx).await).await.unwrap();
    let shown = code(db, &setup.secret);
    let codes = browser.personal(async |tx, cookie| mfa::totp_confirm(tx, cookie, TotpConfirm { code: shown }).await).await.unwrap();
    (setup.secret, codes.codes)
}

async fn answer(browser: &Browser, code: &str) -> Result<SignedIn, Fault> {
    let input = MfaCode { code: code.into(), redirect_to: None };
    browser.visit(async |v| signin::mfa(v, input).await).await
}

#[tokio::test]
async fn a10_05_codes_open_the_session_a_replay_fails_and_a_recovery_code_works_once() {
    let db = TestDb::new().await;
    let home = ada(&db).await;
    let before = home.token();
    let (secret, codes) = enrol(&db, &home).await;
    assert_eq!((codes.len(), codes[0].len()), (10, 10));
    assert_ne!(home.token(), before, "the id rotates");
    assert!(home.session().await.unwrap().has_mfa);
    let sealed: String = sqlx::query_scalar("select secret_sealed from core.mfa_factors").fetch_one(db.admin()).await.unwrap();
    assert!(sealed.starts_with("v1.") && !sealed.contains(&secret.replace(' ', "")));

    let browser = Browser::new(&db);
    let half = browser.sign_in("ada@a.io", PASSWORD).await.unwrap();
    assert_eq!(half.mfa, [MfaMethod::Totp, MfaMethod::RecoveryCode]);
    assert_eq!(half.goto, "/login/mfa");
    assert!(browser.session().await.is_none(), "half open is not signed in");
    let waiting = browser.visit(async |v| signin::half_open(v).await).await.unwrap().unwrap();
    assert_eq!(waiting.email, "ada@a.io");

    // The code of the set-up is used up; the next one works, and only once.
    let now = code(&db, &secret);
    assert_eq!(answer(&browser, &now).await.unwrap_err().code, Code::InvalidCredentials);
    db.app().clock.advance(Duration::seconds(30));
    let next = code(&db, &secret);
    assert_eq!(answer(&browser, &next).await.unwrap().goto, "/o/acme");
    assert!(browser.session().await.unwrap().mfa_at.is_some());
    let second = Browser::new(&db);
    second.sign_in("ada@a.io", PASSWORD).await.unwrap();
    assert_eq!(answer(&second, &next).await.unwrap_err().code, Code::InvalidCredentials, "a replay");

    let typed = format!("{}-{}", &codes[3][..5].to_lowercase(), &codes[3][5..]);
    answer(&second, &typed).await.unwrap();
    let third = Browser::new(&db);
    third.sign_in("ada@a.io", PASSWORD).await.unwrap();
    assert_eq!(answer(&third, &codes[3]).await.unwrap_err().code, Code::InvalidCredentials, "used");
    let left = home.personal(async |tx, _| mfa::status(tx).await).await.unwrap();
    assert_eq!(left.recovery_codes_left, 9);
}

#[tokio::test]
async fn five_wrong_codes_end_the_half_open_session_and_count_as_failures() {
    let db = TestDb::new().await;
    let home = ada(&db).await;
    let (secret, _) = enrol(&db, &home).await;
    let browser = Browser::new(&db);
    browser.sign_in("ada@a.io", PASSWORD).await.unwrap();
    for _ in 0..4 {
        assert_eq!(answer(&browser, "000000").await.unwrap_err().code, Code::InvalidCredentials);
    }
    assert_eq!(answer(&browser, "000000").await.unwrap_err().code, Code::Unauthenticated);
    assert!(browser.visit(async |v| signin::half_open(v).await).await.unwrap().is_none());
    // Starting over buys no further guesses.
    assert_eq!(browser.sign_in("ada@a.io", PASSWORD).await.unwrap_err().code, Code::InvalidCredentials);
    db.app().clock.advance(Duration::minutes(16));
    browser.sign_in("ada@a.io", PASSWORD).await.unwrap();
    answer(&browser, &code(&db, &secret)).await.unwrap();
}

#[tokio::test]
async fn a_half_open_session_waits_ten_minutes_and_belongs_to_its_browser() {
    let db = TestDb::new().await;
    let home = ada(&db).await;
    let (secret, _) = enrol(&db, &home).await;
    let browser = Browser::new(&db);
    browser.sign_in("ada@a.io", PASSWORD).await.unwrap();
    assert_eq!(answer(&Browser::new(&db), &code(&db, &secret)).await.unwrap_err().code, Code::Unauthenticated);
    db.app().clock.advance(Duration::minutes(11));
    assert_eq!(answer(&browser, &code(&db, &secret)).await.unwrap_err().code, Code::Unauthenticated);
}

#[tokio::test]
async fn sensitive_actions_ask_who_it_is_after_ten_minutes() {
    let db = TestDb::new().await;
    let home = ada(&db).await;
    db.app().clock.advance(Duration::minutes(11));
    let fault = home.personal(async |tx, _| mfa::totp_begin(tx).await).await.unwrap_err();
    assert_eq!(fault.code, Code::ReauthRequired);
    let options = home.personal(async |tx, _| reauth::options(tx).await).await.unwrap();
    assert!(options.password && !options.totp && !options.passkey);
    let wrong = Reauth { password: "not the password".into(), code: String::new() };
    let fault = home.personal(async |tx, _| reauth::reauthenticate(tx, wrong).await).await.unwrap_err();
    assert!(fault.code == Code::InvalidCredentials && fault.fields.contains_key("password"));
    let right = Reauth { password: PASSWORD.into(), code: String::new() };
    home.personal(async |tx, _| reauth::reauthenticate(tx, right).await).await.unwrap();
    let (secret, _) = enrol(&db, &home).await;

    db.app().clock.advance(Duration::minutes(11));
    let by_code = Reauth { password: String::new(), code: code(&db, &secret) };
    home.personal(async |tx, _| reauth::reauthenticate(tx, by_code).await).await.unwrap();
    home.personal(async |tx, _| mfa::regenerate_recovery_codes(tx).await).await.unwrap();
}

#[tokio::test]
async fn an_organization_that_asks_for_a_second_factor_keeps_others_out_until_they_have_one() {
    let db = TestDb::new().await;
    let home = ada(&db).await;
    sqlx::query("update core.organizations set settings = settings || '{\"mfa_required\": true}'").execute(db.admin()).await.unwrap();
    assert_eq!(home.request().in_org("acme").member().await.unwrap_err().code, Code::MfaRequired);
    enrol(&db, &home).await;
    home.request().in_org("acme").member().await.unwrap();
    let fault = home.personal(async |tx, _| mfa::totp_disable(tx).await).await.unwrap_err();
    assert_eq!(fault.code, Code::Conflict);
    sqlx::query("update core.organizations set settings = '{}'").execute(db.admin()).await.unwrap();
    home.personal(async |tx, _| mfa::totp_disable(tx).await).await.unwrap();
    assert!(!home.session().await.unwrap().has_mfa);
}
