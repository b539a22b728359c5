//! Keeping nodes and edges in line with the data, in the transaction of the change.
//!
//! Call the function of a kind after each change of its rows: creation, another title, status or text that was saved,
//! another feature, deletion, restoration. It reads the rows as they are now, so calling it twice changes nothing. Search
//! learns of the change here as well.
use super::{EntityKind, hash};
use crate::{drift, search};
use kernel::{Fault, db::TenantTx};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

/// What a node is to be.
struct Wanted {
    entity: Uuid,
    label: String,
    metadata: Value,
    hash: Option<String>,
    deleted: bool,
}

impl Wanted {
    fn json(&self) -> Value {
        json!({ "id": self.entity, "label": self.label, "metadata": self.metadata, "hash": self.hash, "deleted": self.deleted })
    }
}

/// The node of one feature and its place in the tree; see [`keep_features`].
pub async fn keep_feature(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
    let project = sqlx::query_scalar!("select project_id from factory.features where id = $1", id).fetch_optional(tx.conn()).await?;
    match project {
        Some(project) => keep_features(tx, project, &[id]).await,
        None => Ok(()),
    }
}

/// The nodes of features of one project, their `parent_of` edges and those of their documents: two statements for any
/// number of features.
pub async fn keep_features(tx: &mut TenantTx, project: Uuid, ids: &[Uuid]) -> Result<(), Fault> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!("select factory.keep_feature_nodes($1, $2)", project, ids).execute(tx.conn()).await?;
    keep_edges(tx, project, ids).await?;
    search::changed(tx, project, ids).await
}

/// The node of one document; see [`keep_documents`].
pub async fn keep_document(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
    keep_documents(tx, &[id]).await
}

