//! `/o/{org}/factory/{project}/graph`: how everything hangs together, what a change reaches, and what may be stale.
use crate::pages::tabs;
use calls::{GraphAsk, GraphContent, GraphView, graph_node, graph_show};
use factory::{
    drift::{DriftType, Severity},
    graph::{EdgeType, EntityKind, Node, NodeDetail},
    job_runs::JobStatus,
};
use kit::{
    Alert, AppError, Button, Cell, Column, DataTable, Empty, Icon, ListPage, ListSearch, Loaded, Menu, MenuLink, PageHead, Pager, Row,
    SkeletonTable, Tone, use_live,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use uuid::Uuid;

pub mod calls;
mod compare;
mod drift;
mod link;
mod node;
mod picture;
mod routes;

pub use compare::{CompareDialog, shown as comparison};
pub use link::LinkDialog;
pub use routes::{GraphRoutes, graph_piece};

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Ctx {
    pub project: Memo<String>,
    /// `/o/acme/factory/shop`
    pub base: Memo<String>,
    pub query: Memo<ParamsMap>,
    pub toasts: kit::Toasts,
    /// The open node, if one is.
    pub node: Memo<String>,
    pub detail: kit::Data<Option<NodeDetail>>,
    /// Rises when something was changed here.
    pub version: RwSignal<u64>,
    /// The alert that is compared.
    pub comparing: RwSignal<Option<Uuid>>,
    /// The node that is linked with another.
    pub linking: RwSignal<Option<Node>>,
}

impl Ctx {
    /// The present address with some keys changed.
    pub fn at(&self, change: &[(&str, Option<&str>)]) -> String {
        format!("{}/graph{}", self.base.get_untracked(), self.query.with_untracked(|q| kit::query::with(q, change)))
    }
}

pub struct GraphPage {
    ctx: Ctx,
    view: kit::Data<GraphView>,
}

impl kit::Page for GraphPage {
    fn data() -> Self {
        let (org, project) = (kit::use_org_slug(), kit::use_text_param("project"));
        let map = use_query_map();
        let ask = Memo::new(move |_| {
            map.with(|q| {
                let part = |name| q.get(name).unwrap_or_default();
                GraphAsk {
                    view: part("view"),
                    kinds: part("kinds"),
                    types: part("types"),
                    q: part("q"),
                    around: part("around"),
                    status: part("status"),
                    after: part("after"),
                }
            })
        });
        let path = kit::use_org_path();
        let (node, version) = (kit::query::use_query_param("node"), RwSignal::new(0));
        let live = [
            use_live("factory.graph_nodes"),
            use_live("factory.graph_edges"),
            use_live("factory.drift_alerts"),
            use_live("factory.job_runs"),
        ];
        let view = kit::Data::blocking(
            move || (org.get(), project.get(), ask.get(), live.map(|topic| topic.get()), version.get()),
            |(_, project, ask, ..)| graph_show(project, ask),
        );
        let detail = kit::Data::new(
            move || (org.get(), project.get(), node.get(), live.map(|topic| topic.get()), version.get()),
            |(_, project, node, ..)| async move {
                match node.parse() {
                    Ok(id) => graph_node(project, id).await.map(Some),
                    Err(_) => Ok(None),
                }
            },
        );
        let ctx = Ctx {
            project,
            base: Memo::new(move |_| path(&format!("/factory/{}", project.get()))),
            query: map,
            toasts: kit::use_toasts(),
            node,
            detail,
            version,
            comparing: RwSignal::new(None),
            linking: RwSignal::new(None),
        };
        Self { ctx, view }
    }

    fn view(this: Self) -> AnyView {
        let GraphPage { ctx, view } = this;
        let base = ctx.base.get_untracked();
        view! {
            <Title text="Graph" />
            <ListPage drawer=move || node::drawer(ctx)>
                <PageHead
                    title="Graph"
                    text=|| view! { "What rests on what, and what a change reaches." }
                    acts=move || view! { <Button icon=Icon::RefreshCw on:click=move |_| scan(ctx)>"Scan now"</Button> }
                />
                {tabs(&base, None)}
                {toolbar(ctx)}
                <Loaded from=view skeleton=|| view! { <SkeletonTable rows=10 columns=4 /> } show=move |v: GraphView| show(ctx, v) />
                {picture::pane(ctx, view)}
                {kit::part(move || ctx.comparing.with(Option::is_some), move || CompareDialog(ctx))}
                {kit::part(move || ctx.linking.with(Option::is_some), move || LinkDialog(ctx))}
            </ListPage>
        }
        .into_any()
    }
}

fn scan(ctx: Ctx) {
    let (project, toasts) = (ctx.project.get_untracked(), ctx.toasts);
    spawn_local(async move {
        match calls::drift_scan(project).await {
            Ok(_) => toasts.info("Looking through the whole project."),
            Err(AppError(fault)) => toasts.fault(&fault),
        }
        ctx.version.update(|n| *n += 1);
    });
}

/// The three views and the search, which is one of the table.
fn toolbar(ctx: Ctx) -> AnyView {
    let map = ctx.query;
    let view_now = kit::query::use_query_param("view");
    let link = move |view: Option<&'static str>| {
        move || map.with(|m| kit::query::with(m, &[("view", view), ("after", None), ("status", None), ("node", None)]))
    };
    let on = move |view: &'static str| move || (view_now.get() == view).then_some("page");
    let base = Signal::derive(move || format!("{}/graph", ctx.base.get()));
    let views = move || {
        view! {
            <nav class="seg" aria-label="View">
                <a href=link(None) aria-current=on("") data-noscroll="">{kit::icon(Icon::Network)} "Picture"</a>
                <a href=link(Some("table")) aria-current=on("table") data-noscroll="">{kit::icon(Icon::List)} "Table"</a>
                <a href=link(Some("drift")) aria-current=on("drift") data-noscroll="">{kit::icon(Icon::TriangleAlert)} "Drift"</a>
            </nav>
        }
    };
    view! { <ListSearch label="Search the graph" group="Graph" base=base sets=&[("view", "table")] acts=views /> }.into_any()
}

