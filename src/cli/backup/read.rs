//! Reading an archive into an empty installation.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::TryStreamExt;
use kernel::config::{Config, Hidden};
use kernel::db::DbUrls;
use kernel::files::{FileRef, Files};
use kernel::keys::KeyRing;
use kernel::migrate;
use sqlx::{Connection, PgConnection};
use tokio::runtime::Handle;

use super::write::WorkFolder;
use super::{DUMP, FILES, FORMAT, KEYS, Keys, MANIFEST, Manifest, archive, tables, tools};
use crate::cli::failure::Failure;
use crate::cli::process::Database;

/// Restores the archive, checks all of it against its manifest, and brings it to the present schema.
pub async fn read(mut config: Config, path: &Path) -> Result<(), Failure> {
    let (manifest, keys) = head(path)?;
    check_known(&manifest)?;
    if let Some(keys) = keys {
        keep_keys(&mut config, &keys)?;
    }
    let database = Database::open(&mut config).await?;
    let restored = restore(&config, &database.urls, path, &manifest).await;
    database.close().await?;
    restored?;
    let rows: i64 = manifest.tables.values().map(|t| t.rows).sum();
    println!("Restored and checked: {} tables, {rows} rows, {} files.", manifest.tables.len(), manifest.files.len());
    warn_of_keys(&config, &manifest)
}

/// The manifest, and the keys where the archive carries them: both come first.
fn head(path: &Path) -> Result<(Manifest, Option<Keys>), Failure> {
    let damaged = Failure::while_doing::<io::Error>;
    let not_ours = || Failure::new(format!("{} is not an archive of Millrace.", path.display()));
    let mut archive = archive::open(path)?;
    let mut entries = archive.entries().map_err(damaged(path.display()))?;
    let first = entries.next().ok_or_else(not_ours)?.map_err(|_| not_ours())?;
    if first.path().ok().as_deref() != Some(Path::new(MANIFEST)) {
        return Err(not_ours());
    }
    let manifest: Manifest = serde_json::from_reader(first).map_err(|_| not_ours())?;
    if !manifest.with_keys {
        return Ok((manifest, None));
    }
    let second = entries.next().ok_or_else(not_ours)?.map_err(damaged(path.display()))?;
    if second.path().ok().as_deref() != Some(Path::new(KEYS)) {
        return Err(not_ours());
    }
    let keys = serde_json::from_reader(second).map_err(|_| not_ours())?;
    Ok((manifest, Some(keys)))
}

fn check_known(manifest: &Manifest) -> Result<(), Failure> {
    let known: BTreeSet<i64> = migrate::MIGRATIONS.iter().map(|m| m.version).collect();
    if manifest.format != FORMAT || manifest.migrations.iter().any(|version| !known.contains(version)) {
        return Err(Failure::new(format!(
            "The archive was written by Millrace {}, which is newer than this one ({}). Update first.",
            manifest.millrace,
            env!("CARGO_PKG_VERSION")
        )));
    }
    Ok(())
}

/// Keys set from outside win: whoever set them had a reason.
fn keep_keys(config: &mut Config, keys: &Keys) -> Result<(), Failure> {
    if config.secrets.ring.is_none() && config.secrets.pepper.is_none() {
        config.prepare_with(&Hidden::new(keys.ring.as_str()), &Hidden::new(keys.pepper.as_str()))?;
    }
    Ok(())
}

fn warn_of_keys(config: &Config, manifest: &Manifest) -> Result<(), Failure> {
    let ring = KeyRing::parse(config.secrets.ring.as_ref().map(|r| r.expose()).unwrap_or_default())?;
    if manifest.key_ids.iter().any(|id| !ring.has(id)) {
        println!(
            "Sealed secrets, API keys and recovery codes open only with the keys of the old installation ({}): set MILLRACE_KEYS \
             and MILLRACE_PEPPER, or put its files keys and pepper into {}.",
            manifest.key_ids.join(", "),
            config.data.dir.display()
        );
    }
    Ok(())
}

