//! Creating, launching, watching and halting one cluster.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::{OpenOptionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use super::user::RunAs;
use super::{Options, PostgresError, START_LIMIT, io};
use crate::config::write_once;

/// The cluster proper; its folder also holds the log, the port and the password.
fn data(folder: &Path) -> PathBuf {
    folder.join("cluster")
}

/// The superuser's password, generated once; only the present user may read it.
pub(super) fn password(folder: &Path) -> Result<String, PostgresError> {
    let file = folder.join("password");
    if let Ok(text) = fs::read_to_string(&file) {
        return Ok(text.trim().to_owned());
    }
    if data(folder).is_dir() {
        return Err(PostgresError(format!(
            "{} is missing or not readable, but the cluster beside it needs it. Run as the user who created it.",
            file.display()
        )));
    }
    Ok(write_once(&file, &hex::encode(rand::random::<[u8; 24]>()))?)
}

/// Where the Unix socket lies; a longer path than a socket's name may have means none.
pub(super) fn socket_folder(folder: &Path) -> Option<&Path> {
    (folder.as_os_str().len() <= 80).then_some(folder)
}

/// A Postgres program, run as the right user and out of the caller's folder, which that user may not read.
fn program(options: &Options, run_as: &RunAs, name: &str) -> Command {
    let mut command = Command::new(options.bin.join(name));
    command.current_dir("/").stdin(Stdio::null()).env_clear().env("LC_ALL", "C").env("TZ", "UTC");
    if let Some((uid, gid)) = run_as.ids {
        command.uid(uid).gid(gid);
    }
    command
}

/// Creates the cluster unless it exists. A half-made one is never mistaken for a cluster: it gets its name last.
pub(super) async fn create(options: &Options, run_as: &RunAs, password: &str) -> Result<(), PostgresError> {
    let data = data(&options.folder);
    let wanted = major_of_programs(options, run_as).await?;
    if let Ok(version) = fs::read_to_string(data.join("PG_VERSION")) {
        return match version.trim().parse::<u32>() {
            Ok(found) if found == wanted => Ok(()),
            _ => Err(PostgresError(format!(
                "{} was made by Postgres {}, the programs in {} are Postgres {wanted}. Make a backup with the \
                 Millrace that made it (millrace backup), then restore it into an empty data folder.",
                data.display(),
                version.trim(),
                options.bin.display()
            ))),
        };
    }
    let draft = options.folder.join("cluster.new");
    if draft.exists() {
        fs::remove_dir_all(&draft).map_err(io(draft.display()))?;
    }
    let secret = options.folder.join("password.new");
    let mut open = File::options();
    open.write(true).create(true).truncate(true).mode(0o600);
    open.open(&secret).and_then(|mut file| std::io::Write::write_all(&mut file, password.as_bytes())).map_err(io(secret.display()))?;
    if let Some((uid, gid)) = run_as.ids {
        chown(&secret, Some(uid), Some(gid)).map_err(io(secret.display()))?;
    }
    let mut initdb = program(options, run_as, "initdb");
    initdb.arg("-D").arg(&draft).args(["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--no-locale"]);
    initdb.arg(format!("--pwfile={}", secret.display()));
    if wanted >= 17 {
        // Sorted by code point, cased by Unicode, the same on every machine.
        initdb.args(["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]);
    }
    if !options.durable {
        initdb.args(["--no-sync", "--no-data-checksums"]);
    }
    let output = initdb.output().await.map_err(io(format!("{} cannot be started", options.bin.join("initdb").display())));
    let _ = fs::remove_file(&secret);
    let output = output?;
    if !output.status.success() {
        return Err(PostgresError(format!(
            "A new database cluster in {} could not be made:\n{}",
            options.folder.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        )));
    }
    fs::rename(&draft, &data).map_err(io(data.display()))
}

async fn major_of_programs(options: &Options, run_as: &RunAs) -> Result<u32, PostgresError> {
    let path = options.bin.join("postgres");
    let output = program(options, run_as, "postgres")
        .arg("--version")
        .output()
        .await
        .map_err(io(format!("{} cannot be started", path.display())))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split_whitespace().nth(2).and_then(|v| v.split('.').next()).and_then(|v| v.parse().ok()).ok_or_else(|| {
        PostgresError(format!("{} does not answer with its version: {text}{}", path.display(), String::from_utf8_lossy(&output.stderr)))
    })
}

/// Port of the server that runs on this cluster. A `postmaster.pid` left by a crash is removed when its
/// process is gone or is another program that got the same number since.
pub(super) fn running(folder: &Path) -> Result<Option<u16>, PostgresError> {
    let data = data(folder);
    let file = data.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&file) else {
        return Ok(None);
    };
    let mut lines = text.lines();
    let pid: u32 = lines.next().and_then(|line| line.trim().parse().ok()).unwrap_or(0);
    let port = lines.nth(2).and_then(|line| line.trim().parse().ok());
    let here = fs::read_link(format!("/proc/{pid}/cwd")).ok();
    let alive = pid != 0 && here.is_some() && here == data.canonicalize().ok();
    match (alive, port) {
        (true, Some(port)) => Ok(Some(port)),
        (true, None) => Err(PostgresError(format!("{} does not name a port yet; try again.", file.display()))),
        (false, _) => {
            fs::remove_file(&file).map_err(io(file.display()))?;
            Ok(None)
        }
    }
}

/// Starts the server. It outlives this process when that is killed, and does not hear the terminal's Ctrl+C,
/// so that this process can finish its work first.
pub(super) fn launch(options: &Options, run_as: &RunAs, port: u16) -> Result<Child, PostgresError> {
    let mut command = program(options, run_as, "postgres");
    command.arg("-D").arg(data(&options.folder)).args(["-p", &port.to_string()]).process_group(0);
    let sockets = socket_folder(&options.folder).map(|f| f.display().to_string()).unwrap_or_default();
    let mut set = |setting: String| {
        command.arg("-c").arg(setting);
    };
    set(format!("unix_socket_directories={sockets}"));
    set(format!("max_connections={}", options.connections));
    // For one small machine that the web server shares.
    for setting in [
        "listen_addresses=127.0.0.1",
        "shared_buffers=128MB",
        "effective_cache_size=512MB",
        "work_mem=8MB",
        "maintenance_work_mem=128MB",
        "random_page_cost=1.1",
        "jit=off",
        "max_wal_size=2GB",
        "checkpoint_timeout=15min",
        "timezone=UTC",
        "log_timezone=UTC",
        "log_line_prefix=%m [%p] %q%u@%d ",
        "idle_in_transaction_session_timeout=10min",
    ] {
        set(setting.to_owned());
    }
    if !options.durable {
        for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum_naptime=10min"] {
            set(setting.to_owned());
        }
    }
    let log = open_log(&options.folder)?;
    let errors = log.try_clone().map_err(io("log"))?;
    command.stdout(log).stderr(errors).kill_on_drop(false);
    command.spawn().map_err(io(format!("{} cannot be started", options.bin.join("postgres").display())))
}

