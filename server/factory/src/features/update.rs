//! Changing one feature: its fields, its status, its criteria.
use super::{Feature, FeaturePatch, FeatureStatus, dependencies, store};
use crate::{projects, tests};
use kernel::{Code, Fault, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// Changes the fields that the patch names. 409 `stale` carries the current feature in `details.current`.
pub async fn update(tx: &mut TenantTx, id: Uuid, rev: &str, patch: &FeaturePatch) -> Result<Feature, Fault> {
    let project = projects::lock_of_feature(tx, id).await?;
    let before = store::one(tx, project.id, id).await?;
    store::check_rev(&before, rev)?;
    let FeaturePatch { name, description, category, priority, effort, criteria, dependencies: needs } = patch;
    let mut after = before.clone();
    if let Some(name) = name {
        after.name = store::name(name)?;
    }
    if let Some(text) = description {
        after.description = store::text("description", text, 20_000)?;
    }
    if let Some(text) = category {
        after.category = store::text("category", text, 100)?;
    }
    if let Some(text) = priority {
        after.priority = store::priority(text)?;
    }
    if let Some(text) = effort {
        after.effort = store::text("effort", text, 20)?;
    }
    if let Some(lines) = criteria {
        after.criteria = store::criteria(lines, &before.criteria)?;
    }
    if let Some(keys) = needs {
        after.dependencies = dependencies::parse(keys);
        dependencies::check(tx, project.id, &before.key, &after.dependencies).await?;
    }
    Ok(store::save(tx, project.id, vec![store::Write::new(before, after)]).await?.remove(0))
}

/// 409 for what only tests may say.
pub(super) fn proven_by_tests() -> Fault {
    Fault::new(Code::InvalidTransition, "This feature has required test cases: it passes when they do.")
}

/// Why something passes that no test proves; 422 without one.
pub(super) fn reason(note: &str) -> Result<String, Fault> {
    store::text("note", note, 1000)?.ok_or_else(|| Fault::field("note", "is required: no test proves it, so say why it passes"))
}

/// One move of the status machine; 409 `invalid_transition` names the allowed ones. What passes by hand says why: [`pass`].
pub async fn move_to(tx: &mut TenantTx, id: Uuid, rev: &str, next: FeatureStatus) -> Result<Feature, Fault> {
    step(tx, id, rev, next, "").await
}

/// Marks a feature without required test cases as passing, with a note that says why.
pub async fn pass(tx: &mut TenantTx, id: Uuid, rev: &str, note: &str) -> Result<Feature, Fault> {
    step(tx, id, rev, FeatureStatus::Passing, note).await
}

async fn step(tx: &mut TenantTx, id: Uuid, rev: &str, next: FeatureStatus, note: &str) -> Result<Feature, Fault> {
    let project = projects::lock_of_feature(tx, id).await?;
    let before = store::one(tx, project.id, id).await?;
    store::check_rev(&before, rev)?;
    if !before.status.may_become(next) {
        return Err(before.status.refuse(next));
    }
    let mut write = store::Write::new(before.clone(), Feature { status: next, ..before });
    if next == FeatureStatus::Passing {
        if tests::with_required(tx, &[id]).await?.contains(&id) {
            return Err(proven_by_tests());
        }
        write.metadata = json!({ "note": reason(note)? });
    }
    Ok(store::save(tx, project.id, vec![write]).await?.remove(0))
}

/// Ticks one criterion, or takes the tick away. Two people tick different ones of a list at once: so this names the
/// criterion and carries no version.
pub async fn set_met(tx: &mut TenantTx, id: Uuid, criterion: &str, met: bool) -> Result<Feature, Fault> {
    let project = projects::lock_of_feature(tx, id).await?;
    let before = store::one(tx, project.id, id).await?;
    let mut after = before.clone();
    let found = after.criteria.iter_mut().find(|c| c.id == criterion);
    found.ok_or_else(|| Fault::not_found("The criterion"))?.met = met;
    Ok(store::save(tx, project.id, vec![store::Write::new(before, after)]).await?.remove(0))
}
