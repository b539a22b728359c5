//! What a person decides about an alert.
use super::{DriftAlert, DriftStatus, list, raise};
use crate::projects;
use kernel::{Code, Fault, Perm, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// Acknowledges, resolves or dismisses an alert; 409 `invalid_transition` names the allowed moves. Resolving ("mark in
/// sync") and dismissing confirm the edge that joins both ends, if there is one; acknowledging does not.
pub async fn decide(tx: &mut TenantTx, id: Uuid, next: DriftStatus) -> Result<DriftAlert, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let alert = sqlx::query!(
        r#"select project_id, source_node_id, target_node_id, status as "status: DriftStatus" from factory.drift_alerts where id = $1 for update"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The alert"))?;
    projects::open_for_writing(tx, alert.project_id).await?;
    if !alert.status.may_become(next) {
        let moves: Vec<_> = alert.status.moves().collect();
        let words: Vec<_> = moves.iter().map(|s| s.words().to_lowercase()).collect();
        let allowed = if words.is_empty() { "It is decided.".to_owned() } else { format!("It can become {}.", words.join(" or ")) };
        return Err(Fault::new(Code::InvalidTransition, format!("This alert is {}. {allowed}", alert.status.words().to_lowercase()))
            .with_details(json!({ "allowed": moves })));
    }
    let now = tx.now();
    let by = tx.actor().user;
    let ended = !next.is_live();
    sqlx::query!(
        "update factory.drift_alerts set status = $2, resolved_at = case when $3 then $4::timestamptz end, resolved_by = case when $3 then $5::uuid end
         where id = $1",
        id,
        next as DriftStatus,
        ended,
        now,
        by
    )
    .execute(tx.conn())
    .await?;
    if ended {
        sqlx::query!(
            r#"update factory.graph_edges e set metadata = e.metadata || jsonb_build_object('synced_hash', n.content_hash)
               from factory.graph_nodes n
               where n.id = $1 and n.content_hash is not null
                 and (e.edge_type = 'derives_from' and e.target_node_id = $1 and e.source_node_id = $2
                   or e.edge_type in ('shared_context', 'implements') and e.source_node_id = $1 and e.target_node_id = $2)"#,
            alert.source_node_id,
            alert.target_node_id
        )
        .execute(tx.conn())
        .await?;
        sqlx::query!("update factory.graph_nodes set last_synced_at = $2 where id = $1", alert.target_node_id, now)
            .execute(tx.conn())
            .await?;
        raise::settle(tx, alert.project_id, &[alert.source_node_id]).await?;
    }
    list::get(tx, id).await
}
