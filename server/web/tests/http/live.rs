use crate::support::*;
use futures::{Stream, StreamExt};
use kernel::{
    access::Role,
    app::{App, Parts},
    live::LiveHub,
    testing::{Org, TestDb},
};
use reqwest::Method;
use serde_json::Value;
use std::{pin::Pin, time::Duration};

/// One server-sent event.
#[derive(Debug)]
struct Sent {
    id: String,
    name: String,
    data: Value,
}

/// The events of an open stream.
struct Events {
    bytes: Pin<Box<dyn Stream<Item = Vec<u8>> + Send>>,
    text: String,
}

impl Events {
    async fn open(caller: &Caller, path: &str, last: Option<&str>) -> Self {
        let mut request = caller.request(Method::GET, path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let bytes = response.bytes_stream().map(|chunk| chunk.unwrap().to_vec());
        Self { bytes: Box::pin(bytes), text: String::new() }
    }

    /// The next event that is no beat, within the 2 s of the chapter.
    async fn next(&mut self) -> Sent {
        loop {
            let sent = self.any().await;
            if sent.name != "beat" {
                return sent;
            }
        }
    }

    /// Waits for the end of the stream.
    async fn ends(&mut self) {
        let end = async { while self.bytes.next().await.is_some() {} };
        tokio::time::timeout(Duration::from_secs(2), end).await.expect("the stream ends within 2 s");
    }

    async fn any(&mut self) -> Sent {
        let event = async {
            loop {
                if let Some((event, rest)) = self.text.split_once("\n\n") {
                    let (event, rest) = (event.to_owned(), rest.to_owned());
                    self.text = rest;
                    return event;
                }
                let chunk = self.bytes.next().await.expect("the stream goes on");
                self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        };
        let event = tokio::time::timeout(Duration::from_secs(2), event).await.expect("an event within 2 s");
        let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or("").to_owned();
        Sent { id: field("id"), name: field("event"), data: serde_json::from_str(&field("data")).unwrap_or_default() }
    }
}

/// Changes a row of the organization.
async fn touch(site: &Site, org: &Org) {
    sqlx::query("update core.memberships set role = 'admin' where org_id = $1 and user_id = $2")
        .bind(org.id)
        .bind(org.user(Role::Member).id)
        .execute(site.db.admin())
        .await
        .unwrap();
}

const TOPIC: &str = "/api/live?org=acme&topics=core.memberships";

#[tokio::test]
async fn a10_a_change_arrives_within_two_seconds_and_only_in_its_organization() {
    let site = Site::new().await;
    let _listening = site.db.listen(&site.app).await;
    let (acme, globex) = (site.db.org("acme").await, site.db.org("globex").await);
    let bea = site.member(&acme, Role::Admin).await;
    let mut stream = Events::open(&bea, TOPIC, None).await;
    assert_eq!(stream.any().await.name, "beat", "a stream says at once that it stands");

    touch(&site, &globex).await;
    touch(&site, &acme).await;
    let event = stream.next().await;
    assert_eq!((event.name.as_str(), &event.data["topic"]), ("change", &Value::from("core.memberships")));
    let row: String = sqlx::query_scalar("select id::text from core.memberships where org_id = $1 and user_id = $2")
        .bind(acme.id)
        .bind(acme.user(Role::Member).id)
        .fetch_one(site.db.admin())
        .await
        .unwrap();
    assert_eq!(event.data["ids"], serde_json::json!([row]), "the change of Globex came first and is not told");
}

#[tokio::test]
async fn a10_a_browser_that_comes_back_gets_what_it_missed() {
    let site = Site::new().await;
    let _listening = site.db.listen(&site.app).await;
    let acme = site.db.org("acme").await;
    let bea = site.member(&acme, Role::Admin).await;
    let mut stream = Events::open(&bea, TOPIC, None).await;
    let seen = stream.any().await.id;
    drop(stream);
    touch(&site, &acme).await;
    // Heard by this process before the browser is back.
    tokio::time::timeout(Duration::from_secs(2), async {
        while site.app.live.position().to_string() == seen {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    let mut stream = Events::open(&bea, TOPIC, Some(&seen)).await;
    let missed = stream.next().await;
    assert_eq!(missed.name, "change");
    // By the parameter too, which a reopened stream carries.
    let mut stream = Events::open(&bea, &format!("{TOPIC}&last_event_id={seen}"), None).await;
    assert_eq!(stream.next().await.id, missed.id);
    // What is not remembered any more is a reset.
    let mut stream = Events::open(&bea, TOPIC, Some("987654321")).await;
    assert_eq!(stream.next().await.name, "reset");
}

#[tokio::test]
async fn a10_live_streams_are_for_members_and_beat() {
    let db = TestDb::new().await;
    let app = beating(&db.app(), Duration::from_millis(50));
    let site = Site::over(db, app).await;
    let acme = site.db.org("acme").await;
    let stranger = site.db.org("globex").await;
    assert_eq!(site.visitor().get(TOPIC).await.refusal(), (401, "unauthenticated"));
    let stranger = site.member(&stranger, Role::Owner).await;
    assert_eq!(stranger.get(TOPIC).await.refusal(), (404, "not_found"));
    let cleo = site.member(&acme, Role::Member).await;
    let bad = cleo.get("/api/live?org=acme&topics=../../etc").await;
    assert_eq!(bad.refusal(), (400, "bad_request"));

    let mut stream = Events::open(&cleo, TOPIC, None).await;
    for _ in 0..3 {
        assert_eq!(stream.any().await.name, "beat");
    }
}

#[tokio::test]
async fn a10_13_a_stream_ends_with_its_session_and_with_its_role() {
    let db = TestDb::new().await;
    let app = beating(&db.app(), Duration::from_millis(50));
    let site = Site::over(db, app).await;
    let acme = site.db.org("acme").await;
    let (bea, cleo) = (site.member(&acme, Role::Admin).await, site.member(&acme, Role::Member).await);
    let mut of_bea = Events::open(&bea, TOPIC, None).await;
    let mut of_cleo = Events::open(&cleo, TOPIC, None).await;
    for _ in 0..3 {
        of_bea.any().await;
        of_cleo.any().await;
    }
    touch(&site, &acme).await;
    of_cleo.ends().await;
    of_bea.any().await;
    sqlx::query("update core.sessions set revoked_at = now()").execute(site.db.admin()).await.unwrap();
    of_bea.ends().await;
    assert_eq!(bea.get(TOPIC).await.refusal(), (401, "unauthenticated"));
}

/// The same application with a faster heart.
fn beating(app: &App, heartbeat: Duration) -> App {
    App::new(Parts {
        config: app.config.clone(),
        db: app.db.clone(),
        clock: app.clock.clone(),
        keys: app.keys.clone(),
        pepper: app.pepper.clone(),
        files: app.files.clone(),
        outbound: app.outbound.clone(),
        live: LiveHub::beating(heartbeat),
        providers: app.providers.clone(),
    })
}
