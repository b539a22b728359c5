//! `/admin/jobs`: the jobs of all organizations.
use crate::parts::jobs::{JobCalls, JobsView, list, use_filter};
#[cfg(feature = "ssr")]
use core_area::jobs_view::JobQuery;
#[cfg(feature = "ssr")]
use kernel::record::PageRequest;
use kit::{AppError, Client, use_live};
use leptos::prelude::*;
use leptos_meta::Title;
use uuid::Uuid;

/// A page of jobs.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_jobs(
    #[server(default)] status: String,
    #[server(default)] kind: String,
    after: Option<String>,
) -> Result<JobsView, AppError> {
    let query = JobQuery { status, kind, page: PageRequest { after, limit: None } };
    kit::call::as_visitor(async |request| {
        let jobs = core_area::jobs_view::all(request, &query).await?;
        let mut kinds: Vec<String> =
            jobs.rows.iter().map(|job| job.kind.clone()).chain(Some(query.kind.clone()).filter(|k| !k.is_empty())).collect();
        kinds.sort();
        kinds.dedup();
        Ok(JobsView { jobs, kinds, may_manage: true })
    })
    .await
}

/// Puts a dead job back into the queue.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_job_retry(id: Uuid) -> Result<(), AppError> {
    kit::call::as_visitor(async |request| core_area::jobs_view::admin_retry(request, id).await).await
}

/// Keeps a waiting job from running.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_job_cancel(id: Uuid) -> Result<(), AppError> {
    kit::call::as_visitor(async |request| core_area::jobs_view::admin_cancel(request, id).await).await
}

pub struct AdminJobsPage {
    view: kit::Data<JobsView>,
}

impl kit::Page for AdminJobsPage {
    fn data() -> Self {
        let (filter, live) = (use_filter(), use_live("core.jobs"));
        Self {
            view: kit::Data::blocking(
                move || (filter.get(), live.get()),
                |(filter, _)| admin_jobs(filter.status, filter.kind, filter.after),
            ),
        }
    }

    fn view(this: Self) -> AnyView {
        let AdminJobsPage { view } = this;
        let calls = JobCalls { retry: |id| Box::pin(admin_job_retry(id)), cancel: |id| Box::pin(admin_job_cancel(id)), run_now: None };
        view! {
            <Title text="Jobs" />
            {super::page("Jobs", "What runs in the background, for every organization.", ().into_any(), list(view, calls))}
        }
        .into_any()
    }
}
