//! Types to ProseMirror JSON, in the form TipTap writes it: attributes that say nothing are left out.
use crate::model::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

impl Doc {
    /// The document as ProseMirror JSON.
    pub fn to_value(&self) -> Value {
        node("doc", json!({}), blocks(&self.blocks))
    }
}

impl Serialize for Doc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Doc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(&Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A node; empty attributes and content are left out.
fn node(kind: &str, attrs: Value, content: Vec<Value>) -> Value {
    let mut map = Map::new();
    map.insert("type".into(), kind.into());
    if let Value::Object(mut attrs) = attrs {
        attrs.retain(|_, value| !value.is_null());
        if !attrs.is_empty() {
            map.insert("attrs".into(), attrs.into());
        }
    }
    if !content.is_empty() {
        map.insert("content".into(), content.into());
    }
    Value::Object(map)
}

fn blocks(blocks: &[Block]) -> Vec<Value> {
    blocks.iter().map(Block::to_value).collect()
}

impl Block {
    /// The block as ProseMirror JSON.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Paragraph(content) => node("paragraph", json!({}), inlines(content)),
            Self::Heading(heading) => {
                node("heading", json!({ "level": heading.level, "sectionId": heading.section_id }), inlines(&heading.content))
            }
            Self::BulletList(items) => node("bulletList", json!({}), items.iter().map(item).collect()),
            Self::OrderedList(list) => {
                node("orderedList", json!({ "start": list.start, "type": list.style }), list.items.iter().map(item).collect())
            }
            Self::TaskList(tasks) => node("taskList", json!({}), tasks.iter().map(task).collect()),
            Self::Code(code) => {
                let text = if code.text.is_empty() { vec![] } else { vec![json!({ "type": "text", "text": code.text })] };
                node("codeBlock", json!({ "language": code.language }), text)
            }
            Self::Quote(inner) => node("blockquote", json!({}), blocks(inner)),
            Self::Rule => node("horizontalRule", json!({}), vec![]),
            Self::Image(image) => node("image", json!({ "src": image.src(), "alt": image.alt, "width": image.width }), vec![]),
            Self::Table(rows) => node("table", json!({}), rows.iter().map(row).collect()),
            Self::Mermaid(code) => node("mermaidBlock", json!({ "code": code }), vec![]),
        }
    }
}

fn item(item: &Item) -> Value {
    node("listItem", json!({}), blocks(&item.blocks))
}

fn task(task: &Task) -> Value {
    node("taskItem", json!({ "checked": task.checked }), blocks(&task.blocks))
}

fn row(row: &Row) -> Value {
    node("tableRow", json!({}), row.cells.iter().map(cell).collect())
}

fn cell(cell: &Cell) -> Value {
    let attrs =
        json!({ "colspan": cell.colspan, "rowspan": cell.rowspan, "colwidth": cell.colwidth, "align": cell.align.map(Align::name) });
    node(if cell.header { "tableHeader" } else { "tableCell" }, attrs, blocks(&cell.blocks))
}

fn inlines(content: &[Inline]) -> Vec<Value> {
    content.iter().map(inline).collect()
}

fn inline(inline: &Inline) -> Value {
    match inline {
        Inline::Text(run) => {
            let mut map = Map::new();
            map.insert("type".into(), "text".into());
            if !run.marks.is_empty() {
                map.insert("marks".into(), run.marks.iter().map(Mark::to_value).collect());
            }
            map.insert("text".into(), run.text.as_str().into());
            Value::Object(map)
        }
        Inline::Break => node("hardBreak", json!({}), vec![]),
        Inline::Mention(m) => node("mention", json!({ "id": m.id, "label": m.label, "type": m.target.name() }), vec![]),
    }
}

impl Mark {
    /// The mark as ProseMirror JSON.
    pub fn to_value(&self) -> Value {
        match self.attr() {
            None => json!({ "type": self.name() }),
            Some((key, value)) => json!({ "type": self.name(), "attrs": { key: value } }),
        }
    }

    /// The one attribute of a mark that has one.
    pub fn attr(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Bold | Self::Italic | Self::Strike | Self::Code => None,
            Self::Link { href } => Some(("href", href)),
            Self::Comment { id } => Some(("commentId", id)),
            Self::SuggestionAdd { id } | Self::SuggestionDelete { id } => Some(("suggestionId", id)),
        }
    }
}
