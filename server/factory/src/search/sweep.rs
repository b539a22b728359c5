//! Every five minutes: what was left behind, and what has the vectors of another model, is made anew.
use super::entries;
use crate::embedding;
use kernel::{
    Fault,
    access::Actor,
    db::TenantTx,
    jobs::{JobCtx, JobOptions, JobRegistry},
};
use serde_json::Value;

/// The schedule's job.
pub const SWEEP: &str = "factory.embedding_sweep";

pub(super) fn register(registry: &mut JobRegistry) {
    registry.add(SWEEP, JobOptions::timeout(60), |ctx: JobCtx, _: Value| run(ctx));
}

async fn run(ctx: JobCtx) -> Result<(), Fault> {
    let before = ctx.app.clock.now() - chrono::Duration::minutes(10);
    let left = sqlx::query!(
        r#"select organization_id as "org!", project_id as "project!" from factory.search_left($1, $2)"#,
        before,
        embedding::model(&ctx.app)
    )
    .fetch_all(ctx.app.db.pool())
    .await?;
    for row in left {
        let mut tx = TenantTx::begin(&ctx.app, Actor::system(Some(row.org))).await?;
        entries::everything(&mut tx, row.project).await?;
        tx.commit().await?;
    }
    Ok(())
}
