//! Row security as `app_user` meets it (chapter 10, section 3, "Tenant isolation").
use kernel::{
    access::{Actor, Role},
    db::TenantTx,
    testing::TestDb,
};
use sqlx::{AssertSqlSafe, PgConnection, Row};
use uuid::Uuid;

async fn count(conn: &mut PgConnection, table: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table}"))).fetch_one(conn).await.unwrap()
}

async fn text(conn: &mut PgConnection, sql: &'static str) -> Option<String> {
    sqlx::query_scalar(sql).fetch_one(conn).await.unwrap()
}

/// The code of the database error of a statement that must fail. A savepoint keeps the transaction usable.
async fn refusal(conn: &mut PgConnection, sql: &str) -> Option<String> {
    let mut inner = sqlx::Connection::begin(conn).await.unwrap();
    let result = sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut *inner).await;
    inner.rollback().await.unwrap();
    match result {
        Ok(done) => panic!("{sql} changed {} rows", done.rows_affected()),
        Err(error) => error.as_database_error().and_then(|e| e.code()).map(|code| code.into_owned()),
    }
}

const DENIED: Option<&str> = Some("42501");

#[tokio::test]
async fn a10_06_as_app_user_only_the_rows_of_the_organization_count() {
    let db = TestDb::new().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    for org in [&acme, &globex] {
        let mut tx = org.tx(Role::Owner).await;
        for n in 0..3 {
            sqlx::query("insert into core.invitations (email, role, token_hash, invited_by, expires_at) values ($1, 'member', $2, $3, now() + interval '7 days')")
                .bind(format!("new{n}@{}.test", org.slug))
                .bind(format!("{}-{n}", org.slug))
                .bind(org.user(Role::Owner).id)
                .execute(tx.conn())
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }

    let mut tx = acme.tx(Role::Member).await;
    assert_eq!(text(tx.conn(), "select current_user::text").await.as_deref(), Some("app_user"));
    for (table, rows) in [("invitations", 3), ("memberships", 3), ("users", 3), ("organizations", 1)] {
        assert_eq!(count(tx.conn(), &format!("core.{table}")).await, rows, "{table}");
    }
    // Another tenant's row by its id, and a change of it, find nothing.
    let found = sqlx::query("select from core.invitations where organization_id = $1").bind(globex.id).fetch_all(tx.conn()).await.unwrap();
    assert!(found.is_empty());
    let changed =
        sqlx::query("update core.invitations set status = 'revoked' where token_hash = 'globex-0'").execute(tx.conn()).await.unwrap();
    assert_eq!(changed.rows_affected(), 0);
    let foreign = format!(
        "insert into core.invitations (organization_id, email, role, token_hash, invited_by, expires_at)
         values ('{}', 'x@x.io', 'member', 'x', '{}', now())",
        globex.id,
        acme.user(Role::Owner).id
    );
    assert_eq!(refusal(tx.conn(), &foreign).await.as_deref(), DENIED);
    drop(tx);

    // No settings at all: the pool of app_user, as a forgotten tenant would meet it.
    let app = db.app();
    let mut conn = app.db.pool().acquire().await.unwrap();
    for table in ["invitations", "memberships", "users", "organizations", "audit_log", "jobs", "mail_queue", "notifications"] {
        assert_eq!(count(&mut conn, &format!("core.{table}")).await, 0, "{table}");
    }
    assert_eq!(refusal(&mut conn, &foreign).await.as_deref(), DENIED);
    let own_tenant = foreign.replace(&globex.id.to_string(), &acme.id.to_string());
    assert_eq!(refusal(&mut conn, &own_tenant).await.as_deref(), DENIED);
}

#[tokio::test]
async fn a10_06_without_a_tenant_every_guarded_table_is_empty_and_refuses_rows() {
    let db = TestDb::new().await;
    db.org("acme").await;
    let app = db.app();
    let mut conn = app.db.pool().acquire().await.unwrap();
    let tables = sqlx::query(
        "select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p') and c.relforcerowsecurity and n.nspname in ('core', 'factory', 'growth', 'harness', 'app', 'public')
           and has_any_column_privilege(c.oid, 'select')",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    assert!(tables.len() > 25, "only {} tables", tables.len());
    for row in tables {
        let table: String = row.get("name");
        // System columns are enough to count, whatever columns may be read.
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table}"))).fetch_one(&mut *conn).await.unwrap();
        assert_eq!(rows, 0, "{table} shows rows without a tenant");
    }
}

#[tokio::test]
async fn the_settings_end_with_the_transaction() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let app = db.app();
    acme.tx(Role::Owner).await.commit().await.unwrap();
    for _ in 0..5 {
        let mut conn = app.db.pool().acquire().await.unwrap();
        assert_eq!(text(&mut conn, "select core.tenant()::text").await, None);
        assert_eq!(text(&mut conn, "select core.actor_role()").await, None);
    }
}

