//! The filters under the search: how many there are of each status, priority and category, as links.
use super::{Ctx, question};
use factory::features::{FeaturePage, FeatureQuery, FeatureStatus, Priority};
use kit::{Facet, facet_bar, facet_menu, facet_pills};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The bar of filters for a page of the list.
pub fn bar(ctx: Ctx, page: &FeaturePage) -> AnyView {
    let map = use_query_map().get_untracked();
    let query = FeatureQuery::read(|name| map.get(name));
    let base = ctx.base.get_untracked();
    let at = |parts: &[(&str, Option<&str>)]| format!("{base}{}", question(&kit::query::with(&map, parts)));
    let facet = |part: &str, chosen: &str, value: &str, words: String, n: i64| Facet {
        href: at(&[(part, Some(&FeatureQuery::toggled(chosen, value))), ("after", None), ("before", None)]),
        on: FeatureQuery::has(chosen, value),
        words,
        count: Some(n),
    };
    let statuses = FeatureStatus::ALL.into_iter().map(|status| {
        let n = page.facets.status.get(status.as_str()).copied().unwrap_or(0);
        facet("status", &query.status, status.as_str(), status.words().to_owned(), n)
    });
    let priorities = Priority::ALL
        .iter()
        .map(|p| (p.as_str(), p.as_str(), format!("{} {}", p.as_str(), p.words())))
        .chain([("none", "", "No priority".to_owned())])
        .map(|(value, key, words)| (value, words, page.facets.priority.get(key).copied().unwrap_or(0)))
        .filter(|(value, _, n)| *n > 0 || FeatureQuery::has(&query.priority, value))
        .map(|(value, words, n)| facet("priority", &query.priority, value, words, n))
        .collect();
    let mut categories: Vec<(&str, &str, i64)> = page
        .facets
        .category
        .iter()
        .map(|(name, n)| if name.is_empty() { ("none", "No category", *n) } else { (name.as_str(), name.as_str(), *n) })
        .collect();
    categories.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.1.cmp(b.1)));
    let categories =
        categories.into_iter().map(|(value, words, n)| facet("category", &query.category, value, words.to_owned(), n)).collect();
    let clear = query.narrows().then(|| {
        let parts: Vec<(&str, Option<&str>)> = FeatureQuery::PARTS.iter().filter(|p| **p != "sort").map(|p| (*p, None)).collect();
        at(&parts)
    });
    let count = match (page.matching, query.narrows()) {
        (Some(n), true) => format!("{} of {}", kit::num::group(n), kit::num::group(page.everything)),
        (Some(n), false) => kit::num::plural(n, "feature", "features"),
        (None, _) => "More than 2,000".to_owned(),
    };
    let filters = view! {
        {facet_pills("Status", statuses)}
        {facet_menu("by-priority", "Priority", priorities)}
        {facet_menu("by-category", "Category", categories)}
    };
    facet_bar(filters.into_any(), clear, count)
}
