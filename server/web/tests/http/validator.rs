use crate::support::*;
use kernel::{access::Role, testing::Org};
use serde_json::{Value, json};
use uuid::Uuid;

/// An active project of the organization.
async fn project(org: &Org, name: &str) -> Uuid {
    let mut tx = org.tx(Role::Admin).await;
    let made =
        factory::projects::create(&mut tx, &factory::projects::ProjectInput { name: name.into(), ..Default::default() }).await.unwrap();
    tx.commit().await.unwrap();
    made.id
}

/// A key of the organization: its id and its text.
async fn key(site: &Site, org: &Org, scopes: Value, project: Option<Uuid>) -> (String, String) {
    let admin = site.member(org, Role::Admin).await;
    let body = json!({ "name": "App", "scopes": scopes, "projectId": project, "project_id": project, "rate_limit_per_min": 1000, "rateLimitPerMin": 1000 });
    let made = admin.post(&format!("/api/organizations/{}/api-keys", org.id), body).await;
    assert_eq!(made.status, 201, "{made:?}");
    (made.json["key"]["id"].as_str().unwrap().to_owned(), made.json["secret"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a20_11_feedback_is_taken_from_keys_that_may_and_refused_from_all_others() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let (shop, other) = (project(&acme, "Shop").await, project(&acme, "Other").await);
    let path = format!("/api/projects/{shop}/validator/feedback");
    let body = json!({ "description": "The export fails" });

    let (id, secret) = key(&site, &acme, json!(["validator:write"]), Some(shop)).await;
    let app = site.key(&secret);
    let answer = app.post(&path, body.clone()).await;
    assert_eq!((answer.status, &answer.json["status"]), (201, &json!("new")), "{answer:?}");
    assert!(answer.json["id"].is_string() && answer.json["createdAt"].is_string());

    assert_eq!(site.visitor().post(&path, body.clone()).await.status, 401);
    let (_, reader) = key(&site, &acme, json!(["mcp:read"]), Some(shop)).await;
    assert_eq!(site.key(&reader).post(&path, body.clone()).await.refusal(), (403, "forbidden"));
    let elsewhere = format!("/api/projects/{other}/validator/feedback");
    assert_eq!(app.post(&elsewhere, body.clone()).await.refusal(), (403, "forbidden"));
    let (_, theirs) = key(&site, &site.db.org("globex").await, json!(["validator:write"]), None).await;
    assert_eq!(site.key(&theirs).post(&path, body.clone()).await.refusal(), (404, "not_found"));

    let large = json!({ "description": "x", "sessionData": "x".repeat(256 * 1024) });
    assert_eq!(app.post(&path, large).await.refusal(), (413, "too_large"));
    assert_eq!(app.post(&path, json!({ "description": "" })).await.refusal(), (422, "validation"));
    assert_eq!(app.post(&path, json!({ "description": 7 })).await.refusal(), (422, "validation"));

    let admin = site.member(&acme, Role::Admin).await;
    let gone = admin.delete(&format!("/api/organizations/{}/api-keys/{id}", acme.id)).await;
    assert_eq!(gone.status, 204);
    assert_eq!(app.post(&path, body).await.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a20_11_the_61st_report_of_a_minute_is_429() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let shop = project(&acme, "Shop").await;
    let (_, secret) = key(&site, &acme, json!(["validator:write"]), Some(shop)).await;
    let app = site.key(&secret);
    let path = format!("/api/projects/{shop}/validator/feedback");
    for n in 1..=60 {
        let answer = app.post(&path, json!({ "description": format!("Report {n}") })).await;
        assert_eq!(answer.status, 201, "{n}: {answer:?}");
    }
    let answer = app.post(&path, json!({ "description": "One more" })).await;
    assert_eq!(answer.refusal(), (429, "rate_limited"));
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    // The clock of tests stands until it is moved.
    site.app.clock.advance(chrono::Duration::seconds(2));
    assert_eq!(app.post(&path, json!({ "description": "Later" })).await.status, 201);
}

#[tokio::test]
async fn a_report_with_an_idempotency_key_is_taken_once() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let shop = project(&acme, "Shop").await;
    let (_, secret) = key(&site, &acme, json!(["validator:write"]), Some(shop)).await;
    let app = site.key(&secret);
    let path = format!("/api/projects/{shop}/validator/feedback");
    let send = async |body: Value| Answer::of(app.request(reqwest::Method::POST, &path).header("idempotency-key", "k1").json(&body)).await;
    let first = send(json!({ "description": "Once" })).await;
    let again = send(json!({ "description": "Once" })).await;
    assert_eq!((first.status, again.status, &first.json), (201, 201, &again.json));
    assert_eq!(send(json!({ "description": "Other" })).await.refusal(), (409, "conflict"));
    let admin = site.member(&acme, Role::Admin).await;
    let list = admin.get(&path).await;
    assert_eq!((list.status, &list.json["totalCount"]), (200, &json!(1)));
    assert_eq!(list.json["items"][0]["headline"], "Once");
    let comments = format!("{path}/{}/comments", list.json["items"][0]["id"].as_str().unwrap());
    let made = admin.post(&comments, json!({ "text": "Who reported it?" })).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(admin.get(&comments).await.json["items"][0]["comments"][0]["id"], made.json["id"]);
}

#[tokio::test]
async fn the_graph_is_linked_and_walked_over_http_and_other_organizations_see_nothing() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let shop = project(&acme, "Shop").await;
    let mut tx = acme.tx(Role::Admin).await;
    for name in ["Login", "Account", "Report"] {
        factory::features::create(&mut tx, "shop", &factory::features::FeatureInput { name: name.into(), ..Default::default() })
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let member = site.member(&acme, Role::Member).await;
    let at = |rest: &str| format!("/api/projects/{shop}/graph/{rest}");
    let nodes = member.get(&at("nodes?type=feature&limit=2")).await;
    assert_eq!((nodes.status, nodes.json["items"].as_array().unwrap().len(), &nodes.json["totalCount"]), (200, 2, &json!(3)));
    let rest = member.get(&at(&format!("nodes?limit=2&cursor={}", nodes.json["nextCursor"].as_str().unwrap()))).await;
    assert_eq!((rest.json["items"][0]["label"].as_str(), &rest.json["nextCursor"]), (Some("Report"), &Value::Null));
    let id = |n: usize| nodes.json["items"][n]["id"].as_str().unwrap().to_owned();
    let edge = json!({ "sourceNodeId": id(0), "targetNodeId": id(1), "edgeType": "blocks" });
    let made = member.post(&at("edges"), edge.clone()).await;
    assert_eq!((made.status, &made.json["edgeType"]), (201, &json!("blocks")));
    assert_eq!(member.post(&at("edges"), edge).await.refusal(), (409, "conflict"));
    assert_eq!(member.get(&at("edges?type=blocks")).await.json["totalCount"], 1);
    assert_eq!(member.get(&at("drift-alerts")).await.json["totalCount"], 0);
    let back = json!({ "sourceNodeId": id(1), "targetNodeId": id(0), "edgeType": "blocks" });
    assert_eq!(member.post(&at("edges"), back).await.refusal(), (422, "cycle"));
    let impact = member.post(&at("impact"), json!({ "nodeId": id(0) })).await;
    assert_eq!(impact.json["direct"][0]["node"]["label"], "Login", "{impact:?}");
    let walk = member.post(&at("traverse"), json!({ "start": id(1), "depth": 1 })).await;
    assert_eq!((&walk.json["total"], &walk.json["reached"][0]["depth"]), (&json!(1), &json!(1)));
    assert_eq!(member.post(&at("traverse"), json!({ "start": id(1), "depth": 11 })).await.refusal(), (422, "validation"));
    assert_eq!(member.get(&at("nodes?type=ghost")).await.refusal(), (422, "validation"));
    let scan = member.post(&at("drift-alerts/scan"), json!({})).await;
    assert_eq!(scan.status, 202);
    let jobs = member.get(&format!("/api/projects/{shop}/jobs")).await;
    assert_eq!(jobs.json["items"][0]["jobType"], "drift_detection");
    let gone = member.delete(&at(&format!("edges/{}", made.json["id"].as_str().unwrap()))).await;
    assert_eq!(gone.status, 204);
    // a20_20
    let stranger = site.member(&site.db.org("globex").await, Role::Owner).await;
    for path in ["nodes", "edges", "drift-alerts"] {
        assert_eq!(stranger.get(&at(path)).await.refusal(), (404, "not_found"), "{path}");
    }
    assert_eq!(site.visitor().get(&at("nodes")).await.status, 401);
}
