//! Work orders: the contracts of delivery. Each says what is to be done, by which criteria, from which blueprint.
use crate::{
    activities::Activity,
    code::CommitRow,
    drift::DriftAlert,
    features::{FeatureRef, ProjectHead},
    phases::Phase,
    tests::TestCase,
    work_items::WorkItem,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

mod draft;
mod query;
mod status;
pub use draft::PlanDraft;
pub use query::{Sort, WorkOrderQuery};
pub use status::WorkOrderStatus;

#[cfg(feature = "ssr")]
mod blockers;
#[cfg(feature = "ssr")]
mod bulk;
#[cfg(feature = "ssr")]
mod create;
#[cfg(feature = "ssr")]
mod get;
#[cfg(feature = "ssr")]
mod html;
#[cfg(feature = "ssr")]
mod order;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod remove;
#[cfg(feature = "ssr")]
pub(crate) mod rich;
#[cfg(feature = "ssr")]
mod rules;
#[cfg(feature = "ssr")]
pub(crate) mod store;
#[cfg(feature = "ssr")]
mod tell;
#[cfg(feature = "ssr")]
mod update;
#[cfg(feature = "ssr")]
pub use self::{
    blockers::{block, unblock},
    bulk::bulk,
    create::create,
    draft::draft_plan,
    get::{by_number, get, people},
    order::{carry, place},
    page::{board, page},
    remove::{remove, restore},
    update::{move_to, update},
};

/// A work order whole, with its version. The rich fields are ProseMirror documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkOrder {
    pub id: Uuid,
    pub rev: String,
    pub project_id: Uuid,
    pub number: i32,
    pub phase_id: Option<Uuid>,
    pub feature_id: Option<Uuid>,
    pub title: String,
    pub status: WorkOrderStatus,
    pub description: Option<Value>,
    pub acceptance_criteria: Option<Value>,
    pub out_of_scope: Option<Value>,
    pub implementation_plan: Option<Value>,
    pub assignee_ids: Vec<Uuid>,
    pub sort_order: i32,
    pub deliverable_type: Option<String>,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted: bool,
}

impl WorkOrder {
    /// As people call it: "WO-12".
    pub fn key(&self) -> String {
        key(self.number)
    }
}

/// As people call the work order of this number: "WO-12".
pub fn key(number: i32) -> String {
    format!("WO-{number}")
}

/// A work order in a list or on a board. Its names on the wire are short: a board carries thousands of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkOrderRow {
    #[serde(rename = "i")]
    pub id: Uuid,
    #[serde(rename = "v")]
    pub rev: String,
    #[serde(rename = "n")]
    pub number: i32,
    #[serde(rename = "t")]
    pub title: String,
    #[serde(rename = "s")]
    pub status: WorkOrderStatus,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub phase_id: Option<Uuid>,
    /// The key of its feature.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub deliverable_type: Option<String>,
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub assignee_ids: Vec<Uuid>,
    #[serde(rename = "o")]
    pub sort_order: i32,
    /// It waits for something unfinished.
    #[serde(rename = "b", default, skip_serializing_if = "std::ops::Not::not")]
    pub blocked: bool,
    #[serde(rename = "w", default, skip_serializing_if = "is_zero")]
    pub items_open: i32,
    #[serde(rename = "x", default, skip_serializing_if = "is_zero")]
    pub items_total: i32,
    #[serde(rename = "c", with = "chrono::serde::ts_seconds")]
    pub created_at: DateTime<Utc>,
    #[serde(rename = "u", with = "chrono::serde::ts_seconds")]
    pub updated_at: DateTime<Utc>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(n: &i32) -> bool {
    *n == 0
}

/// How many work orders there are of each kind, each under the other filters. '' stands for none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    pub status: BTreeMap<String, i64>,
    pub phase: BTreeMap<String, i64>,
    pub assignee: BTreeMap<String, i64>,
}

/// Somebody work can be given to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonRef {
    pub id: Uuid,
    pub name: String,
    pub avatar_url: Option<String>,
}

