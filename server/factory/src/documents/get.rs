//! One document with its surroundings.
use super::{DocumentArea, DocumentDetail, DocumentRef, DocumentType, OutlineEntry, html, store, text::Text};
use crate::{
    features::{FeatureRef, FeatureStatus, ProjectHead},
    projects::{self, ProjectStatus},
    templates,
};
use kernel::{Fault, Perm, db::TenantTx};
use uuid::Uuid;

/// A live document, or 404.
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<super::Document, Fault> {
    store::read(tx, id).await
}

/// The document of this slug, also a deleted one: its page offers to bring it back.
pub async fn by_slug(tx: &mut TenantTx, project: &str, area: DocumentArea, slug: &str) -> Result<DocumentDetail, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let types = area.types().map(|t| t.as_str().to_owned());
    let row = sqlx::query!(
        r#"select d.id, d.content, d.diagram_source, d.deleted_at,
             (select coalesce(max(v.version_number), 0) from factory.document_versions v where v.document_id = d.id) as "versions!",
             (select count(*) from factory.comments c where c.parent_type = 'document' and c.parent_id = d.id and c.thread_id is null
               and c.deleted_at is null and not c.resolved) as "threads!",
             (select count(*) from factory.agent_suggestions s
               where s.document_id = d.id and s.status in ('pending', 'partially_accepted')
                 and cardinality(s.accepted_diffs) + cardinality(s.rejected_diffs) < jsonb_array_length(s.diffs)) as "suggestions!"
           from factory.documents d
           where d.project_id = $1 and d.type = any ($2) and d.slug = $3
           order by d.deleted_at nulls first limit 1"#,
        project.id,
        &types[..],
        slug
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(store::missing)?;
    let document = store::find(tx, row.id).await?.ok_or_else(store::missing)?;
    let text = Text::of(row.content.as_ref(), row.diagram_source);
    let feature = match document.feature_id {
        Some(id) => feature(tx, id).await?,
        None => None,
    };
    let partner = match document.feature_id {
        Some(feature) => partner(tx, feature, document.id).await?,
        None => None,
    };
    let guide = templates::guide(tx, project.id, &document).await?;
    let links = html::Links::of(tx, project.id, &[&text.doc]).await?;
    let outline = text
        .doc
        .sections()
        .into_iter()
        .filter(|s| s.level > 0)
        .map(|s| OutlineEntry { id: s.id, level: s.level, title: s.title })
        .collect();
    let may_write = project.status != ProjectStatus::Archived && tx.actor().may(Perm::FactoryWrite) && !document.deleted;
    Ok(DocumentDetail {
        html: html::render(&text.doc, &links),
        outline,
        words: text.doc.plain_text().split_whitespace().count(),
        diagram_source: text.diagram,
        feature,
        partner,
        guide,
        versions: row.versions,
        threads: row.threads,
        suggestions: row.suggestions,
        deleted_at: row.deleted_at,
        may_write,
        document,
        project: ProjectHead { id: project.id, slug: project.slug, name: project.name, status: project.status, rev: project.rev },
    })
}

async fn feature(tx: &mut TenantTx, id: Uuid) -> Result<Option<FeatureRef>, Fault> {
    let row = sqlx::query!(
        r#"select id, feature_id as key, name, status as "status: FeatureStatus" from factory.features where id = $1 and deleted_at is null"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|f| FeatureRef { id: Some(f.id), key: f.key, name: f.name, status: Some(f.status) }))
}

/// The other document of a feature.
pub(super) async fn partner(tx: &mut TenantTx, feature: Uuid, but: Uuid) -> Result<Option<DocumentRef>, Fault> {
    Ok(sqlx::query_as!(
        DocumentRef,
        r#"select id, type as "kind: DocumentType", title, slug from factory.documents
           where feature_id = $1 and id <> $2 and deleted_at is null order by type limit 1"#,
        feature,
        but
    )
    .fetch_optional(tx.conn())
    .await?)
}
