//! `/o/{org}/factory/{project}/planner`: the plan as table, boards, timeline and coverage, with one work order open beside it.
use calls::{Shown, Sides, View, planner_show};
use factory::{
    planner::{Coverage, Timeline},
    work_orders::{WorkOrderPage, WorkOrderQuery},
};
use kit::query::question;
use kit::{Button, ButtonKind, Icon, ListPage, ListSearch, Menu, MenuItem, PageHead, SkeletonTable, use_live};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    components::Outlet,
    hooks::{use_location, use_query_map},
};
use std::collections::BTreeSet;

mod board;
mod bulk;
pub mod calls;
mod coverage;
mod create;
mod draft;
mod extract;
mod facets;
mod force;
mod items;
mod mcp;
mod moves;
mod panel;
mod panel_form;
mod panel_parts;
mod phases;
mod phasing;
pub mod plan_calls;
mod routes;
mod table;
mod ticks;
mod timeline;
mod views;
pub mod words;

pub use bulk::Bulk;
pub use create::{CreateDialog, feature_of};
pub use extract::ExtractDialog;
pub use force::ForceDialog;
pub use mcp::McpDialog;
use moves::Moves;
pub use panel::WorkOrderPanel;
pub use phases::PhasesDialog;
pub use phasing::PlanPhasesDialog;
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
    /// The number of the work order that is open.
    pub number: Memo<String>,
    /// What surrounds the rows, as it was loaded last.
    pub around: RwSignal<Option<WorkOrderPage>>,
    /// What a work order can be put into and given to.
    pub sides: RwSignal<Sides>,
    pub selected: RwSignal<BTreeSet<String>>,
    pub moves: Moves,
}

impl Ctx {
    /// The address of a work order in this plan.
    pub fn href(&self, number: i32) -> String {
        format!("{}/{number}{}", self.base.get_untracked(), question(&self.search.get_untracked()))
    }
}

/// What is on show. Tables and boards stay while their rows change.
#[derive(Clone, PartialEq)]
enum Kind {
    Table,
    Board { by_phase: bool },
    Timeline(Timeline),
    Coverage(Coverage),
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
        let live =
            ["factory.work_orders", "factory.phases", "factory.work_items", "factory.test_cases", "factory.features", "factory.projects"];
        let live = live.map(use_live);
        let moves = Moves::new();
        let key = move || (org.get(), project.get(), view.get(), query.get(), live.map(|topic| topic.get()), moves.version.get());
        let shown = kit::Data::blocking(key, |(_, project, view, query, ..)| planner_show(project, view, query));
        let path = kit::use_org_path();
        let base = Memo::new(move |_| path(&format!("/factory/{}/planner", project.get())));
        let search = use_location().search;
        let search = Signal::derive(move || search.get());
        let number = kit::use_text_param("number");
        let (around, sides) = (RwSignal::new(None), RwSignal::default());
        let ctx = Ctx { project, base, search, number, around, sides, selected: RwSignal::default(), moves };
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
        let [extracting, planning, tools] = ["extract", "plan-phases", "mcp"].map(kit::query::opened_by);
        view! {
            <Title text="Planner" />
            <ListPage drawer=|| view! { <Outlet /> }>
                {head(ctx, creating, phasing, saving, extracting, tools)}
                {toolbar(ctx)}
                {kit::loaded_into(shown, move |shown| take(ctx, shown), move |kind| body(ctx, kind, creating), (|| view! { <SkeletonTable rows=12 columns=5 /> }.into_any()).into())}
                {kit::part(move || ctx.selected.with(|ticked| !ticked.is_empty()), move || Bulk(ctx))}
                {kit::part(move || ctx.moves.stopped.with(Option::is_some), move || ForceDialog(ctx.moves))}
                {kit::part(move || creating.get(), move || CreateDialog { ctx, open: creating })}
                {kit::part(move || phasing.get(), move || PhasesDialog { ctx, open: phasing, planning })}
                {kit::part(move || extracting.get(), move || ExtractDialog { ctx, open: extracting })}
                {kit::part(move || planning.get(), move || PlanPhasesDialog { ctx, open: planning })}
                {kit::part(move || saving.get(), move || SaveViewDialog { ctx, open: saving })}
                {kit::part(move || tools.get(), move || McpDialog { ctx, open: tools })}
            </ListPage>
        }
        .into_any()
    }
}