#[tokio::test]
async fn personal_rows_are_for_their_person_and_for_jobs_that_act_for_them() {
    let db = TestDb::new().await;
    let (app, acme) = (db.app(), db.org("acme").await);
    let (ada, cleo) = (acme.user(Role::Owner), acme.user(Role::Member));
    let mut tx = cleo.tx(&app).await;
    sqlx::query("insert into core.user_preferences (user_id, preference_category) values ($1, 'general')")
        .bind(cleo.id)
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();

    assert_eq!(count(acme.tx(Role::Member).await.conn(), "core.user_preferences").await, 1);
    assert_eq!(count(acme.tx(Role::Owner).await.conn(), "core.user_preferences").await, 0);
    let mut job = acme.tx_as(Actor { user: Some(cleo.id), ..Actor::system(Some(acme.id)) }).await;
    assert_eq!(count(job.conn(), "core.user_preferences").await, 1);
    let mut other = ada.tx(&app).await;
    let foreign = format!("insert into core.user_preferences (user_id, preference_category) values ('{}', 'x')", cleo.id);
    assert_eq!(refusal(other.conn(), &foreign).await.as_deref(), DENIED);
}

#[tokio::test]
async fn nobody_reads_password_hashes_or_makes_themselves_admin() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let mut tx = acme.tx(Role::Owner).await;
    assert_eq!(refusal(tx.conn(), "select password_hash from core.users").await.as_deref(), DENIED);
    assert_eq!(refusal(tx.conn(), "update core.users set is_platform_admin = true").await.as_deref(), DENIED);
    assert_eq!(refusal(tx.conn(), "delete from core.users").await.as_deref(), DENIED);
    // One's own profile, and its version, are open.
    let changed = sqlx::query("update core.users set name = 'Ada Lovelace' where id in (select id from core.users)")
        .execute(tx.conn())
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 1, "only one's own row");
    assert!(text(tx.conn(), "select xmin::text from core.users where id = core.actor()").await.is_some());
}

#[tokio::test]
async fn roles_bind_in_the_database_too() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let own = |role: Role| format!("update core.memberships set role = 'owner' where user_id = '{}' returning id", acme.user(role).id);
    let changed = |tx: TenantTx, sql: String| async move {
        let mut tx = tx;
        sqlx::query(AssertSqlSafe(sql)).execute(tx.conn()).await.map(|done| done.rows_affected())
    };
    assert_eq!(changed(acme.tx(Role::Member).await, own(Role::Member)).await.unwrap(), 0);
    let refused = changed(acme.tx(Role::Admin).await, own(Role::Admin)).await.unwrap_err();
    assert_eq!(refused.as_database_error().and_then(|e| e.code()).as_deref(), DENIED);
    assert_eq!(changed(acme.tx(Role::Owner).await, own(Role::Admin)).await.unwrap(), 1);
    let rename = "update core.organizations set name = 'Acme 2'".to_owned();
    assert_eq!(changed(acme.tx(Role::Member).await, rename.clone()).await.unwrap(), 0);
    assert_eq!(changed(acme.tx(Role::Admin).await, rename).await.unwrap(), 1);
}

