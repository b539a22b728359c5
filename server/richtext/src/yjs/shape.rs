//! The tree both sides are brought to before they are compared: elements, and texts of several runs.
use crate::hash;
use crate::model::{Doc, Mark};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use yrs::types::Attrs;
use yrs::{Any, Number, Out, ReadTxn, Text, Xml, XmlFragment, XmlFragmentRef, XmlOut, XmlTextRef};

/// A child of the fragment or of an element.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    Element(Element),
    Text(Vec<Run>),
    /// Something no editor of ours writes.
    Foreign,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Element {
    pub name: String,
    pub attrs: BTreeMap<String, Value>,
    pub children: Vec<Shape>,
}

/// Text with the same marks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Run {
    pub text: String,
    /// Name and attributes, sorted.
    pub marks: Vec<(String, Value)>,
}

/// The shape a document ought to have.
pub fn of_doc(doc: &Doc) -> Vec<Shape> {
    children_of(&doc.to_value())
}

fn children_of(node: &Value) -> Vec<Shape> {
    let mut shapes = vec![];
    for child in node["content"].as_array().into_iter().flatten() {
        match (shapes.last_mut(), run_of(child)) {
            (Some(Shape::Text(runs)), Some(run)) => runs.push(run),
            (_, Some(run)) => shapes.push(Shape::Text(vec![run])),
            (_, None) => shapes.push(element_of(child)),
        }
    }
    shapes
}

fn run_of(node: &Value) -> Option<Run> {
    let text = node["text"].as_str()?.to_owned();
    let marks = node["marks"].as_array().into_iter().flatten();
    let mut marks: Vec<_> = marks.map(|m| (name_of(m), Value::Object(clean(&name_of(m), &m["attrs"]).into_iter().collect()))).collect();
    marks.sort_by_key(|(name, attrs)| (name.clone(), hash::canonical(attrs)));
    marks.dedup();
    Some(Run { text, marks })
}

fn element_of(node: &Value) -> Shape {
    let name = name_of(node);
    Shape::Element(Element { attrs: clean(&name, &node["attrs"]), children: children_of(node), name })
}

fn name_of(node: &Value) -> String {
    node["type"].as_str().unwrap_or_default().to_owned()
}

