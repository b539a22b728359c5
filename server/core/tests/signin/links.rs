use crate::support::*;
use chrono::Duration;
use core_area::{
    account::{self, ChangeEmail, ChangePassword, ProfileInput},
    reset::{self, ForgotPassword, ResetPassword},
    signup::{self, Resend},
};
use kernel::{Code, testing::TestDb};

const NEW: &str = "copper lantern meadow 77";

async fn forgot(browser: &Browser, email: &str) -> Result<(), kernel::Fault> {
    reset::forgot(&browser.request(), ForgotPassword { email: email.into() }).await
}

#[tokio::test]
async fn a_reset_link_works_once_for_an_hour_and_ends_other_sessions() {
    let db = TestDb::new().await;
    let home = ada(&db).await;
    let browser = Browser::new(&db);
    forgot(&browser, "nobody@a.io").await.unwrap();
    forgot(&browser, "ada@a.io").await.unwrap();
    let expired = link(&db, "ada@a.io", "reset").await;
    db.app().clock.advance(Duration::minutes(61));
    assert_eq!(reset::link(&browser.request(), &expired).await.unwrap_err().code, Code::Gone);

    forgot(&browser, "ada@a.io").await.unwrap();
    let token = link(&db, "ada@a.io", "reset").await;
    let form = |password: &str| ResetPassword { token: token.clone(), new_password: password.into() };
    let weak = browser.visit(async |v| reset::reset(v, form("password12345")).await).await.unwrap_err();
    assert!(weak.fields.contains_key("new_password"));
    let goto = browser.visit(async |v| reset::reset(v, form(NEW)).await).await.unwrap();
    assert_eq!(goto, "/login?reset=1");
    assert!(home.session().await.is_none(), "other sessions have ended");
    assert_eq!(browser.visit(async |v| reset::reset(v, form(NEW)).await).await.unwrap_err().code, Code::Gone);
    assert_eq!(browser.sign_in("ada@a.io", PASSWORD).await.unwrap_err().code, Code::InvalidCredentials);
    browser.sign_in("ada@a.io", NEW).await.unwrap();
}

#[tokio::test]
async fn a_reset_lifts_a_lock_and_is_limited_to_three_an_hour() {
    let db = TestDb::new().await;
    ada(&db).await;
    let browser = Browser::new(&db);
    for _ in 0..5 {
        browser.sign_in("ada@a.io", "not the password").await.unwrap_err();
    }
    forgot(&browser, "ada@a.io").await.unwrap();
    let token = link(&db, "ada@a.io", "reset").await;
    browser.visit(async |v| reset::reset(v, ResetPassword { token, new_password: NEW.into() }).await).await.unwrap();
    browser.sign_in("ada@a.io", NEW).await.unwrap();
    for _ in 0..2 {
        forgot(&browser, "ada@a.io").await.unwrap();
    }
    assert_eq!(forgot(&browser, "ada@a.io").await.unwrap_err().code, Code::RateLimited);
}

#[tokio::test]
async fn a_new_confirmation_link_replaces_the_old_one() {
    let db = TestDb::new().await;
    let browser = Browser::new(&db);
    browser.sign_up("ada@a.io", "Ada", "Acme").await.unwrap();
    let first = link(&db, "ada@a.io", "verify").await;
    signup::resend(&browser.request(), Resend { email: "ada@a.io".into() }).await.unwrap();
    signup::resend(&browser.request(), Resend { email: "nobody@a.io".into() }).await.unwrap();
    let second = link(&db, "ada@a.io", "verify").await;
    assert_ne!(first, second);
    assert_eq!(browser.visit(async |v| signup::verify(v, &first).await).await.unwrap_err().code, Code::Gone);
    browser.visit(async |v| signup::verify(v, &second).await).await.unwrap();
}

