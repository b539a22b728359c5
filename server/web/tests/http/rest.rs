//! The factory's calls of the API, and whether they answer what their description says.
use crate::support::*;
use kernel::{access::Role, testing::Org};
use reqwest::Method;
use serde_json::{Value, json};

struct Shop {
    site: Site,
    acme: Org,
    member: Caller,
    admin: Caller,
    /// `/api/projects/{id}` of an active project.
    path: String,
}

impl Shop {
    async fn new() -> Self {
        let site = Site::new().await;
        let acme = site.db.org("acme").await;
        let (member, admin) = (site.member(&acme, Role::Member).await, site.member(&acme, Role::Admin).await);
        let projects = format!("/api/organizations/{}/projects", acme.id);
        // What a member starts is a draft until an admin activates it.
        let made = member.post(&projects, json!({ "name": "Shop", "repoUrl": "https://git.example.com/shop" })).await;
        assert_eq!(
            (made.status, &made.json["status"], &made.json["repoUrl"]),
            (201, &json!("draft"), &json!("https://git.example.com/shop"))
        );
        let path = format!("/api/projects/{}", made.json["id"].as_str().unwrap());
        let go = json!({ "rev": made.json["rev"], "status": "active" });
        assert_eq!(member.patch(&path, go.clone()).await.refusal(), (403, "forbidden"));
        assert_eq!(admin.patch(&path, go).await.json["status"], "active");
        Self { site, acme, member, admin, path }
    }

    fn at(&self, rest: &str) -> String {
        format!("{}{rest}", self.path)
    }

    async fn make(&self, rest: &str, body: Value) -> Value {
        let made = self.member.post(&self.at(rest), body).await;
        assert_eq!(made.status, 201, "{made:?}");
        made.json
    }

