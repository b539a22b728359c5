//! The decision log of a project: what was decided between which options, why and when, and what it is about. It belongs
//! to the foundations.
use crate::{
    features::ProjectHead,
    graph::{EntityKind, EntityRef},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod write;
#[cfg(feature = "ssr")]
pub use self::{
    page::{get, page},
    write::{create, remove, restore, update},
};
#[cfg(feature = "ssr")]
pub(crate) use page::all;

/// What a decision may be linked to.
pub const LINKED: [EntityKind; 3] = [EntityKind::Document, EntityKind::Feature, EntityKind::WorkOrder];

/// A decision with its version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    pub id: Uuid,
    pub rev: String,
    pub number: i32,
    pub title: String,
    pub context: Option<String>,
    pub options: Vec<String>,
    pub choice: String,
    pub decided_on: NaiveDate,
    pub author: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub links: Vec<Linked>,
}

impl Decision {
    /// As people call it: "D-3".
    pub fn key(&self) -> String {
        format!("D-{}", self.number)
    }
}

/// Something a decision is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Linked {
    #[serde(flatten)]
    pub entity: EntityRef,
    /// What it is called now: key and name.
    pub label: String,
    /// Its address below the project's.
    pub path: Option<String>,
}

/// What a person says of a decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DecisionInput {
    pub title: String,
    pub context: String,
    /// Each a line.
    pub options: Vec<String>,
    pub choice: String,
    /// `None`: today.
    pub decided_on: Option<NaiveDate>,
    pub links: Vec<EntityRef>,
}

/// A page of the log, what was decided last first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionPage {
    pub project: ProjectHead,
    pub items: Vec<Decision>,
    pub next: Option<String>,
    pub total_count: i64,
    pub may_write: bool,
}
