//! The built-in assistant: rules instead of a model. It finds passages, lists, reviews, drafts from templates and proposes plain
//! changes, with the same tools and the same confirmations, and says in every answer what it is.
mod answer;
mod plan;

use super::{Context, Conversation, ToolCall, run::Talk};
use crate::{feedback::Category, suggestions::AgentType};
use kernel::Fault;
use models::{Call, Event, Usage};
use serde_json::{Value, json};

/// Stands below every answer.
const SIGNED: &str = "\n\n*Built-in assistant: rules and search, no language model.*";

/// One answer in the making.
pub struct Builtin {
    agent: AgentType,
    context: Option<Context>,
    message: String,
    /// Before the first step, and between a look-up and what it was for.
    next: Next,
    heard: Vec<(ToolCall, Value)>,
}

enum Next {
    Plan,
    /// What was found is to be given this category.
    Categorize(Category),
    Answer,
}

impl Builtin {
    pub fn new(conversation: &Conversation, message: &str) -> Self {
        Self {
            agent: conversation.agent_type,
            context: conversation.context,
            message: message.to_owned(),
            next: Next::Plan,
            heard: Vec::new(),
        }
    }

    /// What is said or called next.
    pub async fn step(&mut self, talk: &Talk) -> Result<Vec<Event>, Fault> {
        Ok(match std::mem::replace(&mut self.next, Next::Answer) {
            Next::Plan => match plan::plan(self.agent, self.context, &self.message) {
                plan::Plan::Say(text) => self.say(&text),
                plan::Plan::Call(name, arguments) => calls(name, arguments),
                plan::Plan::FindAndCategorize(query, category) => {
                    self.next = Next::Categorize(category);
                    calls("listFeedback", json!({ "status": "all", "query": query, "limit": 5 }))
                }
            },
            Next::Categorize(category) => match answer::only(&self.heard) {
                Ok(id) => {
                    self.heard.clear();
                    calls("categorizeFeedback", json!({ "feedback": [id], "category": category }))
                }
                Err(text) => self.say(&text),
            },
            Next::Answer => {
                let text = answer::answer(&self.message, &talk.base, &self.heard);
                self.say(&text)
            }
        })
    }

    pub fn heard(&mut self, calls: &[(ToolCall, Value)]) {
        self.heard.extend_from_slice(calls);
    }

    fn say(&self, text: &str) -> Vec<Event> {
        let text = format!("{text}{SIGNED}");
        let words = |text: &str| u32::try_from(text.split_whitespace().count()).unwrap_or(u32::MAX);
        let usage = Usage { input: words(&self.message), output: words(&text) };
        // In pieces of some words, as a model says it.
        let mut pieces: Vec<String> = Vec::new();
        for (n, word) in text.split_inclusive(char::is_whitespace).enumerate() {
            match pieces.last_mut() {
                Some(piece) if n % 12 != 0 => piece.push_str(word),
                _ => pieces.push(word.to_owned()),
            }
        }
        pieces.into_iter().map(Event::Text).chain([Event::Done(usage)]).collect()
    }
}

fn calls(name: &str, arguments: Value) -> Vec<Event> {
    vec![Event::Call(Call { id: "1".to_owned(), name: name.to_owned(), arguments: Ok(arguments) }), Event::Done(Usage::default())]
}
