//! What crosses the wire: the types a screen shows.
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What became of a document between two versions, block by block in reading order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    pub blocks: Vec<BlockChange>,
    /// The lines of the diagram's source, where one of the versions has one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagram: Vec<Span>,
    pub counts: Counts,
}

impl Diff {
    /// Whether both versions say the same.
    pub fn is_same(&self) -> bool {
        self.counts.added + self.counts.removed + self.counts.changed == 0 && self.diagram.iter().all(|s| s.change == Change::Same)
    }
}

/// How many blocks there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub same: usize,
    pub added: usize,
    pub removed: usize,
    pub changed: usize,
}

/// A block of one version or of both. Blocks are ProseMirror JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum BlockChange {
    Same {
        block: Value,
    },
    Added {
        block: Value,
    },
    Removed {
        block: Value,
    },
    /// Half of the words or more stayed.
    Changed {
        before: Value,
        after: Value,
        /// 2·LCS / (n₁ + n₂) over the words.
        similarity: f64,
        /// The block's text, lines apart by `\n`, what went and what came marked.
        spans: Vec<Span>,
    },
}

/// A run of words (or of lines, in a diagram).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub change: Change,
    pub text: String,
}

/// What became of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Same,
    Added,
    Removed,
    /// The same words in another look: bold, a link.
    Reformatted,
}
