//! The status machine of work orders (chapter 20, section 2.3).
use crate::moves;
use kernel::Fault;
use serde::{Deserialize, Serialize};

/// How far a work order is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum WorkOrderStatus {
    #[default]
    Backlog,
    Ready,
    InProgress,
    InReview,
    Done,
}

impl WorkOrderStatus {
    pub const ALL: [Self; 5] = [Self::Backlog, Self::Ready, Self::InProgress, Self::InReview, Self::Done];

    /// Is this one move of the machine?
    pub const fn may_become(self, next: Self) -> bool {
        use WorkOrderStatus::*;
        matches!(
            (self, next),
            (Backlog, Ready)
                | (Ready, Backlog | InProgress)
                | (InProgress, Ready | InReview)
                | (InReview, InProgress | Done)
                | (Done, InReview)
        )
    }

    /// The moves that are open from here.
    pub fn moves(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |next| self.may_become(*next))
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Backlog => "backlog",
            Self::Ready => "ready",
            Self::InProgress => "in_progress",
            Self::InReview => "in_review",
            Self::Done => "done",
        }
    }

    /// The status on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Backlog => "Backlog",
            Self::Ready => "Ready",
            Self::InProgress => "In progress",
            Self::InReview => "In review",
            Self::Done => "Done",
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
    use super::{WorkOrderStatus::*, *};

    #[test]
    fn the_work_order_machine_is_that_of_the_chapter() {
        let moves = |s: WorkOrderStatus| s.moves().collect::<Vec<_>>();
        assert_eq!(moves(Backlog), [Ready]);
        assert_eq!(moves(Ready), [Backlog, InProgress]);
        assert_eq!(moves(InProgress), [Ready, InReview]);
        assert_eq!(moves(InReview), [InProgress, Done]);
        assert_eq!(moves(Done), [InReview]);
        assert_eq!(Backlog.refuse(Done).message, "Backlog cannot become done. It can become ready.");
    }
}
