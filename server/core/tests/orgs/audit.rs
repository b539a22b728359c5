use core_area::{
    audit_view::{self, AuditQuery},
    members::{self, RoleChange},
};
use futures::TryStreamExt;
use kernel::{
    Code, Fault,
    access::{Actor, ActorKind, Role},
    audit::Audit,
    record::PageRequest,
    testing::{Org, TestDb},
};
use std::pin::pin;

async fn did(org: &Org, role: Role, entry: Audit) {
    let mut tx = org.tx(role).await;
    tx.audit(entry).await.unwrap();
    tx.commit().await.unwrap();
}

async fn actions(org: &Org, role: Role, query: &AuditQuery) -> Vec<String> {
    let mut tx = org.tx(role).await;
    audit_view::list(&mut tx, query).await.unwrap().rows.into_iter().map(|row| row.action).collect()
}

#[tokio::test]
async fn the_log_filters_pages_and_shows_members_their_own_lines() {
    let db = TestDb::new().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    did(&acme, Role::Owner, Audit::new("member.invite").target("invitation", 1)).await;
    did(&acme, Role::Admin, Audit::new("member.role").warning()).await;
    did(&acme, Role::Member, Audit::new("access.denied").failure().warning()).await;
    did(&globex, Role::Owner, Audit::new("member.invite")).await;
    let all = AuditQuery::default();
    let mut seen = actions(&acme, Role::Admin, &all).await;
    seen.sort();
    assert_eq!(seen, ["access.denied", "member.invite", "member.role"]);
    assert_eq!(actions(&acme, Role::Member, &all).await, ["access.denied"]);
    let find = |f: fn(&mut AuditQuery)| {
        let mut query = AuditQuery::default();
        f(&mut query);
        query
    };
    assert_eq!(actions(&acme, Role::Owner, &find(|q| q.action = "member.".into())).await.len(), 2);
    assert_eq!(actions(&acme, Role::Owner, &find(|q| q.result = "failure".into())).await, ["access.denied"]);
    assert_eq!(actions(&acme, Role::Owner, &find(|q| q.severity = "info".into())).await, ["member.invite"]);
    let by_bea = AuditQuery { actor: Some(acme.user(Role::Admin).id), ..AuditQuery::default() };
    assert_eq!(actions(&acme, Role::Owner, &by_bea).await, ["member.role"]);
    let future = AuditQuery { from: Some(chrono::Utc::now() + chrono::Duration::days(1)), ..AuditQuery::default() };
    assert!(actions(&acme, Role::Owner, &future).await.is_empty());
    let mut tx = acme.tx(Role::Owner).await;
    let bad = AuditQuery { result: "maybe".into(), ..AuditQuery::default() };
    assert_eq!(audit_view::list(&mut tx, &bad).await.unwrap_err().code, Code::Validation);
    let mut query = AuditQuery { page: PageRequest { after: None, limit: Some(1) }, ..AuditQuery::default() };
    let mut names = Vec::new();
    for _ in 0..3 {
        let page = audit_view::list(&mut tx, &query).await.unwrap();
        names.push(page.rows[0].actor.clone().unwrap());
        query.page.after = page.next;
    }
    assert_eq!(query.page.after, None);
    names.sort();
    assert_eq!(names, ["Ada", "Bea", "Cleo"]);
    // A key needs the scope of the log, and then sees all; viewing the organization is not enough.
    let key = |scope: &str| Actor {
        kind: ActorKind::ApiKey,
        role: None,
        scopes: Some(vec![scope.into()]),
        id: Some(uuid::Uuid::new_v4()),
        ..acme.actor(Role::Owner)
    };
    let mut tx = acme.tx_as(key("org:read")).await;
    assert_eq!(audit_view::list(&mut tx, &all).await.unwrap_err().code, Code::Forbidden);
    let mut tx = acme.tx_as(key("audit:read")).await;
    assert_eq!(audit_view::list(&mut tx, &all).await.unwrap().rows.len(), 3);
    let mut tx = acme.tx_as(key("mcp:read")).await;
    assert_eq!(audit_view::list(&mut tx, &all).await.unwrap_err().code, Code::Forbidden);
}

