use crate::support::*;
use factory::projects::{self, ProjectInput};
use kernel::{access::Role, testing::Org};
use reqwest::Method;
use serde_json::{Value, json};

async fn project(org: &Org, name: &str) -> uuid::Uuid {
    let mut tx = org.tx(Role::Admin).await;
    let made = projects::create(&mut tx, &ProjectInput { name: name.into(), ..Default::default() }).await.unwrap();
    tx.commit().await.unwrap();
    made.id
}

/// A key of the organization with this scope, bound to a project.
async fn key(site: &Site, org: &Org, scope: &str, project: uuid::Uuid) -> Caller {
    let body = json!({ "name": "CI", "scopes": [scope], "projectId": project });
    let made = site.member(org, Role::Admin).await.post(&format!("/api/organizations/{}/api-keys", org.id), body).await;
    assert_eq!(made.status, 201, "{made:?}");
    site.key(made.json["secret"].as_str().unwrap())
}

async fn send(caller: &Caller, path: &str, kind: &str, body: String) -> Answer {
    Answer::of(caller.request(Method::POST, path).header("content-type", kind.to_owned()).body(body)).await
}

#[tokio::test]
async fn a20_16_a_key_uploads_junit_and_json_to_its_project_alone() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let (shop, other) = (project(&acme, "Shop").await, project(&acme, "Other").await);
    let ci = key(&site, &acme, "tests:write", shop).await;
    let path = format!("/api/projects/{shop}/test-runs");
    let xml = "<testsuite><testcase name='a'/><testcase name='b'><failure/></testcase></testsuite>";
    let answer = send(&ci, &format!("{path}?commitSha=abc123&branch=main"), "application/xml", xml.into()).await;
    assert_eq!(
        (answer.status, &answer.json["pass_rate"], &answer.json["run"]["commit_sha"]),
        (201, &json!(50), &json!("abc123")),
        "{answer:?}"
    );
    let answer = send(&ci, &path, "application/json", json!({ "results": [{ "name": "a", "status": "passed" }] }).to_string()).await;
    assert_eq!((answer.status, &answer.json["run"]["triggered_by"]), (201, &json!("ci")));

    // What is broken names its line; entities are refused.
    let answer = send(&ci, &path, "application/xml", "<testsuite>\n<testcase".into()).await;
    assert_eq!((answer.refusal(), &answer.json["error"]["details"]["line"]), ((422, "validation"), &json!(2)), "{answer:?}");
    let answer = send(&ci, &path, "application/xml", "<!DOCTYPE a><testsuite/>".into()).await;
    assert_eq!(answer.refusal(), (422, "validation"));

    let answer = send(&ci, &format!("/api/projects/{other}/test-runs"), "application/xml", xml.into()).await;
    assert_eq!(answer.refusal(), (404, "not_found"));
    let reader = key(&site, &acme, "mcp:read", shop).await;
    assert_eq!(send(&reader, &path, "application/xml", xml.into()).await.refusal(), (403, "forbidden"));

    // A person of the organization may, one of another finds nothing.
    let member = site.member(&acme, Role::Member).await;
    assert_eq!(send(&member, &path, "application/xml", xml.into()).await.status, 201);
    let globex = site.db.org("globex").await;
    let stranger = site.member(&globex, Role::Owner).await;
    assert_eq!(send(&stranger, &path, "application/xml", xml.into()).await.refusal(), (404, "not_found"));
    assert_eq!(send(&site.visitor(), &path, "application/xml", xml.into()).await.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a_report_may_be_larger_than_other_calls() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let shop = project(&acme, "Shop").await;
    let ci = key(&site, &acme, "tests:write", shop).await;
    let long = "x".repeat(3000);
    let results: Vec<Value> = (0..2000).map(|n| json!({ "name": format!("t{n}"), "status": "failed", "message": long })).collect();
    let answer = send(&ci, &format!("/api/projects/{shop}/test-runs"), "application/json", json!({ "results": results }).to_string()).await;
    assert_eq!((answer.status, &answer.json["run"]["failed_tests"]), (201, &json!(2000)));
}
