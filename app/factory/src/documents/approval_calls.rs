//! The server functions of approvals.
use factory::approvals::DocumentApprovals;
use kit::{AppError, Client};
use leptos::{prelude::*, server_fn::codec::Json};
use uuid::Uuid;

/// Who approved which version of a document.
#[server(client = Client, output = kit::Wire)]
pub async fn approvals_get(document: Uuid) -> Result<DocumentApprovals, AppError> {
    kit::call::read_tenant(async |tx| factory::approvals::of_document(tx, document).await).await
}

/// Asks members to approve a version.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn approval_ask(document: Uuid, number: i32, people: Vec<Uuid>) -> Result<DocumentApprovals, AppError> {
    kit::call::in_tenant(async |tx| factory::approvals::ask(tx, document, Some(number), &people).await).await
}

/// Approves or declines a version one was asked about.
#[server(client = Client, output = kit::Wire)]
pub async fn approval_decide(
    document: Uuid,
    number: i32,
    approve: bool,
    #[server(default)] note: String,
) -> Result<DocumentApprovals, AppError> {
    kit::call::in_tenant(async |tx| factory::approvals::decide(tx, document, number, approve, &note).await).await
}
