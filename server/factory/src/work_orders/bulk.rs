//! One change for many work orders, with a result for each.
use super::{BulkAction, WorkOrder, rules, store, tell};
use crate::{features::BulkResult, projects};
use kernel::{Code, Fault, audit::Audit, db::TenantTx};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// Applies one change to 1-100 work orders of a project. What fails for one (not here, a move its status or a rule forbids)
/// is said in its result and leaves the others alone.
pub async fn bulk(tx: &mut TenantTx, project: &str, ids: &[Uuid], action: &BulkAction) -> Result<Vec<BulkResult>, Fault> {
    match ids.len() {
        0 => return Err(Fault::new(Code::Validation, "Choose at least one work order.")),
        n if n > 100 => return Err(Fault::new(Code::Validation, format!("At most 100 work orders at a time; these are {n}."))),
        _ => {}
    }
    let project = projects::lock(tx, project).await?;
    // What is wrong for all of them is wrong for the call.
    let action = &match action {
        BulkAction::Phase(phase) => BulkAction::Phase(store::phase(tx, project.id, *phase).await?),
        BulkAction::Feature(feature) => BulkAction::Feature(store::feature(tx, project.id, *feature).await?),
        BulkAction::Assignees(people) => BulkAction::Assignees(store::members(tx, "assignee_ids", people).await?),
        BulkAction::Status(_) | BulkAction::Delete => action.clone(),
    };
    let obstacles = match action {
        BulkAction::Status(next) => rules::obstacles(tx, ids, *next).await?,
        _ => rules::Obstacles::default(),
    };
    let mut found: HashMap<Uuid, WorkOrder> =
        store::find(tx, project.id, ids).await?.into_iter().filter(|w| !w.deleted).map(|w| (w.id, w)).collect();
    let (mut results, mut writes) = (Vec::new(), Vec::new());
    for id in ids {
        let problem = match found.remove(id) {
            None if results.iter().any(|r: &BulkResult| r.id == *id) => continue,
            None => Some("is not in this project".to_owned()),
            Some(before) => match changed(tx, &obstacles, &before, action) {
                Ok(after) => {
                    writes.push(store::Write::new(before, after));
                    None
                }
                Err(fault) => Some(fault.message),
            },
        };
        results.push(BulkResult { id: *id, problem });
    }
    let before: Vec<WorkOrder> = writes.iter().map(|w| w.before.clone()).collect();
    let after = store::save(tx, project.id, writes).await?;
    tx.audit(Audit::new("work_order.bulk").target("project", project.id).meta(json!({ "count": after.len() }))).await?;
    for (before, after) in before.iter().zip(&after).filter(|(_, after)| !after.deleted) {
        tell::changed(tx, &project, before, after).await?;
    }
    Ok(results)
}

fn changed(tx: &TenantTx, obstacles: &rules::Obstacles, before: &WorkOrder, action: &BulkAction) -> Result<WorkOrder, Fault> {
    let mut after = before.clone();
    match action {
        BulkAction::Status(next) if before.status == *next => {}
        BulkAction::Status(next) => {
            obstacles.check(tx, before, *next, false)?;
            after.status = *next;
        }
        BulkAction::Phase(phase) => after.phase_id = *phase,
        BulkAction::Feature(feature) => after.feature_id = *feature,
        BulkAction::Assignees(people) => after.assignee_ids.clone_from(people),
        BulkAction::Delete => after.deleted = true,
    }
    Ok(after)
}
