//! Telling voters that what they wished for has shipped.
use kernel::{
    Fault,
    access::Actor,
    db::TenantTx,
    jobs::{JobCtx, JobOptions, JobRegistry},
    mail::{self, Mail, Message},
};
use serde_json::Value;
use uuid::Uuid;

/// The kind of the job that looks for what shipped.
pub const SHIPPED: &str = "factory.voting_shipped";

/// The job of this module.
pub fn register(registry: &mut JobRegistry) {
    registry.add(SHIPPED, JobOptions::timeout(10 * 60), |ctx: JobCtx, _: Value| async move { run(ctx).await });
}

async fn run(ctx: JobCtx) -> Result<(), Fault> {
    let projects = sqlx::query!(r#"select organization_id as "org!", project_id as "project!" from factory.voting_shipped()"#)
        .fetch_all(ctx.app.db.pool())
        .await?;
    let base = ctx.app.config.public_url(ctx.app.config.http.port);
    for row in projects {
        let mut tx = TenantTx::begin(&ctx.app, Actor { request: ctx.actor().request, ..Actor::system(Some(row.org)) }).await?;
        announce(&mut tx, row.project, &base).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Marks what passes as shipped and writes to everybody who asked to be told: each once, in the same transaction.
async fn announce(tx: &mut TenantTx, project: Uuid, base: &str) -> Result<(), Fault> {
    let now = tx.now();
    let shipped = sqlx::query_scalar!(
        "update factory.voting_features v set shipped_at = $2 from factory.features f
         where v.project_id = $1 and v.shipped_at is null and f.id = v.feature_id and f.status = 'passing' and f.deleted_at is null
         returning v.feature_id",
        project,
        now
    )
    .fetch_all(tx.conn())
    .await?;
    let told = sqlx::query!(
        r#"update factory.feature_votes b set told_at = $2 from factory.features f, factory.projects p, factory.voting_pages v
           where b.feature_id = any ($1) and b.email is not null and b.told_at is null and f.id = b.feature_id and p.id = b.project_id
             and v.project_id = p.id
           returning b.email as "email!", f.name as feature, p.name as project, v.token, v.enabled"#,
        &shipped,
        now
    )
    .fetch_all(tx.conn())
    .await?;
    for t in told {
        let link = if t.enabled { format!("{base}/vote/{}", t.token) } else { base.to_owned() };
        let message = Message::Shipped { feature: t.feature, project: t.project, link };
        mail::enqueue(tx.conn(), Mail { org: None, to: t.email, message }).await?;
    }
    Ok(())
}
