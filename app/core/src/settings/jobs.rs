//! `/o/{org}/settings/jobs`: what runs in the background for the organization.
use crate::parts::jobs::{JobCalls, JobsView, list, use_filter};
#[cfg(feature = "ssr")]
use core_area::jobs_view::JobQuery;
#[cfg(feature = "ssr")]
use kernel::{access::Perm, record::PageRequest};
use kit::{AppError, Client, SettingsPage, use_live};
use leptos::prelude::*;
use leptos_meta::Title;
use uuid::Uuid;

/// A page of the organization's jobs.
#[server(client = Client, output = kit::Wire)]
pub async fn jobs_get(
    #[server(default)] status: String,
    #[server(default)] kind: String,
    after: Option<String>,
) -> Result<JobsView, AppError> {
    kit::call::read_tenant(async |tx| {
        let query = JobQuery { status, kind, page: PageRequest { after, limit: None } };
        let may_manage = tx.actor().may(Perm::JobsManage);
        Ok(JobsView { jobs: core_area::jobs_view::list(tx, &query).await?, kinds: core_area::jobs_view::kinds(tx).await?, may_manage })
    })
    .await
}

/// Puts a dead job back into the queue.
#[server(client = Client, output = kit::Wire)]
pub async fn job_retry(id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| core_area::jobs_view::retry(tx, id).await).await
}

/// Keeps a waiting job from running.
#[server(client = Client, output = kit::Wire)]
pub async fn job_cancel(id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| core_area::jobs_view::cancel(tx, id).await).await
}

/// Runs a waiting job at once.
#[server(client = Client, output = kit::Wire)]
pub async fn job_run_now(id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| core_area::jobs_view::run_now(tx, id).await).await
}

pub struct JobsPage {
    view: kit::Data<JobsView>,
}

impl kit::Page for JobsPage {
    fn data() -> Self {
        let (slug, filter, live) = (kit::use_org_slug(), use_filter(), use_live("core.jobs"));
        let view = kit::Data::blocking(
            move || (slug.get(), filter.get(), live.get()),
            |(_, filter, _)| jobs_get(filter.status, filter.kind, filter.after),
        );
        Self { view }
    }

    fn view(this: Self) -> AnyView {
        let JobsPage { view } = this;
        let calls = JobCalls {
            retry: |id| Box::pin(job_retry(id)),
            cancel: |id| Box::pin(job_cancel(id)),
            run_now: Some(|id| Box::pin(job_run_now(id))),
        };
        view! {
            <Title text="Jobs" />
            <SettingsPage title="Settings">
                {super::tabs()}
                {list(view, calls)}
            </SettingsPage>
        }
        .into_any()
    }
}
