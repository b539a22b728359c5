//! Jobs as lists show them: an organization's own, and those of the installation.
use super::{Called, Question, Side, ask, filters, pager, side, use_open_row, use_row_link};
use core_area::jobs_view::{JobRow, STATUSES};
use kernel::record::Paged;
use kit::{
    AppError, Button, Card, Cell, Choice, CodeBlock, Column, DataTable, Empty, Fact, Facts, Icon, Loaded, Row, SelectField, SkeletonTable,
    Status, Tone, query::use_query_param,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A page of jobs, and what the viewer may do with them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobsView {
    pub jobs: Paged<JobRow>,
    /// The kinds a filter offers.
    pub kinds: Vec<String>,
    pub may_manage: bool,
}

/// How the jobs of a page are steered.
#[derive(Clone, Copy)]
pub(crate) struct JobCalls {
    pub retry: fn(Uuid) -> Called<()>,
    pub cancel: fn(Uuid) -> Called<()>,
    pub run_now: Option<fn(Uuid) -> Called<()>>,
}

/// The list of jobs depends on these keys of the address.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JobFilter {
    pub status: String,
    pub kind: String,
    pub after: Option<String>,
}

/// The filter in the address.
pub(crate) fn use_filter() -> Signal<JobFilter> {
    let (status, kind, after) = (use_query_param("status"), use_query_param("kind"), use_query_param("after"));
    Signal::derive(move || JobFilter { status: status.get(), kind: kind.get(), after: Some(after.get()).filter(|a| !a.is_empty()) })
}

static COLUMNS: [Column; 5] = [
    Column::new("kind", "Job").grow(),
    Column::new("status", "Status").fit(),
    Column::new("attempts", "Attempts").number().from_tablet(),
    Column::new("organization", "Organization").from_desktop(),
    Column::new("created_at", "Created").number(),
];

fn tone(status: &str) -> Tone {
    match status {
        "succeeded" => Tone::Success,
        "running" => Tone::Info,
        "failed" => Tone::Warning,
        "dead" => Tone::Danger,
        _ => Tone::Neutral,
    }
}

