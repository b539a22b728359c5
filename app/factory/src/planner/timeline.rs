//! The timeline: a bar for each work order from its start to its end, by phase, and when the phases are likely done.
use super::{Ctx, words::tone};
use chrono::{DateTime, Utc};
use factory::{
    planner::{Timeline, TimelineRow},
    work_orders::key,
};
use kit::{Card, Empty, Icon, html::classes};
use leptos::prelude::*;

/// All of it.
pub fn show(ctx: Ctx, timeline: Timeline) -> AnyView {
    if timeline.rows.is_empty() {
        return view! { <Empty icon=Icon::Calendar title="Nothing to show yet" text="Work orders appear here with their start and end." /> }.into_any();
    }
    let first = timeline.rows.iter().map(|r| r.created_at).min().unwrap_or(timeline.now);
    let last = timeline
        .forecast
        .phases
        .iter()
        .filter_map(|p| p.p85)
        .max()
        .map_or(timeline.now, |day| day.and_time(chrono::NaiveTime::MIN).and_utc())
        .max(timeline.now);
    let scale = Scale { first, span: (last - first).num_minutes().max(60) as f64 };
    let groups = timeline
        .phases
        .iter()
        .map(|p| (Some(p.id), p.name.clone(), Some(p.percent())))
        .chain([(None, "No phase".to_owned(), None)])
        .filter_map(|(id, name, percent)| {
            let rows: Vec<&TimelineRow> = timeline.rows.iter().filter(|r| r.phase_id == id).collect();
            (!rows.is_empty()).then(|| group(ctx, &timeline, scale, name, percent, &rows))
        })
        .collect_view();
    let now = scale.at(timeline.now);
    // Today stands where the end would be.
    let end = (now < 75.0).then(|| view! { <span>{kit::time::day_text(last)}</span> });
    view! {
        {forecast(&timeline)}
        <div class="gantt">
            <div class="gantt-axis" aria-hidden="true"><span>{kit::time::day_text(first)}</span><span class="now" style:left=format!("{now:.2}%")>"Today"</span>{end}</div>
            {groups}
        </div>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct Scale {
    first: DateTime<Utc>,
    /// Minutes from the left edge to the right.
    span: f64,
}

impl Scale {
    /// Where a moment stands, in percent.
    fn at(self, moment: DateTime<Utc>) -> f64 {
        ((moment - self.first).num_minutes() as f64 / self.span * 100.0).clamp(0.0, 100.0)
    }
}

fn group(ctx: Ctx, timeline: &Timeline, scale: Scale, name: String, percent: Option<i64>, rows: &[&TimelineRow]) -> AnyView {
    let bars = rows.iter().map(|r| bar(ctx, timeline, scale, r)).collect_view();
    let done = percent.map(|p| format!("{p} %"));
    let label = name.clone();
    view! {
        <section class="gantt-group" aria-label=label>
            <h3>{name} " " <span class="hint num">{done}</span></h3>
            <div role="list">{bars}</div>
        </section>
    }
    .into_any()
}

fn bar(ctx: Ctx, timeline: &Timeline, scale: Scale, r: &TimelineRow) -> AnyView {
    let from = scale.at(r.begun_at.unwrap_or(r.created_at));
    let to = scale.at(r.done_at.unwrap_or(timeline.now));
    let words = match (r.begun_at, r.done_at) {
        (Some(begun), Some(done)) => format!("{} to {}", kit::time::day_text(begun), kit::time::day_text(done)),
        (Some(begun), None) => format!("since {}", kit::time::day_text(begun)),
        (None, _) => format!("not begun, written {}", kit::time::day_text(r.created_at)),
    };
    let class = classes(&["gbar", tone(r.status).class(), if r.begun_at.is_none() { "idle" } else { "" }]);
    view! {
        <div class="gantt-row" role="listitem">
            <a class="row-link" href=ctx.href(r.number) data-noscroll=""><code>{key(r.number)}</code> " " {r.title.clone()}</a>
            <div class="track" title=words.clone()>
                <span class=class style:left=format!("{from:.2}%") style:width=format!("{:.2}%", (to - from).max(0.6))></span>
                <span class="sr">{format!("{}: {words}", r.status.words())}</span>
            </div>
        </div>
    }
    .into_any()
}

/// What four weeks of throughput say of the rest.
fn forecast(timeline: &Timeline) -> AnyView {
    let forecast = &timeline.forecast;
    if forecast.phases.is_empty() {
        return ().into_any();
    }
    let day = |day: Option<chrono::NaiveDate>| match day {
        Some(day) => view! { <time datetime=day.to_string()>{kit::time::short_day(&day)}</time> }.into_any(),
        None => "not in sight".into_any(),
    };
    let rows = forecast
        .phases
        .iter()
        .map(|p| view! { <tr><th scope="row">{p.name.clone()}</th><td class="num">{p.remaining}</td><td>{day(p.p50)}</td><td>{day(p.p85)}</td></tr> }.into_any())
        .collect_view();
    let done = kit::num::plural(forecast.done(), "work order", "work orders");
    view! {
        <div class="px-6 pt-4"><Card title="Forecast">
            <p class="hint">{format!("{done} done in the last four weeks; a thousand futures drawn from that pace, phase after phase.")}</p>
            <table class="plain" aria-label="Forecast">
                <thead><tr><th scope="col">"Phase"</th><th scope="col" class="num">"Left"</th><th scope="col">"Even odds by"</th><th scope="col">"85 % sure by"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </Card></div>
    }
    .into_any()
}
