//! Word documents. Reading takes what the schema has: headings, lists, tables, quotes, code, bold, italic, struck,
//! links. Writing is by hand over `zip`: docx-rs 0.4 knows neither head rows of tables nor titles of documents nor
//! descriptions of pictures.

mod inline;
mod lists;
mod package;
mod read;
mod style;
mod table;
mod write;

pub use package::Package;
pub use read::{Imported, read};
pub use write::write;

/// The largest file to import.
pub const MAX_FILE: usize = 10 * 1024 * 1024;
