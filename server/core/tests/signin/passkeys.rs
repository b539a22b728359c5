use crate::{authenticator::Authenticator, support::*};
use chrono::Duration;
use core_area::{
    mfa,
    passkeys::{self, PasskeyAdded, PasskeyAnswer, PasskeyName, PasskeyRegister},
    signin::{MfaMethod, SignedIn},
};
use kernel::{Code, Fault, testing::TestDb};

const HERE: &str = "http://localhost:3000";

async fn add(browser: &Browser, device: &mut Authenticator) -> Result<PasskeyAdded, Fault> {
    let options = browser.personal(async |tx, cookie| passkeys::register_begin(tx, cookie).await).await?;
    let input = PasskeyRegister { name: "Phone".into(), credential: device.create(&options) };
    browser.personal(async |tx, cookie| passkeys::register_finish(tx, cookie, input).await).await
}

async fn alone(browser: &Browser, device: &mut Authenticator) -> Result<SignedIn, Fault> {
    let options = browser.visit(async |v| passkeys::signin_begin(v).await).await?;
    let input = PasskeyAnswer { credential: device.get(&options), redirect_to: None };
    browser.visit(async |v| passkeys::signin_finish(v, input).await).await
}

#[tokio::test]
async fn b10_01_a_passkey_is_the_only_login_or_the_second_factor() {
    let db = TestDb::new().await;
    let home = ada(&db).await;
    let mut phone = Authenticator::new(HERE);
    let added = add(&home, &mut phone).await.unwrap();
    assert_eq!((added.passkey.name.as_str(), added.recovery_codes.len()), ("Phone", 10));
    assert!(home.session().await.unwrap().has_mfa);

    // Alone.
    let browser = Browser::new(&db);
    assert_eq!(alone(&browser, &mut phone).await.unwrap().goto, "/o/acme");
    let session = browser.session().await.unwrap();
    assert!(session.email == "ada@a.io" && session.mfa_at.is_some());

    // After the password.
    let second = Browser::new(&db);
    let half = second.sign_in("ada@a.io", PASSWORD).await.unwrap();
    assert_eq!(half.mfa, [MfaMethod::Passkey, MfaMethod::RecoveryCode]);
    let options = second.visit(async |v| passkeys::mfa_begin(v).await).await.unwrap();
    let input = PasskeyAnswer { credential: phone.get(&options), redirect_to: None };
    second.visit(async |v| passkeys::mfa_finish(v, input).await).await.unwrap();
    assert!(second.session().await.is_some());

    let listed = home.personal(async |tx, _| passkeys::list(tx).await).await.unwrap();
    assert!(listed.len() == 1 && listed[0].last_used_at.is_some());
    let renamed =
        home.personal(async |tx, _| passkeys::rename(tx, listed[0].id, PasskeyName { name: "Old phone".into() }).await).await.unwrap();
    assert_eq!(renamed.name, "Old phone");
    home.personal(async |tx, _| passkeys::remove(tx, renamed.id).await).await.unwrap();
    assert_eq!(alone(&Browser::new(&db), &mut phone).await.unwrap_err().code, Code::InvalidCredentials);
    assert_eq!(home.personal(async |tx, _| mfa::status(tx).await).await.unwrap().recovery_codes_left, 0);
}

#[tokio::test]
async fn a_passkey_is_refused_from_another_site_with_an_old_challenge_and_as_a_copy() {
    let db = TestDb::new().await;
    let home = ada(&db).await;
    let mut phone = Authenticator::new(HERE);
    add(&home, &mut phone).await.unwrap();
    let mut other = Authenticator::new("https://evil.example");
    assert_eq!(add(&home, &mut other).await.unwrap_err().code, Code::InvalidCredentials);

    let browser = Browser::new(&db);
    let options = browser.visit(async |v| passkeys::signin_begin(v).await).await.unwrap();
    let input = PasskeyAnswer { credential: phone.get(&options), redirect_to: None };
    browser.visit(async |v| passkeys::signin_finish(v, input.clone()).await).await.unwrap();
    let replay = Browser::new(&db);
    replay.visit(async |v| passkeys::signin_begin(v).await).await.unwrap();
    assert_eq!(replay.visit(async |v| passkeys::signin_finish(v, input).await).await.unwrap_err().code, Code::InvalidCredentials);
    // A stranger's key under the same id.
    phone.origin = "https://evil.example".into();
    assert_eq!(alone(&Browser::new(&db), &mut phone).await.unwrap_err().code, Code::InvalidCredentials);
}

#[tokio::test]
async fn a_passkey_proves_identity_and_the_last_way_in_stays() {
    let db = TestDb::new().await;
    let home = ada(&db).await;
    let mut phone = Authenticator::new(HERE);
    let id = add(&home, &mut phone).await.unwrap().passkey.id;
    sqlx::query("update core.users set password_hash = null").execute(db.admin()).await.unwrap();
    db.app().clock.advance(Duration::minutes(11));
    assert_eq!(home.personal(async |tx, _| passkeys::remove(tx, id).await).await.unwrap_err().code, Code::ReauthRequired);
    let options = home.personal(async |tx, cookie| passkeys::reauth_begin(tx, cookie).await).await.unwrap();
    let input = PasskeyAnswer { credential: phone.get(&options), redirect_to: None };
    home.personal(async |tx, cookie| passkeys::reauth_finish(tx, cookie, input).await).await.unwrap();
    assert_eq!(home.personal(async |tx, _| passkeys::remove(tx, id).await).await.unwrap_err().code, Code::Conflict);
}
