//! Bringing files.
use super::{
    Artifact, MAX_FILE,
    extract::queue,
    folders,
    store::{base_name, one, secure},
};
use crate::{
    activities::{self, Action, Changes, Entity},
    graph, projects,
};
use bytes::Bytes;
use extraction::kind_of;
use kernel::{Code, Fault, Perm, audit::Audit, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// Stores a file in a folder of the project, or in none, and queues its reading.
pub async fn upload(
    tx: &mut TenantTx,
    project: &str,
    folder: Option<Uuid>,
    name: &str,
    bytes: impl Into<Bytes>,
) -> Result<Artifact, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let bytes: Bytes = bytes.into();
    if bytes.len() > MAX_FILE {
        return Err(Fault::new(Code::TooLarge, format!("A file may have up to {} MB.", MAX_FILE / (1024 * 1024))));
    }
    let unlisted = || {
        Fault::new(
            Code::UnsupportedMedia,
            "This kind of file cannot be kept here, or it is not what its name says. Use Markdown, text, CSV, JSON, HTML, Word, Excel, \
             PowerPoint, PDF, a picture or a sound file.",
        )
    };
    let file_name = base_name(name).ok_or_else(unlisted)?;
    let kind = kind_of(&file_name, &bytes).ok_or_else(unlisted)?;
    // The bytes first: a row without its bytes would be a file that never opens.
    let files = tx.app().files.clone();
    let size = bytes.len() as i64;
    let file = files.put(bytes.clone()).await?;
    let project = projects::lock(tx, project).await?;
    if let Some(folder) = folder {
        folders::one(tx, project.id, folder).await?;
    }
    secure(tx, &file, &bytes).await?;
    let author = tx.actor().user;
    let id = sqlx::query_scalar!(
        r#"insert into factory.artifacts (project_id, folder_id, name, file_name, mime_type, file_size, storage_key, content_hash, processing_status, uploaded_by)
           values ($1, $2, $3, $3, $4, $5, $6, $6, $7, $8) returning id"#,
        project.id,
        folder,
        file_name,
        kind.mime(),
        size,
        file.sha256,
        if kind.has_text() { "pending" } else { "completed" },
        author
    )
    .fetch_one(tx.conn())
    .await?;
    if kind.has_text() {
        queue(tx, project.id, id).await?;
    }
    let mut changes = Changes::default();
    changes.note("name", &None, &Some(&file_name));
    let about = json!({ "name": file_name, "size": size });
    activities::record(tx, project.id, Entity::Artifact, id, Action::Created, changes, about).await?;
    graph::keep_artifacts(tx, &[id]).await?;
    tx.audit(Audit::new("artifact.create").target("artifact", id)).await?;
    one(tx, project.id, id).await
}
