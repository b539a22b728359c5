//! Deleting a document, and taking that back. Rows stay, so that links and versions do.
use super::{DeletedDocument, Document, DocumentType, store};
use crate::{
    activities::{self, Action, Changes, Entity},
    graph, projects,
};
use kernel::{Fault, audit::Audit, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// Deletes a document. Whoever has it open sees it read-only, with the way back.
pub async fn remove(tx: &mut TenantTx, id: Uuid, rev: &str) -> Result<Document, Fault> {
    let (project, now) = store::lock(tx, id).await?;
    store::check_rev(&now, rev)?;
    sqlx::query!("update factory.documents set deleted_at = now() where id = $1", id).execute(tx.conn()).await?;
    activities::record(tx, project.id, Entity::Document, id, Action::Deleted, Changes::default(), json!({})).await?;
    graph::keep_document(tx, id).await?;
    tx.audit(Audit::new("document.delete").target("document", id)).await?;
    store::find(tx, id).await?.ok_or_else(store::missing)
}

/// Brings a deleted document back. 409 `document_exists` if its feature has another one by now.
pub async fn restore(tx: &mut TenantTx, id: Uuid) -> Result<Document, Fault> {
    let (project, now) = store::lock_any(tx, id).await?;
    if !now.deleted {
        return Ok(now);
    }
    if let Some(feature) = now.feature_id {
        store::one_of_feature(tx, now.kind, feature).await?;
    }
    sqlx::query!("update factory.documents set deleted_at = null where id = $1", id).execute(tx.conn()).await?;
    activities::record(tx, project.id, Entity::Document, id, Action::Restored, Changes::default(), json!({})).await?;
    // A feature renamed meanwhile gives the document its name.
    if let Some(feature) = now.feature_id {
        let feature = crate::features::store::one(tx, project.id, feature).await?;
        super::names::follow(tx, project.id, &[(feature.id, feature.name)]).await?;
    }
    graph::keep_document(tx, id).await?;
    store::find(tx, id).await?.ok_or_else(store::missing)
}

/// The deleted documents of a project, the latest first.
pub async fn deleted(tx: &mut TenantTx, project: &str) -> Result<Vec<DeletedDocument>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    Ok(sqlx::query_as!(
        DeletedDocument,
        r#"select id, type as "kind: DocumentType", title, slug, deleted_at as "deleted_at!"
           from factory.documents where project_id = $1 and deleted_at is not null order by deleted_at desc, id limit 200"#,
        project.id
    )
    .fetch_all(tx.conn())
    .await?)
}
