//! MCP as coding tools speak it, over HTTP.
use crate::support::*;
use factory::{
    projects::{self, ProjectInput},
    work_orders::{self, RichInput, WorkOrder, WorkOrderInput, WorkOrderStatus},
};
use kernel::{
    access::Role,
    jobs::{self, JobRegistry},
    testing::Org,
};
use reqwest::{Method, header};
use serde_json::{Value, json};
use uuid::Uuid;

async fn project(org: &Org, name: &str) -> projects::Project {
    let mut tx = org.tx(Role::Admin).await;
    let input = ProjectInput { name: name.into(), description: "A shop for plants.".into(), ..Default::default() };
    let made = projects::create(&mut tx, &input).await.unwrap();
    tx.commit().await.unwrap();
    made
}

/// A ready work order of whoever makes the keys below.
async fn order(org: &Org, project: &str, title: &str) -> WorkOrder {
    let mut tx = org.tx(Role::Admin).await;
    let input = WorkOrderInput {
        title: title.into(),
        status: WorkOrderStatus::Ready,
        assignee_ids: vec![org.user(Role::Admin).id],
        description: Some(RichInput::Markdown("Sign in with a **passkey**.".into())),
        ..Default::default()
    };
    let made = work_orders::create(&mut tx, project, &input).await.unwrap();
    tx.commit().await.unwrap();
    made
}

/// A coding tool with a key of a project; answers its id too.
async fn tool(site: &Site, org: &Org, scopes: &[&str], project: Option<Uuid>) -> (Tool, String) {
    let body = json!({ "name": "Tool", "scopes": scopes, "projectId": project });
    let made = site.member(org, Role::Admin).await.post(&format!("/api/organizations/{}/api-keys", org.id), body).await;
    assert_eq!(made.status, 201, "{made:?}");
    (Tool(site.key(made.json["secret"].as_str().unwrap())), made.json["key"]["id"].as_str().unwrap().to_owned())
}

struct Tool(Caller);

impl Tool {
    async fn post(&self, message: &Value) -> Answer {
        self.0.post("/api/mcp", message.clone()).await
    }