/// The status as people read it.
pub(crate) fn words(status: &str) -> String {
    let mut text = status.to_owned();
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// The card with filters, table and pages, and the drawer of the open job.
pub(crate) fn list(from: kit::Data<JobsView>, calls: JobCalls) -> AnyView {
    let desk = JobDesk::new(calls, from);
    let question =
        Question { title: |kind| format!("Cancel {kind}?"), text: "It will not run. What asked for it can ask again.", verb: "Cancel job" };
    view! {
        <Card flush=true class="list-card">
            <Loaded from=from skeleton=|| view! { <SkeletonTable rows=8 columns=4 /> } show=table />
        </Card>
        {side(
            Side { from, rows: |v: JobsView| marked(v), id: |(job, _)| job.id.to_string(), title: |(job, _)| job.kind.clone() },
            move |(job, may)| details(job, may, desk),
        )}
        {ask(desk.asking, question, move |id| { desk.cancel.dispatch(id); })}
    }
    .into_any()
}

/// What stands outside of list and drawer, which are drawn anew with every step of a job: the question and the calls.
#[derive(Clone, Copy)]
struct JobDesk {
    asking: RwSignal<Option<(Uuid, String)>>,
    retry: Steer,
    cancel: Steer,
    run_now: Option<Steer>,
}

type Steer = Action<Uuid, Result<(), AppError>>;

impl JobDesk {
    fn new(calls: JobCalls, from: kit::Data<JobsView>) -> Self {
        Self {
            asking: RwSignal::new(None),
            retry: steer(calls.retry, from, "The job is queued again"),
            cancel: steer(calls.cancel, from, "The job will not run"),
            run_now: calls.run_now.map(|call| steer(call, from, "The job runs now")),
        }
    }
}

fn marked(view: JobsView) -> Vec<(JobRow, bool)> {
    view.jobs.rows.into_iter().map(|job| (job, view.may_manage)).collect()
}

fn toolbar(kinds: Vec<String>) -> AnyView {
    let (status, kind) = (use_query_param("status").get_untracked(), use_query_param("kind").get_untracked());
    let statuses = STATUSES.iter().map(|s| Choice::new(*s, words(s))).collect();
    let kinds = kinds.into_iter().map(|k| Choice::new(k.clone(), k)).collect();
    let fields = view! {
        <SelectField name="status" label="Status" choices=statuses value=status empty="Any status" quiet=true />
        <SelectField name="kind" label="Kind" choices=kinds value=kind empty="Any kind" quiet=true />
    };
    filters(&["status", "kind"], fields.into_any(), ().into_any())
}

fn table(view: JobsView) -> AnyView {
    let link = use_row_link();
    let now = kit::time::now();
    let filtered = !use_query_param("status").get_untracked().is_empty() || !use_query_param("kind").get_untracked().is_empty();
    let JobsView { jobs, kinds, .. } = view;
    let tools = toolbar(kinds);
    if jobs.rows.is_empty() {
        let (title, text) = match filtered {
            true => ("No job matches", "Choose another status or kind."),
            false => ("No jobs yet", "What runs in the background, such as exports and imports, shows here."),
        };
        return view! { {tools} <Empty icon=Icon::Activity title=title text=text /> {pager(None, "")} }.into_any();
    }
    let rows = jobs
        .rows
        .iter()
        .map(|job| {
            let cells = vec![
                Cell::title(&job.kind),
                Cell::status(&words(&job.status), tone(&job.status)),
                Cell::text(&format!("{} of {}", job.attempts, job.max_attempts)),
                Cell::maybe(job.organization.as_deref()),
                Cell::ago(job.created_at, now),
            ];
            Row::new(job.id.to_string(), cells).href(link(&job.id.to_string()))
        })
        .collect();
    view! {
        {tools}
        <DataTable columns=&COLUMNS rows=rows label="Jobs" open=use_open_row() />
        {pager(jobs.next, "")}
    }
    .into_any()
}

fn details(job: JobRow, may_manage: bool, desk: JobDesk) -> AnyView {
    let id = job.id;
    let note = job.progress.as_ref().and_then(|p| Some(format!("{} of {}", p.get("done")?, p.get("total")?)));
    let said = job.progress.as_ref().and_then(|p| p.get("note")?.as_str().map(str::to_owned));
    let busy = job.status == "running";
    let acts = may_manage.then(|| acts(&job, desk));
    let (status, tone, attempts) = (words(&job.status), tone(&job.status), format!("{} of {}", job.attempts, job.max_attempts));
    let (organization, error) = (job.organization.clone(), job.last_error.clone());
    view! {
        <div class="stack">
            <Facts>
                <Fact name="Status"><Status text=status tone=tone busy=busy /></Fact>
                <Fact name="Attempts">{attempts}</Fact>
                {note.map(|n| view! { <Fact name="Progress">{n} " " {said}</Fact> })}
                {organization.map(|o| view! { <Fact name="Organization">{o}</Fact> })}
                <Fact name="Created">{kit::time::exact_text(job.created_at)}</Fact>
                <Fact name="Runs at">{kit::time::exact_text(job.run_at)}</Fact>
                {job.finished_at.map(|at| view! { <Fact name="Finished">{kit::time::exact_text(at)}</Fact> })}
                <Fact name="Id"><code>{id.to_string()}</code></Fact>
            </Facts>
            {error.map(|error| view! { <CodeBlock code=error name="Last error" /> })}
            {acts}
        </div>
    }
    .into_any()
}

fn acts(job: &JobRow, desk: JobDesk) -> AnyView {
    let JobDesk { asking, retry, cancel, run_now } = desk;
    let (id, kind) = (job.id, job.kind.clone());
    let (queued, dead) = (job.status == "queued", job.status == "dead");
    view! {
        <div class="row">
            {dead.then(|| view! { <Button icon=Icon::RotateCcw busy=retry.pending() on:click=move |_| { retry.dispatch(id); }>"Retry"</Button> })}
            {run_now.filter(|_| queued).map(|now| view! { <Button icon=Icon::Play busy=now.pending() on:click=move |_| { now.dispatch(id); }>"Run now"</Button> })}
            {queued.then(|| view! { <Button icon=Icon::Ban busy=cancel.pending() on:click=move |_| asking.set(Some((id, kind.clone())))>"Cancel job"</Button> })}
        </div>
    }
    .into_any()
}

fn steer(call: fn(Uuid) -> Called<()>, from: kit::Data<JobsView>, done: &'static str) -> Steer {
    let toasts = kit::use_toasts();
    let action = Action::new(move |id: &Uuid| call(*id));
    kit::effect(move || match action.value().get() {
        Some(Ok(())) => {
            toasts.success(done);
            from.refetch();
        }
        Some(Err(AppError(fault))) => toasts.fault(&fault),
        None => {}
    });
    action
}
