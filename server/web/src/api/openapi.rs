//! `/api/openapi.json`: the API as OpenAPI 3.1, made of what each endpoint says of itself and of the permission matrix.
use super::{shape::schema, shapes::SHAPES};
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use core_area::matrix::{self, Access, Sample};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// What an endpoint says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Doc {
    /// `GET /api/organizations`
    pub endpoint: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The parameters after the `?`, as a shape.
    pub query: &'static str,
    /// The body, as a shape; `file`, `text`, or nothing.
    pub body: &'static str,
    /// Status and shape of the answer: `200 Feature`, `200 list Feature`, `200 file`, `204`.
    pub answer: &'static str,
}

/// One line of a table of descriptions.
pub(super) const fn doc(
    endpoint: &'static str,
    summary: &'static str,
    query: &'static str,
    body: &'static str,
    answer: &'static str,
) -> Doc {
    Doc { endpoint, summary, query, body, answer }
}

impl Doc {
    pub(super) fn method(&self) -> &'static str {
        self.endpoint.split_once(' ').map_or("", |(method, _)| method)
    }

    pub(super) fn path(&self) -> &'static str {
        self.endpoint.split_once(' ').map_or("", |(_, path)| path)
    }

    /// The part of the product it belongs to, which its path says.
    pub(super) fn group(&self) -> &'static str {
        let path = self.path();
        let part = path.strip_prefix("/api/projects/{project}").map(|rest| rest.split('/').nth(1).unwrap_or_default());
        match part {
            Some("features") => "Features",
            Some("refinery") => "Requirements",
            Some("foundry") => "Blueprints",
            Some("planner" | "work-items") => "Planner",
            Some("test-runs" | "test-cases") => "Tests",
            Some("validator") => "Feedback",
            Some("graph") => "Graph and drift",
            Some("artifacts") => "Artifacts",
            Some("codebase" | "code") => "Code",
            Some("suggestions" | "agents") => "Suggestions and assistant",
            Some("templates") => "Templates",
            Some("integrations") => "Integrations",
            Some("jobs" | "export" | "exports") => "Jobs and exports",
            Some(_) => "Projects",
            None if path.starts_with("/api/auth") => "Sign-in",
            None if path == "/api/mcp" => "Coding tools",
            None if path.ends_with("/templates") || path.contains("/templates/") => "Templates",
            None if path.ends_with("/projects") => "Projects",
            None if path.starts_with("/api/organizations") => "Organizations",
            None if path.starts_with("/api/integrations") => "Integrations",
            None => "Live and files",
        }
    }

    /// Who may call it, in words; the matrix says so.
    pub(super) fn access(&self) -> String {
        match matrix::line_of(self.endpoint).map(|line| line.access) {
            None | Some(Access::Public) => "Everybody, without signing in.".to_owned(),
            Some(Access::SignedIn) if self.path() == "/api/mcp" => "Keys of a project with the scope mcp:read or mcp:write.".to_owned(),
            Some(Access::SignedIn) => "Any signed-in person.".to_owned(),
            Some(Access::Platform) => "Administrators of the installation.".to_owned(),
            Some(Access::Member(perm)) => match perm.scopes() {
                [] => format!("Members who may {}. No key.", perm.words()),
                scopes => format!("Members who may {}; keys with the scope {}.", perm.words(), scopes.join(" or ")),
            },
        }
    }

    /// A body that can be read, as the matrix has it.
    pub(super) fn sample(&self) -> Option<&'static str> {
        match matrix::line_of(self.endpoint)?.sample {
            Sample::Json(json) => Some(json),
            _ => None,
        }
    }

    pub(super) fn status(&self) -> &'static str {
        self.answer.split_once(' ').map_or(self.answer, |(status, _)| status)
    }

    /// The shape of the answer, without its status; empty where it has no body.
    pub(super) fn shape(&self) -> &'static str {
        self.answer.split_once(' ').map_or("", |(_, shape)| shape)
    }

    /// The names in the braces of the path.
    fn variables(&self) -> impl Iterator<Item = &'static str> {
        self.path().split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    fn operation(&self) -> Value {
        let variable = |name: &str| {
            let kind = match name {
                "number" => json!({ "type": "integer" }),
                "type" | "provider" | "sha256" => json!({ "type": "string" }),
                _ => json!({ "type": "string", "format": "uuid" }),
            };
            json!({ "name": name, "in": "path", "required": true, "schema": kind })
        };
        let mut parameters: Vec<Value> = self.variables().map(variable).collect();
        let asked = if self.query.is_empty() { json!({}) } else { schema(self.query) };
        let required = asked["required"].as_array().cloned().unwrap_or_default();
        for (name, kind) in asked["properties"].as_object().into_iter().flatten() {
            let needed = required.iter().any(|r| r == name);
            // What may be left out is left out of an address, not null.
            let kind = kind["anyOf"].get(0).unwrap_or(kind);
            parameters.push(json!({ "name": name, "in": "query", "required": needed, "schema": kind }));
        }
        let mut operation = json!({
            "tags": [self.group()], "summary": self.summary, "description": self.access(), "operationId": self.id(),
            "parameters": parameters,
            "responses": { self.status(): self.response(), "default": { "$ref": "#/components/responses/Refusal" } },
        });
        match self.body {
            "" => {}
            "file" => operation["requestBody"] = body("multipart/form-data", schema("file: string")),
            "text" => operation["requestBody"] = body("text/plain", json!({ "type": "string" })),
            shape => {
                let mut json = body("application/json", schema(shape));
                if let Some(sample) = self.sample().and_then(|s| serde_json::from_str::<Value>(s).ok()) {
                    json["content"]["application/json"]["example"] = sample;
                }
                operation["requestBody"] = json;
            }
        }
        if matches!(matrix::line_of(self.endpoint).map(|line| line.access), None | Some(Access::Public)) {
            operation["security"] = json!([]);
        }
        operation
    }

    fn id(&self) -> String {
        let words = self.endpoint.replace("/api/", "").replace(['{', '}', '.'], "_");
        words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join("_").to_lowercase()
    }

    fn response(&self) -> Value {
        let shape = self.shape();
        match shape {
            "" => json!({ "description": "Done." }),
            "file" => json!({ "description": "The bytes.", "content": { "application/octet-stream": {} } }),
            "events" => json!({ "description": "Server-sent events.", "content": { "text/event-stream": {} } }),
            "text" => json!({ "description": "Text.", "content": { "text/plain": { "schema": { "type": "string" } } } }),
            _ => json!({ "description": "The answer.", "content": { "application/json": { "schema": answer(shape) } } }),
        }
    }
}

