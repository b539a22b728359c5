//! An answer as it comes: server-sent events over `fetch`, which can post and be stopped (an `EventSource` can do neither).
use factory::assistant::{ChatAsk, ChatEvent};
use kernel::{Code, Fault};
use serde_json::Value;
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, ReadableStreamDefaultReader, RequestInit, Response};

/// How reading ended.
pub enum Ended {
    /// With the last event.
    Done,
    /// Without it: stopped here, or the connection broke.
    Broken,
}

/// Posts a message and hands on every event of the answer. `started` is told the conversation before the first of them.
pub async fn ask(
    project: Uuid,
    ask: &ChatAsk,
    stop: &AbortSignal,
    started: impl FnOnce(Uuid),
    mut heard: impl FnMut(ChatEvent),
) -> Result<Ended, Fault> {
    let response = match post(project, ask, stop).await {
        Ok(response) => response,
        Err(_) if stop.aborted() => return Ok(Ended::Broken),
        Err(_) => return Err(Fault::new(Code::Unavailable, "The server cannot be reached. Try again.")),
    };
    if !response.ok() {
        return Err(refusal(&response).await);
    }
    if let Ok(Some(Ok(id))) = response.headers().get("x-conversation-id").map(|id| id.map(|id| id.parse())) {
        started(id);
    }
    let Some(body) = response.body() else { return Ok(Ended::Broken) };
    let Ok(reader) = body.get_reader().dyn_into::<ReadableStreamDefaultReader>() else { return Ok(Ended::Broken) };
    let mut held = Vec::new();
    while let Ok(piece) = JsFuture::from(reader.read()).await {
        let part = |name: &str| js_sys::Reflect::get(&piece, &JsValue::from_str(name)).unwrap_or_default();
        if part("done").is_truthy() {
            break;
        }
        held.extend(js_sys::Uint8Array::new(&part("value")).to_vec());
        for event in events(&mut held) {
            let last = matches!(event, ChatEvent::Done { .. } | ChatEvent::Error { .. });
            heard(event);
            if last {
                return Ok(Ended::Done);
            }
        }
    }
    Ok(Ended::Broken)
}

async fn post(project: Uuid, ask: &ChatAsk, stop: &AbortSignal) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    headers.set("content-type", "application/json")?;
    headers.set("accept", "text/event-stream")?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_signal(Some(stop));
    init.set_body(&JsValue::from_str(&serde_json::to_string(ask).unwrap_or_default()));
    let url = format!("/api/projects/{project}/agents/stream");
    let answer = JsFuture::from(leptos::prelude::window().fetch_with_str_and_init(&url, &init)).await?;
    answer.dyn_into()
}

/// What the envelope of a refusal says.
async fn refusal(response: &Response) -> Fault {
    let text = match response.text() {
        Ok(text) => JsFuture::from(text).await.ok().and_then(|t| t.as_string()).unwrap_or_default(),
        Err(_) => String::new(),
    };
    let envelope: Value = serde_json::from_str(&text).unwrap_or_default();
    let error = &envelope["error"];
    let code = serde_json::from_value(error["code"].clone()).unwrap_or(Code::Unavailable);
    let said = error["message"].as_str().unwrap_or("The assistant cannot be reached. Try again.");
    let fields = error["fields"].as_object().into_iter().flatten();
    let fields: Vec<String> = fields.filter_map(|(name, why)| Some(format!("{name} {}", why.as_str()?))).collect();
    let said = if fields.is_empty() { said.to_owned() } else { format!("{said} ({})", fields.join("; ")) };
    Fault::new(code, said)
}

/// Takes the whole events out of what came; the rest stays.
fn events(held: &mut Vec<u8>) -> Vec<ChatEvent> {
    let mut events = Vec::new();
    while let Some(at) = held.windows(2).position(|two| two == b"\n\n") {
        let block: Vec<u8> = held.drain(..at + 2).collect();
        let block = String::from_utf8_lossy(&block);
        let data = block.lines().find_map(|line| line.strip_prefix("data:"));
        events.extend(data.and_then(|data| serde_json::from_str(data.trim()).ok()));
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole_however_they_are_cut() {
        let wire = "event: text-delta\ndata: {\"type\":\"text-delta\",\"text\":\"Grüße\"}\n\n: beat\n\nevent: done\ndata: {\"type\":\"done\",\"usage\":{\"inputTokens\":1,\"outputTokens\":2},\"conversationId\":\"00000000-0000-0000-0000-000000000000\"}\n\n";
        let (mut held, mut found) = (Vec::new(), Vec::new());
        for byte in wire.bytes() {
            held.push(byte);
            found.extend(events(&mut held));
        }
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], ChatEvent::TextDelta { text: "Grüße".into() });
        assert!(matches!(found[1], ChatEvent::Done { .. }));
    }
}
