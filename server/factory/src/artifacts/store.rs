//! Reading artifacts for a change, and the bytes behind them.
use super::{Artifact, ProcessingStatus};
use crate::projects::{self, Project};
use bytes::Bytes;
use kernel::{
    Fault, Perm,
    db::TenantTx,
    files::{self, FileRef},
};
use uuid::Uuid;

pub(super) fn missing() -> Fault {
    Fault::not_found("The file")
}

/// A live artifact of a project, or 404.
pub(super) async fn one(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<Artifact, Fault> {
    sqlx::query_as!(
        Artifact,
        r#"select a.id, md5(a.name || coalesce(a.folder_id::text, '')) as "rev!", a.folder_id, a.name, a.file_name, a.mime_type, a.file_size,
             a.processing_status as "status: ProcessingStatus", a.processing_error as error, u.name as "uploaded_by?", a.created_at, a.updated_at
           from factory.artifacts a left join core.users u on u.id = a.uploaded_by
           where a.id = $2 and a.project_id = $1 and a.deleted_at is null"#,
        project,
        id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(missing)
}

/// Queues for the project of an artifact, deleted or not.
pub(super) async fn lock(tx: &mut TenantTx, id: Uuid) -> Result<Project, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let project = sqlx::query_scalar!("select project_id from factory.artifacts where id = $1", id).fetch_optional(tx.conn()).await?;
    projects::lock_id(tx, project.ok_or_else(missing)?).await
}

/// Makes sure that the bytes are there until a row that names them is committed: whoever cleans up waits for that.
pub(super) async fn secure(tx: &mut TenantTx, file: &FileRef, bytes: &Bytes) -> Result<(), Fault> {
    files::hold(tx, &file.sha256).await?;
    let files = tx.app().files.clone();
    if !files.exists(&file.sha256).await? {
        files.put(bytes.clone()).await?;
    }
    Ok(())
}

/// The name of a file without the folders somebody put before it; none where nothing is left.
pub(super) fn base_name(name: &str) -> Option<String> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = base.chars().filter(|c| !c.is_control()).collect();
    let clean = clean.trim();
    if clean.trim_matches('.').is_empty() {
        return None;
    }
    // The end of a name says what it is: of a long one the beginning goes.
    let length = clean.chars().count();
    Some(clean.chars().skip(length.saturating_sub(500)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_folders() {
        let name = |name: &str| base_name(name);
        assert_eq!(name("../../x.md").as_deref(), Some("x.md"));
        assert_eq!(name("C:\\pictures\\flow.png").as_deref(), Some("flow.png"));
        assert_eq!(name("a\u{7}b.png").as_deref(), Some("ab.png"));
        assert_eq!((name(".."), name(" "), name("a/")), (None, None, None));
        let long = name(&format!("{}.md", "x".repeat(600))).unwrap();
        assert!(long.len() == 500 && long.ends_with(".md"));
    }
}
