//! Suggestions: changes somebody else thought of (an agent, an interview) that a person takes or leaves,
//! one by one. Nothing of them is in the document before.
use chrono::{DateTime, Utc};
pub use richtext::wire::Operation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod apply;
#[cfg(feature = "ssr")]
mod decide;
#[cfg(feature = "ssr")]
mod make;
#[cfg(feature = "ssr")]
mod orders;
#[cfg(feature = "ssr")]
mod read;
#[cfg(feature = "ssr")]
pub(crate) use self::read::find;
#[cfg(feature = "ssr")]
pub use self::{
    decide::decide,
    make::make,
    read::{get, list},
};

/// Who suggests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum AgentType {
    Refinery,
    Foundry,
    Planner,
    Validator,
}

impl AgentType {
    /// The word on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Refinery => "Refinery",
            Self::Foundry => "Foundry",
            Self::Planner => "Planner",
            Self::Validator => "Validator",
        }
    }
}

/// How far a suggestion is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum SuggestionStatus {
    Pending,
    Accepted,
    Rejected,
    PartiallyAccepted,
}

impl SuggestionStatus {
    /// Where `accepted` and `rejected` of `all` leave it: everything one way, or something of it.
    pub const fn of(all: usize, accepted: usize, rejected: usize) -> Self {
        if accepted == 0 {
            if rejected == all { Self::Rejected } else { Self::Pending }
        } else if accepted == all {
            Self::Accepted
        } else {
            Self::PartiallyAccepted
        }
    }

    /// The status on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Pending => "Waiting",
            Self::Accepted => "Accepted",
            Self::Rejected => "Rejected",
            Self::PartiallyAccepted => "Partly accepted",
        }
    }
}

/// What a part of a suggestion makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffKind {
    /// Another text for a section of the document.
    #[default]
    Edit,
    /// A work order of the plan.
    WorkOrder,
    /// A feature of the project.
    Feature,
}

/// A proposed feature or work order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Proposal {
    pub title: String,
    /// Markdown.
    pub description: String,
    /// One checkable statement each.
    pub criteria: Vec<String>,
    /// Markdown: what does not belong to it.
    pub out_of_scope: String,
    pub feature_id: Option<Uuid>,
    /// The discipline, where there is one: `data`, `api`, ..
    pub deliverable_type: Option<String>,
    /// The proposals of the same suggestion that wait for this one.
    pub blocks: Vec<Uuid>,
    /// The work order this is an update of.
    pub updates: Option<Uuid>,
}

/// One part of a suggestion. Texts are Markdown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SuggestedDiff {
    pub id: Uuid,
    pub kind: DiffKind,
    pub section_id: String,
    pub operation: Operation,
    pub old_content: String,
    pub new_content: String,
    pub explanation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Proposal>,
}

impl Default for SuggestedDiff {
    fn default() -> Self {
        Self {
            id: Uuid::nil(),
            kind: DiffKind::Edit,
            section_id: String::new(),
            operation: Operation::Replace,
            old_content: String::new(),
            new_content: String::new(),
            explanation: String::new(),
            proposal: None,
        }
    }
}

/// What a person said to one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Accepted,
    Rejected,
}

/// A suggestion with what was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    pub id: Uuid,
    pub document_id: Uuid,
    pub agent_type: AgentType,
    pub status: SuggestionStatus,
    pub diffs: Vec<SuggestedDiff>,
    pub accepted: Vec<Uuid>,
    pub rejected: Vec<Uuid>,
    /// The work order each accepted proposal became.
    #[serde(default)]
    pub made: BTreeMap<Uuid, Uuid>,
    pub summary: Option<String>,
    pub created_at: DateTime<Utc>,
}

impl Suggestion {
    /// What was said to a part, if anything.
    pub fn verdict(&self, diff: Uuid) -> Option<Verdict> {
        if self.accepted.contains(&diff) { Some(Verdict::Accepted) } else { self.rejected.contains(&diff).then_some(Verdict::Rejected) }
    }

    /// Nothing is left to decide.
    pub fn is_decided(&self) -> bool {
        self.diffs.iter().all(|diff| self.verdict(diff.id).is_some())
    }
}

/// What to take and what to leave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decision {
    pub accept: Vec<Uuid>,
    pub reject: Vec<Uuid>,
    /// Also where the section is no longer what it was.
    pub force: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_follows_from_what_was_decided() {
        use SuggestionStatus::*;
        let of = SuggestionStatus::of;
        assert_eq!(
            [of(3, 0, 0), of(3, 0, 2), of(3, 0, 3), of(3, 1, 0), of(3, 1, 2), of(3, 3, 0)],
            [Pending, Pending, Rejected, PartiallyAccepted, PartiallyAccepted, Accepted]
        );
    }
}
