//! Every five minutes: which repositories have moved? Those on this machine nobody else tells about, and a webhook may
//! not reach this installation, or never have been set up.
use super::{index, source};
use crate::embedding;
use indexing::SourceFault;
use kernel::{Fault, access::Actor, app::App, db::TenantTx, jobs::JobCtx};
use serde_json::Value;
use uuid::Uuid;

/// The schedule's job.
pub const POLL: &str = "factory.codebase_poll";

/// The handler.
pub(super) async fn run(ctx: JobCtx, _: Value) -> Result<(), Fault> {
    let all = sqlx::query!(r#"select organization_id as "org!", connection_id as "connection!" from factory.polled_connections()"#)
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
        "select default_branch, last_indexed_commit, embedding_model from factory.codebase_connections where id = $1 and index_status <> 'failed'",
        connection
    )
    .fetch_optional(tx.conn())
    .await?;
    // What failed waits for a person: nothing here would make the next run end otherwise.
    let Some(row) = row else { return Ok(()) };
    let other_model = row.embedding_model.as_deref().is_some_and(|of| of != embedding::model(app));
    let Some(repo) = source::of_connection(&mut tx, connection).await? else { return Ok(()) };
    // The other side may take its time, and no transaction waits for it.
    tx.commit().await?;
    let head = match source::open(app, &repo).await {
        Ok(opened) => opened.head(&row.default_branch).await,
        Err(fault) => Err(fault),
    };
    let moved = match head {
        Ok(head) => head != row.last_indexed_commit,
        Err(SourceFault::Busy { .. }) => false,
        // The run says what is wrong.
        Err(_) => true,
    };
    if moved || other_model {
        let mut tx = TenantTx::begin(app, Actor::system(Some(org))).await?;
        index::request(&mut tx, connection).await?;
        tx.commit().await?;
    }
    Ok(())
}