async fn restore(config: &Config, urls: &DbUrls, path: &Path, manifest: &Manifest) -> Result<(), Failure> {
    let files = Files::open(&config.files)?;
    let mut conn = PgConnection::connect(&urls.owner).await?;
    if tables::any(&mut conn).await? || files.list().try_next().await?.is_some() {
        return Err(Failure::new(
            "This installation is not empty; nothing was changed. Restore into an empty one: MILLRACE_DATA=<new folder> millrace restore ..",
        ));
    }
    conn.close().await?;
    let work = WorkFolder::create(config)?;
    let dump = work.0.join(DUMP);
    let read = tokio::task::spawn_blocking({
        let (path, dump, here) = (path.to_owned(), dump.clone(), Handle::current());
        move || unpack(&path, &dump, &files, &here)
    });
    let found = read.await.map_err(Failure::while_doing("The archive"))??;
    check_files(manifest, found)?;

    migrate::roles(urls).await?;
    let mut command = tools::program(config, "pg_restore", &urls.owner)?;
    command.args(["--exit-on-error", "--single-transaction"]).arg(&dump);
    tools::run(command, "pg_restore").await?;
    let mut conn = PgConnection::connect(&urls.owner).await?;
    let restored = tables::contents(&mut conn).await?;
    conn.close().await?;
    if let Some((name, wanted)) = manifest.tables.iter().find(|(name, wanted)| restored.get(*name) != Some(wanted)) {
        return Err(Failure::new(format!(
            "Table {name} differs from the archive: {} rows wanted, {} found, or their content differs. Do not use this installation.",
            wanted.rows,
            restored.get(name).map_or(0, |t| t.rows)
        )));
    }
    migrate::run(urls).await?;
    Ok(())
}

/// What was read: the hash of the dump and of every file.
struct Found {
    dump: Option<FileRef>,
    files: BTreeSet<String>,
}

fn unpack(path: &Path, dump: &PathBuf, files: &Files, runtime: &Handle) -> Result<Found, Failure> {
    let mut found = Found { dump: None, files: BTreeSet::new() };
    let mut archive = archive::open(path)?;
    for entry in archive.entries().map_err(Failure::while_doing(path.display()))? {
        let entry = entry.map_err(Failure::while_doing(path.display()))?;
        let name = entry.path().map_err(Failure::while_doing(path.display()))?.to_string_lossy().into_owned();
        if name == DUMP {
            let mut file = std::fs::File::create(dump).map_err(Failure::while_doing(dump.display()))?;
            let mut bytes = archive::Hashing::new(entry);
            let size = io::copy(&mut bytes, &mut file).map_err(Failure::while_doing(&name))?;
            found.dump = Some(FileRef { sha256: bytes.hex(), size });
        } else if name.starts_with(FILES) {
            found.files.insert(store(entry, files, runtime)?.sha256);
        }
    }
    Ok(found)
}

/// Stores the bytes while they are read: no file is too large.
fn store(mut entry: impl Read, files: &Files, runtime: &Handle) -> Result<FileRef, Failure> {
    let (sender, receiver) = tokio::sync::mpsc::channel(4);
    let chunks = futures::stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|chunk| (chunk, receiver)) });
    let files = files.clone();
    let stored = runtime.spawn(async move { files.put_stream(chunks, u64::MAX).await });
    // A send fails when storing ended early: its own error says why.
    while let Some(chunk) = chunk(&mut entry).transpose() {
        let broken = chunk.is_err();
        if sender.blocking_send(chunk).is_err() || broken {
            break;
        }
    }
    drop(sender);
    Ok(runtime.block_on(stored).map_err(Failure::while_doing("A file cannot be stored"))??)
}

fn chunk(from: &mut impl Read) -> io::Result<Option<Bytes>> {
    let mut buffer = vec![0; 256 * 1024];
    let read = from.read(&mut buffer)?;
    buffer.truncate(read);
    Ok((read > 0).then(|| Bytes::from(buffer)))
}

fn check_files(manifest: &Manifest, found: Found) -> Result<(), Failure> {
    let damaged = |what: &str| Failure::new(format!("The archive is damaged: {what}. Nothing of the database was restored."));
    if found.dump.as_ref() != Some(&manifest.dump) {
        return Err(damaged("the dump of the database does not match its hash"));
    }
    match manifest.files.iter().find(|file| !found.files.contains(&file.sha256)) {
        Some(file) => Err(damaged(&format!("file {} is missing or differs", file.sha256))),
        None => Ok(()),
    }
}
