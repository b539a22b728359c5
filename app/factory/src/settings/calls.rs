//! The server functions of a project's settings.
use factory::{job_runs::JobRun, projects::Project};
use kernel::record::Paged;
use kit::{AppError, Client};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A project and what its reader may do with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeneralView {
    pub project: Project,
    /// Activate and archive.
    pub may_manage: bool,
    /// The first steps were put away.
    pub steps_away: bool,
}

/// The details of a project.
#[server(client = Client, output = kit::Wire)]
pub async fn settings_general(project: String) -> Result<GeneralView, AppError> {
    kit::call::read_tenant(async |tx| {
        let project = factory::projects::by_slug(tx, &project).await?;
        let steps_away = factory::onboarding::of_project(tx, project.id).await?.dismissed;
        Ok(GeneralView { may_manage: tx.actor().may(kernel::Perm::FactoryManage), project, steps_away })
    })
    .await
}

/// One page of the jobs of a project, the newest first.
#[server(client = Client, output = kit::Wire)]
pub async fn jobs_list(project: String, after: Option<String>) -> Result<Paged<JobRun>, AppError> {
    let page = kernel::record::PageRequest { after, limit: None };
    kit::call::read_tenant(async |tx| {
        let project = factory::projects::by_slug(tx, &project).await?;
        factory::job_runs::list(tx, project.id, &page).await
    })
    .await
}

/// Runs a job that failed once more.
#[server(client = Client, output = kit::Wire)]
pub async fn job_retry(id: Uuid) -> Result<JobRun, AppError> {
    kit::call::in_tenant(async |tx| factory::job_runs::retry(tx, id).await).await
}
