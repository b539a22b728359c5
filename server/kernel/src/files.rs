//! Files by their content: the SHA-256 of the bytes is the name, in a folder or a bucket that speaks S3.
//! The same bytes are stored once, so whoever deletes makes sure that no row names the hash any more.
use crate::{
    config,
    db::TenantTx,
    fault::{Code, Fault},
    ids::{hmac_hex, same_secret},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    Error, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig, WriteMultipart, aws::AmazonS3Builder,
    local::LocalFileSystem, path::Path, prefix::PrefixStore,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fmt, pin::pin, sync::Arc, time::Duration};

/// Up to this size a stream is gathered in memory and stored in one step.
const ONE_STEP: usize = 8 * 1024 * 1024;
/// Unfinished uploads live here until their hash is known.
const UNFINISHED: &str = "unfinished";

/// What a table keeps of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Lower-case hex of the bytes' SHA-256.
    pub sha256: String,
    /// In bytes.
    pub size: u64,
}

/// One at a time names or removes the bytes of a hash: until the end of the transaction, others wait.
pub async fn hold(tx: &mut TenantTx, sha256: &str) -> Result<(), Fault> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('file ' || $1, 0))", sha256).execute(tx.conn()).await?;
    Ok(())
}

/// Removes the bytes of a hash that a row of this transaction named until now, unless another row names them; answers
/// whether they went. The file goes before the transaction ends: a row without its bytes is found again, bytes without a row
/// stay for good.
pub async fn remove_unnamed(tx: &mut TenantTx, sha256: &str) -> Result<bool, Fault> {
    hold(tx, sha256).await?;
    let in_use = sqlx::query_scalar!(r#"select core.file_in_use($1) as "in_use!""#, sha256).fetch_one(tx.conn()).await?;
    let files = tx.app().files.clone();
    if in_use || !files.exists(sha256).await.unwrap_or(false) {
        return Ok(false);
    }
    files.delete(sha256).await?;
    Ok(true)
}

/// The byte store of the installation. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    place: String,
}

impl Files {
    /// Opens the folder (created when missing) or the bucket of the configuration.
    pub fn open(config: &config::Files) -> Result<Self, Fault> {
        match &config.store {
            config::Store::Folder(path) => Self::folder(path),
            config::Store::S3(s3) => Self::bucket(s3),
        }
    }

    /// A folder of this machine, written durably.
    pub fn folder(path: &std::path::Path) -> Result<Self, Fault> {
        let cannot =
            |e: &dyn fmt::Display| Fault::new(Code::Unavailable, format!("The folder for files, {}, cannot be used: {e}", path.display()));
        std::fs::create_dir_all(path).map_err(|e| cannot(&e))?;
        let store = LocalFileSystem::new_with_prefix(path).map_err(|e| cannot(&e))?.with_fsync(true);
        Ok(Self { store: Arc::new(store), place: format!("folder {}", path.display()) })
    }

    fn bucket(s3: &config::S3) -> Result<Self, Fault> {
        let mut builder = match (&s3.access_key, &s3.secret_key) {
            (Some(id), Some(secret)) => AmazonS3Builder::new().with_access_key_id(id).with_secret_access_key(secret.expose()),
            // The machine's own credentials: environment, web identity, instance profile.
            _ => AmazonS3Builder::from_env(),
        }
        .with_bucket_name(&s3.bucket)
        .with_region(&s3.region)
        // Its own patience of three minutes would outlast every request.
        .with_retry(RetryConfig { max_retries: 3, retry_timeout: Duration::from_secs(20), ..RetryConfig::default() });
        if let Some(endpoint) = &s3.endpoint {
            builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/')).with_allow_http(endpoint.scheme() == "http");
        }
        let store = builder.build().map_err(|e| Fault::new(Code::Unavailable, format!("The bucket {} cannot be used: {e}", s3.bucket)))?;
        let place = format!("bucket {}", s3.bucket);
        let prefix = s3.prefix.trim_matches('/');
        let store: Arc<dyn ObjectStore> = if prefix.is_empty() { Arc::new(store) } else { Arc::new(PrefixStore::new(store, prefix)) };
        Ok(Self { store, place })
    }

