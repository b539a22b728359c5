//! Versions of a document: what it said when somebody saved it. They never change; going back to one makes another.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod diff;
#[cfg(feature = "ssr")]
mod read;
#[cfg(feature = "ssr")]
mod save;
#[cfg(feature = "ssr")]
pub use self::{
    diff::diff,
    read::{get, list},
    save::{automatic, restore, save},
};
#[cfg(feature = "ssr")]
pub(crate) use save::{before, record};

/// What the summary of a version nobody asked for says.
pub const AUTOMATIC: &str = "Automatic save";

/// A version in the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionRow {
    pub id: Uuid,
    pub version_number: i32,
    pub change_summary: Option<String>,
    pub author: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// A version whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    #[serde(flatten)]
    pub row: VersionRow,
    pub content: serde_json::Value,
    pub diagram_source: Option<String>,
    /// The text as safe HTML.
    pub html: String,
}

/// A page of the history, the latest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionPage {
    pub items: Vec<VersionRow>,
    /// The number after which the next page begins.
    pub next: Option<i32>,
    pub total_count: i64,
}

/// Two versions compared, the older one first. `to`: `None` is what the document says now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionDiff {
    pub from: i32,
    pub to: Option<i32>,
    pub diff: richtext::wire::Diff,
}
