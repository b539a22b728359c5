//! Reads one entry: many field names and forms of values, one meaning.
use super::scan::{CHILDREN, Entry, plain, reason};
use crate::features::{FeatureStatus, Priority};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A criterion as a file says it; without `met` it stays as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct CriterionDraft {
    pub id: String,
    pub text: String,
    pub met: Option<bool>,
}

/// What a file says about the state of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct State {
    pub status: Option<FeatureStatus>,
    pub passes: Option<bool>,
}

impl State {
    /// The status a new feature begins with.
    pub fn initial(self) -> FeatureStatus {
        match (self.passes, self.status) {
            (Some(true), _) => FeatureStatus::Passing,
            // Said to be done, and not to pass: it is being worked on.
            (Some(false), Some(FeatureStatus::Passing)) => FeatureStatus::InProgress,
            (_, Some(status)) => status,
            _ => FeatureStatus::Pending,
        }
    }

    /// The status a known feature goes to, if the file says one.
    pub fn target(self, now: FeatureStatus) -> Option<FeatureStatus> {
        match (self.passes, self.status) {
            (None, None) => None,
            // "passes: false" alone takes back a pass and says nothing else.
            (Some(false), None) => (now == FeatureStatus::Passing).then_some(FeatureStatus::Failing),
            _ => Some(self.initial()),
        }
    }
}

/// One entry, read. `None` where the file says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    pub line: usize,
    pub key: Option<String>,
    pub name: String,
    pub description: Option<String>,
    pub category: Option<String>,
    pub priority: Option<Priority>,
    pub state: State,
    pub effort: Option<String>,
    pub criteria: Option<Vec<CriterionDraft>>,
    pub dependencies: Option<Vec<String>>,
    /// The key of its parent.
    pub parent: Option<String>,
    pub notes: Vec<String>,
}

const KEY: &[&str] = &["id", "key", "featureid", "featurekey", "code", "identifier", "ref", "number", "uid"];
const NAME: &[&str] =
    &["name", "title", "feature", "featurename", "label", "subject", "summary", "story", "userstory", "requirement", "task"];
const DESCRIPTION: &[&str] = &["description", "desc", "details", "detail", "body", "text", "content", "userstory", "story", "summary"];
const CATEGORY: &[&str] = &["category", "area", "module", "component", "group", "section", "domain", "epic", "theme", "type"];
const PRIORITY: &[&str] = &["priority", "prio", "importance", "severity", "p"];
const STATUS: &[&str] = &["status", "state", "stage"];
const PASSES: &[&str] = &["passes", "passed", "passing", "pass", "done", "completed", "complete", "isdone", "iscomplete", "verified"];
const CRITERIA: &[&str] = &[
    "acceptancecriteria",
    "criteria",
    "acceptance",
    "acs",
    "ac",
    "steps",
    "teststeps",
    "checklist",
    "checks",
    "conditions",
    "definitionofdone",
    "tests",
];
const DEPENDS: &[&str] = &["dependson", "dependencies", "depends", "deps", "blockedby", "requires", "prerequisites"];
const EFFORT: &[&str] = &["effort", "estimate", "estimation", "size", "points", "storypoints", "hours", "complexity"];
const PARENT: &[&str] = &["parent", "parentid", "parentkey", "parentfeature", "epicid", "epickey"];

/// The fields of an entry by plain name, and which of them were read.
struct Fields {
    map: Map<String, Value>,
    used: Vec<String>,
}

impl Fields {
    /// The first of these fields that says something, by its own name.
    fn take(&mut self, names: &[&str]) -> Option<(String, Value)> {
        for name in names {
            let found = self.map.iter().find(|(key, value)| plain(key) == *name && !value.is_null() && !self.used.contains(key));
            if let Some((key, value)) = found.map(|(k, v)| (k.clone(), v.clone())) {
                self.used.push(key.clone());
                return Some((key, value));
            }
        }
        None
    }

    /// The same for texts and numbers; something else is noted and left out.
    fn text(&mut self, names: &[&str], notes: &mut Vec<String>) -> Option<String> {
        let (key, value) = self.take(names)?;
        match word(&value) {
            Some(text) => Some(text).filter(|t| !t.is_empty()),
            None => {
                notes.push(format!("{key} is not a text: left out"));
                None
            }
        }
    }
}

