//! The knowledge graph: an overlay on everything a project holds. Each entity has one node; the server keeps the edges
//! that follow from the data, people add the others.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

#[cfg(feature = "ssr")]
pub(crate) mod hash;
#[cfg(feature = "ssr")]
mod keep;
#[cfg(feature = "ssr")]
mod links;
#[cfg(feature = "ssr")]
mod read;
#[cfg(feature = "ssr")]
mod walk;
#[cfg(feature = "ssr")]
pub use self::{
    keep::{
        keep_artifacts, keep_decision, keep_document, keep_documents, keep_feature, keep_features, keep_feedback, keep_files,
        keep_mentions, keep_work_order, keep_work_orders,
    },
    links::{Blocker, blockers, link, link_by_nodes, node, unlink, unlink_between},
    read::{PICTURE, connections, detail, edge_count, edges, node_count, nodes, picture},
    walk::{impact, traverse},
};
#[cfg(feature = "ssr")]
pub(crate) use links::keep_link;

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
    /// An entry of the decision log.
    Decision,
}

impl EntityKind {
    pub const ALL: [Self; 7] =
        [Self::Feature, Self::Document, Self::WorkOrder, Self::FeedbackItem, Self::Artifact, Self::CodebaseFile, Self::Decision];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::WorkOrder => "work_order",
            Self::Feature => "feature",
            Self::FeedbackItem => "feedback_item",
            Self::Artifact => "artifact",
            Self::CodebaseFile => "codebase_file",
            Self::Decision => "decision",
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
            Self::Decision => "Decision",
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

/// Which nodes a list shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeQuery {
    /// None: all.
    pub kinds: Vec<EntityKind>,
    pub search: String,
}

/// Which edges a list shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EdgeQuery {
    /// Those at this node.
    pub node: Option<Uuid>,
    /// None: all.
    pub types: Vec<EdgeType>,
}

/// What is drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PictureQuery {
    pub kinds: Vec<EntityKind>,
    pub types: Vec<EdgeType>,
    /// The neighbourhood of this node.
    pub around: Option<Uuid>,
}

/// Nodes and edges to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// How many nodes of these kinds there are.
    pub total: i64,
    /// The node whose neighbourhood this is.
    pub center: Option<Uuid>,
    /// Those with a live drift alert.
    pub stale: Vec<StaleNode>,
}

/// A node that may be stale, and how much that weighs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StaleNode {
    pub node: Uuid,
    pub severity: crate::drift::Severity,
}

/// The other end of an edge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Neighbour {
    pub edge: Uuid,
    pub edge_type: EdgeType,
    pub kept: bool,
    /// Does the edge begin here?
    pub outgoing: bool,
    pub node: Node,
}

/// One node with what hangs on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeDetail {
    pub node: Node,
    pub neighbours: Vec<Neighbour>,
    pub alerts: Vec<crate::drift::DriftAlert>,
}

/// Which way a traversal follows edges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    #[default]
    Both,
    /// From source to target.
    Out,
    In,
}

/// A traversal that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Traverse {
    #[serde(alias = "startNodeId", alias = "nodeId")]
    pub start: Uuid,
    /// 3 unless named, at most 10.
    #[serde(default)]
    pub depth: Option<i32>,
    #[serde(default)]
    pub direction: Direction,
    /// None: all.
    #[serde(default, alias = "edgeTypes")]
    pub types: Vec<EdgeType>,
}

/// A node a walk came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reached {
    pub node: Node,
    /// Steps from the start.
    #[serde(rename = "depth")]
    pub hop: i32,
    /// The node before it, and the edge between.
    pub via: Uuid,
    pub edge_type: EdgeType,
    /// From the start to here.
    pub path: Vec<Uuid>,
}

/// What lies near a node: the nearest 500.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Walk {
    pub start: Node,
    pub reached: Vec<Reached>,
    /// How many there are.
    pub total: i64,
}

/// What a change reaches: the nearest 500.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Impact {
    pub start: Node,
    pub direct: Vec<Reached>,
    pub indirect: Vec<Reached>,
    pub total: i64,
}
