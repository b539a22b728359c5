//! Language models over HTTP: what is asked, what comes back piece by piece, and how OpenAI's, Anthropic's and Ollama's
//! protocols say it. It knows no database, no project and no tool: whoever asks brings tools and runs them.
mod anthropic;
mod client;
mod frames;
mod ollama;
mod openai;

pub use client::{Client, Target};
use futures::stream::BoxStream;
use kernel::Fault;
use serde_json::Value;

/// How a provider is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `{base}/chat/completions`: OpenAI, OpenRouter and many others.
    OpenAi,
    /// `{base}/v1/messages`.
    Anthropic,
    /// `{base}/api/chat`.
    Ollama,
}

/// A tool the model may call.
#[derive(Clone, Debug)]
pub struct Tool {
    pub name: &'static str,
    pub description: &'static str,
    /// JSON schema of its arguments.
    pub schema: Value,
}

/// A call the model makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The provider's name for it; made up where the provider has none.
    pub id: String,
    pub name: String,
    /// `Err`: what it said is no JSON; that text.
    pub arguments: Result<Value, String>,
}

/// What a call was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    pub id: String,
    pub name: String,
    pub content: String,
    pub failed: bool,
}

/// One turn of the talk.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    User(String),
    Assistant {
        text: String,
        calls: Vec<Call>,
    },
    /// What the calls of the turn before were answered.
    Results(Vec<Answered>),
}

/// Everything a model is asked with.
#[derive(Clone, Debug)]
pub struct Ask {
    pub system: String,
    pub turns: Vec<Turn>,
    pub tools: Vec<Tool>,
    pub temperature: f32,
    pub max_tokens: u32,
}

/// Tokens as the provider counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub input: u32,
    pub output: u32,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Text(String),
    Call(Call),
    /// The last one.
    Done(Usage),
}

/// The pieces of an answer as they come. Dropping it ends the request.
pub type Events = BoxStream<'static, Result<Event, ModelFault>>;

/// Why there is no (whole) answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelFault {
    /// The provider cannot be reached, refuses, or is busy.
    #[error("{0}")]
    Failed(Fault),
    /// It answered, but not so that it can be used: broken, cut off, empty.
    #[error("{0}")]
    Unusable(String),
}

impl From<Fault> for ModelFault {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}
