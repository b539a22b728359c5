//! Answering one message: the model is asked, its tools are run, it is asked again, until it has nothing more to ask for.
use super::{
    CallStatus, ChatEvent, Conversation, PATIENCE, Role, STEPS, ToolCall, Usage,
    brain::{self, Brain},
    conversations::{self, NewMessage},
    history,
    tools::{self, Outcome},
};
use crate::projects::Project;
use futures::StreamExt;
use kernel::{Code, Fault, access::Actor, app::App, db::TenantTx};
use models::{Call, Event, ModelFault, Turn};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc::Sender,
    time::{Instant, sleep_until},
};
use uuid::Uuid;

/// Characters of a tool's answer that a model is told, and that are stored.
const RESULT: usize = 16_000;

/// In which talk, and with whose rights.
pub struct Talk {
    pub app: App,
    pub actor: Actor,
    pub project: Project,
    /// `/o/acme/factory/shop`
    pub base: String,
    pub conversation: Conversation,
    /// The message that is answered.
    pub asked: Uuid,
}

pub struct Run {
    talk: Talk,
    brain: Brain,
    system: String,
    turns: Vec<Turn>,
    events: Sender<ChatEvent>,
    usage: Usage,
    deadline: Instant,
}

/// One step as far as it came.
#[derive(Default)]
struct Step {
    text: String,
    calls: Vec<Call>,
    usage: Usage,
}

/// Why an answer ends before its end.
enum Stop {
    /// Nobody reads any more.
    Gone,
    Fault(Fault),
}

impl Run {
    pub fn new(talk: Talk, brain: Brain, system: String, turns: Vec<Turn>, events: Sender<ChatEvent>) -> Self {
        Self { talk, brain, system, turns, events, usage: Usage::default(), deadline: Instant::now() + PATIENCE }
    }

    /// Answers, and keeps what was said however it ends.
    pub async fn go(mut self) {
        let ended = self.steps().await;
        let last = match ended {
            Ok(()) => ChatEvent::Done { usage: self.usage, conversation_id: self.talk.conversation.id },
            Err(Stop::Gone) => return,
            Err(Stop::Fault(fault)) => {
                if let Err(lost) = self.keep(Role::System, &fault.message, &[], None).await {
                    tracing::error!(error = %lost, "the end of an answer could not be stored");
                }
                ChatEvent::Error { code: fault.code, message: fault.message }
            }
        };
        // Whoever left hears nothing.
        drop(self.events.send(last).await);
    }

    async fn steps(&mut self) -> Result<(), Stop> {
        let mut repaired = false;
        for _ in 0..STEPS {
            let mut step = Step::default();
            match self.listen(&mut step).await {
                Ok(()) => {}
                Err(Halt::Model(ModelFault::Unusable(_))) if !repaired => {
                    repaired = true;
                    continue;
                }
                Err(halt) => {
                    self.keep_step(&step, &[]).await.map_err(Stop::Fault)?;
                    return Err(match halt {
                        Halt::Gone => Stop::Gone,
                        Halt::Late => Stop::Fault(Fault::new(Code::Upstream, "The answer took longer than 120 seconds and was stopped.")),
                        Halt::Model(fault) => Stop::Fault(brain::fault(fault)),
                    });
                }
            }
            let mut calls = Vec::new();
            let mut misused = None;
            for call in std::mem::take(&mut step.calls) {
                let (call, data, bad) = self.call(call).await.map_err(Stop::Fault)?;
                misused = misused.or(bad);
                calls.push((call, data));
            }
            let stored: Vec<ToolCall> = calls.iter().map(|(call, _)| call.clone()).collect();
            self.keep_step(&step, &stored).await.map_err(Stop::Fault)?;
            match misused {
                // One repair: it is told what is wrong and asked again.
                Some(_) if !repaired => repaired = true,
                Some(why) => return Err(Stop::Fault(Fault::new(Code::Upstream, format!("The model's answer cannot be used: {why}")))),
                None if calls.is_empty() => return Ok(()),
                None => {}
            }
            self.brain.heard(&calls);
            self.turns.push(Turn::Assistant { text: step.text, calls: stored.iter().map(history::call).collect() });
            self.turns.push(Turn::Results(stored.iter().map(history::answered).collect()));
        }
        Err(Stop::Fault(Fault::new(Code::Upstream, format!("The answer was stopped after {STEPS} steps. Ask for less at once."))))
    }

    /// Hears one step of the model, until it ends, nobody reads any more, or it takes too long.
    async fn listen(&mut self, step: &mut Step) -> Result<(), Halt> {
        let events = self.events.clone();
        let deadline = self.deadline;
        tokio::select! {
            biased;
            () = events.closed() => Err(Halt::Gone),
            () = sleep_until(deadline) => Err(Halt::Late),
            heard = self.hear(step) => heard,
        }
    }

    async fn hear(&mut self, step: &mut Step) -> Result<(), Halt> {
        let patience = self.deadline.saturating_duration_since(Instant::now());
        let mut heard = self.brain.step(&self.talk, &self.system, &self.turns, patience).await?;
        while let Some(event) = heard.next().await {
            match event? {
                Event::Text(text) => {
                    step.text.push_str(&text);
                    self.events.send(ChatEvent::TextDelta { text }).await.map_err(|_| Halt::Gone)?;
                }
                Event::Call(call) => step.calls.push(call),
                Event::Done(usage) => step.usage = Usage { input_tokens: usage.input, output_tokens: usage.output },
            }
        }
        if step.text.trim().is_empty() && step.calls.is_empty() {
            return Err(ModelFault::Unusable("The model's answer cannot be used: it is empty.".to_owned()).into());
        }
        Ok(())
    }

