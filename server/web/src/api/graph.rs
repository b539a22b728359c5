//! `/api/projects/{project}/graph`: nodes, edges, walks and drift; `/jobs`: the jobs of a project.
use super::{
    Answer, Endpoint,
    openapi::{Doc, doc},
    project::{changing, reading},
};
use crate::extract::{Json, Path, Query};
use axum::{
    Extension,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{delete, get, patch, post},
};
use factory::{
    drift::{self, DriftQuery, DriftStatus, DriftType, Severity},
    graph::{self, EdgeQuery, EdgeType, EntityKind, NodeQuery, Traverse},
    job_runs,
};
use kernel::{
    Fault,
    record::{PageRequest, Paged},
    request::Request,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        ("GET", "/api/projects/{project}/graph/nodes", get(nodes)),
        ("GET", "/api/projects/{project}/graph/edges", get(edges)),
        ("POST", "/api/projects/{project}/graph/edges", post(link)),
        ("DELETE", "/api/projects/{project}/graph/edges/{id}", delete(unlink)),
        ("POST", "/api/projects/{project}/graph/traverse", post(traverse)),
        ("POST", "/api/projects/{project}/graph/impact", post(impact)),
        ("GET", "/api/projects/{project}/graph/drift-alerts", get(alerts)),
        ("PATCH", "/api/projects/{project}/graph/drift-alerts/{id}", patch(decide)),
        ("POST", "/api/projects/{project}/graph/drift-alerts/scan", post(scan)),
        ("GET", "/api/projects/{project}/jobs", get(jobs)),
        ("POST", "/api/projects/{project}/jobs/{id}/retry", post(retry)),
    ]
}

/// What the endpoints above say of themselves: query, body, answer.
pub(super) const DOCS: &[Doc] = &[
    doc(
        "GET /api/projects/{project}/graph/nodes",
        "The nodes by label: 50 a page unless asked for.",
        "type?: string, q?: string, cursor?: string, limit?: integer",
        "",
        "200 list Node",
    ),
    doc(
        "GET /api/projects/{project}/graph/edges",
        "The edges, oldest first.",
        "type?: string, nodeId?: uuid, cursor?: string, limit?: integer",
        "",
        "200 list Edge",
    ),
    doc(
        "POST /api/projects/{project}/graph/edges",
        "Links two nodes; blocks and parent_of never close a circle.",
        "",
        "sourceNodeId: uuid, targetNodeId: uuid, edgeType: EdgeType",
        "201 Edge",
    ),
    doc("DELETE /api/projects/{project}/graph/edges/{id}", "Takes a link away.", "", "", "204"),
    doc(
        "POST /api/projects/{project}/graph/traverse",
        "What lies near a node: depth 3 unless named, at most 10.",
        "",
        "start: uuid, depth?: integer, direction?: both|out|in, types?: EdgeType[]",
        "200 start: Node, reached: any[], total: integer",
    ),
    doc(
        "POST /api/projects/{project}/graph/impact",
        "What a change of a node would reach.",
        "",
        "nodeId: uuid",
        "200 start: Node, direct: any[], indirect: any[], total: integer",
    ),
    doc(
        "GET /api/projects/{project}/graph/drift-alerts",
        "The drift alerts, newest first; without a status the live ones.",
        "status?: open|acknowledged|resolved|dismissed, severity?: low|medium|high, driftType?: string, cursor?: string, limit?: integer",
        "",
        "200 list DriftAlert",
    ),
    doc(
        "PATCH /api/projects/{project}/graph/drift-alerts/{id}",
        "Acknowledges, resolves or dismisses an alert.",
        "",
        "status: acknowledged|resolved|dismissed",
        "200 DriftAlert",
    ),
    doc("POST /api/projects/{project}/graph/drift-alerts/scan", "Queues a scan of all links.", "", "", "202 jobId: uuid"),
    doc("GET /api/projects/{project}/jobs", "The jobs of a project, newest first.", "cursor?: string, limit?: integer", "", "200 list Job"),
    doc("POST /api/projects/{project}/jobs/{id}/retry", "Tries a failed job again.", "", "", "202 Job"),
];