    async fn items(&self, rest: &str) -> Vec<Value> {
        let list = self.member.get(&self.at(rest)).await;
        assert_eq!(list.status, 200, "{list:?}");
        let items = list.json["items"].as_array().unwrap_or_else(|| panic!("no list: {list:?}")).clone();
        assert!(list.json["totalCount"].as_u64().is_some_and(|total| total >= items.len() as u64), "{list:?}");
        items
    }
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

#[tokio::test]
async fn projects_and_features_are_kept_over_the_api() {
    let shop = Shop::new().await;
    let named = shop.member.get(&shop.path).await.json;
    let renamed = shop.member.patch(&shop.path, json!({ "rev": named["rev"], "name": "Web shop" })).await;
    assert_eq!((&renamed.json["name"], &renamed.json["repoUrl"]), (&json!("Web shop"), &named["repoUrl"]));
    assert_eq!(shop.member.patch(&shop.path, json!({ "rev": named["rev"], "name": "X" })).await.refusal(), (409, "stale"));

    let parent = shop.make("/features", json!({ "name": "Basket", "priority": "P1", "criteria": ["Adds", "Removes"] })).await;
    assert_eq!((&parent["key"], parent["criteria"].as_array().unwrap().len()), (&json!("F-001"), 2));
    let child = shop.make("/features", json!({ "name": "Voucher", "parentId": parent["id"] })).await;
    let path = shop.at(&format!("/features/{}", id(&child)));
    let changed = shop.member.patch(&path, json!({ "rev": child["rev"], "description": "Codes", "status": "in_progress" })).await;
    assert_eq!((&changed.json["description"], &changed.json["status"]), (&json!("Codes"), &json!("in_progress")), "{changed:?}");
    assert_eq!(shop.member.patch(&path, json!({ "rev": "0", "name": "x" })).await.refusal(), (409, "stale"));
    assert_eq!(shop.member.patch(&path, json!({ "name": "x" })).await.refusal(), (422, "validation"));
    let report = shop
        .member
        .post(&shop.at("/features/sync"), json!([{ "id": "F-9", "name": "Checkout" }, { "id": "F-001", "name": "Basket" }]))
        .await;
    assert_eq!((report.status, &report.json["created"]), (200, &json!(1)), "{report:?}");
    let rows = shop.items("/features?sort=name").await;
    assert_eq!(rows.iter().map(|f| f["name"].as_str().unwrap()).collect::<Vec<_>>(), ["Basket", "Checkout", "Voucher"]);
    assert_eq!(rows[0]["criteriaTotal"], 2);
    let gone = shop.member.delete(&shop.at(&format!("/features/{}", id(&parent)))).await;
    assert_eq!((gone.status, &gone.json["count"]), (200, &json!(2)), "with all below it: {gone:?}");
    assert_eq!(shop.member.get(&path).await.refusal(), (404, "not_found"));
    assert!(!shop.items("/activity").await.is_empty());

    // The archive: for admins, and then nothing is written.
    assert_eq!(shop.member.post(&shop.at("/archive"), json!({})).await.refusal(), (403, "forbidden"));
    assert_eq!(shop.admin.post(&shop.at("/archive"), json!({})).await.json["status"], "archived");
    assert_eq!(shop.member.post(&shop.at("/features"), json!({ "name": "x" })).await.refusal(), (409, "project_archived"));
    let archived = shop.member.get(&format!("/api/organizations/{}/projects?archived=true", shop.acme.id)).await;
    assert_eq!((&archived.json["items"][0]["name"], &archived.json["nextCursor"]), (&json!("Web shop"), &Value::Null), "{archived:?}");
    assert_eq!(shop.admin.post(&shop.at("/unarchive"), json!({})).await.json["status"], "active");
}

#[tokio::test]
async fn the_plan_is_kept_over_the_api() {
    let shop = Shop::new().await;
    let orders = "/planner/work-orders";
    let phase = shop.make("/planner/phases", json!({ "name": "Alpha" })).await;
    let path = shop.at(&format!("/planner/phases/{}", id(&phase)));
    let described = shop.member.patch(&path, json!({ "rev": phase["rev"], "description": "First" })).await;
    assert_eq!((&described.json["name"], &described.json["description"]), (&json!("Alpha"), &json!("First")), "{described:?}");

    let first = shop.make(orders, json!({ "title": "First", "status": "ready", "description": "**Do** it" })).await;
    let second = shop.make(orders, json!({ "title": "Second", "phaseId": phase["id"] })).await;
    assert_eq!((&first["number"], &second["phaseId"], &first["description"]["type"]), (&json!(1), &phase["id"], &json!("doc")));
    let path = shop.at(&format!("{orders}/{}", id(&first)));
    let started = shop.member.patch(&path, json!({ "rev": first["rev"], "deliverableType": "api", "status": "in_progress" })).await;
    assert_eq!((&started.json["status"], &started.json["deliverableType"]), (&json!("in_progress"), &json!("api")), "{started:?}");
    assert_eq!(
        shop.member.patch(&path, json!({ "rev": started.json["rev"], "status": "backlog" })).await.refusal(),
        (409, "invalid_transition")
    );
    let moved = shop
        .member
        .post(
            &shop.at(&format!("{orders}/reorder")),
            json!({ "workOrderId": first["id"], "targetPhaseId": phase["id"], "afterWorkOrderId": second["id"] }),
        )
        .await;
    assert_eq!((moved.status, &moved.json["phaseId"]), (200, &phase["id"]), "{moved:?}");
    let nobody = uuid::Uuid::nil();
    let bulk = shop
        .member
        .post(&shop.at(&format!("{orders}/bulk")), json!({ "ids": [second["id"], nobody], "action": { "status": "ready" } }))
        .await;
    assert_eq!((&bulk.json["items"][0].get("problem"), bulk.json["items"][1]["problem"].is_string()), (&None, true), "{bulk:?}");
    let comment = shop.make(&format!("{orders}/{}/comments", id(&first)), json!({ "text": "Why?" })).await;
    assert_eq!(shop.items(&format!("{orders}/{}/comments", id(&first))).await[0]["comments"][0]["id"], comment["id"]);
    assert!(!shop.items(&format!("{orders}/{}/activity", id(&first))).await.is_empty());
    assert!(shop.items(&format!("{orders}/{}/connections", id(&first))).await.is_empty());
    assert!(shop.items("/planner/sync-alerts").await.is_empty());
    assert_eq!(shop.items(&format!("{orders}?status=ready&limit=1")).await[0]["title"], "Second");

    let (one, two) = (
        shop.make("/work-items", json!({ "title": "Write", "workOrderId": first["id"] })).await,
        shop.make("/work-items", json!({ "title": "Read", "type": "bug" })).await,
    );
    let links = format!("/work-items/{}/links", id(&one));
    let linked = shop.make(&links, json!({ "linkType": "is_blocked_by", "targetId": two["id"] })).await;
    assert_eq!((&linked["items"][0]["linkType"], &linked["items"][0]["outgoing"]), (&json!("blocks"), &json!(false)), "{linked}");
    let link = linked["items"][0]["id"].as_str().unwrap();
    assert_eq!(shop.member.delete(&shop.at(&format!("{links}/{link}"))).await.status, 204);
    let item = shop.at(&format!("/work-items/{}", id(&one)));
    let done = shop.member.patch(&item, json!({ "rev": one["rev"], "status": "in_progress", "effort": 3 })).await;
    assert_eq!((&done.json["status"], &done.json["effort"]), (&json!("in_progress"), &json!(3)), "{done:?}");
    assert_eq!(shop.items(&format!("/work-items?workOrderId={}", id(&first))).await.len(), 1);
    assert_eq!(shop.member.delete(&item).await.status, 204);
    assert_eq!(shop.member.delete(&path).await.status, 204);
    assert_eq!(shop.member.get(&path).await.refusal(), (404, "not_found"));

    // A key reads and writes as its scopes say, in its project alone.
    let key = async |scope: &str| {
        let body = json!({ "name": "K", "scopes": [scope], "projectId": shop.path.rsplit('/').next() });
        let made = shop.admin.post(&format!("/api/organizations/{}/api-keys", shop.acme.id), body).await;
        shop.site.key(made.json["secret"].as_str().unwrap())
    };
    let reader = key("mcp:read").await;
    assert_eq!(reader.get(&shop.at(orders)).await.json["totalCount"], 1);
    assert_eq!(reader.post(&shop.at(orders), json!({ "title": "x" })).await.refusal(), (403, "forbidden"));
    assert_eq!(key("mcp:write").await.post(&shop.at(orders), json!({ "title": "By a key" })).await.status, 201);
}

#[tokio::test]
async fn templates_and_test_cases_are_kept_over_the_api() {
    let shop = Shop::new().await;
    let new = json!({ "type": "planner_phase", "name": "Ours", "content": { "phases": [{ "name": "One", "description": "" }] } });
    let own = shop.make("/templates", new.clone()).await;
    assert_eq!((&own["type"], &own["scope"]), (&json!("planner_phase"), &json!("project")));
    let path = shop.at(&format!("/templates/{}", id(&own)));
    let renamed = shop.member.patch(&path, json!({ "rev": own["rev"], "name": "Theirs" })).await;
    assert_eq!((&renamed.json["name"], &renamed.json["content"]), (&json!("Theirs"), &own["content"]), "{renamed:?}");
    assert_eq!(shop.member.post(&format!("{path}/promote"), json!({})).await.refusal(), (403, "forbidden"));
    let promoted = shop.admin.post(&format!("{path}/promote"), json!({})).await;
    assert_eq!((promoted.status, &promoted.json["scope"]), (201, &json!("organization")), "{promoted:?}");
    let org = format!("/api/organizations/{}/templates", shop.acme.id);
    assert_eq!(shop.member.post(&org, new.clone()).await.refusal(), (403, "forbidden"));
    let kept = shop.admin.post(&org, new).await;
    assert_eq!(kept.status, 201, "{kept:?}");
    assert_eq!(shop.admin.delete(&format!("{org}/{}", id(&kept.json))).await.status, 204);
    // Those that ship with Millrace are read and not changed.
    let shipped = shop.member.get(&org).await.json["items"].as_array().unwrap().iter().find(|t| t["scope"] == "system").unwrap().clone();
    assert_eq!(shop.admin.delete(&format!("{org}/{}", id(&shipped))).await.refusal(), (404, "not_found"));

    let case = shop.make("/test-cases", json!({ "name": "adds", "codePath": "src/basket.rs" })).await;
    let path = shop.at(&format!("/test-cases/{}", id(&case)));
    let changed = shop.member.patch(&path, json!({ "rev": case["rev"], "isRequired": false })).await;
    assert_eq!((&changed.json["isRequired"], &changed.json["codePath"]), (&json!(false), &json!("src/basket.rs")), "{changed:?}");
    let sent = shop.make("/test-runs", json!({ "results": [{ "name": "adds", "status": "passed" }] })).await;
    let run = shop.member.get(&shop.at(&format!("/test-runs/{}", id(&sent["run"])))).await.json;
    assert_eq!((&run["passRate"], &run["results"][0]["testName"], &run["totalTests"]), (&json!(100), &json!("adds"), &json!(1)), "{run}");
    assert_eq!(shop.items("/test-runs").await.len(), 1);
    assert_eq!(shop.member.get(&shop.at("/codebase")).await.refusal(), (404, "not_found"));
    assert_eq!(shop.member.put(&shop.at("/codebase"), json!({ "location": "x" })).await.refusal(), (403, "forbidden"));
    assert_eq!(shop.member.get(&shop.at("/code/related")).await.refusal(), (422, "validation"));
    assert_eq!(shop.member.get(&shop.at("/code/search?q=basket")).await.json["items"], json!([]));
}

/// What is wrong with a value, by the schema of the document.
fn differs(document: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return differs(document, document.pointer(&reference[1..]).unwrap(), value, at);
    }
    if let Some(either) = schema["anyOf"].as_array() {
        let wrong: Vec<String> = either.iter().filter_map(|one| differs(document, one, value, at)).collect();
        return (wrong.len() == either.len()).then(|| wrong[0].clone());
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Some(format!("{at} is {value}"));
    }
    let fits = |kind: &str| match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        _ => value.is_null(),
    };
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    if !kinds.iter().any(|kind| fits(kind)) {
        return Some(format!("{at} is no {kinds:?}: {value:.80}"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            return Some(format!("{at} has no {name}"));
        }
    }
    for (name, of) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(wrong) = value.get(name).and_then(|value| differs(document, of, value, &format!("{at}.{name}"))) {
            return Some(wrong);
        }
    }
    let items = value.as_array().into_iter().flatten();
    items.take(20).find_map(|item| differs(document, schema.get("items")?, item, &format!("{at}[]")))
}

