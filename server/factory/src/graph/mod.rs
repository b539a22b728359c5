//! The knowledge graph: an overlay on everything a project holds. Each entity has one node; the server keeps the edges
//! that follow from the data, people add the others.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod hash;
#[cfg(feature = "ssr")]
mod keep;
#[cfg(feature = "ssr")]
mod links;
#[cfg(feature = "ssr")]
pub use self::{
    keep::{
        keep_artifacts, keep_document, keep_documents, keep_feature, keep_features, keep_feedback, keep_files, keep_mentions,
        keep_work_order, keep_work_orders,
    },
    links::{Blocker, blockers, link, node, unlink, unlink_between},
};

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum EntityKind {
    Document,
    WorkOrder,
    Feature,
    FeedbackItem,
    Artifact,
    CodebaseFile,
}

impl EntityKind {
    pub const ALL: [Self; 6] = [Self::Feature, Self::Document, Self::WorkOrder, Self::FeedbackItem, Self::Artifact, Self::CodebaseFile];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::WorkOrder => "work_order",
            Self::Feature => "feature",
            Self::FeedbackItem => "feedback_item",
            Self::Artifact => "artifact",
            Self::CodebaseFile => "codebase_file",
        }
    }

    /// The kind on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Document => "Document",
            Self::WorkOrder => "Work order",
            Self::Feature => "Feature",
            Self::FeedbackItem => "Feedback",
            Self::Artifact => "Artifact",
            Self::CodebaseFile => "Code file",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One entity of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EntityRef {
    pub kind: EntityKind,
    pub id: Uuid,
}

impl EntityRef {
    pub const fn new(kind: EntityKind, id: Uuid) -> Self {
        Self { kind, id }
    }
}

/// How two nodes hang together; it reads from source to target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum EdgeType {
    DerivesFrom,
    SharedContext,
    Implements,
    FeedbackOn,
    ParentOf,
    References,
    Blocks,
    RelatedTo,
}

impl EdgeType {
    pub const ALL: [Self; 8] = {
        use EdgeType::*;
        [DerivesFrom, SharedContext, Implements, FeedbackOn, ParentOf, References, Blocks, RelatedTo]
    };

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DerivesFrom => "derives_from",
            Self::SharedContext => "shared_context",
            Self::Implements => "implements",
            Self::FeedbackOn => "feedback_on",
            Self::ParentOf => "parent_of",
            Self::References => "references",
            Self::Blocks => "blocks",
            Self::RelatedTo => "related_to",
        }
    }

    /// The type as it reads between source and target.
    pub const fn words(self) -> &'static str {
        match self {
            Self::DerivesFrom => "derives from",
            Self::SharedContext => "is context of",
            Self::Implements => "implements",
            Self::FeedbackOn => "is feedback on",
            Self::ParentOf => "is parent of",
            Self::References => "references",
            Self::Blocks => "blocks",
            Self::RelatedTo => "is related to",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Edges of these types never close a circle.
    pub const fn acyclic(self) -> bool {
        matches!(self, Self::Blocks | Self::ParentOf)
    }

    /// Does staleness flow along these edges, and from which end? `Some(true)`: from source to target.
    pub const fn flow(self) -> Option<bool> {
        match self {
            Self::SharedContext | Self::Implements => Some(true),
            Self::DerivesFrom => Some(false),
            _ => None,
        }
    }
}

/// One node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub id: Uuid,
    #[serde(rename = "entityType")]
    pub kind: EntityKind,
    #[serde(rename = "entityId")]
    pub entity_id: Uuid,
    pub label: String,
    /// What screens show beside the label: key, status, type, path.
    pub metadata: Value,
    #[serde(rename = "contentHash")]
    pub content_hash: Option<String>,
}

impl Node {
    pub const fn entity(&self) -> EntityRef {
        EntityRef::new(self.kind, self.entity_id)
    }

    /// A text of the metadata.
    pub fn meta(&self, name: &str) -> Option<&str> {
        self.metadata.get(name)?.as_str()
    }
}

/// One edge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    pub id: Uuid,
    #[serde(rename = "sourceNodeId")]
    pub source: Uuid,
    #[serde(rename = "targetNodeId")]
    pub target: Uuid,
    pub edge_type: EdgeType,
    /// The server keeps it: it goes when the data no longer says so.
    pub kept: bool,
    pub created_at: DateTime<Utc>,
}
