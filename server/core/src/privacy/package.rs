//! The job that packs an export: one JSON-lines file a table, the person's files, and a manifest with counts and hashes.
use super::{
    consents::note,
    export::ExportJob,
    tables::{Marked, counts, marked, on_behalf, organizations},
};
use crate::links::url;
use bytes::Bytes;
use chrono::Duration;
use futures::{StreamExt, TryStreamExt, stream};
use kernel::{
    Fault,
    app::App,
    files::FileRef,
    jobs::JobCtx,
    mail::{self, Mail, Message},
};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};
use tokio::io::AsyncReadExt;
use uuid::Uuid;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// An export lies ready for this many days.
const DAYS: i64 = 7;

/// One table of the manifest.
#[derive(Serialize)]
struct Table {
    table: String,
    file: String,
    rows: u64,
    sha256: String,
}

/// One file of the person.
#[derive(Serialize)]
struct Upload {
    file: String,
    bytes: u64,
    sha256: String,
}

/// The handler of `privacy.export`: a second run after a crash packs anew; a finished request is left alone.
pub async fn run_export(ctx: JobCtx, job: ExportJob) -> Result<(), Fault> {
    let app = &ctx.app;
    let mut tx = on_behalf(app, job.user, None).await?;
    let started = sqlx::query!(
        "update core.data_export_requests set status = 'processing', error = null
         where id = $1 and user_id = $2 and status in ('pending', 'processing', 'failed') returning id",
        job.request,
        job.user
    )
    .fetch_optional(tx.conn())
    .await?;
    let person = sqlx::query!("select email, name, avatar_url from core.users where id = $1 and deleted_at is null", job.user)
        .fetch_optional(tx.conn())
        .await?;
    tx.commit().await?;
    let (Some(_), Some(person)) = (started, person) else {
        return Ok(());
    };
    match pack(&ctx, job.user, &person.email, person.avatar_url.as_deref()).await {
        Ok(file) => finish(app, job, &person.email, &person.name, file).await,
        Err(fault) => {
            // The next try begins again; after the last one the person reads why.
            let status = if ctx.attempt >= ctx.max_attempts { "failed" } else { "pending" };
            let mut tx = on_behalf(app, job.user, None).await?;
            sqlx::query!("update core.data_export_requests set status = $2, error = $3 where id = $1", job.request, status, fault.message)
                .execute(tx.conn())
                .await?;
            tx.commit().await?;
            Err(fault)
        }
    }
}

async fn finish(app: &App, job: ExportJob, email: &str, name: &str, file: FileRef) -> Result<(), Fault> {
    let mut tx = on_behalf(app, job.user, None).await?;
    let (now, until) = (tx.now(), tx.now() + Duration::days(DAYS));
    sqlx::query!(
        "update core.data_export_requests set status = 'completed', completed_at = $2, expires_at = $3, file_sha256 = $4, error = null,
            download_url = '/account/privacy' where id = $1",
        job.request,
        now,
        until,
        file.sha256
    )
    .execute(tx.conn())
    .await?;
    note(&mut tx, "export.completed", json!({ "request": job.request, "bytes": file.size })).await?;
    let link = url(app, "/account/privacy");
    let message = Message::ExportReady { name: name.to_owned(), link, until };
    mail::enqueue(tx.conn(), Mail { org: None, to: email.to_owned(), message }).await?;
    tx.commit().await
}

/// A file that is removed when it is dropped.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, path = %self.0.display(), "a draft of an export stays behind");
        }
    }
}

/// Packs everything into a file on disk, then into the file store: an export may be larger than memory.
async fn pack(ctx: &JobCtx, user: Uuid, email: &str, avatar: Option<&str>) -> Result<FileRef, Fault> {
    let app = &ctx.app;
    let folder = app.config.data.dir.join("exports");
    tokio::fs::create_dir_all(&folder).await.map_err(failed)?;
    let draft = Draft(folder.join(format!("{}.zip", ctx.job_id.simple())));
    let mut zip = ZipWriter::new(File::create(&draft.0).map_err(failed)?);
    let places = places(app, user, email).await?;
    let mut tx = on_behalf(app, user, None).await?;
    let tables = marked(tx.conn()).await?;
    drop(tx);
    let mut named: BTreeSet<String> = avatar.and_then(|url| url.rsplit('/').next()).map(str::to_owned).into_iter().collect();
    let mut written = Vec::new();
    for (n, table) in tables.iter().enumerate() {
        let orgs = places.get(&table.table).cloned().unwrap_or_default();
        written.push(write_table(app, &mut zip, table, &orgs, user, email, &mut named).await?);
        ctx.progress(n as u64 + 1, tables.len() as u64, &table.table).await?;
    }
    let uploads = write_uploads(app, &mut zip, named).await?;
    let manifest = json!({
        "user_id": user,
        "email": email,
        "exported_at": app.clock.now(),
        "tables": written,
        "uploads": uploads,
        "left_out": "Passwords, keys and other secrets are stored as hashes or sealed; neither is exported.",
    });
    zip.start_file("manifest.json", options()).map_err(zip_failed)?;
    zip.write_all(&serde_json::to_vec_pretty(&manifest).map_err(|_| Fault::internal())?).map_err(failed)?;
    zip.finish().map_err(zip_failed)?.sync_all().map_err(failed)?;
    store(app, &draft.0).await
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true)
}

