//! Descriptors of plain records: data, not traits, so that the engine and the screens are compiled once
//! (STYLE.md, section d). One `static` per table, read by the server and by the browser.
use crate::access::Perm;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a column holds, as Postgres types it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `text` or `varchar`.
    Text,
    /// `text` or `varchar` with a CHECK over these words.
    Choice(&'static [&'static str]),
    /// `date`.
    Date,
    /// `timestamptz`.
    Time,
    Bool,
    /// `smallint`, `int` or `bigint`.
    Int,
    /// `numeric`: crosses the wire as text, since JSON floats lose cents.
    Number,
    /// A `uuid` that references a row of this table in the same organization.
    Ref(&'static str),
    /// A `uuid` that references nothing a tenant owns (a person, a foreign id).
    Id,
    /// `text[]`: entered as words separated by commas.
    Tags,
    /// `jsonb`: shown, never edited by a form and never sorted.
    Json,
}

impl Kind {
    /// The kinds a keyset can run over.
    pub const fn sortable(self) -> bool {
        !matches!(self, Kind::Tags | Kind::Json)
    }

    /// The kinds with an order worth a range filter (`due_date.from`, `due_date.to`).
    pub const fn ranged(self) -> bool {
        matches!(self, Kind::Date | Kind::Time | Kind::Int | Kind::Number)
    }
}

/// One column of a descriptor. Columns that are not listed never leave the database.
#[derive(Clone, Copy, Debug)]
pub struct Col {
    pub name: &'static str,
    pub kind: Kind,
    /// The words on screen; empty: made from the name.
    pub label: &'static str,
    pub required: bool,
    /// The longest text in characters.
    pub max: usize,
    /// The least and greatest number.
    pub range: Option<(i64, i64)>,
    pub search: bool,
    pub filter: bool,
    pub sort: bool,
    /// May people set it? State columns, counters and times never.
    pub edit: bool,
}

impl Col {
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, label: "", required: false, max: 10_000, range: None, search: false, filter: false, sort: false, edit: true }
    }
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Text)
    }
    pub const fn choice(name: &'static str, of: &'static [&'static str]) -> Self {
        Self::new(name, Kind::Choice(of)).filter()
    }
    pub const fn reference(name: &'static str, table: &'static str) -> Self {
        Self::new(name, Kind::Ref(table)).filter()
    }
    pub const fn id(name: &'static str) -> Self {
        Self::new(name, Kind::Id).filter()
    }
    /// A `date`, without a time of day.
    pub const fn date(name: &'static str) -> Self {
        Self::new(name, Kind::Date)
    }
    /// A `timestamptz`.
    pub const fn time(name: &'static str) -> Self {
        Self::new(name, Kind::Time)
    }
    pub const fn bool(name: &'static str) -> Self {
        Self::new(name, Kind::Bool).filter()
    }
    pub const fn int(name: &'static str) -> Self {
        Self::new(name, Kind::Int)
    }
    pub const fn number(name: &'static str) -> Self {
        Self::new(name, Kind::Number)
    }
    pub const fn tags(name: &'static str) -> Self {
        Self::new(name, Kind::Tags).filter()
    }
    pub const fn json(name: &'static str) -> Self {
        Self::new(name, Kind::Json).locked()
    }
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
    pub const fn max(mut self, characters: usize) -> Self {
        self.max = characters;
        self
    }
    pub const fn range(mut self, least: i64, greatest: i64) -> Self {
        self.range = Some((least, greatest));
        self
    }
    pub const fn label(mut self, words: &'static str) -> Self {
        self.label = words;
        self
    }
    pub const fn search(mut self) -> Self {
        self.search = true;
        self
    }
    pub const fn filter(mut self) -> Self {
        self.filter = true;
        self
    }
    /// The column must be NOT NULL and have an index `(organization_id, column, id)`.
    pub const fn sort(mut self) -> Self {
        self.sort = true;
        self
    }
    /// Shown, never set by people.
    pub const fn locked(mut self) -> Self {
        self.edit = false;
        self
    }

    /// The words on screen: the label, or the name in words ("campaign_id" is "Campaign").
    pub fn words(&self) -> String {
        if self.label.is_empty() { in_words(self.name.strip_suffix("_id").unwrap_or(self.name)) } else { self.label.to_owned() }
    }
}

/// "due_date" as "Due date".
fn in_words(name: &str) -> String {
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// The direction of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dir {
    Asc,
    Desc,
}
pub use Dir::*;

/// Who writes a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// The engine: create, update, archive, restore.
    Plain,
    /// Hand-written services; the descriptor serves lists and reads.
    ByService,
    /// Nobody: a view, which has no `rev`.
    View,
}

/// One table as the engine, the screens, the API and the exports see it.
#[derive(Debug)]
pub struct RecordDef {
    /// Unique across areas: `campaign_task`.
    pub name: &'static str,
    /// Schema and table: `growth.campaign_tasks`. Has `id uuid`.
    pub table: &'static str,
    /// The order unless the reader asks for another; the column is NOT NULL.
    pub order: (&'static str, Dir),
    /// The `timestamptz` column that marks a row archived or deleted.
    pub hide: Option<&'static str>,
    pub writes: Writes,
    pub read: Perm,
    pub write: Perm,
    pub cols: &'static [Col],
}

impl RecordDef {
    pub fn col(&self, name: &str) -> Option<&'static Col> {
        self.cols.iter().find(|col| col.name == name)
    }

    /// "campaign_task" as "Campaign task".
    pub fn words(&self) -> String {
        in_words(self.name)
    }
}

/// What a list asks for; every part comes from the URL.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Query {
    /// By column: a value, several separated by commas (choices, references), `none`; and `column.from`,
    /// `column.to` for dates and numbers.
    pub filter: BTreeMap<String, String>,
    pub search: String,
    pub sort: Option<String>,
    pub desc: Option<bool>,
    pub after: Option<String>,
    pub limit: Option<u32>,
    /// The archived rows instead of the others.
    pub archived: bool,
}

impl Query {
    pub fn request(&self) -> PageRequest {
        PageRequest { after: self.after.clone(), limit: self.limit }
    }
}

/// Which page of a list: after which cursor, how many rows. Hand-written lists use it too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageRequest {
    pub after: Option<String>,
    pub limit: Option<u32>,
}

impl PageRequest {
    /// The rows of a page: 50 unless asked for, at most 100.
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(50).clamp(1, 100) as usize
    }

    /// What a statement asks for: one row more, which tells whether there is a next page.
    pub fn fetch(&self) -> i64 {
        self.limit() as i64 + 1
    }
}

/// One page of anything, and the cursor of the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paged<T> {
    pub rows: Vec<T>,
    pub next: Option<String>,
}

/// One row: its version and its listed columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub id: Uuid,
    /// Ends with every change of the row; empty for views.
    pub rev: String,
    pub data: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    pub archived: bool,
}

/// One page of plain records.
pub type Page = Paged<Row>;

/// What a form sends: text by column.
pub type Fields = BTreeMap<String, String>;

#[cfg(feature = "ssr")]
pub use crate::records::Cursor;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        assert_eq!(Col::text("campaign_id").words(), "Campaign");
        assert_eq!(Col::date("due_date").words(), "Due date");
        assert_eq!(Col::date("due_date").label("Deadline").words(), "Deadline");
    }

    #[test]
    fn a_page_has_1_to_100_rows() {
        let limit = |limit| PageRequest { after: None, limit }.limit();
        assert_eq!((limit(None), limit(Some(0)), limit(Some(7)), limit(Some(5000))), (50, 1, 7, 100));
    }
}
