//! The migrated template and the copies of it. Names carry what is needed to clean up after runs that were killed.
use crate::{db::DbUrls, migrate};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::OnceCell;

const VARIABLE: &str = "MILLRACE_TEST_DATABASE_URL";
/// Of `app_user` and `app_admin` in a cluster for tests.
const PASSWORD: &str = "millracetest";
/// Copies and foreign templates older than this have lost their run.
const STALE_SECONDS: u64 = 30 * 60;

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A copy of the template, dropped with this value.
pub struct Database {
    name: String,
    urls: DbUrls,
}

impl Database {
    /// Copies the template, which the first caller of a process makes sure of.
    pub async fn create() -> Self {
        let template = TEMPLATE.get_or_init(ensure_template).await;
        let name = format!("millrace_test_{}_{:08x}", now(), rand::random::<u32>());
        let mut conn = administrator().await;
        // Writing the copy through the buffers beats copying files, which waits for two checkpoints.
        run(&mut conn, format!("create database {name} template {template} strategy wal_log")).await.expect("the template can be copied");
        conn.close().await.ok();
        let urls = urls(&name);
        Self { name, urls }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn urls(&self) -> &DbUrls {
        &self.urls
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = self.name.clone();
        // The test's own runtime may be ending. What is not dropped here, a later run drops.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(drop_database(&name))).is_ok_and(|dropped| dropped.is_ok())
        })
        .join();
        if !dropped.unwrap_or(false) {
            eprintln!("the test database {} stays behind until a later run", self.name);
        }
    }
}

async fn drop_database(name: &str) -> Result<(), sqlx::Error> {
    let mut conn = administrator().await;
    // Whoever finds a connection left waits 100 ms before looking again (`with (force)` too), so this looks itself.
    for _ in 0..50 {
        let left: i64 = sqlx::query_scalar(
            "select count(*) from (select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 offset 0) t",
        )
        .bind(name)
        .fetch_one(&mut conn)
        .await?;
        if left == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    run(&mut conn, format!("drop database if exists {name} with (force)")).await
}

/// The superuser's URL, or a sentence that says what to do.
fn server() -> String {
    std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!("Set {VARIABLE} to the superuser's URL of a Postgres for tests, such as postgres://postgres@127.0.0.1:5432/postgres, or run ./test.")
    })
}

fn urls(database: &str) -> DbUrls {
    let mut url = url::Url::parse(&server()).unwrap_or_else(|e| panic!("{VARIABLE} is not a URL: {e}"));
    url.set_path(database);
    DbUrls::beside(url.as_str(), Some(PASSWORD), Some(PASSWORD)).expect("a URL that carries a user")
}

async fn administrator() -> PgConnection {
    PgConnection::connect(&server()).await.unwrap_or_else(|e| panic!("The Postgres of {VARIABLE} does not answer: {e}"))
}

async fn run(conn: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    // Names of databases take no parameters; ours are made of letters, digits and underscores.
    conn.execute(AssertSqlSafe(statement)).await.map(drop)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default()
}

/// Whatever goes into a migrated database.
fn fingerprint() -> String {
    let mut hash = Sha256::new();
    hash.update(include_str!("../../sql/roles.sql"));
    hash.update(include_str!("../migrate.rs"));
    hash.update(include_str!("../jobs.rs"));
    hash.update(include_str!("../../../../Cargo.lock")); // brings the schema of the job queue
    for migration in migrate::MIGRATIONS.iter() {
        hash.update(migration.version.to_be_bytes());
        hash.update(&migration.checksum);
    }
    hex::encode(hash.finalize())[..16].to_owned()
}

/// Migrates the template unless it is there, one process of the cluster at a time, and drops what earlier runs left.
async fn ensure_template() -> String {
    let name = format!("millrace_template_{}", fingerprint());
    let mut conn = administrator().await;
    // Advisory locks belong to a database, and every run meets in this one.
    conn.execute("select pg_advisory_lock(hashtext('millrace.test.template'))").await.expect("a lock");
    let ready: Option<bool> = sqlx::query_scalar("select not datallowconn from pg_database where datname = $1")
        .bind(&name)
        .fetch_optional(&mut conn)
        .await
        .expect("the list of databases");
    if ready != Some(true) {
        // There, but open to connections: its run was killed before it was whole.
        run(&mut conn, format!("drop database if exists {name} with (force)")).await.expect("a broken template can be dropped");
        run(&mut conn, format!("create database {name}")).await.expect("the superuser can create databases");
        migrate::run(&urls(&name)).await.expect("the migrations run on an empty database");
        run(&mut conn, format!("comment on database {name} is '{}'", now())).await.expect("a comment");
        run(&mut conn, format!("alter database {name} with allow_connections false")).await.expect("a closed template");
    }
    drop_stale(&mut conn, &name).await;
    // The lock ends with the connection.
    conn.close().await.ok();
    name
}

async fn drop_stale(conn: &mut PgConnection, current: &str) {
    let found: Vec<(String, Option<String>)> = sqlx::query_as(
        "select datname::text, shobj_description(oid, 'pg_database') from pg_database d
         where (datname ~ '^millrace_template_' and datname <> $1 and not datallowconn or datname ~ '^millrace_test_[0-9]+_')
           and not exists (select from pg_stat_activity a where a.datid = d.oid)",
    )
    .bind(current)
    .fetch_all(&mut *conn)
    .await
    .unwrap_or_default();
    for (name, comment) in found {
        let made = comment.as_deref().or_else(|| name.split('_').nth(2)).and_then(|seconds| seconds.parse::<u64>().ok());
        if made.is_some_and(|made| made + STALE_SECONDS < now()) {
            // Another run may have dropped it, or may be using it after all.
            let _ = run(conn, format!("drop database if exists {name}")).await;
        }
    }
}
