//! Lists of artifacts.
use super::{Artifact, ArtifactPage, ArtifactQuery, ProcessingStatus, folders};
use crate::{
    projects,
    search::{self, SearchType},
};
use chrono::{DateTime, Utc};
use kernel::{
    Fault,
    db::TenantTx,
    record::{Cursor, PageRequest, Paged},
};
use uuid::Uuid;

/// How many artifacts a question finds.
const FOUND: i64 = 50;

/// The content of a folder, or what answers a question.
pub async fn page(tx: &mut TenantTx, project: &str, query: &ArtifactQuery, limit: Option<u32>) -> Result<ArtifactPage, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let everything =
        sqlx::query_scalar!(r#"select count(*) as "n!" from factory.artifacts where project_id = $1 and deleted_at is null"#, project.id)
            .fetch_one(tx.conn())
            .await?;
    let q = query.q.trim();
    if !q.is_empty() {
        let rows = found(tx, project.id, q).await?;
        return Ok(ArtifactPage { total: rows.len() as i64, rows, everything, ..ArtifactPage::default() });
    }
    let folder = match query.folder.as_str() {
        "" | "root" => None,
        id => Some(id.parse().map_err(|_| Fault::not_found("The folder"))?),
    };
    let path = match folder {
        Some(folder) => folders::path(tx, project.id, folder).await?,
        None => Vec::new(),
    };
    let request = PageRequest { after: Some(query.after.clone()).filter(|after| !after.is_empty()), limit };
    let (Paged { rows, next }, total) = match (folder, query.folder.is_empty()) {
        (Some(folder), _) => (in_folder(tx, folder, &request).await?, path.last().map_or(0, |folder| folder.artifacts)),
        (None, true) => (all(tx, project.id, &request).await?, everything),
        (None, false) => (unfiled(tx, project.id, &request).await?, count_unfiled(tx, project.id).await?),
    };
    let folders = folders::all(tx, project.id).await?.into_iter().filter(|f| f.parent_id == folder).collect();
    Ok(ArtifactPage { path, folders, rows, next, total, everything })
}

async fn count_unfiled(tx: &mut TenantTx, project: Uuid) -> Result<i64, Fault> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from factory.artifacts where project_id = $1 and folder_id is null and deleted_at is null"#,
        project
    )
    .fetch_one(tx.conn())
    .await?)
}

fn cursor(row: &Artifact) -> Cursor<DateTime<Utc>> {
    Cursor::new(row.created_at, row.id)
}

async fn in_folder(tx: &mut TenantTx, folder: Uuid, request: &PageRequest) -> Result<Paged<Artifact>, Fault> {
    let after = Cursor::<DateTime<Utc>>::of(request)?;
    let rows = sqlx::query_as!(
        Artifact,
        r#"select a.id, md5(a.name || coalesce(a.folder_id::text, '')) as "rev!", a.folder_id, a.name, a.file_name, a.mime_type, a.file_size,
             a.processing_status as "status: ProcessingStatus", a.processing_error as error, u.name as "uploaded_by?", a.created_at, a.updated_at
           from factory.artifacts a left join core.users u on u.id = a.uploaded_by
           where a.folder_id = $1 and a.deleted_at is null and ($3::uuid is null or a.created_at < $2 or a.created_at = $2 and a.id > $3)
           order by a.created_at desc, a.id limit $4"#,
        folder,
        after.as_ref().map(|c| c.key),
        after.as_ref().map(|c| c.id),
        request.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::cut(rows, request, cursor))
}

async fn unfiled(tx: &mut TenantTx, project: Uuid, request: &PageRequest) -> Result<Paged<Artifact>, Fault> {
    let after = Cursor::<DateTime<Utc>>::of(request)?;
    let rows = sqlx::query_as!(
        Artifact,
        r#"select a.id, md5(a.name || coalesce(a.folder_id::text, '')) as "rev!", a.folder_id, a.name, a.file_name, a.mime_type, a.file_size,
             a.processing_status as "status: ProcessingStatus", a.processing_error as error, u.name as "uploaded_by?", a.created_at, a.updated_at
           from factory.artifacts a left join core.users u on u.id = a.uploaded_by
           where a.project_id = $1 and a.folder_id is null and a.deleted_at is null
             and ($3::uuid is null or a.created_at < $2 or a.created_at = $2 and a.id > $3)
           order by a.created_at desc, a.id limit $4"#,
        project,
        after.as_ref().map(|c| c.key),
        after.as_ref().map(|c| c.id),
        request.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::cut(rows, request, cursor))
}

async fn all(tx: &mut TenantTx, project: Uuid, request: &PageRequest) -> Result<Paged<Artifact>, Fault> {
    let after = Cursor::<DateTime<Utc>>::of(request)?;
    let rows = sqlx::query_as!(
        Artifact,
        r#"select a.id, md5(a.name || coalesce(a.folder_id::text, '')) as "rev!", a.folder_id, a.name, a.file_name, a.mime_type, a.file_size,
             a.processing_status as "status: ProcessingStatus", a.processing_error as error, u.name as "uploaded_by?", a.created_at, a.updated_at
           from factory.artifacts a left join core.users u on u.id = a.uploaded_by
           where a.project_id = $1 and a.deleted_at is null and ($3::uuid is null or a.created_at < $2 or a.created_at = $2 and a.id > $3)
           order by a.created_at desc, a.id limit $4"#,
        project,
        after.as_ref().map(|c| c.key),
        after.as_ref().map(|c| c.id),
        request.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::cut(rows, request, cursor))
}

/// What search finds, best first, and what has the words in its name, which is found before it was read.
async fn found(tx: &mut TenantTx, project: Uuid, q: &str) -> Result<Vec<Artifact>, Fault> {
    let hits = search::search(tx, project, q, &[SearchType::Artifact], search::MOST).await?;
    let ids: Vec<Uuid> = hits.into_iter().map(|hit| hit.id).collect();
    Ok(sqlx::query_as!(
        Artifact,
        r#"select a.id, md5(a.name || coalesce(a.folder_id::text, '')) as "rev!", a.folder_id, a.name, a.file_name, a.mime_type, a.file_size,
             a.processing_status as "status: ProcessingStatus", a.processing_error as error, u.name as "uploaded_by?", a.created_at, a.updated_at
           from factory.artifacts a left join core.users u on u.id = a.uploaded_by
           where a.project_id = $1 and a.deleted_at is null and (a.id = any ($2) or strpos(lower(a.name), lower($3)) > 0)
           order by array_position($2, a.id), lower(a.name), a.id limit $4"#,
        project,
        &ids,
        q,
        FOUND
    )
    .fetch_all(tx.conn())
    .await?)
}
