//! Jobs and schedules as the pages show them: an organization's own, and those of the installation.
use chrono::{DateTime, Utc};
use kernel::record::PageRequest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One job of a list. Its payload is not shown: it may name people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobRow {
    pub id: Uuid,
    pub kind: String,
    pub status: String,
    pub attempts: i32,
    pub max_attempts: i32,
    pub run_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub last_error: Option<String>,
    /// How far a running job is: `{"done", "total", "note"}`.
    pub progress: Option<serde_json::Value>,
    /// Shown on the platform's page.
    pub organization: Option<String>,
}

/// The states a filter offers.
pub const STATUSES: &[&str] = &["queued", "running", "succeeded", "failed", "dead", "cancelled"];

/// Which jobs are shown; empty texts filter nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobQuery {
    pub status: String,
    pub kind: String,
    pub page: PageRequest,
}

/// One schedule of the installation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CronRow {
    pub jobname: String,
    /// Five fields, UTC.
    pub schedule: String,
    pub kind: String,
    pub active: bool,
    pub last_due_at: Option<DateTime<Utc>>,
    pub last_status: Option<String>,
    pub last_duration_ms: Option<i32>,
    pub next_due_at: DateTime<Utc>,
    /// More than five minutes late.
    pub overdue: bool,
}

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::admin::AdminTx;
    use kernel::{
        Fault, Perm,
        audit::Audit,
        cron,
        db::TenantTx,
        jobs::{self, Step},
        record::{Cursor, Paged},
        request::Request,
    };

    fn check(query: &JobQuery) -> Result<Option<Cursor<DateTime<Utc>>>, Fault> {
        if !query.status.is_empty() && !STATUSES.contains(&query.status.as_str()) {
            return Err(Fault::field("status", format!("must be one of {}", STATUSES.join(", "))));
        }
        Cursor::of(&query.page)
    }

    fn cut(rows: Vec<JobRow>, query: &JobQuery) -> Paged<JobRow> {
        Paged::cut(rows, &query.page, |row| Cursor::new(row.created_at, row.id))
    }

    /// The jobs of the organization, the newest first; members see their own (row security).
    pub async fn list(tx: &mut TenantTx, query: &JobQuery) -> Result<Paged<JobRow>, Fault> {
        tx.require(Perm::OrgRead)?;
        let (at, id) = check(query)?.map(|c| (c.key, c.id)).unzip();
        let org = tx.actor().org()?;
        // Keys may view the organization, not everybody's jobs.
        let only = if tx.actor().may(Perm::JobsManage) { None } else { Some(tx.actor().user.unwrap_or_default()) };
        let rows = sqlx::query_as!(
            JobRow,
            r#"select id, kind, status, attempts, max_attempts, run_at, created_at, finished_at, last_error, progress,
                      null::text as organization
               from core.jobs
               where organization_id = $1 and ($2 = '' or status = $2) and ($3 = '' or kind = $3)
                 and ($4::uuid is null or created_by = $4)
                 and ($5::timestamptz is null or (created_at, id) < ($5, $6))
               order by created_at desc, id desc limit $7"#,
            org,
            query.status,
            query.kind,
            only,
            at,
            id,
            query.page.fetch()
        )
        .fetch_all(tx.conn())
        .await?;
        Ok(cut(rows, query))
    }

    /// The kinds of jobs the organization has, for the filter.
    pub async fn kinds(tx: &mut TenantTx) -> Result<Vec<String>, Fault> {
        tx.require(Perm::OrgRead)?;
        let org = tx.actor().org()?;
        Ok(sqlx::query_scalar!(
            "select distinct kind from (select kind from core.jobs where organization_id = $1 order by created_at desc limit 1000) recent order by 1",
            org
        )
        .fetch_all(tx.conn())
        .await?)
    }

    pub use kernel::jobs::{cancel, retry, run_now};

    /// All jobs of the installation.
    pub async fn all(request: &Request, query: &JobQuery) -> Result<Paged<JobRow>, Fault> {
        let mut tx = AdminTx::begin(request).await?;
        let (at, id) = check(query)?.map(|c| (c.key, c.id)).unzip();
        let rows = sqlx::query_as!(
            JobRow,
            r#"select j.id, j.kind, j.status, j.attempts, j.max_attempts, j.run_at, j.created_at, j.finished_at, j.last_error, j.progress,
                      o.name::text as "organization?"
               from core.jobs j left join core.organizations o on o.id = j.organization_id
               where ($1 = '' or j.status = $1) and ($2 = '' or j.kind = $2) and ($3::timestamptz is null or (j.created_at, j.id) < ($3, $4))
               order by j.created_at desc, j.id desc limit $5"#,
            query.status,
            query.kind,
            at,
            id,
            query.page.fetch()
        )
        .fetch_all(tx.conn())
        .await?;
        Ok(cut(rows, query))
    }

    async fn steer(request: &Request, id: Uuid, step: Step, action: &'static str) -> Result<(), Fault> {
        let mut tx = AdminTx::begin(request).await?;
        jobs::steer(tx.conn(), id, step).await?;
        tx.audit(Audit::new(action).target("job", id)).await?;
        tx.commit().await
    }

    /// A dead job of any organization goes back to the queue.
    pub async fn admin_retry(request: &Request, id: Uuid) -> Result<(), Fault> {
        steer(request, id, Step::Retry, "job.retry").await
    }

    /// A waiting job of any organization will not run.
    pub async fn admin_cancel(request: &Request, id: Uuid) -> Result<(), Fault> {
        steer(request, id, Step::Cancel, "job.cancel").await
    }

    /// The schedules of the installation by name.
    pub async fn crons(request: &Request) -> Result<Vec<CronRow>, Fault> {
        let mut tx = AdminTx::begin(request).await?;
        let now = tx.now();
        Ok(sqlx::query_as!(
            CronRow,
            r#"select jobname, schedule, kind, active, last_due_at, last_status, last_duration_ms, next_due_at,
                      (active and next_due_at < $1::timestamptz - interval '5 minutes') as "overdue!"
               from core.job_schedules order by jobname"#,
            now
        )
        .fetch_all(tx.conn())
        .await?)
    }

    /// Runs a schedule at once, beside its due times.
    pub async fn cron_run_now(request: &Request, jobname: &str) -> Result<(), Fault> {
        let mut tx = AdminTx::begin(request).await?;
        let now = tx.now();
        cron::run_now(tx.conn(), jobname, now).await?;
        tx.audit(Audit::new("cron.run_now").target("schedule", jobname)).await?;
        tx.commit().await
    }

    /// Switches a schedule on or off.
    pub async fn cron_set_active(request: &Request, jobname: &str, active: bool) -> Result<(), Fault> {
        let mut tx = AdminTx::begin(request).await?;
        let changed =
            sqlx::query!("update core.job_schedules set active = $2 where jobname = $1", jobname, active).execute(tx.conn()).await?;
        if changed.rows_affected() == 0 {
            return Err(Fault::not_found("The schedule"));
        }
        let action = if active { "cron.enable" } else { "cron.disable" };
        tx.audit(Audit::new(action).warning().target("schedule", jobname)).await?;
        tx.commit().await
    }
}
