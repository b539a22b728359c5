//! Reading documents for a change, and the rules they share.
use super::{Document, DocumentArea, DocumentType};
use crate::projects::{self, Project};
use kernel::{Code, Fault, Perm, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// A document of the organization, deleted ones too.
pub async fn find(tx: &mut TenantTx, id: Uuid) -> Result<Option<Document>, Fault> {
    Ok(sqlx::query_as!(
        Document,
        r#"select id, rev, project_id, feature_id, type as "kind: DocumentType", title, slug, template_id, sort_order, created_at, updated_at,
             (deleted_at is not null) as "deleted!"
           from factory.documents where id = $1"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// A live document somebody wants to read, or 404. A key bound to another project finds nothing.
pub async fn read(tx: &mut TenantTx, id: Uuid) -> Result<Document, Fault> {
    tx.require(Perm::FactoryRead)?;
    let document = find(tx, id).await?.filter(|d| !d.deleted).ok_or_else(missing)?;
    projects::get(tx, document.project_id).await.map_err(|_| missing())?;
    Ok(document)
}

/// Queues for the project of a document before a change of it, deleted or not.
pub async fn lock_any(tx: &mut TenantTx, id: Uuid) -> Result<(Project, Document), Fault> {
    let project = projects::lock_of_document(tx, id).await?;
    let document = find(tx, id).await?.ok_or_else(missing)?;
    Ok((project, document))
}

/// The same for a live document.
pub async fn lock(tx: &mut TenantTx, id: Uuid) -> Result<(Project, Document), Fault> {
    let (project, document) = lock_any(tx, id).await?;
    if document.deleted { Err(missing()) } else { Ok((project, document)) }
}

pub fn missing() -> Fault {
    Fault::not_found("The document")
}

/// 409 `stale` with the current row, unless this is the version the change was made on.
pub fn check_rev(now: &Document, rev: &str) -> Result<(), Fault> {
    if now.rev == rev {
        return Ok(());
    }
    Err(Fault::stale("document").with_details(json!({ "current": now })))
}

/// A title: required, at most 500 characters.
pub fn title(value: &str) -> Result<String, Fault> {
    crate::features::store::text("title", value, 500)?.ok_or_else(|| Fault::field("title", "is required"))
}

/// 409 `document_exists` with where it is, if the feature has a live document of this type.
pub async fn one_of_feature(tx: &mut TenantTx, kind: DocumentType, feature: Uuid) -> Result<(), Fault> {
    let other = sqlx::query!(
        "select id, title, slug from factory.documents where feature_id = $1 and type = $2 and deleted_at is null",
        feature,
        kind as DocumentType
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(other) = other else { return Ok(()) };
    let what = if kind == DocumentType::FeatureBlueprint { "a blueprint" } else { "requirements" };
    let path = format!("/{}/{}", kind.area().as_str(), other.slug);
    Err(Fault::new(Code::DocumentExists, format!("This feature already has {what}: {}.", other.title))
        .with_details(json!({ "id": other.id, "slug": other.slug, "path": path })))
}

/// A free slug for a title: one address for all documents of an area. Slugs of deleted documents stay taken.
pub async fn free_slug(tx: &mut TenantTx, project: Uuid, area: DocumentArea, title: &str) -> Result<String, Fault> {
    let base = kernel::ids::slug(title);
    let types = area.types().map(|t| t.as_str().to_owned());
    let taken = sqlx::query_scalar!(
        "select slug from factory.documents
         where project_id = $1 and type = any ($2) and (slug = $3 or slug >= $3 || '-' and slug < $3 || '.')",
        project,
        &types[..],
        base
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(kernel::ids::free_slug(&base, &taken))
}

/// The place behind the last document of a type.
pub async fn next_place(tx: &mut TenantTx, project: Uuid, kind: DocumentType) -> Result<i32, Fault> {
    let last = sqlx::query_scalar!(
        "select max(sort_order) from factory.documents where project_id = $1 and type = $2 and deleted_at is null",
        project,
        kind as DocumentType
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(last.unwrap_or(0).saturating_add(1))
}
