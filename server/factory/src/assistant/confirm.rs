//! What a person says to a proposal: it is done, or it is not.
use super::{CallStatus, Confirmation, ToolCall, conversations, tools};
use crate::projects;
use kernel::{Code, Fault, Perm, audit::Audit, db::TenantTx};
use sqlx::types::Json;

/// Approves or rejects a proposal of the person's own conversation. 409 when it was decided before, and when what it would
/// change is not what it was: the proposal then stays and can be rejected.
pub async fn confirm(tx: &mut TenantTx, project: &str, said: &Confirmation) -> Result<ToolCall, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let project = projects::by_slug(tx, project).await?;
    let conversation = conversations::find(tx, project.id, said.conversation_id).await?;
    // Whoever comes second waits here, and finds it decided.
    let row = sqlx::query!(
        r#"select id, tool_calls as "calls!: Json<Vec<ToolCall>>" from factory.agent_messages
           where conversation_id = $1 and tool_calls @> jsonb_build_array(jsonb_build_object('id', $2::text)) for update"#,
        conversation.id,
        said.call_id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(missing)?;
    let Json(mut calls) = row.calls;
    let call = calls.iter_mut().find(|c| c.id == said.call_id).ok_or_else(missing)?;
    match call.status {
        CallStatus::AwaitingConfirmation => {}
        CallStatus::Approved => return Err(Fault::new(Code::Conflict, "This was approved already.")),
        CallStatus::Rejected => return Err(Fault::new(Code::Conflict, "This was rejected already.")),
        CallStatus::Done | CallStatus::Failed => return Err(missing()),
    }
    if said.approve {
        projects::open_for_writing(tx, project.id).await?;
        let input = tools::read(conversation.agent_type, &call.name, call.arguments.clone())
            .map_err(|_| Fault::new(Code::Conflict, "This proposal can no longer be carried out."))?;
        let done = tools::apply(tx, &project, &input, &call.targets).await.map_err(changed)?;
        call.status = CallStatus::Approved;
        call.title = done.title;
        call.link = done.link;
        call.result = done.data.to_string();
    } else {
        call.status = CallStatus::Rejected;
    }
    let decided = call.clone();
    sqlx::query!("update factory.agent_messages set tool_calls = $2 where id = $1", row.id, Json(calls) as Json<Vec<ToolCall>>)
        .execute(tx.conn())
        .await?;
    let action = if said.approve { "assistant.approve" } else { "assistant.reject" };
    tx.audit(Audit::new(action).target("conversation", conversation.id).meta(serde_json::json!({ "tool": decided.name }))).await?;
    Ok(decided)
}

fn missing() -> Fault {
    Fault::not_found("The proposal")
}

/// What is gone or was changed since the proposal is one case for people: look again.
fn changed(fault: Fault) -> Fault {
    match fault.code {
        Code::NotFound | Code::Stale | Code::Gone => {
            Fault::new(Code::Conflict, "What this would change was changed since. Reject it and ask again.")
        }
        _ => fault,
    }
}
