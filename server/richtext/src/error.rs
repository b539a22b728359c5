//! What can be wrong with a text.

/// The largest document, as JSON.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;
/// How deep `content` may nest: a paragraph is on level 1, a paragraph in a list of a list on level 5.
pub const MAX_LEVELS: usize = 20;

/// Why a document was refused. The message is a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The JSON is no document of this schema.
    #[error("{message} (at {path})")]
    Invalid {
        /// Where, as a JSON path: `$.content[2].attrs.level`.
        path: String,
        message: String,
    },
    #[error("The document is larger than 2 MiB.")]
    TooLarge,
    /// A file to import is larger than its format allows.
    #[error("The file is larger than {limit_mib} MiB.")]
    FileTooLarge { limit_mib: usize },
    /// A compressed file that would fill the memory.
    #[error("The file expands too much.")]
    ExpandsTooMuch,
    /// The file to import is not what its name says.
    #[error("{0}")]
    Unreadable(String),
    /// No heading has this section id.
    #[error("There is no section \"{0}\" in the document.")]
    NoSection(String),
    /// The section was edited after the suggestion was made.
    #[error("The section was changed since.")]
    SectionChanged {
        /// What the suggestion was made for, and what is there now; both Markdown.
        expected: String,
        found: String,
    },
    /// The exporter failed.
    #[error("The document could not be written: {0}")]
    Export(String),
}

impl Error {
    /// An error of the schema at a place.
    pub fn at(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { path: path.into(), message: message.into() }
    }

    /// Where it is wrong, as a JSON path; `$` is the document as a whole.
    pub fn path(&self) -> &str {
        match self {
            Self::Invalid { path, .. } => path,
            _ => "$",
        }
    }
}
