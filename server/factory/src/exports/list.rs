//! The exports of a project.
use super::{ExportRun, ExportScope, ExportedFile};
use crate::{documents::FileFormat, job_runs::JobStatus, projects};
use chrono::Duration;
use kernel::{Fault, db::TenantTx, files};
use serde_json::Value;

/// How long a link opens the file.
const LINK_MINUTES: i64 = 60;
const MOST: i64 = 10;

/// The latest exports, newest first; those whose file is gone have none.
pub async fn list(tx: &mut TenantTx, project: &str) -> Result<Vec<ExportRun>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let rows = sqlx::query!(
        r#"select id, status as "status: JobStatus", input, output, error, progress, created_at
           from factory.job_runs where project_id = $1 and job_type = 'export' order by created_at desc, id limit $2"#,
        project.id,
        MOST
    )
    .fetch_all(tx.conn())
    .await?;
    let (now, pepper) = (tx.now(), tx.app().pepper.clone());
    Ok(rows
        .into_iter()
        .map(|row| {
            let said = |of: &Option<Value>, name: &str| of.as_ref().and_then(|v| v[name].as_str().map(str::to_owned));
            let file = said(&row.output, "sha256").and_then(|sha256| {
                let expires_at = said(&row.output, "expiresAt")?.parse().ok().filter(|at| *at > now)?;
                let name = said(&row.output, "name")?;
                let until = (now + Duration::minutes(LINK_MINUTES)).min(expires_at);
                let size = row.output.as_ref().and_then(|v| v["size"].as_u64()).unwrap_or_default();
                Some(ExportedFile { href: files::link(&pepper, &sha256, &name, until), name, size, expires_at })
            });
            ExportRun {
                id: row.id,
                scope: said(&row.input, "scope").and_then(|s| ExportScope::parse(&s)).unwrap_or_default(),
                format: said(&row.input, "format").and_then(|f| FileFormat::parse(&f)).unwrap_or(FileFormat::Md),
                status: row.status,
                error: row.error,
                progress: row.progress,
                created_at: row.created_at,
                file,
            }
        })
        .collect())
}
