//! What other services report.
use super::{
    Answer, Endpoint,
    openapi::{Doc, doc},
};
use axum::{Json, body::Bytes, extract::State, http::HeaderMap, routing::post};
use factory::code::webhook::{self, Incoming};
use kernel::app::App;
use serde_json::{Value, json};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![("POST", webhook::PATH, post(github))]
}

/// What the endpoint above says of itself.
pub(super) const DOCS: &[Doc] = &[doc(
    "POST /api/integrations/github/webhooks",
    "Takes a webhook of GitHub; its signature is checked with the secret of the connection.",
    "",
    "object",
    "200 outcome: string",
)];

/// Takes a webhook of GitHub. No session and no key: its signature says whose it is.
async fn github(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Answer<Json<Value>> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let hook = Incoming {
        delivery: text("x-github-delivery"),
        event: text("x-github-event"),
        signature: text("x-hub-signature-256"),
        body: &body,
    };
    Ok(Json(json!({ "outcome": webhook::receive(&app, hook).await? })))
}
