//! `/api/projects/{project}/planner`: phases and work orders; `/work-items`.
use super::{
    Answer, Endpoint,
    camel::{Input, Pages, Rev, made, page, shown, whole},
    openapi::{Doc, doc},
    project::{acting, changing, reading},
};
use crate::extract::{Json, Path, Query};
use axum::{
    Extension,
    http::StatusCode,
    response::Response,
    routing::{delete, get, patch, post},
};
use factory::{
    activities,
    comments::{self, ParentType},
    drift::{self, DriftQuery, DriftStatus, DriftType},
    extraction::{self, Wish},
    graph::{self, EntityKind, EntityRef},
    phases::{self, Phase},
    work_items::{self, LinkType, WorkItem, WorkItemQuery, WorkItemStatus, WorkItemType},
    work_orders::{self, BulkAction, Spot, WorkOrder, WorkOrderQuery, WorkOrderStatus},
};
use kernel::{Fault, db::TenantTx, request::Request};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        ("GET", "/api/projects/{project}/planner/phases", get(phase_list)),
        ("POST", "/api/projects/{project}/planner/phases", post(phase_create)),
        ("GET", "/api/projects/{project}/planner/phases/{id}", get(phase_one)),
        ("PATCH", "/api/projects/{project}/planner/phases/{id}", patch(phase_update)),
        ("DELETE", "/api/projects/{project}/planner/phases/{id}", delete(phase_remove)),
        ("GET", "/api/projects/{project}/planner/work-orders", get(list)),
        ("POST", "/api/projects/{project}/planner/work-orders", post(create)),
        ("POST", "/api/projects/{project}/planner/work-orders/bulk", post(bulk)),
        ("POST", "/api/projects/{project}/planner/work-orders/reorder", post(reorder)),
        ("POST", "/api/projects/{project}/planner/work-orders/extract", post(extract)),
        ("GET", "/api/projects/{project}/planner/work-orders/{id}", get(one)),
        ("PATCH", "/api/projects/{project}/planner/work-orders/{id}", patch(update)),
        ("DELETE", "/api/projects/{project}/planner/work-orders/{id}", delete(remove)),
        ("GET", "/api/projects/{project}/planner/work-orders/{id}/comments", get(threads)),
        ("POST", "/api/projects/{project}/planner/work-orders/{id}/comments", post(comment)),
        ("GET", "/api/projects/{project}/planner/work-orders/{id}/activity", get(activity)),
        ("GET", "/api/projects/{project}/planner/work-orders/{id}/connections", get(connections)),
        ("GET", "/api/projects/{project}/planner/sync-alerts", get(alerts)),
        ("GET", "/api/projects/{project}/work-items", get(item_list)),
        ("POST", "/api/projects/{project}/work-items", post(item_create)),
        ("GET", "/api/projects/{project}/work-items/{id}", get(item_one)),
        ("PATCH", "/api/projects/{project}/work-items/{id}", patch(item_update)),
        ("DELETE", "/api/projects/{project}/work-items/{id}", delete(item_remove)),
        ("GET", "/api/projects/{project}/work-items/{id}/links", get(links)),
        ("POST", "/api/projects/{project}/work-items/{id}/links", post(link)),
        ("DELETE", "/api/projects/{project}/work-items/{id}/links/{link}", delete(unlink)),
    ]
}

