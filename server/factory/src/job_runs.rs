//! The jobs of a project as its people see them: each row follows one job of the queue, which decides (a trigger on
//! `core.jobs` carries status, attempts, progress and errors over, so a lost worker shows here too).
//!
//! A service calls [`start`] in the transaction of its change; the handler works as any other, shows how far it is with
//! `ctx.progress` and leaves what came of it with [`finish`].
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum JobStatus {
    Pending,
    Running,
    Completed,
    Failed,
}

impl JobStatus {
    /// The status on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Pending => "Waiting",
            Self::Running => "Running",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
        }
    }
}

/// One job of a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobRun {
    pub id: Uuid,
    /// `codebase_index`, `drift_detection`, `export`, ..
    pub job_type: String,
    pub status: JobStatus,
    /// Ids of what it works on.
    pub input: Option<Value>,
    /// What came of it.
    pub output: Option<Value>,
    pub error: Option<String>,
    pub attempts: i32,
    /// Percent.
    pub progress: i16,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
}

#[cfg(feature = "ssr")]
pub use service::{NewRun, count, finish, get, latest, list, retry, start};

#[cfg(feature = "ssr")]
mod service {
    use super::{JobRun, JobStatus};
    use crate::projects;
    use chrono::{DateTime, Utc};
    use kernel::{
        Code, Fault, Perm,
        db::TenantTx,
        jobs::{self, JobCtx, NewJob},
        record::{Cursor, PageRequest, Paged},
    };
    use serde::Serialize;
    use serde_json::Value;
    use uuid::Uuid;

    /// A job to be started for a project.
    #[derive(Clone, Debug)]
    #[must_use = "a job is queued by `job_runs::start`"]
    pub struct NewRun {
        project: Uuid,
        job_type: &'static str,
        input: Value,
        key: Option<String>,
        at: Option<DateTime<Utc>>,
    }

    impl NewRun {
        /// A job of this type; its handler is registered as `factory.{job_type}` and is given the input: ids only.
        pub fn new(project: Uuid, job_type: &'static str, input: impl Serialize) -> Self {
            let input = serde_json::to_value(input).unwrap_or(Value::Null);
            Self { project, job_type, input, key: None, at: None }
        }

        /// While a job of this type and key waits or runs, a second is not added.
        pub fn unique(mut self, key: impl Into<String>) -> Self {
            self.key = Some(key.into());
            self
        }

        /// Not at once.
        pub fn at(mut self, at: DateTime<Utc>) -> Self {
            self.at = Some(at);
            self
        }
    }

    /// Queues a job and its row; both exist when the transaction commits. Answers the row, or that of the job with the
    /// same key which waits or runs already.
    pub async fn start(tx: &mut TenantTx, run: NewRun) -> Result<Uuid, Fault> {
        let NewRun { project, job_type, input, key, at } = run;
        let mut job = NewJob::new(&format!("factory.{job_type}"), &input);
        job.unique_key.clone_from(&key);
        job.run_at = at;
        let job = jobs::enqueue(tx.conn(), job).await?;
        let known = sqlx::query_scalar!("select id from factory.job_runs where core_job_id = $1", job).fetch_optional(tx.conn()).await?;
        if let Some(known) = known {
            return Ok(known);
        }
        Ok(sqlx::query_scalar!(
            "insert into factory.job_runs (project_id, job_type, input, core_job_id, unique_key) values ($1, $2, $3, $4, $5) returning id",
            project,
            job_type,
            input,
            job,
            key
        )
        .fetch_one(tx.conn())
        .await?)
    }

    /// Leaves what came of a job, in the transaction of its last step. That it is completed, the queue says.
    pub async fn finish(tx: &mut TenantTx, ctx: &JobCtx, output: impl Serialize) -> Result<(), Fault> {
        let output = serde_json::to_value(output).unwrap_or(Value::Null);
        sqlx::query!("update factory.job_runs set output = $2 where core_job_id = $1", ctx.job_id, output).execute(tx.conn()).await?;
        Ok(())
    }

