//! Comments on documents, work orders and feedback: threads that are anchored in a text, answered and resolved.
use crate::mentions::TargetType;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod parent;
#[cfg(feature = "ssr")]
mod read;
#[cfg(feature = "ssr")]
mod text;
#[cfg(feature = "ssr")]
mod write;
#[cfg(feature = "ssr")]
pub use self::{
    read::threads,
    write::{add, edit, remove, resolve},
};
#[cfg(feature = "ssr")]
pub(crate) use write::{Finding, replace_findings};

/// What is commented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum ParentType {
    Document,
    WorkOrder,
    FeedbackItem,
}

impl ParentType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::WorkOrder => "work_order",
            Self::FeedbackItem => "feedback_item",
        }
    }
}

/// The place in a text a thread is about: the words, and the section they stand in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Anchor {
    pub quote: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section_id: Option<String>,
    /// The mark in the text: `comment(commentId)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment_id: Option<String>,
    /// The rule of a review that found it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// Somebody or something a comment names with `@label`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub id: Uuid,
    #[serde(rename = "type")]
    pub kind: TargetType,
    pub label: String,
}

/// One comment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    pub id: Uuid,
    pub author: Option<String>,
    pub author_id: Option<Uuid>,
    pub is_agent: bool,
    /// The plain text, for editing; what it names is in `named`.
    pub text: String,
    pub named: Vec<Named>,
    pub html: String,
    pub created_at: DateTime<Utc>,
    pub edited: bool,
    /// May the reader edit and delete it?
    pub own: bool,
}

/// A thread: the comment that opened it and the answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thread {
    pub id: Uuid,
    pub anchor: Option<Anchor>,
    pub resolved: bool,
    pub resolved_by: Option<String>,
    /// `review`, `suggestion`, `drift_alert`: who opened it, if no person did.
    pub agent_type: Option<String>,
    pub comments: Vec<Comment>,
}

/// The threads of something, the open ones first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threads {
    pub threads: Vec<Thread>,
    pub open: i64,
    pub resolved: i64,
    pub may_write: bool,
}

/// A new comment: the text as it was typed, and whom or what its `@` names stand for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CommentInput {
    pub text: String,
    pub named: Vec<Named>,
    pub anchor: Option<Anchor>,
    /// The thread it answers.
    pub thread_id: Option<Uuid>,
}