fn head(
    ctx: Ctx,
    creating: RwSignal<bool>,
    phasing: RwSignal<bool>,
    saving: RwSignal<bool>,
    extracting: RwSignal<bool>,
    tools: RwSignal<bool>,
) -> AnyView {
    let base = ctx.base.get_untracked();
    let project = base.trim_end_matches("/planner").to_owned();
    // What is open beside the plan, for the assistant.
    let open = Signal::derive(move || {
        let number: i32 = ctx.number.get().parse().ok()?;
        let id = ctx.moves.rows.with(|rows| rows.iter().find(|row| row.number == number).map(|row| row.id))?;
        Some(factory::assistant::Context { kind: factory::assistant::ContextKind::WorkOrder, id })
    });
    kit::use_shortcut("c", "Planner", "New work order", move || creating.set(true));
    view! {
        <PageHead
            title="Planner"
            acts=move || view! {
                {crate::assistant::beside(ctx.project, factory::suggestions::AgentType::Planner, open)}
                {views::menu(ctx, saving)}
                <Button icon=Icon::Sparkles on:click=move |_| extracting.set(true)>"Extract work orders"</Button>
                <Menu id="plan-more" label="More" icon=Icon::Ellipsis end=true>
                    <MenuItem icon=Icon::Layers on:click=move |_| phasing.set(true)>"Phases"</MenuItem>
                    <MenuItem icon=Icon::Terminal on:click=move |_| tools.set(true)>"MCP setup"</MenuItem>
                </Menu>
                <Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| creating.set(true)>"New work order"</Button>
            }
        />
        {crate::pages::tabs(&project, None)}
    }
    .into_any()
}

/// Search and the views.
fn toolbar(ctx: Ctx) -> AnyView {
    let map = use_query_map();
    let view = Memo::new(move |_| map.with(|q| View::parse(q.get_str("view").unwrap_or_default())));
    let link = move |to: View, icon: Icon, words: &'static str| {
        let name = (to != View::Table).then_some(to.as_str());
        let href = move || map.with(|m| kit::query::with(m, &[("view", name), ("after", None)]));
        let on = move || (view.get() == to).then_some("page");
        view! { <a href=href aria-current=on data-noscroll="">{kit::icon(icon)} <span>{words}</span></a> }.into_any()
    };
    let views = move || {
        view! {
            <nav class="seg seg-quiet" aria-label="View">
                {link(View::Table, Icon::List, "Table")}
                {link(View::Status, Icon::Kanban, "Status")}
                {link(View::Phase, Icon::Layers, "Phases")}
                {link(View::Timeline, Icon::Rows3, "Timeline")}
                {link(View::Coverage, Icon::Table2, "Coverage")}
            </nav>
        }
        .into_any()
    };
    view! { <ListSearch label="Search work orders" group="Planner" base=ctx.base acts=views /> }.into_any()
}

/// Puts what was loaded where the parts of the page find it.
fn take(ctx: Ctx, shown: Shown) -> Kind {
    let page = |mut page: WorkOrderPage| {
        ctx.moves.take(std::mem::take(&mut page.rows));
        ctx.sides.set(Sides { phases: page.phases.clone(), people: page.people.clone() });
        ctx.around.set(Some(page));
    };
    match shown {
        Shown::Table(loaded) => {
            page(loaded);
            Kind::Table
        }
        Shown::Board(view, loaded) => {
            page(loaded);
            Kind::Board { by_phase: view == View::Phase }
        }
        Shown::Timeline(sides, timeline) => {
            ctx.sides.set(sides);
            Kind::Timeline(timeline)
        }
        Shown::Coverage(sides, matrix) => {
            ctx.sides.set(sides);
            Kind::Coverage(matrix)
        }
    }
}

fn body(ctx: Ctx, kind: Kind, creating: RwSignal<bool>) -> AnyView {
    match kind {
        Kind::Table => table::list(ctx, creating),
        Kind::Board { by_phase } => board::board(ctx, by_phase, creating),
        Kind::Timeline(timeline) => timeline::show(ctx, timeline),
        Kind::Coverage(matrix) => coverage::show(ctx, matrix),
    }
}
