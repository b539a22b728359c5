//! The job that keeps an index at the head of its branch. A run reads only what changed, writes batch by batch, and may
//! die anywhere: the next one finds by hashes what is left to do. At most one run of a connection works at a time; who
//! asks while it works gets one more run after it.
use super::IndexStatus;
use crate::job_runs::{self, NewRun};
use kernel::{
    Fault,
    db::TenantTx,
    jobs::{JobOptions, JobRegistry},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

mod prepare;
mod run;
mod write;

/// The job's type.
pub const INDEX: &str = "codebase_index";
/// Runs that one organization starts in a minute; what is more waits for the next.
const A_MINUTE: i64 = 5;

/// What the job works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Payload {
    pub connection: Uuid,
}

/// Adds the handlers of the code area.
pub fn register(registry: &mut JobRegistry) {
    let index = JobOptions { max_attempts: 3, concurrency: Some(3), ..JobOptions::timeout(30 * 60) };
    registry.add("factory.codebase_index", index, run::run).add(super::POLL, JobOptions::timeout(5 * 60), super::poll::run);
}

/// Asks for a run.
pub(super) async fn request(tx: &mut TenantTx, connection: Uuid) -> Result<(), Fault> {
    let row = sqlx::query!(
        r#"select project_id, index_run, index_status as "status: IndexStatus" from factory.codebase_connections where id = $1 for no key update"#,
        connection
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The connection"))?;
    let works = row.status == IndexStatus::Indexing
        && sqlx::query_scalar!(
            r#"select exists (select from factory.job_runs where project_id = $1 and job_type = $2 and status = 'running') as "works!""#,
            row.project_id,
            INDEX
        )
        .fetch_one(tx.conn())
        .await?;
    if works {
        sqlx::query!("update factory.codebase_connections set index_wanted = true where id = $1", connection).execute(tx.conn()).await?;
        return Ok(());
    }
    start(tx, row.project_id, connection, row.index_run).await
}

/// Queues a run. The number of runs before it is part of its key: it is not taken for one that is just ending.
async fn start(tx: &mut TenantTx, project: Uuid, connection: Uuid, before: i32) -> Result<(), Fault> {
    let lately = sqlx::query_scalar!(
        r#"select count(*) as "n!" from factory.job_runs where job_type = $1 and created_at > now() - interval '1 minute'"#,
        INDEX
    )
    .fetch_one(tx.conn())
    .await?;
    let mut run = NewRun::new(project, INDEX, Payload { connection }).unique(format!("{connection}:{before}"));
    if lately >= A_MINUTE {
        run = run.at(tx.now() + chrono::Duration::minutes(lately / A_MINUTE));
    }
    job_runs::start(tx, run).await?;
    Ok(())
}