    /// Where the bytes lie, for people: `folder /var/..` or `bucket name`.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Stores the bytes, at once or not at all; bytes already there are not written again.
    pub async fn put(&self, bytes: impl Into<Bytes>) -> Result<FileRef, Fault> {
        let bytes = bytes.into();
        let file = FileRef { sha256: hex::encode(Sha256::digest(&bytes)), size: bytes.len() as u64 };
        if self.size(&file.sha256).await? != Some(file.size) {
            self.store.put(&path(&file.sha256)?, bytes.into()).await.map_err(failed)?;
        }
        Ok(file)
    }

    /// Stores a stream of unknown length; past `limit` bytes it is refused with 413 and nothing is kept.
    pub async fn put_stream<E: fmt::Display>(
        &self,
        stream: impl Stream<Item = Result<Bytes, E>> + Send,
        limit: u64,
    ) -> Result<FileRef, Fault> {
        let mut stream = pin!(stream);
        let mut start = Vec::new();
        let mut seen = 0u64;
        while let Some(chunk) = stream.next().await {
            let chunk = arrived(chunk, &mut seen, limit)?;
            start.extend_from_slice(&chunk);
            if start.len() > ONE_STEP {
                return self.put_large(start, stream, seen, limit).await;
            }
        }
        self.put(start).await
    }

    async fn put_large<E: fmt::Display>(
        &self,
        start: Vec<u8>,
        mut rest: impl Stream<Item = Result<Bytes, E>> + Unpin,
        mut seen: u64,
        limit: u64,
    ) -> Result<FileRef, Fault> {
        let draft = Path::from_iter([UNFINISHED, &uuid::Uuid::new_v4().simple().to_string()]);
        let upload: Box<dyn MultipartUpload> = self.store.put_multipart(&draft).await.map_err(failed)?;
        let mut writer = WriteMultipart::new(upload);
        let mut hash = Sha256::new();
        hash.update(&start);
        writer.put(start.into());
        let fed = async {
            while let Some(chunk) = rest.next().await {
                let chunk = arrived(chunk, &mut seen, limit)?;
                hash.update(&chunk);
                writer.wait_for_capacity(4).await.map_err(failed)?;
                writer.put(chunk);
            }
            Ok::<_, Fault>(())
        }
        .await;
        if let Err(fault) = fed {
            writer.abort().await.map_err(failed)?;
            return Err(fault);
        }
        writer.finish().await.map_err(failed)?;
        let file = FileRef { sha256: hex::encode(hash.finalize()), size: seen };
        if self.size(&file.sha256).await? == Some(file.size) {
            self.store.delete(&draft).await.map_err(failed)?;
        } else {
            self.store.rename(&draft, &path(&file.sha256)?).await.map_err(failed)?;
        }
        Ok(file)
    }

    /// The whole file, checked against its name.
    pub async fn get(&self, sha256: &str) -> Result<Bytes, Fault> {
        let bytes = self.store.get(&path(sha256)?).await.map_err(failed)?.bytes().await.map_err(failed)?;
        if hex::encode(Sha256::digest(&bytes)) != sha256 {
            tracing::error!(file.sha256 = sha256, "a stored file does not match its hash");
            return Err(Fault::new(Code::Internal, "This file is damaged."));
        }
        Ok(bytes)
    }

    /// The file as a stream with its size, for downloads.
    pub async fn read(&self, sha256: &str) -> Result<(u64, BoxStream<'static, Result<Bytes, Fault>>), Fault> {
        let found = self.store.get(&path(sha256)?).await.map_err(failed)?;
        Ok((found.meta.size, found.into_stream().map_err(failed).boxed()))
    }