/// The attributes that say something: no nulls, and none of those the editor sets by itself.
fn clean(name: &str, attrs: &Value) -> BTreeMap<String, Value> {
    let ignored: &[&str] = match name {
        "image" => &["title", "height"],
        "mention" => &["mentionSuggestionChar"],
        "link" => &["target", "rel", "class", "title"],
        _ => &[],
    };
    let attrs = attrs.as_object().into_iter().flatten();
    attrs.filter(|(key, value)| !value.is_null() && !ignored.contains(&key.as_str())).map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// The live fragment as ProseMirror JSON.
pub fn fragment_json<T: ReadTxn>(txn: &T, fragment: Option<&XmlFragmentRef>) -> Value {
    let content: Vec<Value> = fragment.map(|f| f.children(txn).flat_map(|child| child_json(txn, &child)).collect()).unwrap_or_default();
    json!({ "type": "doc", "content": content })
}

/// The shape of a live child.
pub fn of_live<T: ReadTxn>(txn: &T, child: &XmlOut) -> Shape {
    match child {
        XmlOut::Element(_) => child_json(txn, child).first().map_or(Shape::Foreign, element_of),
        XmlOut::Text(text) => match chunks(txn, text) {
            Some(_) => Shape::Text(child_json(txn, child).iter().filter_map(run_of).collect()),
            None => Shape::Foreign,
        },
        XmlOut::Fragment(_) => Shape::Foreign,
    }
}

fn child_json<T: ReadTxn>(txn: &T, child: &XmlOut) -> Vec<Value> {
    match child {
        XmlOut::Element(element) => {
            let attrs: Map<String, Value> = element.attributes(txn).map(|(key, value)| (key.to_owned(), out_json(value))).collect();
            let content: Vec<Value> = element.children(txn).flat_map(|child| child_json(txn, &child)).collect();
            vec![json!({ "type": element.tag().as_ref(), "attrs": attrs, "content": content })]
        }
        XmlOut::Text(text) => {
            let chunks = chunks(txn, text).unwrap_or_default();
            chunks.into_iter().map(|(text, formats)| json!({ "type": "text", "text": text, "marks": marks_json(&formats) })).collect()
        }
        XmlOut::Fragment(_) => vec![],
    }
}

/// The runs of a live text with their formats as they are stored. `None`: there is something else than text in it.
pub fn chunks<T: ReadTxn>(txn: &T, text: &XmlTextRef) -> Option<Vec<(String, Attrs)>> {
    let mut chunks: Vec<(String, Attrs)> = vec![];
    for diff in text.diff(txn, |_| ()) {
        let Out::Any(Any::String(part)) = diff.insert else { return None };
        let formats: Attrs = diff.attributes.map(|a| *a).unwrap_or_default().into_iter().filter(|(_, v)| *v != Any::Null).collect();
        match chunks.last_mut() {
            Some((last, same)) if *same == formats => last.push_str(&part),
            _ => chunks.push((part.to_string(), formats)),
        }
    }
    Some(chunks)
}

fn marks_json(formats: &Attrs) -> Value {
    let mut marks: Vec<Value> = formats.iter().map(|(key, value)| json!({ "type": mark_name(key), "attrs": mark_attrs(value) })).collect();
    marks.sort_by_cached_key(hash::canonical);
    marks.dedup();
    marks.into()
}

/// The mark a stored format stands for, in the form of [`Run::marks`].
pub fn mark_of(key: &str, value: &Any) -> (String, Value) {
    let name = mark_name(key).to_owned();
    let attrs = clean(&name, &mark_attrs(value));
    (name, Value::Object(attrs.into_iter().collect()))
}

/// Some clients store a mark without attributes as `true`.
fn mark_attrs(value: &Any) -> Value {
    match any_json(value) {
        Value::Object(attrs) => attrs.into(),
        _ => json!({}),
    }
}

/// `comment--NUJpvjOl` is a `comment`.
fn mark_name(key: &str) -> &str {
    match key.len().checked_sub(10).and_then(|at| key.split_at_checked(at)) {
        Some((name, hash)) if hash.starts_with("--") && STANDARD.decode(&hash[2..]).is_ok() => name,
        _ => key,
    }
}

/// The formats of a run.
pub fn formats(run: &Run) -> Attrs {
    run.marks.iter().map(|(name, attrs)| (Arc::from(format_key(name, attrs)), any(attrs))).collect()
}

/// The name a mark is stored under.
pub fn format_key(name: &str, attrs: &Value) -> String {
    if Mark::overlaps(name) { format!("{name}--{}", mark_hash(name, attrs)) } else { name.to_owned() }
}

/// y-prosemirror's `hashOfJSON`: SHA-256 of the mark in lib0's `encodeAny`, folded to six bytes.
fn mark_hash(name: &str, attrs: &Value) -> String {
    use yrs::encoding::write::Write;
    let empty = Map::new();
    let attrs = attrs.as_object().unwrap_or(&empty);
    let mut bytes: Vec<u8> = vec![118, if attrs.is_empty() { 1 } else { 2 }];
    bytes.write_string("type");
    bytes.write_u8(119);
    bytes.write_string(name);
    if !attrs.is_empty() {
        bytes.write_string("attrs");
        any(&Value::Object(attrs.clone())).encode(&mut bytes);
    }
    let digest = Sha256::digest(&bytes);
    let mut folded = [0_u8; 6];
    for (at, byte) in digest.iter().enumerate() {
        folded[at % 6] ^= byte;
    }
    STANDARD.encode(folded)
}

fn out_json(value: Out) -> Value {
    if let Out::Any(any) = value { any_json(&any) } else { Value::Null }
}

fn any_json(value: &Any) -> Value {
    match value {
        Any::Null | Any::Undefined | Any::Buffer(_) => Value::Null,
        Any::Bool(b) => (*b).into(),
        Any::Number(Number::Int(n)) => (*n).into(),
        // 2.0 and 2 are one number in JavaScript.
        Any::Number(Number::Float(n)) if n.fract() == 0.0 && n.abs() < 9e15 => (*n as i64).into(),
        Any::Number(Number::Float(n)) => (*n).into(),
        Any::String(text) => text.as_ref().into(),
        Any::Array(items) => items.iter().map(any_json).collect(),
        Any::Map(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), any_json(v))).collect()),
    }
}

/// A JSON value as Y keeps it.
pub fn any(value: &Value) -> Any {
    match value {
        Value::Null => Any::Null,
        Value::Bool(b) => Any::Bool(*b),
        Value::Number(n) => match n.as_i64() {
            Some(n) => Any::Number(Number::Int(n)),
            None => Any::Number(Number::Float(n.as_f64().unwrap_or_default())),
        },
        Value::String(text) => Any::String(text.as_str().into()),
        Value::Array(items) => Any::Array(items.iter().map(any).collect()),
        Value::Object(map) => Any::Map(Arc::new(map.iter().map(|(k, v)| (k.clone(), any(v))).collect())),
    }
}
