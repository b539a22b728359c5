//! The server functions of the assistant. What it says comes over `/api/projects/{id}/agents/stream`.
use factory::assistant::{Confirmation, Conversation, Message, ToolCall, Who};
use kernel::record::Paged;
use kit::{AppError, Client};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the page and the panel are begun with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatView {
    pub project: Uuid,
    pub who: Who,
    /// The reader's conversations, the latest first.
    pub conversations: Paged<Conversation>,
}

/// One conversation with what was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    pub conversation: Conversation,
    pub messages: Vec<Message>,
}

/// The reader's conversations, and who answers.
#[server(client = Client, output = kit::Wire)]
pub async fn assistant_show(project: String, #[server(default)] after: String) -> Result<ChatView, AppError> {
    let page = kernel::record::PageRequest { after: Some(after).filter(|a| !a.is_empty()), limit: Some(50) };
    kit::call::read_tenant(async |tx| {
        let found = factory::projects::by_slug(tx, &project).await?;
        Ok(ChatView {
            project: found.id,
            who: factory::assistant::who(tx.app()),
            conversations: factory::assistant::list(tx, &project, &page).await?,
        })
    })
    .await
}

/// One conversation of the reader's.
#[server(client = Client, output = kit::Wire)]
pub async fn assistant_talk(project: String, id: Uuid) -> Result<Opened, AppError> {
    kit::call::read_tenant(async |tx| {
        Ok(Opened {
            conversation: factory::assistant::open(tx, &project, id).await?,
            messages: factory::assistant::talk(tx, &project, id).await?,
        })
    })
    .await
}

/// Approves or rejects a proposal.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn assistant_confirm(project: String, said: Confirmation) -> Result<ToolCall, AppError> {
    kit::call::in_tenant(async |tx| factory::assistant::confirm(tx, &project, &said).await).await
}

/// Forgets a conversation.
#[server(client = Client, output = kit::Wire)]
pub async fn assistant_remove(project: String, id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::assistant::remove(tx, &project, id).await).await
}
