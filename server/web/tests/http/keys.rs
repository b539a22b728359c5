use crate::support::*;
use chrono::Duration;
use kernel::{access::Role, testing::Org};
use serde_json::{Value, json};

/// A key of the organization; answers the whole answer of its creation.
async fn make(site: &Site, org: &Org, scopes: Value) -> Value {
    let admin = site.member(org, Role::Admin).await;
    let body = json!({ "name": "Robot", "scopes": scopes });
    let path = format!("/api/organizations/{}/api-keys", org.id);
    let answer = admin.post(&path, body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json
}

fn secret(made: &Value) -> &str {
    made["secret"].as_str().unwrap()
}

#[tokio::test]
async fn a10_11_a_key_reads_is_refused_by_scope_and_ends_when_revoked() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let globex = site.db.org("globex").await;
    let made = make(&site, &acme, json!(["org:read"])).await;
    let key = site.key(secret(&made));
    let org = format!("/api/organizations/{}", acme.id);

    let answer = key.get(&org).await;
    assert_eq!((answer.status, &answer.json["slug"]), (200, &json!("acme")));
    assert_eq!(answer.header("x-ratelimit-limit"), "100");
    assert_eq!(answer.header("cache-control"), "no-store");
    let answer = key.patch(&org, json!({ "name": "Mine" })).await;
    assert_eq!(answer.refusal(), (403, "forbidden"));
    // Another scope is named; another organization is not there.
    let answer = key.get(&format!("{org}/audit")).await;
    assert_eq!(answer.refusal(), (403, "forbidden"));
    assert!(answer.text.contains("audit:read"), "{}", answer.text);
    let other = key.get(&format!("/api/organizations/{}", globex.id)).await;
    assert_eq!(other.refusal(), (404, "not_found"));
    // What belongs to a person needs one.
    assert_eq!(key.get("/api/organizations").await.refusal(), (403, "forbidden"));

    // The list shows no secret.
    let admin = site.member(&acme, Role::Admin).await;
    let list = admin.get(&format!("{org}/api-keys")).await;
    assert_eq!(list.json["items"][0]["name"], "Robot");
    assert!(!list.text.contains(secret(&made)));

    let id = made["key"]["id"].as_str().unwrap();
    let gone = admin.delete(&format!("{org}/api-keys/{id}")).await;
    assert_eq!(gone.status, 204, "{gone:?}");
    assert_eq!(key.get(&org).await.refusal(), (401, "unauthenticated"));
    let nobody = site.key("okey_AAAAAAAA_nothing").get(&org).await;
    assert_eq!(nobody.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a10_12_the_104th_call_within_two_seconds_is_429() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let made = make(&site, &acme, json!(["org:read"])).await;
    let key = site.key(secret(&made));
    let org = format!("/api/organizations/{}", acme.id);
    for n in 1..=103 {
        let answer = key.get(&org).await;
        assert_eq!(answer.status, 200, "call {n}: {answer:?}");
        // 103 calls spread over two seconds of the test's clock.
        site.app.clock.advance(Duration::microseconds(19_417));
    }
    let answer = key.get(&org).await;
    assert_eq!(answer.refusal(), (429, "rate_limited"));
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!((answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining")), ("100", "0"));
    let reset: u64 = answer.header("x-ratelimit-reset").parse().unwrap();
    assert!((59..=60).contains(&reset), "{reset}");
    site.app.clock.advance(Duration::seconds(1));
    assert_eq!(key.get(&org).await.status, 200);
}

#[tokio::test]
async fn a10_a_refused_member_is_audited() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let cleo = site.member(&acme, Role::Member).await;
    let path = format!("/api/organizations/{}/api-keys", acme.id);
    let answer = cleo.post(&path, json!({ "name": "x", "scopes": ["org:read"] })).await;
    assert_eq!(answer.refusal(), (403, "forbidden"));
    let noted: String = sqlx::query_scalar(
        "select request_id from core.audit_log where action = 'access.denied' and metadata ->> 'permission' = 'org_keys'",
    )
    .fetch_one(site.db.admin())
    .await
    .unwrap();
    assert_eq!(noted, answer.header("x-request-id"));
}