#[tokio::test]
async fn an_address_changes_when_both_mailboxes_have_confirmed() {
    let db = TestDb::new().await;
    let home = ada(&db).await;
    home.personal(async |tx, _| account::change_email(tx, ChangeEmail { email: "ada@new.io".into() }).await).await.unwrap();
    let profile = home.personal(async |tx, _| account::profile(tx).await).await.unwrap();
    let pending = profile.pending_email.unwrap();
    assert_eq!((pending.email.as_str(), pending.old_confirmed, pending.new_confirmed), ("ada@new.io", false, false));
    let (new, old) = (link(&db, "ada@new.io", "email_change").await, link(&db, "ada@a.io", "email_change_old").await);

    home.visit(async |v| signup::verify(v, &new).await).await.unwrap();
    let profile = home.personal(async |tx, _| account::profile(tx).await).await.unwrap();
    assert_eq!(profile.email, "ada@a.io", "one side is not enough");
    assert!(profile.pending_email.unwrap().new_confirmed);
    home.visit(async |v| signup::verify(v, &old).await).await.unwrap();
    let profile = home.personal(async |tx, _| account::profile(tx).await).await.unwrap();
    assert_eq!((profile.email.as_str(), profile.pending_email), ("ada@new.io", None));
    Browser::new(&db).sign_in("ada@new.io", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_cancelled_change_of_address_stays_cancelled_and_a_taken_address_is_refused_at_the_end() {
    let db = TestDb::new().await;
    let home = ada(&db).await;
    db.person("bea@b.io").await;
    home.personal(async |tx, _| account::change_email(tx, ChangeEmail { email: "bea@b.io".into() }).await).await.unwrap();
    let (new, old) = (link(&db, "bea@b.io", "email_change").await, link(&db, "ada@a.io", "email_change_old").await);
    home.visit(async |v| signup::verify(v, &old).await).await.unwrap();
    assert_eq!(home.visit(async |v| signup::verify(v, &new).await).await.unwrap_err().code, Code::Conflict);
    home.personal(async |tx, _| account::cancel_email_change(tx).await).await.unwrap();
    assert_eq!(home.visit(async |v| signup::verify(v, &new).await).await.unwrap_err().code, Code::Gone);
    assert_eq!(home.personal(async |tx, _| account::profile(tx).await).await.unwrap().pending_email, None);
}

#[tokio::test]
async fn changing_the_password_ends_other_sessions_and_rotates_this_one() {
    let db = TestDb::new().await;
    let home = ada(&db).await;
    let other = Browser::with(&db, [203, 0, 113, 9], SAFARI);
    other.sign_in("ada@a.io", PASSWORD).await.unwrap();
    let before = home.token();
    let form = |present: &str| ChangePassword { current_password: present.into(), new_password: NEW.into() };
    let wrong = home.personal(async |tx, cookie| account::change_password(tx, cookie, form("not the password")).await).await.unwrap_err();
    assert!(wrong.fields.contains_key("current_password"));
    home.personal(async |tx, cookie| account::change_password(tx, cookie, form(PASSWORD)).await).await.unwrap();
    assert_ne!(home.token(), before);
    assert!(home.session().await.is_some() && other.session().await.is_none());
    Browser::new(&db).sign_in("ada@a.io", NEW).await.unwrap();
}

#[tokio::test]
async fn names_and_pictures() {
    let db = TestDb::new().await;
    let home = ada(&db).await;
    let profile = home.personal(async |tx, _| account::profile(tx).await).await.unwrap();
    let renamed =
        home.personal(async |tx, _| account::update(tx, &profile.rev, ProfileInput { name: "Ada L.".into() }).await).await.unwrap();
    assert_eq!(renamed.name, "Ada L.");
    let stale =
        home.personal(async |tx, _| account::update(tx, &profile.rev, ProfileInput { name: "Other".into() }).await).await.unwrap_err();
    assert_eq!(stale.code, Code::Stale);
    assert_eq!(stale.details.unwrap()["current"]["name"], "Ada L.");

    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[7; 100]].concat();
    let url = home.personal(async |tx, _| account::set_avatar(tx, png.clone()).await).await.unwrap();
    let sha = url.strip_prefix("/api/avatars/").unwrap();
    let (kind, bytes) = account::avatar(&home.request(), sha).await.unwrap();
    assert_eq!((kind, &bytes[..]), ("image/png", &png[..]));
    let svg = home.personal(async |tx, _| account::set_avatar(tx, b"<svg/>".to_vec()).await).await.unwrap_err();
    assert_eq!(svg.code, Code::UnsupportedMedia);
    let large =
        home.personal(async |tx, _| account::set_avatar(tx, vec![0; core_area::pictures::MAX_PICTURE + 1]).await).await.unwrap_err();
    assert_eq!(large.code, Code::TooLarge);
    home.personal(async |tx, _| account::remove_avatar(tx).await).await.unwrap();
    assert_eq!(account::avatar(&home.request(), sha).await.unwrap_err().code, Code::NotFound);
}
