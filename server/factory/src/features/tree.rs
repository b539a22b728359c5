//! The open part of the tree.
use super::{FeatureRow, FeatureStatus, FeatureTree, Priority, ProjectHead, TreeNode};
use crate::projects;
use kernel::{Fault, db::TenantTx};
use uuid::Uuid;

/// Nodes of one answer.
const NODES: i64 = 1000;

/// The top level and the children of the open nodes, each level in its order.
pub async fn tree(tx: &mut TenantTx, project: &str, open: &[Uuid]) -> Result<FeatureTree, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let open = &open[..open.len().min(200)];
    let rows = sqlx::query!(
        r#"select f.id as "id!", f.xmin::text as "rev!", f.parent_id, f.feature_id as "key!", f.name as "name!", f.status as "status!: FeatureStatus",
             f.priority as "priority: Priority", f.category, f.criteria_met as "criteria_met!", f.criteria_total as "criteria_total!",
             jsonb_array_length(f.dependencies) as "depends!", f.updated_at as "updated_at!",
             (select count(*) from (select from factory.features c where c.parent_id = f.id and c.deleted_at is null limit 999) below) as "children!"
           from (
             (select t.*, t.xmin from factory.features t where t.project_id = $1 and t.parent_id is null and t.deleted_at is null
               order by t.sort_order, t.id limit $3)
             union all
             (select t.*, t.xmin from factory.features t where t.project_id = $1 and t.parent_id = any ($2) and t.deleted_at is null
               order by t.sort_order, t.id limit $3)
           ) f
           order by f.sort_order, f.id"#,
        project.id,
        open,
        NODES + 1
    )
    .fetch_all(tx.conn())
    .await?;
    let mut nodes: Vec<TreeNode> = rows
        .into_iter()
        .map(|r| TreeNode {
            parent_id: r.parent_id,
            children: i16::try_from(r.children).unwrap_or(i16::MAX),
            row: FeatureRow {
                id: r.id,
                rev: r.rev,
                key: r.key,
                name: r.name,
                status: r.status,
                priority: r.priority,
                category: r.category,
                criteria_met: r.criteria_met,
                criteria_total: r.criteria_total,
                depends: i16::try_from(r.depends).unwrap_or(i16::MAX),
                updated_at: r.updated_at,
            },
        })
        .collect();
    let cut = nodes.len() as i64 > NODES;
    nodes.truncate(NODES as usize);
    let project = ProjectHead { id: project.id, slug: project.slug, name: project.name, status: project.status, rev: project.rev };
    Ok(FeatureTree { project, nodes, cut })
}
