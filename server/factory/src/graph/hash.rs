//! What must be equal for two states of an entity to say the same (chapter 20, section 3 "Content hash").
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Of a document: its text and the source of its diagram.
pub fn document(content: Option<&Value>, diagram: Option<&str>) -> String {
    digest(&[&canonical(content.unwrap_or(&Value::Null)), diagram.unwrap_or_default()])
}

/// Of a work order: its four texts in their order.
pub fn work_order(texts: [Option<&Value>; 4]) -> String {
    digest(&texts.map(|text| canonical(text.unwrap_or(&Value::Null))).each_ref().map(String::as_str))
}

fn digest(lines: &[&str]) -> String {
    hex::encode(Sha256::digest(lines.join("\n")))
}

/// JSON with sorted keys and without spaces.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| key.as_str());
            let entries: Vec<String> =
                entries.into_iter().map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value))).collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        scalar => scalar.to_string(),
    }
}
