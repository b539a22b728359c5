//! The plan as a table.
use super::{Ctx, facets, question, words::tone};
use factory::work_orders::{WorkOrderPage, WorkOrderRow, key};
use kit::{Button, ButtonKind, Cell, Column, DataTable, Empty, Icon, Pager, Row, Tone};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

static COLUMNS: [Column; 8] = [
    Column::new("number", "Key").fit().sort(),
    Column::new("title", "Title").grow().sort(),
    Column::new("status", "Status").fit().sort(),
    Column::new("phase", "Phase").from_tablet(),
    Column::new("feature", "Feature").fit().from_desktop(),
    Column::new("assignees", "Assignees").from_desktop(),
    Column::new("items", "Items").number().from_desktop(),
    Column::new("updated", "Updated").number().sort().from_tablet(),
];

/// The list with its filters.
pub fn list(ctx: Ctx, creating: RwSignal<bool>) -> AnyView {
    let map = use_query_map();
    let sort = Signal::derive(move || map.with(|q| q.get("sort").filter(|s| !s.is_empty()).unwrap_or_else(|| "order".to_owned())));
    let open = Signal::derive(move || {
        let number = ctx.number.get();
        ctx.moves.rows.with(|rows| rows.iter().find(|r| r.number.to_string() == number).map(|r| r.id.to_string()).unwrap_or_default())
    });
    let at = move |after: Option<&str>| {
        let query = map.with_untracked(|m| kit::query::with(m, &[("after", after)]));
        format!("{}{}", ctx.base.get_untracked(), question(&query))
    };
    let pager = move |page: &WorkOrderPage, n: usize| {
        let first = map.with_untracked(|m| m.get_str("after").is_some_and(|a| !a.is_empty())).then(|| at(None));
        let text = format!("{n} of {}", kit::num::plural(page.matching, "work order", "work orders"));
        view! { <Pager previous=first next=page.next.as_deref().map(|c| at(Some(c))) text=text /> }.into_any()
    };
    let table = move || {
        let now = kit::time::now();
        let page = ctx.around.get()?;
        let rows = ctx.moves.rows.with(|rows| rows.iter().map(|w| row(ctx, &page, w, now)).collect::<Vec<_>>());
        if rows.is_empty() {
            return Some(empty(ctx, &page, creating));
        }
        let pager = pager(&page, rows.len());
        Some(
            view! { <DataTable columns=&COLUMNS rows=rows label="Work orders" sort=sort selected=ctx.selected open=open /> {pager} }
                .into_any(),
        )
    };
    view! { {facets::bar(ctx)} {table} }.into_any()
}

fn row(ctx: Ctx, page: &WorkOrderPage, w: &WorkOrderRow, now: chrono::DateTime<chrono::Utc>) -> Row {
    let phase = w.phase_id.and_then(|id| page.phases.iter().find(|p| p.id == id));
    let who = w
        .assignee_ids
        .iter()
        .filter_map(|id| page.people.iter().find(|p| p.id == *id))
        .map(|p| p.name.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let title = match w.blocked {
        true => Cell::parts([Cell::title(&w.title), Cell::badge("Blocked", Tone::Danger)]),
        false => Cell::title(&w.title),
    };
    let items = match w.items_total {
        0 => Cell::none(),
        total => Cell::text(&format!("{}/{total}", total - w.items_open)),
    };
    Row::new(
        w.id.to_string(),
        vec![
            Cell::code(&key(w.number)),
            title,
            Cell::status(w.status.words(), tone(w.status)),
            Cell::maybe(phase.map(|p| p.name.as_str())),
            Cell::maybe(w.feature.as_deref()),
            Cell::maybe(Some(who.as_str()).filter(|w| !w.is_empty())),
            items,
            Cell::ago(w.updated_at, now),
        ],
    )
    .href(ctx.href(w.number))
}

/// Nothing to show: because of the filters, or because the plan is empty.
pub fn empty(ctx: Ctx, page: &WorkOrderPage, creating: RwSignal<bool>) -> AnyView {
    if page.everything > 0 {
        let all = ctx.base.get_untracked();
        return view! {
            <Empty
                icon=Icon::Search title="No work order matches" text="Change the search or take filters away."
                acts=move || view! { <a class="btn" href=all.clone()>"Show all work orders"</a> }
            />
        }
        .into_any();
    }
    view! {
        <Empty
            icon=Icon::Kanban title="No work orders yet" text="A work order says what is to be built, by which criteria. Write the first one."
            acts=move || view! { <Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| creating.set(true)>"New work order"</Button> }
        />
    }
    .into_any()
}
