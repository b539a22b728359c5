//! A document as types. What the types allow is what the schema allows, up to a few rules that `json` checks.
use std::fmt;

/// A document. It has at least one block.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Doc {
    pub blocks: Vec<Block>,
}

/// An empty document is one empty paragraph, as in the editor.
impl Default for Doc {
    fn default() -> Self {
        Self::new(vec![])
    }
}

impl Doc {
    /// A document of these blocks.
    pub fn new(blocks: Vec<Block>) -> Self {
        if blocks.is_empty() { Self { blocks: vec![Block::Paragraph(vec![])] } } else { Self { blocks } }
    }

    /// Nothing but empty paragraphs.
    pub fn is_empty(&self) -> bool {
        self.blocks.iter().all(|b| matches!(b, Block::Paragraph(content) if content.is_empty()))
    }
}

/// A block of the document, of an item, a quote or a table cell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Block {
    Paragraph(Vec<Inline>),
    Heading(Heading),
    BulletList(Vec<Item>),
    OrderedList(OrderedList),
    TaskList(Vec<Task>),
    Code(Code),
    Quote(Vec<Block>),
    Rule,
    Image(Image),
    Table(Vec<Row>),
    /// A diagram within the text, as Mermaid source.
    Mermaid(String),
}

/// A heading; it begins a section.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Heading {
    /// 1 to 4.
    pub level: u8,
    /// Names the section for suggestions; unique in a document unless somebody copied a heading.
    pub section_id: Option<String>,
    pub content: Vec<Inline>,
}

/// An item of a list: a paragraph, then whatever belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Item {
    pub blocks: Vec<Block>,
}

/// A numbered list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderedList {
    pub start: u32,
    /// How numbers look, as in HTML: `1`, `a`, `A`, `i`, `I`.
    pub style: Option<String>,
    pub items: Vec<Item>,
}

/// An item with a box to tick.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Task {
    pub checked: bool,
    pub blocks: Vec<Block>,
}

/// A block of source code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Code {
    pub language: Option<String>,
    pub text: String,
}

/// A picture: an artifact of the document's own project.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Image {
    pub artifact: uuid::Uuid,
    pub alt: Option<String>,
    /// Width on screen in CSS pixels.
    pub width: Option<u32>,
}

impl Image {
    /// The `src` of the node.
    pub fn src(&self) -> String {
        format!("artifact:{}", self.artifact)
    }
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Row {
    pub cells: Vec<Cell>,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    pub header: bool,
    pub colspan: u32,
    pub rowspan: u32,
    /// Widths of the columns it covers, in CSS pixels, where somebody dragged them; 0 is automatic.
    pub colwidth: Option<Vec<u32>>,
    pub align: Option<Align>,
    pub blocks: Vec<Block>,
}

impl Cell {
    /// A plain cell.
    pub fn new(header: bool, blocks: Vec<Block>) -> Self {
        Self { header, colspan: 1, rowspan: 1, colwidth: None, align: None, blocks }
    }
}

/// Where the text of a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Align {
    Left,
    Center,
    Right,
}

impl Align {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Center => "center",
            Self::Right => "right",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Left, Self::Center, Self::Right].into_iter().find(|a| a.name() == name)
    }
}

/// What stands in a line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Inline {
    Text(Text),
    Break,
    Mention(Mention),
}

/// A run of text with the same marks. Never empty; neighbours differ in their marks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    pub text: String,
    /// Sorted, each once.
    pub marks: Vec<Mark>,
}

impl Inline {
    /// Text without marks.
    pub fn text(text: impl Into<String>) -> Self {
        Self::marked(text, vec![])
    }

    /// Text with marks.
    pub fn marked(text: impl Into<String>, mut marks: Vec<Mark>) -> Self {
        marks.sort();
        marks.dedup();
        Self::Text(Text { text: text.into(), marks })
    }
}

/// Joins neighbours with equal marks and leaves out empty runs, as ProseMirror does.
pub fn join(content: Vec<Inline>) -> Vec<Inline> {
    let mut joined: Vec<Inline> = Vec::with_capacity(content.len());
    for inline in content {
        match (joined.last_mut(), inline) {
            (_, Inline::Text(next)) if next.text.is_empty() => {}
            (Some(Inline::Text(last)), Inline::Text(next)) if last.marks == next.marks => last.text.push_str(&next.text),
            (_, inline) => joined.push(inline),
        }
    }
    joined
}

/// Somebody or something named in the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mention {
    pub id: uuid::Uuid,
    /// What it was called when it was written.
    pub label: String,
    pub target: Target,
}

/// What a mention points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    User,
    Artifact,
    Document,
    WorkOrder,
    Feature,
}

impl Target {
    pub const ALL: [Self; 5] = [Self::User, Self::Artifact, Self::Document, Self::WorkOrder, Self::Feature];

    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Artifact => "artifact",
            Self::Document => "document",
            Self::WorkOrder => "work_order",
            Self::Feature => "feature",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }
}

/// What text looks like or belongs to. The order is the one marks are kept in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mark {
    Link { href: String },
    Bold,
    Italic,
    Strike,
    Code,
    Comment { id: String },
    SuggestionAdd { id: String },
    SuggestionDelete { id: String },
}

impl Mark {
    /// The name in ProseMirror JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Link { .. } => "link",
            Self::Bold => "bold",
            Self::Italic => "italic",
            Self::Strike => "strike",
            Self::Code => "code",
            Self::Comment { .. } => "comment",
            Self::SuggestionAdd { .. } => "suggestionAdd",
            Self::SuggestionDelete { .. } => "suggestionDelete",
        }
    }

    /// Whether text may carry several marks of this kind: it may be part of two comments.
    pub const fn overlaps(name: &str) -> bool {
        matches!(name.as_bytes(), b"comment" | b"suggestionAdd" | b"suggestionDelete")
    }

    /// Whether the mark is talk about the text rather than the text: it leaves no trace in hash, diff and exports.
    pub const fn is_annotation(&self) -> bool {
        matches!(self, Self::Comment { .. } | Self::SuggestionAdd { .. } | Self::SuggestionDelete { .. })
    }
}

impl fmt::Display for Doc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plain_text())
    }
}
