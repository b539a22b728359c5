//! The filters under the search: how many there are of each status, phase and person, as links.
use super::{Ctx, question};
use factory::{
    features::FeatureQuery,
    work_orders::{WorkOrderPage, WorkOrderQuery, WorkOrderStatus},
};
use kit::{Icon, Menu, MenuLink, html::push_text};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The bar of filters.
pub fn bar(ctx: Ctx, page: &WorkOrderPage) -> AnyView {
    let map = use_query_map().get_untracked();
    let query = WorkOrderQuery::read(|name| map.get(name));
    let base = ctx.base.get_untracked();
    let to = |part: &str, value: String| format!("{base}{}", question(&kit::query::with(&map, &[(part, Some(&value)), ("after", None)])));
    // Written as text: links that change with every page.
    let mut pills = String::with_capacity(900);
    for status in WorkOrderStatus::ALL {
        let n = page.counts.status.get(status.as_str()).copied().unwrap_or(0);
        let on = FeatureQuery::has(&query.status, status.as_str());
        pill(&mut pills, &to("status", FeatureQuery::toggled(&query.status, status.as_str())), on, status.words(), Some(n));
    }
    let blocked = query.blocked == "1";
    pill(&mut pills, &to("blocked", if blocked { String::new() } else { "1".to_owned() }), blocked, "Blocked", None);
    let count = |list: &std::collections::BTreeMap<String, i64>, id: &str| list.get(id).copied().unwrap_or(0);
    let phases: Vec<(String, String, i64)> = page
        .phases
        .iter()
        .map(|p| (p.id.to_string(), p.name.clone(), count(&page.counts.phase, &p.id.to_string())))
        .chain([("none".to_owned(), "No phase".to_owned(), count(&page.counts.phase, ""))])
        .collect();
    let people: Vec<(String, String, i64)> = page
        .people
        .iter()
        .map(|p| (p.id.to_string(), p.name.clone(), count(&page.counts.assignee, &p.id.to_string())))
        .filter(|(id, _, n)| *n > 0 || FeatureQuery::has(&query.assignee, id))
        .chain([("none".to_owned(), "Nobody".to_owned(), count(&page.counts.assignee, ""))])
        .collect();
    let clear = query.narrows().then(|| {
        let parts: Vec<(&str, Option<&str>)> = WorkOrderQuery::PARTS.iter().filter(|p| **p != "sort").map(|p| (*p, None)).collect();
        let href = format!("{base}{}", question(&kit::query::with(&map, &parts)));
        view! { <a class="btn btn-ghost btn-sm" href=href data-noscroll="">"Clear filters"</a> }
    });
    let count = match query.narrows() {
        true => format!("{} of {}", kit::num::group(page.matching), kit::num::group(page.everything)),
        false => kit::num::plural(page.matching, "work order", "work orders"),
    };
    view! {
        <div class="facets">
            <span class="contents" role="group" aria-label="Status" inner_html=pills></span>
            {choices("by-phase", "Phase", &query.phase, phases, |v| to("phase", v))}
            {choices("by-assignee", "Assignee", &query.assignee, people, |v| to("assignee", v))}
            {clear}
            <span class="grow"></span>
            <span class="hint num" role="status">{count}</span>
        </div>
    }
    .into_any()
}

fn pill(out: &mut String, href: &str, on: bool, words: &str, n: Option<i64>) {
    out.push_str("<a class=\"pill\" data-noscroll href=\"");
    push_text(out, href);
    out.push_str(if on { "\" aria-current=\"true\">" } else { "\">" });
    out.push_str(words);
    if let Some(n) = n {
        out.push_str(" <b>");
        out.push_str(&kit::num::group(n));
        out.push_str("</b>");
    }
    out.push_str("</a>");
}

fn choices(
    id: &'static str,
    label: &'static str,
    chosen: &str,
    values: Vec<(String, String, i64)>,
    to: impl Fn(String) -> String,
) -> AnyView {
    let links = values
        .iter()
        .map(|(value, words, n)| {
            let on = FeatureQuery::has(chosen, value);
            let href = to(FeatureQuery::toggled(chosen, value));
            let mark = if on { Icon::Check } else { Icon::Square };
            let text = format!("{words} ({})", kit::num::group(*n));
            view! { <MenuLink href=href icon=mark>{text}</MenuLink> }.into_any()
        })
        .collect_view();
    let n = values.iter().filter(|(value, ..)| FeatureQuery::has(chosen, value)).count();
    let title = if n > 0 { format!("{label}: {n}") } else { label.to_owned() };
    view! { <Menu id=id label=title icon=Icon::Funnel size=kit::Size::Sm>{links}</Menu> }.into_any()
}
