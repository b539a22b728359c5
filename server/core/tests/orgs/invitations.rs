use crate::drain;
use core_area::{
    invitations::{self, InvitationJoin, InvitationStatus, InviteRole, NewInvitation},
    members, organizations,
};
use kernel::{
    Code, Fault,
    access::Role,
    db::TenantTx,
    record::PageRequest,
    request::Request,
    testing::{self, Org, TestDb},
};

const GOOD: &str = "correct horse battery staple";

async fn invite(tx: &mut TenantTx, email: &str) -> Result<invitations::Invited, Fault> {
    invitations::invite(tx, &NewInvitation { email: email.into(), role: InviteRole::Member }).await
}

/// The token of the newest invitation mail.
async fn token(db: &TestDb, to: &str) -> String {
    let text: String = sqlx::query_scalar(
        "select text_body from core.mail_queue where to_email = $1 and template = 'invite' order by created_at desc limit 1",
    )
    .bind(to)
    .fetch_one(db.admin())
    .await
    .expect("an invitation was mailed");
    text.split("/invite/").nth(1).unwrap().chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}

fn visitor(db: &TestDb) -> Request {
    Request::new(db.app(), testing::request(), None, None)
}

fn joining(token: &str) -> InvitationJoin {
    InvitationJoin { token: token.into(), name: "Dora".into(), password: GOOD.into() }
}

async fn invited(db: &TestDb, acme: &Org, email: &str) -> String {
    let mut tx = acme.tx(Role::Owner).await;
    assert!(!invite(&mut tx, email).await.unwrap().resent);
    tx.commit().await.unwrap();
    token(db, &email.to_lowercase()).await
}

#[tokio::test]
async fn a10_09_an_invited_person_joins_with_a_new_account() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let link = invited(&db, &acme, "Dora@x.io").await;
    let look = invitations::look(&visitor(&db), &link).await.unwrap();
    assert_eq!((look.organization.as_str(), look.inviter.as_deref(), look.role), ("Acme", Some("Ada"), InviteRole::Member));
    assert_eq!((look.email.as_str(), look.has_account, look.signed_in_as), ("dora@x.io", false, None));
    let weak = InvitationJoin { password: "password12345".into(), ..joining(&link) };
    let fault = invitations::join(&visitor(&db), &weak).await.unwrap_err();
    assert!(fault.fields.contains_key("password") && fault.kept["name"] == "Dora" && !fault.kept.contains_key("password"));
    let joined = invitations::join(&visitor(&db), &joining(&link)).await.unwrap();
    assert_eq!((joined.organization_id, joined.slug.as_str()), (acme.id, "acme"));
    let (verified, hash): (bool, String) = sqlx::query_as("select email_verified, password_hash from core.users where id = $1")
        .bind(joined.user_id)
        .fetch_one(db.admin())
        .await
        .unwrap();
    assert!(verified && hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    let mut tx = acme.tx(Role::Owner).await;
    assert_eq!(members::seats(&mut tx).await.unwrap().members, 4);
    // The link is spent: look, join and accept say so.
    assert_eq!(invitations::look(&visitor(&db), &link).await.unwrap_err().code, Code::Gone);
    assert_eq!(invitations::join(&visitor(&db), &joining(&link)).await.unwrap_err().code, Code::Gone);
    assert_eq!(invitations::look(&visitor(&db), "never-was").await.unwrap_err().code, Code::NotFound);
    drain(&db.app()).await;
}

#[tokio::test]
async fn a_person_with_an_account_accepts_under_that_account_only() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let (dora, eve) = (db.person("dora@x.io").await, db.person("eve@x.io").await);
    let link = invited(&db, &acme, "dora@x.io").await;
    assert_eq!(invitations::join(&visitor(&db), &joining(&link)).await.unwrap_err().code, Code::Conflict);
    let as_eve = db.request(&eve, None).await;
    assert!(invitations::look(&as_eve, &link).await.unwrap().wrong_account);
    assert_eq!(invitations::accept(&as_eve, &link).await.unwrap_err().code, Code::WrongAccount);
    assert_eq!(invitations::accept(&visitor(&db), &link).await.unwrap_err().code, Code::Unauthenticated);
    let as_dora = db.request(&dora, None).await;
    assert_eq!(invitations::accept(&as_dora, &link).await.unwrap().user_id, dora.id);
    assert_eq!(invitations::accept(&as_dora, &link).await.unwrap_err().code, Code::Gone);
    assert!(db.request(&dora, Some("acme")).await.member().await.is_ok());
}

