//! What every command that works on the installation needs: a database that is there, and the application on it.

use std::sync::Arc;

use kernel::app::{App, Parts};
use kernel::clock::Clock;
use kernel::config::Config;
use kernel::db::{Db, DbUrls};
use kernel::files::Files;
use kernel::jobs::JobRegistry;
use kernel::keys::KeyRing;
use kernel::live::LiveHub;
use kernel::migrate;
use kernel::outbound::Outbound;
use kernel::postgres::{EmbeddedPostgres, Options};
use sqlx::{Connection, Executor, PgConnection};

use super::failure::Failure;

/// Name of the database inside the embedded Postgres.
const DATABASE: &str = "millrace";

/// The database of an installation: the embedded Postgres, started where needed, or the one of `DATABASE_URL`.
pub struct Database {
    pub urls: DbUrls,
    embedded: Option<EmbeddedPostgres>,
}

impl Database {
    /// Creates keys and folders where none are, and makes sure that a fit Postgres answers. Nothing is migrated.
    pub async fn open(config: &mut Config) -> Result<Self, Failure> {
        config.prepare()?;
        let (owner, embedded) = match &config.database.url {
            Some(url) => {
                check_fitness(url.expose()).await?;
                (url.expose().to_owned(), None)
            }
            None => {
                let postgres = EmbeddedPostgres::start(Options::of(config)?).await?;
                (postgres.local_url(DATABASE), Some(postgres))
            }
        };
        let database = Self { urls: urls(config, &owner)?, embedded };
        if let Some(postgres) = &database.embedded
            && let Err(failure) = ensure_database(&postgres.local_url("postgres")).await
        {
            database.close().await?;
            return Err(failure);
        }
        Ok(database)
    }

    /// Leaves the embedded Postgres; the last process to leave stops it.
    pub async fn close(self) -> Result<(), Failure> {
        if let Some(postgres) = self.embedded {
            postgres.stop().await?;
        }
        Ok(())
    }
}

/// The three roles' URLs beside the administrator's, with the passwords of this installation.
fn urls(config: &Config, owner: &str) -> Result<DbUrls, Failure> {
    let (user, admin) = (config.role_password("app_user")?, config.role_password("app_admin")?);
    Ok(DbUrls::beside(owner, Some(&user), Some(&admin))?)
}

async fn check_fitness(url: &str) -> Result<(), Failure> {
    let lacks = migrate::missing(url).await.map_err(|error| {
        let place = url::Url::parse(url).map_or_else(
            |_| "the database".to_owned(),
            |u| format!("{}:{}{}", u.host_str().unwrap_or("localhost"), u.port().unwrap_or(5432), u.path()),
        );
        Failure::new(format!(
            "DATABASE_URL names {place}, which cannot be used: {}. Without DATABASE_URL the embedded Postgres is used.",
            error.as_database_error().map_or_else(|| error.to_string(), |e| e.message().to_owned())
        ))
    })?;
    if lacks.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "The Postgres of DATABASE_URL lacks:\n  - {}\nWithout DATABASE_URL the embedded Postgres is used, which has all of it.",
        lacks.join("\n  - ")
    )))
}

async fn ensure_database(maintenance_url: &str) -> Result<(), Failure> {
    let mut conn = PgConnection::connect(maintenance_url).await?;
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = 'millrace')").fetch_one(&mut conn).await?;
    if !exists {
        // Another process may have been faster.
        if let Err(error) = conn.execute("create database millrace").await
            && error.as_database_error().and_then(|e| e.code()).as_deref() != Some("42P04")
        {
            return Err(error.into());
        }
    }
    conn.close().await?;
    Ok(())
}

/// The application of this process on its migrated database.
pub struct Process {
    pub app: App,
    database: Database,
}

impl Process {
    /// Opens the database, migrates it and connects. A failure leaves nothing running that was not before.
    pub async fn start(mut config: Config) -> Result<Self, Failure> {
        let database = Database::open(&mut config).await?;
        match Self::connect(config, &database.urls).await {
            Ok(app) => Ok(Self { app, database }),
            Err(failure) => {
                database.close().await?;
                Err(failure)
            }
        }
    }

    async fn connect(config: Config, urls: &DbUrls) -> Result<App, Failure> {
        migrate::run(urls).await?;
        app(config, urls).await
    }

    /// Closes the connections and leaves the database.
    pub async fn stop(self) -> Result<(), Failure> {
        self.app.db.close().await;
        self.database.close().await
    }
}

/// The parts of a process on a database that is migrated.
pub async fn app(config: Config, urls: &DbUrls) -> Result<App, Failure> {
    let ring = config.secrets.ring.as_ref().map(|ring| ring.expose()).unwrap_or_default();
    Ok(App::new(Parts {
        db: Db::connect(urls.clone(), config.database.pool).await?,
        clock: Clock::System,
        keys: KeyRing::parse(ring)?,
        pepper: config.pepper()?,
        files: Files::open(&config.files)?,
        outbound: Outbound::new(&config.outbound)?,
        live: LiveHub::new(),
        providers: millrace::parts::providers(),
        config,
    }))
}

/// The jobs of every area, and their schedules written to the database.
pub async fn jobs(app: &App) -> Result<Arc<JobRegistry>, Failure> {
    kernel::cron::ensure(app, &millrace::parts::schedules()).await?;
    Ok(Arc::new(millrace::parts::jobs()))
}
