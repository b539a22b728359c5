//! One change for many features, with a result for each.
use super::{BulkAction, BulkResult, Feature, FeatureStatus, remove, store, update};
use crate::{projects, tests};
use kernel::{Fault, db::TenantTx};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Applies one change to 1-100 features of a project. What fails for one (not here, a move its status forbids) is said
/// in its result and leaves the others alone.
pub async fn bulk(tx: &mut TenantTx, project: &str, ids: &[Uuid], action: &BulkAction) -> Result<Vec<BulkResult>, Fault> {
    store::at_most(ids.len(), 100)?;
    let project = projects::lock(tx, project).await?;
    let category = match action {
        BulkAction::Category(text) => store::text("category", text, 100)?,
        _ => None,
    };
    let mut found: HashMap<Uuid, Feature> =
        store::find(tx, project.id, ids, &[]).await?.into_iter().filter(|f| !f.deleted).map(|f| (f.id, f)).collect();
    let proven = match action {
        BulkAction::Pass(_) => tests::with_required(tx, ids).await?,
        _ => HashSet::new(),
    };
    let note = match action {
        BulkAction::Pass(note) => Some(update::reason(note)?),
        BulkAction::Status(FeatureStatus::Passing) => Some(update::reason("")?),
        _ => None,
    };
    let (mut results, mut writes, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for id in ids {
        let problem = match found.remove(id) {
            None if results.iter().any(|r: &BulkResult| r.id == *id) => continue,
            None => Some("is not in this project".to_owned()),
            Some(before) if proven.contains(id) && before.status != FeatureStatus::Passing => Some(update::proven_by_tests().message),
            Some(before) => match changed(&before, action, category.as_ref()) {
                Ok(Some(after)) => {
                    let metadata = note.as_ref().map_or_else(|| json!({}), |note| json!({ "note": note }));
                    writes.push(store::Write { metadata, ..store::Write::new(before, after) });
                    None
                }
                Ok(None) => {
                    gone.push(before.id);
                    None
                }
                Err(fault) => Some(fault.message),
            },
        };
        results.push(BulkResult { id: *id, problem });
    }
    store::save(tx, project.id, writes).await?;
    remove::subtrees(tx, project.id, &gone).await?;
    Ok(results)
}

/// The feature after the change; `None`: it goes.
fn changed(before: &Feature, action: &BulkAction, category: Option<&String>) -> Result<Option<Feature>, Fault> {
    let mut after = before.clone();
    let next = match action {
        BulkAction::Status(next) => *next,
        BulkAction::Pass(_) => FeatureStatus::Passing,
        _ => before.status,
    };
    match action {
        BulkAction::Status(_) | BulkAction::Pass(_) if before.status == next => {}
        BulkAction::Status(_) | BulkAction::Pass(_) if before.status.may_become(next) => after.status = next,
        BulkAction::Status(_) | BulkAction::Pass(_) => return Err(before.status.refuse(next)),
        BulkAction::Priority(priority) => after.priority = *priority,
        BulkAction::Category(_) => after.category = category.cloned(),
        BulkAction::Delete => return Ok(None),
    }
    Ok(Some(after))
}
