//! Writing an archive while the installation may be running.

use std::path::{Path, PathBuf};

use futures::TryStreamExt;
use kernel::config::Config;
use kernel::files::{FileRef, Files};
use kernel::keys::KeyRing;
use sqlx::{Connection, Executor, PgConnection};
use tokio::runtime::Handle;
use tokio_util::io::{StreamReader, SyncIoBridge};

use super::{DUMP, FILES, FORMAT, KEYS, Keys, MANIFEST, Manifest, archive, tables, tools};
use crate::cli::failure::Failure;
use crate::cli::process::Database;

/// Writes the archive and tells what is in it.
pub async fn write(mut config: Config, path: &Path, with_keys: bool) -> Result<(), Failure> {
    let writer = archive::Writer::create(path)?;
    let database = Database::open(&mut config).await?;
    let work = WorkFolder::create(&config)?;
    let written = gather(&config, &database.urls.owner, &work, with_keys, writer).await;
    database.close().await?;
    let manifest = written?;
    let rows: i64 = manifest.tables.values().map(|t| t.rows).sum();
    println!("{}: {} tables, {rows} rows, {} files.", path.display(), manifest.tables.len(), manifest.files.len());
    if !with_keys {
        println!(
            "The keys are not in it. Keep {0}/keys and {0}/pepper apart: sealed secrets and API keys need them.",
            config.data.dir.display()
        );
    }
    Ok(())
}

async fn gather(config: &Config, owner: &str, work: &WorkFolder, with_keys: bool, writer: archive::Writer) -> Result<Manifest, Failure> {
    let mut conn = PgConnection::connect(owner).await?;
    // Counts and dump see the same moment, however much is written meanwhile.
    conn.execute("begin isolation level repeatable read read only").await?;
    let snapshot: String = sqlx::query_scalar("select pg_export_snapshot()").fetch_one(&mut conn).await?;
    let begun: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(&mut conn).await?;
    if !begun {
        return Err(Failure::new("There is nothing to back up: this installation was never started."));
    }
    let migrations = sqlx::query_scalar("select version from _sqlx_migrations where success order by version").fetch_all(&mut conn).await?;
    let dump = work.0.join(DUMP);
    let mut command = tools::program(config, "pg_dump", owner)?;
    command.args(["--format=custom", "--compress=none", "--no-unlogged-table-data", "--snapshot", &snapshot, "--file"]).arg(&dump);
    tools::run(command, "pg_dump").await?;
    let tables = tables::contents(&mut conn).await?;
    conn.close().await?;

    let ring = config.secrets.ring.as_ref().map(|r| r.expose()).unwrap_or_default();
    let files = Files::open(&config.files)?;
    let manifest = Manifest {
        format: FORMAT,
        millrace: env!("CARGO_PKG_VERSION").to_owned(),
        created_at: chrono::Utc::now(),
        migrations,
        key_ids: KeyRing::parse(ring)?.ids().map(str::to_owned).collect(),
        tables,
        files: files.list().try_collect::<Vec<FileRef>>().await?,
        dump: archive::measure(&dump).map_err(Failure::while_doing(dump.display()))?,
        with_keys,
    };
    let keys = with_keys
        .then(|| Keys { ring: ring.to_owned(), pepper: config.secrets.pepper.as_ref().map(|p| p.expose()).unwrap_or_default().to_owned() });
    let here = Handle::current();
    tokio::task::spawn_blocking(move || pack(writer, manifest, keys, &dump, &files, &here))
        .await
        .map_err(Failure::while_doing("The archive"))?
}

fn pack(
    mut writer: archive::Writer,
    manifest: Manifest,
    keys: Option<Keys>,
    dump: &Path,
    files: &Files,
    runtime: &Handle,
) -> Result<Manifest, Failure> {
    writer.json(MANIFEST, &manifest)?;
    if let Some(keys) = keys {
        writer.json(KEYS, &keys)?;
    }
    let bytes = std::fs::File::open(dump).map_err(Failure::while_doing(dump.display()))?;
    writer.checked(DUMP, &manifest.dump, bytes)?;
    for file in &manifest.files {
        let (_, stream) = runtime.block_on(files.read(&file.sha256))?;
        let stream = stream.map_err(|fault| std::io::Error::other(fault.message));
        let bytes = SyncIoBridge::new_with_handle(StreamReader::new(stream), runtime.clone());
        writer.checked(&format!("{FILES}{}", file.sha256), file, bytes)?;
    }
    writer.finish()?;
    Ok(manifest)
}

/// A folder for what is too large for memory; gone afterwards.
pub struct WorkFolder(pub PathBuf);

impl WorkFolder {
    pub fn create(config: &Config) -> Result<Self, Failure> {
        use std::os::unix::fs::DirBuilderExt;
        let path = config.data.dir.join(format!("work-{}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&path).map_err(Failure::while_doing(path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // At worst it stays behind in the data folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