/// What the endpoints above say of themselves: query, body, answer.
pub(super) const DOCS: &[Doc] = &[
    doc("GET /api/projects/{project}/planner/phases", "The phases in their order.", "", "", "200 list Phase"),
    doc("POST /api/projects/{project}/planner/phases", "Adds a phase at the end.", "", "name: string, description?: string", "201 Phase"),
    doc("GET /api/projects/{project}/planner/phases/{id}", "One phase.", "", "", "200 Phase"),
    doc(
        "PATCH /api/projects/{project}/planner/phases/{id}",
        "Renames or describes a phase.",
        "",
        "rev: string, name?: string, description?: string",
        "200 Phase",
    ),
    doc("DELETE /api/projects/{project}/planner/phases/{id}", "Deletes a phase; its work orders stay, in none.", "rev?: string", "", "204"),
    doc(
        "GET /api/projects/{project}/planner/work-orders",
        "The work orders: 50 a page unless asked for, at most 200.",
        "q?: string, status?: string, phase?: string, feature?: string, assignee?: string, blocked?: string, sort?: string, cursor?: string, limit?: integer",
        "",
        "200 list WorkOrderRow",
    ),
    doc(
        "POST /api/projects/{project}/planner/work-orders",
        "Writes a work order, in backlog or ready; rich fields take Markdown or a document.",
        "",
        "title: string, status?: backlog|ready, phaseId?: uuid, featureId?: uuid, deliverableType?: string, assigneeIds?: uuid[], description?: any, acceptanceCriteria?: any, outOfScope?: any, implementationPlan?: any",
        "201 WorkOrder",
    ),
    doc(
        "POST /api/projects/{project}/planner/work-orders/bulk",
        "One change for 1 to 100 work orders, with a result for each.",
        "",
        "ids: uuid[], action: any",
        "200 list BulkResult",
    ),
    doc(
        "POST /api/projects/{project}/planner/work-orders/reorder",
        "Puts a work order into a phase, behind another; without one at its start.",
        "",
        "workOrderId: uuid, targetPhaseId?: uuid, afterWorkOrderId?: uuid, beforeWorkOrderId?: uuid, rev?: string",
        "200 WorkOrder",
    ),
    doc(
        "POST /api/projects/{project}/planner/work-orders/extract",
        "Proposes work orders for one blueprint or several; deciding the suggestions makes those that are taken. `unapproved` \
         names blueprints whose latest version nobody approved. `custom` asks the model.",
        "",
        "blueprintId?: uuid, blueprintIds?: uuid[], strategy?: feature_slice|specialist|custom, templateId?: uuid",
        "201 Extracted",
    ),
    doc("GET /api/projects/{project}/planner/work-orders/{id}", "One work order.", "", "", "200 WorkOrder"),
    doc(
        "PATCH /api/projects/{project}/planner/work-orders/{id}",
        "Changes fields or status; only people may force a status past blockers and open items.",
        "",
        "rev: string, title?: string, status?: WorkOrderStatus, force?: boolean, phaseId?: uuid, featureId?: uuid, deliverableType?: string, assigneeIds?: uuid[], description?: any, acceptanceCriteria?: any, outOfScope?: any, implementationPlan?: any",
        "200 WorkOrder",
    ),
    doc("DELETE /api/projects/{project}/planner/work-orders/{id}", "Deletes a work order.", "rev?: string", "", "204"),
    doc(
        "GET /api/projects/{project}/planner/work-orders/{id}/comments",
        "The threads of a work order, the open ones first.",
        "",
        "",
        "200 list Thread",
    ),
    doc(
        "POST /api/projects/{project}/planner/work-orders/{id}/comments",
        "Comments on a work order, or answers a thread.",
        "",
        "text: string, threadId?: uuid, named?: any[], anchor?: any",
        "201 Comment",
    ),
    doc(
        "GET /api/projects/{project}/planner/work-orders/{id}/activity",
        "The history of a work order, latest first.",
        "cursor?: string, limit?: integer",
        "",
        "200 list Activity",
    ),
    doc(
        "GET /api/projects/{project}/planner/work-orders/{id}/connections",
        "What a work order is linked with in the graph.",
        "",
        "",
        "200 list Neighbour",
    ),
    doc(
        "GET /api/projects/{project}/planner/sync-alerts",
        "Work orders whose blueprint was changed since; without a status the live alerts.",
        "status?: open|acknowledged|resolved|dismissed, cursor?: string, limit?: integer",
        "",
        "200 list DriftAlert",
    ),
    doc(
        "GET /api/projects/{project}/work-items",
        "The work items, oldest first.",
        "status?: todo|in_progress|done, type?: task|bug|enhancement, workOrderId?: uuid, featureId?: uuid, assigneeId?: uuid, alone?: boolean, cursor?: string, limit?: integer",
        "",
        "200 list WorkItem",
    ),
    doc(
        "POST /api/projects/{project}/work-items",
        "Adds a work item, to a work order or alone.",
        "",
        "title: string, type?: task|bug|enhancement, description?: string, priority?: string, assigneeId?: uuid, effort?: integer, workOrderId?: uuid, featureId?: uuid",
        "201 WorkItem",
    ),
    doc("GET /api/projects/{project}/work-items/{id}", "One work item.", "", "", "200 WorkItem"),
    doc(
        "PATCH /api/projects/{project}/work-items/{id}",
        "Changes fields or status.",
        "",
        "rev: string, title?: string, type?: task|bug|enhancement, status?: todo|in_progress|done, description?: string, priority?: string, assigneeId?: uuid, effort?: integer, workOrderId?: uuid, featureId?: uuid",
        "200 WorkItem",
    ),
    doc("DELETE /api/projects/{project}/work-items/{id}", "Deletes a work item.", "rev?: string", "", "204"),
    doc("GET /api/projects/{project}/work-items/{id}/links", "What a work item is linked with.", "", "", "200 list WorkItemLink"),
    doc(
        "POST /api/projects/{project}/work-items/{id}/links",
        "Links two work items; blocking never closes a circle.",
        "",
        "linkType: blocks|is_blocked_by|relates_to|tests|duplicates, targetId: uuid",
        "201 list WorkItemLink",
    ),
    doc("DELETE /api/projects/{project}/work-items/{id}/links/{link}", "Takes a link away.", "", "", "204"),
];

