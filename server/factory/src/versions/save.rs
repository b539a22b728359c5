//! Making versions: asked for, on their own, and by going back to one.
use super::{AUTOMATIC, VersionRow, read::stored};
use crate::{
    activities::{self, Action, Changes, Entity},
    documents::{
        Document, store,
        text::{self, Text},
    },
    graph, mentions,
    projects::{self, ProjectStatus},
};
use kernel::{Fault, Perm, audit::Audit, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// Saves what the document says now as the next version.
pub async fn save(tx: &mut TenantTx, document: Uuid, summary: &str) -> Result<VersionRow, Fault> {
    let (_, document) = store::lock(tx, document).await?;
    let summary = crate::features::store::text("change_summary", summary, 1000)?;
    let now = text::current(tx, document.id).await?;
    let author = tx.actor().user;
    record(tx, &document, &now, summary.as_deref(), author).await
}

/// Saves a version if the text is not that of the latest one: after ten idle minutes, or when the last editor left.
pub async fn automatic(tx: &mut TenantTx, document: Uuid) -> Result<Option<VersionRow>, Fault> {
    tx.require(Perm::FactoryWrite)?;
    // Not queued for the project: live editing holds the document already, and whoever holds the project waits for that.
    let Some(document) = store::find(tx, document).await?.filter(|d| !d.deleted) else { return Ok(None) };
    if projects::get(tx, document.project_id).await?.status == ProjectStatus::Archived {
        return Ok(None);
    }
    // What was typed last is in the row: live editing showed it in this transaction.
    let now = text::shown(tx, document.id).await?;
    keep(tx, &document, &now).await
}

/// Saves what a document says before it says something else, unless that is a version already.
pub(crate) async fn before(tx: &mut TenantTx, document: &Document) -> Result<(), Fault> {
    let now = text::current(tx, document.id).await?;
    keep(tx, document, &now).await.map(drop)
}

async fn keep(tx: &mut TenantTx, document: &Document, now: &Text) -> Result<Option<VersionRow>, Fault> {
    let latest = sqlx::query!(
        "select content, diagram_source from factory.document_versions where document_id = $1 order by version_number desc limit 1",
        document.id
    )
    .fetch_optional(tx.conn())
    .await?;
    let same = match latest {
        Some(row) => Text::of(Some(&row.content), row.diagram_source).hash() == now.hash(),
        None => now.doc.is_empty() && now.diagram.is_none(),
    };
    if same {
        return Ok(None);
    }
    record(tx, document, now, Some(AUTOMATIC), None).await.map(Some)
}

/// Makes the document say what a version said, and saves that as the next version. What it said until now becomes one too.
pub async fn restore(tx: &mut TenantTx, document: Uuid, number: i32) -> Result<VersionRow, Fault> {
    let (_, document) = store::lock(tx, document).await?;
    let (_, content, diagram) = stored(tx, document.id, number).await?;
    before(tx, &document).await?;
    let then = text::replace(tx, document.id, Text::of(Some(&content), diagram)).await?;
    tx.audit(Audit::new("document.restore_version").target("document", document.id).meta(json!({ "version": number }))).await?;
    let author = tx.actor().user;
    record(tx, &document, &then, Some(&format!("Restored version {number}")), author).await
}

/// Writes the next version with everything that hangs on one: history, mentions, the graph. The caller holds the lock of
/// the project.
pub(crate) async fn record(
    tx: &mut TenantTx,
    document: &Document,
    text: &Text,
    summary: Option<&str>,
    author: Option<Uuid>,
) -> Result<VersionRow, Fault> {
    text::check_diagram(text.diagram.as_deref())?;
    let row = sqlx::query_as!(
        VersionRow,
        r#"insert into factory.document_versions (document_id, version_number, content, diagram_source, change_summary, created_by)
           values ($1, 1 + (select coalesce(max(v.version_number), 0) from factory.document_versions v where v.document_id = $1), $2, $3, $4, $5)
           returning id, version_number, change_summary, (select name from core.users where id = $5) as author, created_at"#,
        document.id,
        text.doc.to_value(),
        text.diagram,
        summary,
        author
    )
    .fetch_one(tx.conn())
    .await?;
    let metadata = json!({ "version": row.version_number, "summary": summary });
    activities::record(tx, document.project_id, Entity::Document, document.id, Action::VersionCreated, Changes::default(), metadata)
        .await?;
    let source = mentions::Source::document(document);
    mentions::note(tx, &source, &text.doc, author.as_slice()).await?;
    graph::keep_document(tx, document.id).await?;
    Ok(row)
}
