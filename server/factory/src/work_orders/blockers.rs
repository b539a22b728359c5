//! The `blocks` edges between work orders, as the knowledge graph keeps them.
use super::{WorkOrder, WorkOrderRef, WorkOrderStatus, key, store};
use crate::{
    activities::{self, Action, Changes, Entity},
    graph::{self, EdgeType, EntityKind, EntityRef},
};
use kernel::{Fault, audit::Audit, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// For each of these what has to be done before it, in order of number: (work order, blocker).
pub(super) async fn before(tx: &mut TenantTx, ids: &[Uuid]) -> Result<Vec<(Uuid, WorkOrderRef)>, Fault> {
    let found = graph::blockers(tx, ids).await?;
    Ok(found
        .into_iter()
        .map(|b| {
            let status = WorkOrderStatus::parse(&b.status).unwrap_or_default();
            (b.blocked, WorkOrderRef { id: b.id, number: b.number, title: b.title, status })
        })
        .collect())
}

/// What waits for this one, in order of number.
pub(super) async fn behind(tx: &mut TenantTx, id: Uuid) -> Result<Vec<WorkOrderRef>, Fault> {
    Ok(sqlx::query_as!(
        WorkOrderRef,
        r#"select w.id, w.number, w.title, w.status as "status: WorkOrderStatus"
           from factory.graph_nodes s
             join factory.graph_edges e on e.source_node_id = s.id and e.edge_type = 'blocks'
             join factory.graph_nodes t on t.id = e.target_node_id and t.entity_type = 'work_order'
             join factory.work_orders w on w.id = t.entity_id and w.deleted_at is null
           where s.entity_type = 'work_order' and s.entity_id = $1
           order by w.number"#,
        id
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Says that one work order has to be done before another of its project. 422 `cycle` when they would wait for each other.
pub async fn block(tx: &mut TenantTx, id: Uuid, by: Uuid) -> Result<(), Fault> {
    let (first, then) = both(tx, id, by).await?;
    graph::link(tx, then.project_id, node(&first), EdgeType::Blocks, node(&then)).await?;
    note(tx, &first, &then, true).await
}

/// Takes that back.
pub async fn unblock(tx: &mut TenantTx, id: Uuid, by: Uuid) -> Result<(), Fault> {
    let (first, then) = both(tx, id, by).await?;
    match graph::unlink_between(tx, then.project_id, node(&first), EdgeType::Blocks, node(&then)).await? {
        true => note(tx, &first, &then, false).await,
        false => Ok(()),
    }
}

/// The work order that comes first, and the one that waits; 404 unless both are of one project.
async fn both(tx: &mut TenantTx, id: Uuid, by: Uuid) -> Result<(WorkOrder, WorkOrder), Fault> {
    let project = store::lock_of(tx, id).await?;
    Ok((store::one(tx, project.id, by).await?, store::one(tx, project.id, id).await?))
}

const fn node(order: &WorkOrder) -> EntityRef {
    EntityRef::new(EntityKind::WorkOrder, order.id)
}

async fn note(tx: &mut TenantTx, first: &WorkOrder, then: &WorkOrder, blocks: bool) -> Result<(), Fault> {
    let name = Some(key(first.number));
    let mut changes = Changes::default();
    changes.note("blocked_by", if blocks { &None } else { &name }, if blocks { &name } else { &None });
    activities::record(tx, then.project_id, Entity::WorkOrder, then.id, Action::Updated, changes, json!({})).await?;
    tx.audit(Audit::new(if blocks { "work_order.block" } else { "work_order.unblock" }).target("work_order", then.id)).await
}
