use core_area::{
    members::{self, MemberQuery, RoleChange},
    organizations,
};
use kernel::{
    Code,
    access::Role,
    db::TenantTx,
    record::PageRequest,
    testing::{Org, TestDb},
};
use uuid::Uuid;

async fn membership(db: &TestDb, org: &Org, role: Role) -> Uuid {
    sqlx::query_scalar("select id from core.memberships where org_id = $1 and user_id = $2")
        .bind(org.id)
        .bind(org.user(role).id)
        .fetch_one(db.admin())
        .await
        .unwrap()
}

async fn owners(db: &TestDb, org: Uuid) -> i64 {
    sqlx::query_scalar("select count(*) from core.memberships where org_id = $1 and role = 'owner'")
        .bind(org)
        .fetch_one(db.admin())
        .await
        .unwrap()
}

async fn set(tx: &mut TenantTx, member_id: Uuid, role: Role) -> Result<members::Member, kernel::Fault> {
    members::change_role(tx, &RoleChange { member_id, role }).await
}

#[tokio::test]
async fn a10_10_the_last_owner_stays_by_service_and_by_direct_call() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let (ada, bea) = (membership(&db, &acme, Role::Owner).await, membership(&db, &acme, Role::Admin).await);
    let mut tx = acme.tx(Role::Owner).await;
    assert_eq!(organizations::leave(&mut tx).await.unwrap_err().code, Code::LastOwner);
    assert_eq!(set(&mut tx, ada, Role::Admin).await.unwrap_err().code, Code::LastOwner);
    assert_eq!(set(&mut tx, ada, Role::Member).await.unwrap_err().code, Code::LastOwner);
    tx.rollback().await.unwrap();
    // Past every service, as the application's own role, and as the owner of the tables.
    for statement in ["delete from core.memberships where id = $1", "update core.memberships set role = 'member' where id = $1"] {
        let mut tx = acme.tx(Role::Owner).await;
        let error = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(ada).execute(tx.conn()).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().constraint(), Some("last_owner"), "{statement}");
        let error = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(ada).execute(db.admin()).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().constraint(), Some("last_owner"), "{statement}");
    }
    // With a second owner the first may go, and then the second may not.
    let mut tx = acme.tx(Role::Owner).await;
    assert_eq!(set(&mut tx, bea, Role::Owner).await.unwrap().role, Role::Owner);
    organizations::leave(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = acme.tx_as(acme.actor_of(acme.user(Role::Admin), Role::Owner)).await;
    assert_eq!(organizations::leave(&mut tx).await.unwrap_err().code, Code::LastOwner);
    assert_eq!(owners(&db, acme.id).await, 1);
}

#[tokio::test]
async fn a10_10_two_owners_who_leave_at_the_same_moment_do_not_both_go() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let bea = acme.user(Role::Admin).clone();
    db.join(acme.id, &bea, Role::Owner).await;
    let mut first = acme.tx(Role::Owner).await;
    let mut second = acme.tx_as(acme.actor_of(&bea, Role::Owner)).await;
    organizations::leave(&mut first).await.unwrap();
    let waiting = tokio::spawn(async move { (organizations::leave(&mut second).await, second) });
    tokio::task::yield_now().await;
    first.commit().await.unwrap();
    let (left, second) = waiting.await.unwrap();
    assert_eq!(left.unwrap_err().code, Code::LastOwner);
    drop(second);
    assert_eq!(owners(&db, acme.id).await, 1);
}

