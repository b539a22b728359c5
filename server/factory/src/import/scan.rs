//! Finds the entries of a feature list in a JSON text, each with its line.
use super::{MAX_BYTES, MAX_ENTRIES};
use kernel::{Code, Fault};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// One entry as it stands in the file.
#[derive(Debug)]
pub struct Entry<'a> {
    pub line: usize,
    /// The text of the entry, or why it cannot be read.
    pub raw: Result<&'a str, String>,
    /// The name it has in an object of entries.
    pub key: Option<String>,
    /// The group it stands in.
    pub category: Option<String>,
    /// Where its parent stands in the list, and its place among that one's children.
    pub parent: Option<(usize, usize)>,
    /// 1 for the top.
    pub level: usize,
}

/// Fields that hold the list, as `plain` names them, best first.
const LISTS: &[&str] = &[
    "features",
    "featurelist",
    "items",
    "requirements",
    "userstories",
    "stories",
    "epics",
    "tasks",
    "entries",
    "backlog",
    "list",
    "data",
    "results",
    "project",
];
/// Fields that hold groups of entries: their names become the category.
const GROUPS: &[&str] = &["categories", "modules", "areas", "groups", "sections", "phases", "milestones"];
/// Fields in which an entry holds those below it.
pub const CHILDREN: &[&str] = &["children", "subfeatures", "features", "stories", "userstories", "subtasks", "items"];
/// Fields by which an object shows that it is an entry itself.
const NAMES: &[&str] = &["name", "title", "description"];

/// A field name without case and punctuation: `acceptance_criteria`, `acceptanceCriteria` and `Acceptance criteria` are one.
pub fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The fields of an object in their order, values unread.
pub struct Pairs<'a>(pub Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry::<String, &'de RawValue>()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Fields).map(Pairs)
    }
}

/// Every entry of the file in its order, parents before their children.
pub fn scan(text: &str) -> Result<Vec<Entry<'_>>, Fault> {
    if text.len() > MAX_BYTES {
        let mib = MAX_BYTES / 1024 / 1024;
        return Err(Fault::new(Code::TooLarge, format!("A feature list has at most {mib} MiB. Split the file.")));
    }
    let body = unfenced(text.trim_start_matches('\u{feff}'));
    if body.trim().is_empty() {
        return Err(Fault::field("text", "is empty"));
    }
    let mut scan =
        Scan { text, ends: text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i).collect(), entries: Vec::new() };
    match serde_json::from_str::<&RawValue>(body) {
        Ok(root) => scan.root(root.get(), None, 0)?,
        Err(error) => scan.lines(body, &error)?,
    }
    if scan.entries.is_empty() {
        return Err(Fault::field("text", "holds an empty list"));
    }
    Ok(scan.entries)
}

/// The inside of a Markdown code block, which is what a chat hands over.
fn unfenced(text: &str) -> &str {
    let Some(rest) = text.trim_start().strip_prefix("```") else {
        return text;
    };
    let Some((_, inside)) = rest.split_once('\n') else {
        return text;
    };
    inside.rfind("```").map_or(inside, |end| &inside[..end])
}

struct Scan<'a> {
    text: &'a str,
    /// Where the lines end.
    ends: Vec<usize>,
    entries: Vec<Entry<'a>>,
}

impl<'a> Scan<'a> {
    /// The line on which a part of the text begins.
    fn line(&self, part: &str) -> usize {
        let at = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        self.ends.partition_point(|end| *end < at) + 1
    }

    fn push(&mut self, entry: Entry<'a>) -> Result<usize, Fault> {
        if self.entries.len() == MAX_ENTRIES {
            return Err(Fault::new(Code::TooLarge, format!("A feature list has at most {MAX_ENTRIES} entries. Split the file.")));
        }
        self.entries.push(entry);
        Ok(self.entries.len() - 1)
    }

    /// JSON lines: one entry a line, a broken line is rejected alone.
    fn lines(&mut self, body: &'a str, whole: &serde_json::Error) -> Result<(), Fault> {
        let mut lines = body.lines().map(str::trim).filter(|l| !l.is_empty());
        let object = |line: &str| line.starts_with('{') && serde_json::from_str::<&RawValue>(line).is_ok();
        let first = lines.next().unwrap_or_default();
        if !(object(first) && lines.next().is_some_and(|second| second.starts_with('{'))) {
            let offset = self.line(body) - 1;
            return Err(Fault::field(
                "text",
                format!("is not JSON: line {}, column {}: {}", offset + whole.line(), whole.column(), reason(whole)),
            ));
        }
        for line in body.lines().map(str::trim).filter(|l| !l.is_empty()) {
            match serde_json::from_str::<&RawValue>(line) {
                Ok(raw) => self.entry(raw.get(), None, None, None, 1)?,
                Err(error) => {
                    let entry = Entry {
                        line: self.line(line),
                        raw: Err(format!("is not JSON: column {}: {}", error.column(), reason(&error))),
                        key: None,
                        category: None,
                        parent: None,
                        level: 1,
                    };
                    self.push(entry)?;
                }
            }
        }
        Ok(())
    }

    /// The list inside a value: the value itself, or the likeliest of its fields.
    fn root(&mut self, raw: &'a str, category: Option<&str>, depth: usize) -> Result<(), Fault> {
        if depth > 8 {
            return Err(Fault::field("text", "holds no list of features within eight levels"));
        }
        match raw.as_bytes().first() {
            Some(b'[') => {
                for item in elements(raw) {
                    self.entry(item, None, category, None, 1)?;
                }
                Ok(())
            }
            Some(b'{') => self.object(raw, category, depth),
            _ => Err(Fault::field("text", "is neither a list nor an object with a list of features")),
        }
    }

