//! Artifacts as the assistant reads them: their names, and the text that was drawn from them.
use crate::projects;
use kernel::{Fault, db::TenantTx};
use uuid::Uuid;

/// Files named at most.
const MOST: i64 = 200;

/// A file, and whether it has text.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    pub id: Uuid,
    pub name: String,
    pub mime_type: String,
    pub has_text: bool,
}

/// A file with its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub id: Uuid,
    pub name: String,
    pub mime_type: String,
    pub text: Option<String>,
}

/// The files of a project, newest first.
pub async fn names(tx: &mut TenantTx, project: Uuid) -> Result<Vec<Named>, Fault> {
    projects::get(tx, project).await?;
    Ok(sqlx::query_as!(
        Named,
        r#"select id, name, mime_type, (extracted_text is not null) as "has_text!" from factory.artifacts
           where project_id = $1 and deleted_at is null order by created_at desc, id limit $2"#,
        project,
        MOST
    )
    .fetch_all(tx.conn())
    .await?)
}

/// A file by its id or name, or 404.
pub async fn said(tx: &mut TenantTx, project: Uuid, named: &str) -> Result<Said, Fault> {
    projects::get(tx, project).await?;
    sqlx::query_as!(
        Said,
        "select id, name, mime_type, extracted_text as text from factory.artifacts
         where project_id = $1 and deleted_at is null and (id::text = $2 or lower(name) = lower($2) or lower(file_name) = lower($2))
         order by created_at desc, id limit 1",
        project,
        named.trim()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The artifact"))
}
