//! Shapes of bodies and answers, as endpoints write them down: `id: uuid, name: string, phase?: Phase, tags: string[]`.
//! `?` behind a name: it may be missing or null. `a|b`: one of these words. A capital letter: a shape with a name.
use serde_json::{Map, Value, json};

/// A shape as JSON Schema.
pub(super) fn schema(text: &str) -> Value {
    let mut rest = text.trim();
    let schema = if rest.contains(':') && !rest.starts_with('{') { fields(&mut rest) } else { kind(&mut rest) };
    if rest.trim().is_empty() { schema } else { json!({ "description": format!("not understood: {rest}"), "$ref": "#/not-understood" }) }
}

fn fields(rest: &mut &str) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    loop {
        *rest = rest.trim_start();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        *rest = &rest[end..];
        let optional = eat(rest, "?");
        if name.is_empty() || !eat(rest, ":") {
            break;
        }
        let value = kind(rest);
        if optional {
            properties.insert(name, json!({ "anyOf": [value, { "type": "null" }] }));
        } else {
            required.push(name.clone());
            properties.insert(name, value);
        }
        if !eat(rest, ",") {
            break;
        }
    }
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn kind(rest: &mut &str) -> Value {
    let mut schema = if eat(rest, "{") {
        let inside = fields(rest);
        eat(rest, "}");
        inside
    } else {
        word(rest)
    };
    while eat(rest, "[]") {
        schema = json!({ "type": "array", "items": schema });
    }
    schema
}

fn word(rest: &mut &str) -> Value {
    *rest = rest.trim_start();
    let end = rest.find(|c: char| !(c.is_alphanumeric() || "_-|".contains(c))).unwrap_or(rest.len());
    let word = &rest[..end];
    *rest = &rest[end..];
    match word {
        "string" | "integer" | "number" | "boolean" | "object" => json!({ "type": word }),
        "uuid" | "date-time" | "date" => json!({ "type": "string", "format": word }),
        "any" => json!({}),
        _ if !word.contains('|') && word.starts_with(|c: char| c.is_ascii_uppercase()) => {
            json!({ "$ref": format!("#/components/schemas/{word}") })
        }
        _ => json!({ "type": "string", "enum": word.split('|').collect::<Vec<_>>() }),
    }
}

fn eat(rest: &mut &str, mark: &str) -> bool {
    let Some(after) = rest.trim_start().strip_prefix(mark) else { return false };
    *rest = after;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_become_schemas() {
        assert_eq!(
            schema("id: uuid, status: a|b, of?: Thing[], at: { x: number }[]"),
            json!({
                "type": "object", "required": ["id", "status", "at"],
                "properties": {
                    "id": { "type": "string", "format": "uuid" },
                    "status": { "type": "string", "enum": ["a", "b"] },
                    "of": { "anyOf": [{ "type": "array", "items": { "$ref": "#/components/schemas/Thing" } }, { "type": "null" }] },
                    "at": { "type": "array", "items": {
                        "type": "object", "properties": { "x": { "type": "number" } }, "required": ["x"] } },
                },
            })
        );
        assert_eq!(schema("Thing"), json!({ "$ref": "#/components/schemas/Thing" }));
        assert!(schema("id: uuid; x").to_string().contains("not understood"));
    }
}