/// The schema of an answer: a shape, or a list of it.
fn answer(shape: &str) -> Value {
    match shape.strip_prefix("list ") {
        None => schema(shape),
        Some(items) => json!({
            "type": "object", "required": ["items", "nextCursor"],
            "properties": {
                "items": { "type": "array", "items": schema(items) },
                "nextCursor": { "type": ["string", "null"], "description": "Send it as cursor for the next page." },
                "totalCount": { "type": "integer" },
            },
        }),
    }
}

fn body(kind: &str, schema: Value) -> Value {
    json!({ "required": true, "content": { kind: { "schema": schema } } })
}

/// The whole document.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut paths = Map::new();
    for doc in super::docs() {
        let path = paths.entry(doc.path()).or_insert_with(|| json!({}));
        path[doc.method().to_lowercase()] = doc.operation();
    }
    let shapes: Map<String, Value> = SHAPES.iter().map(|(name, text)| ((*name).to_owned(), schema(text))).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Millrace", "version": env!("CARGO_PKG_VERSION"),
            "description": "People call with their session cookie and the Origin of this installation, programs with a key: \
                Authorization: Bearer of-key-… for one project, okey_… for an organization. Lists answer items, nextCursor and \
                totalCount; refusals answer error with code, message and details.",
        },
        "servers": [{ "url": "/" }],
        "security": [{ "key": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "schemas": shapes,
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": "sid" },
            },
            "responses": {
                "Refusal": {
                    "description": "What went wrong, as a code and a sentence.",
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Refusal" } } },
                },
            },
        },
    })
});

/// The document, for programs that read it.
pub(super) async fn document() -> Response {
    ([(header::CACHE_CONTROL, "public, max-age=300")], axum::Json(&*DOCUMENT)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_endpoint_says_what_it_does_and_answers() {
        let described: BTreeSet<&str> = super::super::docs().map(|doc| doc.endpoint).collect();
        let paths = super::super::paths();
        let endpoints: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
        let missing: Vec<_> = endpoints.difference(&described).collect();
        assert!(missing.is_empty(), "endpoints without a line in the DOCS of their file: {missing:#?}");
        let dead: Vec<_> = described.difference(&endpoints).collect();
        assert!(dead.is_empty(), "descriptions without an endpoint: {dead:#?}");
        assert_eq!(super::super::docs().count(), described.len(), "none is described twice");
        for doc in super::super::docs() {
            assert!(doc.summary.ends_with('.') && doc.summary.len() > 8, "{doc:?} has no summary");
            let status: u16 = doc.status().parse().unwrap_or_default();
            assert!((100..400).contains(&status), "{doc:?} has no status");
            assert!(matches!(status, 204 | 101 | 302) || !doc.shape().is_empty(), "{doc:?} has no shape of its answer");
            assert!(matrix::line_of(doc.endpoint).is_some(), "{doc:?} is not in the matrix");
        }
    }

    #[test]
    fn the_document_refers_to_what_is_there() {
        fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
            match value {
                Value::Object(fields) => {
                    found.extend(fields.get("$ref").and_then(Value::as_str));
                    fields.values().for_each(|value| references(value, found));
                }
                Value::Array(items) => items.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let mut found = BTreeSet::new();
        references(&DOCUMENT, &mut found);
        for reference in &found {
            assert!(DOCUMENT.pointer(reference.trim_start_matches('#')).is_some(), "nothing is at {reference}");
        }
        assert!(found.len() > 20);
        let used = |name: &str| found.contains(&*format!("#/components/schemas/{name}"));
        let idle: Vec<_> = SHAPES.iter().filter(|(name, _)| !used(name)).collect();
        assert!(idle.is_empty(), "nobody refers to {idle:?}");
        let ids: BTreeSet<String> = super::super::docs().map(|doc| doc.id()).collect();
        assert_eq!(ids.len(), super::super::docs().count(), "ids of operations differ");
    }
}
