//! Reading the text of a file, as a job.
use super::{
    Artifact, ProcessingStatus, clean,
    store::{lock, one},
};
use crate::{
    graph,
    job_runs::{self, NewRun},
};
use extraction::FileKind;
use kernel::{
    Code, Fault,
    audit::Audit,
    db::TenantTx,
    jobs::{JobCtx, JobOptions, JobRegistry},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

const EXTRACT: &str = "artifact_extract";

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Payload {
    artifact: Uuid,
}

/// The jobs of artifacts.
pub fn register(registry: &mut JobRegistry) {
    // Reading has 120 seconds of its own; a reader that does not end keeps its thread, so few work at once.
    let options = JobOptions { max_attempts: 2, concurrency: Some(4), ..JobOptions::timeout(extraction::TIME.as_secs() + 30) };
    registry.add("factory.artifact_extract", options, run);
    clean::register(registry);
}

/// Queues the reading of a file that is pending.
pub(super) async fn queue(tx: &mut TenantTx, project: Uuid, artifact: Uuid) -> Result<(), Fault> {
    job_runs::start(tx, NewRun::new(project, EXTRACT, Payload { artifact }).unique(artifact.to_string())).await?;
    Ok(())
}

/// Reads a file that failed once more.
pub async fn reprocess(tx: &mut TenantTx, id: Uuid) -> Result<Artifact, Fault> {
    let project = lock(tx, id).await?;
    let before = one(tx, project.id, id).await?;
    if before.status != ProcessingStatus::Failed {
        return Err(Fault::new(
            Code::InvalidTransition,
            format!("This file is {}. Only a file that failed is read again.", before.status.words().to_lowercase()),
        ));
    }
    sqlx::query!("update factory.artifacts set processing_status = 'pending', processing_error = null where id = $1", id)
        .execute(tx.conn())
        .await?;
    queue(tx, project.id, id).await?;
    tx.audit(Audit::new("artifact.reprocess").target("artifact", id)).await?;
    one(tx, project.id, id).await
}

async fn run(ctx: JobCtx, payload: Payload) -> Result<(), Fault> {
    let mut tx = ctx.tx().await?;
    // A job that was tried again by hand finds what had failed; one that runs twice finds nothing to do.
    let file = sqlx::query!(
        "update factory.artifacts set processing_status = 'processing', processing_error = null
         where id = $1 and deleted_at is null and processing_status <> 'completed' returning storage_key, mime_type",
        payload.artifact
    )
    .fetch_optional(tx.conn())
    .await?;
    tx.commit().await?;
    let Some(file) = file else { return Ok(()) };
    let read = match FileKind::of_mime(&file.mime_type) {
        Some(kind) => extraction::text_of(kind, ctx.app.files.get(&file.storage_key).await?).await,
        None => Ok(None),
    };
    let (text, failed) = match read {
        Ok(text) => (text, None),
        Err(error) if error.may_pass() && ctx.attempt < ctx.max_attempts => return Err(Fault::new(Code::Upstream, error.to_string())),
        Err(error) => (None, Some(error.to_string())),
    };
    let mut tx = ctx.tx().await?;
    let status = if failed.is_some() { "failed" } else { "completed" };
    sqlx::query!(
        "update factory.artifacts set processing_status = $2, processing_error = $3, extracted_text = $4
         where id = $1 and processing_status = 'processing'",
        payload.artifact,
        status,
        failed,
        text
    )
    .execute(tx.conn())
    .await?;
    graph::keep_artifacts(&mut tx, &[payload.artifact]).await?;
    let characters = text.map_or(0, |text| text.chars().count());
    job_runs::finish(&mut tx, &ctx, json!({ "characters": characters, "failed": failed })).await?;
    tx.commit().await
}
