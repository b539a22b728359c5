//! The assistant against a real Postgres: by its rules, and with doubles of models over real HTTP.
mod builtin;
mod confirm;
mod custom;
mod double;
mod model;

use factory::{
    assistant::{self, ChatAsk, ChatEvent, Confirmation, Context, Message, ToolCall},
    projects::{Project, ProjectInput},
    suggestions::AgentType,
};
use kernel::{
    Fault,
    access::{Actor, Role},
    config::Config,
    db::TenantTx,
    jobs::{self, JobRegistry},
    testing::{Org, TestDb},
};
use uuid::Uuid;

/// An organization with one active project "Shop", and a member who talks with the assistant.
struct Shop {
    db: TestDb,
    org: Org,
    project: Project,
    actor: Actor,
}

impl Shop {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        let db = TestDb::with(configure).await;
        let org = db.org("acme").await;
        let mut tx = org.tx(Role::Admin).await;
        let project = factory::projects::create(&mut tx, &ProjectInput { name: "Shop".into(), ..Default::default() }).await.unwrap();
        tx.commit().await.unwrap();
        let actor = org.tx(Role::Member).await.actor().clone();
        Self { db, org, project, actor }
    }

    /// A transaction of the member.
    async fn tx(&self) -> TenantTx {
        TenantTx::begin(&self.db.app(), self.actor.clone()).await.unwrap()
    }

    /// Says something; answers the conversation and every event until the end.
    async fn say(&self, ask: &ChatAsk) -> Result<(Uuid, Vec<ChatEvent>), Fault> {
        let mut started = assistant::start(&self.db.app(), &self.actor, self.project.id, ask).await?;
        let mut events = Vec::new();
        while let Some(event) = started.events.recv().await {
            events.push(event);
        }
        Ok((started.conversation, events))
    }

    async fn talk(&self, conversation: Uuid) -> Vec<Message> {
        assistant::talk(&mut self.tx().await, "shop", conversation).await.unwrap()
    }

    async fn confirm(&self, conversation_id: Uuid, call: &ToolCall, approve: bool) -> Result<ToolCall, Fault> {
        let mut tx = self.tx().await;
        let said = Confirmation { conversation_id, call_id: call.id.clone(), approve };
        let call = assistant::confirm(&mut tx, "shop", &said).await?;
        tx.commit().await?;
        Ok(call)
    }

    /// How many rows a table has.
    async fn rows(&self, table: &'static str) -> i64 {
        let sql = match table {
            "work_orders" => "select count(*) from factory.work_orders",
            "features" => "select count(*) from factory.features",
            "suggestions" => "select count(*) from factory.agent_suggestions",
            "conversations" => "select count(*) from factory.agent_conversations",
            other => panic!("{other} is not counted here"),
        };
        sqlx::query_scalar(sql).fetch_one(self.db.admin()).await.unwrap()
    }

    /// Runs what is due; nothing may fail.
    async fn run_jobs(&self) {
        let mut registry = JobRegistry::new();
        factory::register(&mut registry);
        kernel::mail::register(&mut registry);
        assert_eq!(jobs::drain(&self.db.app(), &registry).await.unwrap().failed, []);
    }
}

fn ask(agent_type: AgentType, message: &str) -> ChatAsk {
    ChatAsk { conversation_id: None, agent_type, context: None, message: message.into(), retry: false }
}

fn beside(agent_type: AgentType, context: Context, message: &str) -> ChatAsk {
    ChatAsk { context: Some(context), ..ask(agent_type, message) }
}

/// What was said, in one.
fn text(events: &[ChatEvent]) -> String {
    events.iter().filter_map(|e| if let ChatEvent::TextDelta { text } = e { Some(text.as_str()) } else { None }).collect()
}

/// The proposals among the events.
fn proposals(events: &[ChatEvent]) -> Vec<ToolCall> {
    events.iter().filter_map(|e| if let ChatEvent::ConfirmationRequired { call } = e { Some(call.clone()) } else { None }).collect()
}

/// What the tools did.
fn results(events: &[ChatEvent]) -> Vec<ToolCall> {
    events.iter().filter_map(|e| if let ChatEvent::ToolResult { call } = e { Some(call.clone()) } else { None }).collect()
}

/// The names of the events, those of text once in a row.
fn names(events: &[ChatEvent]) -> Vec<&'static str> {
    let mut names: Vec<&str> = events.iter().map(ChatEvent::name).collect();
    names.dedup();
    names
}
