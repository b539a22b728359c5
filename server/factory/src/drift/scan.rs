//! Going through a whole project: every night at 02:00 UTC, and when somebody asks.
use super::{
    propagate,
    raise::{self, Found},
};
use crate::{
    graph::EdgeType,
    job_runs::{self, NewRun},
    projects,
};
use kernel::{
    Fault,
    access::Actor,
    db::TenantTx,
    jobs::{JobCtx, JobOptions, JobRegistry},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// The job's type.
const SCAN: &str = "drift_detection";
/// The kind of the nightly job that starts a scan in each project.
pub const NIGHTLY: &str = "factory.drift_nightly";

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Payload {
    project: Uuid,
}

/// The jobs of this module.
pub fn register(registry: &mut JobRegistry) {
    let ten_minutes = JobOptions::timeout(10 * 60);
    let propagate_options = JobOptions { max_attempts: 3, concurrency: Some(5), ..ten_minutes };
    registry.add("factory.drift_propagate", propagate_options, propagate::run).add("factory.drift_detection", ten_minutes, run).add(
        NIGHTLY,
        ten_minutes,
        |ctx: JobCtx, _: Value| async move { nightly(ctx).await },
    );
}

/// Queues a scan of the project; one at a time.
pub async fn start_scan(tx: &mut TenantTx, slug: &str) -> Result<Uuid, Fault> {
    let project = projects::lock(tx, slug).await?;
    queue(tx, project.id).await
}

async fn queue(tx: &mut TenantTx, project: Uuid) -> Result<Uuid, Fault> {
    job_runs::start(tx, NewRun::new(project, SCAN, Payload { project }).unique(format!("drift-scan:{project}"))).await
}

async fn nightly(ctx: JobCtx) -> Result<(), Fault> {
    let projects = sqlx::query!(r#"select organization_id as "org!", project_id as "project!" from factory.projects_to_scan()"#)
        .fetch_all(ctx.app.db.pool())
        .await?;
    for row in projects {
        let mut tx = TenantTx::begin(&ctx.app, Actor { request: ctx.actor().request, ..Actor::system(Some(row.org)) }).await?;
        queue(&mut tx, row.project).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn run(ctx: JobCtx, payload: Payload) -> Result<(), Fault> {
    let mut tx = ctx.tx().await?;
    let (new, settled) = scan(&mut tx, payload.project).await?;
    job_runs::finish(&mut tx, &ctx, json!({ "alerts": new, "resolved": settled })).await?;
    tx.commit().await
}

/// Raises an alert for every edge whose upstream was changed since it was last confirmed, one step far, and resolves
/// what holds no longer. Answers how many alerts are new and how many were resolved.
pub async fn scan(tx: &mut TenantTx, project: Uuid) -> Result<(usize, u64), Fault> {
    let sources = sqlx::query_scalar!(
        r#"select distinct source_node_id from factory.drift_alerts where project_id = $1 and status in ('open', 'acknowledged')"#,
        project
    )
    .fetch_all(tx.conn())
    .await?;
    let settled = if sources.is_empty() { 0 } else { raise::settle(tx, project, &sources).await? };
    let stale = sqlx::query!(
        r#"select u.id as "source!", d.id as "target!", e.edge_type as "last: EdgeType"
           from factory.graph_edges e
             join factory.graph_nodes u on u.id = case e.edge_type when 'derives_from' then e.target_node_id else e.source_node_id end
             join factory.graph_nodes d on d.id = case e.edge_type when 'derives_from' then e.source_node_id else e.target_node_id end
           where e.project_id = $1 and e.edge_type in ('derives_from', 'shared_context', 'implements')
             and u.deleted_at is null and d.deleted_at is null and u.content_hash is distinct from e.metadata ->> 'synced_hash'
           order by u.id, d.id, e.edge_type"#,
        project
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found: Vec<Found> = stale.into_iter().map(|s| Found { source: s.source, target: s.target, hop: 1, last: s.last }).collect();
    // Two edges between the same ends are one alert of the type that stands first.
    found.dedup_by_key(|f| (f.source, f.target));
    let new = raise::raise(tx, project, &found).await?;
    Ok((new, settled))
}
