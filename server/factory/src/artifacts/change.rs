//! Another name, another folder, away and back.
use super::{
    Artifact, ArtifactPatch, KEPT_DAYS, folders,
    store::{lock, missing, one},
};
use crate::{
    activities::{self, Action, Changes, Entity},
    features::store::text,
    graph,
};
use kernel::{Fault, audit::Audit, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

fn check_rev(now: &Artifact, rev: &str) -> Result<(), Fault> {
    match now.rev == rev {
        true => Ok(()),
        false => Err(Fault::stale("file").with_details(json!({ "current": now }))),
    }
}

/// Renames or moves an artifact.
pub async fn update(tx: &mut TenantTx, id: Uuid, rev: &str, patch: &ArtifactPatch) -> Result<Artifact, Fault> {
    let project = lock(tx, id).await?;
    let before = one(tx, project.id, id).await?;
    check_rev(&before, rev)?;
    let name = match &patch.name {
        Some(name) => text("name", name, 500)?.ok_or_else(|| Fault::field("name", "is required"))?,
        None => before.name.clone(),
    };
    let folder = patch.folder_id.unwrap_or(before.folder_id);
    if let Some(folder) = folder.filter(|_| patch.folder_id.is_some()) {
        folders::one(tx, project.id, folder).await?;
    }
    let mut changes = Changes::default();
    changes.note("name", &before.name, &name);
    changes.note("folder_id", &before.folder_id, &folder);
    if changes.is_empty() {
        return Ok(before);
    }
    sqlx::query!("update factory.artifacts set name = $2, folder_id = $3 where id = $1", id, name, folder).execute(tx.conn()).await?;
    activities::record(tx, project.id, Entity::Artifact, id, Action::Updated, changes, json!({ "name": name })).await?;
    graph::keep_artifacts(tx, &[id]).await?;
    tx.audit(Audit::new("artifact.update").target("artifact", id)).await?;
    one(tx, project.id, id).await
}

/// Deletes an artifact; [`restore`] brings it back for thirty days.
pub async fn remove(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
    let project = lock(tx, id).await?;
    let before = one(tx, project.id, id).await?;
    let now = tx.now();
    sqlx::query!("update factory.artifacts set deleted_at = $2 where id = $1", id, now).execute(tx.conn()).await?;
    let about = json!({ "name": before.name });
    activities::record(tx, project.id, Entity::Artifact, id, Action::Deleted, Changes::default(), about).await?;
    graph::keep_artifacts(tx, &[id]).await?;
    tx.audit(Audit::new("artifact.remove").target("artifact", id)).await
}

/// Brings a deleted artifact back; of a live one it changes nothing.
pub async fn restore(tx: &mut TenantTx, id: Uuid) -> Result<Artifact, Fault> {
    let project = lock(tx, id).await?;
    let since = tx.now() - chrono::Duration::days(KEPT_DAYS);
    let back =
        sqlx::query_scalar!("update factory.artifacts set deleted_at = null where id = $1 and deleted_at >= $2 returning name", id, since)
            .fetch_optional(tx.conn())
            .await?;
    let Some(name) = back else { return one(tx, project.id, id).await.map_err(|_| missing()) };
    activities::record(tx, project.id, Entity::Artifact, id, Action::Restored, Changes::default(), json!({ "name": name })).await?;
    graph::keep_artifacts(tx, &[id]).await?;
    tx.audit(Audit::new("artifact.restore").target("artifact", id)).await?;
    one(tx, project.id, id).await
}