    /// The size of a stored file; `None` when there is none.
    pub async fn size(&self, sha256: &str) -> Result<Option<u64>, Fault> {
        match self.store.head(&path(sha256)?).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    pub async fn exists(&self, sha256: &str) -> Result<bool, Fault> {
        Ok(self.size(sha256).await?.is_some())
    }

    /// Removes the bytes; no error when they are gone already.
    pub async fn delete(&self, sha256: &str) -> Result<(), Fault> {
        match self.store.delete(&path(sha256)?).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    /// Every stored file, for backup.
    pub fn list(&self) -> BoxStream<'static, Result<FileRef, Fault>> {
        self.store.list(None).map_err(failed).try_filter_map(|meta| async move { Ok(listed(&meta)) }).boxed()
    }

    /// Drops uploads that never finished and are older than a day; answers how many.
    pub async fn drop_unfinished(&self, now: DateTime<Utc>) -> Result<usize, Fault> {
        let mut dropped = 0;
        let mut drafts = self.store.list(Some(&Path::from(UNFINISHED)));
        while let Some(meta) = drafts.try_next().await.map_err(failed)? {
            if now - meta.last_modified > chrono::Duration::days(1) {
                self.store.delete(&meta.location).await.map_err(failed)?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }

    /// Does the store answer? Writes nothing.
    pub async fn check(&self) -> Result<(), Fault> {
        match self.store.head(&Path::from("check")).await {
            Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Files({})", self.place)
    }
}

/// `ab/cd/<hash>`: no folder grows past what file systems like.
fn path(sha256: &str) -> Result<Path, Fault> {
    if sha256.len() != 64 || !sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(Fault::not_found("The file"));
    }
    Ok(Path::from_iter([&sha256[..2], &sha256[2..4], sha256]))
}

fn listed(meta: &ObjectMeta) -> Option<FileRef> {
    let name = meta.location.filename()?;
    (path(name).ok()? == meta.location).then(|| FileRef { sha256: name.to_owned(), size: meta.size })
}

fn arrived<E: fmt::Display>(chunk: Result<Bytes, E>, seen: &mut u64, limit: u64) -> Result<Bytes, Fault> {
    let chunk = chunk.map_err(|e| Fault::new(Code::BadRequest, format!("The upload broke off: {e}")))?;
    *seen += chunk.len() as u64;
    if *seen > limit {
        return Err(Fault::new(Code::TooLarge, format!("Files may have up to {} MB.", limit / 1_000_000)));
    }
    Ok(chunk)
}

fn failed(error: Error) -> Fault {
    if matches!(error, Error::NotFound { .. }) {
        return Fault::not_found("The file");
    }
    tracing::error!(error = &error as &dyn std::error::Error, "file store");
    Fault::new(Code::Unavailable, "The file store does not answer. Try again in a moment.")
}

/// The signature of a download link: who holds the link may load this file under this name until it expires.
pub fn sign(pepper: &[u8], sha256: &str, name: &str, expires: DateTime<Utc>) -> String {
    hmac_hex(pepper, format!("file link\n{sha256}\n{}\n{name}", expires.timestamp()))
}

/// A download link relative to the installation: `/files/<hash>?name=..&until=..&sig=..`.
pub fn link(pepper: &[u8], sha256: &str, name: &str, expires: DateTime<Utc>) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("name", name)
        .append_pair("until", &expires.timestamp().to_string())
        .append_pair("sig", &sign(pepper, sha256, name, expires))
        .finish();
    format!("/files/{sha256}?{query}")
}

/// Checks a link's parts: a wrong signature is 404, an expired link 410.
pub fn check_link(pepper: &[u8], sha256: &str, name: &str, until: i64, sig: &str, now: DateTime<Utc>) -> Result<(), Fault> {
    let expires = DateTime::from_timestamp(until, 0).ok_or_else(|| Fault::not_found("The file"))?;
    if !same_secret(sign(pepper, sha256, name, expires).as_bytes(), sig.as_bytes()) {
        return Err(Fault::not_found("The file"));
    }
    if now >= expires {
        return Err(Fault::new(Code::Gone, "This download link has expired. Ask for a new one."));
    }
    Ok(())
}
