//! Taking a message in: who may, how often, where it is written. What is answered comes over a channel.
use super::{
    ChatAsk, ChatEvent, Context, ContextKind, Conversation, LONGEST, Role, brain,
    conversations::{self, NewMessage},
    history, prompt,
    run::{Run, Talk},
};
use crate::{
    documents, features,
    feedback::store as feedback_store,
    projects::{self, Project},
    work_orders,
};
use kernel::{Code, Fault, Perm, access::Actor, app::App, db::TenantTx, limits};
use tokio::sync::mpsc;
use uuid::Uuid;

/// How often a person may ask for a model's work.
pub const RATE: limits::Rule = limits::Rule::per_minute("assistant", 10);
/// Events that wait for a slow reader before the model waits too.
const WAITING: usize = 64;

/// An answer on its way. Dropping `events` stops it; what was said is kept.
pub struct Started {
    pub conversation: Uuid,
    pub events: mpsc::Receiver<ChatEvent>,
}

/// Takes a message in and begins to answer it.
pub async fn start(app: &App, actor: &Actor, project: Uuid, ask: &ChatAsk) -> Result<Started, Fault> {
    actor.require(Perm::FactoryWrite)?;
    let user = actor.user()?;
    limits::take(app, RATE, &user.to_string()).await?;
    let mut tx = TenantTx::begin(app, actor.clone()).await?;
    let project = projects::open_for_writing(&mut tx, project).await?;
    let conversation = taken(&mut tx, &project, ask).await?;
    let said = conversations::said(&mut tx, conversation.id).await?;
    let turns = history::turns(&said);
    if turns.is_empty() {
        return Err(Fault::field("message", "is required"));
    }
    let base = base(&mut tx, &project).await?;
    let system = prompt::system(&mut tx, &project, &conversation, &base).await?;
    tx.commit().await?;

    let message = said.iter().rfind(|m| m.role == Role::User);
    let (asked, text) = message.map(|m| (m.id, m.content.clone())).unwrap_or_default();
    let brain = brain::of(app, actor, &conversation, &text).await?;
    let talk = Talk { app: app.clone(), actor: actor.clone(), project, base, conversation: conversation.clone(), asked };
    let (sender, events) = mpsc::channel(WAITING);
    tokio::spawn(Run::new(talk, brain, system, turns, sender).go());
    Ok(Started { conversation: conversation.id, events })
}

/// The conversation with the message in it.
async fn taken(tx: &mut TenantTx, project: &Project, ask: &ChatAsk) -> Result<Conversation, Fault> {
    let message = ask.message.trim();
    let again = ask.retry && message.is_empty() && ask.conversation_id.is_some();
    let length = message.chars().count();
    if !again && !(1..=LONGEST).contains(&length) {
        return Err(Fault::field("message", format!("has {length} characters; a message has 1 to {LONGEST}")));
    }
    let conversation = match ask.conversation_id {
        Some(id) => conversations::find(tx, project.id, id).await?,
        None => {
            if let Some(context) = ask.context {
                exists(tx, project, context).await?;
            }
            let title: String = message.lines().next().unwrap_or_default().chars().take(80).collect();
            conversations::begin(tx, project.id, ask.agent_type, ask.context, &title).await?
        }
    };
    if !again {
        let new = NewMessage { role: Role::User, content: message, calls: &[], usage: None, model: None };
        conversations::write(tx, conversation.id, new).await?;
    }
    Ok(conversation)
}

/// 404 for what is not in this project.
async fn exists(tx: &mut TenantTx, project: &Project, context: Context) -> Result<(), Fault> {
    let found = match context.kind {
        ContextKind::Document => documents::get(tx, context.id).await?.project_id,
        ContextKind::WorkOrder => work_orders::get(tx, context.id).await?.project_id,
        ContextKind::Feature => features::get(tx, context.id).await?.project_id,
        ContextKind::FeedbackItem => feedback_store::one(tx, context.id).await?.project_id,
    };
    if found == project.id { Ok(()) } else { Err(Fault::new(Code::NotFound, "What this is about is not in this project.")) }
}

/// The project's address.
async fn base(tx: &mut TenantTx, project: &Project) -> Result<String, Fault> {
    let org = sqlx::query_scalar!("select slug from core.organizations where id = core.tenant()").fetch_optional(tx.conn()).await?;
    Ok(format!("/o/{}/factory/{}", org.unwrap_or_default(), project.slug))
}
