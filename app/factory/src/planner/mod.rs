//! `/o/{org}/factory/{project}/planner`: the plan as table, boards, timeline and coverage, with one work order open beside it.
use calls::{Shown, View, planner_show};
use factory::work_orders::{WorkOrderPage, WorkOrderQuery};
use kit::{Button, ButtonKind, Icon, ListPage, Loaded, PageHead, SearchField, SkeletonTable, use_live};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    components::Outlet,
    hooks::{use_location, use_navigate, use_query_map},
};
use std::{collections::BTreeSet, time::Duration};

mod board;
mod bulk;
pub mod calls;
mod coverage;
mod create;
mod facets;
mod force;
mod items;
mod moves;
mod panel;
mod panel_form;
mod phases;
mod routes;
mod table;
mod timeline;
mod views;
pub mod words;

pub use bulk::Bulk;
pub use create::{CreateDialog, feature_of};
pub use force::ForceDialog;
use moves::Moves;
pub use panel::WorkOrderPanel;
pub use phases::PhasesDialog;
pub use routes::{PlannerRoutes, planner_piece};
pub use views::SaveViewDialog;

/// What the parts of the page share: table, boards, drawer and dialogs.
#[derive(Clone, Copy)]
pub struct Ctx {
    pub project: Memo<String>,
    /// `/o/acme/factory/shop/planner`
    pub base: Memo<String>,
    /// The query of the address, so that opening a work order keeps the filters.
    pub search: Signal<String>,
    /// What surrounds the rows, as it was loaded last.
    pub around: RwSignal<Option<WorkOrderPage>>,
    pub selected: RwSignal<BTreeSet<String>>,
    pub moves: Moves,
}

impl Ctx {
    /// The address of a work order in this plan.
    pub fn href(&self, number: i32) -> String {
        format!("{}/{number}{}", self.base.get_untracked(), question(&self.search.get_untracked()))
    }
}

/// The query with its question mark, or nothing.
pub fn question(search: &str) -> String {
    match search.trim_start_matches('?') {
        "" => String::new(),
        query => format!("?{query}"),
    }
}

/// The plan of a project.
pub struct PlannerPage {
    ctx: Ctx,
    shown: kit::Data<Shown>,
}

impl kit::Page for PlannerPage {
    fn data() -> Self {
        let (org, project) = (kit::use_org_slug(), kit::use_text_param("project"));
        let map = use_query_map();
        let query = Memo::new(move |_| map.with(|q| WorkOrderQuery::read(|name| q.get(name))));
        let view = Memo::new(move |_| map.with(|q| View::parse(q.get_str("view").unwrap_or_default())));
        let live = ["factory.work_orders", "factory.phases", "factory.work_items", "factory.test_cases", "factory.projects"].map(use_live);
        let moves = Moves::new();
        let key = move || (org.get(), project.get(), view.get(), query.get(), live.map(|topic| topic.get()), moves.version.get());
        let shown = kit::Data::blocking(key, |(_, project, view, query, ..)| planner_show(project, view, query));
        let path = kit::use_org_path();
        let base = Memo::new(move |_| path(&format!("/factory/{}/planner", project.get())));
        let search = use_location().search;
        let search = Signal::derive(move || search.get());
        let ctx = Ctx { project, base, search, around: RwSignal::new(None), selected: RwSignal::default(), moves };
        // The drawer stands below this page and finds it.
        provide_context(ctx);
        Self { ctx, shown }
    }

    fn view(this: Self) -> AnyView {
        let PlannerPage { ctx, shown } = this;
        provide_context(ctx);
        // Another plan, another selection.
        Effect::new(move |before: Option<String>| {
            let now = ctx.project.get();
            if before.is_some_and(|b| b != now) {
                ctx.selected.set(Default::default());
            }
            now
        });
        let (creating, phasing, saving) = (kit::query::opened_by("new"), kit::query::opened_by("phases"), RwSignal::new(false));
        view! {
            <Title text="Planner" />
            <ListPage drawer=|| view! { <Outlet /> }>
                {head(ctx, creating, phasing, saving)}
                {toolbar(ctx)}
                <Loaded from=shown skeleton=|| view! { <SkeletonTable rows=12 columns=5 /> } show=move |shown: Shown| body(ctx, shown, creating) />
                {kit::part(move || ctx.selected.with(|ticked| !ticked.is_empty()), move || Bulk(ctx))}
                {kit::part(move || ctx.moves.stopped.with(Option::is_some), move || ForceDialog(ctx.moves))}
                {kit::part(move || creating.get(), move || CreateDialog { ctx, open: creating })}
                {kit::part(move || phasing.get(), move || PhasesDialog { ctx, open: phasing })}
                {kit::part(move || saving.get(), move || SaveViewDialog { ctx, open: saving })}
            </ListPage>
        }
        .into_any()
    }
}

