//! `/admin/cron`: what runs by the clock.
use crate::parts::tell;
use core_area::jobs_view::CronRow;
use kit::{Ago, AppError, Badge, Button, Card, Client, Empty, Icon, Loaded, Size, Skeleton, Status, Switch, Tone, use_live, use_toasts};
use leptos::prelude::*;
use leptos_meta::Title;

/// The schedules of the installation.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_crons() -> Result<Vec<CronRow>, AppError> {
    kit::call::as_visitor(async |request| core_area::jobs_view::crons(request).await).await
}

/// Runs a schedule at once, beside its due times.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_cron_run_now(jobname: String) -> Result<(), AppError> {
    kit::call::as_visitor(async |request| core_area::jobs_view::cron_run_now(request, &jobname).await).await
}

/// Switches a schedule on or off.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_cron_set_active(jobname: String, #[server(default)] active: bool) -> Result<(), AppError> {
    kit::call::as_visitor(async |request| core_area::jobs_view::cron_set_active(request, &jobname, active).await).await
}

type List = kit::Data<Vec<CronRow>>;

pub struct CronPage {
    list: List,
}

impl kit::Page for CronPage {
    fn data() -> Self {
        let live = use_live("core.job_schedules");
        Self { list: kit::Data::blocking(move || live.get(), |_| admin_crons()) }
    }

    fn view(this: Self) -> AnyView {
        let CronPage { list } = this;
        let calls = Calls::new(list);
        let body = view! { <Loaded from=list skeleton=|| view! { <Skeleton lines=8 /> } show=move |rows| show(rows, calls) /> };
        view! {
            <Title text="Schedules" />
            {super::page("Schedules", "What runs by the clock, in UTC.", ().into_any(), body.into_any())}
        }
        .into_any()
    }
}

/// Made once: the list is drawn anew with every run, also while an answer is on its way.
#[derive(Clone, Copy)]
struct Calls {
    run: Action<String, Result<(), AppError>>,
    switch: Action<(String, bool), Result<(), AppError>>,
}

impl Calls {
    fn new(list: List) -> Self {
        let toasts = use_toasts();
        let run = Action::new(|name: &String| admin_cron_run_now(name.clone()));
        let switch = Action::new(|(name, on): &(String, bool)| admin_cron_set_active(name.clone(), *on));
        tell(run);
        tell(switch);
        kit::effect(move || {
            if matches!(run.value().get(), Some(Ok(()))) {
                toasts.success("It runs now");
                list.refetch();
            }
        });
        kit::effect(move || {
            // A refusal too: the switch goes back to where it was.
            if switch.value().get().is_some() {
                list.refetch();
            }
        });
        Self { run, switch }
    }
}

fn show(rows: Vec<CronRow>, calls: Calls) -> AnyView {
    if rows.is_empty() {
        return view! { <Card flush=true><Empty icon=Icon::Clock title="Nothing is scheduled" text="Schedules appear when the server starts its workers." /></Card> }.into_any();
    }
    view! { <Card flush=true><ul class="crons">{rows.into_iter().map(|row| line(row, calls)).collect_view()}</ul></Card> }.into_any()
}

fn line(row: CronRow, calls: Calls) -> AnyView {
    let Calls { run, switch } = calls;
    let (name, label, run_it, named) = (row.jobname.clone(), row.jobname.clone(), row.jobname.clone(), row.jobname.clone());
    let active = RwSignal::new(row.active);
    let busy = Signal::derive(move || run.pending().get() && run.input().with(|i| i.as_ref() == Some(&named)));
    Effect::new({
        let name = name.clone();
        move |before: Option<bool>| {
            let now = active.get();
            if before.is_some_and(|b| b != now) {
                switch.dispatch((name.clone(), now));
            }
            now
        }
    });
    let took = row.last_duration_ms.map(|ms| format!(" in {}", kit::num::duration_ms(i64::from(ms))));
    // What "Run now" started has an outcome and no due time.
    let last = match (&row.last_status, row.last_due_at) {
        (Some(status), at) => {
            let tone = if status == "succeeded" { Tone::Success } else { Tone::Neutral };
            view! { <Status text=crate::parts::jobs::words(status) tone=tone /> " " {at.map(|at| view! { <Ago at=at /> })} {took} }
                .into_any()
        }
        (None, Some(at)) => view! { "Ran " <Ago at=at /> }.into_any(),
        (None, None) => "Never ran".into_any(),
    };
    view! {
        <li class="set-row" class:overdue=row.overdue data-cron=name.clone()>
            <div>
                <span class="row"><b class="strong">{name.clone()}</b> <code>{row.schedule}</code> {row.overdue.then(|| view! { <Badge text="Overdue" tone=Tone::Danger icon=Icon::TriangleAlert /> })}</span>
                <small>{last}</small>
            </div>
            <small class="next">{match row.active {
                true => view! { "Next " <Ago at=row.next_due_at /> }.into_any(),
                false => "Off".into_any(),
            }}</small>
            <Switch name=format!("active-{name}") label="On" bind=active />
            <Button size=Size::Sm icon=Icon::Play busy=busy attr:aria-label=format!("Run now: {label}") on:click=move |_| { run.dispatch(run_it.clone()); }>"Run now"</Button>
        </li>
    }
    .into_any()
}
