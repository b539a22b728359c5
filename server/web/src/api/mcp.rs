//! `/api/mcp`: the door for coding tools. The protocol is spoken by the crate `mcp`; here it is seen who asks.
use super::{
    Answer, Endpoint,
    openapi::{Doc, doc},
};
use axum::{
    Extension,
    body::Bytes,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::post,
};
use kernel::{Code, Fault, Perm, access::Actor, audit, request::Request};
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![("POST", "/api/mcp", post(exchange))]
}

/// What the endpoints above say of themselves: query, body, answer.
pub(super) const DOCS: &[Doc] = &[doc(
    "POST /api/mcp",
    "One exchange of the Model Context Protocol (JSON-RPC 2.0): see MCP setup in the planner.",
    "",
    "jsonrpc: string, id?: any, method: string, params?: any",
    "200 jsonrpc: string, id?: any, result?: any, error?: any",
)];

/// One exchange. The project is that of the key, so a key of the whole organization cannot be used here.
async fn exchange(Extension(request): Extension<Request>, headers: HeaderMap, body: Bytes) -> Answer<Response> {
    let (actor, project) = match who(&request).await {
        Ok(found) => found,
        Err(fault) if fault.code == Code::Unauthenticated => {
            let ask = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
            return Ok((ask, crate::ApiFault(fault)).into_response());
        }
        Err(fault) => return Err(fault.into()),
    };
    audit::outcome(request.app(), &actor, actor.require(Perm::FactoryRead)).await?;
    Ok(mcp::answer(request.app(), &actor, project, &headers, body).await)
}

async fn who(request: &Request) -> Result<(Actor, Uuid), Fault> {
    let Some(actor) = request.key() else {
        request.require_session().await?;
        return Err(Fault::new(
            Code::Forbidden,
            "Coding tools come with a project key (Authorization: Bearer of-key-..), not as a person.",
        ));
    };
    let unbound = || Fault::new(Code::Forbidden, "This key belongs to no project. Make one for the project under Planner, MCP setup.");
    let project = actor.project.ok_or_else(unbound)?;
    Ok((actor.clone(), project))
}
