//! From a changed node downstream.
use super::raise::{self, Found};
use crate::{
    graph::EdgeType,
    job_runs::{self, NewRun},
};
use kernel::{Fault, db::TenantTx, jobs::JobCtx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// The job's type.
pub const PROPAGATE: &str = "drift_propagate";
/// How far staleness is followed.
const HOPS: i32 = 3;
/// Jobs that one project starts in a minute; what is more waits for the next.
const A_MINUTE: i64 = 20;

/// What the job works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Payload {
    project: Uuid,
    node: Uuid,
    hash: String,
}

/// Starts the job for each node with a new hash that something rests on.
pub async fn changed(tx: &mut TenantTx, project: Uuid, nodes: &[(Uuid, String)]) -> Result<(), Fault> {
    if nodes.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = nodes.iter().map(|(id, _)| *id).collect();
    let upstream = sqlx::query_scalar!(
        r#"select n.id as "id!" from unnest($2::uuid[]) n (id)
           where exists (select from factory.graph_edges e where e.project_id = $1 and e.edge_type = 'derives_from' and e.target_node_id = n.id)
             or exists (select from factory.graph_edges e
               where e.project_id = $1 and e.edge_type in ('shared_context', 'implements') and e.source_node_id = n.id)"#,
        project,
        &ids
    )
    .fetch_all(tx.conn())
    .await?;
    if upstream.is_empty() {
        return Ok(());
    }
    let mut lately = sqlx::query_scalar!(
        r#"select count(*) as "n!" from factory.job_runs
           where project_id = $1 and job_type = $2 and created_at > now() - interval '1 minute'"#,
        project,
        PROPAGATE
    )
    .fetch_one(tx.conn())
    .await?;
    for (node, hash) in nodes.iter().filter(|(id, _)| upstream.contains(id)) {
        let payload = Payload { project, node: *node, hash: hash.clone() };
        let mut run = NewRun::new(project, PROPAGATE, payload).unique(format!("{node}:{hash}"));
        if lately >= A_MINUTE {
            run = run.at(tx.now() + chrono::Duration::minutes(lately / A_MINUTE));
        }
        job_runs::start(tx, run).await?;
        lately += 1;
    }
    Ok(())
}

/// Raises what the change made stale, and resolves what it brought back in sync.
pub async fn run(ctx: JobCtx, payload: Payload) -> Result<(), Fault> {
    let Payload { project, node, hash } = payload;
    let mut tx = ctx.tx().await?;
    let now = sqlx::query_scalar!(
        r#"select content_hash from factory.graph_nodes where project_id = $1 and id = $2 and deleted_at is null for update"#,
        project,
        node
    )
    .fetch_optional(tx.conn())
    .await?
    .flatten();
    // Changed again in the meantime: that change has a job of its own.
    let (mut new, mut settled) = (0, 0);
    if now.as_deref() == Some(hash.as_str()) {
        settled = raise::settle(&mut tx, project, &[node]).await?;
        let found = downstream(&mut tx, project, node, &hash).await?;
        new = raise::raise(&mut tx, project, &found).await?;
    }
    job_runs::finish(&mut tx, &ctx, json!({ "alerts": new, "resolved": settled })).await?;
    tx.commit().await
}

/// What rests on the node: first what stands right behind an edge that is not in sync, then on from there; each once.
async fn downstream(tx: &mut TenantTx, project: Uuid, node: Uuid, hash: &str) -> Result<Vec<Found>, Fault> {
    let direct = sqlx::query!(
        r#"select d.id as "target!", min(e.edge_type) as "last!: EdgeType"
           from factory.graph_edges e
             join factory.graph_nodes d on d.deleted_at is null
               and d.id = case e.edge_type when 'derives_from' then e.source_node_id else e.target_node_id end
           where e.project_id = $1 and e.metadata ->> 'synced_hash' is distinct from $3
             and (e.edge_type = 'derives_from' and e.target_node_id = $2
               or e.edge_type in ('shared_context', 'implements') and e.source_node_id = $2)
           group by d.id order by d.id"#,
        project,
        node,
        hash
    )
    .fetch_all(tx.conn())
    .await?;
    let first: Vec<Uuid> = direct.iter().map(|d| d.target).collect();
    let mut found: Vec<Found> = direct.into_iter().map(|d| Found { source: node, target: d.target, hop: 1, last: d.last }).collect();
    if first.is_empty() {
        return Ok(found);
    }
    let further = sqlx::query!(
        r#"select node_id as "target!", hop as "hop!", edge_type as "last!: EdgeType"
           from factory.graph_walk($1, $2, '{shared_context,implements}', '{derives_from}')"#,
        &first,
        HOPS - 1
    )
    .fetch_all(tx.conn())
    .await?;
    // A circle may lead back to where it began.
    found.extend(further.into_iter().filter(|f| f.target != node).map(|f| Found {
        source: node,
        target: f.target,
        hop: f.hop + 1,
        last: f.last,
    }));
    Ok(found)
}
