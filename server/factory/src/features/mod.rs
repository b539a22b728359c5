//! Features: what a project is to do, how far each is, and what it waits for.
use crate::activities::Activity;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

mod query;
mod status;
pub use query::{FeatureQuery, Sort};
pub(crate) use query::{split, unknown};
pub use status::FeatureStatus;

#[cfg(feature = "ssr")]
mod bulk;
#[cfg(feature = "ssr")]
mod create;
#[cfg(feature = "ssr")]
mod dependencies;
#[cfg(feature = "ssr")]
mod get;
#[cfg(feature = "ssr")]
mod order;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod remove;
#[cfg(feature = "ssr")]
pub(crate) mod store;
#[cfg(feature = "ssr")]
mod tree;
#[cfg(feature = "ssr")]
mod update;
#[cfg(feature = "ssr")]
pub use self::{
    bulk::bulk,
    create::create,
    get::{by_key, get, suggest},
    order::{MAX_DEPTH, place},
    page::page,
    remove::{remove, restore},
    tree::tree,
    update::{move_to, pass, set_met, update},
};
#[cfg(feature = "ssr")]
pub(crate) use self::{dependencies::circle, order::last as last_place};

/// How urgent a feature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "varchar"))]
pub enum Priority {
    P0,
    P1,
    P2,
    P3,
}

impl Priority {
    pub const ALL: [Self; 4] = [Self::P0, Self::P1, Self::P2, Self::P3];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P0 => "P0",
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
        }
    }

    /// The priority in words, for tool tips.
    pub const fn words(self) -> &'static str {
        match self {
            Self::P0 => "Critical",
            Self::P1 => "High",
            Self::P2 => "Medium",
            Self::P3 => "Low",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == text)
    }
}

/// One acceptance criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    #[serde(default)]
    pub id: String,
    pub text: String,
    #[serde(default)]
    pub met: bool,
}

/// A feature whole, with its version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    pub id: Uuid,
    pub rev: String,
    pub project_id: Uuid,
    pub parent_id: Option<Uuid>,
    pub key: String,
    pub slug: String,
    pub name: String,
    pub description: Option<String>,
    pub category: Option<String>,
    pub priority: Option<Priority>,
    pub status: FeatureStatus,
    pub criteria: Vec<Criterion>,
    pub effort: Option<String>,
    /// Keys of the features this one waits for.
    pub dependencies: Vec<String>,
    pub sort_order: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted: bool,
}

impl Feature {
    /// Does it pass? True exactly when its status says so.
    pub fn passes(&self) -> bool {
        self.status == FeatureStatus::Passing
    }
}

/// A feature in a list. Its names on the wire are short: a page carries fifty of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureRow {
    #[serde(rename = "i")]
    pub id: Uuid,
    #[serde(rename = "v")]
    pub rev: String,
    #[serde(rename = "k")]
    pub key: String,
    #[serde(rename = "n")]
    pub name: String,
    #[serde(rename = "s")]
    pub status: FeatureStatus,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(rename = "m", default, skip_serializing_if = "is_zero")]
    pub criteria_met: i16,
    #[serde(rename = "t", default, skip_serializing_if = "is_zero")]
    pub criteria_total: i16,
    /// How many features it waits for.
    #[serde(rename = "d", default, skip_serializing_if = "is_zero")]
    pub depends: i16,
    #[serde(rename = "u", with = "chrono::serde::ts_seconds")]
    pub updated_at: DateTime<Utc>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(n: &i16) -> bool {
    *n == 0
}

/// What a list page needs of its project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectHead {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub status: crate::projects::ProjectStatus,
    pub rev: String,
}

/// How many features there are of each kind, each under the other filters. '' stands for none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facets {
    pub status: BTreeMap<String, i64>,
    pub priority: BTreeMap<String, i64>,
    pub category: BTreeMap<String, i64>,
}

/// One page of the list: project, counts and rows from one round trip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeaturePage {
    pub project: ProjectHead,
    pub facets: Facets,
    /// How many match; `None` when a search hits more than 2,000.
    pub matching: Option<i64>,
    pub everything: i64,
    pub rows: Vec<FeatureRow>,
    pub next: Option<String>,
    pub prev: Option<String>,
}

/// A feature as others mention it. `None` as id: its key is not (or no longer) in the project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureRef {
    pub id: Option<Uuid>,
    pub key: String,
    pub name: String,
    pub status: Option<FeatureStatus>,
}

/// A feature with its surroundings, for the drawer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureDetail {
    pub project: ProjectHead,
    pub feature: Feature,
    pub parent: Option<FeatureRef>,
    pub children: Vec<FeatureRef>,
    pub depends_on: Vec<FeatureRef>,
    pub needed_by: Vec<FeatureRef>,
    pub history: Vec<Activity>,
}

/// A node of the tree; its children come when it is opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreeNode {
    #[serde(flatten)]
    pub row: FeatureRow,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<Uuid>,
    #[serde(rename = "h", default, skip_serializing_if = "is_zero")]
    pub children: i16,
}

/// The open part of the tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureTree {
    pub project: ProjectHead,
    pub nodes: Vec<TreeNode>,
    /// More nodes than one answer carries: the list shows the others.
    pub cut: bool,
}

/// What a new feature is made of. Empty texts are none; an empty key is the next free one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeatureInput {
    pub key: String,
    pub name: String,
    pub description: String,
    pub category: String,
    pub priority: String,
    pub effort: String,
    /// One criterion a line.
    pub criteria: String,
    /// Keys, separated by commas or blanks.
    pub dependencies: String,
    pub parent_id: Option<Uuid>,
}

/// Fields to change; those that are `None` stay. An empty text takes a value away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeaturePatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<String>,
    /// One criterion a line; those whose text stays keep whether they are met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criteria: Option<String>,
    /// Keys, separated by commas or blanks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dependencies: Option<String>,
}

/// One change for up to 100 features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    Status(FeatureStatus),
    /// To passing by hand, with the note that says why.
    Pass(String),
    /// `None` takes the priority away.
    Priority(Option<Priority>),
    /// An empty text takes the category away.
    Category(String),
    Delete,
}

/// What became of one of them; `problem` is empty where it went well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BulkResult {
    pub id: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What a deletion took, for the undo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Removed {
    pub id: Uuid,
    pub key: String,
    pub name: String,
    /// It and all below it.
    pub count: i64,
}
