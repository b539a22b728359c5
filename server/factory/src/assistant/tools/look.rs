//! Finding what a model names: by id, key, slug or title. And where it is looked at.
use crate::{
    documents::{self, Document, DocumentArea},
    features::{self, Feature},
    graph::{EntityKind, Node},
    projects::Project,
    work_orders::{self, WorkOrder},
};
use kernel::{Fault, db::TenantTx};
use uuid::Uuid;

/// A document of the project by id, slug or title.
pub async fn document(tx: &mut TenantTx, project: &Project, named: &str) -> Result<Document, Fault> {
    let id = sqlx::query_scalar!(
        "select id from factory.documents
         where project_id = $1 and deleted_at is null and (id::text = $2 or slug = $2 or lower(title) = lower($2))
         order by id::text = $2 desc, slug = $2 desc, type, id limit 1",
        project.id,
        named.trim()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found(&format!("The document “{named}”")))?;
    documents::get(tx, id).await
}

/// A feature by its key or id.
pub async fn feature(tx: &mut TenantTx, project: &Project, named: &str) -> Result<Feature, Fault> {
    let id = sqlx::query_scalar!(
        "select id from factory.features where project_id = $1 and deleted_at is null and (upper(feature_id) = upper($2) or id::text = $2) limit 1",
        project.id,
        named.trim()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found(&format!("The feature “{named}”")))?;
    features::get(tx, id).await
}

/// A work order by its key (`WO-12`), its number or id.
pub async fn work_order(tx: &mut TenantTx, project: &Project, named: &str) -> Result<WorkOrder, Fault> {
    let named = named.trim();
    let upper = named.to_uppercase();
    let number: Option<i32> = upper.strip_prefix("WO-").unwrap_or(&upper).parse().ok();
    let id = sqlx::query_scalar!(
        "select id from factory.work_orders where project_id = $1 and deleted_at is null and (number = $2 or id::text = $3) limit 1",
        project.id,
        number,
        named
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found(&format!("The work order “{named}”")))?;
    work_orders::get(tx, id).await
}

/// A phase by its name or id.
pub async fn phase(tx: &mut TenantTx, project: &Project, named: &str) -> Result<(Uuid, String), Fault> {
    let found = sqlx::query!(
        "select id, name from factory.phases where project_id = $1 and (lower(name) = lower($2) or id::text = $2) order by sort_order limit 1",
        project.id,
        named.trim()
    )
    .fetch_optional(tx.conn())
    .await?;
    found.map(|p| (p.id, p.name)).ok_or_else(|| Fault::not_found(&format!("The phase “{named}”")))
}

/// Where the entity of a node is looked at, below the project's address.
pub fn path(node: &Node) -> Option<String> {
    match node.kind {
        EntityKind::Feature => node.meta("key").map(|key| format!("/features/{key}")),
        EntityKind::WorkOrder => node.metadata.get("number").and_then(serde_json::Value::as_i64).map(|n| format!("/planner/{n}")),
        EntityKind::FeedbackItem => Some(format!("/validator/{}", node.entity_id)),
        EntityKind::Document => {
            let kind = node.meta("type").and_then(crate::documents::DocumentType::parse)?;
            let area = match kind.area() {
                DocumentArea::Refinery => "refinery",
                DocumentArea::Foundry => "foundry",
            };
            node.meta("slug").map(|slug| format!("/{area}/{slug}"))
        }
        EntityKind::Artifact => Some(format!("/artifacts?open={}", node.entity_id)),
        EntityKind::CodebaseFile => node.meta("path").map(|path| format!("/code?path={}", escaped(path))),
        EntityKind::Decision => Some("/decisions".to_owned()),
    }
}

/// A value of an address.
pub fn escaped(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}
