//! Everything the software factory knows about a document's text (chapter 20, "Rich text"). Pure: no database, no
//! clock, no network; the domain crate calls it and maps its [`Error`] to a 422.
//!
//! - [`Doc`] is a document as types: [`Doc::from_value`] checks ProseMirror JSON against the schema and names the place
//!   that breaks it, [`Doc::to_value`] writes the JSON TipTap writes. [`Doc::salvage`] reads what two people typing at
//!   once may have left. Pictures are artifacts of the own project, `src` is `artifact:<uuid>`; mentions carry
//!   `{id, label, type}` with type user, artifact, document, work_order or feature.
//! - [`hash`]: content hashes. [`diff`]: what became of a version, block by block and word by word. [`Doc::sections`]:
//!   a heading to the next of the same or a higher level.
//! - [`yjs`]: a document in a Y.Doc as the editor's Yjs binding keeps it, and the smallest change that makes it another.
//! - [`markdown`] and [`docx`]: both ways; [`export::Book`] is what an export is made of, pictures included.
//! - [`suggest`]: changes of sections in Markdown, refused where the section changed since.
//! - [`review`]: what a careful reader would ask about, with anchors; [`anchor::with_mark`] puts the comment there.
//!   [`extract`]: work orders cut out of a blueprint. [`carry`]: what a change of one text asks of one that rests on it.
//!
//! The editor has to be set up to the same schema. Three things differ from TipTap's defaults: task items nest
//! (`nested: true`), the marks `comment`, `suggestionAdd` and `suggestionDelete` overlap themselves (`excludes: ''`),
//! and `code` excludes only itself (`excludes: 'code'`), so that linked and commented code exists.
//!
//! Without feature `ssr` there is only [`wire`]: the types a screen shares with the server.

pub mod wire;

#[cfg(feature = "ssr")]
pub mod anchor;
#[cfg(feature = "ssr")]
pub mod carry;
#[cfg(feature = "ssr")]
pub mod diff;
#[cfg(feature = "ssr")]
pub mod docx;
#[cfg(feature = "ssr")]
mod error;
#[cfg(feature = "ssr")]
pub mod export;
#[cfg(feature = "ssr")]
pub mod extract;
#[cfg(feature = "ssr")]
pub mod fonts;
#[cfg(feature = "ssr")]
pub mod hash;
#[cfg(feature = "ssr")]
mod lcs;
#[cfg(feature = "ssr")]
pub mod markdown;
#[cfg(feature = "ssr")]
pub mod model;
#[cfg(feature = "ssr")]
pub mod picture;
#[cfg(feature = "ssr")]
mod read;
#[cfg(feature = "ssr")]
pub mod review;
#[cfg(feature = "ssr")]
pub mod section;
#[cfg(feature = "ssr")]
pub mod stems;
#[cfg(feature = "ssr")]
pub mod suggest;
#[cfg(feature = "ssr")]
mod text;
#[cfg(feature = "ssr")]
pub mod words;
#[cfg(feature = "ssr")]
mod write;
#[cfg(feature = "ssr")]
pub mod yjs;

#[cfg(feature = "ssr")]
pub use error::{Error, MAX_BYTES, MAX_LEVELS};
#[cfg(feature = "ssr")]
pub use model::Doc;
#[cfg(feature = "ssr")]
pub use read::{LeftOut, blocks_from_value, is_allowed_link};
#[cfg(feature = "ssr")]
pub use text::{blocks_text, each_block, each_block_mut, inline_text};
