//! Drawing work orders from blueprints, seen from the plan: which blueprints there are, by which rules, what is proposed
//! and waits to be ticked. The rules are in `richtext`, the proposals are suggestions on the blueprints.
use crate::{
    approvals::ApprovalState,
    documents::DocumentRef,
    features::ProjectHead,
    suggestions::{Proposal, Verdict},
    templates::{Scope, Strategy},
    work_orders::WorkOrderRef,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod by_model;
#[cfg(feature = "ssr")]
mod offer;
#[cfg(feature = "ssr")]
mod propose;
#[cfg(feature = "ssr")]
mod take;
#[cfg(feature = "ssr")]
pub use self::{
    offer::offer,
    propose::{propose, run},
    take::take,
};

/// Blueprints of one extraction.
pub const MOST: usize = 50;

/// Blueprints of one extraction by a model.
pub const MOST_BY_MODEL: usize = 10;

/// Why the strategy *custom* cannot be chosen.
pub const NO_MODEL: &str = "Custom needs a model, and none is set up. Feature slices and specialists work by built-in rules.";

/// A blueprint work orders can be drawn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blueprint {
    pub document: DocumentRef,
    /// Key and name of its feature.
    pub feature: Option<(String, String)>,
    /// Work orders that come from it.
    pub orders: i64,
    /// Proposals that wait to be ticked.
    pub waiting: i64,
    /// How its latest version stands: who draws from one that is not approved is warned.
    pub approval: ApprovalState,
    pub updated_at: DateTime<Utc>,
}

/// A template of extraction to choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    pub id: Uuid,
    pub name: String,
    pub scope: Scope,
    pub strategy: Strategy,
    pub instructions: String,
}

/// One proposed work order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposed {
    pub id: Uuid,
    pub proposal: Proposal,
    /// The work order it would update: one whose title is nearly the same.
    pub updates: Option<WorkOrderRef>,
    pub verdict: Option<Verdict>,
    /// What was made of it.
    pub made: Option<WorkOrderRef>,
}

/// The proposals for one blueprint of which some wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    pub suggestion: Uuid,
    pub document: DocumentRef,
    pub created_at: DateTime<Utc>,
    pub proposals: Vec<Proposed>,
}

impl Waiting {
    /// The proposals nobody decided yet.
    pub fn open(&self) -> impl Iterator<Item = &Proposed> {
        self.proposals.iter().filter(|p| p.verdict.is_none())
    }
}

/// All that the dialog of an extraction needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    pub project: ProjectHead,
    pub may_write: bool,
    pub blueprints: Vec<Blueprint>,
    /// Nearest scope first.
    pub recipes: Vec<Recipe>,
    /// The one that holds unless another is chosen.
    pub holds: Option<Uuid>,
    /// Why a model cannot do it; `None`: it can.
    pub no_model: Option<String>,
    pub waiting: Vec<Waiting>,
}

/// What to draw from what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Wish {
    pub blueprint_ids: Vec<Uuid>,
    /// `None`: what the template says.
    pub strategy: Option<Strategy>,
    /// `None`: the default of the project, else of the organization, else the one that ships with Millrace.
    pub template_id: Option<Uuid>,
}

/// What an extraction came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extracted {
    pub suggestion_ids: Vec<Uuid>,
    pub proposals: usize,
    /// Blueprints nothing could be drawn from: title and reason.
    pub problems: Vec<(String, String)>,
    /// Titles of blueprints whose latest version nobody approved.
    pub unapproved: Vec<String>,
}

/// What became of the proposals that were ticked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    pub created: usize,
    pub updated: usize,
    /// Proposals that still wait.
    pub left: usize,
}