fn show(ctx: Ctx, view: GraphView) -> AnyView {
    let GraphView { content, open_alerts, scan } = view;
    let running = scan.as_ref().filter(|s| matches!(s.status, JobStatus::Pending | JobStatus::Running)).map(|s| {
        view! { <p class="px-4 pt-3"><kit::Status text=format!("Scan: {}", s.status.words().to_lowercase()) tone=Tone::Info busy=true /></p> }
    });
    let failed = scan.as_ref().filter(|s| s.status == JobStatus::Failed).map(|s| {
        let why = s.error.clone().unwrap_or_default();
        view! { <div class="p-4"><Alert tone=Tone::Danger title="The last scan failed.">{why}</Alert></div> }
    });
    let to_drift = ctx.at(&[("view", Some("drift")), ("after", None), ("node", None)]);
    let on_drift = matches!(content, GraphContent::Drift(_));
    let stale = (open_alerts > 0 && !on_drift).then(|| {
        let text = kit::num::plural(open_alerts, "open drift alert", "open drift alerts");
        view! { <div class="p-4"><Alert tone=Tone::Warning title=text acts=move || view! { <a class="btn btn-sm" href=to_drift.clone() data-noscroll="">"Show"</a> }>"Something they rest on was changed since they were last confirmed."</Alert></div> }
    });
    let body = match content {
        GraphContent::Picture(picture) if picture.nodes.is_empty() => empty(ctx),
        GraphContent::Picture(_) => filters(ctx, true),
        GraphContent::Table(page) => view! { {filters(ctx, false)} {table(ctx, page.rows, page.next)} }.into_any(),
        GraphContent::Drift(page) => drift::list(ctx, page.rows, page.next, scan),
    };
    view! { {running} {failed} {stale} {body} }.into_any()
}

fn empty(ctx: Ctx) -> AnyView {
    if ctx.query.with_untracked(|q| q.get("kinds").is_some_and(|kinds| !kinds.is_empty())) {
        return view! { {filters(ctx, true)} <div class="graph-none"><Empty icon=Icon::Network title="Nothing of these kinds" text="Take a filter away." /></div> }
            .into_any();
    }
    let features = format!("{}/features?new=1", ctx.base.get_untracked());
    view! {
        <div class="graph-none">
            <Empty
                icon=Icon::Network title="Nothing here yet"
                text="Features, documents, work orders, feedback and code appear here with what they rest on, by themselves."
                acts=move || view! { <a class="btn btn-primary" href=features.clone()>"New feature"</a> }
            />
        </div>
    }
    .into_any()
}

/// Kinds as pills, edge types as a menu.
fn filters(ctx: Ctx, with_types: bool) -> AnyView {
    let map = ctx.query.get_untracked();
    let chosen = map.get("kinds").unwrap_or_default();
    let toggle = |chosen: &str, word: &str| {
        let mut words: Vec<&str> = chosen.split(',').filter(|w| !w.is_empty()).collect();
        match words.iter().position(|w| *w == word) {
            Some(at) => {
                words.remove(at);
            }
            None => words.push(word),
        }
        words.join(",")
    };
    let has = |chosen: &str, word: &str| chosen.split(',').any(|w| w == word);
    let pills = EntityKind::ALL
        .into_iter()
        .map(|kind| {
            let href = ctx.at(&[("kinds", Some(&toggle(&chosen, kind.as_str()))), ("after", None)]);
            let on = has(&chosen, kind.as_str()).then_some("true");
            view! { <a class="pill" data-noscroll="" href=href aria-current=on>{kit::icon(kind_icon(kind))} {kind.words()}</a> }.into_any()
        })
        .collect_view();
    let types = with_types.then(|| {
        let chosen = map.get("types").unwrap_or_default();
        let links = EdgeType::ALL
            .into_iter()
            .map(|kind| {
                let href = ctx.at(&[("types", Some(&toggle(&chosen, kind.as_str())))]);
                let mark = if has(&chosen, kind.as_str()) { Icon::Check } else { Icon::Square };
                view! { <MenuLink href=href icon=mark>{kind.words()}</MenuLink> }.into_any()
            })
            .collect_view();
        let n = chosen.split(',').filter(|w| !w.is_empty()).count();
        let title = if n > 0 { format!("Links: {n}") } else { "Links".to_owned() };
        view! { <Menu id="edge-types" label=title icon=Icon::Funnel size=kit::Size::Sm>{links}</Menu> }
    });
    let clear = ["kinds", "types", "q", "around"].iter().any(|part| map.get(part).is_some_and(|v| !v.is_empty())).then(|| {
        let href = ctx.at(&[("kinds", None), ("types", None), ("q", None), ("around", None), ("after", None)]);
        view! { <a class="btn btn-ghost btn-sm" href=href data-noscroll="">"Clear filters"</a> }
    });
    view! { <div class="facets"><span class="contents" role="group" aria-label="Kinds">{pills}</span> {types} {clear}</div> }.into_any()
}

