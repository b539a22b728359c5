//! The suggestions of a document.
use super::{AgentType, SuggestedDiff, Suggestion, SuggestionStatus};
use crate::documents::store;
use chrono::{DateTime, Utc};
use kernel::{Fault, Perm, db::TenantTx};
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

struct Row {
    id: Uuid,
    document_id: Uuid,
    agent_type: AgentType,
    status: SuggestionStatus,
    diffs: Json<Vec<SuggestedDiff>>,
    accepted: Vec<Uuid>,
    rejected: Vec<Uuid>,
    made: Json<BTreeMap<Uuid, Uuid>>,
    summary: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<Row> for Suggestion {
    fn from(row: Row) -> Self {
        let Row { id, document_id, agent_type, status, diffs, accepted, rejected, made, summary, created_at } = row;
        Self { id, document_id, agent_type, status, diffs: diffs.0, accepted, rejected, made: made.0, summary, created_at }
    }
}

/// The latest suggestions of a document, those with something to decide first.
pub async fn list(tx: &mut TenantTx, document: Uuid) -> Result<Vec<Suggestion>, Fault> {
    store::read(tx, document).await?;
    let rows = sqlx::query_as!(
        Row,
        r#"select id, document_id, agent_type as "agent_type: AgentType", status as "status: SuggestionStatus",
             diffs as "diffs: Json<Vec<SuggestedDiff>>", accepted_diffs as accepted, rejected_diffs as rejected,
             made as "made: Json<BTreeMap<Uuid, Uuid>>", context_summary as summary, created_at
           from factory.agent_suggestions where document_id = $1
           order by (cardinality(accepted_diffs) + cardinality(rejected_diffs) < jsonb_array_length(diffs)) desc, created_at desc, id limit 50"#,
        document
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Suggestion::from).collect())
}

/// One suggestion, or 404.
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Suggestion, Fault> {
    tx.require(Perm::FactoryRead)?;
    let suggestion = find(tx, id).await?;
    store::read(tx, suggestion.document_id).await.map_err(|_| missing())?;
    Ok(suggestion)
}

/// The same without asking who reads.
pub(crate) async fn find(tx: &mut TenantTx, id: Uuid) -> Result<Suggestion, Fault> {
    let row = sqlx::query_as!(
        Row,
        r#"select id, document_id, agent_type as "agent_type: AgentType", status as "status: SuggestionStatus",
             diffs as "diffs: Json<Vec<SuggestedDiff>>", accepted_diffs as accepted, rejected_diffs as rejected,
             made as "made: Json<BTreeMap<Uuid, Uuid>>", context_summary as summary, created_at
           from factory.agent_suggestions where id = $1"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Suggestion::from).ok_or_else(missing)
}

pub(super) fn missing() -> Fault {
    Fault::not_found("The suggestion")
}