/// One page of the list, or the whole board.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkOrderPage {
    pub project: ProjectHead,
    pub counts: Counts,
    pub matching: i64,
    pub everything: i64,
    pub phases: Vec<Phase>,
    pub people: Vec<PersonRef>,
    pub rows: Vec<WorkOrderRow>,
    /// The cursor of the next page; on a board: there are more than one answer carries.
    pub next: Option<String>,
}

/// A work order as others mention it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkOrderRef {
    pub id: Uuid,
    pub number: i32,
    pub title: String,
    pub status: WorkOrderStatus,
}

/// Something in the knowledge graph a work order comes from, or that comes from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lineage {
    /// `document`, `feature`, `feedback_item`, ..
    pub entity_type: String,
    pub entity_id: Uuid,
    pub label: String,
    /// The edge's type: `derives_from`, `references`, ..
    pub edge: String,
    /// The work order comes from it, rather than the other way round.
    pub upstream: bool,
    /// Steps away: a blueprint is 1, its requirements are 2.
    pub distance: i32,
    /// Type and slug, where it is a document.
    pub document: Option<(String, String)>,
    /// The key, where it is a feature.
    pub feature: Option<String>,
}

/// A rich text to be read, and as Markdown to be changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RichShown {
    pub html: String,
    pub markdown: String,
}

/// The rich texts of a work order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Texts {
    pub description: Option<RichShown>,
    pub acceptance_criteria: Option<RichShown>,
    pub out_of_scope: Option<RichShown>,
    pub implementation_plan: Option<RichShown>,
}

/// A work order with its surroundings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkOrderDetail {
    pub project: ProjectHead,
    pub order: WorkOrder,
    pub texts: Texts,
    pub creator: Option<String>,
    pub feature: Option<FeatureRef>,
    pub phases: Vec<Phase>,
    pub people: Vec<PersonRef>,
    /// What has to be done before it can start.
    pub blocked_by: Vec<WorkOrderRef>,
    /// What waits for it.
    pub blocks: Vec<WorkOrderRef>,
    pub lineage: Vec<Lineage>,
    pub items: Vec<WorkItem>,
    /// The test cases of its feature.
    pub tests: Vec<TestCase>,
    /// The commits that name it, newest first.
    pub commits: Vec<CommitRow>,
    /// What it rests on and was changed since.
    pub drift: Vec<DriftAlert>,
    pub history: Vec<Activity>,
}

/// A rich text as callers give it: Markdown, or a ProseMirror document. An empty one takes the text away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RichInput {
    Markdown(String),
    Doc(Value),
}

/// What a new work order is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkOrderInput {
    pub title: String,
    pub status: WorkOrderStatus,
    pub phase_id: Option<Uuid>,
    pub feature_id: Option<Uuid>,
    pub deliverable_type: String,
    pub assignee_ids: Vec<Uuid>,
    pub description: Option<RichInput>,
    pub acceptance_criteria: Option<RichInput>,
    pub out_of_scope: Option<RichInput>,
    pub implementation_plan: Option<RichInput>,
}

/// Fields to change; those that are left out stay. `null` takes phase or feature away, an empty text any other value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkOrderPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub phase_id: Option<Option<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub feature_id: Option<Option<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliverable_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee_ids: Option<Vec<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<RichInput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acceptance_criteria: Option<RichInput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_scope: Option<RichInput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub implementation_plan: Option<RichInput>,
}

/// A field that is there, be it `null`.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// Where a work order is put: into this phase, behind one and before another (of the same project; none: at the phase's start).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Spot {
    pub target_phase_id: Option<Uuid>,
    pub after_work_order_id: Option<Uuid>,
    pub before_work_order_id: Option<Uuid>,
}

/// Where a card was dropped: another status, another place, or both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Drop {
    pub status: Option<WorkOrderStatus>,
    pub spot: Option<Spot>,
    /// In spite of what stands in the way of the status.
    pub force: bool,
}

/// One change for up to 100 work orders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    Status(WorkOrderStatus),
    Phase(Option<Uuid>),
    Feature(Option<Uuid>),
    /// In place of those it had.
    Assignees(Vec<Uuid>),
    Delete,
}
