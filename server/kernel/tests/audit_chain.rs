//! The hash-chained audit log (chapter 10, sections 2.2 and 10).
use kernel::{
    access::{Actor, Role},
    audit::Audit,
    testing::{Org, TestDb},
};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

async fn write(org: &Org, role: Role, times: usize) {
    for n in 0..times {
        let mut tx = org.tx(role).await;
        tx.audit(Audit::new("member.invite").target("invitation", n).meta(serde_json::json!({ "fields": ["role"], "n": n })))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

async fn verify(db: &TestDb, org: Option<Uuid>) -> Option<i64> {
    sqlx::query_scalar("select core.audit_verify($1)").bind(org).fetch_one(db.admin()).await.unwrap()
}

/// What somebody with the superuser's password can do: past triggers and rules.
async fn tamper(pool: &PgPool, sql: String) {
    let script = format!("begin; set local session_replication_role = replica; {sql}; commit");
    sqlx::raw_sql(AssertSqlSafe(script)).execute(pool).await.unwrap();
}

async fn seqs(db: &TestDb, org: Uuid) -> Vec<i64> {
    sqlx::query_scalar("select seq from core.audit_log where organization_id = $1 order by seq")
        .bind(org)
        .fetch_all(db.admin())
        .await
        .unwrap()
}

#[tokio::test]
async fn b10_04_a_changed_row_is_found_at_its_place() {
    let db = TestDb::new().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    write(&acme, Role::Owner, 5).await;
    write(&globex, Role::Owner, 2).await;
    assert_eq!(seqs(&db, acme.id).await, [1, 2, 3, 4, 5]);
    assert_eq!(seqs(&db, globex.id).await, [1, 2], "each organization has a chain of its own");
    assert_eq!(verify(&db, Some(acme.id)).await, None);

    for change in ["action = 'x'", "actor_id = null", "metadata = '{}'", "created_at = created_at - interval '1 us'", "hash = sha256('x')"]
    {
        let pool = db.admin();
        sqlx::raw_sql("create table core.kept as select * from core.audit_log").execute(pool).await.unwrap();
        tamper(pool, format!("update core.audit_log set {change} where organization_id = '{}' and seq = 3", acme.id)).await;
        assert_eq!(verify(&db, Some(acme.id)).await, Some(3), "{change}");
        assert_eq!(verify(&db, Some(globex.id)).await, None);
        tamper(
            pool,
            "delete from core.audit_log; insert into core.audit_log overriding system value select * from core.kept; drop table core.kept"
                .into(),
        )
        .await;
        assert_eq!(verify(&db, Some(acme.id)).await, None);
    }
}

#[tokio::test]
async fn b10_04_missing_rows_are_found_at_either_end_and_between() {
    let db = TestDb::new().await;
    for (slug, gone, broken) in [("begin", "seq = 1", 1), ("between", "seq in (2, 3)", 2), ("ending", "seq = 5", 5), ("whole", "true", 1)] {
        let org = db.org(slug).await;
        write(&org, Role::Owner, 5).await;
        tamper(db.admin(), format!("delete from core.audit_log where organization_id = '{}' and {gone}", org.id)).await;
        assert_eq!(verify(&db, Some(org.id)).await, Some(broken), "{slug}");
    }
}

#[tokio::test]
async fn b10_04_a_rewritten_row_with_a_right_hash_breaks_the_next() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    write(&acme, Role::Owner, 4).await;
    tamper(
        db.admin(),
        "update core.audit_log set actor_id = null where seq = 2; update core.audit_log l set hash = sha256(l.prev_hash || core.audit_text(l)) where seq = 2"
            .into(),
    )
    .await;
    assert_eq!(verify(&db, Some(acme.id)).await, Some(3));
}

#[tokio::test]
async fn b10_04_no_role_changes_what_was_written() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    write(&acme, Role::Owner, 1).await;
    for statement in ["update core.audit_log set action = 'x'", "delete from core.audit_log", "truncate core.audit_log"] {
        let mut tx = acme.tx(Role::Owner).await;
        let refused = sqlx::query(AssertSqlSafe(statement)).execute(tx.conn()).await.unwrap_err();
        assert_eq!(refused.as_database_error().and_then(|e| e.code()).as_deref(), Some("42501"), "{statement}");
        for role in ["app_admin", "app_owner", "postgres"] {
            let mut conn = db.admin().begin().await.unwrap();
            if role != "postgres" {
                sqlx::query(AssertSqlSafe(format!("set local role {role}"))).execute(&mut *conn).await.unwrap();
            }
            let refused = sqlx::query(AssertSqlSafe(statement)).execute(&mut *conn).await.unwrap_err();
            assert_eq!(refused.as_database_error().and_then(|e| e.code()).as_deref(), Some("42501"), "{role}: {statement}");
        }
    }
    // The chain itself cannot be given by a writer.
    let mut tx = acme.tx(Role::Owner).await;
    let refused = sqlx::query("insert into core.audit_log (actor_type, action, seq, prev_hash, hash) values ('user', 'x', 9, '', '')")
        .execute(tx.conn())
        .await
        .unwrap_err();
    assert_eq!(refused.as_database_error().and_then(|e| e.code()).as_deref(), Some("42501"));
}

