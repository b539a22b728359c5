//! Every five minutes: which repositories on this machine have moved? Nobody else would tell.
use super::{RepoProvider, index, source};
use crate::embedding;
use kernel::{Fault, access::Actor, app::App, db::TenantTx, jobs::JobCtx};
use serde_json::Value;
use uuid::Uuid;

/// The schedule's job.
pub const POLL: &str = "factory.codebase_poll";

/// The handler.
pub(super) async fn run(ctx: JobCtx, _: Value) -> Result<(), Fault> {
    let all = sqlx::query!(r#"select organization_id as "org!", connection_id as "connection!" from factory.local_connections()"#)
        .fetch_all(ctx.app.db.pool())
        .await?;
    for row in all {
        if ctx.cancelled() {
            break;
        }
        // One repository that cannot be read does not keep the others from being looked at.
        if let Err(fault) = look(&ctx.app, row.org, row.connection).await {
            tracing::warn!(org.id = %row.org, "a repository was not looked at: {fault}");
        }
    }
    Ok(())
}

async fn look(app: &App, org: Uuid, connection: Uuid) -> Result<(), Fault> {
    let mut tx = TenantTx::begin(app, Actor::system(Some(org))).await?;
    let row = sqlx::query!(
        r#"select r.provider as "provider: RepoProvider", r.repo_url, c.default_branch, c.last_indexed_commit, c.embedding_model
           from factory.codebase_connections c join factory.repos r on r.id = c.repo_id where c.id = $1 and c.index_status <> 'failed'"#,
        connection
    )
    .fetch_optional(tx.conn())
    .await?;
    // What failed waits for a person: nothing here would make the next run end otherwise.
    let Some(row) = row else { return Ok(()) };
    let other_model = row.embedding_model.as_deref().is_some_and(|of| of != embedding::model(app));
    let repo = source::Repo { provider: row.provider, location: row.repo_url };
    let head = match source::open(app, &repo).await {
        Ok(opened) => opened.head(&row.default_branch).await,
        Err(fault) => Err(fault),
    };
    let moved = match head {
        Ok(head) => head != row.last_indexed_commit,
        // The run says what is wrong.
        Err(_) => true,
    };
    if moved || other_model {
        index::request(&mut tx, connection).await?;
    }
    tx.commit().await
}
