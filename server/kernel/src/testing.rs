//! One throw-away database per test, as the application sees it: roles, row security, a standing clock.
//!
//! `MILLRACE_TEST_DATABASE_URL` names a Postgres for tests and its superuser. Each test copies a template that
//! was migrated once. The roles and their test password belong to the whole cluster: use none that serves people.
mod people;
mod template;

use crate::{
    app::{App, Parts},
    clock::Clock,
    config::Config,
    db::{Db, DbUrls},
    files::Files,
    keys::KeyRing,
    live::LiveHub,
    outbound::Outbound,
    providers::Providers,
};
use sqlx::{PgPool, postgres::PgPoolOptions};
use std::path::{Path, PathBuf};

pub use people::{Org, Person, request};

/// A database of one test with an application on it; both go when this is dropped.
pub struct TestDb {
    app: App,
    admin: PgPool,
    // Fields drop in this order: the folder and the database last.
    _folder: Folder,
    _database: template::Database,
}

impl TestDb {
    /// A fresh, migrated, empty database.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The same with a configuration that differs from that of other tests.
    pub async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        let database = template::Database::create().await;
        let folder = Folder::new(database.name());
        let mut config = Config::for_tests(&folder.0).expect("test configuration");
        // Doubles of external services listen on this machine.
        config.outbound.allow_private = ["localhost", "127.0.0.0/8", "::1"].map(String::from).to_vec();
        config.worker.concurrency = 2;
        configure(&mut config);
        let app = start(config, database.urls(), Clock::fixed()).await;
        let admin = PgPoolOptions::new().max_connections(2).connect_lazy(&database.urls().owner).expect("a database URL");
        Self { app, admin, _folder: folder, _database: database }
    }

    /// The application: pools of `app_user` and `app_admin`, a clock that stands, throw-away keys and files, outgoing
    /// calls to this machine only, a live hub that does not listen yet (`listen`).
    pub fn app(&self) -> App {
        self.app.clone()
    }

    /// A second process on the same database, files, keys and clock.
    pub async fn another_app(&self) -> App {
        start(self.app.config.clone(), &self.app.db.urls, self.app.clock.clone()).await
    }

    /// The superuser, whom row security does not bind: to arrange and to assert.
    pub fn admin(&self) -> &PgPool {
        &self.admin
    }

    /// The URLs of this database by role.
    pub fn urls(&self) -> &DbUrls {
        self._database.urls()
    }

    /// Lets the live hub of an application hear this database, and waits until it does.
    pub async fn listen(&self, app: &App) -> tokio_util::sync::DropGuard {
        let stop = tokio_util::sync::CancellationToken::new();
        // Ends with the guard; the test's runtime ends it in any case.
        drop(app.live.listen(&self.urls().app, stop.clone()));
        app.live.listening().await;
        stop.drop_guard()
    }
}

async fn start(config: Config, urls: &DbUrls, clock: Clock) -> App {
    let ring = config.secrets.ring.as_ref().map(|ring| ring.expose().to_owned()).unwrap_or_default();
    App::new(Parts {
        db: Db::connect(urls.clone(), 5).await.expect("the roles of the application can connect"),
        clock,
        keys: KeyRing::parse(&ring).expect("test keys"),
        pepper: config.pepper().expect("a test pepper"),
        files: Files::open(&config.files).expect("a folder for files"),
        outbound: Outbound::new(&config.outbound).expect("a client for outgoing calls"),
        live: LiveHub::new(),
        providers: Providers::default(),
        config,
    })
}

/// The data folder of one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path: &Path = &std::env::temp_dir().join(name);
        std::fs::create_dir_all(path).expect("a temporary folder");
        Self(path.to_owned())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left behind at worst: it lies in the temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
