//! What a list of features asks for, as the address of the page says it.
use super::{FeatureStatus, Priority};
use kernel::{Code, Fault};
use serde::{Deserialize, Serialize};

/// The orders of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    #[default]
    Key,
    Name,
    Status,
    Priority,
    Updated,
    Order,
}

impl Sort {
    pub const ALL: [Self; 6] = [Self::Key, Self::Name, Self::Status, Self::Priority, Self::Updated, Self::Order];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Name => "name",
            Self::Status => "status",
            Self::Priority => "priority",
            Self::Updated => "updated",
            Self::Order => "order",
        }
    }
}

/// The query part of the list's address, text by text: `?q=login&status=failing,blocked&priority=P0,none&sort=-updated`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct FeatureQuery {
    /// Words that begin words of key, name, category or description.
    pub q: String,
    /// Statuses, separated by commas.
    pub status: String,
    /// Priorities, separated by commas; `none` for features without one.
    pub priority: String,
    /// Categories, separated by commas (`\,` for a comma in a name); `none` for features without one.
    pub category: String,
    /// The key of the feature whose children are wanted.
    pub parent: String,
    /// One of the orders, with `-` before it for the other direction.
    pub sort: String,
    /// Cursors of the next and the previous page.
    pub after: String,
    pub before: String,
}

impl FeatureQuery {
    /// The names of the parts in an address.
    pub const PARTS: [&'static str; 8] = ["q", "status", "priority", "category", "parent", "sort", "after", "before"];

    /// Reads the parts with a function that knows the address.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let part = |name| get(name).unwrap_or_default();
        Self {
            q: part("q"),
            status: part("status"),
            priority: part("priority"),
            category: part("category"),
            parent: part("parent"),
            sort: part("sort"),
            after: part("after"),
            before: part("before"),
        }
    }

    /// The parts that say something, in order.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let values = [&self.q, &self.status, &self.priority, &self.category, &self.parent, &self.sort, &self.after, &self.before];
        Self::PARTS.into_iter().zip(values).filter(|(_, v)| !v.is_empty()).map(|(k, v)| (k, v.as_str()))
    }

    /// Does it narrow the list?
    pub fn narrows(&self) -> bool {
        [&self.q, &self.status, &self.priority, &self.category, &self.parent].iter().any(|part| !part.trim().is_empty())
    }

    pub fn order(&self) -> Result<(Sort, bool), Fault> {
        let (name, desc) = match self.sort.strip_prefix('-') {
            Some(name) => (name, true),
            None => (self.sort.as_str(), false),
        };
        match (name, Sort::ALL.into_iter().find(|s| s.as_str() == name)) {
            ("", _) => Ok((Sort::Key, desc)),
            (_, Some(sort)) => Ok((sort, desc)),
            _ => Err(unknown("order", name)),
        }
    }

    pub fn statuses(&self) -> Result<Vec<FeatureStatus>, Fault> {
        split(&self.status).iter().map(|word| FeatureStatus::parse(word).ok_or_else(|| unknown("status", word))).collect()
    }

    /// The priorities asked for, "" for none.
    pub fn priorities(&self) -> Result<Vec<String>, Fault> {
        split(&self.priority)
            .into_iter()
            .map(|word| match word.as_str() {
                "none" => Ok(String::new()),
                _ => Priority::parse(&word).map(|p| p.as_str().to_owned()).ok_or_else(|| unknown("priority", &word)),
            })
            .collect()
    }

    /// The categories asked for, "" for none.
    pub fn categories(&self) -> Vec<String> {
        split(&self.category).into_iter().map(|word| if word == "none" { String::new() } else { word }).collect()
    }

    /// Is this value part of a filter?
    pub fn has(list: &str, value: &str) -> bool {
        split(list).iter().any(|v| v == value)
    }

    /// The list with the value added, or without it if it was there.
    pub fn toggled(list: &str, value: &str) -> String {
        let mut values = split(list);
        match values.iter().position(|v| v == value) {
            Some(at) => drop(values.remove(at)),
            None => values.push(value.to_owned()),
        }
        values.iter().map(|v| v.replace('\\', "\\\\").replace(',', "\\,")).collect::<Vec<_>>().join(",")
    }
}

pub(crate) fn unknown(what: &str, word: &str) -> Fault {
    Fault::new(Code::BadRequest, format!("There is no {what} \"{word}\"."))
}

/// Splits at commas; a backslash keeps the character behind it.
pub(crate) fn split(list: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut chars = list.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.last_mut().into_iter().for_each(|w| w.extend(chars.next())),
            ',' => out.push(String::new()),
            _ => out.last_mut().into_iter().for_each(|w| w.push(c)),
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_survive_the_address() {
        let list = FeatureQuery::toggled(&FeatureQuery::toggled("", "auth, login"), "ui\\x");
        assert_eq!(split(&list), ["auth, login", "ui\\x"]);
        assert_eq!(FeatureQuery::toggled(&list, "auth, login"), "ui\\\\x");
    }

    #[test]
    fn an_address_says_order_and_filters() {
        let query =
            FeatureQuery { sort: "-updated".into(), status: "failing,blocked".into(), priority: "P0,none".into(), ..Default::default() };
        assert_eq!(query.order().unwrap(), (Sort::Updated, true));
        assert_eq!(query.statuses().unwrap(), [FeatureStatus::Failing, FeatureStatus::Blocked]);
        assert_eq!(query.priorities().unwrap(), ["P0", ""]);
        let bad = FeatureQuery { status: "gone".into(), ..Default::default() };
        assert_eq!(bad.statuses().unwrap_err().message, "There is no status \"gone\".");
    }
}