type Req = Extension<Request>;
type In = Path<Uuid>;
type Of = Path<(Uuid, Uuid)>;

async fn phase_of(tx: &mut TenantTx, slug: &str, id: Uuid) -> Result<Phase, Fault> {
    phases::list(tx, slug).await?.into_iter().find(|phase| phase.id == id).ok_or_else(|| Fault::not_found("The phase"))
}

async fn phase_list(Extension(request): Req, Path(project): In) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| phases::list(tx, slug).await).await?;
    Ok(Json(whole(found)))
}

async fn phase_create(Extension(request): Req, Path(project): In, Json(input): Json<Input>) -> Answer<Response> {
    let phase = changing(&request, project, async |tx, slug| phases::create(tx, slug, &input.rest()?).await).await?;
    Ok(made(phase))
}

async fn phase_one(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let phase = reading(&request, project, async |tx, slug| phase_of(tx, slug, id).await).await?;
    Ok(Json(shown(phase)))
}

/// Name and description; what is left out stays.
async fn phase_update(Extension(request): Req, Path((project, id)): Of, Json(mut input): Json<Input>) -> Answer<Json<Value>> {
    let phase = changing(&request, project, async |tx, slug| {
        let rev: String = input.need("rev")?;
        let now = phase_of(tx, slug, id).await?;
        let name = input.take("name")?.unwrap_or(now.name);
        let description = input.take("description")?.or(now.description).unwrap_or_default();
        phases::update(tx, id, &rev, &phases::PhaseInput { name, description }).await
    })
    .await?;
    Ok(Json(shown(phase)))
}

