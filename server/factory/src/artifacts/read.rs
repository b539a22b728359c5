//! Reading files.
use crate::projects;
use kernel::{Fault, Perm, db::TenantTx};
use uuid::Uuid;

/// A file to be sent.
#[derive(Clone, Debug)]
pub struct Download {
    pub name: String,
    pub mime: String,
    /// Names its bytes.
    pub sha256: String,
}

/// A live file of a project, or 404.
pub async fn download(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<Download, Fault> {
    tx.require(Perm::FactoryRead)?;
    projects::get(tx, project).await?;
    sqlx::query_as!(
        Download,
        "select file_name as name, mime_type as mime, storage_key as sha256 from factory.artifacts
         where id = $1 and project_id = $2 and deleted_at is null",
        id,
        project
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The file"))
}
