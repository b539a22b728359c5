//! What the code index needs to know of repositories and source text: reading them, cutting them into chunks, naming
//! their symbols, and turning text into vectors (chapter 20, "Code index" and "Search"). It knows no database, no
//! organization and no screen; `factory::code` stores what it finds.

pub mod chunks;
pub mod embed;
pub mod git;
pub mod language;
mod outline;
pub mod paint;
pub mod skip;
pub mod source;
pub mod symbols;
#[cfg(feature = "testing")]
pub mod testing;
mod windows;

pub use chunks::{Chunk, ChunkType, chunks};
pub use language::Language;
pub use source::{Branch, Commit, Source, SourceFault, TreeFile};
