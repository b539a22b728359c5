//! The server functions of the code pages. Each reaches one service in one transaction.
use factory::code::{CodeFile, CodeHits, CodeQuery, CommitRow, ConnectInput, Connection, FolderEntry, Reference, RelatedTo, WebhookSetup};
use kernel::record::Paged;
use kit::{AppError, Client};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The repository of a project and who may change it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeView {
    pub connection: Option<Connection>,
    pub may_manage: bool,
    /// The folder the operator allows, for the words beside the form.
    pub root: String,
    /// The accounts the organization's GitHub App is installed on.
    pub accounts: Vec<(Uuid, String)>,
}

/// The connection of a project.
#[server(client = Client, output = kit::Wire)]
pub async fn code_connection(project: String) -> Result<CodeView, AppError> {
    kit::call::read_tenant(async |tx| {
        let may_manage = tx.actor().may(kernel::Perm::FactoryManage);
        let root = if may_manage { tx.app().config.git.root.display().to_string() } else { String::new() };
        let installed = if may_manage { factory::code::github_app::of_org(tx).await? } else { None };
        let accounts = installed.into_iter().flat_map(|app| app.installations).map(|i| (i.id, i.account)).collect();
        Ok(CodeView { connection: factory::code::connection(tx, &project).await?, may_manage, root, accounts })
    })
    .await
}

/// Connects a project to a repository.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn code_connect(project: String, input: ConnectInput) -> Result<Connection, AppError> {
    kit::call::in_tenant(async |tx| factory::code::connect(tx, &project, &input).await).await
}

/// Ends the connection.
#[server(client = Client, output = kit::Wire)]
pub async fn code_disconnect(project: String) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::code::disconnect(tx, &project).await).await
}

/// Asks for the index anew.
#[server(client = Client, output = kit::Wire)]
pub async fn code_reindex(project: String) -> Result<Connection, AppError> {
    kit::call::in_tenant(async |tx| factory::code::reindex(tx, &project).await).await
}

/// Makes a new secret for the webhook of GitHub.
#[server(client = Client, output = kit::Wire)]
pub async fn code_renew_webhook(project: String) -> Result<WebhookSetup, AppError> {
    kit::call::in_tenant(async |tx| factory::code::renew_webhook(tx, &project).await).await
}

/// What a folder holds.
#[server(client = Client, output = kit::Wire)]
pub async fn code_folder(project: String, #[server(default)] path: String) -> Result<Vec<FolderEntry>, AppError> {
    kit::call::read_tenant(async |tx| factory::code::folder(tx, &project, &path).await).await
}

/// One file with its symbols.
#[server(client = Client, output = kit::Wire)]
pub async fn code_read(project: String, path: String) -> Result<CodeFile, AppError> {
    kit::call::read_tenant(async |tx| factory::code::file(tx, &project, &path).await).await
}

/// Where a name is used.
#[server(client = Client, output = kit::Wire)]
pub async fn code_references(project: String, symbol: String) -> Result<Vec<Reference>, AppError> {
    kit::call::read_tenant(async |tx| factory::code::references(tx, &project, &symbol).await).await
}

/// The chunks that answer a question.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn code_search(project: String, query: CodeQuery) -> Result<CodeHits, AppError> {
    kit::call::read_tenant(async |tx| factory::code::search(tx, &project, &query).await).await
}

/// The chunks nearest to something of the project.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn code_related(project: String, to: RelatedTo) -> Result<CodeHits, AppError> {
    kit::call::read_tenant(async |tx| factory::code::related(tx, &project, &to, Some(8)).await).await
}

/// One page of the commits, the newest first.
#[server(client = Client, output = kit::Wire)]
pub async fn code_commits(project: String, after: Option<String>) -> Result<Paged<CommitRow>, AppError> {
    let page = kernel::record::PageRequest { after, limit: None };
    kit::call::read_tenant(async |tx| factory::code::commits(tx, &project, &page).await).await
}
