//! The status machine of features (chapter 20, section 2.3).
use crate::moves;
use kernel::Fault;
use serde::{Deserialize, Serialize};

/// How far a feature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "varchar", rename_all = "snake_case"))]
pub enum FeatureStatus {
    Pending,
    InProgress,
    Passing,
    Failing,
    Blocked,
}

impl FeatureStatus {
    pub const ALL: [Self; 5] = [Self::Pending, Self::InProgress, Self::Passing, Self::Failing, Self::Blocked];

    /// Is this one move of the machine?
    pub const fn may_become(self, next: Self) -> bool {
        use FeatureStatus::*;
        matches!(
            (self, next),
            (Pending, InProgress | Blocked)
                | (InProgress, Passing | Failing | Blocked)
                | (Failing, InProgress | Passing | Blocked)
                | (Passing, Failing | InProgress)
                | (Blocked, Pending | InProgress)
        )
    }

    /// The moves that are open from here.
    pub fn moves(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |next| self.may_become(*next))
    }

    /// How test results and feature lists get there: straight, or stepping through in progress. What is blocked
    /// stays blocked: a person unblocks it. Empty: it is there already.
    pub fn steps_to(self, target: Self) -> Option<Vec<Self>> {
        use FeatureStatus::*;
        match self {
            _ if self == target => Some(Vec::new()),
            Blocked => None,
            _ if self.may_become(target) => Some(vec![target]),
            _ if self.may_become(InProgress) && InProgress.may_become(target) => Some(vec![InProgress, target]),
            _ => None,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "in_progress",
            Self::Passing => "passing",
            Self::Failing => "failing",
            Self::Blocked => "blocked",
        }
    }

    /// The status on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InProgress => "In progress",
            Self::Passing => "Passing",
            Self::Failing => "Failing",
            Self::Blocked => "Blocked",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// 409 naming the allowed moves.
    pub fn refuse(self, next: Self) -> Fault {
        moves::refuse((self.words(), next.words()), &self.moves().map(|to| (to, to.words())).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::{FeatureStatus::*, *};
    use kernel::Code;

    #[test]
    fn the_feature_machine_is_that_of_the_chapter() {
        let moves = |s: FeatureStatus| s.moves().collect::<Vec<_>>();
        assert_eq!(moves(Pending), [InProgress, Blocked]);
        assert_eq!(moves(InProgress), [Passing, Failing, Blocked]);
        assert_eq!(moves(Failing), [InProgress, Passing, Blocked]);
        assert_eq!(moves(Passing), [InProgress, Failing]);
        assert_eq!(moves(Blocked), [Pending, InProgress]);
    }

    #[test]
    fn a_refusal_names_the_allowed_moves() {
        let fault = Pending.refuse(Passing);
        assert_eq!(fault.code, Code::InvalidTransition);
        assert_eq!(fault.message, "Pending cannot become passing. It can become in progress or blocked.");
        assert_eq!(fault.details.unwrap()["allowed"], serde_json::json!(["in_progress", "blocked"]));
    }

    #[test]
    fn lists_and_tests_step_through_in_progress_and_leave_the_blocked_alone() {
        assert_eq!(Pending.steps_to(Passing), Some(vec![InProgress, Passing]));
        assert_eq!(Pending.steps_to(Failing), Some(vec![InProgress, Failing]));
        assert_eq!(Passing.steps_to(Failing), Some(vec![Failing]));
        assert_eq!(Passing.steps_to(Blocked), Some(vec![InProgress, Blocked]));
        assert_eq!(Passing.steps_to(Pending), None);
        assert_eq!(Blocked.steps_to(Passing), None);
        assert_eq!(Blocked.steps_to(Blocked), Some(vec![]));
    }
}
