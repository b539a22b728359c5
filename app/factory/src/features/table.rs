//! The list: rows as text, one handler around them for changes in place.
use super::{Ctx, facets, inline, question};
use crate::words::{priority_tone, status_tone};
use factory::{
    features::{FeaturePage, FeatureRow},
    projects::ProjectStatus,
};
use kit::{Button, ButtonKind, Cell, Column, DataTable, Empty, Icon, Pager, Row};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

static COLUMNS: [Column; 8] = [
    Column::new("key", "Key").fit().sort(),
    Column::new("name", "Name").grow().sort(),
    Column::new("rename", "Rename").fit().quiet(),
    Column::new("status", "Status").fit().sort(),
    Column::new("priority", "Priority").fit().sort().from_tablet(),
    Column::new("category", "Category").from_desktop(),
    Column::new("criteria", "Criteria").number().from_desktop(),
    Column::new("updated", "Updated").number().sort().from_tablet(),
];

/// A page of the list with its filters.
pub fn list(ctx: Ctx, page: FeaturePage, creating: RwSignal<bool>, importing: RwSignal<bool>) -> AnyView {
    let filters = facets::bar(ctx, &page);
    if page.rows.is_empty() {
        ctx.loaded.set(Vec::new());
        return view! { {filters} {empty(ctx, &page, creating, importing)} }.into_any();
    }
    let map = use_query_map();
    let sort = Signal::derive(move || map.with(|q| q.get("sort").filter(|s| !s.is_empty()).unwrap_or_else(|| "key".to_owned())));
    let at = |part: &'static str, other: &'static str, cursor: &Option<String>| {
        cursor.as_ref().map(|c| {
            let query = map.with_untracked(|m| kit::query::with(m, &[(part, Some(c)), (other, None)]));
            format!("{}{}", ctx.base.get_untracked(), question(&query))
        })
    };
    let (next, previous) = (at("after", "before", &page.next), at("before", "after", &page.prev));
    let text = match page.matching {
        Some(n) => format!("{} of {}", page.rows.len(), kit::num::plural(n, "feature", "features")),
        None => format!("{} of more than 2,000 features", page.rows.len()),
    };
    let key = kit::use_text_param("key");
    let frozen = page.project.status == ProjectStatus::Archived;
    let ids: Vec<(String, String)> = page.rows.iter().map(|r| (r.key.clone(), r.id.to_string())).collect();
    let open = Signal::derive(move || {
        let key = key.get();
        let found = ids.iter().find(|(k, _)| *k == key);
        found.map(|(_, id)| id.clone()).unwrap_or_default()
    });
    ctx.loaded.set(page.rows);
    let table = move || {
        let now = kit::time::now();
        let (base, filters) = (ctx.base.get_untracked(), question(&ctx.search.get_untracked()));
        let link = |key: &str| [&base, "/", key, &filters].concat();
        let rows = ctx.rows.with(|rows| rows.iter().map(|f| row(f, link(&f.key), frozen, now)).collect::<Vec<_>>());
        view! { <DataTable columns=&COLUMNS rows=rows label="Features" sort=sort selected=ctx.selected open=open /> }
    };
    view! {
        {filters}
        <div on:click=move |event| inline::on_press(ctx, &event) on:keydown=move |event| inline::on_key(ctx, &event)>{table}</div>
        <Pager previous=previous next=next text=text />
    }
    .into_any()
}

fn row(f: &FeatureRow, href: String, frozen: bool, now: chrono::DateTime<chrono::Utc>) -> Row {
    let status = Cell::status(f.status.words(), status_tone(f.status));
    let priority = match f.priority {
        Some(p) => Cell::badge(p.as_str(), priority_tone(p)),
        None => Cell::none(),
    };
    let (rename, status, priority) = match frozen {
        true => (Cell::text(""), status, priority),
        false => (
            Cell::edit("name", &format!("Rename {}", f.key), Cell::icon(Icon::Pencil)),
            Cell::edit("status", &format!("Status of {}: {}", f.key, f.status.words()), status),
            Cell::edit("priority", &format!("Priority of {}: {}", f.key, f.priority.map_or("none", |p| p.as_str())), priority),
        ),
    };
    let criteria = match f.criteria_total {
        0 => Cell::none(),
        total => Cell::text(&format!("{}/{total}", f.criteria_met)),
    };
    Row::new(
        f.id.to_string(),
        vec![
            Cell::code(&f.key),
            Cell::title(&f.name),
            rename,
            status,
            priority,
            Cell::maybe(f.category.as_deref()),
            criteria,
            Cell::ago(f.updated_at, now),
        ],
    )
    .href(href)
}

fn empty(ctx: Ctx, page: &FeaturePage, creating: RwSignal<bool>, importing: RwSignal<bool>) -> AnyView {
    if page.everything > 0 {
        let all = ctx.base.get_untracked();
        return view! {
            <Empty
                icon=Icon::Search title="No feature matches" text="Change the search or take filters away."
                acts=move || view! { <a class="btn" href=all.clone()>"Show all features"</a> }
            />
        }
        .into_any();
    }
    view! {
        <Empty
            icon=Icon::ListChecks title="No features yet" text="Import a feature list from a file, or write the first feature."
            acts=move || view! {
                <Button kind=ButtonKind::Primary icon=Icon::FileUp on:click=move |_| importing.set(true)>"Import features"</Button>
                <Button icon=Icon::Plus on:click=move |_| creating.set(true)>"New feature"</Button>
            }
        />
    }
    .into_any()
}