#[tokio::test]
async fn admins_move_members_but_neither_owners_nor_themselves() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let (ada, bea, cleo) =
        (membership(&db, &acme, Role::Owner).await, membership(&db, &acme, Role::Admin).await, membership(&db, &acme, Role::Member).await);
    let mut tx = acme.tx(Role::Admin).await;
    assert_eq!(set(&mut tx, cleo, Role::Admin).await.unwrap().role, Role::Admin);
    assert_eq!(set(&mut tx, cleo, Role::Member).await.unwrap().role, Role::Member);
    for (member, role) in [(ada, Role::Admin), (bea, Role::Member), (cleo, Role::Owner)] {
        assert_eq!(set(&mut tx, member, role).await.unwrap_err().code, Code::Forbidden);
    }
    assert_eq!(members::remove(&mut tx, ada).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(members::remove(&mut tx, bea).await.unwrap_err().code, Code::Forbidden);
    // Past the service: row security stops an admin before an owner's row, and from making one.
    let grab = sqlx::query("update core.memberships set role = 'owner' where id = $1").bind(cleo).execute(tx.conn()).await;
    assert!(grab.is_err());
    let mut tx = acme.tx(Role::Admin).await;
    let took = sqlx::query("delete from core.memberships where id = $1").bind(ada).execute(tx.conn()).await.unwrap();
    assert_eq!(took.rows_affected(), 0);
    let mut tx = acme.tx(Role::Member).await;
    assert_eq!(set(&mut tx, cleo, Role::Admin).await.unwrap_err().missing_permission(), Some("members_manage"));
    // An owner is made with a fresh proof of identity only.
    let mut late = acme.actor(Role::Owner);
    late.reauth_at = None;
    let mut tx = acme.tx_as(late).await;
    assert_eq!(set(&mut tx, cleo, Role::Owner).await.unwrap_err().code, Code::ReauthRequired);
}

#[tokio::test]
async fn a_removed_member_reaches_nothing_any_more() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let (bea, id) = (acme.user(Role::Admin), membership(&db, &acme, Role::Admin).await);
    let request = db.request(bea, Some("acme")).await;
    assert!(request.member().await.is_ok());
    sqlx::query("insert into core.api_keys (organization_id, user_id, name, key_prefix, key_hash) values ($1, $2, 'k', 'p', 'h')")
        .bind(acme.id)
        .bind(bea.id)
        .execute(db.admin())
        .await
        .unwrap();
    let mut tx = acme.tx(Role::Owner).await;
    members::remove(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    let request = db.request(bea, Some("acme")).await;
    assert_eq!(request.member().await.unwrap_err().code, Code::NotFound);
    let live: i64 = sqlx::query_scalar("select count(*) from core.api_keys where revoked_at is null").fetch_one(db.admin()).await.unwrap();
    assert_eq!(live, 0);
    let told: i64 =
        sqlx::query_scalar("select count(*) from core.notifications where user_id = $1").bind(bea.id).fetch_one(db.admin()).await.unwrap();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn the_list_pages_by_name_and_tells_addresses_to_managers_only() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    for n in 0..5 {
        let person = db.person(&format!("worker{n}@acme.test")).await;
        db.join(acme.id, &person, Role::Member).await;
    }
    let mut tx = acme.tx(Role::Owner).await;
    let mut names = Vec::new();
    let mut query = MemberQuery { page: PageRequest { after: None, limit: Some(3) }, ..MemberQuery::default() };
    loop {
        let page = members::list(&mut tx, &query).await.unwrap();
        names.extend(page.rows.iter().map(|m| m.name.clone()));
        assert!(page.rows.iter().all(|m| m.email.is_some() && m.has_mfa == Some(false)));
        match page.next {
            Some(after) => query.page.after = Some(after),
            None => break,
        }
    }
    assert_eq!(names, ["Ada", "Bea", "Cleo", "Worker0", "Worker1", "Worker2", "Worker3", "Worker4"]);
    let found = members::list(&mut tx, &MemberQuery { search: "worker3@".into(), ..MemberQuery::default() }).await.unwrap();
    assert_eq!(found.rows.len(), 1);
    let mut tx = acme.tx(Role::Member).await;
    let page = members::list(&mut tx, &MemberQuery::default()).await.unwrap();
    for member in &page.rows {
        assert_eq!((member.email.is_some(), member.has_mfa, member.last_seen_at), (member.is_you, None, None));
        assert_eq!(member.may, members::MemberMay::default());
    }
    let found = members::list(&mut tx, &MemberQuery { search: "worker3@".into(), ..MemberQuery::default() }).await.unwrap();
    assert!(found.rows.is_empty(), "members do not search addresses they cannot see");
}
