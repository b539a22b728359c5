//! Work items: tasks, bugs and enhancements of the size of a checklist's line, inside a work order or alone.
use crate::{features::Priority, moves};
use chrono::{DateTime, Utc};
use kernel::{Fault, record::PageRequest};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod links;
#[cfg(feature = "ssr")]
mod read;
#[cfg(feature = "ssr")]
pub(crate) mod write;
#[cfg(feature = "ssr")]
pub(crate) use read::of_work_order;
#[cfg(feature = "ssr")]
pub use {
    links::{link, links, unlink},
    read::{count, get, page},
    write::{create, move_to, remove, update},
};

/// What a work item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "varchar", rename_all = "snake_case"))]
pub enum WorkItemType {
    #[default]
    Task,
    Bug,
    Enhancement,
}

impl WorkItemType {
    pub const ALL: [Self; 3] = [Self::Task, Self::Bug, Self::Enhancement];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Bug => "bug",
            Self::Enhancement => "enhancement",
        }
    }

    /// The type on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Task => "Task",
            Self::Bug => "Bug",
            Self::Enhancement => "Enhancement",
        }
    }
}

/// How far a work item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "varchar", rename_all = "snake_case"))]
pub enum WorkItemStatus {
    #[default]
    Todo,
    InProgress,
    Done,
}

impl WorkItemStatus {
    pub const ALL: [Self; 3] = [Self::Todo, Self::InProgress, Self::Done];

    /// Is this one move of the machine?
    pub const fn may_become(self, next: Self) -> bool {
        use WorkItemStatus::*;
        matches!((self, next), (Todo | Done, InProgress) | (InProgress, Todo | Done))
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::InProgress => "in_progress",
            Self::Done => "done",
        }
    }

    /// The status on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Todo => "To do",
            Self::InProgress => "In progress",
            Self::Done => "Done",
        }
    }

    /// 409 naming the allowed moves.
    pub fn refuse(self, next: Self) -> Fault {
        let moves: Vec<_> = Self::ALL.into_iter().filter(|to| self.may_become(*to)).map(|to| (to, to.words())).collect();
        moves::refuse((self.words(), next.words()), &moves)
    }
}

/// A work item with its version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkItem {
    pub id: Uuid,
    pub rev: String,
    pub project_id: Uuid,
    pub work_order_id: Option<Uuid>,
    pub feature_id: Option<Uuid>,
    pub title: String,
    pub description: Option<String>,
    #[serde(rename = "type")]
    pub kind: WorkItemType,
    pub status: WorkItemStatus,
    pub priority: Option<Priority>,
    pub assignee_id: Option<Uuid>,
    /// Hours somebody thinks it takes.
    pub effort: Option<i32>,
    pub metadata: Value,
    /// The test result that opened it.
    pub test_run_result_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What a new work item is made of. Empty texts are none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkItemInput {
    pub title: String,
    pub description: String,
    #[serde(rename = "type")]
    pub kind: WorkItemType,
    pub priority: String,
    pub assignee_id: Option<Uuid>,
    pub effort: Option<i32>,
    pub work_order_id: Option<Uuid>,
    pub feature_id: Option<Uuid>,
}

/// Fields to change; those that are left out stay. `null` or an empty text takes a value away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkItemPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<WorkItemType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub assignee_id: Option<Option<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub effort: Option<Option<i32>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub work_order_id: Option<Option<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub feature_id: Option<Option<Uuid>>,
}

/// A field that is there, be it `null`.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// Which work items a list shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkItemQuery {
    pub status: Option<WorkItemStatus>,
    #[serde(rename = "type")]
    pub kind: Option<WorkItemType>,
    pub work_order_id: Option<Uuid>,
    pub feature_id: Option<Uuid>,
    pub assignee_id: Option<Uuid>,
    /// Only those outside of any work order.
    pub alone: bool,
    pub page: PageRequest,
}

/// How two work items belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum LinkType {
    Blocks,
    /// Kept as `blocks`, the other way round.
    IsBlockedBy,
    RelatesTo,
    Tests,
    Duplicates,
}

/// A link as one of its ends sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkItemLink {
    pub id: Uuid,
    pub link_type: LinkType,
    /// The item asked about is the source: "blocks", "tests", "duplicates" say what it does.
    pub outgoing: bool,
    pub other_id: Uuid,
    pub other_title: String,
    pub other_status: WorkItemStatus,
}

#[cfg(test)]
mod tests {
    use super::{WorkItemStatus::*, *};

    #[test]
    fn the_work_item_machine_is_that_of_the_chapter() {
        let moves = |s: WorkItemStatus| WorkItemStatus::ALL.into_iter().filter(|to| s.may_become(*to)).collect::<Vec<_>>();
        assert_eq!(moves(Todo), [InProgress]);
        assert_eq!(moves(InProgress), [Todo, Done]);
        assert_eq!(moves(Done), [InProgress]);
        assert_eq!(Todo.refuse(Done).message, "To do cannot become done. It can become in progress.");
    }

    #[test]
    fn null_and_absence_are_told_apart() {
        let patch: WorkItemPatch = serde_json::from_str(r#"{"assignee_id": null}"#).unwrap();
        assert_eq!((patch.assignee_id, patch.effort), (Some(None), None));
    }
}
