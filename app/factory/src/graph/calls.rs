//! The server functions of the graph and of drift.
use factory::{
    drift::{Comparison, DriftAlert, DriftStatus},
    graph::{Edge, EdgeType, Impact, Node, NodeDetail, Picture},
    job_runs::JobRun,
    review::Suggested,
};
use kernel::record::Paged;
use kit::{AppError, Client};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the page shows besides its drawer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GraphView {
    pub content: GraphContent,
    /// Live alerts that are open.
    pub open_alerts: i64,
    /// The newest scan, to show how far it is.
    pub scan: Option<JobRun>,
}

/// One of the three views.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum GraphContent {
    Picture(Picture),
    Table(Paged<Node>),
    Drift(Paged<DriftAlert>),
}

/// What is asked of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GraphAsk {
    /// `table`, `drift`, else the picture.
    pub view: String,
    /// Kinds and edge types, separated by commas; none: all.
    pub kinds: String,
    pub types: String,
    pub q: String,
    /// The node whose neighbourhood is wanted.
    pub around: String,
    /// Status of alerts: `resolved`, `dismissed`, `acknowledged`, else the live ones.
    pub status: String,
    pub after: String,
}

/// The picture, the table or the alerts.
#[server(client = Client, output = kit::Wire)]
pub async fn graph_show(project: String, #[server(default)] ask: GraphAsk) -> Result<GraphView, AppError> {
    use factory::{drift, graph, job_runs, projects};
    kit::call::read_tenant(async |tx| {
        let kinds = ask.kinds.split(',').filter_map(graph::EntityKind::parse).collect();
        let types = ask.types.split(',').filter_map(EdgeType::parse).collect();
        let page = kernel::record::PageRequest { after: Some(ask.after.clone()).filter(|a| !a.is_empty()), limit: Some(50) };
        let content = match ask.view.as_str() {
            "table" => {
                let query = graph::NodeQuery { kinds, search: ask.q.clone() };
                GraphContent::Table(graph::nodes(tx, &project, &query, &page).await?)
            }
            "drift" => {
                let query = drift::DriftQuery { status: DriftStatus::parse(&ask.status), ..Default::default() };
                GraphContent::Drift(drift::list(tx, &project, &query, &page).await?)
            }
            _ => {
                let query = graph::PictureQuery { kinds, types, around: ask.around.parse().ok() };
                GraphContent::Picture(graph::picture(tx, &project, &query).await?)
            }
        };
        let project = projects::by_slug(tx, &project).await?;
        Ok(GraphView {
            content,
            open_alerts: drift::open_count(tx, project.id).await?,
            scan: job_runs::latest(tx, project.id, "drift_detection").await?,
        })
    })
    .await
}

/// One node with what hangs on it.
#[server(client = Client, output = kit::Wire)]
pub async fn graph_node(project: String, node: Uuid) -> Result<NodeDetail, AppError> {
    kit::call::read_tenant(async |tx| factory::graph::detail(tx, &project, node).await).await
}

/// What a change of a node would reach.
#[server(client = Client, output = kit::Wire)]
pub async fn graph_impact(project: String, node: Uuid) -> Result<Impact, AppError> {
    kit::call::read_tenant(async |tx| factory::graph::impact(tx, &project, node).await).await
}

/// Nodes whose label or key holds what was typed.
#[server(client = Client, output = kit::Wire)]
pub async fn graph_suggest(project: String, typed: String) -> Result<Vec<Node>, AppError> {
    let page = kernel::record::PageRequest { after: None, limit: Some(20) };
    let query = factory::graph::NodeQuery { kinds: Vec::new(), search: typed };
    kit::call::read_tenant(async |tx| Ok(factory::graph::nodes(tx, &project, &query, &page).await?.rows)).await
}

/// Links two nodes.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn graph_link(project: String, source: Uuid, kind: EdgeType, target: Uuid) -> Result<Edge, AppError> {
    kit::call::in_tenant(async |tx| factory::graph::link_by_nodes(tx, &project, source, kind, target).await).await
}

/// Takes a link away.
#[server(client = Client, output = kit::Wire)]
pub async fn graph_unlink(project: String, edge: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| {
        let project = factory::projects::lock(tx, &project).await?;
        factory::graph::unlink(tx, project.id, edge).await
    })
    .await
}

/// Acknowledges, resolves ("in sync") or dismisses an alert.
#[server(client = Client, output = kit::Wire)]
pub async fn drift_decide(id: Uuid, status: DriftStatus) -> Result<DriftAlert, AppError> {
    kit::call::in_tenant(async |tx| factory::drift::decide(tx, id, status).await).await
}

/// What was changed upstream of an alert.
#[server(client = Client, output = kit::Wire)]
pub async fn drift_compare(id: Uuid) -> Result<Comparison, AppError> {
    kit::call::read_tenant(async |tx| factory::drift::compare(tx, id).await).await
}

/// Suggests edits of what an alert says may be stale.
#[server(client = Client, output = kit::Wire)]
pub async fn drift_propose(id: Uuid) -> Result<Suggested, AppError> {
    kit::call::in_tenant(async |tx| factory::drift::propose(tx, id).await).await
}

/// Queues a scan of the project.
#[server(client = Client, output = kit::Wire)]
pub async fn drift_scan(project: String) -> Result<Uuid, AppError> {
    kit::call::in_tenant(async |tx| factory::drift::start_scan(tx, &project).await).await
}
