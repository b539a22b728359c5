//! What a file is, by its name and its bytes, what text is in it (chapter 20, job `artifact_extract`), and what a PDF looks like. No database,
//! no areas.
//!
//! Files come from anybody: what is compressed may expand to [`MAX_RATIO`] times its size and [`MAX_EXPANDED`] bytes,
//! entities of XML are never resolved, and a library that panics or does not end takes its own thread with it, not the
//! server.
use bytes::Bytes;
use std::{panic, thread, time::Duration};

mod html;
mod kind;
mod office;
mod pages;
mod pdf;
mod plain;
mod sheet;
mod text;
mod unzip;

pub use kind::{FileKind, kind_of};
pub use pages::{Drawn, draw};

/// Bytes of text that are kept of a file.
pub const MAX_TEXT: usize = 5_000_000;
/// What a file may expand to.
pub const MAX_EXPANDED: u64 = 200_000_000;
/// How many times its size a zip file may expand to.
pub const MAX_RATIO: u64 = 100;
/// How long it may take.
pub const TIME: Duration = Duration::from_secs(120);

/// Parsers of nested formats call themselves.
const STACK: usize = 64 * 1024 * 1024;

/// Why there is no text. The message is for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("file expands too much")]
    ExpandsTooMuch,
    #[error("{0}")]
    Unreadable(String),
    #[error("reading the file took longer than {0} seconds")]
    TimedOut(u64),
    #[error("the file could not be read: it is damaged in a way its reader does not expect")]
    Panicked,
}

impl Error {
    /// Is there hope that the same file can be read later?
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::TimedOut(_))
    }
}

/// The text of a file of this kind, at most [`MAX_TEXT`] bytes of it; `None` of pictures and sound, which have none. On a
/// thread of its own.
pub async fn text_of(kind: FileKind, bytes: Bytes) -> Result<Option<String>, Error> {
    if !kind.has_text() {
        return Ok(None);
    }
    apart(TIME, move || text_now(kind, &bytes)).await
}

/// Runs work that may panic or never end on a thread of its own, which is given up after this time.
async fn apart<T: Send + 'static>(time: Duration, work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let (done, wait) = tokio::sync::oneshot::channel();
    let work = move || {
        let made = panic::catch_unwind(panic::AssertUnwindSafe(work)).unwrap_or(Err(Error::Panicked));
        // Nobody waits any more: too late.
        drop(done.send(made));
    };
    thread::Builder::new()
        .name("extraction".into())
        .stack_size(STACK)
        .spawn(work)
        .map_err(|error| Error::Unreadable(format!("the file cannot be read now: {error}")))?;
    match tokio::time::timeout(time, wait).await {
        Ok(Ok(made)) => made,
        Ok(Err(_)) => Err(Error::Panicked),
        Err(_) => Err(Error::TimedOut(time.as_secs())),
    }
}

/// The same on this thread, panics and all.
fn text_now(kind: FileKind, bytes: &[u8]) -> Result<Option<String>, Error> {
    let text = match kind {
        FileKind::Markdown | FileKind::Text | FileKind::Csv | FileKind::Json => plain::read(bytes),
        FileKind::Html => html::read(bytes),
        FileKind::Docx => office::docx(bytes)?,
        FileKind::Pptx => office::pptx(bytes)?,
        FileKind::Xlsx => sheet::read(bytes)?,
        FileKind::Pdf => pdf::read(bytes)?,
        _ => return Ok(None),
    };
    Ok(Some(text))
}
