//! `GET /api/collab/{document}`: the socket of an editor (chapter 20, section 3 "Live editing"; `docs/collab.md`).
use crate::{
    ApiFault,
    extract::{Path, Query},
};
use axum::{
    Extension,
    extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    response::Response,
};
use collab::Seat;
use kernel::{Code, Fault, request::Request};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Asked {
    /// `0`: an editor that does not want to hear what is stored.
    stored: Option<String>,
}

/// Opens a document to whoever may. Browsers do not see the status of a refused socket: they are told inside of it.
pub async fn open(
    Extension(request): Extension<Request>,
    Path(document): Path<String>,
    Query(asked): Query<Asked>,
    ws: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiFault> {
    match (Seat::take(&request, &document).await, ws) {
        (Ok(seat), Ok(ws)) => Ok(seat.serve(ws, asked.stored.as_deref() != Some("0"))),
        (Err(fault), Ok(ws)) => Ok(collab::refuse(ws, &fault)),
        (Err(fault), Err(_)) => Err(fault.into()),
        (Ok(_), Err(_)) => Err(Fault::new(Code::BadRequest, "Open this address as a WebSocket.").into()),
    }
}