#[tokio::test]
async fn b10_04_verify_finds_the_line_that_was_changed() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    for n in 0..5 {
        did(&acme, Role::Owner, Audit::new("test.step").target("step", n)).await;
    }
    let mut tx = acme.tx(Role::Admin).await;
    let report = audit_view::verify(&mut tx).await.unwrap();
    assert_eq!((report.ok, report.checked, report.first_bad), (true, 5, None));
    drop(tx);
    let mut tx = acme.tx(Role::Member).await;
    assert_eq!(audit_view::verify(&mut tx).await.unwrap_err().code, Code::Forbidden);
    drop(tx);
    // Somebody with the rights of the database's administrator, who switches the guard off first.
    for statement in [
        "alter table core.audit_log disable trigger audit_refuse",
        "update core.audit_log set target_id = 'other' where seq = 3",
        "alter table core.audit_log enable trigger audit_refuse",
    ] {
        sqlx::query(statement).execute(db.admin()).await.unwrap();
    }
    let mut tx = acme.tx(Role::Owner).await;
    let report = audit_view::verify(&mut tx).await.unwrap();
    assert_eq!((report.ok, report.first_bad), (false, Some(3)));
    assert!(report.message.contains("Line 3"));
    let root = db.person("root@x.io").await;
    sqlx::query("update core.users set is_platform_admin = true where id = $1").bind(root.id).execute(db.admin()).await.unwrap();
    let all = audit_view::verify_all(&db.request(&root, None).await).await.unwrap();
    assert!(!all.ok && all.message.contains(&acme.id.to_string()), "{all:?}");
}

#[tokio::test]
async fn the_csv_streams_every_line_and_no_formula() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    sqlx::query(
        "insert into core.audit_log (organization_id, actor_type, action, result, severity, user_agent)
         select $1, 'system', 'test.bulk', 'success', 'info', '=HYPERLINK(1)' from generate_series(1, 1200)",
    )
    .bind(acme.id)
    .execute(db.admin())
    .await
    .unwrap();
    db.app().clock.advance(chrono::Duration::minutes(5));
    let stream = audit_view::export_csv(&db.app(), acme.actor(Role::Admin), AuditQuery { action: "test.".into(), ..AuditQuery::default() })
        .await
        .unwrap();
    let chunks: Vec<bytes::Bytes> = pin!(stream).try_collect().await.unwrap();
    assert!(chunks.len() > 3, "in pieces");
    let text = String::from_utf8(chunks.concat()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1201);
    assert!(lines[0].starts_with("id,time,actor_type") && lines[1].contains("'=HYPERLINK(1)"));
    let mut ids: Vec<&str> = lines[1..].iter().map(|line| line.split(',').next().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 1200, "each line once");
    // The administrators' file is of all organizations, and says which.
    let root = db.person("root@x.io").await;
    sqlx::query("update core.users set is_platform_admin = true where id = $1").bind(root.id).execute(db.admin()).await.unwrap();
    let root = db.request(&root, None).await;
    let stream = audit_view::export_all_csv(&root, AuditQuery { action: "test.".into(), ..AuditQuery::default() }).await.unwrap();
    let chunks: Vec<bytes::Bytes> = pin!(stream).try_collect().await.unwrap();
    let all = String::from_utf8(chunks.concat()).unwrap();
    let lines: Vec<&str> = all.lines().collect();
    assert!(lines.len() == 1201 && lines[0].ends_with(",organization") && lines[1200].ends_with(",Acme"), "{:?}", lines.last());
    let owner = db.request(acme.user(Role::Owner), Some("acme")).await;
    let refused: Result<_, Fault> = audit_view::export_all_csv(&owner, AuditQuery::default()).await.map(|_| ());
    assert_eq!(refused.unwrap_err().code, Code::Forbidden);
    let bad = AuditQuery { severity: "x".into(), ..AuditQuery::default() };
    let refused: Result<_, Fault> = audit_view::export_csv(&db.app(), acme.actor(Role::Admin), bad).await.map(|_| ());
    assert_eq!(refused.unwrap_err().code, Code::Validation);
}

#[tokio::test]
async fn what_services_do_is_in_the_log() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let cleo: uuid::Uuid = sqlx::query_scalar("select id from core.memberships where user_id = $1")
        .bind(acme.user(Role::Member).id)
        .fetch_one(db.admin())
        .await
        .unwrap();
    let mut tx = acme.tx(Role::Admin).await;
    members::change_role(&mut tx, &RoleChange { member_id: cleo, role: Role::Admin }).await.unwrap();
    let page = audit_view::list(&mut tx, &AuditQuery::default()).await.unwrap();
    let row = &page.rows[0];
    assert_eq!((row.action.as_str(), row.actor.as_deref(), row.ip.as_deref()), ("member.role", Some("Bea"), Some("127.0.0.1")));
    assert_eq!(row.metadata, serde_json::json!({ "from": "member", "to": "admin" }));
    assert_eq!(row.request_id.as_deref(), Some("test"));
}
