//! `/o/{org}/factory/{project}/tests/{run}`: one run in the drawer, failures first.
use super::{
    Ctx,
    calls::{test_run_adopt, test_run_get},
};
use crate::planner::words::{run_tone, test_tone};
use factory::tests::{TestResult, TestRunDetail};
use kit::{AppError, Badge, Button, Drawer, Fact, Facts, Loaded, Size, Skeleton, Status, Tone, use_live, use_toasts};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use uuid::Uuid;

/// One run beside the list.
pub struct RunPanel {
    detail: kit::Data<TestRunDetail>,
    after: RwSignal<Option<String>>,
}

impl kit::Page for RunPanel {
    fn data() -> Self {
        let (org, run) = (kit::use_org_slug(), kit::use_text_param("run"));
        let live = ["factory.test_cases", "factory.work_items"].map(use_live);
        let after = RwSignal::new(None::<String>);
        let version = use_context::<Ctx>().map(|ctx| ctx.version);
        let detail = kit::Data::blocking(
            move || (org.get(), run.get(), after.get(), live.map(|topic| topic.get()), version.map(|v| v.get())),
            // What is no id is no run: 404.
            |(_, run, after, ..)| test_run_get(run.parse().unwrap_or(Uuid::nil()), after),
        );
        Self { detail, after }
    }

    fn view(this: Self) -> AnyView {
        let RunPanel { detail, after } = this;
        let ctx = expect_context::<Ctx>();
        let close = Signal::derive(move || ctx.base.get());
        view! {
            <Title text="Test run" />
            <Drawer title=Signal::derive(|| "Test run".to_owned()) close=close>
                <Loaded from=detail skeleton=|| view! { <Skeleton lines=8 /> } show=move |d: TestRunDetail| show(ctx, after, d) />
            </Drawer>
        }
        .into_any()
    }
}

fn show(ctx: Ctx, after: RwSignal<Option<String>>, d: TestRunDetail) -> AnyView {
    let run = &d.run;
    let rate = run.pass_rate().map_or_else(|| "Nothing ran".to_owned(), |rate| format!("{rate} %"));
    let counts = format!("{} passed, {} failed, {} skipped of {}", run.passed_tests, run.failed_tests, run.skipped_tests, run.total_tests);
    let took = run.started_at.zip(run.finished_at).map(|(from, to)| kit::num::duration_ms((to - from).num_milliseconds()));
    let commit = run.commit_sha.clone().map(|sha| view! { <Fact name="Commit"><code>{sha}</code></Fact> });
    let branch = run.branch.clone().map(|branch| view! { <Fact name="Branch">{branch}</Fact> });
    let took = took.map(|took| view! { <Fact name="Took">{took}</Fact> });
    let (status, by, created) = (run.status, run.triggered_by, run.created_at);
    let results = d.results.iter().map(result).collect_view();
    let more = d.next.clone().map(|next| {
        let next = StoredValue::new(next);
        view! { <Button on:click=move |_| after.set(Some(next.get_value()))>"Next results"</Button> }
    });
    let back = move || after.get().map(|_| view! { <Button on:click=move |_| after.set(None)>"First results"</Button> });
    view! {
        <div class="feature-sec">
            <Facts>
                <Fact name="Result"><Status text=status.words() tone=run_tone(status) /></Fact>
                <Fact name="Pass rate">{rate}</Fact>
                <Fact name="Tests">{counts}</Fact>
                {commit} {branch} {took}
                <Fact name="Started by">{by.words()}</Fact>
                <Fact name="Uploaded"><kit::Ago at=created /></Fact>
            </Facts>
        </div>
        {unlinked(ctx, run.id, d.unlinked)}
        <section class="feature-sec"><h3>"Results"</h3><ul class="results">{results}</ul><div class="moves">{back} {more}</div></section>
    }
    .into_any()
}

/// Results that belong to no case, and the way to make cases of them.
fn unlinked(ctx: Ctx, run: Uuid, n: i64) -> AnyView {
    if n == 0 {
        return ().into_any();
    }
    let toasts = use_toasts();
    let adopt = move |_| {
        spawn_local(async move {
            match test_run_adopt(run, None).await {
                Ok(n) => toasts.success(format!("{} added", kit::num::plural(n, "test case", "test cases"))),
                Err(AppError(fault)) => toasts.fault(&fault),
            }
            ctx.version.update(|n| *n += 1);
        });
    };
    let words = format!("{} belong to no test case.", kit::num::plural(n, "result", "results"));
    view! { <p class="spread"><span class="hint">{words}</span> <Button size=Size::Sm on:click=adopt>"Add as optional cases"</Button></p> }
        .into_any()
}

fn result(r: &TestResult) -> AnyView {
    let name = r.test_name.clone().unwrap_or_else(|| "Without a name".to_owned());
    let took = r.duration_ms.map(|ms| view! { <span class="hint num">{kit::num::duration_ms(ms.into())}</span> });
    let flaky = r.flaky.then(|| view! { <Badge text="Flaky" tone=Tone::Warning /> });
    let bug = r.bug.map(|_| view! { <Badge text="Bug open" tone=Tone::Danger /> });
    let says: Vec<String> = [r.error_output.clone(), r.stack_trace.clone()].into_iter().flatten().collect();
    let head = view! { <span class="spread"><span><Status text=r.status.words() tone=test_tone(r.status) /> " " {name} " " {flaky} {bug}</span> {took}</span> };
    match says.is_empty() {
        true => view! { <li>{head}</li> }.into_any(),
        false => view! { <li><details><summary>{head}</summary><pre tabindex="0">{says.join("\n\n")}</pre></details></li> }.into_any(),
    }
}
