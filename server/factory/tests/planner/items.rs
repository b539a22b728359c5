use crate::{order, shop};
use factory::work_items::{self, LinkType, WorkItem, WorkItemInput, WorkItemPatch, WorkItemQuery, WorkItemStatus, WorkItemType};
use kernel::{Code, access::Role, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

async fn item(tx: &mut TenantTx, title: &str) -> WorkItem {
    work_items::create(tx, "shop", &WorkItemInput { title: title.into(), ..Default::default() }).await.unwrap()
}

#[tokio::test]
async fn a_work_item_is_made_changed_moved_and_taken_away() {
    let (db, org, mut tx, _) = shop().await;
    let wo = order(&mut tx, "Login").await;
    let cleo = org.user(Role::Member).id;
    let input = WorkItemInput {
        title: " Labels ".into(),
        kind: WorkItemType::Enhancement,
        priority: "P1".into(),
        effort: Some(3),
        work_order_id: Some(wo.id),
        assignee_id: Some(cleo),
        ..Default::default()
    };
    let made = work_items::create(&mut tx, "shop", &input).await.unwrap();
    assert_eq!((made.title.as_str(), made.status, made.effort), ("Labels", WorkItemStatus::Todo, Some(3)));
    let fault = work_items::move_to(&mut tx, made.id, &made.rev, WorkItemStatus::Done).await.unwrap_err();
    assert_eq!(fault.code, Code::InvalidTransition);
    let patch: WorkItemPatch = serde_json::from_value(json!({ "work_order_id": null, "effort": null, "type": "bug" })).unwrap();
    let alone = work_items::update(&mut tx, made.id, &made.rev, &patch).await.unwrap();
    assert_eq!((alone.work_order_id, alone.effort, alone.kind, alone.assignee_id), (None, None, WorkItemType::Bug, Some(cleo)));
    assert_eq!(work_items::update(&mut tx, made.id, "0", &patch).await.unwrap_err().code, Code::Stale);
    for (n, title) in ["Second", "Third"].into_iter().enumerate() {
        item(&mut tx, title).await;
        sqlx::query("update factory.work_items set created_at = created_at + make_interval(secs => $1) where title = $2")
            .bind(n as f64 + 1.0)
            .bind(title)
            .execute(tx.conn())
            .await
            .unwrap();
    }
    let list = async |tx: &mut TenantTx, query: WorkItemQuery| -> String {
        work_items::page(tx, "shop", &query).await.unwrap().rows.into_iter().map(|i| i.title + " ").collect()
    };
    assert_eq!(list(&mut tx, WorkItemQuery { alone: true, ..Default::default() }).await, "Labels Second Third ");
    assert_eq!(
        list(&mut tx, WorkItemQuery { kind: Some(WorkItemType::Bug), assignee_id: Some(cleo), ..Default::default() }).await,
        "Labels "
    );
    assert_eq!(list(&mut tx, WorkItemQuery { status: Some(WorkItemStatus::Done), ..Default::default() }).await, "");
    for (input, field) in [
        (WorkItemInput::default(), "title"),
        (WorkItemInput { title: "x".into(), effort: Some(-1), ..Default::default() }, "effort"),
        (WorkItemInput { title: "x".into(), work_order_id: Some(Uuid::from_u128(7)), ..Default::default() }, "work_order_id"),
        (WorkItemInput { title: "x".into(), assignee_id: Some(Uuid::from_u128(7)), ..Default::default() }, "assignee_id"),
    ] {
        assert!(work_items::create(&mut tx, "shop", &input).await.unwrap_err().fields.contains_key(field), "{field}");
    }
    work_items::remove(&mut tx, alone.id, &alone.rev).await.unwrap();
    assert_eq!(work_items::get(&mut tx, alone.id).await.unwrap_err().code, Code::NotFound);
    let second = work_items::page(&mut tx, "shop", &WorkItemQuery::default()).await.unwrap().rows.remove(0);
    tx.commit().await.unwrap();
    let mut tx = db.org("rival").await.tx(Role::Owner).await;
    assert_eq!(work_items::get(&mut tx, second.id).await.unwrap_err().code, Code::NotFound);
    assert_eq!(work_items::remove(&mut tx, second.id, &second.rev).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn is_blocked_by_is_kept_the_other_way_round_and_nothing_waits_for_itself() {
    let (_db, _org, mut tx, _) = shop().await;
    let (a, b, c) = (item(&mut tx, "A").await, item(&mut tx, "B").await, item(&mut tx, "C").await);
    let links = work_items::link(&mut tx, b.id, LinkType::IsBlockedBy, a.id).await.unwrap();
    assert_eq!((links.len(), links[0].link_type, links[0].outgoing, links[0].other_title.as_str()), (1, LinkType::Blocks, false, "A"));
    assert_eq!(work_items::link(&mut tx, b.id, LinkType::IsBlockedBy, a.id).await.unwrap().len(), 1);
    work_items::link(&mut tx, b.id, LinkType::Blocks, c.id).await.unwrap();
    assert_eq!(work_items::link(&mut tx, c.id, LinkType::Blocks, a.id).await.unwrap_err().code, Code::Cycle);
    assert_eq!(work_items::link(&mut tx, a.id, LinkType::Tests, a.id).await.unwrap_err().code, Code::Validation);
    work_items::link(&mut tx, c.id, LinkType::RelatesTo, a.id).await.unwrap();
    crate::project(&mut tx, "Second").await;
    let other = work_items::create(&mut tx, "second", &WorkItemInput { title: "O".into(), ..Default::default() }).await.unwrap();
    assert_eq!(work_items::link(&mut tx, a.id, LinkType::RelatesTo, other.id).await.unwrap_err().code, Code::NotFound);
    let of_a = work_items::links(&mut tx, a.id).await.unwrap();
    assert_eq!(of_a.len(), 2);
    assert_eq!(work_items::unlink(&mut tx, a.id, of_a[0].id).await.unwrap().len(), 1);
    assert_eq!(work_items::unlink(&mut tx, a.id, of_a[0].id).await.unwrap_err().code, Code::NotFound);
}
