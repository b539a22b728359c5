//! What is commented: where it is, and whether it may be written to.
use super::ParentType;
use crate::{
    documents::{self, DocumentType},
    projects::{self, Project},
};
use kernel::{Fault, Perm, db::TenantTx};
use uuid::Uuid;

/// A document, work order or feedback item with comments.
pub struct Parent {
    pub kind: ParentType,
    pub id: Uuid,
    pub project: Project,
    /// What it is called.
    pub name: String,
    /// Its address below the project's.
    pub path: String,
    /// Who made it, and who works on it: they hear of comments.
    pub people: Vec<Uuid>,
}

/// Finds it for a reader, or 404.
pub async fn read(tx: &mut TenantTx, kind: ParentType, id: Uuid) -> Result<Parent, Fault> {
    tx.require(Perm::FactoryRead)?;
    let missing = || {
        Fault::not_found(match kind {
            ParentType::Document => "The document",
            ParentType::WorkOrder => "The work order",
            ParentType::FeedbackItem => "The feedback",
        })
    };
    let (project, name, path, people) = match kind {
        ParentType::Document => {
            let row = sqlx::query!(
                r#"select project_id, type as "kind: DocumentType", title, slug, created_by from factory.documents where id = $1 and deleted_at is null"#,
                id
            )
            .fetch_optional(tx.conn())
            .await?
            .ok_or_else(missing)?;
            let document = documents::DocumentRef { id, kind: row.kind, title: row.title, slug: row.slug };
            (row.project_id, document.title.clone(), document.path(), row.created_by.into_iter().collect())
        }
        ParentType::WorkOrder => {
            let row = sqlx::query!(
                "select project_id, number, title, created_by, assignee_ids from factory.work_orders where id = $1 and deleted_at is null",
                id
            )
            .fetch_optional(tx.conn())
            .await?
            .ok_or_else(missing)?;
            let people = row.assignee_ids.into_iter().chain(row.created_by).collect();
            (row.project_id, format!("WO-{} {}", row.number, row.title), format!("/planner/{}", row.number), people)
        }
        ParentType::FeedbackItem => {
            let row =
                sqlx::query!("select project_id, title, left(description, 80) as about from factory.feedback_items where id = $1", id)
                    .fetch_optional(tx.conn())
                    .await?
                    .ok_or_else(missing)?;
            (row.project_id, row.title.or(row.about).unwrap_or_default(), format!("/validator/{id}"), Vec::new())
        }
    };
    let project = projects::get(tx, project).await.map_err(|_| missing())?;
    Ok(Parent { kind, id, project, name, path, people })
}

/// Finds it for somebody who writes: 409 in an archived project.
pub async fn write(tx: &mut TenantTx, kind: ParentType, id: Uuid) -> Result<Parent, Fault> {
    let mut parent = read(tx, kind, id).await?;
    parent.project = projects::lock(tx, &parent.project.slug).await?;
    Ok(parent)
}
