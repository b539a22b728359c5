//! The embedded Postgres on real clusters in throw-away folders: start, join, leave, crash.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kernel::postgres::{EmbeddedPostgres, Options, locate};
use sqlx::{Connection, PgConnection};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("millrace-test-{name}-{}", std::process::id())))
    }

    fn options(&self) -> Options {
        Options {
            folder: self.0.clone(),
            bin: locate(None).expect("run scripts/setup.sh once"),
            port: None,
            durable: true,
            connections: 20,
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn answers(url: &str) -> bool {
    let Ok(mut conn) = PgConnection::connect(url).await else {
        return false;
    };
    sqlx::query_scalar::<_, i32>("select 1").fetch_one(&mut conn).await.is_ok_and(|one| one == 1)
}

fn postmaster(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join("cluster/postmaster.pid")).ok()?;
    text.lines().next().map(str::to_owned)
}

fn kill_hard(pid: &str) {
    assert!(Command::new("kill").args(["-9", pid]).status().unwrap().success());
    while Path::new(&format!("/proc/{pid}/cwd")).exists() && fs::read_link(format!("/proc/{pid}/cwd")).is_ok() {
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn the_second_user_joins_and_the_last_one_out_stops_it() {
    let folder = Folder::new("join");
    let first = EmbeddedPostgres::start(folder.options()).await.unwrap();
    let second = EmbeddedPostgres::start(folder.options()).await.unwrap();
    assert_eq!(first.port(), second.port());
    let url = second.url("postgres");
    first.stop().await.unwrap();
    assert!(answers(&url).await, "the second user still needs it");
    second.stop().await.unwrap();
    assert!(!answers(&url).await);
    assert_eq!(postmaster(&folder.0), None);
}

#[tokio::test]
async fn the_address_and_the_data_stay_between_starts() {
    let folder = Folder::new("stay");
    let first = EmbeddedPostgres::start(folder.options()).await.unwrap();
    let url = first.local_url("postgres");
    let mut conn = PgConnection::connect(&url).await.unwrap();
    sqlx::query("create table kept as select 7 as n").execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    first.stop().await.unwrap();

    let again = EmbeddedPostgres::start(folder.options()).await.unwrap();
    assert_eq!(again.local_url("postgres"), url);
    let mut conn = PgConnection::connect(&url).await.unwrap();
    let n: i32 = sqlx::query_scalar("select n from kept").fetch_one(&mut conn).await.unwrap();
    assert_eq!(n, 7);
    conn.close().await.unwrap();
    again.stop().await.unwrap();
}

#[tokio::test]
async fn what_a_crash_left_behind_is_cleared_away() {
    let folder = Folder::new("crash");
    let crashed = EmbeddedPostgres::start(folder.options()).await.unwrap();
    kill_hard(&postmaster(&folder.0).unwrap());
    // The number of the dead server now belongs to another program: this one.
    let file = folder.0.join("cluster/postmaster.pid");
    let text = fs::read_to_string(&file).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    fs::write(&file, format!("{}\n{rest}", std::process::id())).unwrap();

    let again = EmbeddedPostgres::start(folder.options()).await.unwrap();
    assert!(answers(&again.url("postgres")).await);
    drop(crashed);
    again.stop().await.unwrap();
}

#[tokio::test]
async fn a_half_made_cluster_is_made_anew() {
    let folder = Folder::new("half");
    fs::create_dir_all(folder.0.join("cluster.new/base")).unwrap();
    let started = EmbeddedPostgres::start(folder.options()).await.unwrap();
    assert!(answers(&started.url("postgres")).await);
    started.stop().await.unwrap();
}

#[tokio::test]
async fn the_password_is_needed_and_only_its_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("password");
    let started = EmbeddedPostgres::start(folder.options()).await.unwrap();
    let mode = fs::metadata(folder.0.join("password")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!answers(&format!("postgres://postgres:wrong@127.0.0.1:{}/postgres", started.port())).await);
    started.stop().await.unwrap();
}

#[tokio::test]
async fn a_throw_away_cluster_leaves_nothing() {
    let started = EmbeddedPostgres::throw_away(locate(None).unwrap()).await.unwrap();
    let folder = fs::read_dir(std::env::temp_dir())
        .unwrap()
        .flatten()
        .map(|e| e.path())
        .find(|p| fs::read_to_string(p.join("port")).is_ok_and(|text| text == started.port().to_string()))
        .unwrap();
    assert!(answers(&started.url("postgres")).await);
    started.stop().await.unwrap();
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_folder_that_postgres_cannot_reach_is_named() {
    use std::os::unix::fs::PermissionsExt;
    if !kernel::postgres::is_root() {
        return; // Anyone else runs Postgres as themselves.
    }
    let folder = Folder::new("closed");
    let closed = folder.0.join("closed");
    fs::create_dir_all(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    let options = Options { folder: closed.join("postgres"), ..folder.options() };
    let error = EmbeddedPostgres::start(options).await.unwrap_err();
    assert!(error.0.contains(&format!("chmod o+x {}", closed.display())), "{error}");
}
