//! A Postgres that somebody else runs: what it lacks is said before anything is changed, and what it needs is no superuser.
use kernel::{db::DbUrls, migrate, testing::TestDb};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};

struct Foreign {
    admin: PgPool,
    name: String,
    url: String,
}

impl Foreign {
    /// A database that belongs to a user who may log in and nothing else.
    async fn new(db: &TestDb) -> Self {
        let name = format!("foreign_{}", uuid::Uuid::new_v4().simple());
        let mut url = url::Url::parse(&db.urls().owner).unwrap();
        url.set_username(&name).unwrap();
        url.set_password(Some("secret")).unwrap();
        url.set_path(&name);
        let foreign = Self { admin: db.admin().clone(), name, url: url.to_string() };
        foreign.sql("create role {} login password 'secret'").await;
        foreign.sql("create database {} owner {}").await;
        foreign
    }

    async fn sql(&self, sql: &str) {
        self.admin.execute(AssertSqlSafe(sql.replace("{}", &self.name))).await.unwrap();
    }

    /// As the administrator inside of that database.
    async fn inside(&self, db: &TestDb, sql: &str) {
        let mut url = url::Url::parse(&db.urls().owner).unwrap();
        url.set_path(&self.name);
        let mut conn = PgConnection::connect(url.as_str()).await.unwrap();
        conn.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
        conn.close().await.unwrap();
    }

    async fn lacks(&self) -> String {
        migrate::missing(&self.url).await.unwrap().join("\n")
    }
}

#[tokio::test]
async fn a_database_says_what_it_lacks_until_it_can_be_migrated_without_a_superuser() {
    // Its cluster has the roles of other installations: this one.
    let db = TestDb::new().await;
    let foreign = Foreign::new(&db).await;
    let lacks = foreign.lacks().await;
    assert!(lacks.contains("create extension vector") && lacks.contains(&format!("alter role {} createrole", foreign.name)), "{lacks}");

    foreign.inside(&db, "create extension vector schema public").await;
    foreign.sql("alter role {} createrole").await;
    let lacks = foreign.lacks().await;
    let grant = format!("grant app_admin, app_definer, app_owner, app_user to {} with admin option", foreign.name);
    assert!(lacks.contains(&grant) && lacks.lines().count() == 1, "{lacks}");

    foreign.sql("grant app_admin, app_definer, app_owner, app_user to {} with admin option").await;
    assert_eq!(foreign.lacks().await, "");
    migrate::run(&DbUrls::beside(&foreign.url, None, None).unwrap()).await.unwrap();
    let mut conn = PgConnection::connect(&foreign.url).await.unwrap();
    let tables: i64 = sqlx::query_scalar("select count(*) from pg_tables where schemaname = 'core'").fetch_one(&mut conn).await.unwrap();
    assert!(tables > 20, "{tables} tables");
    conn.close().await.unwrap();
    foreign.sql("drop database {} with (force)").await;
    // The right that its migration gave in its own name.
    foreign.sql("revoke app_definer from app_owner granted by {}").await;
    foreign.sql("drop role {}").await;
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named_by_the_databases_own_words() {
    let db = TestDb::new().await;
    let mut url = url::Url::parse(&db.urls().owner).unwrap();
    url.set_path("nowhere_at_all");
    let error = migrate::missing(url.as_str()).await.unwrap_err();
    assert!(error.to_string().contains("\"nowhere_at_all\" does not exist"), "{error}");
}
