//! Work orders as coding tools read and move them.
use crate::{server::Server, tools::within};
use factory::work_orders::{self, WorkOrderDetail, WorkOrderQuery, WorkOrderRef, WorkOrderStatus, key};
use kernel::{Fault, db::TenantTx};
use rmcp::schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// Arguments of `list_work_orders`.
#[derive(Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct List {
    /// The status of the work orders to list.
    status: Listed,
    /// How many at most.
    #[schemars(range(min = 1, max = 50))]
    limit: u32,
}

impl Default for List {
    fn default() -> Self {
        Self { status: Listed::Ready, limit: 10 }
    }
}

#[derive(Clone, Copy, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(crate = "rmcp::schemars", inline)]
enum Listed {
    Ready,
    InProgress,
    InReview,
}

/// Arguments of `get_work_order`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Get {
    /// The id of a work order, or its number as people say it: WO-12.
    work_order_id: String,
}

/// Arguments of `update_work_order_status`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Update {
    /// The id of a work order, or its number as people say it: WO-12.
    work_order_id: String,
    /// The status it goes to.
    status: Reported,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(crate = "rmcp::schemars", inline)]
enum Reported {
    InProgress,
    InReview,
    Done,
}

/// The work orders of the person who made the key.
pub(crate) async fn list(server: &Server, asked: List) -> Result<Value, Fault> {
    let status = match asked.status {
        Listed::Ready => WorkOrderStatus::Ready,
        Listed::InProgress => WorkOrderStatus::InProgress,
        Listed::InReview => WorkOrderStatus::InReview,
    };
    let query = WorkOrderQuery {
        status: status.as_str().to_owned(),
        assignee: "me".to_owned(),
        limit: Some(within(asked.limit, 50)?),
        ..WorkOrderQuery::default()
    };
    let page = server.reading(async |tx, slug| work_orders::page(tx, slug, &query).await).await?;
    let phase = |id: Option<Uuid>| page.phases.iter().find(|phase| Some(phase.id) == id).map(|phase| phase.name.as_str());
    let orders: Vec<Value> = page
        .rows
        .iter()
        .map(|w| {
            json!({
                "id": w.id, "key": key(w.number), "title": w.title, "status": w.status, "phase": phase(w.phase_id), "feature": w.feature,
                "deliverableType": w.deliverable_type, "blocked": w.blocked, "openWorkItems": w.items_open, "updatedAt": w.updated_at,
            })
        })
        .collect();
    Ok(json!({ "workOrders": orders, "totalCount": page.matching }))
}

/// One work order with what it hangs on.
pub(crate) async fn get(server: &Server, asked: Get) -> Result<Value, Fault> {
    let detail = server
        .reading(async |tx, slug| {
            let number = number(tx, server.project, &asked.work_order_id).await?;
            work_orders::by_number(tx, slug, number).await
        })
        .await?;
    Ok(shown(&detail))
}

fn shown(d: &WorkOrderDetail) -> Value {
    let (order, texts) = (&d.order, &d.texts);
    let others = |list: &[WorkOrderRef]| -> Vec<Value> {
        list.iter().map(|w| json!({ "id": w.id, "key": key(w.number), "title": w.title, "status": w.status })).collect()
    };
    let connections: Vec<Value> = d
        .lineage
        .iter()
        .map(|l| {
            json!({
                "entityType": l.entity_type, "entityId": l.entity_id, "label": l.label, "edgeType": l.edge,
                "direction": if l.upstream { "upstream" } else { "downstream" }, "distance": l.distance,
            })
        })
        .collect();
    let text = |shown: &Option<factory::work_orders::RichShown>| shown.as_ref().map(|t| t.markdown.clone());
    let person = |id: &Uuid| d.people.iter().find(|p| p.id == *id).map(|p| p.name.as_str());
    json!({
        "id": order.id, "key": order.key(), "title": order.title, "status": order.status,
        "nextStatuses": order.status.moves().collect::<Vec<_>>(),
        "phase": d.phases.iter().find(|p| Some(p.id) == order.phase_id).map(|p| p.name.as_str()),
        "feature": d.feature.as_ref().map(|f| json!({ "key": f.key, "name": f.name, "status": f.status })),
        "deliverableType": order.deliverable_type,
        "assignees": order.assignee_ids.iter().filter_map(person).collect::<Vec<_>>(),
        "description": text(&texts.description),
        "acceptanceCriteria": text(&texts.acceptance_criteria),
        "outOfScope": text(&texts.out_of_scope),
        "implementationPlan": text(&texts.implementation_plan),
        "blockedBy": others(&d.blocked_by), "blocks": others(&d.blocks),
        "workItems": d.items.iter().map(|i| json!({ "id": i.id, "title": i.title, "type": i.kind, "status": i.status })).collect::<Vec<_>>(),
        "tests": d.tests.iter().map(|t| json!({ "name": t.name, "codePath": t.code_path, "status": t.status, "isRequired": t.is_required })).collect::<Vec<_>>(),
        "connections": connections,
        "driftAlerts": d.drift.iter().map(|a| json!({ "severity": a.severity, "description": a.description })).collect::<Vec<_>>(),
        "updatedAt": order.updated_at,
    })
}

/// One move of a work order. A key moves nothing past what stands in the way.
pub(crate) async fn update(server: &Server, asked: Update) -> Result<Value, Fault> {
    let next = match asked.status {
        Reported::InProgress => WorkOrderStatus::InProgress,
        Reported::InReview => WorkOrderStatus::InReview,
        Reported::Done => WorkOrderStatus::Done,
    };
    let (before, after) = server
        .changing(async |tx| {
            let slug = factory::projects::lock_id(tx, server.project).await?.slug;
            let number = number(tx, server.project, &asked.work_order_id).await?;
            let now = work_orders::by_number(tx, &slug, number).await?.order;
            let moved = work_orders::move_to(tx, now.id, &now.rev, next, false).await?;
            Ok((now, moved))
        })
        .await?;
    Ok(json!({ "success": true, "workOrderId": after.id, "previousStatus": before.status, "newStatus": after.status }))
}

/// The number of the work order a tool names, in the project of its key.
async fn number(tx: &mut TenantTx, project: Uuid, named: &str) -> Result<i32, Fault> {
    let missing = || Fault::not_found("The work order");
    let named = named.trim();
    if let Ok(id) = named.parse::<Uuid>() {
        let order = work_orders::get(tx, id).await?;
        return if order.project_id == project { Ok(order.number) } else { Err(missing()) };
    }
    let digits = named.get(..3).filter(|tag| tag.eq_ignore_ascii_case("WO-")).map_or(named, |_| &named[3..]);
    digits.parse().map_err(|_| missing())
}
