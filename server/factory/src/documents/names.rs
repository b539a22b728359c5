//! A feature and its documents have one name: renaming either renames all, in one transaction.
use crate::{
    activities::{self, Action, Changes, Entity},
    graph,
};
use kernel::{Fault, db::TenantTx};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

/// Gives the live documents of these features the features' new names.
pub async fn follow(tx: &mut TenantTx, project: Uuid, renamed: &[(Uuid, String)]) -> Result<(), Fault> {
    if renamed.is_empty() {
        return Ok(());
    }
    let names: Vec<Value> = renamed.iter().map(|(id, name)| json!({ "feature": id, "name": name })).collect();
    let rows = sqlx::query!(
        r#"update factory.documents d set title = x.name
           from jsonb_to_recordset($2) as x(feature uuid, name text)
             join factory.documents before on before.feature_id = x.feature
           where d.id = before.id and d.project_id = $1 and d.deleted_at is null and d.title <> x.name
           returning d.id, before.title as old, d.title as new"#,
        project,
        Json(names) as Json<Vec<Value>>
    )
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let entries = rows
        .into_iter()
        .map(|row| {
            let mut changes = Changes::default();
            changes.note("title", &row.old, &row.new);
            (row.id, Action::Updated, changes, json!({ "source": "feature" }))
        })
        .collect();
    activities::record_many(tx, project, Entity::Document, entries).await?;
    graph::keep_documents(tx, &ids).await
}

/// Takes the deleted features from their documents; answers which document belonged to which.
pub async fn unlink(tx: &mut TenantTx, features: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>, Fault> {
    let rows = sqlx::query!(
        r#"update factory.documents d set feature_id = null from factory.documents before
           where d.id = before.id and before.feature_id = any ($1)
           returning d.id, before.feature_id as "feature!""#,
        features
    )
    .fetch_all(tx.conn())
    .await?;
    graph::keep_documents(tx, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    Ok(rows.into_iter().map(|row| (row.feature, row.id)).collect())
}

/// Gives features that came back the documents they lost, as their last deletion noted, unless they have others by now.
pub async fn relink(tx: &mut TenantTx, features: &[Uuid]) -> Result<(), Fault> {
    let back = sqlx::query_scalar!(
        r#"update factory.documents d set feature_id = f.id
           from unnest($1::uuid[]) f (id)
             cross join lateral (
               select a.metadata from factory.activities a
               where a.entity_type = 'feature' and a.entity_id = f.id and a.action = 'deleted' order by a.created_at desc, a.id limit 1) gone
             cross join lateral jsonb_array_elements_text(gone.metadata -> 'documents') lost (id)
           where d.id = lost.id::uuid and d.feature_id is null
             and not exists (select from factory.documents o where o.feature_id = f.id and o.type = d.type and o.deleted_at is null)
           returning d.id"#,
        features
    )
    .fetch_all(tx.conn())
    .await?;
    graph::keep_documents(tx, &back).await
}