/// A text or number as a text without surrounding blanks or characters Postgres cannot store.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.replace('\0', "").trim().to_owned()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// Reads an entry, or says why it cannot be one. Fields that mean nothing here are counted in `strange`.
pub fn read(entry: &Entry<'_>, strange: &mut BTreeMap<String, usize>) -> Result<Draft, String> {
    let raw = entry.raw.clone()?;
    let value: Value = serde_json::from_str(raw).map_err(|error| format!("cannot be read: {}", reason(&error)))?;
    let map = match value {
        Value::Object(map) => map,
        Value::String(name) => Map::from_iter([("name".to_owned(), Value::String(name))]),
        other => return Err(format!("is {}, not a feature", kind(&other))),
    };
    let mut fields = Fields { map, used: Vec::new() };
    let mut draft = Draft { line: entry.line, ..Draft::default() };
    let notes = &mut draft.notes;
    draft.key = match fields
        .text(KEY, notes)
        .or_else(|| entry.key.as_ref().map(|k| k.replace('\0', "").trim().to_owned()).filter(|k| !k.is_empty()))
    {
        Some(key) => Some(clean_key(&key, notes)?),
        None => None,
    };
    let name = fields.text(NAME, notes);
    draft.description = fields.text(DESCRIPTION, notes);
    let name = name.or_else(|| draft.description.clone()).ok_or("has no name, title or description")?;
    draft.name = cut(&name, 255, "name", notes);
    draft.description = draft.description.map(|text| cut(&text, 20_000, "description", notes));
    draft.category = fields
        .text(CATEGORY, notes)
        .or_else(|| entry.category.clone().map(|c| c.replace('\0', "").trim().to_owned()).filter(|c| !c.is_empty()));
    draft.category = draft.category.map(|text| cut(&text, 100, "category", notes));
    draft.priority = fields.take(PRIORITY).and_then(|(key, value)| priority(&key, &value, notes));
    draft.state = State {
        status: fields.take(STATUS).and_then(|(key, value)| status(&key, &value, notes)),
        passes: fields.take(PASSES).and_then(|(key, value)| yes_no(&key, &value, notes)),
    };
    draft.effort = fields.text(EFFORT, notes).and_then(|text| match text.chars().count() {
        n if n > 20 => {
            notes.push(format!("effort has {n} characters; the most is 20: left out"));
            None
        }
        _ => Some(text),
    });
    draft.criteria = fields.take(CRITERIA).map(|(key, value)| criteria(&key, &value, notes));
    draft.dependencies = fields.take(DEPENDS).map(|(key, value)| keys(&key, &value, notes));
    draft.parent = fields.take(PARENT).and_then(|(key, value)| keys(&key, &value, notes).into_iter().next());
    for key in fields.map.keys() {
        let known = fields.used.contains(key) || CHILDREN.contains(&plain(key).as_str()) || fields.map[key].is_null();
        if !known {
            *strange.entry(key.clone()).or_default() += 1;
        }
    }
    Ok(draft)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A key without the characters that addresses and lists of keys reserve.
fn clean_key(key: &str, notes: &mut Vec<String>) -> Result<String, String> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '/' | '?' | '#' | '\\' | '%');
    let clean = key.split(bad).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    match clean.chars().count() {
        _ if clean.chars().all(|c| c == '.' || c == '-') => {
            return Err(format!("has the key {key:?}, which holds no letter or digit"));
        }
        n if n > 100 => return Err(format!("has a key of {n} characters; the most is 100")),
        _ => {}
    }
    if clean != key {
        notes.push(format!("key {key:?} is kept as {clean:?}"));
    }
    Ok(clean)
}

fn cut(text: &str, most: usize, what: &str, notes: &mut Vec<String>) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => {
            notes.push(format!("{what} cut to {most} characters"));
            text[..at].trim_end().to_owned()
        }
        None => text.to_owned(),
    }
}

/// 1 is P0, 2 is P1, 3 is P2, every other number P3; P0..P3 and the usual words.
fn priority(key: &str, value: &Value, notes: &mut Vec<String>) -> Option<Priority> {
    let Some(text) = word(value) else {
        notes.push(format!("{key} is {}: left out", kind(value)));
        return None;
    };
    if let Ok(n) = text.parse::<f64>() {
        return Some(match n {
            1.0 => Priority::P0,
            2.0 => Priority::P1,
            3.0 => Priority::P2,
            _ => Priority::P3,
        });
    }
    let found = match plain(&text).as_str() {
        "" => return None,
        "p0" | "critical" | "urgent" | "blocker" | "highest" | "must" | "musthave" => Priority::P0,
        "p1" | "high" | "major" | "should" | "shouldhave" => Priority::P1,
        "p2" | "medium" | "med" | "normal" | "moderate" | "could" | "couldhave" => Priority::P2,
        "p3" | "p4" | "p5" | "low" | "lowest" | "minor" | "trivial" | "wont" | "wonthave" | "nicetohave" => Priority::P3,
        _ => {
            notes.push(format!("{key} {text:?} is not known: left out"));
            return None;
        }
    };
    Some(found)
}

fn status(key: &str, value: &Value, notes: &mut Vec<String>) -> Option<FeatureStatus> {
    use FeatureStatus::*;
    let Some(text) = word(value) else {
        notes.push(format!("{key} is {}: left out", kind(value)));
        return None;
    };
    let found = match plain(&text).as_str() {
        "" => return None,
        "pending" | "todo" | "open" | "new" | "backlog" | "planned" | "draft" | "notstarted" | "proposed" | "ready" | "queued" => Pending,
        "inprogress" | "wip" | "doing" | "started" | "active" | "ongoing" | "inreview" | "review" | "testing" | "indevelopment"
        | "partial" => InProgress,
        "passing" | "passed" | "pass" | "done" | "complete" | "completed" | "finished" | "verified" | "closed" | "shipped" | "released"
        | "implemented" => Passing,
        "failing" | "failed" | "fail" | "broken" | "error" | "regressed" => Failing,
        "blocked" | "onhold" | "waiting" | "stuck" | "paused" => Blocked,
        _ => {
            notes.push(format!("{key} {text:?} is not known: left out"));
            return None;
        }
    };
    Some(found)
}

