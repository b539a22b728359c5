//! What a list of work orders asks for, as the address of the page says it.
use super::WorkOrderStatus;
use crate::features::{split, unknown};
use kernel::Fault;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The orders of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// As people arranged them.
    #[default]
    Order,
    Number,
    Title,
    Status,
    Updated,
}

impl Sort {
    pub const ALL: [Self; 5] = [Self::Order, Self::Number, Self::Title, Self::Status, Self::Updated];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Number => "number",
            Self::Title => "title",
            Self::Status => "status",
            Self::Updated => "updated",
        }
    }
}

/// The query part of the planner's address, text by text: `?q=login&status=ready,in_progress&assignee=me&blocked=1&sort=-updated`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkOrderQuery {
    /// Words of title, number, kind of deliverable or description.
    pub q: String,
    /// Statuses, separated by commas.
    pub status: String,
    /// Ids of phases, separated by commas; `none` for work orders in no phase.
    pub phase: String,
    /// Keys of features, separated by commas; `none` for work orders of no feature.
    pub feature: String,
    /// Ids of people, separated by commas; `me`, and `none` for work orders of nobody.
    pub assignee: String,
    /// `1`: only what waits for something unfinished.
    pub blocked: String,
    /// One of the orders, with `-` before it for the other direction.
    pub sort: String,
    /// The cursor of the next page.
    pub after: String,
    /// Rows of a page: 50 unless asked for, at most 200.
    pub limit: Option<u32>,
}

impl WorkOrderQuery {
    /// The names of the parts in an address.
    pub const PARTS: [&'static str; 8] = ["q", "status", "phase", "feature", "assignee", "blocked", "sort", "after"];

    /// Reads the parts with a function that knows the address.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let part = |name| get(name).unwrap_or_default();
        Self {
            q: part("q"),
            status: part("status"),
            phase: part("phase"),
            feature: part("feature"),
            assignee: part("assignee"),
            blocked: part("blocked"),
            sort: part("sort"),
            after: part("after"),
            limit: None,
        }
    }

    /// The parts that say something, in order.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let values = [&self.q, &self.status, &self.phase, &self.feature, &self.assignee, &self.blocked, &self.sort, &self.after];
        Self::PARTS.into_iter().zip(values).filter(|(_, v)| !v.is_empty()).map(|(k, v)| (k, v.as_str()))
    }

    /// Does it narrow the list?
    pub fn narrows(&self) -> bool {
        [&self.q, &self.status, &self.phase, &self.feature, &self.assignee, &self.blocked].iter().any(|part| !part.trim().is_empty())
    }

    pub fn order(&self) -> Result<(Sort, bool), Fault> {
        let (name, desc) = match self.sort.strip_prefix('-') {
            Some(name) => (name, true),
            None => (self.sort.as_str(), false),
        };
        match (name, Sort::ALL.into_iter().find(|s| s.as_str() == name)) {
            ("", _) => Ok((Sort::Order, desc)),
            (_, Some(sort)) => Ok((sort, desc)),
            _ => Err(unknown("order", name)),
        }
    }

    pub fn statuses(&self) -> Result<Vec<WorkOrderStatus>, Fault> {
        split(&self.status).iter().map(|word| WorkOrderStatus::parse(word).ok_or_else(|| unknown("status", word))).collect()
    }

    /// The phases asked for, "" for none.
    pub fn phases(&self) -> Result<Vec<String>, Fault> {
        ids("phase", &self.phase, None)
    }

    /// The keys of features asked for, "" for none.
    pub fn features(&self) -> Vec<String> {
        split(&self.feature).into_iter().map(|word| if word == "none" { String::new() } else { word }).collect()
    }

    /// The people asked for, "" for nobody.
    pub fn assignees(&self, me: Option<Uuid>) -> Result<Vec<String>, Fault> {
        ids("person", &self.assignee, me)
    }

    /// Rows of a page.
    pub fn rows(&self) -> usize {
        self.limit.unwrap_or(50).clamp(1, 200) as usize
    }
}

fn ids(what: &str, list: &str, me: Option<Uuid>) -> Result<Vec<String>, Fault> {
    let id = |word: &str| match (word, me) {
        ("none", _) => Ok(String::new()),
        ("me", Some(me)) => Ok(me.to_string()),
        _ => word.parse::<Uuid>().map(|id| id.to_string()).map_err(|_| unknown(what, word)),
    };
    split(list).iter().map(|word| id(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_order_and_filters() {
        let me = Uuid::from_u128(7);
        let query =
            WorkOrderQuery { sort: "-updated".into(), status: "ready,done".into(), assignee: "me,none".into(), ..Default::default() };
        assert_eq!(query.order().unwrap(), (Sort::Updated, true));
        assert_eq!(query.statuses().unwrap(), [WorkOrderStatus::Ready, WorkOrderStatus::Done]);
        assert_eq!(query.assignees(Some(me)).unwrap(), [me.to_string(), String::new()]);
        assert_eq!(query.assignees(None).unwrap_err().message, "There is no person \"me\".");
        assert_eq!((query.rows(), WorkOrderQuery { limit: Some(5000), ..query }.rows()), (50, 200));
    }
}
