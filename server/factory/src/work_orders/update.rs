//! Changing one work order: its fields, its status.
use super::{WorkOrder, WorkOrderPatch, WorkOrderStatus, rich, rules, store, tell};
use kernel::{Fault, audit::Audit, db::TenantTx};
use uuid::Uuid;

/// Changes the fields that the patch names. 409 `stale` carries the current work order in `details.current`.
pub async fn update(tx: &mut TenantTx, id: Uuid, rev: &str, patch: &WorkOrderPatch) -> Result<WorkOrder, Fault> {
    let project = store::lock_of(tx, id).await?;
    let before = store::one(tx, project.id, id).await?;
    store::check_rev(&before, rev)?;
    let WorkOrderPatch {
        title,
        phase_id,
        feature_id,
        deliverable_type,
        assignee_ids,
        description,
        acceptance_criteria,
        out_of_scope,
        implementation_plan,
    } = patch;
    let mut after = before.clone();
    if let Some(title) = title {
        after.title = store::title(title)?;
    }
    if let Some(phase) = phase_id {
        after.phase_id = store::phase(tx, project.id, *phase).await?;
    }
    if let Some(feature) = feature_id {
        after.feature_id = store::feature(tx, project.id, *feature).await?;
    }
    if let Some(text) = deliverable_type {
        after.deliverable_type = store::deliverable(text)?;
    }
    if let Some(people) = assignee_ids {
        after.assignee_ids = store::members(tx, "assignee_ids", people).await?;
    }
    for (field, input, value) in [
        ("description", description, &mut after.description),
        ("acceptance_criteria", acceptance_criteria, &mut after.acceptance_criteria),
        ("out_of_scope", out_of_scope, &mut after.out_of_scope),
        ("implementation_plan", implementation_plan, &mut after.implementation_plan),
    ] {
        if let Some(input) = input {
            *value = rich::read(field, input)?;
        }
    }
    let saved = store::save(tx, project.id, vec![store::Write::new(before.clone(), after)]).await?.remove(0);
    tx.audit(Audit::new("work_order.update").target("work_order", id)).await?;
    tell::changed(tx, &project, &before, &saved).await?;
    Ok(saved)
}

/// One move of the status machine; 409 `invalid_transition` names the allowed ones. A start with an unfinished predecessor
/// is 409 `blocked`, a finish with open work items 409 `open_work_items`; with `force` a person goes on in spite of it.
pub async fn move_to(tx: &mut TenantTx, id: Uuid, rev: &str, next: WorkOrderStatus, force: bool) -> Result<WorkOrder, Fault> {
    let project = store::lock_of(tx, id).await?;
    let before = store::one(tx, project.id, id).await?;
    store::check_rev(&before, rev)?;
    let metadata = rules::obstacles(tx, &[id], next).await?.check(tx, &before, next, force)?;
    rules::note_override(tx, &before, &metadata).await?;
    let after = WorkOrder { status: next, ..before.clone() };
    let write = store::Write { before: before.clone(), after, metadata };
    let saved = store::save(tx, project.id, vec![write]).await?.remove(0);
    tx.audit(Audit::new("work_order.move").target("work_order", id)).await?;
    tell::changed(tx, &project, &before, &saved).await?;
    Ok(saved)
}
