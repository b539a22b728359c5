//! Text as vectors of 1,536 numbers, so that near in meaning is near in space. `Builtin` needs nothing but the text;
//! `Remote` asks a model behind the usual embeddings address.
use async_trait::async_trait;
use std::time::Duration;

mod builtin;
mod remote;
mod sketch;

pub use builtin::{BUILTIN, Builtin, builtin, tokens};
pub use remote::{Remote, Transport};
pub use sketch::{SKETCH, sketch};

/// The length of every stored vector.
pub const DIMENSIONS: usize = 1536;
/// Texts of one request.
pub const BATCH: usize = 96;
/// Between two requests.
pub const PAUSE: Duration = Duration::from_millis(200);
/// Before the second, third and fourth try of a request.
pub const RETRIES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Why there are no vectors.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EmbedFault {
    pub message: String,
    /// Is there hope that the same request succeeds later?
    pub may_pass: bool,
}

/// Whoever makes vectors of texts.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// The name stored beside each vector: only vectors of one model are compared.
    fn model(&self) -> &str;

    /// One vector of `DIMENSIONS` numbers for each text, in their order.
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedFault>;
}

/// What is embedded of a chunk of code.
pub fn code_text(path: &str, chunk: &crate::Chunk) -> String {
    let crate::Chunk { kind, name, start_line, end_line, content } = chunk;
    let name = name.as_deref().unwrap_or("-");
    format!("File: {path} | {}: {name} | Lines: {start_line}-{end_line}\n\n{content}", kind.as_str())
}

/// A vector of the stored length: a shorter one is filled up with zeros (which changes no angle), a longer one refused.
pub fn fit(mut vector: Vec<f32>) -> Result<Vec<f32>, EmbedFault> {
    if vector.len() > DIMENSIONS {
        let message = format!(
            "The model answers {} numbers; the index holds {DIMENSIONS}. Choose a model that can be asked for {DIMENSIONS}.",
            vector.len()
        );
        return Err(EmbedFault { message, may_pass: false });
    }
    vector.resize(DIMENSIONS, 0.0);
    Ok(vector)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Chunk, ChunkType};

    #[test]
    fn a_chunk_is_embedded_with_its_place() {
        let chunk = Chunk { kind: ChunkType::Method, name: Some("A.b".into()), start_line: 3, end_line: 9, content: "b() {}".into() };
        assert_eq!(code_text("src/a.ts", &chunk), "File: src/a.ts | method: A.b | Lines: 3-9\n\nb() {}");
    }

    #[test]
    fn shorter_vectors_are_filled_up_and_longer_refused() {
        let fitted = fit(vec![1.0; 768]).unwrap();
        assert_eq!((fitted.len(), fitted[767], fitted[768]), (1536, 1.0, 0.0));
        assert!(!fit(vec![1.0; 3072]).unwrap_err().may_pass);
    }
}
