use crate::{feature, item, key, receive, run_jobs, says, shop};
use factory::feedback::{self, FeedbackInput, FeedbackPatch, FeedbackQuery, FeedbackStatus};
use kernel::{Code, access::Role, db::TenantTx};

#[tokio::test]
async fn a20_11_only_a_key_of_this_project_with_the_scope_may_report() {
    let (db, org, shop) = shop().await;
    let mut tx = org.tx_as(key(&db, &org, &["validator:write"], Some(shop.id)).await).await;
    let receipt = feedback::receive(&mut tx, shop.id, &says("Hello"), None).await.unwrap();
    assert_eq!(receipt.status, FeedbackStatus::New);
    // It reports and does nothing else.
    assert_eq!(feedback::page(&mut tx, "shop", &FeedbackQuery::default(), None).await.unwrap_err().code, Code::Forbidden);
    tx.commit().await.unwrap();
    let mut tx = org.tx_as(key(&db, &org, &["mcp:read"], Some(shop.id)).await).await;
    assert_eq!(feedback::receive(&mut tx, shop.id, &says("x"), None).await.unwrap_err().code, Code::Forbidden);
    drop(tx);
    let mut tx = org.tx(Role::Admin).await;
    let other =
        factory::projects::create(&mut tx, &factory::projects::ProjectInput { name: "Other".into(), ..Default::default() }).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = org.tx_as(key(&db, &org, &["validator:write"], Some(other.id)).await).await;
    assert_eq!(feedback::receive(&mut tx, shop.id, &says("x"), None).await.unwrap_err().code, Code::Forbidden);
    drop(tx);
    // Another organization finds nothing.
    let mut tx = db.org("globex").await.tx(Role::Owner).await;
    assert_eq!(feedback::receive(&mut tx, shop.id, &says("x"), None).await.unwrap_err().code, Code::NotFound);
    assert_eq!(feedback::detail(&mut tx, "shop", receipt.id).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn bad_reports_are_named_field_by_field() {
    let (_db, org, shop) = shop().await;
    feature(&org, "Login", "").await;
    let mut tx = org.tx(Role::Member).await;
    for (input, field, message) in [
        (FeedbackInput::default(), "description", "is required"),
        (says(&"x".repeat(10_001)), "description", "has 10001 characters; the most is 10000"),
        (FeedbackInput { title: Some("x".repeat(501)), ..says("x") }, "title", "has 501 characters; the most is 500"),
        (FeedbackInput { tags: (0..21).map(|n| n.to_string()).collect(), ..says("x") }, "tags", "are 21; the most is 20"),
        (FeedbackInput { tags: vec!["x".repeat(101)], ..says("x") }, "tags", "has 101 characters; the most is 100"),
        (FeedbackInput { category: Some("praise".into()), ..says("x") }, "category", "is bug, feature_request, performance or other"),
        (FeedbackInput { feature: Some("F-9".into()), ..says("x") }, "feature", "F-9 is not a feature of this project"),
    ] {
        let fault = feedback::receive(&mut tx, shop.id, &input, None).await.unwrap_err();
        assert_eq!((fault.code, fault.fields.get(field).map(String::as_str)), (Code::Validation, Some(message)), "{input:?}");
    }
    let input: FeedbackInput =
        serde_json::from_str(r#"{"description":"a","browser_info":{"name":"Fox"},"externalUserId":"u","tags":["x","x"," y "]}"#).unwrap();
    let made = feedback::receive(&mut tx, shop.id, &input, None).await.unwrap();
    let made = item(&mut tx, made.id).await;
    assert_eq!((made.tags, made.external_user_id.as_deref()), (vec!["x".to_owned(), "y".to_owned()], Some("u")));
    assert_eq!(made.browser_info.unwrap()["name"], "Fox");
}

async fn tab(tx: &mut TenantTx, tab: &str) -> Vec<String> {
    let page = feedback::page(tx, "shop", &FeedbackQuery { tab: tab.into(), ..Default::default() }, None).await.unwrap();
    page.rows.into_iter().map(|r| r.headline).collect()
}

#[tokio::test]
async fn an_item_moves_as_the_machine_says_through_the_tabs() {
    let (db, org, shop) = shop().await;
    let id = receive(&org, &shop, &says("It is wrong")).await;
    run_jobs(&db).await;
    let mut tx = org.tx(Role::Member).await;
    assert_eq!(tab(&mut tx, "").await, ["It is wrong"]);
    let now = item(&mut tx, id).await;
    let to = |status| FeedbackPatch { status: Some(status), ..Default::default() };
    let fault = feedback::update(&mut tx, id, &now.rev, &to(FeedbackStatus::Resolved)).await.unwrap_err();
    assert_eq!(fault.message, "New feedback cannot become resolved. It can become triaged or dismissed.");
    let moved = feedback::update(&mut tx, id, &now.rev, &to(FeedbackStatus::Triaged)).await.unwrap();
    assert_eq!(feedback::update(&mut tx, id, &now.rev, &to(FeedbackStatus::Dismissed)).await.unwrap_err().code, Code::Stale);
    assert_eq!((tab(&mut tx, "new").await.len(), tab(&mut tx, "triaged").await.len(), tab(&mut tx, "all").await.len()), (0, 1, 1));
    let patch = FeedbackPatch { tags: Some("pay, slow ,pay".into()), title: Some("Wrong total".into()), ..Default::default() };
    let changed = feedback::update(&mut tx, id, &moved.rev, &patch).await.unwrap();
    assert_eq!((changed.headline().as_str(), changed.tags), ("Wrong total", vec!["pay".to_owned(), "slow".to_owned()]));
    let query =
        FeedbackQuery { tab: "all".into(), tag: "pay".into(), q: "WRONG".into(), category: "bug,other".into(), ..Default::default() };
    let page = feedback::page(&mut tx, "shop", &query, None).await.unwrap();
    assert_eq!((page.rows.len(), page.counts["all"], page.counts["triaged"], page.everything), (1, 1, 1, 1));
    let none = feedback::page(&mut tx, "shop", &FeedbackQuery { category: "performance".into(), ..query }, None).await.unwrap();
    assert_eq!((none.rows.len(), none.counts["all"], none.everything, none.tags), (0, 0, 1, vec!["pay".to_owned(), "slow".to_owned()]));
    let history = feedback::detail(&mut tx, "shop", id).await.unwrap().history;
    assert_eq!(history.len(), 3);
}

#[tokio::test]
async fn the_inbox_pages_by_time_and_by_weight() {
    let (db, org, shop) = shop().await;
    for n in 0..7 {
        receive(&org, &shop, &says(&format!("Item {n}{}", if n % 2 == 0 { " crashes" } else { "" }))).await;
    }
    run_jobs(&db).await;
    let mut tx = org.tx(Role::Member).await;
    for sort in ["", "priority"] {
        let mut query = FeedbackQuery { sort: sort.into(), ..Default::default() };
        let mut seen = Vec::new();
        loop {
            let page = feedback::page(&mut tx, "shop", &query, Some(3)).await.unwrap();
            seen.extend(page.rows.into_iter().map(|r| (r.id, r.priority_score.unwrap())));
            match page.next {
                Some(next) => query.after = next,
                None => break,
            }
        }
        let mut ids: Vec<_> = seen.iter().map(|(id, _)| *id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!((seen.len(), ids.len()), (7, 7));
        if sort == "priority" {
            assert!(seen.windows(2).all(|w| w[0].1 >= w[1].1), "{seen:?}");
        }
    }
    let stats = feedback::stats(&mut tx, "shop", None).await.unwrap();
    assert_eq!((stats.total, stats.open, stats.daily.len(), stats.by_category["bug"]), (7, 7, 30, 4));
    assert_eq!(stats.daily.iter().map(|d| d.count).sum::<i64>(), 7);
}

#[tokio::test]
async fn a_work_order_is_made_once_and_the_item_is_in_progress() {
    let (db, org, shop) = shop().await;
    let login = feature(&org, "Login", "P1").await;
    let id = receive(&org, &shop, &FeedbackInput { feature: Some(login.key.clone()), ..says("Log in fails.\n\nEvery time.") }).await;
    run_jobs(&db).await;
    let mut tx = org.tx(Role::Member).await;
    let made = feedback::create_work_order(&mut tx, id).await.unwrap();
    assert_eq!((made.number, made.title.as_str()), (1, "Log in fails."));
    let fault = feedback::create_work_order(&mut tx, id).await.unwrap_err();
    assert_eq!((fault.code, fault.details.unwrap()["number"].clone()), (Code::Conflict, 1.into()));
    let seen = feedback::detail(&mut tx, "shop", id).await.unwrap();
    assert_eq!(
        (seen.item.status, seen.work_orders, seen.features[0].key.as_str()),
        (FeedbackStatus::InProgress, vec![made.clone()], "F-001")
    );
    let feature: Option<uuid::Uuid> = sqlx::query_scalar("select feature_id from factory.work_orders").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(feature, Some(login.id));
}
