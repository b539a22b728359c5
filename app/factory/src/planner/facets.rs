//! The filters under the search: how many there are of each status, phase and person, as links.
use super::{Ctx, question};
use factory::{
    features::FeatureQuery,
    work_orders::{WorkOrderPage, WorkOrderQuery, WorkOrderStatus},
};
use kit::{Facet, facet_bar, facet_menu, facet_pills};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The bar of filters, as the last answer says.
pub fn bar(ctx: Ctx) -> AnyView {
    let map = use_query_map();
    // The answer comes after the address: what is on is read when it is there.
    let shown = move || ctx.around.with(|page| page.as_ref().map(|page| map.with_untracked(|map| of(ctx, page, map))));
    view! { {shown} }.into_any()
}

fn of(ctx: Ctx, page: &WorkOrderPage, map: &leptos_router::params::ParamsMap) -> AnyView {
    let query = WorkOrderQuery::read(|name| map.get(name));
    let base = ctx.base.get_untracked();
    let to = |part: &str, value: &str| format!("{base}{}", question(&kit::query::with(map, &[(part, Some(value)), ("after", None)])));
    let facet = |part: &str, chosen: &str, value: String, words: String, n: i64| Facet {
        href: to(part, &FeatureQuery::toggled(chosen, &value)),
        on: FeatureQuery::has(chosen, &value),
        words,
        count: Some(n),
    };
    let count = |list: &std::collections::BTreeMap<String, i64>, id: &str| list.get(id).copied().unwrap_or(0);
    let statuses = WorkOrderStatus::ALL.into_iter().map(|s| {
        let n = count(&page.counts.status, s.as_str());
        facet("status", &query.status, s.as_str().to_owned(), s.words().to_owned(), n)
    });
    let blocked = query.blocked == "1";
    let blocked = Facet { href: to("blocked", if blocked { "" } else { "1" }), on: blocked, words: "Blocked".to_owned(), count: None };
    let phases = page
        .phases
        .iter()
        .map(|p| (p.id.to_string(), p.name.clone(), count(&page.counts.phase, &p.id.to_string())))
        .chain([("none".to_owned(), "No phase".to_owned(), count(&page.counts.phase, ""))])
        .map(|(id, name, n)| facet("phase", &query.phase, id, name, n))
        .collect();
    let people = page
        .people
        .iter()
        .map(|p| (p.id.to_string(), p.name.clone(), count(&page.counts.assignee, &p.id.to_string())))
        .filter(|(id, _, n)| *n > 0 || FeatureQuery::has(&query.assignee, id))
        .chain([("none".to_owned(), "Nobody".to_owned(), count(&page.counts.assignee, ""))])
        .map(|(id, name, n)| facet("assignee", &query.assignee, id, name, n))
        .collect();
    let clear = query.narrows().then(|| {
        let parts: Vec<(&str, Option<&str>)> = WorkOrderQuery::PARTS.iter().filter(|p| **p != "sort").map(|p| (*p, None)).collect();
        format!("{base}{}", question(&kit::query::with(map, &parts)))
    });
    let count = match query.narrows() {
        true => format!("{} of {}", kit::num::group(page.matching), kit::num::group(page.everything)),
        false => kit::num::plural(page.matching, "work order", "work orders"),
    };
    let filters = view! {
        {facet_pills("Status", statuses.chain([blocked]))}
        {facet_menu("by-phase", "Phase", phases)}
        {facet_menu("by-assignee", "Assignee", people)}
    };
    facet_bar(filters.into_any(), clear, count)
}
