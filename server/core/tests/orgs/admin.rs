use core_area::{
    admin::{self, AdminQuery},
    audit_view::{self, AuditQuery},
    jobs_view::{self, JobQuery},
};
use kernel::{
    Code,
    access::Role,
    cron,
    jobs::{self, NewJob},
    request::Request,
    testing::{Person, TestDb},
};

async fn root(db: &TestDb) -> (Person, Request) {
    let root = db.person("root@x.io").await;
    sqlx::query("update core.users set is_platform_admin = true where id = $1").bind(root.id).execute(db.admin()).await.unwrap();
    let request = db.request(&root, None).await;
    (root, request)
}

fn search(text: &str) -> AdminQuery {
    AdminQuery { search: text.into(), ..AdminQuery::default() }
}

#[tokio::test]
async fn the_platform_pages_are_closed_to_owners_and_the_refusal_is_audited() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let request = db.request(acme.user(Role::Owner), Some("acme")).await;
    let all = AdminQuery::default();
    assert_eq!(admin::users(&request, &all).await.unwrap_err().missing_permission(), Some("platform"));
    assert_eq!(admin::orgs(&request, &all).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(admin::mailbox(&request, &all).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(admin::health(&request).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(jobs_view::all(&request, &JobQuery::default()).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(jobs_view::crons(&request).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(audit_view::all(&request, &AuditQuery::default()).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(audit_view::verify_all(&request).await.unwrap_err().code, Code::Forbidden);
    let denied: i64 = sqlx::query_scalar("select count(*) from core.audit_log where action = 'access.denied' and result = 'failure'")
        .fetch_one(db.admin())
        .await
        .unwrap();
    assert_eq!(denied, 8);
    let visitor = Request::new(db.app(), kernel::testing::request(), None, None);
    assert_eq!(admin::users(&visitor, &all).await.unwrap_err().code, Code::Unauthenticated);
}

#[tokio::test]
async fn the_platform_admin_sees_everybody_and_steers_accounts() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let (root, request) = root(&db).await;
    let people = admin::users(&request, &AdminQuery::default()).await.unwrap();
    assert_eq!(people.rows.len(), 4);
    let found = admin::users(&request, &search("BEA@")).await.unwrap();
    assert_eq!((found.rows.len(), found.rows[0].organizations), (1, 1));
    let bea = acme.user(Role::Admin);
    sqlx::query("insert into core.login_attempts (email, attempts, locked_until) values ($1, 5, now() + interval '1 hour')")
        .bind(&bea.email)
        .execute(db.admin())
        .await
        .unwrap();
    assert!(admin::users(&request, &search("bea@")).await.unwrap().rows[0].locked_until.is_some());
    admin::user_unlock(&request, bea.id).await.unwrap();
    assert!(admin::users(&request, &search("bea@")).await.unwrap().rows[0].locked_until.is_none());
    let session = db.request(bea, Some("acme")).await;
    assert!(session.member().await.is_ok());
    assert_eq!(admin::user_end_sessions(&request, bea.id).await.unwrap(), 1);
    let again = Request::new(db.app(), kernel::testing::request(), session.session_token().map(str::to_owned), Some("acme".into()));
    assert_eq!(again.member().await.unwrap_err().code, Code::Unauthenticated);
    admin::user_set_platform_admin(&request, bea.id, true).await.unwrap();
    assert_eq!(admin::user_set_platform_admin(&request, root.id, false).await.unwrap_err().code, Code::Conflict);
    assert_eq!(admin::user_unlock(&request, uuid::Uuid::nil()).await.unwrap_err().code, Code::NotFound);
    let page = audit_view::all(&request, &AuditQuery { action: "user.".into(), ..AuditQuery::default() }).await.unwrap();
    assert!(page.rows.iter().all(|row| row.actor_type == "platform_admin" && row.actor.as_deref() == Some("Root")));
    assert_eq!(page.rows.len(), 3);
}

#[tokio::test]
async fn a_suspended_organization_is_closed_until_it_is_opened_again() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let (_, request) = root(&db).await;
    assert!(admin::org_suspend(&request, acme.id, " ").await.unwrap_err().fields.contains_key("reason"));
    admin::org_suspend(&request, acme.id, "Spam").await.unwrap();
    assert_eq!(admin::org_suspend(&request, acme.id, "Spam").await.unwrap_err().code, Code::InvalidTransition);
    assert!(admin::orgs(&request, &search("acm")).await.unwrap().rows[0].suspended_at.is_some());
    let member = db.request(acme.user(Role::Member), Some("acme")).await;
    assert_eq!(member.member().await.unwrap_err().code, Code::Forbidden);
    admin::org_unsuspend(&request, acme.id).await.unwrap();
    let member = db.request(acme.user(Role::Member), Some("acme")).await;
    assert!(member.member().await.is_ok());
    let titles: Vec<String> = sqlx::query_scalar("select title from core.notifications where user_id = $1 order by created_at, title desc")
        .bind(acme.user(Role::Owner).id)
        .fetch_all(db.admin())
        .await
        .unwrap();
    assert_eq!(titles, ["Acme was suspended", "Acme is open again"]);
    // The owners read it in their own log.
    let mut tx = acme.tx(Role::Owner).await;
    let page = audit_view::list(&mut tx, &AuditQuery { action: "organization.".into(), ..AuditQuery::default() }).await.unwrap();
    assert_eq!(page.rows.len(), 2);
    assert!(audit_view::verify(&mut tx).await.unwrap().ok);
    drop(tx);
    assert_eq!(admin::org_revoke_keys(&request, acme.id).await.unwrap(), 0);
    assert_eq!(admin::org_unsuspend(&request, uuid::Uuid::nil()).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn jobs_and_schedules_are_seen_and_steered() {
    let db = TestDb::new().await;
    let app = db.app();
    let acme = db.org("acme").await;
    let (_, request) = root(&db).await;
    let mut tx = acme.tx(Role::Member).await;
    let mine = jobs::enqueue(tx.conn(), NewJob::new("test.mine", ())).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = acme.tx(Role::Admin).await;
    let theirs = jobs::enqueue(tx.conn(), NewJob::new("test.theirs", ())).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = acme.tx(Role::Member).await;
    let page = jobs_view::list(&mut tx, &JobQuery::default()).await.unwrap();
    assert_eq!(page.rows.iter().map(|job| job.id).collect::<Vec<_>>(), [mine], "members see their own");
    assert_eq!(jobs_view::cancel(&mut tx, mine).await.unwrap_err().code, Code::Forbidden);
    drop(tx);
    let mut tx = acme.tx(Role::Admin).await;
    assert_eq!(jobs_view::list(&mut tx, &JobQuery::default()).await.unwrap().rows.len(), 2);
    assert_eq!(jobs_view::kinds(&mut tx).await.unwrap(), ["test.mine", "test.theirs"]);
    jobs_view::cancel(&mut tx, mine).await.unwrap();
    assert_eq!(jobs_view::retry(&mut tx, mine).await.unwrap_err().code, Code::InvalidTransition);
    tx.commit().await.unwrap();
    let cancelled = JobQuery { status: "cancelled".into(), ..JobQuery::default() };
    let page = jobs_view::all(&request, &cancelled).await.unwrap();
    assert_eq!((page.rows[0].id, page.rows[0].organization.as_deref()), (mine, Some("Acme")));
    jobs_view::admin_cancel(&request, theirs).await.unwrap();
    assert_eq!(jobs_view::admin_retry(&request, theirs).await.unwrap_err().code, Code::InvalidTransition);

    cron::ensure(&app, core_area::SCHEDULES).await.unwrap();
    let crons = jobs_view::crons(&request).await.unwrap();
    assert_eq!(crons.len(), core_area::SCHEDULES.len());
    assert!(crons.iter().all(|cron| cron.active && !cron.overdue));
    app.clock.advance(chrono::Duration::hours(2));
    assert!(jobs_view::crons(&request).await.unwrap().iter().any(|cron| cron.jobname == "notify-digest" && cron.overdue));
    jobs_view::cron_set_active(&request, "notify-digest", false).await.unwrap();
    assert!(jobs_view::crons(&request).await.unwrap().iter().any(|cron| cron.jobname == "notify-digest" && !cron.active && !cron.overdue));
    jobs_view::cron_run_now(&request, "retention-purge").await.unwrap();
    assert_eq!(jobs_view::cron_run_now(&request, "nothing").await.unwrap_err().code, Code::NotFound);
    let drained = crate::drain(&app).await;
    assert!(drained.ran.contains(&"retention.purge".to_owned()), "{drained:?}");
}

#[tokio::test]
async fn the_mailbox_shows_what_was_not_sent_outside() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let (_, request) = root(&db).await;
    let mut tx = acme.tx(Role::Owner).await;
    let invitation = core_area::invitations::NewInvitation { email: "dora@x.io".into(), ..Default::default() };
    core_area::invitations::invite(&mut tx, &invitation).await.unwrap();
    tx.commit().await.unwrap();
    crate::drain(&db.app()).await;
    let page = admin::mailbox(&request, &search("dora@")).await.unwrap();
    assert_eq!((page.rows[0].status.as_str(), page.rows[0].provider.as_str()), ("sent", "builtin"));
    let mail = admin::mail(&request, page.rows[0].id).await.unwrap();
    assert!(mail.text.contains("/invite/") && mail.html.contains("Accept the invitation"));
    assert_eq!(admin::mail(&request, uuid::Uuid::nil()).await.unwrap_err().code, Code::NotFound);
    let read: i64 =
        sqlx::query_scalar("select count(*) from core.audit_log where action = 'mail.read'").fetch_one(db.admin()).await.unwrap();
    assert_eq!(read, 1);
    let parts = admin::health(&request).await.unwrap();
    assert!(parts.iter().any(|part| part.part == "database" && part.ok), "{parts:?}");
}
