//! What runs in the background for a project, and what came of it.
use super::{
    calls::{job_retry, jobs_list},
    tabs,
};
use factory::job_runs::{JobRun, JobStatus};
use kernel::record::Paged;
use kit::{AppError, Badge, Button, Card, Empty, Icon, Loaded, PageHead, Pager, Progress, Size, SkeletonTable, Tone, use_live};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The jobs of a project.
pub struct JobsPage {
    project: Memo<String>,
    page: kit::Data<Paged<JobRun>>,
}

impl kit::Page for JobsPage {
    fn data() -> Self {
        let (org, project, live) = (kit::use_org_slug(), kit::use_text_param("project"), use_live("factory.job_runs"));
        let after = kit::query::use_query_param("after");
        let page = kit::Data::blocking(
            move || (org.get(), project.get(), after.get(), live.get()),
            |(_, project, after, _)| jobs_list(project, Some(after).filter(|after| !after.is_empty())),
        );
        Self { project, page }
    }

    fn view(this: Self) -> AnyView {
        let JobsPage { project, page } = this;
        let base = kit::use_org_path()(&format!("/factory/{}", project.get_untracked()));
        view! {
            <Title text="Jobs" />
            <div class="page page-set page-wide">
                <PageHead title="Jobs" text=|| view! { "What Millrace does for this project in the background." } />
                {tabs(&base)}
                <Loaded from=page skeleton=|| view! { <SkeletonTable rows=8 columns=3 /> } show={move |shown: Paged<JobRun>| show(shown, page)} />
            </div>
        }
        .into_any()
    }
}

/// A job's type as people say it.
fn words(job_type: &str) -> String {
    let known = match job_type {
        "codebase_index" => "Index of the code",
        "drift_detection" => "Scan for drift",
        "drift_propagate" => "Drift of a change",
        "export" => "Export",
        "feedback_triage" => "Triage of feedback",
        "notify_slack" => "Message to Slack",
        "issue_create" => "Issue of feedback",
        "embedding" => "Search entries",
        "artifact_extract" => "Text of a file",
        _ => "",
    };
    if known.is_empty() { job_type.replace('_', " ") } else { known.to_owned() }
}

fn show(shown: Paged<JobRun>, page: kit::Data<Paged<JobRun>>) -> AnyView {
    let Paged { rows, next, .. } = shown;
    if rows.is_empty() {
        return view! {
            <Card flush=true><Empty icon=Icon::Activity title="No jobs yet" text="An index of the code, a scan for drift, an export: they appear here with what came of them." /></Card>
        }
        .into_any();
    }
    let rows = rows.into_iter().map(|run| row(run, page)).collect_view();
    let query = use_query_map();
    let at = |after: Option<&str>| query.with_untracked(|q| kit::query::with(q, &[("after", after)]));
    let first = query.with_untracked(|q| q.get("after").is_some()).then(|| at(None));
    let next = next.map(|next| at(Some(&next)));
    view! { <Card flush=true><ul>{rows}</ul></Card> <Pager previous=first next=next /> }.into_any()
}

fn row(run: JobRun, page: kit::Data<Paged<JobRun>>) -> AnyView {
    let tone = match run.status {
        JobStatus::Pending => Tone::Neutral,
        JobStatus::Running => Tone::Info,
        JobStatus::Completed => Tone::Success,
        JobStatus::Failed => Tone::Danger,
    };
    let name = words(&run.job_type);
    let percent = f64::from(run.progress);
    let progress =
        (run.status == JobStatus::Running).then(|| view! { <Progress label=name.clone() value=Signal::derive(move || percent) /> });
    let took = run.started_at.zip(run.completed_at).map(|(from, to)| {
        let seconds = (to - from).num_milliseconds() as f64 / 1000.0;
        format!(" · took {seconds:.1} s")
    });
    let tries = (run.attempts > 1).then(|| format!(" · {} tries", run.attempts));
    let toasts = kit::use_toasts();
    let (id, again) = (run.id, format!("Retry {name}"));
    let retry = (run.status == JobStatus::Failed).then(|| {
        let press = move |_| {
            spawn_local(async move {
                match job_retry(id).await {
                    Ok(_) => toasts.success("The job runs once more"),
                    Err(AppError(fault)) => toasts.fault(&fault),
                }
                page.refetch();
            });
        };
        view! { <Button size=Size::Sm icon=Icon::RefreshCw attr:aria-label=again on:click=press>"Retry"</Button> }
    });
    view! {
        <li class="set-row">
            <div>
                <span class="row"><b class="strong">{name.clone()}</b> <Badge text=run.status.words() tone=tone /></span>
                <small><kit::Ago at=run.created_at /> {took} {tries}</small>
                {run.error.filter(|_| run.status == JobStatus::Failed).map(|error| view! { <small class="err">{error}</small> })}
                {progress}
            </div>
            {retry}
        </li>
    }
    .into_any()
}
