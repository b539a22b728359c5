//! Every night: artifacts that were deleted more than thirty days ago go for good, and their bytes with them unless
//! something else has the same content.
use super::KEPT_DAYS;
use kernel::{
    Fault,
    access::Actor,
    db::TenantTx,
    files,
    jobs::{JobCtx, JobOptions, JobRegistry},
};
use serde_json::Value;
use uuid::Uuid;

/// The schedule's job.
pub const CLEANUP: &str = "factory.artifact_cleanup";

pub(super) fn register(registry: &mut JobRegistry) {
    registry.add(CLEANUP, JobOptions::timeout(10 * 60), |ctx: JobCtx, _: Value| run(ctx));
}

async fn run(ctx: JobCtx) -> Result<(), Fault> {
    let before = ctx.app.clock.now() - chrono::Duration::days(KEPT_DAYS);
    let orgs = sqlx::query_scalar!(r#"select organization_id as "org!" from factory.artifacts_to_clean($1)"#, before)
        .fetch_all(ctx.app.db.pool())
        .await?;
    for org in orgs {
        while !ctx.cancelled() && one(&ctx, org, before).await? {}
    }
    Ok(())
}

/// Removes one artifact of an organization; false when there is none.
async fn one(ctx: &JobCtx, org: Uuid, before: chrono::DateTime<chrono::Utc>) -> Result<bool, Fault> {
    let mut tx = TenantTx::begin(&ctx.app, Actor::system(Some(org))).await?;
    let gone = sqlx::query_scalar!(
        "delete from factory.artifacts where id = (select id from factory.artifacts where deleted_at < $1 order by deleted_at limit 1 for update skip locked)
         returning storage_key",
        before
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(sha256) = gone else { return Ok(false) };
    files::remove_unnamed(&mut tx, &sha256).await?;
    tx.commit().await?;
    Ok(true)
}
