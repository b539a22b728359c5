//! `/api/projects/{project}/agents`: talks with the assistant. An answer is a stream of server-sent events; nothing it proposes is
//! done before `confirm`.
use super::{
    Answer, Endpoint,
    openapi::{Doc, doc},
    project::{changing, in_project, reading},
};
use crate::extract::{Json, Path, Query};
use axum::{
    Extension,
    http::{StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use factory::assistant::{self, ChatAsk, ChatEvent, Confirmation};
use futures::stream;
use kernel::{audit, record::PageRequest, request::Request};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{convert::Infallible, time::Duration};
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        ("POST", "/api/projects/{project}/agents/stream", post(talk)),
        ("POST", "/api/projects/{project}/agents/confirm", post(confirm)),
        ("GET", "/api/projects/{project}/agents/conversations", get(conversations)),
        ("GET", "/api/projects/{project}/agents/conversations/{id}", get(conversation)),
        ("DELETE", "/api/projects/{project}/agents/conversations/{id}", axum::routing::delete(forget)),
        ("GET", "/api/projects/{project}/agents/conversations/{id}/messages", get(messages)),
    ]
}

/// What the endpoints above say of themselves: query, body, answer.
pub(super) const DOCS: &[Doc] = &[
    doc(
        "POST /api/projects/{project}/agents/stream",
        "Takes a message to the assistant and streams its answer; the header x-conversation-id names the conversation.",
        "",
        "conversationId?: uuid, agentType?: refinery|foundry|planner|validator, \
         context?: { type: document|work_order|feature|feedback_item, id: uuid }, message: string, retry?: boolean",
        "200 events",
    ),
    doc(
        "POST /api/projects/{project}/agents/confirm",
        "Approves or rejects what the assistant proposes to do.",
        "",
        "conversationId: uuid, callId: string, approve: boolean",
        "200 ToolCall",
    ),
    doc(
        "GET /api/projects/{project}/agents/conversations",
        "The caller's conversations, the latest first.",
        "cursor?: string, limit?: integer",
        "",
        "200 list Conversation",
    ),
    doc("GET /api/projects/{project}/agents/conversations/{id}", "One conversation of the caller's.", "", "", "200 Conversation"),
    doc("DELETE /api/projects/{project}/agents/conversations/{id}", "Forgets a conversation.", "", "", "204"),
    doc(
        "GET /api/projects/{project}/agents/conversations/{id}/messages",
        "What was said in it: the latest 400 messages, oldest first.",
        "",
        "",
        "200 list Message",
    ),
];

/// Takes a message in and streams the answer. A connection that ends stops it; what was said is kept.
pub async fn talk(Extension(request): Extension<Request>, Path(project): Path<Uuid>, Json(ask): Json<ChatAsk>) -> Answer<Response> {
    let actor = in_project(&request, project).await?;
    let started = assistant::start(request.app(), &actor, project, &ask).await;
    let started = audit::outcome(request.app(), &actor, started).await?;
    let events = stream::unfold(started.events, |mut events| async move {
        let event = events.recv().await?;
        Some((Ok::<_, Infallible>(sent(&event)), events))
    });
    let headers = [
        (header::CACHE_CONTROL.as_str(), "no-store".to_owned()),
        ("x-accel-buffering", "no".to_owned()),
        // Known before the first word: an answer that is stopped has a conversation too.
        ("x-conversation-id", started.conversation.to_string()),
    ];
    Ok((headers, Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))).into_response())
}

fn sent(event: &ChatEvent) -> Event {
    Event::default().event(event.name()).json_data(event).unwrap_or_else(|_| Event::default().event("error").data("{}"))
}

/// Approves or rejects a proposal.
pub async fn confirm(
    Extension(request): Extension<Request>,
    Path(project): Path<Uuid>,
    Json(said): Json<Confirmation>,
) -> Answer<Json<Value>> {
    let call = changing(&request, project, async |tx, slug| assistant::confirm(tx, slug, &said).await).await?;
    Ok(Json(json!(call)))
}

#[derive(Deserialize)]
pub struct Pages {
    cursor: Option<String>,
    limit: Option<u32>,
}

/// The caller's conversations, the latest first.
pub async fn conversations(
    Extension(request): Extension<Request>,
    Path(project): Path<Uuid>,
    Query(p): Query<Pages>,
) -> Answer<Json<Value>> {
    let page = PageRequest { after: p.cursor, limit: p.limit };
    let (found, total) =
        reading(&request, project, async |tx, slug| Ok((assistant::list(tx, slug, &page).await?, assistant::count(tx, slug).await?)))
            .await?;
    Ok(Json(json!({ "items": found.rows, "nextCursor": found.next, "totalCount": total })))
}

/// One conversation of the caller's.
pub async fn conversation(Extension(request): Extension<Request>, Path((project, id)): Path<(Uuid, Uuid)>) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| assistant::open(tx, slug, id).await).await?;
    Ok(Json(json!(found)))
}

/// What was said in it: the latest 400 messages, oldest first.
pub async fn messages(Extension(request): Extension<Request>, Path((project, id)): Path<(Uuid, Uuid)>) -> Answer<Json<Value>> {
    let items = reading(&request, project, async |tx, slug| assistant::talk(tx, slug, id).await).await?;
    Ok(Json(json!({ "items": items, "nextCursor": null, "totalCount": items.len() })))
}

/// Forgets a conversation.
pub async fn forget(Extension(request): Extension<Request>, Path((project, id)): Path<(Uuid, Uuid)>) -> Answer<StatusCode> {
    changing(&request, project, async |tx, slug| assistant::remove(tx, slug, id).await).await?;
    Ok(StatusCode::NO_CONTENT)
}
