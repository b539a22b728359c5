//! The assistant: talks about a project with a model, or with the rules that stand in for one. It reads with the rights of
//! who asks, suggests, and proposes; nothing is changed before that person approves it.
use crate::suggestions::AgentType;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod brain;
#[cfg(feature = "ssr")]
mod builtin;
#[cfg(feature = "ssr")]
mod confirm;
#[cfg(feature = "ssr")]
mod conversations;
#[cfg(feature = "ssr")]
mod history;
#[cfg(feature = "ssr")]
mod prompt;
#[cfg(feature = "ssr")]
mod run;
#[cfg(feature = "ssr")]
mod start;
#[cfg(feature = "ssr")]
mod tools;
#[cfg(feature = "ssr")]
pub use self::{
    brain::{ModelKey, Models, who},
    confirm::confirm,
    conversations::{count, list, open, remove, talk},
    start::{Started, start},
    tools::{Tool, names as tool_names},
};
#[cfg(feature = "ssr")]
pub(crate) use self::{
    brain::{fault as model_fault, model},
    start::RATE,
    tools::quoted,
};

/// A message has at most so many characters.
pub const LONGEST: usize = 10_000;
/// Steps of one answer: calls of the model.
pub const STEPS: usize = 10;
pub const TEMPERATURE: f32 = 0.7;
pub const MAX_TOKENS: u32 = 4096;
/// Longest time one answer may take.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

/// What a talk is about: what the person has open beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Context {
    #[serde(rename = "type")]
    pub kind: ContextKind,
    pub id: Uuid,
}

/// What can be open beside a talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum ContextKind {
    Document,
    WorkOrder,
    Feature,
    FeedbackItem,
}

/// What a person says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatAsk {
    /// None: a new conversation begins.
    #[serde(default)]
    pub conversation_id: Option<Uuid>,
    /// Which assistant; a conversation keeps the one it began with.
    #[serde(default = "refinery")]
    pub agent_type: AgentType,
    #[serde(default)]
    pub context: Option<Context>,
    #[serde(default)]
    pub message: String,
    /// Answers the last message again, after an error.
    #[serde(default)]
    pub retry: bool,
}

const fn refinery() -> AgentType {
    AgentType::Refinery
}

/// One conversation of a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    pub id: Uuid,
    pub agent_type: AgentType,
    pub context: Option<Context>,
    pub title: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum Role {
    User,
    Assistant,
    /// An answer that ended with an error, in words.
    System,
}

/// One message: of a person, or one step of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    pub id: Uuid,
    pub role: Role,
    /// Markdown.
    pub content: String,
    /// The same as safe HTML.
    pub html: String,
    pub tool_calls: Vec<ToolCall>,
    pub input_tokens: Option<i32>,
    pub output_tokens: Option<i32>,
    /// `builtin`, or the model that answered.
    pub model: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// How far a call of a tool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    Done,
    Failed,
    AwaitingConfirmation,
    Approved,
    Rejected,
}

/// One call of a tool, as it is stored and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolCall {
    /// Known once in its conversation.
    pub id: String,
    pub name: String,
    pub arguments: Value,
    pub status: CallStatus,
    /// What it did or would do, in words.
    pub title: String,
    /// What it is about, below `/o/{org}`'s address of the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// What would change, field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
    /// What it would change, as it was when it was proposed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Seen>,
    /// What it answered, cut to what a reader may want.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub result: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One field before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    pub field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    pub new: String,
}

/// An entity and the version of it that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub id: Uuid,
    pub rev: String,
}

/// Tokens of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    pub input_tokens: u32,
    pub output_tokens: u32,
}

/// What is sent while an answer is made; the tag is the event's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ChatEvent {
    TextDelta {
        text: String,
    },
    ToolCall {
        id: String,
        name: String,
        arguments: Value,
    },
    ToolResult {
        call: ToolCall,
    },
    /// Edits of a document wait for a decision.
    EditSuggestion {
        suggestion_id: Uuid,
        document_id: Uuid,
        title: String,
        link: String,
        parts: usize,
    },
    ConfirmationRequired {
        call: ToolCall,
    },
    Error {
        code: kernel::Code,
        message: String,
    },
    Done {
        usage: Usage,
        conversation_id: Uuid,
    },
}

impl ChatEvent {
    /// Its name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TextDelta { .. } => "text-delta",
            Self::ToolCall { .. } => "tool-call",
            Self::ToolResult { .. } => "tool-result",
            Self::EditSuggestion { .. } => "edit-suggestion",
            Self::ConfirmationRequired { .. } => "confirmation-required",
            Self::Error { .. } => "error",
            Self::Done { .. } => "done",
        }
    }
}

/// What a person says to a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Confirmation {
    pub conversation_id: Uuid,
    pub call_id: String,
    pub approve: bool,
}

/// What one can ask each assistant, its rules included.
pub const fn examples(agent: AgentType) -> &'static [&'static str] {
    match agent {
        AgentType::Refinery => {
            &["What do we say about sign-in?", "Review “Product overview”", "Create feature “Password reset”", "Rename F-001 to Checkout"]
        }
        AgentType::Foundry => &[
            "Which blueprints are there?",
            "Open drift alerts",
            "Draft the missing sections of “Checkout”",
            "Where is the code for payments?",
        ],
        AgentType::Planner => &[
            "Create a work order titled “Add login form”",
            "Move WO-1, WO-2 to ready",
            "Which work orders are open?",
            "Extract work orders from “Checkout”",
        ],
        AgentType::Validator => &["List new feedback", "Categorise “App crashes on start” as bug", "What do users say about search?"],
    }
}

/// Who answers in this installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Who {
    /// Rules of our own, no model.
    pub builtin: bool,
    pub label: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_called_what_their_tag_says() {
        let call = ToolCall {
            id: "a".into(),
            name: "readDocument".into(),
            arguments: Value::Null,
            status: CallStatus::AwaitingConfirmation,
            title: String::new(),
            link: None,
            changes: vec![],
            targets: vec![],
            result: String::new(),
            error: None,
        };
        for event in [
            ChatEvent::TextDelta { text: "x".into() },
            ChatEvent::ToolCall { id: "a".into(), name: "x".into(), arguments: Value::Null },
            ChatEvent::ToolResult { call: call.clone() },
            ChatEvent::ConfirmationRequired { call },
            ChatEvent::Done { usage: Usage::default(), conversation_id: Uuid::nil() },
        ] {
            let wire = serde_json::to_value(&event).unwrap();
            assert_eq!(wire["type"], event.name());
            assert_eq!(serde_json::from_value::<ChatEvent>(wire).unwrap(), event);
        }
        let done = serde_json::to_value(ChatEvent::Done { usage: Usage::default(), conversation_id: Uuid::nil() }).unwrap();
        assert_eq!(done["usage"]["inputTokens"], 0);
    }
}
