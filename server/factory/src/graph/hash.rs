//! Content hashes of texts as they are stored (chapter 20, section 3 "Content hash"). What a service stored has passed
//! the schema; a text that does not is hashed as far as it can be read.
use richtext::{Doc, hash};
use serde_json::Value;

/// Of a document: its text and the source of its diagram.
pub fn document(content: Option<&Value>, diagram: Option<&str>) -> String {
    hash::document(&content.map_or_else(|| Doc::new(Vec::new()), read), diagram)
}

/// Of a work order: its four texts in their order.
pub fn work_order(texts: [Option<&Value>; 4]) -> String {
    let [description, criteria, scope, plan] = texts.map(|text| text.map(read));
    hash::work_order(description.as_ref(), criteria.as_ref(), scope.as_ref(), plan.as_ref())
}

/// A stored text as a document.
pub fn read(value: &Value) -> Doc {
    Doc::from_value(value).unwrap_or_else(|_| Doc::salvage(value).0)
}
