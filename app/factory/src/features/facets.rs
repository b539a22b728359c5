//! The filters under the search: how many there are of each status, priority and category, as links.
use super::{Ctx, question};
use factory::features::{FeaturePage, FeatureQuery, FeatureStatus, Priority};
use kit::{Icon, Menu, MenuLink, html::push_text};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The bar of filters for a page of the list.
pub fn bar(ctx: Ctx, page: &FeaturePage) -> AnyView {
    let map = use_query_map().get_untracked();
    let query = FeatureQuery::read(|name| map.get(name));
    let base = ctx.base.get_untracked();
    let to = |part: &str, value: String| {
        format!("{base}{}", question(&kit::query::with(&map, &[(part, Some(&value)), ("after", None), ("before", None)])))
    };
    // Written as text: five links that change with every page.
    let mut pills = String::with_capacity(900);
    for status in FeatureStatus::ALL {
        let n = page.facets.status.get(status.as_str()).copied().unwrap_or(0);
        let on = FeatureQuery::has(&query.status, status.as_str());
        pills.push_str("<a class=\"pill\" data-noscroll href=\"");
        push_text(&mut pills, &to("status", FeatureQuery::toggled(&query.status, status.as_str())));
        pills.push_str(if on { "\" aria-current=\"true\">" } else { "\">" });
        pills.push_str(status.words());
        pills.push_str(" <b>");
        pills.push_str(&kit::num::group(n));
        pills.push_str("</b></a>");
    }
    let priorities: Vec<(String, String, i64)> = Priority::ALL
        .iter()
        .map(|p| (p.as_str(), format!("{} {}", p.as_str(), p.words())))
        .chain([("none", "No priority".to_owned())])
        .map(|(value, label)| {
            let key = if value == "none" { "" } else { value };
            (value.to_owned(), label, page.facets.priority.get(key).copied().unwrap_or(0))
        })
        .filter(|(value, _, n)| *n > 0 || FeatureQuery::has(&query.priority, value))
        .collect();
    let mut categories: Vec<(String, String, i64)> = page
        .facets
        .category
        .iter()
        .map(|(name, n)| if name.is_empty() { ("none".to_owned(), "No category".to_owned(), *n) } else { (name.clone(), name.clone(), *n) })
        .collect();
    categories.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.1.cmp(&b.1)));
    let clear = query.narrows().then(|| {
        let parts: Vec<(&str, Option<&str>)> = FeatureQuery::PARTS.iter().filter(|p| **p != "sort").map(|p| (*p, None)).collect();
        let href = format!("{base}{}", question(&kit::query::with(&map, &parts)));
        view! { <a class="btn btn-ghost btn-sm" href=href data-noscroll="">"Clear filters"</a> }
    });
    let count = match (page.matching, query.narrows()) {
        (Some(n), true) => format!("{} of {}", kit::num::group(n), kit::num::group(page.everything)),
        (Some(n), false) => kit::num::plural(n, "feature", "features"),
        (None, _) => "More than 2,000".to_owned(),
    };
    view! {
        <div class="facets">
            <span class="contents" role="group" aria-label="Status" inner_html=pills></span>
            {choices("by-priority", "Priority", &query.priority, priorities, |v| to("priority", v))}
            {choices("by-category", "Category", &query.category, categories, |v| to("category", v))}
            {clear}
            <span class="grow"></span>
            <span class="hint num" role="status">{count}</span>
        </div>
    }
    .into_any()
}

fn choices(
    id: &'static str,
    label: &'static str,
    chosen: &str,
    values: Vec<(String, String, i64)>,
    to: impl Fn(String) -> String,
) -> AnyView {
    if values.is_empty() {
        return ().into_any();
    }
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
