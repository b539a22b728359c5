//! The server functions of the decision log.
use factory::decisions::{Decision, DecisionInput, DecisionPage};
use kit::{AppError, Client};
use leptos::{prelude::*, server_fn::codec::Json};
use uuid::Uuid;

/// A page of the log.
#[server(client = Client, output = kit::Wire)]
pub async fn decisions_list(project: String, after: Option<String>) -> Result<DecisionPage, AppError> {
    let page = kernel::record::PageRequest { after, limit: Some(50) };
    kit::call::read_tenant(async |tx| factory::decisions::page(tx, &project, &page).await).await
}

/// Notes a decision.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn decision_create(project: String, input: DecisionInput) -> Result<Decision, AppError> {
    kit::call::in_tenant(async |tx| factory::decisions::create(tx, &project, &input).await).await
}

/// Changes a decision.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn decision_update(id: Uuid, rev: String, input: DecisionInput) -> Result<Decision, AppError> {
    kit::call::in_tenant(async |tx| factory::decisions::update(tx, id, &rev, &input).await).await
}

/// Takes a decision out of the log.
#[server(client = Client, output = kit::Wire)]
pub async fn decision_remove(id: Uuid, rev: String) -> Result<Decision, AppError> {
    kit::call::in_tenant(async |tx| factory::decisions::remove(tx, id, &rev).await).await
}

/// Brings a decision back.
#[server(client = Client, output = kit::Wire)]
pub async fn decision_restore(id: Uuid) -> Result<Decision, AppError> {
    kit::call::in_tenant(async |tx| factory::decisions::restore(tx, id).await).await
}
