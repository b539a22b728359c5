//! The documents of an area as a tree: those of the product first, then those of its features.
use super::{DocumentArea, DocumentRow, DocumentTree, DocumentType, TreeFeature};
use crate::{
    features::{FeatureStatus, ProjectHead},
    projects,
};
use kernel::{Fault, db::TenantTx};

/// Features of one answer; the list of features shows the others.
const FEATURES: i64 = 1000;
/// Documents of one answer.
const DOCUMENTS: i64 = 2000;

/// All documents of an area in their order, and the features that have or could have one.
pub async fn tree(tx: &mut TenantTx, project: &str, area: DocumentArea) -> Result<DocumentTree, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let types = area.types().map(|t| t.as_str().to_owned());
    let documents = sqlx::query_as!(
        DocumentRow,
        r#"select d.id, d.rev, d.type as "kind: DocumentType", d.title, d.slug, d.feature_id, d.updated_at,
             exists (select from factory.graph_nodes n join factory.drift_alerts a on a.target_node_id = n.id
               where n.entity_type = 'document' and n.entity_id = d.id and a.status in ('open', 'acknowledged')) as "drifted!",
             (select count(*) from factory.agent_suggestions s
               where s.document_id = d.id and s.status in ('pending', 'partially_accepted')
                 and cardinality(s.accepted_diffs) + cardinality(s.rejected_diffs) < jsonb_array_length(s.diffs)) as "suggestions!"
           from factory.documents d
           where d.project_id = $1 and d.type = any ($2) and d.deleted_at is null
           order by d.sort_order, d.id limit $3"#,
        project.id,
        &types[..],
        DOCUMENTS
    )
    .fetch_all(tx.conn())
    .await?;
    let mut features = sqlx::query_as!(
        TreeFeature,
        r#"select id, xmin::text as "rev!", parent_id, feature_id as key, name, status as "status: FeatureStatus"
           from factory.features where project_id = $1 and deleted_at is null order by sort_order, id limit $2"#,
        project.id,
        FEATURES + 1
    )
    .fetch_all(tx.conn())
    .await?;
    let cut = features.len() as i64 > FEATURES;
    features.truncate(FEATURES as usize);
    let deleted = sqlx::query_scalar!(
        r#"select count(*) as "n!" from (
             select from factory.documents where project_id = $1 and type = any ($2) and deleted_at is not null limit 200) gone"#,
        project.id,
        &types[..]
    )
    .fetch_one(tx.conn())
    .await?;
    let project = ProjectHead { id: project.id, slug: project.slug, name: project.name, status: project.status, rev: project.rev };
    Ok(DocumentTree { project, area, documents, features, cut, deleted })
}
