//! `/v1/messages`.
use crate::{
    Ask, Call, Event, ModelFault, Turn, Usage,
    frames::{Decoder, failed, unusable},
    openai::parsed,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};

/// The version of the protocol.
pub const VERSION: &str = "2023-06-01";

pub fn body(model: &str, ask: &Ask) -> Value {
    let messages: Vec<Value> = ask.turns.iter().filter_map(message).collect();
    let mut body = json!({
        "model": model, "system": ask.system, "messages": messages, "temperature": ask.temperature,
        "max_tokens": ask.max_tokens, "stream": true,
    });
    if !ask.tools.is_empty() {
        body["tools"] =
            ask.tools.iter().map(|t| json!({ "name": t.name, "description": t.description, "input_schema": t.schema })).collect();
    }
    body
}

/// Turns without content are refused there, so they are left out.
fn message(turn: &Turn) -> Option<Value> {
    let (role, content) = match turn {
        Turn::User(text) => ("user", vec![json!({ "type": "text", "text": text })]),
        Turn::Assistant { text, calls } => {
            let text = (!text.trim().is_empty()).then(|| json!({ "type": "text", "text": text }));
            let calls = calls.iter().map(|c| {
                let input = c.arguments.clone().ok().filter(Value::is_object).unwrap_or_else(|| json!({}));
                json!({ "type": "tool_use", "id": c.id, "name": c.name, "input": input })
            });
            ("assistant", text.into_iter().chain(calls).collect())
        }
        Turn::Results(results) => {
            let results =
                results.iter().map(|r| json!({ "type": "tool_result", "tool_use_id": r.id, "content": r.content, "is_error": r.failed }));
            ("user", results.collect())
        }
    };
    (!content.is_empty()).then(|| json!({ "role": role, "content": content }))
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sent {
    MessageStart {
        message: Started,
    },
    ContentBlockStart {
        index: usize,
        content_block: Block,
    },
    ContentBlockDelta {
        index: usize,
        delta: Delta,
    },
    ContentBlockStop {
        index: usize,
    },
    MessageDelta {
        #[serde(default)]
        usage: Counted,
    },
    MessageStop,
    Error {
        error: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Started {
    #[serde(default)]
    usage: Counted,
}

#[derive(Default, Deserialize)]
struct Counted {
    #[serde(default)]
    input_tokens: Option<u32>,
    #[serde(default)]
    output_tokens: Option<u32>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    ToolUse {
        id: String,
        name: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Delta {
    #[serde(rename = "text_delta")]
    Text { text: String },
    #[serde(rename = "input_json_delta")]
    InputJson { partial_json: String },
    #[serde(other)]
    Other,
}

/// Reads the events; a call is a block whose input comes in parts.
#[derive(Default)]
pub struct Reader {
    calls: BTreeMap<usize, (String, String, String)>,
    usage: Usage,
    stopped: bool,
}

impl Decoder for Reader {
    fn line(&mut self, data: &str, out: &mut VecDeque<Event>) -> Result<(), ModelFault> {
        match serde_json::from_str(data).map_err(|_| unusable("a part of it is no JSON"))? {
            Sent::MessageStart { message } => self.count(&message.usage),
            Sent::ContentBlockStart { index, content_block: Block::ToolUse { id, name } } => {
                self.calls.insert(index, (id, name, String::new()));
            }
            Sent::ContentBlockDelta { delta: Delta::Text { text }, .. } => out.push_back(Event::Text(text)),
            Sent::ContentBlockDelta { index, delta: Delta::InputJson { partial_json } } => {
                let call = self.calls.get_mut(&index).ok_or_else(|| unusable("it fills a call it did not begin"))?;
                call.2.push_str(&partial_json);
            }
            Sent::ContentBlockStop { index } => {
                if let Some((id, name, input)) = self.calls.remove(&index) {
                    out.push_back(Event::Call(Call { id, name, arguments: parsed(input) }));
                }
            }
            Sent::MessageDelta { usage } => self.count(&usage),
            Sent::MessageStop => {
                self.stopped = true;
                out.push_back(Event::Done(self.usage));
            }
            Sent::Error { error } => return Err(failed(&error.to_string())),
            Sent::ContentBlockStart { .. } | Sent::ContentBlockDelta { .. } | Sent::Other => {}
        }
        Ok(())
    }

    fn end(&mut self, _: &mut VecDeque<Event>) -> Result<(), ModelFault> {
        if self.stopped { Ok(()) } else { Err(unusable("it breaks off")) }
    }
}

impl Reader {
    fn count(&mut self, counted: &Counted) {
        self.usage.input = counted.input_tokens.unwrap_or(self.usage.input);
        self.usage.output = counted.output_tokens.unwrap_or(self.usage.output);
    }
}
