//! Reading the graph: lists, the picture, one node with what hangs on it.
use super::{Edge, EdgeQuery, EdgeType, EntityKind, EntityRef, Neighbour, Node, NodeDetail, NodeQuery, Picture, PictureQuery, StaleNode};
use crate::{
    drift::{self, Severity},
    projects,
};
use chrono::{DateTime, Utc};
use kernel::{
    Fault, Perm,
    db::TenantTx,
    record::{Cursor, PageRequest, Paged},
};
use uuid::Uuid;

/// Nodes of one picture.
pub const PICTURE: usize = 500;

/// The kinds or types of a filter as the statement compares them; none: all.
fn words<T: Copy>(wanted: &[T], all: &[T], word: fn(T) -> &'static str) -> Vec<String> {
    let list = if wanted.is_empty() { all } else { wanted };
    list.iter().map(|x| word(*x).to_owned()).collect()
}

/// Cuts the row too many and makes the cursor of the last one left.
fn cut<T, K: serde::Serialize + serde::de::DeserializeOwned>(
    mut rows: Vec<T>,
    limit: usize,
    cursor: impl FnOnce(&T) -> Cursor<K>,
) -> Paged<T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| cursor(last).encode());
    Paged { rows, next }
}

/// The nodes of a project by label: 100 a page, at most 500.
pub async fn nodes(tx: &mut TenantTx, project: &str, query: &NodeQuery, page: &PageRequest) -> Result<Paged<Node>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let limit = page.limit.unwrap_or(100).clamp(1, 500) as usize;
    let after = Cursor::<String>::of(page)?;
    let typed = format!("%{}%", query.search.trim().to_lowercase().replace(['%', '_', '\\'], ""));
    let rows = sqlx::query_as!(
        Node,
        r#"select id, entity_type as "kind: EntityKind", entity_id, label, metadata, content_hash from factory.graph_nodes
           where project_id = $1 and deleted_at is null and entity_type = any ($2)
             and ($3 = '%%' or lower(label) like $3 or lower(metadata ->> 'key') like $3)
             and ($5::uuid is null or (lower(label), id) > ($4, $5))
           order by lower(label), id limit $6"#,
        project.id,
        &words(&query.kinds, &EntityKind::ALL, EntityKind::as_str),
        typed,
        after.as_ref().map(|c| c.key.as_str()),
        after.as_ref().map(|c| c.id),
        limit as i64 + 1
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(cut(rows, limit, |n: &Node| Cursor::new(n.label.to_lowercase(), n.id)))
}

/// How many nodes that list has in all.
pub async fn node_count(tx: &mut TenantTx, project: &str, query: &NodeQuery) -> Result<i64, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let typed = format!("%{}%", query.search.trim().to_lowercase().replace(['%', '_', '\\'], ""));
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from factory.graph_nodes
           where project_id = $1 and deleted_at is null and entity_type = any ($2)
             and ($3 = '%%' or lower(label) like $3 or lower(metadata ->> 'key') like $3)"#,
        project.id,
        &words(&query.kinds, &EntityKind::ALL, EntityKind::as_str),
        typed
    )
    .fetch_one(tx.conn())
    .await?)
}

struct EdgeRow {
    id: Uuid,
    source: Uuid,
    target: Uuid,
    edge_type: EdgeType,
    kept: bool,
    created_at: DateTime<Utc>,
}

impl From<EdgeRow> for Edge {
    fn from(EdgeRow { id, source, target, edge_type, kept, created_at }: EdgeRow) -> Self {
        Self { id, source, target, edge_type, kept, created_at }
    }
}