    fn object(&mut self, raw: &'a str, category: Option<&str>, depth: usize) -> Result<(), Fault> {
        let pairs = pairs(raw)?;
        let named =
            |names: &[&str]| names.iter().find_map(|name| pairs.iter().find(|(key, value)| plain(key) == *name && is_nest(value.get())));
        if let Some((_, list)) = named(LISTS) {
            return self.root(list.get(), category, depth + 1);
        }
        if let Some((_, groups)) = named(GROUPS) {
            return self.groups(groups.get(), depth + 1);
        }
        if pairs.iter().any(|(key, value)| NAMES.contains(&plain(key).as_str()) && !is_nest(value.get())) {
            return self.entry(raw, None, category, None, 1);
        }
        let all = |open: char| !pairs.is_empty() && pairs.iter().all(|(_, value)| value.get().starts_with(open));
        if all('[') {
            // Lists by category.
            for (name, list) in &pairs {
                self.root(list.get(), Some(name), depth + 1)?;
            }
            return Ok(());
        }
        if all('{') {
            // Entries by key.
            for (key, entry) in &pairs {
                self.entry(entry.get(), Some(key), category, None, 1)?;
            }
            return Ok(());
        }
        let fields: Vec<&str> = pairs.iter().map(|(key, _)| key.as_str()).take(8).collect();
        Err(Fault::field(
            "text",
            format!(
                "holds no list of features. Expected a list, or an object with \"features\"; found an object with {}",
                fields.join(", ")
            ),
        ))
    }

    /// Groups with a name and a list of their own; the name becomes the category.
    fn groups(&mut self, raw: &'a str, depth: usize) -> Result<(), Fault> {
        if raw.starts_with('{') {
            return self.root(raw, None, depth);
        }
        for group in elements(raw) {
            let fields = if group.starts_with('{') { pairs(group)? } else { Vec::new() };
            let list = fields
                .iter()
                .find(|(key, value)| (LISTS.contains(&plain(key).as_str()) || plain(key) == "children") && value.get().starts_with('['));
            match list {
                Some((_, list)) => {
                    let name = fields.iter().find(|(key, _)| matches!(plain(key).as_str(), "name" | "title" | "category" | "id"));
                    let name = name.and_then(|(_, value)| serde_json::from_str::<String>(value.get()).ok());
                    self.root(list.get(), name.as_deref(), depth + 1)?;
                }
                None => self.entry(group, None, None, None, 1)?,
            }
        }
        Ok(())
    }

    /// An entry, then those below it.
    fn entry(
        &mut self,
        raw: &'a str,
        key: Option<&str>,
        category: Option<&str>,
        parent: Option<(usize, usize)>,
        level: usize,
    ) -> Result<(), Fault> {
        let line = self.line(raw);
        let at =
            self.push(Entry { line, raw: Ok(raw), key: key.map(str::to_owned), category: category.map(str::to_owned), parent, level })?;
        if level > 6 || !raw.starts_with('{') {
            return Ok(());
        }
        let Ok(Pairs(pairs)) = serde_json::from_str::<Pairs<'_>>(raw) else {
            return Ok(());
        };
        for (_, list) in pairs.iter().filter(|(key, value)| CHILDREN.contains(&plain(key).as_str()) && value.get().starts_with('[')) {
            let items = elements(list.get());
            // Lists of texts are steps or notes of the entry, not entries.
            if items.iter().all(|item| item.starts_with('{')) {
                for (i, item) in items.into_iter().enumerate() {
                    self.entry(item, None, category, Some((at, i)), level + 1)?;
                }
            }
        }
        Ok(())
    }
}

fn is_nest(raw: &str) -> bool {
    raw.starts_with(['[', '{'])
}

fn elements(raw: &str) -> Vec<&str> {
    serde_json::from_str::<Vec<&RawValue>>(raw).map(|list| list.into_iter().map(RawValue::get).collect()).unwrap_or_default()
}

fn pairs(raw: &str) -> Result<Vec<(String, &RawValue)>, Fault> {
    serde_json::from_str::<Pairs<'_>>(raw)
        .map(|pairs| pairs.0)
        .map_err(|error| Fault::field("text", format!("has a field name that cannot be read: {}", reason(&error))))
}

/// The reason of a JSON error without its position.
pub fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(reason, _)| reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            if let Ok(entries) = scan(&text) {
                for entry in &entries {
                    let _ = super::super::fields::read(entry, &mut std::collections::BTreeMap::new());
                }
            }
        }

        #[test]
        fn broken_json_is_read_or_refused(cut in 0usize..400, with in any::<char>()) {
            let mut text = r#"{"features": [{"id": "A", "name": "Ä", "criteria": ["x", {"given": "ü"}], "children": [{"name": "b"}]}, {"n": 1}]}"#.to_owned();
            let at = (0..=cut.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            text.insert(at, with);
            for part in [&text[..], &text[..at], &text[at..]] {
                if let Ok(entries) = scan(part) {
                    for entry in &entries {
                        let _ = super::super::fields::read(entry, &mut std::collections::BTreeMap::new());
                    }
                }
            }
        }
    }
}
