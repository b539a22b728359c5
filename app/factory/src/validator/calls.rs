//! The server functions of the Validator and of what it passes on to.
use factory::{
    code::github_app::{GithubApp, GithubAppAddresses, GithubAppInput},
    feedback::{
        FeaturePull, Feedback, FeedbackDetail, FeedbackInput, FeedbackPage, FeedbackPatch, FeedbackQuery, FeedbackStats, IssueBegun,
        MadeWorkOrder, Receipt,
    },
    integrations::{Integration, IntegrationInput, IntegrationTest, IntegrationType, Tracker, outbox::OutboxMessage},
};
use kernel::record::Paged;
use kit::{AppError, Client};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The inbox with what came lately.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InboxView {
    pub project: Uuid,
    pub page: FeedbackPage,
    pub stats: FeedbackStats,
    /// The features users ask for most.
    pub pulls: Vec<FeaturePull>,
    /// The address apps report to.
    pub endpoint: String,
}

/// One page of the inbox.
#[server(client = Client, output = kit::Wire)]
pub async fn feedback_list(project: String, #[server(default)] query: FeedbackQuery) -> Result<InboxView, AppError> {
    kit::call::read_tenant(async |tx| {
        let app = tx.app().clone();
        let found = factory::projects::by_slug(tx, &project).await?;
        Ok(InboxView {
            page: factory::feedback::page(tx, &project, &query, None).await?,
            stats: factory::feedback::stats(tx, &project, None).await?,
            pulls: factory::feedback::priorities(tx, found.id, 5).await?,
            endpoint: format!("{}/api/projects/{}/validator/feedback", app.config.public_url(app.config.http.port), found.id),
            project: found.id,
        })
    })
    .await
}

/// One item with its surroundings.
#[server(client = Client, output = kit::Wire)]
pub async fn feedback_get(project: String, id: Uuid) -> Result<FeedbackDetail, AppError> {
    kit::call::read_tenant(async |tx| factory::feedback::detail(tx, &project, id).await).await
}

/// Notes feedback by hand.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn feedback_add(project: String, input: FeedbackInput) -> Result<Receipt, AppError> {
    kit::call::in_tenant(async |tx| {
        let project = factory::projects::by_slug(tx, &project).await?;
        factory::feedback::receive(tx, project.id, &input, None).await
    })
    .await
}

/// Changes status, category, score, tags or title.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn feedback_update(id: Uuid, rev: String, patch: FeedbackPatch) -> Result<Feedback, AppError> {
    kit::call::in_tenant(async |tx| factory::feedback::update(tx, id, &rev, &patch).await).await
}

/// Says which feature an item is about, or takes that back.
#[server(client = Client, output = kit::Wire)]
pub async fn feedback_link(id: Uuid, feature: Uuid, linked: bool) -> Result<Feedback, AppError> {
    kit::call::in_tenant(async |tx| match linked {
        true => factory::feedback::link_feature(tx, id, feature).await,
        false => factory::feedback::unlink_feature(tx, id, feature).await,
    })
    .await
}

/// Merges an item into another.
#[server(client = Client, output = kit::Wire)]
pub async fn feedback_merge(id: Uuid, rev: String, into: Uuid) -> Result<Feedback, AppError> {
    kit::call::in_tenant(async |tx| factory::feedback::merge(tx, id, &rev, into).await).await
}

/// Makes a work order of an item.
#[server(client = Client, output = kit::Wire)]
pub async fn feedback_work_order(id: Uuid) -> Result<MadeWorkOrder, AppError> {
    kit::call::in_tenant(async |tx| factory::feedback::create_work_order(tx, id).await).await
}

/// Makes an issue of an item.
#[server(client = Client, output = kit::Wire)]
pub async fn feedback_issue(id: Uuid, #[server(default)] tracker: Option<Tracker>) -> Result<IssueBegun, AppError> {
    kit::call::in_tenant(async |tx| factory::feedback::create_issue(tx, id, tracker).await).await
}

/// The connections of a project, and whether the reader may change them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntegrationsView {
    pub list: Vec<Integration>,
    pub may_manage: bool,
    /// The GitHub App of the organization, and the addresses it needs.
    pub app: Option<GithubApp>,
    pub addresses: GithubAppAddresses,
}

/// The connections of a project.
#[server(client = Client, output = kit::Wire)]
pub async fn integrations_list(project: String) -> Result<IntegrationsView, AppError> {
    kit::call::read_tenant(async |tx| {
        let may_manage = tx.actor().may(kernel::Perm::FactoryManage);
        Ok(IntegrationsView {
            list: factory::integrations::list(tx, &project).await?,
            app: factory::code::github_app::of_org(tx).await?,
            addresses: GithubAppAddresses::of(&tx.app().config),
            may_manage,
        })
    })
    .await
}

/// Registers the GitHub App of the organization.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn github_app_register(input: GithubAppInput) -> Result<GithubApp, AppError> {
    kit::call::in_tenant(async |tx| factory::code::github_app::register(tx, &input).await).await
}

/// Forgets it.
#[server(client = Client, output = kit::Wire)]
pub async fn github_app_remove() -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::code::github_app::remove(tx).await).await
}

/// Forgets an account it is installed on.
#[server(client = Client, output = kit::Wire)]
pub async fn github_app_uninstall(id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::code::github_app::uninstall(tx, id).await).await
}

/// Keeps a connection.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn integration_save(project: String, kind: IntegrationType, input: IntegrationInput) -> Result<Integration, AppError> {
    kit::call::in_tenant(async |tx| factory::integrations::save(tx, &project, kind, &input).await).await
}

/// Forgets a connection.
#[server(client = Client, output = kit::Wire)]
pub async fn integration_remove(project: String, kind: IntegrationType) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::integrations::remove(tx, &project, kind).await).await
}

/// Tries a connection.
#[server(client = Client, output = kit::Wire)]
pub async fn integration_try(project: String, kind: IntegrationType) -> Result<IntegrationTest, AppError> {
    kit::call::as_member(async |app, actor| factory::integrations::test(app, actor, &project, kind).await).await
}

/// What a project said outside.
#[server(client = Client, output = kit::Wire)]
pub async fn outbox_list(project: String, #[server(default)] after: String) -> Result<Paged<OutboxMessage>, AppError> {
    let page = kernel::record::PageRequest { after: Some(after).filter(|a| !a.is_empty()), limit: None };
    kit::call::read_tenant(async |tx| factory::integrations::outbox::list(tx, &project, &page).await).await
}
