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

/// What a review by rules found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub kind: FindingKind,
    /// One sentence: what is wrong and what to do.
    pub message: String,
    /// The words it is about. `None`: something is missing, there is nothing to point at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Anchor>,
    /// The other place of a conflict or a duplication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Anchor>,
}

/// What kind of weakness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    Ambiguity,
    Gap,
    Conflict,
    Duplication,
}

impl FindingKind {
    /// The kind on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Ambiguity => "Ambiguity",
            Self::Gap => "Gap",
            Self::Conflict => "Conflict",
            Self::Duplication => "Duplication",
        }
    }
}

/// A stretch of text within one line of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// The section it stands in.
    pub section_id: String,
    /// Which paragraph or heading of the document it is, counted through lists, quotes and tables.
    pub line: usize,
    /// Characters from the beginning of the line; a break or a mention is one.
    pub from: usize,
    pub to: usize,
    /// The words themselves.
    pub quote: String,
}

/// How work orders are cut out of a blueprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// One for each slice a user would notice.
    FeatureSlice,
    /// One for each kind of specialist, each before the next.
    Specialist,
}

/// The kinds of specialists, in the order they work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    Data,
    Api,
    Ui,
    Test,
    Ops,
}

/// A work order that could be created. Texts are Markdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    pub title: String,
    pub description: String,
    pub acceptance_criteria: Vec<String>,
    pub out_of_scope: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<Bucket>,
    /// The sections it was made of.
    pub section_ids: Vec<String>,
    /// The proposal that cannot begin before this one is done, by its place in the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<usize>,
    /// The id of a work order of nearly this title, which it would update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updates: Option<String>,
}

/// What a suggestion does to a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// New text behind the section.
    Insert,
    Replace,
    Delete,
}
