//! Making suggestions: for agents and interviews.
use super::{AgentType, SuggestedDiff, Suggestion, read};
use crate::documents::store;
use kernel::{Fault, db::TenantTx};
use sqlx::types::Json;
use uuid::Uuid;

/// Parts of one suggestion.
const MOST: usize = 200;

/// Stores a suggestion for a document. Each part gets an id unless it has one.
pub async fn make(
    tx: &mut TenantTx,
    document: Uuid,
    agent: AgentType,
    summary: &str,
    mut diffs: Vec<SuggestedDiff>,
    conversation: Option<Uuid>,
) -> Result<Suggestion, Fault> {
    let (project, document) = store::lock(tx, document).await?;
    if diffs.is_empty() || diffs.len() > MOST {
        return Err(Fault::field("diffs", format!("are {}; a suggestion has 1 to {MOST}", diffs.len())));
    }
    for diff in diffs.iter_mut().filter(|diff| diff.id.is_nil()) {
        diff.id = Uuid::new_v4();
    }
    let id = sqlx::query_scalar!(
        "insert into factory.agent_suggestions (project_id, document_id, agent_type, diffs, context_summary, conversation_id)
         values ($1, $2, $3, $4, nullif($5::text, ''), $6) returning id",
        project.id,
        document.id,
        agent as AgentType,
        Json(diffs) as Json<Vec<SuggestedDiff>>,
        summary.trim(),
        conversation
    )
    .fetch_one(tx.conn())
    .await?;
    read::find(tx, id).await
}
