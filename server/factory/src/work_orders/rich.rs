//! The rich texts of work orders: ProseMirror documents, which callers may write as Markdown.
use super::{RichInput, RichShown, Texts, WorkOrder, html};
use kernel::Fault;
use richtext::{Doc, MAX_BYTES};
use serde_json::{Value, json};

/// The document of a field; `None` when it says nothing, 422 when it is none of ours.
pub(crate) fn read(field: &str, input: &RichInput) -> Result<Option<Value>, Fault> {
    match input {
        RichInput::Markdown(text) if text.len() > MAX_BYTES => Err(too_long(field)),
        RichInput::Markdown(text) if text.contains('\0') => Err(Fault::field(field, "holds a character that cannot be stored")),
        RichInput::Markdown(text) => Ok(from_markdown(text)),
        RichInput::Doc(doc) => check(field, doc),
    }
}

/// The texts of a work order, to be read and to be changed.
pub(super) fn shown(order: &WorkOrder) -> Texts {
    // What was stored was checked.
    let show = |doc: &Option<Value>| {
        let doc = Doc::from_value(doc.as_ref()?).ok()?;
        Some(RichShown { html: html::html(&doc), markdown: to_markdown(&doc) })
    };
    Texts {
        description: show(&order.description),
        acceptance_criteria: show(&order.acceptance_criteria),
        out_of_scope: show(&order.out_of_scope),
        implementation_plan: show(&order.implementation_plan),
    }
}

fn to_markdown(doc: &Doc) -> String {
    doc.blocks.iter().map(|b| richtext::blocks_text(std::slice::from_ref(b))).collect::<Vec<_>>().join("\n\n")
}

fn too_long(field: &str) -> Fault {
    Fault::field(field, "is longer than 2 MiB")
}

fn check(field: &str, doc: &Value) -> Result<Option<Value>, Fault> {
    let doc = Doc::from_value(doc).map_err(|error| Fault::field(field, error.to_string()).with_details(json!({ "path": error.path() })))?;
    Ok((!doc.is_empty()).then(|| doc.to_value()))
}

fn from_markdown(text: &str) -> Option<Value> {
    let paragraphs: Vec<Value> = text
        .split("\n\n")
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .map(|p| json!({ "type": "paragraph", "content": [{ "type": "text", "text": p }] }))
        .collect();
    (!paragraphs.is_empty()).then(|| json!({ "type": "doc", "content": paragraphs }))
}
