use crate::support::*;
use kernel::access::Role;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn a10_06_another_tenants_organization_is_404() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let globex = site.db.org("globex").await;
    let bea = site.member(&acme, Role::Admin).await;
    for path in ["", "/members", "/api-keys", "/audit", "/audit.csv"] {
        let answer = bea.get(&format!("/api/organizations/{}{path}", globex.id)).await;
        assert_eq!(answer.refusal(), (404, "not_found"), "{path}");
        let own = bea.get(&format!("/api/organizations/{}{path}", acme.id)).await;
        assert_eq!(own.status, 200, "{path}");
    }
    let other = format!("/api/organizations/{}", globex.id);
    assert_eq!(bea.patch(&other, json!({ "name": "Mine" })).await.refusal(), (404, "not_found"));
    let member = globex.user(Role::Member).id;
    assert_eq!(bea.delete(&format!("{other}/members/{member}")).await.refusal(), (404, "not_found"));
    let nowhere = format!("/api/organizations/{}", Uuid::nil());
    assert_eq!(bea.get(&nowhere).await.refusal(), (404, "not_found"));
    let list = bea.get("/api/organizations").await;
    assert_eq!(list.json["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a10_10_the_last_owner_stays_by_the_api() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let ada = site.member(&acme, Role::Owner).await;
    let members = format!("/api/organizations/{}/members", acme.id);
    let list = ada.get(&members).await;
    let owner = list.json["items"].as_array().unwrap().iter().find(|m| m["role"] == "owner").unwrap();
    let path = format!("{members}/{}", owner["id"].as_str().unwrap());
    let answer = ada.patch(&path, json!({ "role": "member" })).await;
    assert_eq!(answer.refusal(), (409, "last_owner"));
    // Nobody takes themselves out this way, and to leave the last owner may not either.
    assert_eq!(ada.delete(&path).await.status, 403);
    // A second owner who is gone again leaves the first as the last.
    let bea = acme.user(Role::Admin);
    site.db.join(acme.id, bea, Role::Owner).await;
    let second = site.signed_in(bea).await;
    assert_eq!(second.delete(&path).await.status, 204);
    let own = second.get(&members).await.json["items"].as_array().unwrap().iter().find(|m| m["is_you"] == true).unwrap()["id"].clone();
    let own = format!("{members}/{}", own.as_str().unwrap());
    let answer = second.patch(&own, json!({ "role": "admin" })).await;
    assert_eq!(answer.refusal(), (409, "last_owner"));
    let owners: i64 = sqlx::query_scalar("select count(*) from core.memberships where org_id = $1 and role = 'owner'")
        .bind(acme.id)
        .fetch_one(site.db.admin())
        .await
        .unwrap();
    assert_eq!(owners, 1);
}

#[tokio::test]
async fn a10_a_repeated_write_answers_what_it_answered_first() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let ada = site.member(&acme, Role::Owner).await;
    let create = async |key: &str, name: &str| {
        let request = ada.request(Method::POST, "/api/organizations").header("idempotency-key", key);
        Answer::of(request.json(&json!({ "name": name }))).await
    };
    let first = create("k-1", "Initech").await;
    assert_eq!(first.status, 201, "{first:?}");
    let again = create("k-1", "Initech").await;
    assert_eq!((again.status, &again.json), (201, &first.json));
    assert_eq!(create("k-1", "Umbrella").await.refusal(), (409, "conflict"));
    // Another key is another call.
    assert_ne!(create("k-2", "Initech").await.json["id"], first.json["id"]);
    let made: i64 =
        sqlx::query_scalar("select count(*) from core.organizations where name = 'Initech'").fetch_one(site.db.admin()).await.unwrap();
    assert_eq!(made, 2);
}

#[tokio::test]
async fn a10_08_two_who_edit_the_same_settings_do_not_overwrite_each_other() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let (ada, bea) = (site.member(&acme, Role::Owner).await, site.member(&acme, Role::Admin).await);
    let path = format!("/api/organizations/{}", acme.id);
    let rev = ada.get(&path).await.json["rev"].clone();
    let saved = ada.patch(&path, json!({ "name": "Acme One", "rev": rev })).await;
    assert_eq!((saved.status, &saved.json["name"]), (200, &json!("Acme One")), "{saved:?}");
    let stale = bea.patch(&path, json!({ "name": "Acme Two", "rev": rev })).await;
    assert_eq!(stale.refusal(), (409, "stale"));
    // What is left out stays as it is.
    let patched = bea.patch(&path, json!({ "timezone": "Europe/Paris" })).await;
    assert_eq!((&patched.json["name"], &patched.json["settings"]["timezone"]), (&json!("Acme One"), &json!("Europe/Paris")), "{patched:?}");
}

#[tokio::test]
async fn a10_members_are_invited_by_the_api() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let bea = site.member(&acme, Role::Admin).await;
    let path = format!("/api/organizations/{}/members", acme.id);
    let invite = async |email: &str| bea.post(&path, json!({ "email": email, "role": "member" })).await;
    let made = invite("dan@x.io").await;
    assert_eq!((made.status, &made.json["resent"]), (201, &json!(false)), "{made:?}");
    assert_eq!(invite("dan@x.io").await.json["resent"], true);
    assert_eq!(invite("cleo@acme.test").await.refusal(), (409, "conflict"));
    assert_eq!(invite("nobody").await.refusal(), (422, "validation"));
    let cleo = site.member(&acme, Role::Member).await;
    let refused = cleo.post(&path, json!({ "email": "eve@x.io", "role": "member" })).await;
    assert_eq!(refused.refusal(), (403, "forbidden"));
    site.app.clock.advance(chrono::Duration::minutes(1));
    let csv = bea.get(&format!("/api/organizations/{}/audit.csv", acme.id)).await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert!(csv.text.contains("member.invite"), "{}", csv.text);
}
