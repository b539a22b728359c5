//! The server functions that make a plan: drawing work orders from blueprints, phases from a template, a drafted plan.
use factory::{
    extraction::{Extracted, Offer, Taken, Wish},
    phases::{Phase, PhaseInput},
    planner::{PhaseOffer, Put, Spread},
    suggestions::Suggestion,
    work_orders::PlanDraft,
};
use kit::{AppError, Client};
use leptos::{prelude::*, server_fn::codec::Json};
use uuid::Uuid;

/// The blueprints to draw from, and the proposals that wait.
#[server(client = Client, output = kit::Wire)]
pub async fn extraction_offer(project: String) -> Result<Offer, AppError> {
    kit::call::read_tenant(async |tx| factory::extraction::offer(tx, &project).await).await
}

/// Proposes work orders for blueprints.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn extraction_propose(project: String, wish: Wish) -> Result<Extracted, AppError> {
    kit::call::as_member(async |app, actor| factory::extraction::run(app, actor, &project, &wish).await).await
}

/// Makes ticked proposals into work orders.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn extraction_take(project: String, ticked: Vec<Uuid>) -> Result<Taken, AppError> {
    kit::call::in_tenant(async |tx| factory::extraction::take(tx, &project, &ticked).await).await
}

/// Rejects proposals of one blueprint.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn extraction_leave(suggestion: Uuid, reject: Vec<Uuid>) -> Result<Suggestion, AppError> {
    let decision = factory::suggestions::Decision { reject, ..Default::default() };
    kit::call::in_tenant(async |tx| factory::suggestions::decide(tx, suggestion, &decision).await).await
}

/// The phases the templates propose.
#[server(client = Client, output = kit::Wire)]
pub async fn phases_offer(project: String) -> Result<PhaseOffer, AppError> {
    kit::call::read_tenant(async |tx| factory::planner::phase_offer(tx, &project).await).await
}

/// Adds several phases in their order.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn phases_add(project: String, phases: Vec<PhaseInput>) -> Result<Vec<Phase>, AppError> {
    kit::call::in_tenant(async |tx| factory::planner::add_phases(tx, &project, &phases).await).await
}

/// How the work orders without a phase would be spread.
#[server(client = Client, output = kit::Wire)]
pub async fn phases_spread(project: String) -> Result<Spread, AppError> {
    kit::call::read_tenant(async |tx| factory::planner::spread(tx, &project).await).await
}

/// Puts work orders into phases, or takes them out again.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn phases_put(project: String, moves: Vec<Put>) -> Result<Vec<Put>, AppError> {
    kit::call::in_tenant(async |tx| factory::planner::put(tx, &project, &moves).await).await
}

/// Drafts an implementation plan; nothing of it is stored.
#[server(client = Client, output = kit::Wire)]
pub async fn work_order_draft(id: Uuid) -> Result<PlanDraft, AppError> {
    kit::call::read_tenant(async |tx| factory::work_orders::draft_plan(tx, id).await).await
}
