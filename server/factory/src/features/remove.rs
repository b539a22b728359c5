//! Deleting a feature with all below it, and taking that back.
use super::{Removed, store};
use crate::{
    activities::{self, Action, Changes, Entity},
    documents::names,
    graph, projects,
};
use kernel::{Fault, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// Deletes a feature and all below it. Rows stay: `restore` brings back what went with it.
pub async fn remove(tx: &mut TenantTx, id: Uuid, rev: &str) -> Result<Removed, Fault> {
    let project = projects::lock_of_feature(tx, id).await?;
    let feature = store::one(tx, project.id, id).await?;
    store::check_rev(&feature, rev)?;
    let count = subtrees(tx, project.id, &[id]).await?;
    Ok(Removed { id, key: feature.key, name: feature.name, count })
}

/// Deletes these and all below them; how many went. Their documents stay without a feature; the history says which they
/// were, so that an undo finds them.
pub(super) async fn subtrees(tx: &mut TenantTx, project: Uuid, ids: &[Uuid]) -> Result<i64, Fault> {
    if ids.is_empty() {
        return Ok(0);
    }
    // One time for all that goes together: by it `restore` knows what to bring back.
    let gone = sqlx::query_scalar!(
        r#"with recursive down (id) as (
             select f.id from factory.features f where f.project_id = $1 and f.id = any ($2) and f.deleted_at is null
             union
             select f.id from down join factory.features f on f.parent_id = down.id and f.deleted_at is null
           ), one_time as materialized (select clock_timestamp() as at)
           update factory.features f set deleted_at = one_time.at
           from down, one_time
           where f.id = down.id
           returning f.id"#,
        project,
        ids
    )
    .fetch_all(tx.conn())
    .await?;
    let unlinked = names::unlink(tx, &gone).await?;
    let entries = gone
        .iter()
        .map(|id| {
            let documents: Vec<Uuid> = unlinked.iter().filter(|(feature, _)| feature == id).map(|(_, document)| *document).collect();
            (*id, Action::Deleted, Changes::default(), if documents.is_empty() { json!({}) } else { json!({ "documents": documents }) })
        })
        .collect();
    activities::record_many(tx, project, Entity::Feature, entries).await?;
    graph::keep_features(tx, project, &gone).await?;
    Ok(gone.len() as i64)
}

/// Brings a deleted feature back with what went with it. Under a parent that is still deleted it comes back at the top.
pub async fn restore(tx: &mut TenantTx, id: Uuid) -> Result<Removed, Fault> {
    let project = projects::lock_of_feature(tx, id).await?;
    let back = sqlx::query!(
        r#"with recursive down (id) as (
             select f.id from factory.features f where f.project_id = $1 and f.id = $2 and f.deleted_at is not null
             union
             select f.id from down join factory.features f on f.parent_id = down.id
               and f.deleted_at = (select t.deleted_at from factory.features t where t.id = $2)
           )
           update factory.features f
           set deleted_at = null,
               parent_id = case when f.id = $2 and exists (select from factory.features p where p.id = f.parent_id and p.deleted_at is not null)
                 then null else f.parent_id end
           from down where f.id = down.id
           returning f.id, f.feature_id as key, f.name"#,
        project.id,
        id
    )
    .fetch_all(tx.conn())
    .await?;
    names::relink(tx, &back.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    let entries = back.iter().map(|row| (row.id, Action::Restored, Changes::default(), json!({}))).collect();
    activities::record_many(tx, project.id, Entity::Feature, entries).await?;
    let ids: Vec<Uuid> = back.iter().map(|row| row.id).collect();
    graph::keep_features(tx, project.id, &ids).await?;
    let count = back.len() as i64;
    match back.into_iter().find(|row| row.id == id) {
        Some(row) => Ok(Removed { id, key: row.key, name: row.name, count }),
        // Restored already: the same answer again.
        None => {
            let feature = store::one(tx, project.id, id).await?;
            Ok(Removed { id, key: feature.key, name: feature.name, count: 0 })
        }
    }
}
