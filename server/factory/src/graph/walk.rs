//! Walks over the graph: what is near, and what a change would reach.
use super::{Direction, EdgeType, EntityKind, Impact, Node, Reached, Traverse, Walk, read};
use crate::projects;
use kernel::{Code, Fault, db::TenantTx};
use std::collections::HashMap;
use uuid::Uuid;

/// How far a traversal goes unless asked otherwise, and at most.
const DEPTH: i32 = 3;
const MAX_DEPTH: i32 = 10;
/// How far an impact is followed.
const IMPACT_DEPTH: i32 = 5;
/// Nodes of one answer; the nearest ones.
const MOST: i64 = 500;

/// What lies within some steps of a node.
pub async fn traverse(tx: &mut TenantTx, project: &str, query: &Traverse) -> Result<Walk, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let start = read::one(tx, project.id, query.start).await?;
    let depth = query.depth.unwrap_or(DEPTH);
    if !(1..=MAX_DEPTH).contains(&depth) {
        return Err(Fault::field("depth", format!("is 1 to {MAX_DEPTH}")));
    }
    let types: Vec<String> = match query.types.as_slice() {
        [] => EdgeType::ALL.iter().map(|t| t.as_str().to_owned()).collect(),
        some => some.iter().map(|t| t.as_str().to_owned()).collect(),
    };
    let forward = if query.direction == Direction::In { &[][..] } else { &types[..] };
    let backward = if query.direction == Direction::Out { &[][..] } else { &types[..] };
    let (reached, total) = walk(tx, start.id, depth, forward, backward).await?;
    Ok(Walk { start, reached, total })
}

/// What a change of the node would reach: along edges that staleness flows along, to what it blocks, to children and to
/// what refers to it; at most five steps. One step away is direct.
pub async fn impact(tx: &mut TenantTx, project: &str, node: Uuid) -> Result<Impact, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let start = read::one(tx, project.id, node).await?;
    let names = |types: &[EdgeType]| types.iter().map(|t| t.as_str().to_owned()).collect::<Vec<_>>();
    let forward = names(&[EdgeType::SharedContext, EdgeType::Implements, EdgeType::Blocks, EdgeType::ParentOf]);
    let backward = names(&[EdgeType::DerivesFrom, EdgeType::References]);
    let (reached, total) = walk(tx, start.id, IMPACT_DEPTH, &forward, &backward).await?;
    let (direct, indirect) = reached.into_iter().partition(|r| r.hop == 1);
    Ok(Impact { start, direct, indirect, total })
}

async fn walk(tx: &mut TenantTx, start: Uuid, depth: i32, forward: &[String], backward: &[String]) -> Result<(Vec<Reached>, i64), Fault> {
    let rows = sqlx::query!(
        r#"with w as materialized (select * from factory.graph_walk(array[$1::uuid], $2, $3, $4)),
             near as (select * from w order by hop, node_id limit $5)
           select n.id, n.entity_type as "kind: EntityKind", n.entity_id, n.label, n.metadata, n.content_hash, near.hop as "hop!", near.via as "via!",
             near.edge_type as "edge_type!: EdgeType", (select count(*) from w) as "total!"
           from near join factory.graph_nodes n on n.id = near.node_id order by near.hop, lower(n.label), n.id"#,
        start,
        depth,
        forward,
        backward,
        MOST
    )
    .fetch_all(tx.conn())
    .await?;
    let total = rows.first().map_or(0, |r| r.total);
    // Whoever a node was reached from is nearer, so it stands before it.
    let mut paths: HashMap<Uuid, Vec<Uuid>> = HashMap::from([(start, vec![start])]);
    let mut reached = Vec::with_capacity(rows.len());
    for r in rows {
        let mut path = paths.get(&r.via).cloned().ok_or_else(|| Fault::new(Code::Internal, "A walk lost its way."))?;
        path.push(r.id);
        paths.insert(r.id, path.clone());
        let node =
            Node { id: r.id, kind: r.kind, entity_id: r.entity_id, label: r.label, metadata: r.metadata, content_hash: r.content_hash };
        reached.push(Reached { node, hop: r.hop, via: r.via, edge_type: r.edge_type, path });
    }
    Ok((reached, total))
}
