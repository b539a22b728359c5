//! The embedded Postgres: one cluster in the data folder, started when the first process needs it and
//! stopped when the last one leaves. Whoever finds it running joins; a crash leaves it running for the next.

mod cluster;
mod locate;
mod user;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::{Config, ConfigError};
pub use locate::locate;
use user::RunAs;
pub use user::is_root;

/// What went wrong with the embedded Postgres, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PostgresError(pub String);

impl From<ConfigError> for PostgresError {
    fn from(error: ConfigError) -> Self {
        Self(error.0)
    }
}

pub(crate) fn io(what: impl std::fmt::Display) -> impl FnOnce(std::io::Error) -> PostgresError {
    move |e| PostgresError(format!("{what}: {e}"))
}

/// How to start a cluster.
#[derive(Clone, Debug)]
pub struct Options {
    /// Holds the cluster, its log and its password.
    pub folder: PathBuf,
    /// Folder of the Postgres programs.
    pub bin: PathBuf,
    /// A fixed port; `None`: the port used last, else any free one.
    pub port: Option<u16>,
    /// Survive a power cut. Off for tests only.
    pub durable: bool,
    /// Connections that the server accepts.
    pub connections: u16,
}

impl Options {
    /// The cluster of this configuration.
    pub fn of(config: &Config) -> Result<Self, PostgresError> {
        Ok(Self {
            folder: config.data.postgres(),
            bin: locate(config.database.bin.as_deref())?,
            port: config.database.port,
            durable: config.database.durable,
            connections: 200,
        })
    }
}

/// A running embedded Postgres that this process uses. Dropping it without [`EmbeddedPostgres::stop`] leaves it running.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    options: Options,
    run_as: RunAs,
    port: u16,
    password: String,
    /// Shared by every process that uses the cluster; who can have it alone was the last.
    in_use: File,
    throw_away: bool,
}

impl EmbeddedPostgres {
    /// Starts the cluster, creating it first if there is none, or joins it where it is running.
    pub async fn start(options: Options) -> Result<Self, PostgresError> {
        let run_as = user::prepare(&options.folder)?;
        user::check_reach(&run_as, &options.bin.join("postgres"), "MILLRACE_CACHE")?;
        user::check_reach(&run_as, &options.folder, "MILLRACE_DATA")?;
        // One process at a time decides whether to start; the lock ends with the process, however it ends.
        let starting = lock_file(&options.folder.join("starting.lock"))?;
        wait_for(&starting).await?;
        let in_use = lock_file(&options.folder.join("in-use.lock"))?;
        in_use.lock_shared().map_err(io("in-use.lock"))?;

        let password = cluster::password(&options.folder)?;
        cluster::create(&options, &run_as, &password).await?;
        let port = match cluster::running(&options.folder)? {
            Some(port) => {
                cluster::wait_ready(&options.folder, None).await?;
                port
            }
            None => bring_up(&options, &run_as).await?,
        };
        Ok(Self { options, run_as, port, password, in_use, throw_away: false })
    }

    /// A cluster in a folder of its own that is deleted on [`EmbeddedPostgres::stop`].
    pub async fn throw_away(bin: PathBuf) -> Result<Self, PostgresError> {
        let name = format!("millrace-pg-{}-{:08x}", std::process::id(), rand::random::<u32>());
        let folder = std::env::temp_dir().join(name);
        let options = Options { folder, bin, port: None, durable: false, connections: 400 };
        let mut started = Self::start(options).await?;
        started.throw_away = true;
        Ok(started)
    }

    /// URL of the superuser on this database, over the loopback.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// The same over the Unix socket where its path is short enough for one: a little faster for each statement.
    pub fn local_url(&self, database: &str) -> String {
        match cluster::socket_folder(&self.options.folder) {
            Some(folder) => format!("{}?host={}", self.url(database), folder.display()),
            None => self.url(database),
        }
    }

    /// Folder of the Postgres programs, for `pg_dump` and `pg_restore`.
    pub fn bin(&self) -> &Path {
        &self.options.bin
    }

    /// Port on the loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Leaves the cluster; the last user of it stops it.
    pub async fn stop(self) -> Result<(), PostgresError> {
        let folder = &self.options.folder;
        let starting = lock_file(&folder.join("starting.lock"))?;
        wait_for(&starting).await?;
        self.in_use.unlock().map_err(io("in-use.lock"))?;
        match self.in_use.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(()),
            Err(TryLockError::Error(e)) => return Err(io("in-use.lock")(e)),
        }
        cluster::halt(&self.options, &self.run_as, if self.throw_away { "immediate" } else { "fast" }).await?;
        if self.throw_away {
            fs::remove_dir_all(folder).map_err(io(folder.display()))?;
        }
        Ok(())
    }
}

fn lock_file(path: &Path) -> Result<File, PostgresError> {
    OpenOptions::new().create(true).write(true).truncate(false).mode(0o600).open(path).map_err(io(path.display()))
}

/// Launches the server. After a crash its old helpers may hold the shared memory for a moment longer.
async fn bring_up(options: &Options, run_as: &RunAs) -> Result<u16, PostgresError> {
    let mut tries = 50;
    loop {
        let port = free_port(options)?;
        let child = cluster::launch(options, run_as, port)?;
        match cluster::wait_ready(&options.folder, Some(child)).await {
            Ok(()) => return Ok(port),
            Err(PostgresError(e)) if tries > 0 && e.contains(cluster::STILL_IN_USE) => {
                tries -= 1;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Err(e) => return Err(e),
        }
    }
}

/// Waits for a lock without holding up the other tasks of this thread.
async fn wait_for(file: &File) -> Result<(), PostgresError> {
    let file = file.try_clone().map_err(io("lock"))?;
    tokio::task::spawn_blocking(move || file.lock()).await.map_err(|e| PostgresError(e.to_string()))?.map_err(io("lock"))
}

/// The fixed port, else the one used last if it is free, else any: addresses stay the same between starts.
fn free_port(options: &Options) -> Result<u16, PostgresError> {
    let free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|l| l.local_addr()).map(|a| a.port());
    let file = options.folder.join("port");
    if let Some(port) = options.port {
        return free(port)
            .map_err(|e| PostgresError(format!("Port {port} for the embedded Postgres (MILLRACE_DATABASE_PORT) cannot be used: {e}")));
    }
    let last = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok());
    let port = match last.map(free) {
        Some(Ok(port)) => port,
        _ => free(0).map_err(io("No free port for the embedded Postgres"))?,
    };
    fs::write(&file, port.to_string()).map_err(io(file.display()))?;
    Ok(port)
}

/// Creates a folder that only its owner may read, but others may pass.
fn create_passable(folder: &Path) -> Result<(), PostgresError> {
    if !folder.is_dir() {
        fs::DirBuilder::new().recursive(true).mode(0o711).create(folder).map_err(io(folder.display()))?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o711)).map_err(io(folder.display()))?;
    }
    Ok(())
}

/// The longest wait for a cluster that recovers from a crash.
const START_LIMIT: Duration = Duration::from_secs(300);
