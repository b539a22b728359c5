//! Content hashes: what must be equal for two states to say the same (chapter 20, "Content hash").
use crate::model::Doc;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The hash of a document: its canonical JSON, a line feed, its diagram's source.
pub fn document(content: &Doc, diagram: Option<&str>) -> String {
    let json = canonical(&content.without_annotations().to_value());
    digest(&[&json, "\n", diagram.unwrap_or_default()])
}

/// The hash of a work order: its four fields in this order.
pub fn work_order(description: Option<&Doc>, acceptance_criteria: Option<&Doc>, out_of_scope: Option<&Doc>, plan: Option<&Doc>) -> String {
    fields(&[description, acceptance_criteria, out_of_scope, plan].map(|field| match field {
        Some(doc) => doc.without_annotations().to_value(),
        None => Value::Null,
    }))
}

/// The hash of a feature: name, description and criteria.
pub fn feature(name: &str, description: Option<&str>, criteria: &Value) -> String {
    fields(&[name.into(), description.map_or(Value::Null, Value::from), criteria.clone()])
}

/// The hash of values in their order, each as canonical JSON on a line.
pub fn fields(values: &[Value]) -> String {
    let lines: Vec<String> = values.iter().map(canonical).collect();
    digest(&[&lines.join("\n")])
}

fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
    }
    hex::encode(hasher.finalize())
}

/// JSON with sorted keys and without spaces, whatever order the map keeps.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (i, (key, value)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, value) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(value, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}
