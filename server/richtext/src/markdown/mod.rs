//! Markdown (GitHub's) both ways. What Markdown cannot say is lost: widths of pictures and columns, joined cells,
//! the look of numbers. Diagrams are fences of `mermaid`, mentions are links (`mention:user/<id>`), pictures are
//! `![alt](artifact:<id>)`; all three come back as what they were.

mod inline;
mod read;
mod write;

pub use read::parse;
pub use write::{blocks, document};

/// The scheme of a mention's address.
const MENTION: &str = "mention:";
/// The largest file to import.
pub const MAX_FILE: usize = 10 * 1024 * 1024;