static COLUMNS: [Column; 3] =
    [Column::new("label", "Name").grow(), Column::new("kind", "Kind").fit(), Column::new("state", "State").fit().from_tablet()];

/// The same without a picture.
fn table(ctx: Ctx, nodes: Vec<Node>, next: Option<String>) -> AnyView {
    if nodes.is_empty() {
        return view! { <Empty icon=Icon::Search title="Nothing matches" text="Change the search or take filters away." /> }.into_any();
    }
    let rows = nodes
        .iter()
        .map(|n| {
            let name = match n.meta("key") {
                Some(key) => format!("{key} {}", n.label),
                None => n.label.clone(),
            };
            let state = n.meta("status").or(n.meta("type")).map(spoken);
            let cells = vec![Cell::title(name), Cell::text(n.kind.words()), Cell::maybe(state.as_deref())];
            Row::new(n.id.to_string(), cells).href(ctx.at(&[("node", Some(&n.id.to_string()))]))
        })
        .collect::<Vec<_>>();
    let count = format!("{} shown", rows.len());
    let next = next.map(|cursor| ctx.at(&[("after", Some(&cursor)), ("node", None)]));
    let first =
        ctx.query.with_untracked(|q| q.get("after").is_some_and(|a| !a.is_empty())).then(|| ctx.at(&[("after", None), ("node", None)]));
    let open = Signal::derive(move || ctx.node.get());
    view! { <DataTable columns=&COLUMNS rows=rows label="Nodes" open=open /> <Pager previous=first next=next text=count /> }.into_any()
}

/// A word of the data as a sentence begins: "In progress".
pub fn spoken(word: &str) -> String {
    let text = word.replace('_', " ");
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

/// The icon of a kind.
pub const fn kind_icon(kind: EntityKind) -> Icon {
    match kind {
        EntityKind::Feature => Icon::ListChecks,
        EntityKind::Document => Icon::FileText,
        EntityKind::WorkOrder => Icon::Kanban,
        EntityKind::FeedbackItem => Icon::MessageSquare,
        EntityKind::Artifact => Icon::Paperclip,
        EntityKind::CodebaseFile => Icon::Code,
        EntityKind::Decision => Icon::CircleCheck,
    }
}

pub const fn severity_tone(severity: Severity) -> Tone {
    match severity {
        Severity::Low => Tone::Neutral,
        Severity::Medium => Tone::Warning,
        Severity::High => Tone::Danger,
    }
}

pub const fn drift_icon(kind: DriftType) -> Icon {
    match kind {
        DriftType::CodeDrift => Icon::Code,
        DriftType::RequirementsDrift => Icon::FileText,
        DriftType::FoundationDrift => Icon::Layers,
        DriftType::WorkOrderDrift => Icon::Kanban,
    }
}

/// Where the entity of a node is looked at.
pub fn entity_href(base: &str, node: &Node) -> Option<String> {
    match node.kind {
        EntityKind::Feature => node.meta("key").map(|key| format!("{base}/features/{key}")),
        EntityKind::WorkOrder => node.metadata.get("number").and_then(serde_json::Value::as_i64).map(|n| format!("{base}/planner/{n}")),
        EntityKind::FeedbackItem => Some(format!("{base}/validator/{}", node.entity_id)),
        EntityKind::Document => {
            let part = match node.meta("type") {
                Some("foundation_blueprint" | "system_diagram" | "feature_blueprint") => "foundry",
                _ => "refinery",
            };
            node.meta("slug").map(|slug| format!("{base}/{part}/{slug}"))
        }
        EntityKind::Artifact => Some(format!("{base}/artifacts?open={}", node.entity_id)),
        EntityKind::Decision => Some(format!("{base}/decisions")),
        EntityKind::CodebaseFile => node.meta("path").map(|path| format!("{base}/code?path={path}")),
    }
}

/// A node in a line of text: icon, key, label.
pub fn node_name(node: &Node) -> AnyView {
    let key = node.meta("key").map(|key| view! { <code class="text-xs">{key.to_owned()}</code> });
    view! { <span class="inline-flex items-center gap-2 min-w-0">{kit::icon(kind_icon(node.kind))} {key} <span class="truncate">{node.label.clone()}</span></span> }.into_any()
}
