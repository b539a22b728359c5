//! Search in everything of a project: documents, work orders, features, feedback, artifacts and code (chapter 20, section 3
//! "Search"). The job `embedding` keeps the entries; `changed` is called where the graph's nodes are kept.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod entries;
#[cfg(feature = "ssr")]
mod find;
#[cfg(feature = "ssr")]
mod sweep;
#[cfg(feature = "ssr")]
mod texts;
#[cfg(feature = "ssr")]
pub(crate) use self::entries::changed;
#[cfg(feature = "ssr")]
pub use self::{
    entries::register,
    find::{answer, search},
    sweep::SWEEP,
};

/// A question has so many characters.
pub const LENGTH: std::ops::RangeInclusive<usize> = 2..=400;
/// How many hits there are unless asked for, and at most.
pub const LIMIT: i64 = 20;
pub const MOST: i64 = 50;

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum SearchType {
    Document,
    WorkOrder,
    Feature,
    FeedbackItem,
    Artifact,
    Code,
}

impl SearchType {
    pub const ALL: [Self; 6] = [Self::Feature, Self::Document, Self::WorkOrder, Self::FeedbackItem, Self::Artifact, Self::Code];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::WorkOrder => "work_order",
            Self::Feature => "feature",
            Self::FeedbackItem => "feedback_item",
            Self::Artifact => "artifact",
            Self::Code => "code",
        }
    }

    /// A group of hits on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Document => "Documents",
            Self::WorkOrder => "Work orders",
            Self::Feature => "Features",
            Self::FeedbackItem => "Feedback",
            Self::Artifact => "Artifacts",
            Self::Code => "Code",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Something that answers a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchHit {
    #[serde(rename = "type")]
    pub kind: SearchType,
    /// Of the entity; of code, its file.
    pub id: Uuid,
    pub title: String,
    /// The place of its text that answers.
    pub snippet: String,
    pub score: f32,
    /// Behind `/o/{org}/factory/{project}`.
    pub link: String,
}

/// What a search found, and how far it can be trusted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchAnswer {
    pub items: Vec<SearchHit>,
    /// Some vectors are still those of another model: their texts are found by words alone until they are made anew.
    pub re_embedding: bool,
}

/// Half words, half nearness.
pub fn score(lexical: f32, cosine: f32) -> f32 {
    0.5 * lexical + 0.5 * cosine.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_of_search() {
        assert!((score(0.09, 0.42) - 0.255).abs() < 1e-6);
        assert!((score(0.09, -0.42) - 0.045).abs() < 1e-6);
    }

    #[test]
    fn types_have_one_name_everywhere() {
        for kind in SearchType::ALL {
            assert_eq!(SearchType::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
