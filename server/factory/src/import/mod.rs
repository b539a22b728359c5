//! Feature lists from files: read liberally, compared with the project, reported line by line (chapter 20, "Feature
//! list sync"). What is in the project and not in the file stays: an import never deletes.
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
mod apply;
#[cfg(feature = "ssr")]
mod fields;
#[cfg(feature = "ssr")]
mod links;
#[cfg(feature = "ssr")]
mod scan;
#[cfg(feature = "ssr")]
pub use apply::{apply, preview};

/// The longest file, in bytes.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;
/// The longest list.
pub const MAX_ENTRIES: usize = 10_000;

/// What becomes of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Created,
    Updated,
    Unchanged,
    Rejected,
}

impl Outcome {
    pub const ALL: [Self; 4] = [Self::Created, Self::Updated, Self::Unchanged, Self::Rejected];

    /// The outcome on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Updated => "Updated",
            Self::Unchanged => "Unchanged",
            Self::Rejected => "Rejected",
        }
    }
}

/// One entry of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportLine {
    /// The line of the file on which the entry begins.
    pub line: usize,
    pub key: String,
    pub name: String,
    pub outcome: Outcome,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was taken otherwise than written: names cut, values left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The fields an update changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
}

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub created: usize,
    pub updated: usize,
    pub unchanged: usize,
    pub rejected: usize,
    pub lines: Vec<ReportLine>,
    /// About the file as a whole: fields that mean nothing here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Report {
    /// Adds a line and counts it.
    pub fn push(&mut self, line: ReportLine) {
        *match line.outcome {
            Outcome::Created => &mut self.created,
            Outcome::Updated => &mut self.updated,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Rejected => &mut self.rejected,
        } += 1;
        self.lines.push(line);
    }

    pub fn count(&self, outcome: Outcome) -> usize {
        match outcome {
            Outcome::Created => self.created,
            Outcome::Updated => self.updated,
            Outcome::Unchanged => self.unchanged,
            Outcome::Rejected => self.rejected,
        }
    }
}