/// Words of a list separated by commas; 422 for one that means nothing.
fn words<T>(field: &str, text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Fault> {
    let read = |word: &str| parse(word).ok_or_else(|| Fault::field(field, format!("{word} is not known")));
    text.split(',').map(str::trim).filter(|w| !w.is_empty()).map(read).collect()
}

/// One page of a list as every list of the API looks.
fn list<T: Serialize>(found: Paged<T>, total: i64) -> Json<Value> {
    Json(json!({ "items": found.rows, "nextCursor": found.next, "totalCount": total }))
}

#[derive(Deserialize)]
pub struct NodeFilter {
    #[serde(default, rename = "type", alias = "entityType")]
    kinds: String,
    #[serde(default, rename = "q")]
    search: String,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// The nodes by label.
pub async fn nodes(Extension(request): Extension<Request>, Path(project): Path<Uuid>, Query(f): Query<NodeFilter>) -> Answer<Json<Value>> {
    let page = PageRequest { after: f.cursor, limit: f.limit };
    let (found, total) = reading(&request, project, async |tx, slug| {
        let query = NodeQuery { kinds: words("type", &f.kinds, EntityKind::parse)?, search: f.search };
        Ok((graph::nodes(tx, slug, &query, &page).await?, graph::node_count(tx, slug, &query).await?))
    })
    .await?;
    Ok(list(found, total))
}

#[derive(Deserialize)]
pub struct EdgeFilter {
    #[serde(default, rename = "type", alias = "edgeType")]
    types: String,
    #[serde(rename = "nodeId")]
    node: Option<Uuid>,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// The edges, oldest first.
pub async fn edges(Extension(request): Extension<Request>, Path(project): Path<Uuid>, Query(f): Query<EdgeFilter>) -> Answer<Json<Value>> {
    let page = PageRequest { after: f.cursor, limit: f.limit };
    let (found, total) = reading(&request, project, async |tx, slug| {
        let query = EdgeQuery { node: f.node, types: words("type", &f.types, EdgeType::parse)? };
        Ok((graph::edges(tx, slug, &query, &page).await?, graph::edge_count(tx, slug, &query).await?))
    })
    .await?;
    Ok(list(found, total))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewEdge {
    source_node_id: Uuid,
    target_node_id: Uuid,
    edge_type: EdgeType,
}

/// Links two nodes.
pub async fn link(Extension(request): Extension<Request>, Path(project): Path<Uuid>, Json(new): Json<NewEdge>) -> Answer<Response> {
    let made = changing(&request, project, async |tx, slug| {
        graph::link_by_nodes(tx, slug, new.source_node_id, new.edge_type, new.target_node_id).await
    })
    .await?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Takes a link away.
pub async fn unlink(Extension(request): Extension<Request>, Path((project, id)): Path<(Uuid, Uuid)>) -> Answer<StatusCode> {
    changing(&request, project, async |tx, _| graph::unlink(tx, project, id).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What lies near a node.
pub async fn traverse(
    Extension(request): Extension<Request>,
    Path(project): Path<Uuid>,
    Json(query): Json<Traverse>,
) -> Answer<Json<Value>> {
    let walk = reading(&request, project, async |tx, slug| graph::traverse(tx, slug, &query).await).await?;
    Ok(Json(json!(walk)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfNode {
    #[serde(alias = "startNodeId")]
    node_id: Uuid,
}

/// What a change of a node would reach.
pub async fn impact(Extension(request): Extension<Request>, Path(project): Path<Uuid>, Json(of): Json<OfNode>) -> Answer<Json<Value>> {
    let impact = reading(&request, project, async |tx, slug| graph::impact(tx, slug, of.node_id).await).await?;
    Ok(Json(json!(impact)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertFilter {
    status: Option<DriftStatus>,
    severity: Option<Severity>,
    drift_type: Option<DriftType>,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// The drift alerts, newest first; without a status the live ones.
pub async fn alerts(
    Extension(request): Extension<Request>,
    Path(project): Path<Uuid>,
    Query(f): Query<AlertFilter>,
) -> Answer<Json<Value>> {
    let page = PageRequest { after: f.cursor, limit: Some(f.limit.unwrap_or(20)) };
    let query = DriftQuery { status: f.status, severity: f.severity, drift_type: f.drift_type };
    let (found, total) = reading(&request, project, async |tx, slug| {
        Ok((drift::list(tx, slug, &query, &page).await?, drift::count(tx, slug, &query).await?))
    })
    .await?;
    Ok(list(found, total))
}

#[derive(Deserialize)]
pub struct Decision {
    status: DriftStatus,
}

/// Acknowledges, resolves or dismisses an alert.
pub async fn decide(
    Extension(request): Extension<Request>,
    Path((project, id)): Path<(Uuid, Uuid)>,
    Json(decision): Json<Decision>,
) -> Answer<Json<Value>> {
    let alert = changing(&request, project, async |tx, _| {
        let alert = drift::decide(tx, id, decision.status).await?;
        if alert.project_id == project { Ok(alert) } else { Err(Fault::not_found("The alert")) }
    })
    .await?;
    Ok(Json(json!(alert)))
}

/// Queues a scan.
pub async fn scan(Extension(request): Extension<Request>, Path(project): Path<Uuid>) -> Answer<Response> {
    let job = changing(&request, project, async |tx, slug| drift::start_scan(tx, slug).await).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "jobId": job }))).into_response())
}

#[derive(Deserialize)]
pub struct Pages {
    cursor: Option<String>,
    limit: Option<u32>,
}

/// The jobs of a project, newest first.
pub async fn jobs(Extension(request): Extension<Request>, Path(project): Path<Uuid>, Query(p): Query<Pages>) -> Answer<Json<Value>> {
    let page = PageRequest { after: p.cursor, limit: p.limit };
    let (found, total) =
        reading(&request, project, async |tx, _| Ok((job_runs::list(tx, project, &page).await?, job_runs::count(tx, project).await?)))
            .await?;
    Ok(list(found, total))
}

/// Tries a failed job again.
pub async fn retry(Extension(request): Extension<Request>, Path((project, id)): Path<(Uuid, Uuid)>) -> Answer<Response> {
    let run = changing(&request, project, async |tx, _| job_runs::retry(tx, id).await).await?;
    Ok((StatusCode::ACCEPTED, Json(run)).into_response())
}