#[tokio::test]
async fn b10_04_writers_at_once_make_one_chain() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let writers = (0..4).map(|_| {
        let acme = acme.clone();
        tokio::spawn(async move { write(&acme, Role::Owner, 10).await })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(seqs(&db, acme.id).await, (1..=40).collect::<Vec<_>>());
    assert_eq!(verify(&db, Some(acme.id)).await, None);
}

#[tokio::test]
async fn b10_04_the_purge_of_old_rows_leaves_a_chain_that_holds() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    write(&acme, Role::Owner, 3).await;
    for _ in 0..2 {
        sqlx::query(
            "insert into core.audit_log (organization_id, actor_type, action, created_at) values ($1, 'system', 'old', now() - interval '400 days'),
               (null, 'system', 'old', now() - interval '400 days')",
        )
        .bind(acme.id)
        .execute(db.admin())
        .await
        .unwrap();
    }
    let app = db.app();
    let purge = |before: &'static str| {
        let pool = app.db.pool().clone();
        async move { sqlx::query_scalar::<_, i64>(AssertSqlSafe(format!("select core.audit_purge({before})"))).fetch_one(&pool).await }
    };
    let early = purge("now() - interval '30 days'").await.unwrap_err();
    assert_eq!(early.as_database_error().and_then(|e| e.code()).as_deref(), Some("42501"));
    // Rows 4 and 5 of Acme are old but follow younger ones: only whole beginnings go. The installation's two do.
    assert_eq!(purge("now() - interval '366 days'").await.unwrap(), 2);
    assert_eq!((verify(&db, Some(acme.id)).await, verify(&db, None).await), (None, None));
    tamper(
        db.admin(),
        "update core.audit_log set created_at = created_at - interval '400 days' where seq < 4; \
        update core.audit_log l set hash = sha256(l.prev_hash || core.audit_text(l)) where seq < 4"
            .into(),
    )
    .await;
    assert_eq!(verify(&db, Some(acme.id)).await, Some(2));
    assert_eq!(purge("now() - interval '366 days'").await.unwrap(), 5);
    assert_eq!(seqs(&db, acme.id).await, Vec::<i64>::new());
    write(&acme, Role::Owner, 2).await;
    assert_eq!((seqs(&db, acme.id).await, verify(&db, Some(acme.id)).await), (vec![6, 7], None));
}

#[tokio::test]
async fn b10_04_members_see_their_own_lines_and_managers_all() {
    let db = TestDb::new().await;
    let (app, acme, globex) = (db.app(), db.org("acme").await, db.org("globex").await);
    write(&acme, Role::Owner, 2).await;
    write(&acme, Role::Member, 1).await;
    write(&globex, Role::Owner, 1).await;
    let ada = acme.user(Role::Owner);
    let mut sign_in = ada.tx(&app).await;
    sign_in.audit(Audit::new("session.create")).await.unwrap();
    sign_in.commit().await.unwrap();

    for (role, lines) in [(Role::Owner, 4), (Role::Admin, 3), (Role::Member, 1)] {
        let mut tx = acme.tx(role).await;
        let seen: i64 = sqlx::query_scalar("select count(*) from core.audit_log").fetch_one(tx.conn()).await.unwrap();
        assert_eq!(seen, lines, "{role:?}");
        let whole: Option<i64> = sqlx::query_scalar("select core.audit_verify($1)").bind(acme.id).fetch_one(tx.conn()).await.unwrap();
        assert_eq!(whole, None);
        let foreign = sqlx::query("select core.audit_verify($1)").bind(globex.id).execute(tx.conn()).await;
        assert!(foreign.is_err(), "another organization's chain is none of ours");
    }
    let mut system = acme.tx_as(Actor::system(Some(acme.id))).await;
    let seen: i64 = sqlx::query_scalar("select count(*) from core.audit_log").fetch_one(system.conn()).await.unwrap();
    assert_eq!(seen, 3);
}
