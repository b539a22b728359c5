//! A tracker or a Slack made of one local listener: it answers what it is told and keeps what it was sent.
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

/// One call that came.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub path: String,
    pub headers: HeaderMap,
    pub body: serde_json::Value,
}

type Answer = (u16, serde_json::Value);

#[derive(Default)]
struct Inner {
    calls: Vec<Call>,
    posts: VecDeque<Answer>,
    gets: VecDeque<Answer>,
}

/// The double; its address is `url`.
#[derive(Clone)]
pub struct Double {
    inner: Arc<Mutex<Inner>>,
    pub url: String,
}

impl Double {
    /// POST and GET calls are answered from these lists in turn; what is more, 200 `{}` and `[]`.
    pub async fn start(posts: Vec<Answer>, gets: Vec<Answer>) -> Self {
        let inner = Arc::new(Mutex::new(Inner { calls: Vec::new(), posts: posts.into(), gets: gets.into() }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inner, url }
    }

    pub fn calls(&self) -> Vec<Call> {
        self.inner.lock().unwrap().calls.clone()
    }

    pub fn posts(&self) -> Vec<Call> {
        self.calls().into_iter().filter(|c| c.method == "POST").collect()
    }
}

async fn answer(
    State(inner): State<Arc<Mutex<Inner>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, axum::Json<serde_json::Value>) {
    let mut inner = inner.lock().unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    inner.calls.push(Call { method: method.to_string(), path: uri.to_string(), headers, body });
    let list = if method == Method::POST { &mut inner.posts } else { &mut inner.gets };
    let (status, body) =
        list.pop_front().unwrap_or((200, if method == Method::POST { serde_json::json!({}) } else { serde_json::json!([]) }));
    (StatusCode::from_u16(status).unwrap(), axum::Json(body))
}
