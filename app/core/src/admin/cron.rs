//! `/admin/cron`: what runs by the clock.
use core_area::jobs_view::CronRow;
use kit::{Ago, AppError, Badge, Button, Card, Client, Empty, Icon, Loaded, Size, Skeleton, Status, Switch, Tone, use_live, use_toasts};
use leptos::prelude::*;
use leptos_meta::Title;

/// The schedules of the installation.
#[server(client = Client)]
pub async fn admin_crons() -> Result<Vec<CronRow>, AppError> {
    kit::call::as_visitor(async |request| core_area::jobs_view::crons(request).await).await
}

/// Runs a schedule at once, beside its due times.
#[server(client = Client)]
pub async fn admin_cron_run_now(jobname: String) -> Result<(), AppError> {
    kit::call::as_visitor(async |request| core_area::jobs_view::cron_run_now(request, &jobname).await).await
}

/// Switches a schedule on or off.
#[server(client = Client)]
pub async fn admin_cron_set_active(jobname: String, #[server(default)] active: bool) -> Result<(), AppError> {
    kit::call::as_visitor(async |request| core_area::jobs_view::cron_set_active(request, &jobname, active).await).await
}

type List = Resource<Result<Vec<CronRow>, AppError>>;

pub struct CronPage {
    list: List,
}

impl kit::Page for CronPage {
    fn data() -> Self {
        let live = use_live("core.job_schedules");
        Self { list: Resource::new_blocking(move || live.get(), |_| admin_crons()) }
    }

    fn view(this: Self) -> AnyView {
        let CronPage { list } = this;
        let body = view! { <Loaded from=list skeleton=|| view! { <Skeleton lines=8 /> } show=move |rows| show(rows, list) /> };
        view! {
            <Title text="Schedules" />
            {super::page("Schedules", "What runs by the clock, in UTC.", ().into_any(), body.into_any())}
        }
        .into_any()
    }
}

fn show(rows: Vec<CronRow>, list: List) -> AnyView {
    if rows.is_empty() {
        return view! { <Card flush=true><Empty icon=Icon::Clock title="Nothing is scheduled" text="Schedules appear when the server starts its workers." /></Card> }.into_any();
    }
    view! { <Card flush=true><ul class="crons">{rows.into_iter().map(|row| line(row, list)).collect_view()}</ul></Card> }.into_any()
}

fn line(row: CronRow, list: List) -> AnyView {
    let toasts = use_toasts();
    let (name, label, run_it) = (row.jobname.clone(), row.jobname.clone(), row.jobname.clone());
    let active = RwSignal::new(row.active);
    let run = Action::new(|name: &String| admin_cron_run_now(name.clone()));
    let switch = {
        let name = name.clone();
        Action::new(move |on: &bool| admin_cron_set_active(name.clone(), *on))
    };
    Effect::new(move |_| match run.value().get() {
        Some(Ok(())) => {
            toasts.success("It runs now");
            list.refetch();
        }
        Some(Err(AppError(fault))) => toasts.fault(&fault),
        None => {}
    });
    Effect::new(move |_| match switch.value().get() {
        Some(Ok(())) => list.refetch(),
        Some(Err(AppError(fault))) => {
            toasts.fault(&fault);
            list.refetch();
        }
        None => {}
    });
    Effect::new(move |before: Option<bool>| {
        let now = active.get();
        if before.is_some_and(|b| b != now) {
            switch.dispatch(now);
        }
        now
    });
    let took = row.last_duration_ms.map(|ms| format!(" in {}", kit::num::duration_ms(i64::from(ms))));
    let last = match (row.last_due_at, &row.last_status) {
        (Some(at), Some(status)) => {
            let tone = if status == "succeeded" || status == "ok" { Tone::Success } else { Tone::Neutral };
            view! { <Status text=crate::parts::jobs::words(status) tone=tone /> " " <Ago at=at /> {took} }.into_any()
        }
        (Some(at), None) => view! { "Ran " <Ago at=at /> }.into_any(),
        _ => "Never ran".into_any(),
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
            <Button size=Size::Sm icon=Icon::Play busy=run.pending() attr:aria-label=format!("Run now: {label}") on:click=move |_| { run.dispatch(run_it.clone()); }>"Run now"</Button>
        </li>
    }
    .into_any()
}