    /// The result of a request, which has to have one.
    async fn ask(&self, method: &str, params: Value) -> Value {
        let answer = self.post(&json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params })).await;
        assert_eq!((answer.status, &answer.json["id"]), (200, &json!(7)), "{answer:?}");
        assert!(answer.json["result"].is_object(), "{answer:?}");
        answer.json["result"].clone()
    }

    /// The code of its error, which it has to have.
    async fn fails(&self, method: &str, params: Value) -> i64 {
        let answer = self.post(&json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params })).await;
        answer.json["error"]["code"].as_i64().unwrap_or_else(|| panic!("no error: {answer:?}"))
    }

    async fn call(&self, name: &str, arguments: Value) -> Value {
        let result = self.ask("tools/call", json!({ "name": name, "arguments": arguments })).await;
        assert_ne!(result["isError"], true, "{result}");
        result["structuredContent"].clone()
    }

    /// The words and the code of a refusal, which is a result like any other.
    async fn refused(&self, name: &str, arguments: Value) -> (String, String) {
        let result = self.ask("tools/call", json!({ "name": name, "arguments": arguments })).await;
        assert_eq!(result["isError"], true, "{result}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&result["content"][0]["text"]), text(&result["structuredContent"]["error"]["code"]))
    }

    async fn tools(&self) -> Vec<String> {
        let list = self.ask("tools/list", json!({})).await;
        list["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }
}

const READ: [&str; 3] = ["list_work_orders", "get_work_order", "search_context"];

#[tokio::test]
async fn a20_13_a_read_key_lists_3_tools_a_write_key_4_and_a_tool_takes_a_work_order_from_list_to_in_progress() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let shop = project(&acme, "Shop").await;
    let (mine, other) = (order(&acme, "shop", "Passkeys").await, order(&acme, "shop", "Basket").await);
    // What others are to do is not listed.
    let mut tx = acme.tx(Role::Owner).await;
    let theirs = WorkOrderInput { title: "Theirs".into(), status: WorkOrderStatus::Ready, ..Default::default() };
    work_orders::create(&mut tx, "shop", &theirs).await.unwrap();
    work_orders::block(&mut tx, other.id, mine.id).await.unwrap();
    tx.commit().await.unwrap();

    let (reader, _) = tool(&site, &acme, &["mcp:read"], Some(shop.id)).await;
    let (writer, _) = tool(&site, &acme, &["mcp:read", "mcp:write"], Some(shop.id)).await;
    assert!(reader.0.bearer.as_ref().unwrap().starts_with("of-key-"));
    assert_eq!(reader.tools().await, READ);
    assert_eq!(writer.tools().await, [&READ[..], &["update_work_order_status"]].concat());

    let hello = writer
        .ask("initialize", json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } }))
        .await;
    assert_eq!((&hello["protocolVersion"], &hello["serverInfo"]["name"]), (&json!("2025-06-18"), &json!("millrace")));
    assert!(hello["capabilities"]["tools"].is_object() && hello["capabilities"]["resources"].is_object(), "{hello}");
    let older = writer
        .ask("initialize", json!({ "protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } }))
        .await;
    assert_eq!(older["protocolVersion"], "2025-03-26");
    assert_eq!(writer.ask("ping", json!({})).await, json!({}));
    // A notification has no answer.
    let told = writer.post(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
    assert_eq!((told.status, told.text.as_str()), (202, ""));

    // List, read, start.
    let list = writer.call("list_work_orders", json!({})).await;
    let keys: Vec<&Value> = list["workOrders"].as_array().unwrap().iter().map(|w| &w["key"]).collect();
    assert_eq!((keys, &list["totalCount"]), (vec![&json!("WO-1"), &json!("WO-2")], &json!(2)), "{list}");
    assert_eq!(list["workOrders"][1]["blocked"], true);
    let one = writer.call("list_work_orders", json!({ "limit": 1 })).await;
    assert_eq!(one["workOrders"].as_array().unwrap().len(), 1);
    let read = reader.call("get_work_order", json!({ "workOrderId": mine.id })).await;
    assert_eq!((&read["key"], &read["title"]), (&json!("WO-1"), &json!("Passkeys")));
    assert_eq!(read["description"].as_str().unwrap().trim(), "Sign in with a **passkey**.");
    assert_eq!((&read["blocks"][0]["key"], &read["nextStatuses"]), (&json!("WO-2"), &json!(["backlog", "in_progress"])));
    let started = writer.call("update_work_order_status", json!({ "workOrderId": mine.id, "status": "in_progress" })).await;
    let expected = json!({ "success": true, "workOrderId": mine.id, "previousStatus": "ready", "newStatus": "in_progress" });
    assert_eq!(started, expected);
    let now = reader.call("list_work_orders", json!({ "status": "in_progress" })).await;
    assert_eq!(now["workOrders"][0]["key"], "WO-1");
    // By the number people say.
    assert_eq!(reader.call("get_work_order", json!({ "workOrderId": "wo-1" })).await["status"], "in_progress");
    let who: (String, Uuid) =
        sqlx::query_as("select actor_type, actor_id from factory.activities where entity_id = $1 and action = 'status_changed'")
            .bind(mine.id)
            .fetch_one(site.db.admin())
            .await
            .unwrap();
    assert_eq!(who, ("agent".to_owned(), acme.user(Role::Admin).id));
}

#[tokio::test]
async fn a20_06_a_tool_cannot_start_what_waits_or_finish_what_has_open_items() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let shop = project(&acme, "Shop").await;
    let (first, second) = (order(&acme, "shop", "First").await, order(&acme, "shop", "Second").await);
    let mut tx = acme.tx(Role::Owner).await;
    work_orders::block(&mut tx, second.id, first.id).await.unwrap();
    let item = factory::work_items::WorkItemInput { title: "Write it".into(), work_order_id: Some(first.id), ..Default::default() };
    factory::work_items::create(&mut tx, "shop", &item).await.unwrap();
    tx.commit().await.unwrap();
    let (tool, _) = tool(&site, &acme, &["mcp:write"], Some(shop.id)).await;
    let go = |id: Uuid, status: &str| json!({ "workOrderId": id, "status": status });

    let (words, code) = tool.refused("update_work_order_status", go(second.id, "in_progress")).await;
    assert_eq!((words.as_str(), code.as_str()), ("WO-2 waits for WO-1, which is not done.", "blocked"));
    let (words, code) = tool.refused("update_work_order_status", go(first.id, "done")).await;
    assert_eq!(code, "invalid_transition");
    assert!(words.contains("in progress"), "{words}");
    tool.call("update_work_order_status", go(first.id, "in_progress")).await;
    tool.call("update_work_order_status", go(first.id, "in_review")).await;
    let (words, code) = tool.refused("update_work_order_status", go(first.id, "done")).await;
    assert_eq!((words.as_str(), code.as_str()), ("WO-1 has 1 open work item.", "open_work_items"));
    // There is no argument that overrides it.
    let forced = json!({ "workOrderId": first.id, "status": "done", "force": true });
    assert_eq!(tool.refused("update_work_order_status", forced).await.1, "validation");
}

#[tokio::test]
async fn a20_13_keys_without_right_and_work_orders_of_others_are_refused() {
    let site = Site::new().await;
    let (acme, globex) = (site.db.org("acme").await, site.db.org("globex").await);
    let (shop, other) = (project(&acme, "Shop").await, project(&acme, "Other").await);
    project(&globex, "Theirs").await;
    let (mine, elsewhere, foreign) =
        (order(&acme, "shop", "Mine").await, order(&acme, "other", "Elsewhere").await, order(&globex, "theirs", "Foreign").await);
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let (reader, id) = tool(&site, &acme, &["mcp:read"], Some(shop.id)).await;
    let (writer, _) = tool(&site, &acme, &["mcp:write"], Some(shop.id)).await;

    // Only the project of the key is there.
    for id in [elsewhere.id, foreign.id, Uuid::nil()] {
        let refused = ("The work order was not found.".to_owned(), "not_found".to_owned());
        assert_eq!(writer.refused("get_work_order", json!({ "workOrderId": id })).await, refused);
        assert_eq!(writer.refused("update_work_order_status", json!({ "workOrderId": id, "status": "in_progress" })).await, refused);
    }
    let _ = other;
    // A key that reads reports nothing, though it knows the tool's name.
    let (words, code) = reader.refused("update_work_order_status", json!({ "workOrderId": mine.id, "status": "in_progress" })).await;
    assert_eq!(code, "forbidden");
    assert!(words.contains("mcp:write"), "{words}");
    let denied: i64 =
        sqlx::query_scalar("select count(*) from core.audit_log where action = 'access.denied'").fetch_one(site.db.admin()).await.unwrap();
    assert_eq!(denied, 1);

    // Another scope, no project, a person, nobody.
    let (uploads, _) = tool(&site, &acme, &["tests:write"], Some(shop.id)).await;
    assert_eq!(uploads.post(&ping).await.refusal(), (403, "forbidden"));
    let (whole, _) = tool(&site, &acme, &["mcp:read"], None).await;
    assert_eq!(whole.post(&ping).await.refusal(), (403, "forbidden"));
    let person = site.member(&acme, Role::Owner).await;
    assert_eq!(person.post("/api/mcp", ping.clone()).await.refusal(), (403, "forbidden"));
    let nobody = site.visitor().post("/api/mcp", ping.clone()).await;
    assert_eq!((nobody.refusal(), nobody.header("www-authenticate")), ((401, "unauthenticated"), "Bearer"));

    // A page of somebody else's, a page of ours.
    let from = async |origin: &str| {
        let call = reader.0.request(Method::POST, "/api/mcp").header(header::ORIGIN, origin).json(&ping);
        Answer::of(call).await
    };
    assert_eq!(from("https://evil.example").await.refusal(), (403, "csrf"));
    assert_eq!(from(&site.origin()).await.status, 200);

    // Revoked between two calls.
    assert_eq!(reader.post(&ping).await.status, 200);
    let gone = site.member(&acme, Role::Admin).await.delete(&format!("/api/organizations/{}/api-keys/{id}", acme.id)).await;
    assert_eq!(gone.status, 204);
    assert_eq!(reader.post(&ping).await.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a20_13_what_is_no_message_is_refused_by_the_protocol() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let shop = project(&acme, "Shop").await;
    let (tool, _) = tool(&site, &acme, &["mcp:read"], Some(shop.id)).await;
    let send = async |body: String, version: Option<&str>| {
        let mut call = tool.0.request(Method::POST, "/api/mcp").header(header::CONTENT_TYPE, "application/json").body(body);
        if let Some(version) = version {
            call = call.header("mcp-protocol-version", version);
        }
        Answer::of(call).await
    };

    for method in [Method::GET, Method::DELETE] {
        let answer = Answer::of(tool.0.request(method, "/api/mcp")).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
    }
    let broken = send("{\"jsonrpc\":".into(), None).await;
    assert_eq!((broken.status, &broken.json["error"]["code"]), (400, &json!(-32700)));
    for body in ["1", "{}", r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, r#"{"jsonrpc":"2.0","id":1}"#] {
        let answer = send(body.into(), None).await;
        assert_eq!((answer.status, &answer.json["error"]["code"]), (400, &json!(-32600)), "{body}: {answer:?}");
    }
    assert_eq!(tool.fails("prompts/nothing", json!({})).await, -32601);
    assert_eq!(tool.fails("tools/call", json!({ "name": "drop_tables", "arguments": {} })).await, -32602);
    assert_eq!(tool.fails("resources/read", json!({ "uri": "project://secrets" })).await, -32002);
    assert_eq!(send(json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }).to_string(), Some("1999-01-01")).await.status, 400);
    // Arguments that do not fit are told to the tool, which can mend them.
    for (name, arguments) in [
        ("list_work_orders", json!({ "limit": 51 })),
        ("list_work_orders", json!({ "limit": 0 })),
        ("list_work_orders", json!({ "status": "backlog" })),
        ("get_work_order", json!({})),
        ("search_context", json!({ "query": "passkey", "limit": 21 })),
        ("search_context", json!({ "query": "passkey", "types": ["feedback"] })),
        ("search_context", json!({ "query": "x" })),
    ] {
        assert_eq!(tool.refused(name, arguments.clone()).await.1, "validation", "{name} {arguments}");
    }
    let long =
        send(json!({ "jsonrpc": "2.0", "id": 1, "method": "ping", "params": { "x": "x".repeat(1024 * 1024) } }).to_string(), None).await;
    assert_eq!(long.status, 413, "{:?}", long.headers);

    // Several at once, as the first version has it; later ones took that away.
    let ask = |id: u32, method: &str| json!({ "jsonrpc": "2.0", "id": id, "method": method });
    let several = json!([ask(1, "ping"), { "jsonrpc": "2.0", "method": "notifications/initialized" }, ask(2, "tools/list")]).to_string();
    for version in [None, Some("2025-03-26")] {
        let answer = send(several.clone(), version).await;
        assert_eq!((answer.status, answer.json.as_array().unwrap().len()), (200, 2), "{answer:?}");
        assert_eq!((&answer.json[0]["id"], &answer.json[1]["id"]), (&json!(1), &json!(2)));
    }
    assert_eq!(send(several, Some("2025-06-18")).await.json["error"]["code"], -32600);
    assert_eq!(send("[]".into(), None).await.json["error"]["code"], -32600);
    let told = send(json!([{ "jsonrpc": "2.0", "method": "notifications/initialized" }]).to_string(), None).await;
    assert_eq!(told.status, 202);
}

#[tokio::test]
async fn a20_13_a_tool_finds_documents_and_blueprints_apart() {
    use factory::documents::{self, DocumentInput, DocumentType};
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let shop = project(&acme, "Shop").await;
    let mut tx = acme.tx(Role::Admin).await;
    for (kind, title) in [(DocumentType::TechnicalRequirements, "Passkey needs"), (DocumentType::FoundationBlueprint, "Passkey design")] {
        let input = DocumentInput { kind, title: title.into(), feature_id: None, template_id: None, blank: true };
        documents::create(&mut tx, "shop", &input).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut registry = JobRegistry::new();
    factory::register(&mut registry);
    assert_eq!(jobs::drain(&site.app, &registry).await.unwrap().failed, []);
    let (tool, _) = tool(&site, &acme, &["mcp:read"], Some(shop.id)).await;
    let find = async |more: Value| {
        let mut asked = json!({ "query": "passkey" });
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let found = tool.call("search_context", asked).await;
        let list = found["results"].as_array().unwrap().clone();
        let mut found: Vec<(String, String)> =
            list.iter().map(|r| (r["type"].as_str().unwrap().to_owned(), r["title"].as_str().unwrap().to_owned())).collect();
        found.sort();
        found
    };
    let (design, needs) = (("blueprints".to_owned(), "Passkey design".to_owned()), ("documents".to_owned(), "Passkey needs".to_owned()));
    assert_eq!(find(json!({})).await, [design.clone(), needs.clone()]);
    assert_eq!(find(json!({ "types": ["blueprints"] })).await, [design]);
    assert_eq!(find(json!({ "types": ["documents", "code"] })).await, [needs]);
    assert_eq!(find(json!({ "limit": 1 })).await.len(), 1);
}

#[tokio::test]
async fn a20_13_the_project_and_its_features_are_resources() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let shop = project(&acme, "Shop").await;
    let mut tx = acme.tx(Role::Admin).await;
    let input = factory::features::FeatureInput { name: "Basket".into(), ..Default::default() };
    factory::features::create(&mut tx, "shop", &input).await.unwrap();
    tx.commit().await.unwrap();
    let (tool, _) = tool(&site, &acme, &["mcp:read"], Some(shop.id)).await;
    let list = tool.ask("resources/list", json!({})).await;
    let uris: Vec<&Value> = list["resources"].as_array().unwrap().iter().map(|r| &r["uri"]).collect();
    assert_eq!(uris, ["project://overview", "project://features"]);
    let overview = tool.ask("resources/read", json!({ "uri": "project://overview" })).await;
    let text = overview["contents"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("# Shop\n\nA shop for plants.") && text.contains("Features: 1 (0 passing"), "{text}");
    let features = tool.ask("resources/read", json!({ "uri": "project://features" })).await;
    assert!(features["contents"][0]["text"].as_str().unwrap().contains("\"Basket\""), "{features}");
}
