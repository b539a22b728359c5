//! Who answers: the model of the installation, or the built-in rules.
use super::{Conversation, ToolCall, Who, builtin::Builtin, run::Talk, tools};
use async_trait::async_trait;
use futures::StreamExt;
use kernel::{
    Fault,
    access::Actor,
    app::App,
    config::ModelProvider,
    providers::{self, BUILT_IN},
    secrets,
};
use models::{Ask, Client, Event, Events, ModelFault, Protocol, Target, Turn};
use std::time::Duration;
use zeroize::Zeroizing;

/// Who answers one message.
pub enum Brain {
    Builtin(Box<Builtin>),
    Model(Client),
}

/// Who answers in this installation.
pub async fn of(app: &App, actor: &Actor, conversation: &Conversation, message: &str) -> Result<Brain, Fault> {
    Ok(match model(app, actor).await? {
        Some(client) => Brain::Model(client),
        None => Brain::Builtin(Box::new(Builtin::new(conversation, message))),
    })
}

/// The model of this installation; `None`: built-in rules stand in for one. The key: the person's, else the organization's,
/// else the environment's, else the configured.
pub async fn model(app: &App, actor: &Actor) -> Result<Option<Client>, Fault> {
    let set = &app.config.models;
    if set.provider == ModelProvider::Builtin {
        return Ok(None);
    }
    let stored = secrets::use_secret(app, actor, set.provider.as_str()).await?.map(|secret| secret.value);
    let key = stored.or_else(|| set.key.as_ref().map(|key| Zeroizing::new(key.expose().to_owned())));
    Ok(Some(client(app, key)))
}

fn client(app: &App, key: Option<Zeroizing<String>>) -> Client {
    let set = &app.config.models;
    let base = set.url.as_ref().map_or(set.provider.base(), |url| url.as_str()).trim_end_matches('/').to_owned();
    let protocol = match set.provider {
        ModelProvider::Anthropic => Protocol::Anthropic,
        ModelProvider::Ollama => Protocol::Ollama,
        ModelProvider::OpenAi | ModelProvider::OpenRouter | ModelProvider::Builtin => Protocol::OpenAi,
    };
    Client::new(app.outbound.clone(), Target { protocol, base, model: set.model.clone(), key, provider: set.provider.words() })
}

/// Who answers, for screens.
pub fn who(app: &App) -> Who {
    match app.config.models.provider {
        ModelProvider::Builtin => Who { builtin: true, label: "Built-in assistant".to_owned() },
        provider => Who { builtin: false, label: format!("{} ({})", app.config.models.model, provider.words()) },
    }
}

impl Brain {
    /// What is stored beside its messages.
    pub fn model(&self) -> &str {
        match self {
            Self::Builtin(_) => "builtin",
            Self::Model(client) => client.model(),
        }
    }

    pub fn is_builtin(&self) -> bool {
        matches!(self, Self::Builtin(_))
    }

    /// One step: text, calls, the end.
    pub async fn step(&mut self, talk: &Talk, system: &str, turns: &[Turn], patience: Duration) -> Result<Events, ModelFault> {
        match self {
            Self::Builtin(rules) => {
                let events = rules.step(talk).await?;
                Ok(futures::stream::iter(events.into_iter().map(Ok)).boxed())
            }
            Self::Model(client) => {
                let ask = Ask {
                    system: system.to_owned(),
                    turns: turns.to_vec(),
                    tools: tools::offered(talk.conversation.agent_type),
                    temperature: super::TEMPERATURE,
                    max_tokens: super::MAX_TOKENS,
                };
                client.ask(&ask, patience).await
            }
        }
    }

    /// What its calls were answered.
    pub fn heard(&mut self, calls: &[(ToolCall, serde_json::Value)]) {
        if let Self::Builtin(rules) = self {
            rules.heard(calls);
        }
    }
}

/// The external part as `doctor` and the health page show it.
pub struct Models;

#[async_trait]
impl providers::Provider for Models {
    fn part(&self) -> &'static str {
        "models"
    }

    fn external(&self, app: &App) -> Option<String> {
        let set = &app.config.models;
        (set.provider != ModelProvider::Builtin).then(|| format!("{} at {}", set.model, set.provider.words()))
    }

    async fn check(&self, app: &App) -> Result<String, Fault> {
        let set = &app.config.models;
        if set.provider == ModelProvider::Builtin {
            return Ok(format!("{BUILT_IN}: rules, search and templates."));
        }
        let key = match secrets::use_secret(app, &Actor::system(None), set.provider.as_str()).await? {
            Some(secret) => Some(secret.value),
            None => set.key.as_ref().map(|key| Zeroizing::new(key.expose().to_owned())),
        };
        if key.is_none() && set.provider != ModelProvider::Ollama {
            return Ok("Configured. People and organizations bring their own keys.".to_owned());
        }
        answers(client(app, key)).await
    }
}

/// Asks for one word.
async fn answers(client: Client) -> Result<String, Fault> {
    let ask = Ask {
        system: "Answer with one word.".to_owned(),
        turns: vec![Turn::User("Are you there?".to_owned())],
        tools: Vec::new(),
        temperature: 0.0,
        max_tokens: 16,
    };
    let mut events = client.ask(&ask, Duration::from_secs(10)).await.map_err(fault)?;
    while let Some(event) = events.next().await {
        if matches!(event.map_err(fault)?, Event::Text(_) | Event::Done(_)) {
            break;
        }
    }
    Ok("It answers.".to_owned())
}

/// A key that is stored for a model's provider, and the way to try it.
pub struct ModelKey(pub ModelProvider);

#[async_trait]
impl providers::Service for ModelKey {
    fn name(&self) -> &'static str {
        self.0.as_str()
    }

    fn label(&self) -> &'static str {
        self.0.words()
    }

    async fn check(&self, app: &App, secret: &str) -> Result<String, Fault> {
        if app.config.models.provider != self.0 {
            return Ok(format!("The secret opens. This installation does not use {} (models.provider).", self.0.words()));
        }
        answers(client(app, Some(Zeroizing::new(secret.to_owned())))).await
    }
}

/// Why a model does not answer, as services say it.
pub fn fault(fault: ModelFault) -> Fault {
    match fault {
        ModelFault::Failed(fault) => fault,
        ModelFault::Unusable(message) => Fault::new(kernel::Code::Upstream, message),
    }
}