/// The edges between live nodes of a project, oldest first: 100 a page, at most 500.
pub async fn edges(tx: &mut TenantTx, project: &str, query: &EdgeQuery, page: &PageRequest) -> Result<Paged<Edge>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let limit = page.limit.unwrap_or(100).clamp(1, 500) as usize;
    let after = Cursor::<DateTime<Utc>>::of(page)?;
    let rows = sqlx::query_as!(
        EdgeRow,
        r#"select e.id, e.source_node_id as source, e.target_node_id as target, e.edge_type as "edge_type: EdgeType",
             e.metadata @> '{"kept": true}' as "kept!", e.created_at
           from factory.graph_edges e
             join factory.graph_nodes s on s.id = e.source_node_id and s.deleted_at is null
             join factory.graph_nodes t on t.id = e.target_node_id and t.deleted_at is null
           where e.project_id = $1 and e.edge_type = any ($2) and ($3::uuid is null or e.source_node_id = $3 or e.target_node_id = $3)
             and ($5::uuid is null or (e.created_at, e.id) > ($4, $5))
           order by e.created_at, e.id limit $6"#,
        project.id,
        &words(&query.types, &EdgeType::ALL, EdgeType::as_str),
        query.node,
        after.as_ref().map(|c| c.key),
        after.as_ref().map(|c| c.id),
        limit as i64 + 1
    )
    .fetch_all(tx.conn())
    .await?;
    let rows: Vec<Edge> = rows.into_iter().map(Edge::from).collect();
    Ok(cut(rows, limit, |e: &Edge| Cursor::new(e.created_at, e.id)))
}

/// How many edges that list has in all.
pub async fn edge_count(tx: &mut TenantTx, project: &str, query: &EdgeQuery) -> Result<i64, Fault> {
    let project = projects::by_slug(tx, project).await?;
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from factory.graph_edges e
             join factory.graph_nodes s on s.id = e.source_node_id and s.deleted_at is null
             join factory.graph_nodes t on t.id = e.target_node_id and t.deleted_at is null
           where e.project_id = $1 and e.edge_type = any ($2) and ($3::uuid is null or e.source_node_id = $3 or e.target_node_id = $3)"#,
        project.id,
        &words(&query.types, &EdgeType::ALL, EdgeType::as_str),
        query.node
    )
    .fetch_one(tx.conn())
    .await?)
}

/// What the screen draws: the whole graph while it has at most 500 nodes, else the neighbourhood of one node (the most
/// linked one, when none is named).
pub async fn picture(tx: &mut TenantTx, project: &str, query: &PictureQuery) -> Result<Picture, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let kinds = words(&query.kinds, &EntityKind::ALL, EntityKind::as_str);
    let types = words(&query.types, &EdgeType::ALL, EdgeType::as_str);
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from factory.graph_nodes where project_id = $1 and deleted_at is null and entity_type = any ($2)"#,
        project.id,
        &kinds
    )
    .fetch_one(tx.conn())
    .await?;
    let center = match query.around {
        Some(node) => Some(node),
        None if total <= PICTURE as i64 => None,
        None => {
            sqlx::query_scalar!(
                r#"select n.id from factory.graph_nodes n
                     left join (select node, count(*) as degree from (
                         select source_node_id as node from factory.graph_edges where project_id = $1
                         union all select target_node_id from factory.graph_edges where project_id = $1) e group by node) d on d.node = n.id
                   where n.project_id = $1 and n.deleted_at is null and n.entity_type = any ($2)
                   order by coalesce(d.degree, 0) desc, n.id limit 1"#,
                project.id,
                &kinds
            )
            .fetch_optional(tx.conn())
            .await?
        }
    };
    let nodes = match center {
        None => {
            sqlx::query_as!(
                Node,
                r#"select id, entity_type as "kind: EntityKind", entity_id, label, metadata, content_hash from factory.graph_nodes
                   where project_id = $1 and deleted_at is null and entity_type = any ($2) order by entity_type, lower(label), id"#,
                project.id,
                &kinds
            )
            .fetch_all(tx.conn())
            .await?
        }
        Some(center) => {
            sqlx::query_as!(
                Node,
                r#"select n.id, n.entity_type as "kind: EntityKind", n.entity_id, n.label, n.metadata, n.content_hash
                   from (select $1::uuid as node_id, 0 as hop union all select w.node_id, w.hop from factory.graph_walk(array[$1::uuid], 3, $3, $3) w) w
                     join factory.graph_nodes n on n.id = w.node_id and n.project_id = $4 and n.deleted_at is null
                       and (n.entity_type = any ($2) or n.id = $1)
                   order by w.hop, n.id limit $5"#,
                center,
                &kinds,
                &types,
                project.id,
                PICTURE as i64
            )
            .fetch_all(tx.conn())
            .await?
        }
    };
    let ids: Vec<Uuid> = nodes.iter().map(|n| n.id).collect();
    let edges = sqlx::query_as!(
        EdgeRow,
        r#"select e.id, e.source_node_id as source, e.target_node_id as target, e.edge_type as "edge_type: EdgeType",
             e.metadata @> '{"kept": true}' as "kept!", e.created_at
           from factory.graph_edges e
           where e.project_id = $1 and e.source_node_id = any ($2) and e.target_node_id = any ($2) and e.edge_type = any ($3)
           order by e.created_at, e.id limit 5000"#,
        project.id,
        &ids,
        &types
    )
    .fetch_all(tx.conn())
    .await?;
    let stale = sqlx::query_as!(
        StaleNode,
        r#"select distinct on (target_node_id) target_node_id as "node!", severity as "severity: Severity" from factory.drift_alerts
           where project_id = $1 and status in ('open', 'acknowledged') and target_node_id = any ($2)
           order by target_node_id, severity = 'high' desc, severity = 'medium' desc"#,
        project.id,
        &ids
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Picture {
        total,
        center: center.filter(|c| nodes.iter().any(|n| n.id == *c)),
        stale,
        nodes,
        edges: edges.into_iter().map(Edge::from).collect(),
    })
}

