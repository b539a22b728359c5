use crate::support::*;
use chrono::Duration;
use core_area::{devices, reset, session_store, sessions};
use kernel::{Code, testing::TestDb};

#[tokio::test]
async fn a10_13_a_revoked_session_ends_with_the_next_click() {
    let db = TestDb::new().await;
    let a = ada(&db).await;
    let b = Browser::with(&db, [203, 0, 113, 9], SAFARI);
    b.sign_in("ada@a.io", PASSWORD).await.unwrap();
    let listed = a.personal(async |tx, _| sessions::list(tx).await).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed[0].current && listed[0].device == "Firefox on Windows");
    assert_eq!((listed[1].device.as_str(), listed[1].ip_address.as_deref()), ("Safari on iPhone", Some("203.0.113.9")));
    let other = listed[1].id;
    a.personal(async |tx, _| sessions::revoke(tx, other).await).await.unwrap();
    assert!(b.session().await.is_none());
    assert_eq!(b.request().member().await.unwrap_err().code, Code::Unauthenticated);
    assert!(a.session().await.is_some());
    let again = a.personal(async |tx, _| sessions::revoke(tx, other).await).await.unwrap_err();
    assert_eq!(again.code, Code::NotFound);
}

#[tokio::test]
async fn nobody_revokes_the_session_of_somebody_else() {
    let db = TestDb::new().await;
    let a = ada(&db).await;
    let bea = db.person("bea@b.io").await;
    db.session(&bea).await;
    let id = sqlx::query_scalar("select id from core.sessions where user_id = $1").bind(bea.id).fetch_one(db.admin()).await.unwrap();
    let fault = a.personal(async |tx, _| sessions::revoke(tx, id).await).await.unwrap_err();
    assert_eq!(fault.code, Code::NotFound);
    assert_eq!(a.personal(async |tx, _| sessions::list(tx).await).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_others_end_at_once_and_idle_ones_after_seven_days() {
    let db = TestDb::new().await;
    let a = ada(&db).await;
    let b = Browser::with(&db, [203, 0, 113, 9], SAFARI);
    b.sign_in("ada@a.io", PASSWORD).await.unwrap();
    assert_eq!(a.personal(async |tx, _| sessions::revoke_others(tx).await).await.unwrap(), 1);
    assert!(b.session().await.is_none() && a.session().await.is_some());
    db.app().clock.advance(Duration::days(8));
    assert!(a.session().await.is_none());
    db.app().clock.advance(Duration::days(60));
    assert!(session_store::gc(&db.app()).await.unwrap() >= 2);
}

#[tokio::test]
async fn b10_06_a_new_device_is_mailed_and_this_was_not_me_ends_it_and_starts_a_reset() {
    let db = TestDb::new().await;
    let a = ada(&db).await;
    assert_eq!(mails(&db, "ada@a.io", "new_device").await, 0, "the first device is no news");
    Browser::new(&db).sign_in("ada@a.io", PASSWORD).await.unwrap();
    assert_eq!(mails(&db, "ada@a.io", "new_device").await, 0, "the same device is no news");

    let thief = Browser::with(&db, [198, 51, 100, 23], SAFARI);
    thief.sign_in("ada@a.io", PASSWORD).await.unwrap();
    let mail = mail(&db, "ada@a.io", "new_device").await.unwrap();
    assert_eq!((mail["device"].as_str(), mail["ip"].as_str()), (Some("Safari on iPhone"), Some("198.51.100.23")));
    let token = link(&db, "ada@a.io", "new_device").await;
    let info = devices::not_me_info(&a.request(), &token).await.unwrap();
    assert_eq!(info.device, "Safari on iPhone");
    assert!(thief.session().await.is_some(), "looking changes nothing");
    // The link sets no password by itself.
    assert_eq!(reset::link(&a.request(), &token).await.unwrap_err().code, Code::Gone);

    let mailbox = Browser::new(&db);
    let goto = mailbox.visit(async |v| devices::not_me(v, &token).await).await.unwrap();
    assert!(thief.session().await.is_none(), "that session has ended");
    assert!(a.session().await.is_some(), "the others wait for the new password");
    let reset_token = goto.strip_prefix("/reset/").unwrap();
    assert_eq!(reset::link(&mailbox.request(), reset_token).await.unwrap().email, "ada@a.io");
    let again = mailbox.visit(async |v| devices::not_me(v, &token).await).await.unwrap_err();
    assert_eq!(again.code, Code::Gone);
    assert_eq!(audited(&db, "session.not_me").await, 1);
}
