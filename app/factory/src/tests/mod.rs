//! `/o/{org}/factory/{project}/tests`: runs with the line of their pass rates, and the cases of the features.
use crate::planner::words::run_tone;
use calls::{RunsView, test_cases, test_runs};
use factory::tests::{TestCase, TestRun};
use kernel::record::Paged;
use kit::{
    Button, ButtonKind, Card, Cell, ChartData, Column, DataTable, Empty, Hue, Icon, LineChart, ListPage, ListSearch, Loaded, PageHead,
    Pager, Row, Series, SkeletonTable, use_live,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::Outlet, hooks::use_query_map};

pub mod calls;
mod cases;
mod run;
mod upload;
pub use cases::CaseDialog;
pub use run::RunPanel;
pub use upload::UploadDialog;

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Ctx {
    pub project: Memo<String>,
    /// `/o/acme/factory/shop/tests`
    pub base: Memo<String>,
    /// Rises with each own change.
    pub version: RwSignal<u64>,
    /// The case whose form is open; `Some(None)`: a new one.
    pub editing: RwSignal<Option<Option<TestCase>>>,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
enum Shown {
    Runs(RunsView),
    Cases(Paged<TestCase>),
}

/// Runs and cases of a project.
pub struct TestsPage {
    ctx: Ctx,
    shown: kit::Data<Shown>,
}

impl kit::Page for TestsPage {
    fn data() -> Self {
        let (org, project) = (kit::use_org_slug(), kit::use_text_param("project"));
        let map = use_query_map();
        let live = ["factory.test_runs", "factory.test_cases", "factory.work_items"].map(use_live);
        let version = RwSignal::new(0);
        let cases = Memo::new(move |_| map.with(|q| q.get_str("view") == Some("cases")));
        let (after, q) = (kit::query::use_query_param("after"), kit::query::use_query_param("q"));
        let shown = kit::Data::blocking(
            move || (org.get(), project.get(), cases.get(), q.get(), after.get(), live.map(|topic| topic.get()), version.get()),
            |(_, project, cases, q, after, ..)| async move {
                let after = Some(after).filter(|a| !a.is_empty());
                match cases {
                    false => test_runs(project, after).await.map(Shown::Runs),
                    true => test_cases(project, q, after).await.map(Shown::Cases),
                }
            },
        );
        let path = kit::use_org_path();
        let base = Memo::new(move |_| path(&format!("/factory/{}/tests", project.get())));
        let ctx = Ctx { project, base, version, editing: RwSignal::new(None) };
        provide_context(ctx);
        Self { ctx, shown }
    }

    fn view(this: Self) -> AnyView {
        let TestsPage { ctx, shown } = this;
        provide_context(ctx);
        let uploading = kit::query::opened_by("upload");
        view! {
            <Title text="Tests" />
            <ListPage drawer=|| view! { <Outlet /> }>
                {head(ctx, uploading)}
                {toolbar(ctx)}
                <Loaded from=shown skeleton=|| view! { <SkeletonTable rows=10 columns=5 /> } show=move |shown: Shown| match shown {
                    Shown::Runs(view) => runs(ctx, view, uploading),
                    Shown::Cases(page) => cases::list(ctx, page),
                } />
                {kit::part(move || uploading.get(), move || UploadDialog { ctx, open: uploading })}
                {kit::part(move || ctx.editing.with(Option::is_some), move || CaseDialog(ctx))}
            </ListPage>
        }
        .into_any()
    }
}

fn head(ctx: Ctx, uploading: RwSignal<bool>) -> AnyView {
    let base = ctx.base.get_untracked();
    let project = base.trim_end_matches("/tests").to_owned();
    view! {
        <PageHead
            title="Tests"
            acts=move || view! {
                <Button icon=Icon::Plus on:click=move |_| ctx.editing.set(Some(None))>"New test case"</Button>
                <Button kind=ButtonKind::Primary icon=Icon::Upload on:click=move |_| uploading.set(true)>"Upload results"</Button>
            }
        />
        {crate::pages::tabs(&project, None)}
    }
    .into_any()
}

fn toolbar(ctx: Ctx) -> AnyView {
    let map = use_query_map();
    let on_cases = Memo::new(move |_| map.with(|q| q.get_str("view") == Some("cases")));
    let link = move |view: Option<&'static str>| move || map.with(|m| kit::query::with(m, &[("view", view), ("q", None), ("after", None)]));
    let views = move || {
        view! {
            <nav class="seg" aria-label="View">
                <a href=link(None) aria-current=move || (!on_cases.get()).then_some("page") data-noscroll="">{kit::icon(Icon::Activity)} "Runs"</a>
                <a href=link(Some("cases")) aria-current=move || on_cases.get().then_some("page") data-noscroll="">{kit::icon(Icon::ListChecks)} "Cases"</a>
            </nav>
        }
        .into_any()
    };
    // What is searched are cases: looking for one shows them.
    view! { <ListSearch label="Search test cases" group="Tests" base=ctx.base sets=&[("view", "cases")] acts=views /> }.into_any()
}

static COLUMNS: [Column; 7] = [
    Column::new("at", "Finished").fit(),
    Column::new("status", "Result").fit(),
    Column::new("rate", "Pass rate").number(),
    Column::new("tests", "Tests").grow(),
    Column::new("commit", "Commit").fit().from_tablet(),
    Column::new("branch", "Branch").from_desktop(),
    Column::new("by", "Started by").from_desktop(),
];

fn runs(ctx: Ctx, view: RunsView, uploading: RwSignal<bool>) -> AnyView {
    let RunsView { project_id, runs, line } = view;
    if runs.rows.is_empty() {
        return empty(project_id, uploading);
    }
    let chart = (line.len() > 1).then(|| {
        let data = ChartData {
            labels: line.iter().map(|p| kit::time::short_day(&p.at)).collect(),
            series: vec![Series::new("Pass rate", line.iter().map(|p| f64::from(p.rate))).hue(Hue::Success)],
        };
        view! { <div class="px-6 py-4"><Card title="Pass rate"><LineChart title="Pass rate of the last runs" data=data unit="%" height=160 area=true /></Card></div> }
    });
    let next = runs.next.as_ref().map(|c| format!("{}?after={c}", ctx.base.get_untracked()));
    let now = kit::time::now();
    let rows = runs.rows.iter().map(|r| row(ctx, r, now)).collect::<Vec<_>>();
    view! { {chart} <DataTable columns=&COLUMNS rows=rows label="Test runs" /> <Pager previous={None::<String>} next=next text=String::new() /> }
        .into_any()
}

fn row(ctx: Ctx, r: &TestRun, now: chrono::DateTime<chrono::Utc>) -> Row {
    let rate = r.pass_rate().map_or_else(Cell::none, |rate| Cell::text(&format!("{rate} %")));
    let mut tests = format!("{} passed", kit::num::group(r.passed_tests.into()));
    if r.failed_tests > 0 {
        tests += &format!(", {} failed", kit::num::group(r.failed_tests.into()));
    }
    if r.skipped_tests > 0 {
        tests += &format!(", {} skipped", kit::num::group(r.skipped_tests.into()));
    }
    let commit = r.commit_sha.as_deref().map_or_else(Cell::none, |sha| Cell::code(&sha[..sha.len().min(8)]));
    Row::new(
        r.id.to_string(),
        vec![
            Cell::ago(r.finished_at.unwrap_or(r.created_at), now),
            Cell::status(r.status.words(), run_tone(r.status)),
            rate,
            Cell::title(tests),
            commit,
            Cell::maybe(r.branch.as_deref()),
            Cell::text(r.triggered_by.words()),
        ],
    )
    .href(format!("{}/{}", ctx.base.get_untracked(), r.id))
}

fn empty(project: uuid::Uuid, uploading: RwSignal<bool>) -> AnyView {
    let sample = format!(
        "curl -X POST \"$MILLRACE_URL/api/projects/{project}/test-runs?commit=$(git rev-parse HEAD)\" \\\n  -H \"Authorization: Bearer $MILLRACE_KEY\" -H 'Content-Type: application/xml' \\\n  --data-binary @junit.xml"
    );
    view! {
        <Empty
            icon=Icon::BadgeCheck title="No test runs yet" text="Send the results of your tests as JUnit XML or JSON, with a key of scope tests:write, or upload a file."
            acts=move || view! { <Button kind=ButtonKind::Primary icon=Icon::Upload on:click=move |_| uploading.set(true)>"Upload results"</Button> }
        />
        <div class="px-6"><kit::CodeBlock code=sample name="From CI" /></div>
    }
    .into_any()
}