/// The nodes of documents and their edges: requirements reference their feature, a feature's blueprint derives from its
/// requirements, foundations are context of every feature blueprint, mentions reference. The hash is that of the newest
/// version, so that drift starts when a text is saved and not while it is typed; before the first version, that of the
/// text the document began with.
pub async fn keep_documents(tx: &mut TenantTx, ids: &[Uuid]) -> Result<(), Fault> {
    let rows = sqlx::query!(
        r#"select d.id, d.project_id, d.type, d.slug, d.title, d.feature_id, (d.deleted_at is not null) as "deleted!", v.version_number as "version?",
             coalesce(v.content, d.content) as content, case when v.id is null then d.diagram_source else v.diagram_source end as diagram,
             n.content_hash as "hash?"
           from factory.documents d
             left join lateral (select * from factory.document_versions v where v.document_id = d.id order by v.version_number desc limit 1) v on true
             left join factory.graph_nodes n on n.project_id = d.project_id and n.entity_type = 'document' and n.entity_id = d.id
           where d.id = any ($1) order by d.project_id"#,
        ids
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|r| {
        let hash = match (r.version, r.hash) {
            (None, Some(first)) => first,
            _ => hash::document(r.content.as_ref(), r.diagram.as_deref()),
        };
        let metadata = json!({ "type": r.r#type, "slug": r.slug, "version": r.version });
        (r.project_id, Wanted { entity: r.id, label: r.title, metadata, hash: Some(hash), deleted: r.deleted })
    });
    for (project, wanted) in by_project(rows) {
        keep(tx, project, EntityKind::Document, wanted).await?;
    }
    Ok(())
}

/// The node of one work order; see [`keep_work_orders`].
pub async fn keep_work_order(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
    keep_work_orders(tx, &[id]).await
}

/// The nodes of work orders and their edges: a work order derives from the blueprint of its feature, mentions
/// reference. `blocks` is made by [`super::link`].
pub async fn keep_work_orders(tx: &mut TenantTx, ids: &[Uuid]) -> Result<(), Fault> {
    let rows = sqlx::query!(
        r#"select id, project_id, number, title, status, description, acceptance_criteria, out_of_scope, implementation_plan,
             (deleted_at is not null) as "deleted!"
           from factory.work_orders where id = any ($1) order by project_id"#,
        ids
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|r| {
        let hash = hash::work_order([&r.description, &r.acceptance_criteria, &r.out_of_scope, &r.implementation_plan].map(Option::as_ref));
        let metadata = json!({ "key": format!("WO-{}", r.number), "number": r.number, "status": r.status });
        (r.project_id, Wanted { entity: r.id, label: r.title, metadata, hash: Some(hash), deleted: r.deleted })
    });
    for (project, wanted) in by_project(rows) {
        keep(tx, project, EntityKind::WorkOrder, wanted).await?;
    }
    Ok(())
}

/// The nodes of feedback items. What an item is about (`feedback_on`) is made by [`super::link`].
pub async fn keep_feedback(tx: &mut TenantTx, ids: &[Uuid]) -> Result<(), Fault> {
    let rows = sqlx::query!(
        r#"select id, project_id, coalesce(nullif(title, ''), left(description, 120)) as "label!", category, status
           from factory.feedback_items where id = any ($1) order by project_id"#,
        ids
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|r| {
        let metadata = json!({ "category": r.category, "status": r.status });
        (r.project_id, Wanted { entity: r.id, label: r.label, metadata, hash: None, deleted: false })
    });
    for (project, wanted) in by_project(rows) {
        keep(tx, project, EntityKind::FeedbackItem, wanted).await?;
    }
    Ok(())
}

/// The nodes of artifacts.
pub async fn keep_artifacts(tx: &mut TenantTx, ids: &[Uuid]) -> Result<(), Fault> {
    let rows = sqlx::query!(
        r#"select id, project_id, name, mime_type, content_hash, (deleted_at is not null) as "deleted!"
           from factory.artifacts where id = any ($1) order by project_id"#,
        ids
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|r| {
        let metadata = json!({ "type": r.mime_type });
        (r.project_id, Wanted { entity: r.id, label: r.name, metadata, hash: Some(r.content_hash), deleted: r.deleted })
    });
    for (project, wanted) in by_project(rows) {
        keep(tx, project, EntityKind::Artifact, wanted).await?;
    }
    Ok(())
}

/// The nodes of files of the code index. Those that are no longer in the index, of the ids given, are marked as gone.
/// What implements a blueprint and has another hash than before raises drift.
pub async fn keep_files(tx: &mut TenantTx, project: Uuid, ids: &[Uuid]) -> Result<(), Fault> {
    let rows = sqlx::query!(
        r#"select i.id as "id!", f.file_path as "path?", f.file_hash as "hash?", f.language as "language?", n.label as "label?"
           from unnest($2::uuid[]) i (id)
             left join (factory.codebase_files f join factory.codebase_connections c on c.id = f.connection_id and c.project_id = $1) on f.id = i.id
             left join factory.graph_nodes n on n.project_id = $1 and n.entity_type = 'codebase_file' and n.entity_id = i.id
           where f.id is not null or n.id is not null"#,
        project,
        ids
    )
    .fetch_all(tx.conn())
    .await?;
    let wanted = rows
        .into_iter()
        .map(|r| {
            let deleted = r.path.is_none();
            let label = r.path.or(r.label).unwrap_or_default();
            Wanted { entity: r.id, metadata: json!({ "path": label, "language": r.language }), label, hash: r.hash, deleted }
        })
        .collect();
    keep(tx, project, EntityKind::CodebaseFile, wanted).await
}

/// The node of a decision. What it is about (`references`) is made by [`super::links::keep_link`].
pub async fn keep_decision(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
    let rows = sqlx::query!(
        r#"select id, project_id, number, title, (deleted_at is not null) as "deleted!" from factory.decisions where id = $1"#,
        id
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|r| {
        let metadata = json!({ "key": format!("D-{}", r.number), "number": r.number });
        (r.project_id, Wanted { entity: r.id, label: r.title, metadata, hash: None, deleted: r.deleted })
    });
    for (project, wanted) in by_project(rows) {
        keep(tx, project, EntityKind::Decision, wanted).await?;
    }
    Ok(())
}

/// The `references` edges that the mentions in these entities make. For texts without a change of their own: comments.
/// (The other functions of this module look after the mentions of their entities.)
pub async fn keep_mentions(tx: &mut TenantTx, project: Uuid, entities: &[Uuid]) -> Result<(), Fault> {
    keep_edges(tx, project, entities).await
}

fn by_project(rows: impl Iterator<Item = (Uuid, Wanted)>) -> Vec<(Uuid, Vec<Wanted>)> {
    let mut groups: Vec<(Uuid, Vec<Wanted>)> = Vec::new();
    for (project, wanted) in rows {
        match groups.last_mut() {
            Some((last, list)) if *last == project => list.push(wanted),
            _ => groups.push((project, vec![wanted])),
        }
    }
    groups
}

/// Writes nodes (what did not change is not written), then their edges, then starts the drift of what has a new hash.
async fn keep(tx: &mut TenantTx, project: Uuid, kind: EntityKind, wanted: Vec<Wanted>) -> Result<(), Fault> {
    if wanted.is_empty() {
        return Ok(());
    }
    let entities: Vec<Uuid> = wanted.iter().map(|w| w.entity).collect();
    let records: Vec<Value> = wanted.iter().map(Wanted::json).collect();
    let written = sqlx::query!(
        r#"with before as (
             select entity_id, content_hash from factory.graph_nodes where project_id = $1 and entity_type = $2 and entity_id = any ($4)
           ), written as (
             insert into factory.graph_nodes as n (project_id, entity_type, entity_id, label, metadata, content_hash, deleted_at)
               select $1, $2, x.id, x.label, jsonb_strip_nulls(x.metadata), x.hash, case when x.deleted then now() end
               from jsonb_to_recordset($3) as x(id uuid, label text, metadata jsonb, hash text, deleted bool)
             on conflict (project_id, entity_type, entity_id) do update
               set label = excluded.label, metadata = excluded.metadata, content_hash = coalesce(excluded.content_hash, n.content_hash),
                 deleted_at = case when excluded.deleted_at is null then null else coalesce(n.deleted_at, excluded.deleted_at) end
               where (n.label, n.metadata, n.content_hash, n.deleted_at is null)
                 is distinct from (excluded.label, excluded.metadata, coalesce(excluded.content_hash, n.content_hash), excluded.deleted_at is null)
             returning n.id, n.entity_id, n.content_hash
           )
           select w.id, w.content_hash as "hash!" from written w join before b on b.entity_id = w.entity_id
           where w.content_hash is distinct from b.content_hash and w.content_hash is not null"#,
        project,
        kind as EntityKind,
        Json(records) as Json<Vec<Value>>,
        &entities
    )
    .fetch_all(tx.conn())
    .await?;
    keep_edges(tx, project, &entities).await?;
    // Code is searched in its own chunks.
    if kind != EntityKind::CodebaseFile {
        search::changed(tx, project, &entities).await?;
    }
    let changed: Vec<(Uuid, String)> = written.into_iter().map(|w| (w.id, w.hash)).collect();
    drift::changed(tx, project, &changed).await
}

async fn keep_edges(tx: &mut TenantTx, project: Uuid, entities: &[Uuid]) -> Result<(), Fault> {
    sqlx::query!("select factory.keep_edges($1, $2)", project, entities).execute(tx.conn()).await?;
    Ok(())
}