/// Its work orders stay, in no phase.
async fn phase_remove(Extension(request): Req, Path((project, id)): Of, Query(rev): Query<Rev>) -> Answer<StatusCode> {
    changing(&request, project, async |tx, slug| {
        let now = phase_of(tx, slug, id).await?;
        phases::remove(tx, id, &rev.or(&now.rev)).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Filter {
    q: String,
    status: String,
    phase: String,
    feature: String,
    assignee: String,
    blocked: String,
    sort: String,
    cursor: String,
    limit: Option<u32>,
}

async fn list(Extension(request): Req, Path(project): In, Query(f): Query<Filter>) -> Answer<Json<Value>> {
    let Filter { q, status, phase, feature, assignee, blocked, sort, cursor, limit } = f;
    let query = WorkOrderQuery { q, status, phase, feature, assignee, blocked, sort, after: cursor, limit };
    let found = reading(&request, project, async |tx, slug| work_orders::page(tx, slug, &query).await).await?;
    let items: Vec<Value> = found
        .rows
        .iter()
        .map(|w| {
            json!({
                "id": w.id, "rev": w.rev, "number": w.number, "title": w.title, "status": w.status, "phaseId": w.phase_id,
                "featureKey": w.feature, "deliverableType": w.deliverable_type, "assigneeIds": w.assignee_ids, "sortOrder": w.sort_order,
                "blocked": w.blocked, "openWorkItems": w.items_open, "workItems": w.items_total, "createdAt": w.created_at,
                "updatedAt": w.updated_at,
            })
        })
        .collect();
    Ok(Json(json!({ "items": items, "nextCursor": found.next, "totalCount": found.matching })))
}

/// A live work order of the project in the address, or 404.
async fn in_it(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<WorkOrder, Fault> {
    work_orders::get(tx, id).await.ok().filter(|w| w.project_id == project).ok_or_else(|| Fault::not_found("The work order"))
}

async fn create(Extension(request): Req, Path(project): In, Json(input): Json<Input>) -> Answer<Response> {
    let order = changing(&request, project, async |tx, slug| work_orders::create(tx, slug, &input.rest()?).await).await?;
    Ok(made(order))
}

async fn one(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let order = reading(&request, project, async |tx, _| in_it(tx, project, id).await).await?;
    Ok(Json(shown(order)))
}

/// Fields that are left out stay; a status moves the work order, `force` past what stands in its way (people only).
async fn update(Extension(request): Req, Path((project, id)): Of, Json(mut input): Json<Input>) -> Answer<Json<Value>> {
    let order = changing(&request, project, async |tx, _| {
        tx.require(kernel::Perm::FactoryWrite)?;
        let mut rev: String = input.need("rev")?;
        let status: Option<WorkOrderStatus> = input.take("status")?;
        let force = input.take("force")?.unwrap_or(false);
        let mut now = in_it(tx, project, id).await?;
        if !input.is_empty() {
            now = work_orders::update(tx, id, &rev, &input.rest()?).await?;
            rev.clone_from(&now.rev);
        }
        match status {
            Some(next) => work_orders::move_to(tx, id, &rev, next, force).await,
            None => Ok(now),
        }
    })
    .await?;
    Ok(Json(shown(order)))
}

async fn remove(Extension(request): Req, Path((project, id)): Of, Query(rev): Query<Rev>) -> Answer<StatusCode> {
    changing(&request, project, async |tx, _| {
        let now = in_it(tx, project, id).await?;
        work_orders::remove(tx, id, &rev.or(&now.rev)).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Bulk {
    ids: Vec<Uuid>,
    action: BulkAction,
}

/// One change for 1 to 100 work orders, with a result for each.
async fn bulk(Extension(request): Req, Path(project): In, Json(b): Json<Bulk>) -> Answer<Json<Value>> {
    let results = changing(&request, project, async |tx, slug| work_orders::bulk(tx, slug, &b.ids, &b.action).await).await?;
    Ok(Json(whole(results)))
}

/// Puts a work order into a phase, behind another.
async fn reorder(Extension(request): Req, Path(project): In, Json(mut input): Json<Input>) -> Answer<Json<Value>> {
    let order = changing(&request, project, async |tx, _| {
        let id: Uuid = input.need("workOrderId")?;
        let spot = Spot {
            target_phase_id: input.take("targetPhaseId")?,
            after_work_order_id: input.take("afterWorkOrderId")?,
            before_work_order_id: input.take("beforeWorkOrderId")?,
        };
        let now = in_it(tx, project, id).await?;
        let rev = input.take("rev")?.unwrap_or(now.rev);
        work_orders::place(tx, id, &rev, &spot).await
    })
    .await?;
    Ok(Json(shown(order)))
}

/// Proposes work orders for blueprints; `/suggestions/{id}/decide` makes those that are taken.
async fn extract(Extension(request): Req, Path(project): In, Json(mut input): Json<Input>) -> Answer<Response> {
    let extracted = acting(&request, project, async |app, actor, slug| {
        let one: Option<Uuid> = input.take("blueprintId")?;
        let wish = Wish {
            blueprint_ids: match one {
                Some(one) => vec![one],
                None => input.need("blueprintIds")?,
            },
            strategy: input.take("strategy")?,
            template_id: input.take("templateId")?,
        };
        extraction::run(app, actor, slug, &wish).await
    })
    .await?;
    Ok(made(extracted))
}

async fn threads(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, _| {
        in_it(tx, project, id).await?;
        comments::threads(tx, ParentType::WorkOrder, id).await
    })
    .await?;
    Ok(Json(whole(found.threads)))
}

async fn comment(Extension(request): Req, Path((project, id)): Of, Json(input): Json<Input>) -> Answer<Response> {
    let comment = changing(&request, project, async |tx, _| {
        in_it(tx, project, id).await?;
        comments::add(tx, ParentType::WorkOrder, id, &input.rest()?).await
    })
    .await?;
    Ok(made(json!({ "id": comment })))
}

/// The history of a work order, latest first.
async fn activity(Extension(request): Req, Path((project, id)): Of, Query(p): Query<Pages>) -> Answer<Json<Value>> {
    let asked = p.request();
    let (found, total) = reading(&request, project, async |tx, _| {
        in_it(tx, project, id).await?;
        Ok((activities::of_work_order(tx, id, &asked).await?, activities::count_of_work_order(tx, id).await?))
    })
    .await?;
    Ok(Json(page(found, total)))
}

/// What it is linked with in the graph.
async fn connections(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, _| {
        in_it(tx, project, id).await?;
        graph::connections(tx, project, EntityRef::new(EntityKind::WorkOrder, id)).await
    })
    .await?;
    Ok(Json(whole(found)))
}

#[derive(Deserialize)]
struct AlertFilter {
    status: Option<DriftStatus>,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// Work orders whose blueprint was changed since.
async fn alerts(Extension(request): Req, Path(project): In, Query(f): Query<AlertFilter>) -> Answer<Json<Value>> {
    let asked = Pages { cursor: f.cursor, limit: Some(f.limit.unwrap_or(20)) }.request();
    let query = DriftQuery { status: f.status, severity: None, drift_type: Some(DriftType::WorkOrderDrift) };
    let (found, total) = reading(&request, project, async |tx, slug| {
        Ok((drift::list(tx, slug, &query, &asked).await?, drift::count(tx, slug, &query).await?))
    })
    .await?;
    Ok(Json(page(found, total)))
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ItemFilter {
    status: Option<WorkItemStatus>,
    #[serde(rename = "type")]
    kind: Option<WorkItemType>,
    work_order_id: Option<Uuid>,
    feature_id: Option<Uuid>,
    assignee_id: Option<Uuid>,
    alone: bool,
    cursor: Option<String>,
    limit: Option<u32>,
}

async fn item_list(Extension(request): Req, Path(project): In, Query(f): Query<ItemFilter>) -> Answer<Json<Value>> {
    let ItemFilter { status, kind, work_order_id, feature_id, assignee_id, alone, cursor, limit } = f;
    let query = WorkItemQuery { status, kind, work_order_id, feature_id, assignee_id, alone, page: Pages { cursor, limit }.request() };
    let (found, total) = reading(&request, project, async |tx, slug| {
        Ok((work_items::page(tx, slug, &query).await?, work_items::count(tx, slug, &query).await?))
    })
    .await?;
    Ok(Json(page(found, total)))
}

async fn item(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<WorkItem, Fault> {
    work_items::get(tx, id).await.ok().filter(|i| i.project_id == project).ok_or_else(|| Fault::not_found("The work item"))
}

async fn item_create(Extension(request): Req, Path(project): In, Json(input): Json<Input>) -> Answer<Response> {
    let item = changing(&request, project, async |tx, slug| work_items::create(tx, slug, &input.rest()?).await).await?;
    Ok(made(item))
}

async fn item_one(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, _| item(tx, project, id).await).await?;
    Ok(Json(shown(found)))
}

/// Fields that are left out stay; a status moves the item.
async fn item_update(Extension(request): Req, Path((project, id)): Of, Json(mut input): Json<Input>) -> Answer<Json<Value>> {
    let item = changing(&request, project, async |tx, _| {
        tx.require(kernel::Perm::FactoryWrite)?;
        let mut rev: String = input.need("rev")?;
        let status: Option<WorkItemStatus> = input.take("status")?;
        let mut now = item(tx, project, id).await?;
        if !input.is_empty() {
            now = work_items::update(tx, id, &rev, &input.rest()?).await?;
            rev.clone_from(&now.rev);
        }
        match status {
            Some(next) => work_items::move_to(tx, id, &rev, next).await,
            None => Ok(now),
        }
    })
    .await?;
    Ok(Json(shown(item)))
}

async fn item_remove(Extension(request): Req, Path((project, id)): Of, Query(rev): Query<Rev>) -> Answer<StatusCode> {
    changing(&request, project, async |tx, _| {
        let now = item(tx, project, id).await?;
        work_items::remove(tx, id, &rev.or(&now.rev)).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn links(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, _| {
        item(tx, project, id).await?;
        work_items::links(tx, id).await
    })
    .await?;
    Ok(Json(whole(found)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewLink {
    link_type: LinkType,
    target_id: Uuid,
}

async fn link(Extension(request): Req, Path((project, id)): Of, Json(new): Json<NewLink>) -> Answer<Response> {
    let found = changing(&request, project, async |tx, _| {
        item(tx, project, id).await?;
        item(tx, project, new.target_id).await?;
        work_items::link(tx, id, new.link_type, new.target_id).await
    })
    .await?;
    Ok(made(whole(found)))
}

async fn unlink(Extension(request): Req, Path((project, id, link)): Path<(Uuid, Uuid, Uuid)>) -> Answer<StatusCode> {
    changing(&request, project, async |tx, _| {
        item(tx, project, id).await?;
        work_items::unlink(tx, id, link).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
