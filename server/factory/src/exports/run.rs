//! Making the file, and removing it after seven days.
use super::{ExportScope, book};
use crate::{
    activities::{self, Action, Changes, Entity},
    documents::FileFormat,
    job_runs::{self, NewRun},
    projects,
};
use chrono::{Duration, SecondsFormat};
use kernel::{
    Fault, Perm,
    db::TenantTx,
    files,
    jobs::{self, JobCtx, JobOptions, JobRegistry, NewJob},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// How long a file is kept.
const KEPT_DAYS: i64 = 7;
const EXPIRED: &str = "factory.export_expired";

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Payload {
    project: Uuid,
    scope: ExportScope,
    format: FileFormat,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Expired {
    job: Uuid,
}

/// The jobs of this module.
pub fn register(registry: &mut JobRegistry) {
    let ten_minutes = JobOptions::timeout(10 * 60);
    registry.add("factory.export", ten_minutes, run).add(EXPIRED, ten_minutes, expire);
}

/// Queues an export; one of a kind at a time. Answers its row among the project's jobs.
pub async fn start(tx: &mut TenantTx, project: &str, scope: ExportScope, format: FileFormat) -> Result<Uuid, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let project = projects::by_slug(tx, project).await?.id;
    let key = format!("export:{project}:{}:{}", scope.as_str(), format.extension());
    job_runs::start(tx, NewRun::new(project, "export", Payload { project, scope, format }).unique(key)).await
}

async fn run(ctx: JobCtx, payload: Payload) -> Result<(), Fault> {
    let Payload { project, scope, format } = payload;
    let mut tx = ctx.tx().await?;
    let project = projects::get(&mut tx, project).await?;
    let book = book::gather(&mut tx, &project, scope).await?;
    drop(tx);
    let (bytes, text) = book.write(format).await?;
    let file = ctx.app.files.put(bytes).await?;
    let mut tx = ctx.tx().await?;
    let expires = tx.now() + Duration::days(KEPT_DAYS);
    let name = format!("{}-{}.{}", project.slug, scope.as_str(), format.extension());
    if scope == ExportScope::Project {
        // What harnesses read of the project.
        sqlx::query!(
            "insert into factory.project_specs (project_id, version, content, created_by)
             values ($1, 1 + (select coalesce(max(version), 0) from factory.project_specs where project_id = $1), $2, $3)",
            project.id,
            text,
            ctx.made_by
        )
        .execute(tx.conn())
        .await?;
    }
    let about = json!({ "scope": scope, "format": format, "name": name });
    activities::record(&mut tx, project.id, Entity::Project, project.id, Action::Exported, Changes::default(), about).await?;
    let output = json!({
        "name": name, "sha256": file.sha256, "size": file.size, "expiresAt": expires.to_rfc3339_opts(SecondsFormat::Secs, true),
    });
    job_runs::finish(&mut tx, &ctx, output).await?;
    let mut later = NewJob::new(EXPIRED, &Expired { job: ctx.job_id });
    later.run_at = Some(expires);
    later.unique_key = Some(format!("export-expired:{}", ctx.job_id));
    jobs::enqueue(tx.conn(), later).await?;
    tx.commit().await
}

/// Removes the file of an export whose days are over.
async fn expire(ctx: JobCtx, payload: Expired) -> Result<(), Fault> {
    let mut tx = ctx.tx().await?;
    let sha256 = sqlx::query_scalar!(
        r#"with gone as (select id, output ->> 'sha256' as sha256 from factory.job_runs where core_job_id = $1 for update)
           update factory.job_runs r set output = r.output - 'sha256' from gone where r.id = gone.id returning gone.sha256"#,
        payload.job
    )
    .fetch_optional(tx.conn())
    .await?
    .flatten();
    let Some(sha256) = sha256 else { return Ok(()) };
    files::remove_unnamed(&mut tx, &sha256).await?;
    tx.commit().await
}
