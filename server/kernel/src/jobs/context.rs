//! What a handler is given.
use crate::{
    access::{Actor, RequestInfo},
    app::App,
    db::TenantTx,
    fault::{Code, Fault},
};
use serde_json::json;
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// One run of one job.
#[derive(Clone)]
pub struct JobCtx {
    pub app: App,
    pub job_id: Uuid,
    pub kind: String,
    pub org: Option<Uuid>,
    /// 1 for the first run.
    pub attempt: i32,
    pub max_attempts: i32,
    /// The person whose action queued the job.
    pub made_by: Option<Uuid>,
    pub(super) worker: String,
    /// The process stops, or the lease is lost.
    pub(super) stop: CancellationToken,
    pub(super) shown: Arc<Mutex<Option<Instant>>>,
}

impl JobCtx {
    /// The server as actor in the job's organization.
    pub fn actor(&self) -> Actor {
        let request = RequestInfo { id: format!("job-{}", self.job_id), ..RequestInfo::default() };
        Actor { request, ..Actor::system(self.org) }
    }

    /// A transaction of the server in the job's organization.
    pub async fn tx(&self) -> Result<TenantTx, Fault> {
        TenantTx::begin(&self.app, self.actor()).await
    }

    /// The job's organization, for kinds that belong to one.
    pub fn org(&self) -> Result<Uuid, Fault> {
        self.org.ok_or_else(|| super::give_up("This job belongs to no organization."))
    }

    /// Shows on the jobs page how far the job is; at most twice a second reaches the database.
    pub async fn progress(&self, done: u64, total: u64, note: &str) -> Result<(), Fault> {
        {
            let mut shown = self.shown.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let recent = shown.is_some_and(|at| at.elapsed() < Duration::from_millis(500));
            if recent && done < total {
                return Ok(());
            }
            *shown = Some(Instant::now());
        }
        let held = sqlx::query_scalar!(
            r#"select core.job_progress($1, $2, $3, $4) as "held!""#,
            self.job_id,
            self.worker,
            self.attempt,
            json!({ "done": done, "total": total, "note": note })
        )
        .fetch_one(self.app.db.pool())
        .await?;
        if held { Ok(()) } else { Err(Fault::new(Code::Conflict, "Another worker has taken this job over.")) }
    }

    /// Is the work to end early, because the process stops or another worker has taken the job over? Long loops ask
    /// between their steps; what they return then does not count as a failure.
    pub fn cancelled(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Waits until `cancelled`.
    pub async fn until_cancelled(&self) {
        self.stop.cancelled().await;
    }
}
