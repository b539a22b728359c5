//! The names of fields: the API speaks camelCase, columns and services snake_case.
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::{
    Code, Fault,
    record::{PageRequest, Paged},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// What lies below these is free: documents, histories by column, what people called things.
const FREE: [&str; 5] = ["content", "metadata", "changes", "attrs", "details"];

/// A value as the API shows it.
pub(super) fn shown(value: impl Serialize) -> Value {
    renamed(json!(value))
}

fn renamed(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(renamed).collect(),
        Value::Object(fields) => {
            let field = |(name, value): (String, Value)| {
                let value = if FREE.contains(&name.as_str()) { value } else { renamed(value) };
                (camel(&name), value)
            };
            Value::Object(fields.into_iter().map(field).collect())
        }
        value => value,
    }
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        all.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        all.push_str(letters.as_str());
    }
    all
}

fn snake(name: &str) -> String {
    let mut all = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            all.push('_');
        }
        all.push(c.to_ascii_lowercase());
    }
    all
}

/// The fields of a body.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Input(Map<String, Value>);

impl Input {
    /// Takes a field out; `None` when it is not there or null.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Fault> {
        let value = self.0.remove(name).filter(|value| !value.is_null());
        value.map(serde_json::from_value).transpose().map_err(|error| Fault::field(name, format!("does not fit: {error}")))
    }

    /// A field that has to be there.
    pub fn need<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Fault> {
        self.take(name)?.ok_or_else(|| Fault::field(name, "is required"))
    }

    /// A list of words becomes the text that forms have: one a line.
    pub fn lines(&mut self, name: &str) {
        if let Some(Value::Array(items)) = self.0.get(name) {
            let text: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            let text = text.join("\n");
            self.0.insert(name.to_owned(), text.into());
        }
    }

    /// The same field under the name the service has for it.
    pub fn rename(&mut self, from: &str, to: &str) {
        if let Some(value) = self.0.remove(from) {
            self.0.insert(to.to_owned(), value);
        }
    }

    /// Did the sender say something else too?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All other fields, as the service takes them.
    pub fn rest<T: DeserializeOwned>(self) -> Result<T, Fault> {
        let fields: Map<String, Value> = self.0.into_iter().map(|(name, value)| (snake(&name), value)).collect();
        serde_json::from_value(Value::Object(fields))
            .map_err(|error| Fault::new(Code::Validation, format!("The body does not fit: {error}.")))
    }
}

/// Which page of a list.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Pages {
    pub cursor: Option<String>,
    pub limit: Option<u32>,
}

impl Pages {
    pub fn request(self) -> PageRequest {
        PageRequest { after: self.cursor, limit: self.limit }
    }
}

/// One page of a list; where nobody counts all of it, the total is null.
pub(super) fn page<T: Serialize>(found: Paged<T>, total: i64) -> Value {
    json!({ "items": shown(found.rows), "nextCursor": found.next, "totalCount": total })
}

/// A list that is answered whole.
pub(super) fn whole<T: Serialize>(items: Vec<T>) -> Value {
    let total = items.len();
    json!({ "items": shown(items), "nextCursor": null, "totalCount": total })
}

/// 201 with what was made.
pub(super) fn made(value: impl Serialize) -> Response {
    (StatusCode::CREATED, axum::Json(shown(value))).into_response()
}

/// The version a deletion was asked for; without it the row goes as it is now.
#[derive(Deserialize)]
pub(super) struct Rev {
    pub rev: Option<String>,
}

impl Rev {
    pub fn or(self, now: &str) -> String {
        self.rev.unwrap_or_else(|| now.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_and_free_texts_stay() {
        assert_eq!(
            shown(json!({ "sort_order": 1, "rows": [{ "is_default": true }], "metadata": { "a_b": 1 } })),
            json!({ "sortOrder": 1, "rows": [{ "isDefault": true }], "metadata": { "a_b": 1 } })
        );
        assert_eq!((camel("a_2_b"), snake("phaseId"), snake("phase_id")), ("a2B".into(), "phase_id".into(), "phase_id".into()));
    }
}
