//! Adding one work order.
use super::{WorkOrder, WorkOrderInput, WorkOrderStatus, order, rich, store, tell};
use crate::{
    activities::{self, Action, Changes, Entity},
    graph,
    projects::{self, Project},
};
use kernel::{Fault, audit::Audit, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// Adds a work order behind all others, with the next number of the project.
pub async fn create(tx: &mut TenantTx, project: &str, input: &WorkOrderInput) -> Result<WorkOrder, Fault> {
    let project = projects::lock(tx, project).await?;
    create_in(tx, &project, input).await
}

/// The same for callers that hold the lock of the project.
pub(crate) async fn create_in(tx: &mut TenantTx, project: &Project, input: &WorkOrderInput) -> Result<WorkOrder, Fault> {
    if !matches!(input.status, WorkOrderStatus::Backlog | WorkOrderStatus::Ready) {
        return Err(Fault::field("status", "is backlog or ready for a new work order"));
    }
    let text = |field: &str, input: &Option<super::RichInput>| match input {
        Some(input) => rich::read(field, input),
        None => Ok(None),
    };
    let mut made = WorkOrder {
        id: Uuid::new_v4(),
        rev: String::new(),
        project_id: project.id,
        number: 0,
        phase_id: store::phase(tx, project.id, input.phase_id).await?,
        feature_id: store::feature(tx, project.id, input.feature_id).await?,
        title: store::title(&input.title)?,
        status: input.status,
        description: text("description", &input.description)?,
        acceptance_criteria: text("acceptance_criteria", &input.acceptance_criteria)?,
        out_of_scope: text("out_of_scope", &input.out_of_scope)?,
        implementation_plan: text("implementation_plan", &input.implementation_plan)?,
        assignee_ids: store::members(tx, "assignee_ids", &input.assignee_ids).await?,
        sort_order: order::last(tx, project.id).await?.saturating_add(order::STEP),
        deliverable_type: store::deliverable(&input.deliverable_type)?,
        created_by: tx.actor().user,
        created_at: tx.now(),
        updated_at: tx.now(),
        deleted: false,
    };
    let row = sqlx::query!(
        r#"insert into factory.work_orders (id, project_id, number, phase_id, feature_id, title, status, description, acceptance_criteria,
             out_of_scope, implementation_plan, assignee_ids, sort_order, deliverable_type, created_by)
           values ($1, $2, (select coalesce(max(number), 0) + 1 from factory.work_orders where project_id = $2), $3, $4, $5, $6, $7, $8, $9, $10,
             $11, $12, $13, $14)
           returning number, xmin::text as "rev!", created_at, updated_at"#,
        made.id,
        made.project_id,
        made.phase_id,
        made.feature_id,
        made.title,
        made.status as WorkOrderStatus,
        made.description,
        made.acceptance_criteria,
        made.out_of_scope,
        made.implementation_plan,
        &made.assignee_ids,
        made.sort_order,
        made.deliverable_type,
        made.created_by
    )
    .fetch_one(tx.conn())
    .await?;
    (made.number, made.rev, made.created_at, made.updated_at) = (row.number, row.rev, row.created_at, row.updated_at);
    let mut changes = Changes::default();
    changes.note("status", &None, &Some(made.status));
    changes.note("title", &None, &Some(&made.title));
    activities::record(tx, project.id, Entity::WorkOrder, made.id, Action::Created, changes, json!({})).await?;
    graph::keep_work_order(tx, made.id).await?;
    tx.audit(Audit::new("work_order.create").target("work_order", made.id)).await?;
    tell::assigned(tx, project, &made, &made.assignee_ids).await?;
    Ok(made)
}
