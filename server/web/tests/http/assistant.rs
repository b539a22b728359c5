use crate::support::*;
use kernel::{access::Role, testing::Org};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

async fn project(org: &Org, name: &str) -> Uuid {
    let mut tx = org.tx(Role::Admin).await;
    let input = factory::projects::ProjectInput { name: name.into(), ..Default::default() };
    let made = factory::projects::create(&mut tx, &input).await.unwrap();
    tx.commit().await.unwrap();
    made.id
}

/// The data of an event stream, each under the name of its event.
fn events(text: &str) -> Vec<(String, Value)> {
    let field = |block: &str, name: &str| block.lines().find_map(|l| l.strip_prefix(name)).unwrap_or_default().trim().to_owned();
    text.split("\n\n")
        .filter(|block| block.contains("data:"))
        .map(|block| (field(block, "event:"), serde_json::from_str(&field(block, "data:")).unwrap()))
        .collect()
}

#[tokio::test]
async fn a20_21_a_proposal_is_streamed_approved_once_and_rejected_without_effect() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let shop = project(&acme, "Shop").await;
    let base = format!("/api/projects/{shop}/agents");
    let member = site.member(&acme, Role::Member).await;
    let rows = async || -> i64 { sqlx::query_scalar("select count(*) from factory.work_orders").fetch_one(site.db.admin()).await.unwrap() };

    for approve in [true, false] {
        let before = rows().await;
        let ask = json!({ "agentType": "planner", "message": "Create a work order titled “Ship it”" });
        let answer = Answer::of(member.request(Method::POST, &format!("{base}/stream")).json(&ask)).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"), "{answer:?}");
        let conversation = answer.header("x-conversation-id").to_owned();
        let events = events(&answer.text);
        let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((names[..2].to_vec(), names[names.len() - 1]), (vec!["tool-call", "confirmation-required"], "done"));
        assert_eq!(events.last().unwrap().1["conversationId"], conversation);
        assert!(events.last().unwrap().1["usage"]["outputTokens"].as_u64().unwrap() > 0);
        let call = events[1].1["call"]["id"].clone();
        assert_eq!(rows().await, before);

        let said = json!({ "conversationId": conversation, "callId": call, "approve": approve });
        let done = member.post(&format!("{base}/confirm"), said.clone()).await;
        assert_eq!((done.status, done.json["status"].as_str()), (200, Some(if approve { "approved" } else { "rejected" })), "{done:?}");
        assert_eq!(rows().await, before + i64::from(approve));
        assert_eq!(member.post(&format!("{base}/confirm"), said.clone()).await.refusal(), (409, "conflict"));

        // Nobody else has this conversation, not even an owner; another organization does not have the project.
        let owner = site.member(&acme, Role::Owner).await;
        assert_eq!(owner.get(&format!("{base}/conversations/{conversation}/messages")).await.refusal(), (404, "not_found"));
        assert_eq!(owner.post(&format!("{base}/confirm"), said).await.refusal(), (404, "not_found"));
        let globex = site.member(&site.db.org("globex").await, Role::Owner).await;
        assert_eq!(globex.get(&format!("{base}/conversations")).await.refusal(), (404, "not_found"));
        assert_eq!(globex.post(&format!("{base}/stream"), ask).await.refusal(), (404, "not_found"));
        let mine = member.get(&format!("{base}/conversations/{conversation}/messages")).await;
        assert_eq!(mine.json["items"][0]["role"], "user");
    }
    let list = member.get(&format!("{base}/conversations")).await;
    assert_eq!((list.json["items"].as_array().unwrap().len(), &list.json["totalCount"]), (2, &json!(2)));
    let first = list.json["items"][0]["id"].as_str().unwrap();
    assert_eq!(member.delete(&format!("{base}/conversations/{first}")).await.status, 204);
    assert_eq!(member.get(&format!("{base}/conversations/{first}")).await.status, 404);
}

#[tokio::test]
async fn the_eleventh_message_of_a_minute_is_429_and_bad_ones_say_why() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let path = format!("/api/projects/{}/agents/stream", project(&acme, "Shop").await);
    let member = site.member(&acme, Role::Member).await;
    let bad = member.post(&path, json!({ "message": " " })).await;
    assert_eq!((bad.refusal(), bad.json["error"]["fields"]["message"].is_string()), ((422, "validation"), true));
    for n in 2..=10 {
        assert_eq!(member.post(&path, json!({ "message": "help" })).await.status, 200, "{n}");
    }
    let over = member.post(&path, json!({ "message": "help" })).await;
    assert_eq!(over.refusal(), (429, "rate_limited"));
    assert!(over.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(site.visitor().post(&path, json!({ "message": "help" })).await.status, 401);
}
