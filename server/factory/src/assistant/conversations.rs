//! Conversations: one's own, and nobody else's.
use super::{Context, ContextKind, Conversation, Message, Role, ToolCall, Usage};
use crate::{
    documents::html::{self, Links},
    projects,
    suggestions::AgentType,
};
use chrono::{DateTime, Utc};
use kernel::{
    Fault,
    audit::Audit,
    db::TenantTx,
    record::{Cursor, PageRequest, Paged},
};
use sqlx::types::Json;
use uuid::Uuid;

/// Messages shown of one conversation: the latest.
const SHOWN: i64 = 400;

struct Row {
    id: Uuid,
    agent_type: AgentType,
    context_type: Option<ContextKind>,
    context_id: Option<Uuid>,
    title: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for Conversation {
    fn from(r: Row) -> Self {
        Self {
            id: r.id,
            agent_type: r.agent_type,
            context: r.context_type.zip(r.context_id).map(|(kind, id)| Context { kind, id }),
            title: r.title.unwrap_or_default(),
            created_at: r.created_at,
            updated_at: r.updated_at,
        }
    }
}

pub(super) fn missing() -> Fault {
    Fault::not_found("The conversation")
}

/// The reader's conversations in a project, the latest first.
pub async fn list(tx: &mut TenantTx, project: &str, page: &PageRequest) -> Result<Paged<Conversation>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let after = Cursor::<DateTime<Utc>>::of(page)?;
    let user = tx.actor().user()?;
    let rows = sqlx::query_as!(
        Row,
        r#"select id, agent_type as "agent_type: AgentType", context_type as "context_type: ContextKind", context_id, title, created_at, updated_at
           from factory.agent_conversations
           where user_id = $1 and project_id = $2 and ($4::uuid is null or updated_at < $3 or updated_at = $3 and id > $4)
           order by updated_at desc, id limit $5"#,
        user,
        project.id,
        after.as_ref().map(|c| c.key),
        after.as_ref().map(|c| c.id),
        page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(Conversation::from).collect();
    Ok(Paged::cut(rows, page, |c: &Conversation| Cursor::new(c.updated_at, c.id)))
}

/// How many that list has in all.
pub async fn count(tx: &mut TenantTx, project: &str) -> Result<i64, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let user = tx.actor().user()?;
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from factory.agent_conversations where user_id = $1 and project_id = $2"#,
        user,
        project.id
    )
    .fetch_one(tx.conn())
    .await?)
}

/// One conversation of the reader's in a project, or 404.
pub async fn open(tx: &mut TenantTx, project: &str, id: Uuid) -> Result<Conversation, Fault> {
    let project = projects::by_slug(tx, project).await?;
    find(tx, project.id, id).await
}

pub(super) async fn find(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<Conversation, Fault> {
    let user = tx.actor().user()?;
    let row = sqlx::query_as!(
        Row,
        r#"select id, agent_type as "agent_type: AgentType", context_type as "context_type: ContextKind", context_id, title, created_at, updated_at
           from factory.agent_conversations where id = $1 and project_id = $2 and user_id = $3"#,
        id,
        project,
        user
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Conversation::from).ok_or_else(missing)
}

/// What was said in it, oldest first.
pub async fn talk(tx: &mut TenantTx, project: &str, id: Uuid) -> Result<Vec<Message>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    find(tx, project.id, id).await?;
    let mut messages = said(tx, id).await?;
    let links = Links::of(tx, project.id, &[]).await?;
    for message in &mut messages {
        message.html = match richtext::markdown::parse(&message.content) {
            Ok(doc) => html::render(&doc, &links),
            // Too deep or too large to be a text of ours: shown as it is.
            Err(_) => message.content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
        };
    }
    Ok(messages)
}

pub(super) async fn said(tx: &mut TenantTx, id: Uuid) -> Result<Vec<Message>, Fault> {
    let rows = sqlx::query!(
        r#"select id, role as "role: Role", content, tool_calls as "tool_calls: Json<Vec<ToolCall>>", input_tokens, output_tokens, model, created_at
           from (select * from factory.agent_messages where conversation_id = $1 order by created_at desc, id desc limit $2) m
           order by created_at, id"#,
        id,
        SHOWN
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Message {
            id: r.id,
            role: r.role,
            content: r.content,
            html: String::new(),
            tool_calls: r.tool_calls.map(|Json(calls)| calls).unwrap_or_default(),
            input_tokens: r.input_tokens,
            output_tokens: r.output_tokens,
            model: r.model,
            created_at: r.created_at,
        })
        .collect())
}

/// Forgets a conversation with all that was said.
pub async fn remove(tx: &mut TenantTx, project: &str, id: Uuid) -> Result<(), Fault> {
    tx.require(kernel::Perm::FactoryWrite)?;
    let project = projects::by_slug(tx, project).await?;
    find(tx, project.id, id).await?;
    sqlx::query!("delete from factory.agent_conversations where id = $1", id).execute(tx.conn()).await?;
    tx.audit(Audit::new("conversation.delete").target("conversation", id)).await
}

/// Begins one.
pub(super) async fn begin(
    tx: &mut TenantTx,
    project: Uuid,
    agent: AgentType,
    context: Option<Context>,
    title: &str,
) -> Result<Conversation, Fault> {
    let user = tx.actor().user()?;
    let id = sqlx::query_scalar!(
        "insert into factory.agent_conversations (project_id, user_id, agent_type, context_type, context_id, title)
         values ($1, $2, $3, $4, $5, $6) returning id",
        project,
        user,
        agent as AgentType,
        context.map(|c| c.kind) as Option<ContextKind>,
        context.map(|c| c.id),
        title
    )
    .fetch_one(tx.conn())
    .await?;
    find(tx, project, id).await
}

/// What one message is made of.
pub(super) struct NewMessage<'a> {
    pub role: Role,
    pub content: &'a str,
    pub calls: &'a [ToolCall],
    pub usage: Option<Usage>,
    pub model: Option<&'a str>,
}

/// Writes a message behind the others; answers its id. The time is the statement's, not the transaction's: steps of one
/// answer keep their order.
pub(super) async fn write(tx: &mut TenantTx, conversation: Uuid, message: NewMessage<'_>) -> Result<Uuid, Fault> {
    let NewMessage { role, content, calls, usage, model } = message;
    // A text that Postgres cannot hold would lose the whole answer.
    let content = content.replace('\0', "");
    let calls = (!calls.is_empty()).then(|| Json(calls.to_vec()));
    let count = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let id = sqlx::query_scalar!(
        r#"with said as (insert into factory.agent_messages (conversation_id, role, content, tool_calls, input_tokens, output_tokens, model, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp()) returning id),
           touched as (update factory.agent_conversations set updated_at = clock_timestamp() where id = $1)
           select id as "id!" from said"#,
        conversation,
        role as Role,
        content,
        calls as Option<Json<Vec<ToolCall>>>,
        usage.map(|u| count(u.input_tokens)),
        usage.map(|u| count(u.output_tokens)),
        model
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(id)
}

/// Counts what a message cost to read, once: what the first step of its answer was asked with.
pub(super) async fn count_read(tx: &mut TenantTx, message: Uuid, usage: Usage) -> Result<(), Fault> {
    sqlx::query!(
        "update factory.agent_messages set input_tokens = $2 where id = $1 and input_tokens is null",
        message,
        i32::try_from(usage.input_tokens).unwrap_or(i32::MAX)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
