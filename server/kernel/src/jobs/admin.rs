//! The queue as people see and steer it: retry, cancel, run now (the state machine of chapter 10).
use crate::{
    access::Perm,
    audit::Audit,
    db::TenantTx,
    fault::{Code, Fault},
    record::*,
};
use sqlx::PgConnection;
use uuid::Uuid;

/// The list of jobs. Members see their own (row security); payloads are not shown, they may name people.
pub static JOB: RecordDef = RecordDef {
    name: "job",
    table: "core.jobs",
    order: ("created_at", Desc),
    hide: None,
    writes: Writes::ByService,
    read: Perm::OrgRead,
    write: Perm::JobsManage,
    cols: &[
        Col::text("kind").filter().search().locked(),
        Col::choice("status", &["queued", "running", "succeeded", "failed", "dead", "cancelled"]).locked(),
        Col::int("priority").locked(),
        Col::time("run_at").label("Due").locked(),
        Col::int("attempts").locked(),
        Col::int("max_attempts").locked(),
        Col::text("last_error").search().locked(),
        Col::json("progress"),
        Col::time("created_at").filter().sort().locked(),
        Col::time("started_at").locked(),
        Col::time("finished_at").locked(),
        Col::id("created_by").locked(),
    ],
};

/// What an administrator may do with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A dead job goes back to the queue, with all its attempts.
    Retry,
    /// A waiting job will not run.
    Cancel,
    /// A waiting job runs at once.
    RunNow,
}

/// A dead job goes back to the queue.
pub async fn retry(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
    steer_here(tx, id, Step::Retry, "job.retry").await
}

/// A waiting job will not run.
pub async fn cancel(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
    steer_here(tx, id, Step::Cancel, "job.cancel").await
}

/// A waiting job runs at once.
pub async fn run_now(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
    steer_here(tx, id, Step::RunNow, "job.run_now").await
}

async fn steer_here(tx: &mut TenantTx, id: Uuid, step: Step, action: &'static str) -> Result<(), Fault> {
    tx.require(Perm::JobsManage)?;
    steer(tx.conn(), id, step).await?;
    tx.audit(Audit::new(action).target("job", id)).await
}

/// Does the step with the rights of the connection: a tenant's, or `app_admin` for the platform's pages. 404 when the
/// job is not visible, 409 when its state does not allow the step.
pub async fn steer(conn: &mut PgConnection, id: Uuid, step: Step) -> Result<(), Fault> {
    let done = match step {
        Step::Retry => {
            sqlx::query_scalar!(
                "update core.jobs set status = 'queued', attempts = 0, run_at = now(), finished_at = null
                 where id = $1 and status = 'dead' returning id",
                id
            )
            .fetch_optional(&mut *conn)
            .await?
        }
        Step::Cancel => {
            sqlx::query_scalar!(
                "update core.jobs set status = 'cancelled', finished_at = now() where id = $1 and status = 'queued' returning id",
                id
            )
            .fetch_optional(&mut *conn)
            .await?
        }
        Step::RunNow => {
            sqlx::query_scalar!("update core.jobs set run_at = now() where id = $1 and status = 'queued' returning id", id)
                .fetch_optional(&mut *conn)
                .await?
        }
    };
    if done.is_none() {
        let status = sqlx::query_scalar!("select status from core.jobs where id = $1", id).fetch_optional(&mut *conn).await?;
        let Some(status) = status else {
            return Err(Fault::not_found("This job"));
        };
        let what = match step {
            Step::Retry => "Only a dead job can be retried",
            Step::Cancel => "Only a waiting job can be cancelled",
            Step::RunNow => "Only a waiting job can be run at once",
        };
        return Err(Fault::new(Code::InvalidTransition, format!("{what}; this one is {status}.")));
    }
    if step != Step::Cancel {
        sqlx::query!("select core.job_wake($1, now())", id).execute(conn).await?;
    }
    Ok(())
}