fn yes_no(key: &str, value: &Value, notes: &mut Vec<String>) -> Option<bool> {
    let found = match value {
        Value::Bool(b) => Some(*b),
        _ => match word(value).as_deref().map(plain).as_deref() {
            Some("true" | "yes" | "y" | "1" | "passed" | "pass" | "done") => Some(true),
            Some("false" | "no" | "n" | "0" | "failed" | "fail" | "notdone") => Some(false),
            _ => None,
        },
    };
    if found.is_none() {
        notes.push(format!("{key} is neither true nor false: left out"));
    }
    found
}

/// Criteria from a list of texts or objects, or from a text with one a line.
fn criteria(key: &str, value: &Value, notes: &mut Vec<String>) -> Vec<CriterionDraft> {
    let mut found: Vec<CriterionDraft> = match value {
        Value::String(text) => text.replace('\0', "").lines().filter_map(bullet).collect(),
        Value::Array(items) => {
            let read: Vec<Option<CriterionDraft>> = items.iter().map(criterion).collect();
            let left = read.iter().filter(|c| c.is_none()).count();
            if left > 0 {
                notes.push(format!("{left} of {} in {key} are not texts: left out", items.len()));
            }
            read.into_iter().flatten().collect()
        }
        other => {
            notes.push(format!("{key} is {}, not a list: left out", kind(other)));
            Vec::new()
        }
    };
    if found.len() > 200 {
        notes.push(format!("{key} cut to 200 of {}", found.len()));
        found.truncate(200);
    }
    for criterion in &mut found {
        criterion.text = cut(&criterion.text, 2000, "a criterion", notes);
    }
    found
}

/// "- [x] Works" as a criterion that is met.
fn bullet(line: &str) -> Option<CriterionDraft> {
    let line = line.trim();
    let text = line.strip_prefix(['-', '*', '•']).unwrap_or(line).trim_start();
    let number = text.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0 && text[*at..].starts_with(['.', ')']));
    let text = number.map_or(text, |at| text[at + 1..].trim_start());
    let (text, met) = match text.as_bytes() {
        [b'[', mark @ (b' ' | b'x' | b'X'), b']', ..] => (text[3..].trim_start(), Some(*mark != b' ')),
        _ => (text, None),
    };
    (!text.is_empty()).then(|| CriterionDraft { id: String::new(), text: text.to_owned(), met })
}

fn criterion(value: &Value) -> Option<CriterionDraft> {
    let Value::Object(map) = value else {
        return word(value).filter(|t| !t.is_empty()).map(|text| CriterionDraft { id: String::new(), text, met: None });
    };
    let get = |names: &[&str]| map.iter().find(|(key, v)| names.contains(&plain(key).as_str()) && !v.is_null()).map(|(_, v)| v);
    let text = get(&["text", "description", "criterion", "criteria", "name", "title", "step", "action"]).and_then(word).or_else(|| {
        let part = |name: &str| get(&[name]).and_then(word).filter(|t| !t.is_empty()).map(|t| format!("{name} {t}"));
        let parts: Vec<String> = ["given", "when", "then"].into_iter().filter_map(part).collect();
        (!parts.is_empty()).then(|| {
            // "given", "when" or "then" comes first: plain letters.
            let text = parts.join(", ");
            text[..1].to_uppercase() + &text[1..]
        })
    })?;
    let id = get(&["id", "key"]).and_then(word).filter(|id| id.chars().count() <= 50).unwrap_or_default();
    let met = get(&["met", "done", "checked", "passes", "passed", "completed", "complete"]).and_then(|v| yes_no("", v, &mut Vec::new()));
    (!text.is_empty()).then_some(CriterionDraft { id, text, met })
}

/// Keys from a list of texts, numbers or objects with a key, or from a text with commas.
fn keys(key: &str, value: &Value, notes: &mut Vec<String>) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::Object(map) => map.iter().find(|(k, _)| KEY.contains(&plain(k).as_str())).and_then(|(_, v)| word(v)),
        _ => word(value),
    };
    let found: Vec<Option<String>> = match value {
        Value::Array(items) => items.iter().map(one).collect(),
        Value::String(text) => text.split([',', ';']).map(|t| Some(t.replace('\0', "").trim().to_owned())).collect(),
        other => vec![one(other)],
    };
    if found.iter().any(Option::is_none) {
        notes.push(format!("{key} holds something that is no key: left out"));
    }
    let mut keys: Vec<String> = Vec::new();
    for found in found.into_iter().flatten().filter(|k| !k.is_empty()) {
        match clean_key(&found, &mut Vec::new()) {
            Ok(found) if !keys.contains(&found) => keys.push(found),
            Ok(_) => {}
            Err(reason) => notes.push(format!("{key} {reason}: left out")),
        }
    }
    keys
}
