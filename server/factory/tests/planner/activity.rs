use crate::{feature, key, order, shop, walk};
use factory::{
    activities::{Action, Entity},
    comments::{self, CommentInput, ParentType},
    feed::{FeedQuery, FeedRow, Who, feed},
    work_orders::WorkOrderStatus::*,
};
use kernel::{Code, access::Role, db::TenantTx, record::PageRequest};

async fn of(tx: &mut TenantTx, query: FeedQuery) -> Vec<FeedRow> {
    feed(tx, "shop", &query, &PageRequest { after: None, limit: Some(50) }).await.unwrap().rows
}

#[tokio::test]
async fn the_feed_says_who_did_what_and_where_it_leads_by_kind_by_person_and_by_page() {
    let (db, org, mut tx, _) = shop().await;
    feature(&mut tx, "Orders", "").await;
    let made = order(&mut tx, "List orders").await;
    let made = walk(&mut tx, made, &[Ready]).await;
    tx.commit().await.unwrap();
    let mut tx = org.tx(Role::Member).await;
    comments::add(&mut tx, ParentType::WorkOrder, made.id, &CommentInput { text: "Soon?".into(), ..Default::default() }).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = org.tx_as(key(&org, &["mcp:write"])).await;
    factory::work_orders::move_to(&mut tx, made.id, &made.rev, InProgress, false).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = org.tx(Role::Member).await;
    let all = of(&mut tx, FeedQuery::default()).await;
    assert_eq!(all[0].activity.key.as_deref(), Some("WO-1"));
    assert_eq!(all[0].path.as_deref(), Some("/planner/1"));
    let orders = of(&mut tx, FeedQuery { kind: Some(Entity::WorkOrder), who: None }).await;
    assert_eq!(orders.len(), 4);
    assert!(orders.iter().all(|r| r.activity.entity == "work_order"));
    let features = of(&mut tx, FeedQuery { kind: Some(Entity::Feature), who: None }).await;
    assert_eq!(features.iter().map(|r| r.path.as_deref()).collect::<Vec<_>>(), [Some("/features/F-001")]);
    let cleo = org.user(Role::Member).id;
    let hers = of(&mut tx, FeedQuery { kind: None, who: Some(Who::Person(cleo)) }).await;
    assert_eq!(hers.iter().map(|r| r.activity.action).collect::<Vec<_>>(), [Action::CommentAdded]);
    let programs = of(&mut tx, FeedQuery { kind: None, who: Some(Who::Programs) }).await;
    assert_eq!(programs.len(), 1);
    // By pages, each line once.
    let mut seen = Vec::new();
    let mut page = PageRequest { after: None, limit: Some(2) };
    loop {
        let next = feed(&mut tx, "shop", &FeedQuery::default(), &page).await.unwrap();
        seen.extend(next.rows.iter().map(|r| r.activity.id));
        match next.next {
            Some(after) => page.after = Some(after),
            None => break,
        }
    }
    assert_eq!(seen, all.iter().map(|r| r.activity.id).collect::<Vec<_>>());
    drop(tx);
    let other = db.org("other").await;
    let mut tx = other.tx(Role::Admin).await;
    let fault = feed(&mut tx, "shop", &FeedQuery::default(), &PageRequest::default()).await.unwrap_err();
    assert_eq!(fault.code, Code::NotFound);
}
