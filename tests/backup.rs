//! Backup and restore through the executable, on real clusters in throw-away folders.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use kernel::files::Files;
use kernel::postgres::{EmbeddedPostgres, Options, locate};
use serde_json::Value;
use sqlx::{Connection, Executor, PgConnection};

/// A folder for one test; it and what is in it go when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("millrace-backup-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        // Postgres may run as another user, who passes through here.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o711)).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs the executable on an installation of its own.
fn millrace(data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_millrace"))
        .args(args)
        .env("MILLRACE_DATA", data)
        .env("MILLRACE_DATABASE_DURABLE", "false")
        .env_remove("DATABASE_URL")
        .env_remove("MILLRACE_CONFIG")
        .output()
        .unwrap()
}

fn ok(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    out.into_owned()
}

fn refused(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn postgres(data: &Path) -> EmbeddedPostgres {
    let options = Options {
        folder: data.join("postgres"),
        bin: locate(None).expect("run scripts/setup.sh once"),
        port: None,
        durable: false,
        connections: 200,
    };
    EmbeddedPostgres::start(options).await.unwrap()
}

/// An installation with a few rows in several tables and a few files, one of them large.
async fn filled(data: &Path) {
    ok(&millrace(data, &["migrate"]));
    let server = postgres(data).await;
    let mut conn = PgConnection::connect(&server.local_url("millrace")).await.unwrap();
    conn.execute(
        "insert into core.users (email, name, email_verified)
           select 'person' || n || '@acme.test', 'Person ' || n || E' \\\\ \"quoted\"\\nnext line ü 漢', true from generate_series(1, 500) n;
         insert into core.organizations (slug, name) values ('acme', 'Acme'), ('globex', 'Globex');
         insert into core.memberships (org_id, user_id, role)
           select o.id, u.id, 'owner' from core.organizations o join core.users u on u.email = 'person1@acme.test'",
    )
    .await
    .unwrap();
    conn.close().await.unwrap();
    server.stop().await.unwrap();
    let files = Files::folder(&data.join("files")).unwrap();
    files.put("small").await.unwrap();
    files.put("").await.unwrap();
    files.put((0..20_000_000u32).map(|n| (n % 251) as u8).collect::<Vec<_>>()).await.unwrap();
}

fn manifest(archive: &Path) -> Value {
    let decoder = zstd::Decoder::new(File::open(archive).unwrap()).unwrap();
    let mut archive = tar::Archive::new(decoder);
    let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
    let mut text = String::new();
    entry.read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn sorted_files(manifest: &Value) -> Vec<String> {
    let mut files: Vec<_> = manifest["files"].as_array().unwrap().iter().map(Value::to_string).collect();
    files.sort();
    files
}

#[tokio::test]
async fn what_is_restored_has_the_same_counts_and_hashes() {
    let folder = Folder::new("same");
    let (old, new) = (folder.path("old"), folder.path("new"));
    filled(&old).await;
    let first = folder.path("first.tar.zst");
    let told = ok(&millrace(&old, &["backup", first.to_str().unwrap(), "--with-keys"]));
    assert!(told.contains("3 files"), "{told}");
    assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);

    ok(&millrace(&new, &["restore", first.to_str().unwrap()]));
    let second = folder.path("second.tar.zst");
    ok(&millrace(&new, &["backup", second.to_str().unwrap()]));
    let (first, second) = (manifest(&first), manifest(&second));
    assert_eq!(first["tables"]["core.users"]["rows"], 500);
    assert_eq!(first["tables"], second["tables"]);
    assert_eq!(sorted_files(&first), sorted_files(&second));
    assert_eq!(first["key_ids"], second["key_ids"], "the keys came along");
    for name in ["keys", "pepper"] {
        assert_eq!(fs::read(old.join(name)).unwrap(), fs::read(new.join(name)).unwrap());
    }
    // The restored installation works: its roles, their passwords and the schema are in order.
    assert!(ok(&millrace(&new, &["doctor"])).contains("The database has the present schema."));
}

#[tokio::test]
async fn only_an_empty_installation_is_restored_into() {
    let folder = Folder::new("empty");
    let data = folder.path("data");
    filled(&data).await;
    let archive = folder.path("archive.tar.zst");
    let told = ok(&millrace(&data, &["backup", archive.to_str().unwrap()]));
    assert!(told.contains("The keys are not in it."), "{told}");
    let said = refused(&millrace(&data, &["restore", archive.to_str().unwrap()]));
    assert!(said.contains("not empty"), "{said}");
    let said = refused(&millrace(&data, &["backup", archive.to_str().unwrap()]));
    assert!(said.contains("exists already"), "{said}");
}

#[tokio::test]
async fn a_damaged_archive_is_refused() {
    let folder = Folder::new("damaged");
    let data = folder.path("data");
    filled(&data).await;
    let archive = folder.path("archive.tar.zst");
    ok(&millrace(&data, &["backup", archive.to_str().unwrap()]));
    let mut bytes = fs::read(&archive).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&archive, bytes).unwrap();
    refused(&millrace(&folder.path("new"), &["restore", archive.to_str().unwrap()]));

    let other = folder.path("other.txt");
    fs::write(&other, "not an archive").unwrap();
    let said = refused(&millrace(&folder.path("other"), &["restore", other.to_str().unwrap()]));
    assert!(said.contains("is not an archive of Millrace"), "{said}");
}