#[tokio::test]
async fn what_is_read_over_the_api_is_what_its_description_says() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let mut tx = acme.tx(Role::Owner).await;
    factory::demo::load(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let project: uuid::Uuid = sqlx::query_scalar(
        "select p.id from factory.projects p order by (select count(*) from factory.graph_nodes n where n.project_id = p.id) desc limit 1",
    )
    .fetch_one(site.db.admin())
    .await
    .unwrap();
    let owner = site.member(&acme, Role::Owner).await;
    let document = site.visitor().get("/api/openapi.json").await;
    assert_eq!((document.status, &document.json["openapi"]), (200, &json!("3.1.0")));
    let document = document.json;
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for (path, operations) in document["paths"].as_object().unwrap() {
        let Some(described) = operations.get("get") else { continue };
        let schema = &described["responses"]["200"]["content"]["application/json"]["schema"];
        if schema.is_null() || !(path.contains("{project}") || path.contains("{org}")) {
            continue;
        }
        let mut at = path.replace("{project}", &project.to_string()).replace("{org}", &acme.id.to_string()).replace("{number}", "1");
        // The first of the list it belongs to.
        if let Some((list, _)) = at.clone().split_once("/{id}") {
            let Some(first) = owner.get(list).await.json["items"][0]["id"].as_str().map(str::to_owned) else { continue };
            at = at.replace("{id}", &first);
        }
        let answer = Answer::of(owner.request(Method::GET, &at)).await;
        if answer.status == 200 {
            checked += 1;
            wrong.extend(differs(&document, schema, &answer.json, path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 30, "{checked} answers were looked at");
}