#[tokio::test]
async fn inviting_again_sends_again_and_ends_the_old_link() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let old = invited(&db, &acme, "dora@x.io").await;
    db.app().clock.advance(chrono::Duration::days(2));
    let mut tx = acme.tx(Role::Admin).await;
    let again = invitations::invite(&mut tx, &NewInvitation { email: "DORA@x.io".into(), role: InviteRole::Admin }).await.unwrap();
    assert!(again.resent);
    assert_eq!(again.invitation.role, InviteRole::Admin);
    assert_eq!(again.invitation.expires_at, db.app().clock.now() + chrono::Duration::days(7));
    let pending = invitations::list(&mut tx, None, &PageRequest::default()).await.unwrap();
    assert_eq!(pending.rows.len(), 1);
    let fault = invite(&mut tx, "cleo@acme.test").await.unwrap_err();
    assert_eq!((fault.code, fault.fields.contains_key("email")), (Code::Conflict, true));
    tx.commit().await.unwrap();
    assert_eq!(invitations::look(&visitor(&db), &old).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn revoked_and_expired_links_are_gone_and_can_be_asked_for_again() {
    let db = TestDb::new().await;
    let app = db.app();
    let acme = db.org("acme").await;
    let (taken_back, late) = (invited(&db, &acme, "dora@x.io").await, invited(&db, &acme, "eve@x.io").await);
    let mut tx = acme.tx(Role::Owner).await;
    let all = invitations::list(&mut tx, None, &PageRequest::default()).await.unwrap();
    let dora = all.rows.iter().find(|row| row.email == "dora@x.io").unwrap().id;
    invitations::revoke(&mut tx, dora).await.unwrap();
    assert_eq!(invitations::revoke(&mut tx, dora).await.unwrap_err().code, Code::InvalidTransition);
    assert_eq!(invitations::resend(&mut tx, dora).await.unwrap_err().code, Code::InvalidTransition);
    tx.commit().await.unwrap();
    assert_eq!(invitations::look(&visitor(&db), &taken_back).await.unwrap_err().code, Code::Gone);
    app.clock.advance(chrono::Duration::days(7));
    // Before the hourly job has marked it, and after.
    assert_eq!(invitations::join(&visitor(&db), &joining(&late)).await.unwrap_err().code, Code::Gone);
    let marked: i64 =
        sqlx::query_scalar("select core.invitations_expire($1)").bind(app.clock.now()).fetch_one(app.db.pool()).await.unwrap();
    assert_eq!(marked, 1);
    assert_eq!(invitations::look(&visitor(&db), &late).await.unwrap_err().code, Code::Gone);
    let mut tx = acme.tx(Role::Owner).await;
    let expired = invitations::list(&mut tx, Some(InvitationStatus::Expired), &PageRequest::default()).await.unwrap();
    assert_eq!(expired.rows.len(), 1);
    drop(tx);
    invitations::ask_again(&visitor(&db), &late).await.unwrap();
    invitations::ask_again(&visitor(&db), "never-was").await.unwrap();
    let asked: i64 = sqlx::query_scalar("select count(*) from core.notifications where type = 'core.invite_again' and user_id = $1")
        .bind(acme.user(Role::Owner).id)
        .fetch_one(db.admin())
        .await
        .unwrap();
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn seats_domains_rights_and_the_daily_limit_are_kept() {
    let db = TestDb::with(|config| config.limits.invitations_per_day = 3).await;
    let acme = db.org("acme").await;
    let mut tx = acme.tx(Role::Owner).await;
    let mut edit = organizations::get(&mut tx).await.unwrap().edit();
    edit.seat_limit = Some(4);
    edit.allowed_email_domains = vec!["x.io".into()];
    organizations::save(&mut tx, &edit).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = acme.tx(Role::Owner).await;
    assert!(invite(&mut tx, "dora@elsewhere.io").await.unwrap_err().fields["email"].contains("x.io"));
    assert!(invite(&mut tx, "no address").await.unwrap_err().fields.contains_key("email"));
    invite(&mut tx, "dora@x.io").await.unwrap();
    assert_eq!(invite(&mut tx, "eve@x.io").await.unwrap_err().code, Code::SeatLimit);
    invite(&mut tx, "dora@x.io").await.unwrap();
    invite(&mut tx, "dora@x.io").await.unwrap();
    assert_eq!(invite(&mut tx, "dora@x.io").await.unwrap_err().code, Code::RateLimited);
    tx.commit().await.unwrap();
    let mut tx = acme.tx(Role::Member).await;
    assert_eq!(invite(&mut tx, "fay@x.io").await.unwrap_err().code, Code::Forbidden);
    assert_eq!(invitations::list(&mut tx, None, &PageRequest::default()).await.unwrap_err().code, Code::Forbidden);
}

#[tokio::test]
async fn a_seat_that_was_taken_meanwhile_refuses_the_acceptance() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let link = invited(&db, &acme, "dora@x.io").await;
    let mut tx = acme.tx(Role::Owner).await;
    let mut edit = organizations::get(&mut tx).await.unwrap().edit();
    edit.seat_limit = Some(3);
    organizations::save(&mut tx, &edit).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(invitations::join(&visitor(&db), &joining(&link)).await.unwrap_err().code, Code::SeatLimit);
    // Nothing of it stays: no account, and the link still works.
    let made: i64 = sqlx::query_scalar("select count(*) from core.users where email = 'dora@x.io'").fetch_one(db.admin()).await.unwrap();
    assert_eq!(made, 0);
    assert!(invitations::look(&visitor(&db), &link).await.is_ok());
}

#[tokio::test]
async fn a10_02_inviting_before_the_own_address_is_confirmed_is_refused() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    sqlx::query("update core.users set email_verified = false where id = $1")
        .bind(acme.user(Role::Owner).id)
        .execute(db.admin())
        .await
        .unwrap();
    let mut tx = acme.tx(Role::Owner).await;
    let fault = invite(&mut tx, "dora@x.io").await.unwrap_err();
    assert_eq!(fault.code, Code::Forbidden);
    assert!(fault.message.contains("Confirm your own email address"));
}
