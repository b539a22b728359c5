//! The server functions of the area. Each reaches one service in one transaction.
use factory::{
    export::{ExportFile, Format},
    features::{
        BulkAction, BulkResult, Feature, FeatureDetail, FeatureInput, FeaturePage, FeaturePatch, FeatureQuery, FeatureRef, FeatureStatus,
        FeatureTree, Removed,
    },
    import::Report,
    overview::Overview,
    projects::{Project, ProjectCard, ProjectStatus},
};
use kernel::record::Paged;
use kit::{AppError, Client};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A page of projects, and whether the reader may activate and archive them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectsView {
    pub page: Paged<ProjectCard>,
    pub may_manage: bool,
}

/// Puts the first steps of a project away, or shows them again.
#[server(client = Client, output = kit::Wire)]
pub async fn onboarding_dismiss(project: String, dismissed: bool) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::onboarding::dismiss(tx, &project, dismissed).await).await
}

/// One page of the projects, or of the archived ones.
#[server(client = Client, output = kit::Wire)]
pub async fn projects_list(archived: bool, after: Option<String>) -> Result<ProjectsView, AppError> {
    let page = kernel::record::PageRequest { after, limit: Some(48) };
    kit::call::read_tenant(async |tx| {
        let may_manage = tx.actor().may(kernel::Perm::FactoryManage);
        Ok(ProjectsView { page: factory::projects::list(tx, archived, &page).await?, may_manage })
    })
    .await
}

/// Starts a project.
#[server(client = Client, output = kit::Wire)]
pub async fn project_create(
    name: String,
    #[server(default)] description: String,
    #[server(default)] repo_url: String,
) -> Result<Project, AppError> {
    let input = factory::projects::ProjectInput { name, description, repo_url, branch: String::new() };
    kit::call::in_tenant(async |tx| factory::projects::create(tx, &input).await).await
}

/// Changes name, description, repository and branch.
#[server(client = Client, output = kit::Wire)]
pub async fn project_update(
    id: Uuid,
    rev: String,
    name: String,
    #[server(default)] description: String,
    #[server(default)] repo_url: String,
    #[server(default)] branch: String,
) -> Result<Project, AppError> {
    let input = factory::projects::ProjectInput { name, description, repo_url, branch };
    kit::call::in_tenant(async |tx| factory::projects::update(tx, id, &rev, &input).await).await
}

/// Activates, pauses, completes, archives a project, or brings it back.
#[server(client = Client, output = kit::Wire)]
pub async fn project_move(id: Uuid, rev: String, status: ProjectStatus) -> Result<Project, AppError> {
    kit::call::in_tenant(async |tx| factory::projects::set_status(tx, id, &rev, status).await).await
}

/// A project at a glance.
#[server(client = Client, output = kit::Wire)]
pub async fn project_overview(project: String) -> Result<Overview, AppError> {
    kit::call::read_tenant(async |tx| factory::overview::overview(tx, &project).await).await
}

/// What the features page shows: a page of the list, or the open part of the tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shown {
    List(FeaturePage),
    Tree(FeatureTree),
}

/// The list, or with `tree` the tree with these nodes open.
#[server(client = Client, output = kit::Wire)]
pub async fn features_show(
    project: String,
    #[server(default)] query: FeatureQuery,
    tree: bool,
    #[server(default)] open: Vec<Uuid>,
) -> Result<Shown, AppError> {
    kit::call::read_tenant(async |tx| match tree {
        false => Ok(Shown::List(factory::features::page(tx, &project, &query).await?)),
        true => Ok(Shown::Tree(factory::features::tree(tx, &project, &open).await?)),
    })
    .await
}

/// A feature with its surroundings.
#[server(client = Client, output = kit::Wire)]
pub async fn feature_get(project: String, key: String) -> Result<FeatureDetail, AppError> {
    kit::call::read_tenant(async |tx| factory::features::by_key(tx, &project, &key).await).await
}

/// Features whose words begin with what was typed.
#[server(client = Client, output = kit::Wire)]
pub async fn feature_suggest(project: String, typed: String) -> Result<Vec<FeatureRef>, AppError> {
    kit::call::read_tenant(async |tx| factory::features::suggest(tx, &project, &typed).await).await
}

/// Adds a feature.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn feature_create(project: String, input: FeatureInput) -> Result<Feature, AppError> {
    kit::call::in_tenant(async |tx| factory::features::create(tx, &project, &input).await).await
}

/// Changes some fields of a feature.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn feature_update(id: Uuid, rev: String, patch: FeaturePatch) -> Result<Feature, AppError> {
    kit::call::in_tenant(async |tx| factory::features::update(tx, id, &rev, &patch).await).await
}

/// Marks a feature without required test cases as passing, with a note that says why.
#[server(client = Client, output = kit::Wire)]
pub async fn feature_pass(id: Uuid, rev: String, note: String) -> Result<Feature, AppError> {
    kit::call::in_tenant(async |tx| factory::features::pass(tx, id, &rev, &note).await).await
}

/// Moves a feature to another status.
#[server(client = Client, output = kit::Wire)]
pub async fn feature_move(id: Uuid, rev: String, status: FeatureStatus) -> Result<Feature, AppError> {
    kit::call::in_tenant(async |tx| factory::features::move_to(tx, id, &rev, status).await).await
}

/// Ticks a criterion, or takes the tick away.
#[server(client = Client, output = kit::Wire)]
pub async fn feature_set_met(id: Uuid, criterion: String, met: bool) -> Result<Feature, AppError> {
    kit::call::in_tenant(async |tx| factory::features::set_met(tx, id, &criterion, met).await).await
}

/// Puts a feature under a parent and after a sibling.
#[server(client = Client, output = kit::Wire)]
pub async fn feature_place(id: Uuid, rev: String, parent: Option<Uuid>, after: Option<Uuid>) -> Result<Feature, AppError> {
    kit::call::in_tenant(async |tx| factory::features::place(tx, id, &rev, parent, after).await).await
}

/// Deletes a feature and all below it.
#[server(client = Client, output = kit::Wire)]
pub async fn feature_remove(id: Uuid, rev: String) -> Result<Removed, AppError> {
    kit::call::in_tenant(async |tx| factory::features::remove(tx, id, &rev).await).await
}

/// Brings deleted features back.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn features_restore(ids: Vec<Uuid>) -> Result<Vec<Removed>, AppError> {
    kit::call::in_tenant(async |tx| {
        let mut back = Vec::new();
        for id in ids.iter().take(100) {
            back.push(factory::features::restore(tx, *id).await?);
        }
        Ok(back)
    })
    .await
}

/// One change for up to 100 features.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn features_bulk(project: String, ids: Vec<Uuid>, action: BulkAction) -> Result<Vec<BulkResult>, AppError> {
    kit::call::in_tenant(async |tx| factory::features::bulk(tx, &project, &ids, &action).await).await
}

/// What a feature list would do.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn import_preview(project: String, text: String) -> Result<Report, AppError> {
    kit::call::read_tenant(async |tx| factory::import::preview(tx, &project, &text).await).await
}

/// Imports a feature list.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn import_apply(project: String, text: String) -> Result<Report, AppError> {
    kit::call::in_tenant(async |tx| factory::import::apply(tx, &project, &text).await).await
}

/// All features as a file.
#[server(client = Client, output = kit::Wire)]
pub async fn features_export(project: String, format: Format) -> Result<ExportFile, AppError> {
    kit::call::read_tenant(async |tx| factory::export::export(tx, &project, format).await).await
}
