//! Reading files.
use super::{ArtifactDetail, folders, store};
use crate::projects;
use kernel::{Fault, Perm, db::TenantTx};
use uuid::Uuid;

/// Characters of a text that a screen shows.
const SHOWN: i32 = 20_000;

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
    .ok_or_else(store::missing)
}

/// A live file of a project with the beginning of its text.
pub async fn detail(tx: &mut TenantTx, project: &str, id: Uuid) -> Result<ArtifactDetail, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let artifact = store::one(tx, project.id, id).await?;
    let text = sqlx::query!(
        r#"select left(extracted_text, $2) as beginning, coalesce(char_length(extracted_text), 0)::bigint as "length!"
           from factory.artifacts where id = $1"#,
        id,
        SHOWN
    )
    .fetch_one(tx.conn())
    .await?;
    let path = match artifact.folder_id {
        Some(folder) => folders::path(tx, project.id, folder).await?,
        None => Vec::new(),
    };
    Ok(ArtifactDetail { artifact, extracted_text: text.beginning, text_length: text.length, path })
}
