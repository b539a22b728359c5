//! Everything the software factory knows about a document's text (chapter 20, "Rich text"). Pure: no database, no
//! clock, no network; the domain crate calls it and maps its [`Error`] to a 422.
//!
//! - [`Doc`] is a document as types: [`Doc::from_value`] checks ProseMirror JSON against the schema and names the place
//!   that breaks it, [`Doc::to_value`] writes the JSON TipTap writes. [`Doc::salvage`] reads what two people typing at
//!   once may have left. Pictures are artifacts of the own project, `src` is `artifact:<uuid>`; mentions carry
//!   `{id, label, type}` with type user, artifact, document, work_order or feature.
//! - [`hash`]: content hashes. [`diff`]: what became of a version, block by block and word by word. [`Doc::sections`]:
//!   a heading to the next of the same or a higher level.
//!
//! The editor has to be set up to the same schema. Three things differ from TipTap's defaults: task items nest
//! (`nested: true`), the marks `comment`, `suggestionAdd` and `suggestionDelete` overlap themselves (`excludes: ''`),
//! and `code` excludes only itself (`excludes: 'code'`), so that linked and commented code exists.
//!
//! Without feature `ssr` there is only [`wire`]: the types a screen shares with the server.

pub mod wire;

#[cfg(feature = "ssr")]
pub mod diff;
#[cfg(feature = "ssr")]
mod error;
#[cfg(feature = "ssr")]
pub mod hash;
#[cfg(feature = "ssr")]
mod lcs;
#[cfg(feature = "ssr")]
pub mod model;
#[cfg(feature = "ssr")]
mod read;
#[cfg(feature = "ssr")]
pub mod section;
#[cfg(feature = "ssr")]
mod text;
#[cfg(feature = "ssr")]
pub mod words;
#[cfg(feature = "ssr")]
mod write;

#[cfg(feature = "ssr")]
pub use error::{Error, MAX_BYTES, MAX_LEVELS};
#[cfg(feature = "ssr")]
pub use model::Doc;
#[cfg(feature = "ssr")]
pub use read::{LeftOut, blocks_from_value, is_allowed_link};
#[cfg(feature = "ssr")]
pub use text::{blocks_text, each_block, inline_text};
