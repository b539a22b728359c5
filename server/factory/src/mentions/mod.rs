//! Mentions: who and what a text names. A member who is named hears of it once.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod note;
#[cfg(feature = "ssr")]
mod search;
#[cfg(feature = "ssr")]
pub use self::{
    note::{Source, note},
    search::search,
};
#[cfg(feature = "ssr")]
pub(crate) use note::{href, name_of};

/// What can be mentioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum TargetType {
    User,
    Artifact,
    Document,
    WorkOrder,
    Feature,
}

impl TargetType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Artifact => "artifact",
            Self::Document => "document",
            Self::WorkOrder => "work_order",
            Self::Feature => "feature",
        }
    }

    /// The type on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::User => "Person",
            Self::Artifact => "File",
            Self::Document => "Document",
            Self::WorkOrder => "Work order",
            Self::Feature => "Feature",
        }
    }
}

/// Somebody or something that can be mentioned, as the `@` menu lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MentionTarget {
    pub id: Uuid,
    #[serde(rename = "type")]
    pub kind: TargetType,
    pub label: String,
    pub hint: String,
}