fn head(ctx: Ctx, creating: RwSignal<bool>, phasing: RwSignal<bool>, saving: RwSignal<bool>) -> AnyView {
    let base = ctx.base.get_untracked();
    let project = base.trim_end_matches("/planner").to_owned();
    kit::use_shortcut("c", "Planner", "New work order", move || creating.set(true));
    view! {
        <PageHead
            title="Planner"
            acts=move || view! {
                {views::menu(ctx, saving)}
                <Button icon=Icon::Layers on:click=move |_| phasing.set(true)>"Phases"</Button>
                <Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| creating.set(true)>"New work order"</Button>
            }
        />
        {crate::overview::tabs(&project, None)}
    }
    .into_any()
}

/// Search and the views. It stands outside of what is loaded, so that typing is never interrupted.
fn toolbar(ctx: Ctx) -> AnyView {
    let map = use_query_map();
    let typed = RwSignal::new(map.with_untracked(|q| q.get("q").unwrap_or_default()));
    let navigate = use_navigate();
    let in_address = Memo::new(move |_| map.with(|q| q.get("q").unwrap_or_default()));
    kit::effect(move || {
        let q = in_address.get();
        let typing = kit::dom::active().is_some_and(|a| a.id() == "f-q");
        if !typing && q != typed.get_untracked().trim() {
            typed.set(q);
        }
    });
    let go = move |q: String| {
        if q.trim() == in_address.get_untracked() {
            return;
        }
        let to = map.with_untracked(|m| kit::query::with(m, &[("q", Some(q.trim())), ("after", None)]));
        let options = NavigateOptions { scroll: false, replace: true, ..Default::default() };
        navigate(&format!("{}{}", ctx.base.get_untracked(), question(&to)), options);
    };
    let late = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |before: Option<String>| {
        let now = typed.get();
        if before.is_some_and(|b| b != now) {
            if let Some(handle) = late.get_value() {
                handle.clear();
            }
            let (go, q) = (go.clone(), now.clone());
            late.set_value(set_timeout_with_handle(move || go(q), Duration::from_millis(180)).ok());
        }
        now
    });
    kit::use_shortcut("/", "Planner", "Search work orders", || {
        if let Some(field) = kit::dom::by_id("f-q") {
            kit::dom::focus(&field);
        }
    });
    let view = Memo::new(move |_| map.with(|q| View::parse(q.get_str("view").unwrap_or_default())));
    let link = move |to: View, icon: Icon, words: &'static str| {
        let name = (to != View::Table).then_some(to.as_str());
        let href = move || map.with(|m| kit::query::with(m, &[("view", name), ("after", None)]));
        let on = move || (view.get() == to).then_some("page");
        view! { <a href=href aria-current=on data-noscroll="">{kit::icon(icon)} <span>{words}</span></a> }.into_any()
    };
    view! {
        <kit::Toolbar acts=move || view! {
            <nav class="seg" aria-label="View">
                {link(View::Table, Icon::List, "Table")}
                {link(View::Status, Icon::Kanban, "Status")}
                {link(View::Phase, Icon::Layers, "Phases")}
                {link(View::Timeline, Icon::Rows3, "Timeline")}
                {link(View::Coverage, Icon::Table2, "Coverage")}
            </nav>
        }>
            <form method="get" class="contents" on:submit=move |event| event.prevent_default()>
                <SearchField name="q" label="Search work orders" bind=typed key_hint="/" />
            </form>
        </kit::Toolbar>
    }
    .into_any()
}

fn body(ctx: Ctx, shown: Shown, creating: RwSignal<bool>) -> AnyView {
    match shown {
        Shown::Table(page) => {
            ctx.moves.take(page.rows.clone());
            ctx.around.set(Some(WorkOrderPage { rows: Vec::new(), ..page.clone() }));
            table::list(ctx, page, creating)
        }
        Shown::Board(mut page) => {
            ctx.moves.take(std::mem::take(&mut page.rows));
            ctx.around.set(Some(page.clone()));
            board::board(ctx, page, creating)
        }
        Shown::Timeline(timeline) => timeline::show(ctx, timeline),
        Shown::Coverage(matrix) => coverage::show(ctx, matrix),
    }
}
