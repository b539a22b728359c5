//! The history, and one version of it.
use super::{Version, VersionPage, VersionRow};
use crate::documents::{html, store, text::Text};
use kernel::{Fault, db::TenantTx};
use serde_json::Value;
use uuid::Uuid;

/// A page of the history of a document, the latest first: 20 versions unless asked for, at most 100.
pub async fn list(tx: &mut TenantTx, document: Uuid, before: Option<i32>, limit: Option<u32>) -> Result<VersionPage, Fault> {
    store::read(tx, document).await?;
    let limit = limit.unwrap_or(20).clamp(1, 100) as usize;
    let mut items = sqlx::query_as!(
        VersionRow,
        r#"select v.id, v.version_number, v.change_summary, u.name as "author?", v.created_at
           from factory.document_versions v left join core.users u on u.id = v.created_by
           where v.document_id = $1 and ($2::int is null or v.version_number < $2)
           order by v.version_number desc limit $3"#,
        document,
        before,
        limit as i64 + 1
    )
    .fetch_all(tx.conn())
    .await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|v| v.version_number);
    let total_count = sqlx::query_scalar!(r#"select count(*) as "n!" from factory.document_versions where document_id = $1"#, document)
        .fetch_one(tx.conn())
        .await?;
    Ok(VersionPage { items, next, total_count })
}

/// One version of a document.
pub async fn get(tx: &mut TenantTx, document: Uuid, number: i32) -> Result<Version, Fault> {
    let document = store::read(tx, document).await?;
    let (row, content, diagram_source) = stored(tx, document.id, number).await?;
    let text = Text::of(Some(&content), diagram_source);
    let links = html::Links::of(tx, document.project_id, &[&text.doc]).await?;
    Ok(Version { html: html::render(&text.doc, &links), row, content, diagram_source: text.diagram })
}

/// The row of a version with what it says.
pub(super) async fn stored(tx: &mut TenantTx, document: Uuid, number: i32) -> Result<(VersionRow, Value, Option<String>), Fault> {
    let row = sqlx::query!(
        r#"select v.id, v.version_number, v.change_summary, u.name as "author?", v.created_at, v.content, v.diagram_source
           from factory.document_versions v left join core.users u on u.id = v.created_by
           where v.document_id = $1 and v.version_number = $2"#,
        document,
        number
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The version"))?;
    let head = VersionRow {
        id: row.id,
        version_number: row.version_number,
        change_summary: row.change_summary,
        author: row.author,
        created_at: row.created_at,
    };
    Ok((head, row.content, row.diagram_source))
}