    /// Starts a failed job again, as a new one: what was tried stays to be seen.
    pub async fn retry(tx: &mut TenantTx, id: Uuid) -> Result<JobRun, Fault> {
        tx.require(Perm::FactoryWrite)?;
        let run = sqlx::query!(
            r#"select project_id, job_type, input, unique_key, status as "status: JobStatus" from factory.job_runs where id = $1 for update"#,
            id
        )
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(|| Fault::not_found("The job"))?;
        projects::get(tx, run.project_id).await?;
        if run.status != JobStatus::Failed {
            return Err(Fault::new(
                Code::InvalidTransition,
                format!("This job is {}. Only a failed job is tried again.", run.status.words().to_lowercase()),
            ));
        }
        let mut job = NewJob::new(&format!("factory.{}", run.job_type), &run.input);
        job.unique_key.clone_from(&run.unique_key);
        let job = jobs::enqueue(tx.conn(), job).await?;
        let again = sqlx::query_scalar!(
            r#"with known as (select id from factory.job_runs where core_job_id = $3), made as (
                 insert into factory.job_runs (project_id, job_type, input, core_job_id, unique_key)
                   select $1, $2, $4, $3, $5 where not exists (select from known) returning id)
               select id as "id!" from known union all select id from made"#,
            run.project_id,
            run.job_type,
            job,
            run.input,
            run.unique_key
        )
        .fetch_one(tx.conn())
        .await?;
        get(tx, again).await
    }

    /// One job, or 404.
    pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<JobRun, Fault> {
        tx.require(Perm::FactoryRead)?;
        let project = sqlx::query_scalar!("select project_id from factory.job_runs where id = $1", id)
            .fetch_optional(tx.conn())
            .await?
            .ok_or_else(|| Fault::not_found("The job"))?;
        projects::get(tx, project).await?;
        Ok(sqlx::query_as!(
            JobRun,
            r#"select id, job_type, status as "status: JobStatus", input, output, error, attempts, progress, created_at, started_at, completed_at
               from factory.job_runs where id = $1"#,
            id
        )
        .fetch_one(tx.conn())
        .await?)
    }

    /// The newest job of a type, if there was one.
    pub async fn latest(tx: &mut TenantTx, project: Uuid, job_type: &str) -> Result<Option<JobRun>, Fault> {
        tx.require(Perm::FactoryRead)?;
        Ok(sqlx::query_as!(
            JobRun,
            r#"select id, job_type, status as "status: JobStatus", input, output, error, attempts, progress, created_at, started_at, completed_at
               from factory.job_runs where project_id = $1 and job_type = $2 order by created_at desc, id limit 1"#,
            project,
            job_type
        )
        .fetch_optional(tx.conn())
        .await?)
    }

    /// The jobs of a project, newest first.
    pub async fn list(tx: &mut TenantTx, project: Uuid, page: &PageRequest) -> Result<Paged<JobRun>, Fault> {
        projects::get(tx, project).await?;
        let after = Cursor::<DateTime<Utc>>::of(page)?;
        let rows = sqlx::query_as!(
            JobRun,
            r#"select id, job_type, status as "status: JobStatus", input, output, error, attempts, progress, created_at, started_at, completed_at
               from factory.job_runs
               where project_id = $1 and ($3::uuid is null or created_at < $2 or created_at = $2 and id > $3)
               order by created_at desc, id limit $4"#,
            project,
            after.as_ref().map(|c| c.key),
            after.as_ref().map(|c| c.id),
            page.fetch()
        )
        .fetch_all(tx.conn())
        .await?;
        Ok(Paged::cut(rows, page, |r| Cursor::new(r.created_at, r.id)))
    }

    /// How many jobs that list has in all.
    pub async fn count(tx: &mut TenantTx, project: Uuid) -> Result<i64, Fault> {
        projects::get(tx, project).await?;
        Ok(sqlx::query_scalar!(r#"select count(*) as "n!" from factory.job_runs where project_id = $1"#, project)
            .fetch_one(tx.conn())
            .await?)
    }
}
