//! The socket of live editing behind everything a request passes through. What it says: `server/collab/tests`.
use crate::support::{Caller, Site};
use collab::{Collab, Documents, yrs::Doc};
use kernel::{Fault, access::Role};
use serde_json::Value;
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

/// Documents that nobody reads.
struct Unread;

impl Documents for Unread {
    fn content(&self, _: &Doc) -> Result<Option<(Value, Option<String>)>, Fault> {
        Ok(None)
    }

    fn first_state(&self, _: Option<&Value>, _: Option<&str>) -> Result<Option<Vec<u8>>, Fault> {
        Ok(None)
    }
}

/// Opens the socket; answers the head, and the first frame where there is one.
async fn open(site: &Site, caller: &Caller, document: &str, origin: &str) -> (String, Vec<u8>) {
    let cookie = caller.cookie.as_ref().map(|cookie| format!("cookie: sid={cookie}\r\n")).unwrap_or_default();
    let mut stream = TcpStream::connect(site.address).await.unwrap();
    let head = format!(
        "GET /api/collab/{document} HTTP/1.1\r\nhost: {}\r\n{cookie}origin: {origin}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        site.address
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(answer).unwrap();
    if !head.starts_with("HTTP/1.1 101") {
        return (head, Vec::new());
    }
    let mut start = [0; 2];
    stream.read_exact(&mut start).await.unwrap();
    let mut frame = vec![0; usize::from(start[1])];
    stream.read_exact(&mut frame).await.unwrap();
    (head, frame)
}

#[tokio::test]
async fn an_editor_reaches_its_document_and_nobody_elses() {
    let site = Site::new().await;
    let collab = Collab::start(&site.app, Arc::new(Unread));
    let (acme, globex) = (site.db.org("acme").await, site.db.org("globex").await);
    let document: Uuid = sqlx::query_scalar(
        "with p as (insert into factory.projects (organization_id, name, slug) values ($1, 'Shop', 'shop') returning id)
         insert into factory.documents (organization_id, project_id, type, title, slug)
         select $1, p.id, 'product_overview', 'Overview', 'overview' from p returning id",
    )
    .bind(acme.id)
    .fetch_one(site.db.admin())
    .await
    .unwrap();
    let document = document.to_string();
    let (ada, stranger) = (site.member(&acme, Role::Member).await, site.member(&globex, Role::Owner).await);

    let (head, frame) = open(&site, &ada, &document, &site.origin()).await;
    assert!(head.to_lowercase().contains("upgrade: websocket"), "{head}");
    assert_eq!(frame, [&[2, 2, 10][..], b"read-write"].concat());
    // Browsers do not see a status: they hear it inside of the socket.
    for caller in [&stranger, &site.visitor()] {
        let (_, frame) = open(&site, caller, &document, &site.origin()).await;
        assert_eq!(frame[..2], [2, 0]);
    }
    // A page of somebody else does not get that far, and neither does a request that is no socket.
    assert!(open(&site, &ada, &document, "https://evil.example").await.0.starts_with("HTTP/1.1 403"));
    let path = format!("/api/collab/{document}");
    assert_eq!(ada.get(&path).await.status, 400);
    assert_eq!(stranger.get(&path).await.status, 404);
    assert_eq!(site.visitor().get(&path).await.status, 401);
    collab.stop().await;
}
