//! Files as they will be written: read, cut, with vectors.
use indexing::{
    Chunk, Source, TreeFile, chunks,
    embed::{self, EmbedFault, Embedder},
    language, skip,
};
use std::{path::Path, sync::Arc};
use uuid::Uuid;

/// Words of a chunk that search knows by.
const MOST_WORDS: usize = 4_000;
/// Longer words are no words.
const MOST_LETTERS: usize = 100;

/// A file as the last run left it.
pub(super) struct Known {
    pub id: Uuid,
    pub path: String,
    pub hash: String,
    pub skipped: bool,
}

/// What there is to do.
pub(super) struct Plan {
    pub changed: Vec<TreeFile>,
    pub removed: Vec<Uuid>,
}

/// A file that was read.
pub(super) struct File {
    pub path: String,
    pub hash: String,
    pub language: Option<&'static str>,
    /// Binary or too large: known, but without chunks.
    pub skipped: bool,
    pub chunks: Vec<Ready>,
}

/// A chunk to be written.
pub(super) struct Ready {
    pub chunk: Chunk,
    /// Words of name and path, and of the text.
    pub title: String,
    pub body: String,
    pub vector: Vec<f32>,
    pub sketch: String,
}

/// Files that are written together.
pub(super) struct Batch {
    pub files: Vec<File>,
    /// Files that could not be read.
    pub failed: usize,
    pub model: String,
}

/// Reads files and makes their vectors.
pub(super) async fn prepare(source: Arc<dyn Source>, embedder: Arc<dyn Embedder>, files: Vec<TreeFile>) -> Result<Batch, EmbedFault> {
    let ids: Vec<String> = files.iter().map(|file| file.blob.clone()).collect();
    let broken = |error: String| EmbedFault { message: error, may_pass: true };
    let mut failed = 0;
    let mut read = Vec::with_capacity(files.len());
    // Not one of them can be read: all have failed.
    let blobs = source.blobs(&ids).await.unwrap_or_else(|fault| vec![Err(fault); ids.len()]);
    for (file, blob) in files.into_iter().zip(blobs) {
        match blob {
            Ok(bytes) => read.push((file, bytes)),
            Err(fault) => {
                tracing::warn!(file.path = file.path, "a file was not read: {fault}");
                failed += 1;
            }
        }
    }
    let cut = tokio::task::spawn_blocking(move || read.into_iter().map(|(file, bytes)| cut(file, bytes)).collect::<Vec<_>>());
    let mut files = cut.await.map_err(|error| broken(error.to_string()))?;
    let texts: Vec<String> = files.iter().flat_map(|file| file.chunks.iter().map(|c| embed::code_text(&file.path, &c.chunk))).collect();
    let vectors = embedder.embed(&texts).await?;
    let sketched =
        tokio::task::spawn_blocking(move || vectors.into_iter().map(|vector| (embed::sketch(&vector), vector)).collect::<Vec<_>>());
    let sketched = sketched.await.map_err(|error| broken(error.to_string()))?;
    for (ready, (sketch, vector)) in files.iter_mut().flat_map(|file| &mut file.chunks).zip(sketched) {
        (ready.sketch, ready.vector) = (sketch, vector);
    }
    Ok(Batch { files, failed, model: embedder.model().to_owned() })
}

fn cut(file: TreeFile, bytes: Option<Vec<u8>>) -> File {
    let TreeFile { path, blob } = file;
    let language = language::of(&path).map(|language| language.name);
    let Some(bytes) = bytes.filter(|bytes| !skip::binary(bytes)) else {
        return File { path, hash: blob, language, skipped: true, chunks: Vec::new() };
    };
    let text = String::from_utf8_lossy(&bytes);
    let stem = Path::new(&path).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let chunks = chunks(&path, &text)
        .into_iter()
        .map(|chunk| Ready {
            title: words(&format!("{} {stem}", chunk.name.as_deref().unwrap_or_default())),
            body: words(&chunk.content),
            vector: Vec::new(),
            sketch: String::new(),
            chunk,
        })
        .collect();
    File { path, hash: blob, language, skipped: false, chunks }
}

/// The words of a text as the built-in embedding parts them, for full text search.
fn words(text: &str) -> String {
    let mut words = embed::tokens(text);
    words.retain(|word| word.len() <= MOST_LETTERS);
    words.truncate(MOST_WORDS);
    words.join(" ")
}