    /// Runs one call, or stores it as a proposal. The last is what is wrong with a call that cannot be run at all.
    async fn call(&mut self, call: Call) -> Result<(ToolCall, Value, Option<String>), Fault> {
        let (arguments, broken) = match call.arguments {
            Ok(arguments) => (arguments, None),
            Err(text) => {
                (json!({}), Some(format!("the arguments of {} are no JSON: {}", call.name, text.chars().take(200).collect::<String>())))
            }
        };
        let mut made = ToolCall {
            // Ours: providers count anew with each answer.
            id: Uuid::new_v4().simple().to_string(),
            name: call.name,
            arguments,
            status: CallStatus::Failed,
            title: String::new(),
            link: None,
            changes: Vec::new(),
            targets: Vec::new(),
            result: String::new(),
            error: None,
        };
        let started = ChatEvent::ToolCall { id: made.id.clone(), name: made.name.clone(), arguments: made.arguments.clone() };
        // Whoever left is noticed at the next step.
        drop(self.events.send(started).await);
        let read = match broken {
            Some(why) => Err(why),
            None if self.brain.is_builtin() => tools::read_any(self.talk.conversation.agent_type, &made.name, made.arguments.clone()),
            None => tools::read(self.talk.conversation.agent_type, &made.name, made.arguments.clone()),
        };
        let (mut data, mut bad, mut suggestion) = (Value::Null, None, None);
        match read {
            Err(why) => {
                made.title = format!("{} was called wrongly", made.name);
                made.error = Some(why.clone());
                bad = Some(why);
            }
            Ok(input) => match self.run(&input).await {
                Ok((outcome, proposed)) => {
                    let Outcome { title, data: answered, link, changes, targets, suggestion: made_of } = outcome;
                    made.status = if proposed { CallStatus::AwaitingConfirmation } else { CallStatus::Done };
                    made.result = cut(&answered);
                    (made.title, made.link, made.changes, made.targets) = (title, link, changes, targets);
                    (data, suggestion) = (answered, made_of);
                }
                Err(fault) if matches!(fault.code, Code::Internal | Code::Unavailable) => return Err(fault),
                Err(fault) => {
                    made.title = tools::title(&made.name).to_owned();
                    made.error = Some(tools::told(&fault));
                }
            },
        }
        if let Some(suggestion) = suggestion {
            drop(self.events.send(suggestion).await);
        }
        let event = match made.status {
            CallStatus::AwaitingConfirmation => ChatEvent::ConfirmationRequired { call: made.clone() },
            _ => ChatEvent::ToolResult { call: made.clone() },
        };
        drop(self.events.send(event).await);
        Ok((made, data, bad))
    }

    /// In a transaction of its own, with the rights of who asks; and whether it is a proposal.
    async fn run(&self, input: &tools::Input) -> Result<(Outcome, bool), Fault> {
        let proposal = input.confirms();
        // What changes nothing cannot: the database refuses it. A suggestion is written, but nowhere into a document.
        let mut tx = match input.writes() && !proposal {
            true => TenantTx::begin(&self.talk.app, self.talk.actor.clone()).await?,
            false => TenantTx::read(&self.talk.app, self.talk.actor.clone()).await?,
        };
        let outcome = match proposal {
            true => tools::propose(&mut tx, &self.talk.project, input).await?,
            false => tools::run(&mut tx, &self.talk, input).await?,
        };
        tx.commit().await?;
        Ok((outcome, proposal))
    }

    async fn keep_step(&mut self, step: &Step, calls: &[ToolCall]) -> Result<(), Fault> {
        self.usage.input_tokens = self.usage.input_tokens.saturating_add(step.usage.input_tokens);
        self.usage.output_tokens = self.usage.output_tokens.saturating_add(step.usage.output_tokens);
        if step.text.is_empty() && calls.is_empty() {
            return Ok(());
        }
        self.keep(Role::Assistant, &step.text, calls, Some(step.usage)).await
    }

    async fn keep(&self, role: Role, content: &str, calls: &[ToolCall], usage: Option<Usage>) -> Result<(), Fault> {
        let mut tx = TenantTx::begin(&self.talk.app, self.talk.actor.clone()).await?;
        let model = (role == Role::Assistant).then(|| self.brain.model());
        let id = self.talk.conversation.id;
        match conversations::find(&mut tx, self.talk.project.id, id).await {
            // It was deleted while it was answered.
            Err(fault) if fault.code == Code::NotFound => return Ok(()),
            found => found?,
        };
        conversations::write(&mut tx, id, NewMessage { role, content, calls, usage, model }).await?;
        if let Some(usage) = usage {
            conversations::count_read(&mut tx, self.talk.asked, usage).await?;
        }
        tx.commit().await
    }
}

/// Why a step ends before its end.
enum Halt {
    Gone,
    Late,
    Model(ModelFault),
}

impl From<ModelFault> for Halt {
    fn from(fault: ModelFault) -> Self {
        Self::Model(fault)
    }
}

/// A tool's answer as text, not longer than a model can use.
fn cut(data: &Value) -> String {
    let text = match data {
        Value::Null => return String::new(),
        Value::String(text) => text.clone(),
        data => data.to_string(),
    };
    match text.char_indices().nth(RESULT) {
        Some((at, _)) => format!("{} … (cut)", &text[..at]),
        None => text,
    }
}
