//! Each protocol against a double over real HTTP: what is sent, what is understood of streams, calls, refusals and cuts.
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use futures::{StreamExt, stream};
use kernel::{config::Config, outbound::Outbound};
use models::{Answered, Ask, Call, Client, Event, ModelFault, Protocol, Target, Tool, Turn, Usage};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Status, headers, body; the body is sent in pieces of seven bytes, so that lines and letters are cut anywhere.
type Answer = (u16, &'static [(&'static str, &'static str)], String);

#[derive(Clone, Debug)]
struct Sent {
    path: String,
    headers: HeaderMap,
    body: Value,
}

type Inner = Arc<Mutex<(VecDeque<Answer>, Vec<Sent>)>>;

struct Double {
    url: String,
    inner: Inner,
}

impl Double {
    async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let inner: Inner = Arc::new(Mutex::new((answers.into_iter().collect(), Vec::new())));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    fn sent(&self) -> Vec<Sent> {
        self.inner.lock().unwrap().1.clone()
    }
}

async fn answer(State(inner): State<Inner>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let mut inner = inner.lock().unwrap();
    inner.1.push(Sent { path: uri.to_string(), headers, body: serde_json::from_slice(&body).unwrap() });
    let (status, extra, text) = inner.0.pop_front().expect("an answer for this request");
    let pieces: Vec<Result<Bytes, std::io::Error>> = text.as_bytes().chunks(7).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
    let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
    for (name, value) in extra {
        response = response.header(*name, *value);
    }
    response.body(Body::from_stream(stream::iter(pieces))).unwrap()
}

fn client(protocol: Protocol, url: &str) -> Client {
    let mut config = Config::from_sources(&|_| None, None).unwrap().outbound;
    config.allow_private = vec!["127.0.0.1".into()];
    let key = Some(String::from("sk-test").into());
    Client::new(Outbound::new(&config).unwrap(), Target { protocol, base: url.into(), model: "m-1".into(), key, provider: "The double" })
}

fn ask() -> Ask {
    Ask {
        system: "Be brief.".into(),
        turns: vec![
            Turn::User("Find login".into()),
            Turn::Assistant {
                text: "Looking.".into(),
                calls: vec![Call { id: "c1".into(), name: "find".into(), arguments: Ok(json!({ "query": "login" })) }],
            },
            Turn::Results(vec![Answered { id: "c1".into(), name: "find".into(), content: "nothing".into(), failed: true }]),
            Turn::User("Again".into()),
        ],
        tools: vec![Tool { name: "find", description: "Finds.", schema: json!({ "type": "object" }) }],
        temperature: 0.5,
        max_tokens: 4096,
    }
}

async fn all(client: &Client) -> Result<Vec<Event>, ModelFault> {
    client.ask(&ask(), Duration::from_secs(20)).await?.collect::<Vec<_>>().await.into_iter().collect()
}

fn sse(lines: &[Value]) -> String {
    lines.iter().map(|l| format!("event: {}\ndata: {l}\n\n", l["type"].as_str().unwrap_or("message"))).collect()
}

fn text(events: &[Event]) -> String {
    events.iter().filter_map(|e| if let Event::Text(t) = e { Some(t.as_str()) } else { None }).collect()
}

#[tokio::test]
async fn openai_streams_text_and_calls_and_counts() {
    let stream = sse(&[
        json!({ "choices": [{ "delta": { "role": "assistant", "content": "Grüße " } }] }),
        json!({ "choices": [{ "delta": { "content": "an alle" } }] }),
        json!({ "choices": [{ "delta": { "tool_calls": [{ "index": 0, "id": "a", "function": { "name": "find", "arguments": "{\"que" } }] } }] }),
        json!({ "choices": [{ "delta": { "tool_calls": [{ "index": 0, "function": { "arguments": "ry\":\"x\"}" } }] } }] }),
        json!({ "choices": [{ "delta": { "tool_calls": [{ "index": 1, "id": "b", "function": { "name": "find", "arguments": "{oops" } }] } }] }),
        json!({ "choices": [{ "delta": {}, "finish_reason": "tool_calls" }] }),
        json!({ "choices": [], "usage": { "prompt_tokens": 12, "completion_tokens": 5 } }),
    ]) + "data: [DONE]\n\n";
    let double = Double::start([(200, &[][..], stream)]).await;
    let events = all(&client(Protocol::OpenAi, &double.url)).await.unwrap();
    assert_eq!(text(&events), "Grüße an alle");
    assert_eq!(
        events[2..],
        [
            Event::Call(Call { id: "a".into(), name: "find".into(), arguments: Ok(json!({ "query": "x" })) }),
            Event::Call(Call { id: "b".into(), name: "find".into(), arguments: Err("{oops".into()) }),
            Event::Done(Usage { input: 12, output: 5 }),
        ]
    );
    let sent = &double.sent()[0];
    assert_eq!(sent.path, "/chat/completions");
    assert_eq!(sent.headers["authorization"], "Bearer sk-test");
    assert_eq!((&sent.body["model"], &sent.body["temperature"], &sent.body["max_tokens"]), (&json!("m-1"), &json!(0.5), &json!(4096)));
    assert_eq!(sent.body["messages"][0], json!({ "role": "system", "content": "Be brief." }));
    assert_eq!(sent.body["messages"][2]["tool_calls"][0]["function"]["arguments"], r#"{"query":"login"}"#);
    assert_eq!(sent.body["messages"][3], json!({ "role": "tool", "tool_call_id": "c1", "content": "nothing" }));
    assert_eq!(sent.body["tools"][0]["function"]["name"], "find");
}

#[tokio::test]
async fn anthropic_streams_text_and_calls_and_counts() {
    let stream = sse(&[
        json!({ "type": "message_start", "message": { "usage": { "input_tokens": 20, "output_tokens": 1 } } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
        json!({ "type": "ping" }),
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": "Hello" } }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "content_block_start", "index": 1, "content_block": { "type": "tool_use", "id": "t1", "name": "find", "input": {} } }),
        json!({ "type": "content_block_delta", "index": 1, "delta": { "type": "input_json_delta", "partial_json": "{\"query\":" } }),
        json!({ "type": "content_block_delta", "index": 1, "delta": { "type": "input_json_delta", "partial_json": "\"x\"}" } }),
        json!({ "type": "content_block_stop", "index": 1 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "tool_use" }, "usage": { "output_tokens": 9 } }),
        json!({ "type": "message_stop" }),
    ]);
    let double = Double::start([(200, &[][..], stream)]).await;
    let events = all(&client(Protocol::Anthropic, &double.url)).await.unwrap();
    assert_eq!(
        events,
        [
            Event::Text("Hello".into()),
            Event::Call(Call { id: "t1".into(), name: "find".into(), arguments: Ok(json!({ "query": "x" })) }),
            Event::Done(Usage { input: 20, output: 9 }),
        ]
    );
    let sent = &double.sent()[0];
    assert_eq!(
        (sent.path.as_str(), &sent.headers["x-api-key"], &sent.headers["anthropic-version"]),
        ("/v1/messages", &"sk-test".parse().unwrap(), &"2023-06-01".parse().unwrap())
    );
    assert_eq!(sent.body["system"], "Be brief.");
    assert_eq!(
        sent.body["messages"][1]["content"][1],
        json!({ "type": "tool_use", "id": "c1", "name": "find", "input": { "query": "login" } })
    );
    assert_eq!(sent.body["messages"][2]["content"][0]["is_error"], true);
    assert_eq!(sent.body["tools"][0]["input_schema"], json!({ "type": "object" }));
}

#[tokio::test]
async fn ollama_streams_lines() {
    let lines = [
        json!({ "message": { "role": "assistant", "content": "Hel" }, "done": false }),
        json!({ "message": { "content": "lo", "tool_calls": [{ "function": { "name": "find", "arguments": { "query": "x" } } }] }, "done": false }),
        json!({ "message": { "content": "" }, "done": true, "prompt_eval_count": 7, "eval_count": 3 }),
    ];
    let stream: String = lines.iter().map(|l| format!("{l}\n")).collect();
    let double = Double::start([(200, &[][..], stream)]).await;
    let events = all(&client(Protocol::Ollama, &double.url)).await.unwrap();
    assert_eq!(text(&events), "Hello");
    assert_eq!(
        events[2..],
        [
            Event::Call(Call { id: "call_0".into(), name: "find".into(), arguments: Ok(json!({ "query": "x" })) }),
            Event::Done(Usage { input: 7, output: 3 }),
        ]
    );
    let sent = &double.sent()[0];
    assert_eq!(sent.path, "/api/chat");
    assert_eq!(sent.body["options"], json!({ "temperature": 0.5, "num_predict": 4096 }));
    assert_eq!(sent.body["messages"][3], json!({ "role": "tool", "tool_name": "find", "content": "nothing" }));
}

#[tokio::test]
async fn a_busy_model_is_asked_again_when_it_says_and_three_times_at_most() {
    let fine = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let soon: &'static [(&str, &str)] = &[("retry-after", "0")];
    let double = Double::start([(429, soon, "{}".into()), (503, soon, "{}".into()), (200, &[][..], fine.into())]).await;
    assert_eq!(text(&all(&client(Protocol::OpenAi, &double.url)).await.unwrap()), "Hi");
    assert_eq!(double.sent().len(), 3);

    let double =
        Double::start([(429, soon, "{}".into()), (429, soon, "{}".into()), (429, soon, "{}".into()), (200, &[][..], fine.into())]).await;
    let Err(ModelFault::Failed(fault)) = all(&client(Protocol::OpenAi, &double.url)).await else { panic!("it is refused") };
    assert_eq!((fault.code, double.sent().len()), (kernel::Code::Upstream, 3));
    assert!(fault.message.contains("too often"), "{}", fault.message);

    let double = Double::start([(401, &[][..], r#"{"error":{"message":"bad key sk-test"}}"#.into())]).await;
    let Err(ModelFault::Failed(fault)) = all(&client(Protocol::Anthropic, &double.url)).await else { panic!("it is refused") };
    assert!(fault.message.contains("refuses the key") && !fault.message.contains("sk-test"));
    assert_eq!(double.sent().len(), 1);
}

#[tokio::test]
async fn what_is_broken_or_cut_is_unusable() {
    let cut = "data: {\"choices\":[{\"delta\":{\"content\":\"Half\"}}]}\n\n";
    let broken = "data: {\"choices\":[{\"delta\":\n\n";
    for (protocol, body) in [
        (Protocol::OpenAi, cut),
        (Protocol::OpenAi, broken),
        (Protocol::Anthropic, "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n"),
        (Protocol::Anthropic, "data: nonsense\n\n"),
        (Protocol::Ollama, "{\"message\":{\"content\":\"Half\"},\"done\":false}\n"),
        (Protocol::Ollama, "oops\n"),
    ] {
        let double = Double::start([(200, &[][..], body.to_owned())]).await;
        let found = all(&client(protocol, &double.url)).await;
        assert!(matches!(found, Err(ModelFault::Unusable(_))), "{protocol:?} {body}: {found:?}");
    }
    let error = "data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let double = Double::start([(200, &[][..], error.to_owned())]).await;
    assert!(matches!(all(&client(Protocol::Anthropic, &double.url)).await, Err(ModelFault::Failed(_))));
}

#[tokio::test]
async fn a_private_address_is_refused_unless_it_is_allowed() {
    let double = Double::start([]).await;
    let config = Config::from_sources(&|_| None, None).unwrap().outbound;
    let target = Target { protocol: Protocol::Ollama, base: double.url.clone(), model: "m".into(), key: None, provider: "Ollama" };
    let guarded = Client::new(Outbound::new(&config).unwrap(), target);
    let Err(ModelFault::Failed(fault)) = all(&guarded).await else { panic!("it is refused") };
    assert!(fault.message.contains("outbound.allow_private"), "{}", fault.message);
    assert!(double.sent().is_empty());
}