/// The server's log; past 8 MB the last one is kept beside it.
fn open_log(folder: &Path) -> Result<File, PostgresError> {
    let path = folder.join("log");
    if fs::metadata(&path).is_ok_and(|meta| meta.len() > 8 << 20) {
        fs::rename(&path, folder.join("log.1")).map_err(io(path.display()))?;
    }
    File::options().create(true).append(true).mode(0o600).open(&path).map_err(io(path.display()))
}

/// Waits until the server takes connections; fails with the end of its log when it stops instead.
pub(super) async fn wait_ready(folder: &Path, mut child: Option<Child>) -> Result<(), PostgresError> {
    let file = data(folder).join("postmaster.pid");
    let began = Instant::now();
    let mut told = false;
    loop {
        // Line 8 holds the state that the server itself reports.
        let state = fs::read_to_string(&file).unwrap_or_default();
        if state.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
            return Ok(());
        }
        let ended = match &mut child {
            Some(child) => child.try_wait().map_err(io("postgres"))?.is_some(),
            None => running(folder)?.is_none(),
        };
        if ended || began.elapsed() > START_LIMIT {
            return Err(PostgresError(format!(
                "The embedded Postgres did not start. Its log, {}, ends with:\n{}",
                folder.join("log").display(),
                tail(&folder.join("log"))
            )));
        }
        if !told && began.elapsed() > Duration::from_secs(5) {
            told = true;
            tracing::info!("the database is recovering from an unclean stop; waiting for it");
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What the log then says; its language is C.
pub(super) const STILL_IN_USE: &str = "pre-existing shared memory block";

fn tail(path: &Path) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(2_000)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().unwrap_or_else(|e| e.to_string())
}

/// Stops the server. `fast` rolls back what is open and writes down what is committed; `immediate` does neither.
pub(super) async fn halt(options: &Options, run_as: &RunAs, mode: &str) -> Result<(), PostgresError> {
    if running(&options.folder)?.is_none() {
        return Ok(());
    }
    let output = program(options, run_as, "pg_ctl")
        .args(["stop", "-m", mode, "-w", "-t", "60", "-D"])
        .arg(data(&options.folder))
        .output()
        .await
        .map_err(io("pg_ctl"))?;
    if output.status.success() || running(&options.folder)?.is_none() {
        return Ok(());
    }
    Err(PostgresError(format!(
        "The embedded Postgres did not stop: {}{}",
        String::from_utf8_lossy(&output.stdout).trim(),
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}