/// One live node by its id, of the project, or 404.
pub(super) async fn one(tx: &mut TenantTx, project: Uuid, node: Uuid) -> Result<Node, Fault> {
    sqlx::query_as!(
        Node,
        r#"select id, entity_type as "kind: EntityKind", entity_id, label, metadata, content_hash from factory.graph_nodes
           where project_id = $1 and id = $2 and deleted_at is null"#,
        project,
        node
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The node"))
}

/// One node with its edges and live alerts.
pub async fn detail(tx: &mut TenantTx, project: &str, node: Uuid) -> Result<NodeDetail, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let node = one(tx, project.id, node).await?;
    let neighbours = neighbours(tx, node.id).await?;
    let alerts = drift::of_entities(tx, node.kind, &[node.entity_id]).await?.into_iter().map(|(_, alert)| alert).collect();
    Ok(NodeDetail { node, neighbours, alerts })
}

/// What an entity is linked with, for the screens of entities. Nothing, when it has no node yet.
pub async fn connections(tx: &mut TenantTx, project: Uuid, entity: EntityRef) -> Result<Vec<Neighbour>, Fault> {
    tx.require(Perm::FactoryRead)?;
    match super::node(tx, project, entity).await {
        Ok(node) => neighbours(tx, node).await,
        Err(fault) if fault.code == kernel::Code::NotFound => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

async fn neighbours(tx: &mut TenantTx, node: Uuid) -> Result<Vec<Neighbour>, Fault> {
    let rows = sqlx::query!(
        r#"select e.id as edge, e.edge_type as "edge_type: EdgeType", e.metadata @> '{"kept": true}' as "kept!", e.source_node_id = $1 as "outgoing!",
             o.id, o.entity_type as "kind: EntityKind", o.entity_id, o.label, o.metadata, o.content_hash
           from factory.graph_edges e
             join factory.graph_nodes o on o.deleted_at is null and o.id = case e.source_node_id when $1 then e.target_node_id else e.source_node_id end
           where e.source_node_id = $1 or e.target_node_id = $1
           order by e.edge_type, 4 desc, lower(o.label), o.id limit 200"#,
        node
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Neighbour {
            edge: r.edge,
            edge_type: r.edge_type,
            kept: r.kept,
            outgoing: r.outgoing,
            node: Node {
                id: r.id,
                kind: r.kind,
                entity_id: r.entity_id,
                label: r.label,
                metadata: r.metadata,
                content_hash: r.content_hash,
            },
        })
        .collect())
}