#[tokio::test]
async fn a10_10_the_database_keeps_the_last_owner_even_against_two_at_once() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let bea = acme.user(Role::Admin).clone();
    let gone = |id: Uuid| format!("delete from core.memberships where user_id = '{id}'");
    let ada = acme.user(Role::Owner).id;
    let step_down = format!("update core.memberships set role = 'member' where user_id = '{ada}'");
    for statement in [gone(ada), step_down] {
        let mut tx = acme.tx(Role::Owner).await;
        let error = sqlx::query(AssertSqlSafe(statement)).execute(tx.conn()).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().constraint(), Some("last_owner"));
    }

    // Two owners who leave at the same moment: the second waits, sees the first gone, and stays.
    db.join(acme.id, &bea, Role::Owner).await;
    let mut first = acme.tx(Role::Owner).await;
    let mut second = acme.tx_as(acme.actor_of(&bea, Role::Owner)).await;
    sqlx::query(AssertSqlSafe(gone(ada))).execute(first.conn()).await.unwrap();
    let statement = gone(bea.id);
    let (left, stayed) = tokio::join!(
        async {
            // The other is waiting by now, or will find the work done: both orders must hold.
            tokio::task::yield_now().await;
            first.commit().await
        },
        sqlx::query(AssertSqlSafe(statement)).execute(second.conn()),
    );
    left.unwrap();
    assert_eq!(stayed.unwrap_err().as_database_error().unwrap().constraint(), Some("last_owner"));
    // An organization that goes as a whole takes its owners with it.
    sqlx::query("delete from core.organizations where id = $1").bind(acme.id).execute(db.admin()).await.unwrap();
}

#[tokio::test]
async fn private_sharing_hides_rows_of_colleagues() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    sqlx::raw_sql(
        "set role app_owner;
         create table core.drafts (id uuid primary key default gen_random_uuid(), organization_id uuid not null default core.tenant(),
           created_by uuid not null default core.actor());
         select core.tenant_table('core.drafts');
         select core.private_table('core.drafts', 'created_by');
         reset role",
    )
    .execute(&mut *db.admin().acquire().await.unwrap())
    .await
    .unwrap();
    for role in [Role::Owner, Role::Member] {
        let mut tx = acme.tx(role).await;
        sqlx::query("insert into core.drafts default values").execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(count(acme.tx(Role::Member).await.conn(), "core.drafts").await, 2, "team is the default");
    sqlx::query("update core.organizations set settings = '{\"sharing\": \"private\"}'").execute(db.admin()).await.unwrap();
    assert_eq!(count(acme.tx(Role::Member).await.conn(), "core.drafts").await, 1);
    assert_eq!(count(acme.tx(Role::Admin).await.conn(), "core.drafts").await, 2);
}

/// A browser that goes elsewhere drops its request wherever it waits, also between `begin` and its answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_given_up_while_it_begins_leaves_no_transaction_to_the_next_one() {
    let db = TestDb::new().await;
    let (acme, app) = (db.org("acme").await, db.app());
    for patience in 0..400 {
        let mut call = Box::pin(TenantTx::read(&app, Actor::member(acme.id, acme.user(Role::Owner).id, Role::Owner)));
        for _ in 0..patience {
            if futures::poll!(call.as_mut()).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    let mut all = Vec::new();
    for _ in 0..app.db.pool().options().get_max_connections() {
        all.push(app.db.pool().acquire().await.unwrap());
    }
    for conn in &mut all {
        // Time stands still inside of a transaction.
        let mut now = async || sqlx::query_scalar::<_, chrono::DateTime<chrono::Utc>>("select now()").fetch_one(&mut **conn).await.unwrap();
        assert_ne!(now().await, now().await, "a connection came back inside of a transaction");
    }
}
