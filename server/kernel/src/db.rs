//! Connections and the tenant transaction: the only door to the tables of organizations and people.
use crate::{
    access::{Actor, ActorKind, Perm},
    app::App,
    audit::{self, Audit},
    fault::Fault,
};
use chrono::{DateTime, Utc};
use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, time::Duration};
use uuid::Uuid;

/// Three ways into one database, by role (chapter 10, section 3).
#[derive(Clone)]
pub struct DbUrls {
    /// The administrator: migrations only.
    pub owner: String,
    /// `app_user`: web and workers.
    pub app: String,
    /// `app_admin`: the pages of the platform admin.
    pub admin: String,
}

impl DbUrls {
    /// The URLs of `app_user` and `app_admin` beside an administrator's URL. Passwords are set by `migrate`.
    pub fn beside(owner: &str, app_password: Option<&str>, admin_password: Option<&str>) -> Result<Self, Fault> {
        let with = |user: &str, password: Option<&str>| -> Result<String, Fault> {
            let mut url = url::Url::parse(owner).map_err(|e| Fault::field("DATABASE_URL", format!("is not a URL: {e}")))?;
            let bad = |()| Fault::field("DATABASE_URL", "cannot carry a user");
            url.set_username(user).map_err(bad)?;
            url.set_password(password).map_err(bad)?;
            Ok(url.to_string())
        };
        Ok(Self { owner: owner.to_owned(), app: with("app_user", app_password)?, admin: with("app_admin", admin_password)? })
    }
}

/// The pools of a process.
#[derive(Clone)]
pub struct Db {
    pub(crate) app: PgPool,
    pub(crate) admin: PgPool,
    pub urls: DbUrls,
}

impl Db {
    /// Opens the pools and refuses roles that row security does not bind.
    pub async fn connect(urls: DbUrls, max_connections: u32) -> Result<Self, Fault> {
        let app = pool(&urls.app, max_connections, 1).await?;
        let admin = pool(&urls.admin, 2, 0).await?;
        let unbound: bool =
            sqlx::query_scalar("select rolsuper or rolbypassrls from pg_roles where rolname = current_user").fetch_one(&app).await?;
        if unbound {
            return Err(Fault::new(
                crate::Code::Unavailable,
                "The database role of the application is a superuser or bypasses row security. Use app_user.",
            ));
        }
        Ok(Self { app, admin, urls })
    }

    /// The pool of `app_user`, for what belongs to no tenant: definer functions, limits, job claims.
    pub fn pool(&self) -> &PgPool {
        &self.app
    }

    /// The pool of `app_admin`, for the pages of the platform admin.
    pub fn admin_pool(&self) -> &PgPool {
        &self.admin
    }

    /// A transaction as `app_admin`.
    pub async fn begin_admin(&self) -> Result<Transaction<'static, Postgres>, Fault> {
        begin_whole(&self.admin, "begin".to_owned()).await
    }

    /// A transaction of `app_user` that belongs to no tenant.
    pub async fn begin_server(&self) -> Result<Transaction<'static, Postgres>, Fault> {
        begin_whole(&self.app, "begin".to_owned()).await
    }

    pub async fn close(&self) {
        self.app.close().await;
        self.admin.close().await;
    }
}

async fn pool(url: &str, max: u32, min: u32) -> Result<PgPool, Fault> {
    let options = PgConnectOptions::from_str(url)?.application_name("millrace").statement_cache_capacity(512);
    Ok(PgPoolOptions::new()
        .max_connections(max)
        .min_connections(min)
        .acquire_timeout(Duration::from_secs(5))
        .idle_timeout(Duration::from_secs(300))
        // A ping before each use would cost a round trip on every page; a broken connection fails its
        // one statement and leaves the pool.
        .test_before_acquire(false)
        .connect_with(options)
        .await?)
}

/// Begins a transaction where nothing can interrupt it.
///
/// A request whose browser went elsewhere is dropped wherever it waits. Dropped between sending `begin` and hearing of it,
/// sqlx (0.9) returns the connection as if nothing had begun, and whoever gets it next works inside of a transaction that
/// nobody ends. A task of its own hears the end; what nobody takes from it rolls back.
async fn begin_whole(pool: &PgPool, statement: String) -> Result<Transaction<'static, Postgres>, Fault> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(AssertSqlSafe(statement)).await });
    Ok(begun.await.map_err(|_| Fault::internal())??)
}

/// A transaction in one organization (or of one person), bound by forced row security.
pub struct TenantTx {
    tx: Transaction<'static, Postgres>,
    app: App,
    actor: Actor,
}

impl TenantTx {
    /// Begins and sets tenant, person and role for the transaction alone, in one round trip.
    pub async fn begin(app: &App, actor: Actor) -> Result<Self, Fault> {
        Self::open(app, actor, "begin").await
    }

    /// Does work in one transaction: committed when it succeeds, else rolled back, and a refusal is audited all the same
    /// (chapter 10, section 8).
    pub async fn write<T>(app: &App, actor: Actor, work: impl AsyncFnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut tx = Self::begin(app, actor.clone()).await?;
        let done = work(&mut tx).await;
        match &done {
            Ok(_) => tx.commit().await?,
            Err(_) => drop(tx),
        }
        audit::outcome(app, &actor, done).await
    }

    /// The same for work that only reads; dropping it costs no round trip.
    pub async fn read(app: &App, actor: Actor) -> Result<Self, Fault> {
        Self::open(app, actor, "begin read only").await
    }

    async fn open(app: &App, actor: Actor, begin: &'static str) -> Result<Self, Fault> {
        crate::telemetry::works_for(actor.org);
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let role = match (actor.kind, actor.role) {
            (ActorKind::System, _) => "system",
            // A key acts for the organization: row rules that ask for a role see an admin.
            (ActorKind::ApiKey, _) => "admin",
            (_, Some(role)) => role.as_str(),
            _ => "",
        };
        // Only UUIDs and the words above are put into this statement. (CURRENT_ROLE is a word of SQL, hence the quotes.)
        let statement = format!(
            "{begin}; set local app.current_tenant_id = '{}'; set local app.current_user_id = '{}'; set local app.\"current_role\" = '{role}'",
            id(actor.org),
            id(actor.user),
        );
        let tx = begin_whole(&app.db.app, statement).await?;
        Ok(Self { tx, app: app.clone(), actor })
    }

    /// The connection, for statements.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    pub fn app(&self) -> &App {
        &self.app
    }

    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// 403 naming the permission unless the actor holds it.
    pub fn require(&self, perm: Perm) -> Result<(), Fault> {
        self.actor.require(perm)
    }

    /// 403 `reauth_required` unless the person proved who they are within 10 minutes.
    pub fn require_reauth(&self) -> Result<(), Fault> {
        self.actor.require_reauth(self.now())
    }

    /// Writes one line of the audit log; it commits or fails with the work.
    pub async fn audit(&mut self, entry: Audit) -> Result<(), Fault> {
        entry.write(&mut self.tx, &self.actor).await
    }

    pub async fn commit(self) -> Result<(), Fault> {
        Ok(self.tx.commit().await?)
    }

    pub async fn rollback(self) -> Result<(), Fault> {
        Ok(self.tx.rollback().await?)
    }
}
