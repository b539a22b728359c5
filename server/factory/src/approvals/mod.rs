//! Approvals: named members say yes or no to a version of a document. They hold for that version alone; the next one is
//! unapproved.
use crate::work_orders::PersonRef;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod ask;
#[cfg(feature = "ssr")]
mod decide;
#[cfg(feature = "ssr")]
mod read;
#[cfg(feature = "ssr")]
pub use self::{ask::ask, decide::decide, read::of_document};
#[cfg(feature = "ssr")]
pub(crate) use read::latest;

/// What one of those who were asked said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum ApprovalStatus {
    Waiting,
    Approved,
    Declined,
}

impl ApprovalStatus {
    pub const fn words(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Approved => "Approved",
            Self::Declined => "Declined",
        }
    }
}

/// How a version stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// Nobody was asked.
    #[default]
    None,
    Waiting,
    /// Everybody who was asked said yes.
    Approved,
    /// Somebody said no.
    Declined,
}

impl ApprovalState {
    /// One no is a no; one answer that is missing leaves it open.
    pub fn of(said: impl IntoIterator<Item = ApprovalStatus>) -> Self {
        said.into_iter().fold(Self::None, |state, one| match (state, one) {
            (Self::Declined, _) | (_, ApprovalStatus::Declined) => Self::Declined,
            (Self::Waiting, _) | (_, ApprovalStatus::Waiting) => Self::Waiting,
            (Self::None | Self::Approved, ApprovalStatus::Approved) => Self::Approved,
        })
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::None => "Not approved",
            Self::Waiting => "Waits for approval",
            Self::Approved => "Approved",
            Self::Declined => "Declined",
        }
    }
}

/// One member who was asked, and the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    pub person_id: Uuid,
    pub person: String,
    pub asked_by: Option<String>,
    pub status: ApprovalStatus,
    pub note: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
}

/// How one version stands, and who said what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionApprovals {
    pub version: i32,
    pub state: ApprovalState,
    pub approvals: Vec<Approval>,
    /// The reader was asked and has not answered.
    pub waits_for_me: bool,
}

/// The approvals of a document, its latest version first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentApprovals {
    /// The latest version, whether anybody was asked about it or not; `None`: no version was saved yet.
    pub latest: Option<i32>,
    pub versions: Vec<VersionApprovals>,
    /// Whom one can ask.
    pub people: Vec<PersonRef>,
    pub may_write: bool,
}

impl DocumentApprovals {
    /// How the latest version stands.
    pub fn state(&self) -> ApprovalState {
        self.of(self.latest.unwrap_or(0)).map_or(ApprovalState::None, |v| v.state)
    }

    /// What was said to a version.
    pub fn of(&self, version: i32) -> Option<&VersionApprovals> {
        self.versions.iter().find(|v| v.version == version)
    }
}

#[cfg(test)]
mod tests {
    use super::{ApprovalState as S, ApprovalStatus::*};

    #[test]
    fn everybody_has_to_say_yes_and_one_no_is_enough() {
        assert_eq!(S::of([]), S::None);
        assert_eq!(S::of([Approved, Waiting]), S::Waiting);
        assert_eq!(S::of([Waiting, Approved, Declined]), S::Declined);
        assert_eq!(S::of([Declined, Approved]), S::Declined);
        assert_eq!(S::of([Approved, Approved]), S::Approved);
    }
}
