//! One HTTP exchange: a message, or, for the first version of the protocol, a list of them.
use crate::server::Server;
use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::{access::Actor, app::App};
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// The longest message.
const MAX_BYTES: usize = 1024 * 1024;
/// Messages of one list: a key pays for one call.
const MAX_MESSAGES: usize = 20;
/// The version of the protocol in which messages may come as a list; later ones took that away.
const WITH_LISTS: &str = "2025-03-26";

const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;

/// Answers one POST of a project key.
pub async fn answer(app: &App, actor: &Actor, project: Uuid, headers: &HeaderMap, body: Bytes) -> Response {
    if body.len() > MAX_BYTES {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, INVALID_REQUEST, "A message has at most 1 MiB.");
    }
    let message: Value = match serde_json::from_slice(&body) {
        Ok(message) => message,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, PARSE_ERROR, &format!("This is not JSON: {error}.")),
    };
    let server = Server { app: app.clone(), actor: actor.clone(), project };
    match message {
        Value::Array(messages) => list(server, headers, messages).await,
        message => one(server, headers, &message).await,
    }
}

async fn list(server: Server, headers: &HeaderMap, messages: Vec<Value>) -> Response {
    let version = headers.get("mcp-protocol-version").and_then(|v| v.to_str().ok()).unwrap_or(WITH_LISTS);
    if version != WITH_LISTS {
        return refuse(StatusCode::BAD_REQUEST, INVALID_REQUEST, &format!("Version {version} takes one message at a time."));
    }
    if messages.is_empty() || messages.len() > MAX_MESSAGES {
        return refuse(StatusCode::BAD_REQUEST, INVALID_REQUEST, &format!("A list has 1 to {MAX_MESSAGES} messages."));
    }
    let mut answers = Vec::new();
    for message in messages {
        let answered = one(server.clone(), headers, &message).await;
        let bytes = to_bytes(answered.into_body(), usize::MAX).await.unwrap_or_default();
        // What only tells us something has no answer.
        answers.extend(serde_json::from_slice::<Value>(&bytes).ok());
    }
    match answers.is_empty() {
        true => StatusCode::ACCEPTED.into_response(),
        false => axum::Json(answers).into_response(),
    }
}

/// One message through the SDK's transport.
async fn one(server: Server, headers: &HeaderMap, message: &Value) -> Response {
    let object = message.is_object() && message["jsonrpc"] == "2.0";
    if !object || !(message["method"].is_string() || message.get("result").is_some() || message.get("error").is_some()) {
        let id = message.get("id").filter(|id| id.is_string() || id.is_number()).cloned().unwrap_or_default();
        return error(StatusCode::BAD_REQUEST, id, INVALID_REQUEST, "This is no message of JSON-RPC 2.0.");
    }
    // We ask nothing of clients, so there is nothing to answer.
    if message.get("method").is_none() {
        return StatusCode::ACCEPTED.into_response();
    }
    let mut request = Request::post("/").body(Body::from(message.to_string())).unwrap_or_default();
    *request.headers_mut() = headers.clone();
    let fixed = [
        (header::CONTENT_TYPE, "application/json"),
        // We always answer with one message; a plain client need not say that it also takes streams.
        (header::ACCEPT, "application/json, text/event-stream"),
        // Where the request went and which page it came from was checked before the key was.
        (header::HOST, "localhost"),
    ];
    for (name, value) in fixed {
        request.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    request.headers_mut().remove(header::CONTENT_LENGTH);
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MAX_BYTES)
        .disable_allowed_hosts();
    let transport = StreamableHttpService::new(move || Ok(server.clone()), Arc::new(NeverSessionManager::default()), config);
    transport.handle(request).await.map(Body::new)
}

fn refuse(status: StatusCode, code: i32, message: &str) -> Response {
    error(status, Value::Null, code, message)
}

fn error(status: StatusCode, id: Value, code: i32, message: &str) -> Response {
    (status, axum::Json(json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } }))).into_response()
}
