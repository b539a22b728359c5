//! `/chat/completions`, as OpenAI, OpenRouter and many servers speak it.
use crate::{
    Ask, Call, Event, ModelFault, Turn, Usage,
    frames::{Decoder, failed, unusable},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};

pub fn body(model: &str, ask: &Ask) -> Value {
    let mut messages = vec![json!({ "role": "system", "content": ask.system })];
    for turn in &ask.turns {
        match turn {
            Turn::User(text) => messages.push(json!({ "role": "user", "content": text })),
            Turn::Assistant { text, calls } => {
                let mut message = json!({ "role": "assistant", "content": text });
                if !calls.is_empty() {
                    message["tool_calls"] = calls
                        .iter()
                        .map(|c| json!({ "id": c.id, "type": "function", "function": { "name": c.name, "arguments": said(c) } }))
                        .collect();
                }
                messages.push(message);
            }
            Turn::Results(results) => {
                messages.extend(results.iter().map(|r| json!({ "role": "tool", "tool_call_id": r.id, "content": r.content })));
            }
        }
    }
    let mut body = json!({
        "model": model, "messages": messages, "temperature": ask.temperature, "max_tokens": ask.max_tokens,
        "stream": true, "stream_options": { "include_usage": true },
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

/// The arguments as the model wrote them.
fn said(call: &Call) -> String {
    match &call.arguments {
        Ok(value) => value.to_string(),
        Err(text) => text.clone(),
    }
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Counted>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Delta {
    content: Option<String>,
    #[serde(default)]
    tool_calls: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    index: usize,
    id: Option<String>,
    function: Option<Function>,
}

#[derive(Deserialize)]
struct Function {
    name: Option<String>,
    arguments: Option<String>,
}

#[derive(Deserialize)]
struct Counted {
    #[serde(default)]
    prompt_tokens: u32,
    #[serde(default)]
    completion_tokens: u32,
}

/// Reads the chunks; calls come in parts that belong together by their index.
#[derive(Default)]
pub struct Reader {
    calls: BTreeMap<usize, (String, String, String)>,
    usage: Usage,
    finished: bool,
}

impl Decoder for Reader {
    fn line(&mut self, data: &str, out: &mut VecDeque<Event>) -> Result<(), ModelFault> {
        if data == "[DONE]" {
            self.finished = true;
            return self.end(out);
        }
        let chunk: Chunk = serde_json::from_str(data).map_err(|_| unusable("a part of it is no JSON"))?;
        if let Some(error) = chunk.error {
            return Err(failed(&error.to_string()));
        }
        if let Some(counted) = chunk.usage {
            self.usage = Usage { input: counted.prompt_tokens, output: counted.completion_tokens };
        }
        for choice in chunk.choices {
            self.finished |= choice.finish_reason.is_some();
            out.extend(choice.delta.content.filter(|text| !text.is_empty()).map(Event::Text));
            for part in choice.delta.tool_calls {
                let call = self.calls.entry(part.index).or_default();
                if let Some(id) = part.id {
                    call.0 = id;
                }
                if let Some(function) = part.function {
                    call.1.push_str(&function.name.unwrap_or_default());
                    call.2.push_str(&function.arguments.unwrap_or_default());
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut VecDeque<Event>) -> Result<(), ModelFault> {
        if !self.finished {
            return Err(unusable("it breaks off"));
        }
        for (index, (id, name, arguments)) in std::mem::take(&mut self.calls) {
            let id = if id.is_empty() { format!("call_{index}") } else { id };
            out.push_back(Event::Call(Call { id, name, arguments: parsed(arguments) }));
        }
        out.push_back(Event::Done(self.usage));
        Ok(())
    }
}

/// Arguments out of their text; none at all are an empty object.
pub fn parsed(text: String) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_str(&text).map_err(|_| text)
}
