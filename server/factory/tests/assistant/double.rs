//! A model made of one local listener: it answers what it is told, in the order it is told, and keeps what it was sent.
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::StatusCode,
    response::Response,
};
use futures::{StreamExt, stream};
use kernel::config::{Config, Hidden, ModelProvider, Models};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

/// One answer of the model.
pub enum Answer {
    /// Status and body, whole.
    Whole(u16, String),
    /// A body that is begun and never ends.
    Hanging(String),
}

#[derive(Default)]
struct Inner {
    answers: VecDeque<Answer>,
    sent: Vec<Value>,
    /// Falls when a hanging answer is given up by whoever reads it.
    reading: usize,
}

#[derive(Clone)]
pub struct Double {
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

impl Double {
    pub async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let inner = Arc::new(Mutex::new(Inner { answers: answers.into_iter().collect(), ..Default::default() }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    /// The bodies it was sent.
    pub fn sent(&self) -> Vec<Value> {
        self.inner.lock().unwrap().sent.clone()
    }

    pub fn is_read(&self) -> bool {
        self.inner.lock().unwrap().reading > 0
    }

    /// Makes it the model of an installation.
    pub fn configure(&self, config: &mut Config) {
        config.models = Models {
            provider: ModelProvider::OpenAi,
            url: Some(self.url.parse().unwrap()),
            model: "m-1".into(),
            key: Some("sk-test".parse::<Hidden>().unwrap()),
        };
    }
}

/// Counts those who read a hanging answer.
struct Reading(Arc<Mutex<Inner>>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.lock().unwrap().reading -= 1;
    }
}

async fn answer(State(inner): State<Arc<Mutex<Inner>>>, body: Bytes) -> Response {
    let mut state = inner.lock().unwrap();
    state.sent.push(serde_json::from_slice(&body).unwrap());
    match state.answers.pop_front().expect("an answer for this request") {
        Answer::Whole(status, text) => {
            Response::builder().status(StatusCode::from_u16(status).unwrap()).header("retry-after", "0").body(Body::from(text)).unwrap()
        }
        Answer::Hanging(text) => {
            state.reading += 1;
            let reading = Reading(inner.clone());
            let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from(text))]);
            let held = stream::pending().map(move |never: std::convert::Infallible| {
                let _ = &reading;
                match never {}
            });
            Response::new(Body::from_stream(first.chain(held)))
        }
    }
}

/// A whole answer: text, calls with their arguments as written, tokens.
pub fn says(text: &str, calls: &[(&str, &str)], tokens: (u32, u32)) -> Answer {
    let calls: Vec<Value> = calls
        .iter()
        .enumerate()
        .map(|(n, (name, arguments))| json!({ "index": n, "id": format!("c{n}"), "function": { "name": name, "arguments": arguments } }))
        .collect();
    let mut delta = json!({ "content": text });
    if !calls.is_empty() {
        delta["tool_calls"] = calls.into();
    }
    let first = json!({ "choices": [{ "delta": delta, "finish_reason": "stop" }] });
    let usage = json!({ "choices": [], "usage": { "prompt_tokens": tokens.0, "completion_tokens": tokens.1 } });
    Answer::Whole(200, format!("data: {first}\n\ndata: {usage}\n\ndata: [DONE]\n\n"))
}

/// The beginning of an answer.
pub fn begins(text: &str) -> String {
    format!("data: {}\n\n", json!({ "choices": [{ "delta": { "content": text } }] }))
}
