//! What surrounds a work order in the drawer: where it comes from, what is stale, commits and tests.
use super::{Ctx, words::test_tone};
use factory::{code::CommitRow, drift::DriftAlert, tests::TestCase, work_orders::Lineage};
use kit::{Alert, Badge, Status, Tone};
use leptos::prelude::*;

pub fn lineage(ctx: Ctx, list: &[Lineage]) -> AnyView {
    if list.is_empty() {
        return ().into_any();
    }
    let project = ctx.base.get_untracked().trim_end_matches("/planner").to_owned();
    let items = list
        .iter()
        .map(|l| {
            let words = match (l.upstream, l.edge.as_str()) {
                (true, "derives_from") if l.distance > 1 => "from the requirements".to_owned(),
                (true, "derives_from") => "from the blueprint".to_owned(),
                (true, edge) => edge.replace('_', " "),
                (false, _) => "refers to this".to_owned(),
            };
            let href = match (&l.document, &l.feature) {
                (Some((kind, slug)), _) if kind.ends_with("blueprint") || kind == "system_diagram" => {
                    Some(format!("{project}/foundry/{slug}"))
                }
                (Some((_, slug)), _) => Some(format!("{project}/refinery/{slug}")),
                (None, Some(key)) => Some(format!("{project}/features/{key}")),
                (None, None) => None,
            };
            let name = match href {
                Some(href) => view! { <a class="st-link" href=href>{l.label.clone()}</a> }.into_any(),
                None => view! { <span>{l.label.clone()}</span> }.into_any(),
            };
            view! { <li>{name} " " <span class="hint">{words}</span></li> }.into_any()
        })
        .collect_view();
    view! { <section class="feature-sec"><h3>"Lineage"</h3><ul class="stack">{items}</ul></section> }.into_any()
}

/// What it rests on was changed: what, and where to decide about it.
pub fn stale(ctx: Ctx, alerts: &[DriftAlert]) -> AnyView {
    if alerts.is_empty() {
        return ().into_any();
    }
    let href = format!("{}/graph?view=drift", ctx.base.get_untracked().trim_end_matches("/planner"));
    let lines = alerts.iter().map(|a| view! { <li>{a.description.clone()}</li> }.into_any()).collect_view();
    view! {
        <div class="feature-sec"><Alert tone=Tone::Warning title="May be stale" acts=move || view! { <a class="btn btn-sm" href=href.clone()>"Show drift"</a> }>
            <ul>{lines}</ul>
        </Alert></div>
    }
    .into_any()
}

pub fn commits(list: &[CommitRow]) -> AnyView {
    if list.is_empty() {
        return ().into_any();
    }
    let items = list
        .iter()
        .map(|c| {
            let (sha, title) = (c.sha.chars().take(8).collect::<String>(), c.message.lines().next().unwrap_or_default().to_owned());
            let (author, at) = (c.author.clone(), c.at);
            view! { <li class="spread"><span><code>{sha}</code> " " {title}</span> <span class="hint">{author} " " <kit::Ago at=at /></span></li> }.into_any()
        })
        .collect_view();
    view! { <section class="feature-sec"><h3>"Commits" <span class="num">{list.len()}</span></h3><ul class="results">{items}</ul></section> }.into_any()
}

pub fn tests(list: &[TestCase]) -> AnyView {
    if list.is_empty() {
        return ().into_any();
    }
    let items = list
        .iter()
        .map(|t| {
            let flaky = t.flaky.then(|| view! { <Badge text="Flaky" tone=Tone::Warning /> });
            let optional = (!t.is_required).then(|| view! { <span class="hint">"optional"</span> });
            view! { <li><Status text=t.status.words() tone=test_tone(t.status) /> " " {t.name.clone()} " " {flaky} {optional}</li> }
                .into_any()
        })
        .collect_view();
    view! { <section class="feature-sec"><h3>"Tests of its feature" <span class="num">{list.len()}</span></h3><ul class="stack">{items}</ul></section> }
        .into_any()
}
