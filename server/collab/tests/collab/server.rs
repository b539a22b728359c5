//! The least server that live editing runs in: a session's token as its cookie, one route. For tests and `scripts/bench`.
use axum::{
    Router,
    extract::{
        Path, Query, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use collab::{
    Documents, Seat,
    yrs::{Doc, GetString, ReadTxn, Text, Transact, WriteTxn, XmlFragment, XmlTextPrelim},
};
use kernel::{Fault, access::RequestInfo, app::App, db::TenantTx, request::Request};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Mutex};
use uuid::Uuid;

/// A document is one text; what hangs on it is counted.
#[derive(Default)]
pub struct Plain {
    pub changed: Mutex<Vec<Uuid>>,
    pub settled: Mutex<Vec<Uuid>>,
}

#[async_trait::async_trait]
impl Documents for Plain {
    fn content(&self, doc: &Doc) -> Result<Option<(Value, Option<String>)>, Fault> {
        let txn = doc.transact();
        let text = txn.get_xml_fragment(collab::CONTENT).map(|fragment| fragment.get_string(&txn)).unwrap_or_default();
        let diagram = txn.get_text(collab::DIAGRAM).map(|text| text.get_string(&txn)).filter(|text| !text.is_empty());
        Ok(Some((json!({ "type": "doc", "text": text }), diagram)))
    }

    fn first_state(&self, content: Option<&Value>, diagram: Option<&str>) -> Result<Option<Vec<u8>>, Fault> {
        let doc = collab::blank();
        let mut txn = doc.transact_mut();
        if let Some(text) = content.and_then(|content| content["text"].as_str()) {
            let fragment = txn.get_or_insert_xml_fragment(collab::CONTENT);
            fragment.push_back(&mut txn, XmlTextPrelim::new(text));
        }
        txn.get_or_insert_text(collab::DIAGRAM).push(&mut txn, diagram.unwrap_or_default());
        Ok(Some(txn.encode_state_as_update_v1(&Default::default())))
    }

    async fn changed(&self, _: &mut TenantTx, document: Uuid, _: &[Uuid]) -> Result<(), Fault> {
        self.changed.lock().unwrap().push(document);
        Ok(())
    }

    async fn settled(&self, _: &mut TenantTx, document: Uuid) -> Result<(), Fault> {
        self.settled.lock().unwrap().push(document);
        Ok(())
    }
}

/// One route, as the application has it.
pub fn router(app: &App) -> Router {
    Router::new().route("/api/collab/{document}", get(open)).with_state(app.clone())
}

async fn open(
    State(app): State<App>,
    Path(document): Path<String>,
    Query(asked): Query<HashMap<String, String>>,
    headers: HeaderMap,
    ws: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let token = headers.get(header::COOKIE).and_then(|value| value.to_str().ok()?.strip_prefix("sid=").map(str::to_owned));
    let request = Request::new(app, RequestInfo::default(), token, None);
    match (Seat::take(&request, &document).await, ws) {
        (Ok(seat), Ok(ws)) => seat.serve(ws, asked.get("stored").is_none_or(|wanted| wanted != "0")),
        (Err(fault), Ok(ws)) => collab::refuse(ws, &fault),
        (Ok(_), Err(refused)) => refused.into_response(),
        (Err(fault), Err(_)) => StatusCode::from_u16(fault.code.status()).unwrap_or_default().into_response(),
    }
}