/// In which organizations (`None`: outside of any) each table holds rows of the person.
async fn places(app: &App, user: Uuid, email: &str) -> Result<BTreeMap<String, Vec<Option<Uuid>>>, Fault> {
    let mut places: BTreeMap<String, Vec<Option<Uuid>>> = BTreeMap::new();
    let mut batch = vec![None];
    let mut after = None;
    while !batch.is_empty() {
        for org in batch {
            let mut tx = on_behalf(app, user, org).await?;
            for (table, ..) in counts(tx.conn(), user, email).await? {
                places.entry(table).or_default().push(org);
            }
            after = org.or(after);
        }
        batch = organizations(app, after).await?.into_iter().map(Some).collect();
    }
    Ok(places)
}

/// Writes the person's rows of one table. Personal rows show in every organization: each line is written once.
async fn write_table(
    app: &App,
    zip: &mut ZipWriter<File>,
    table: &Marked,
    orgs: &[Option<Uuid>],
    user: Uuid,
    email: &str,
    named: &mut BTreeSet<String>,
) -> Result<Table, Fault> {
    let file = format!("tables/{}.jsonl", table.table);
    zip.start_file(&file, options()).map_err(zip_failed)?;
    let (mut hash, mut rows, mut seen) = (Sha256::new(), 0, HashSet::new());
    for org in orgs {
        let mut tx = on_behalf(app, user, *org).await?;
        let mut lines = sqlx::query_scalar!(
            r#"select core.privacy_rows($1::text::regclass, $2, $3, $4, $5) as "row!""#,
            table.table,
            table.user_column.as_deref(),
            table.email_column.as_deref(),
            user,
            email
        )
        .fetch(tx.conn());
        while let Some(row) = lines.try_next().await? {
            let mut line = serde_json::to_vec(&row).map_err(|_| Fault::internal())?;
            line.push(b'\n');
            let digest: [u8; 32] = Sha256::digest(&line).into();
            if !seen.insert(digest) {
                continue;
            }
            files_in(&row, table, named);
            hash.update(&line);
            zip.write_all(&line).map_err(failed)?;
            rows += 1;
        }
    }
    Ok(Table { table: table.table.clone(), file, rows, sha256: hex::encode(hash.finalize()) })
}

/// Files that a row names by their hash belong to the export, earlier exports excepted.
fn files_in(row: &Value, table: &Marked, named: &mut BTreeSet<String>) {
    if table.table == "core.data_export_requests" {
        return;
    }
    let hashes = ["sha256", "file_sha256"].iter().filter_map(|key| row.get(key)?.as_str());
    named.extend(hashes.map(str::to_owned));
}

async fn write_uploads(app: &App, zip: &mut ZipWriter<File>, named: BTreeSet<String>) -> Result<Vec<Upload>, Fault> {
    let mut uploads = Vec::new();
    for sha256 in named {
        // A name that is no hash, or whose file is gone, is no file.
        if !app.files.exists(&sha256).await.unwrap_or(false) {
            continue;
        }
        let file = format!("uploads/{sha256}");
        zip.start_file(&file, options()).map_err(zip_failed)?;
        let (bytes, mut content) = app.files.read(&sha256).await?;
        while let Some(chunk) = content.next().await {
            zip.write_all(&chunk?).map_err(failed)?;
        }
        uploads.push(Upload { file, bytes, sha256 });
    }
    Ok(uploads)
}

async fn store(app: &App, path: &Path) -> Result<FileRef, Fault> {
    let file = tokio::fs::File::open(path).await.map_err(failed)?;
    let chunks = stream::try_unfold(file, |mut file| async move {
        let mut chunk = vec![0; 64 * 1024];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, io::Error>((read > 0).then(|| (Bytes::from(chunk), file)))
    });
    app.files.put_stream(chunks, u64::MAX).await
}

fn failed(error: io::Error) -> Fault {
    tracing::error!(error = &error as &dyn std::error::Error, "packing an export");
    Fault::new(kernel::Code::Unavailable, "The export could not be written. It is tried again.")
}

fn zip_failed(error: zip::result::ZipError) -> Fault {
    failed(io::Error::other(error))
}
