//! `/api/chat`: one JSON object a line.
use crate::{
    Ask, Call, Event, ModelFault, Turn, Usage,
    frames::{Decoder, failed, unusable},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;

pub fn body(model: &str, ask: &Ask) -> Value {
    let mut messages = vec![json!({ "role": "system", "content": ask.system })];
    for turn in &ask.turns {
        match turn {
            Turn::User(text) => messages.push(json!({ "role": "user", "content": text })),
            Turn::Assistant { text, calls } => {
                let calls: Vec<Value> = calls
                    .iter()
                    .map(|c| {
                        let arguments = c.arguments.clone().ok().filter(Value::is_object).unwrap_or_else(|| json!({}));
                        json!({ "function": { "name": c.name, "arguments": arguments } })
                    })
                    .collect();
                let mut message = json!({ "role": "assistant", "content": text });
                if !calls.is_empty() {
                    message["tool_calls"] = calls.into();
                }
                messages.push(message);
            }
            Turn::Results(results) => {
                messages.extend(results.iter().map(|r| json!({ "role": "tool", "tool_name": r.name, "content": r.content })));
            }
        }
    }
    let mut body = json!({
        "model": model, "messages": messages, "stream": true,
        "options": { "temperature": ask.temperature, "num_predict": ask.max_tokens },
    });
    if !ask.tools.is_empty() {
        body["tools"] = ask
            .tools
            .iter()
            .map(|t| json!({ "type": "function", "function": { "name": t.name, "description": t.description, "parameters": t.schema } }))
            .collect();
    }
    body
}

#[derive(Deserialize)]
struct Line {
    message: Option<Message>,
    #[serde(default)]
    done: bool,
    #[serde(default)]
    prompt_eval_count: u32,
    #[serde(default)]
    eval_count: u32,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: String,
    #[serde(default)]
    tool_calls: Vec<Made>,
}

#[derive(Deserialize)]
struct Made {
    function: Function,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    #[serde(default)]
    arguments: Value,
}

/// Reads the lines; calls come whole and without ids.
#[derive(Default)]
pub struct Reader {
    calls: usize,
    done: bool,
}

impl Decoder for Reader {
    fn line(&mut self, data: &str, out: &mut VecDeque<Event>) -> Result<(), ModelFault> {
        let line: Line = serde_json::from_str(data).map_err(|_| unusable("a part of it is no JSON"))?;
        if let Some(error) = line.error {
            return Err(failed(&error));
        }
        if let Some(message) = line.message {
            if !message.content.is_empty() {
                out.push_back(Event::Text(message.content));
            }
            for made in message.tool_calls {
                let Function { name, arguments } = made.function;
                let arguments = if arguments.is_null() { json!({}) } else { arguments };
                out.push_back(Event::Call(Call { id: format!("call_{}", self.calls), name, arguments: Ok(arguments) }));
                self.calls += 1;
            }
        }
        if line.done {
            self.done = true;
            out.push_back(Event::Done(Usage { input: line.prompt_eval_count, output: line.eval_count }));
        }
        Ok(())
    }

    fn end(&mut self, _: &mut VecDeque<Event>) -> Result<(), ModelFault> {
        if self.done { Ok(()) } else { Err(unusable("it breaks off")) }
    }
}
