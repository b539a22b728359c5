use crate::{double::Double, registry, shop};
use chrono::Duration;
use factory::{
    integrations::{
        self, IntegrationInput, IntegrationType,
        outbox::{self, MessageStatus, MessageType},
    },
    projects::Project,
};
use kernel::{
    access::Role,
    jobs,
    record::PageRequest,
    testing::{Org, TestDb},
};
use serde_json::json;

async fn connect(org: &Org, double: &Double, muted: &[&str]) {
    let mut tx = org.tx(Role::Admin).await;
    let muted = muted.iter().map(|m| (*m).to_owned()).collect();
    let input = IntegrationInput { enabled: true, secret: format!("{}/services/T/B/secret1234", double.url), muted, ..Default::default() };
    integrations::save(&mut tx, "shop", IntegrationType::Slack, &input).await.unwrap();
    tx.commit().await.unwrap();
}

async fn say(org: &Org, shop: &Project, kind: MessageType, texts: &[&str]) {
    let mut tx = org.tx(Role::Member).await;
    for text in texts {
        outbox::say(&mut tx, shop.id, kind, text, Some("/factory/shop/graph")).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn statuses(org: &Org) -> Vec<MessageStatus> {
    let mut tx = org.tx(Role::Member).await;
    outbox::list(&mut tx, "shop", &PageRequest::default()).await.unwrap().rows.into_iter().map(|m| m.status).collect()
}

async fn drain(db: &TestDb) -> usize {
    jobs::drain(&db.app(), &registry()).await.unwrap().failed.len()
}

#[tokio::test]
async fn without_slack_the_outbox_is_where_news_are_read() {
    let (db, org, shop) = shop().await;
    say(&org, &shop, MessageType::DriftDetected, &["B may be stale"]).await;
    drain(&db).await;
    assert_eq!(statuses(&org).await, [MessageStatus::Recorded]);
}

#[tokio::test]
async fn slack_gets_one_post_a_minute_of_each_type_and_the_rest_as_one_digest() {
    let (db, org, shop) = shop().await;
    let slack = Double::start(vec![], vec![]).await;
    connect(&org, &slack, &["work_order_status_changed"]).await;
    say(&org, &shop, MessageType::CriticalFeedback, &["First <&>"]).await;
    drain(&db).await;
    say(&org, &shop, MessageType::CriticalFeedback, &["Second", "Third"]).await;
    say(&org, &shop, MessageType::DriftDetected, &["Other type"]).await;
    say(&org, &shop, MessageType::WorkOrderStatusChanged, &["Muted"]).await;
    drain(&db).await;
    let texts: Vec<String> = slack.posts().iter().map(|c| c.body["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].ends_with("/o/acme/factory/shop/graph|First &lt;&amp;&gt;>"), "{texts:?}");
    assert!(texts[1].contains("Other type"));
    assert_eq!(slack.posts()[0].body["blocks"][0]["text"]["type"], "mrkdwn");
    db.app().clock.advance(Duration::seconds(61));
    drain(&db).await;
    let last = slack.posts().pop().unwrap().body["text"].as_str().unwrap().to_owned();
    assert_eq!(slack.posts().len(), 3);
    assert!(last.starts_with("*Critical feedback: 2*\n• ") && last.contains("|Second>") && last.contains("|Third>"), "{last}");
    let list = statuses(&org).await;
    assert_eq!(list.iter().filter(|s| **s == MessageStatus::Sent).count(), 4);
    assert_eq!(list.iter().filter(|s| **s == MessageStatus::Recorded).count(), 1);
}

#[tokio::test]
async fn a_refused_post_fails_and_a_busy_slack_is_asked_again() {
    let (db, org, shop) = shop().await;
    let slack = Double::start(vec![(500, json!({})), (200, json!({})), (404, json!({}))], vec![]).await;
    connect(&org, &slack, &[]).await;
    say(&org, &shop, MessageType::DriftDetected, &["One"]).await;
    assert_eq!(drain(&db).await, 1);
    assert_eq!(statuses(&org).await, [MessageStatus::Queued]);
    db.app().clock.advance(Duration::seconds(5));
    drain(&db).await;
    assert_eq!(statuses(&org).await, [MessageStatus::Sent]);
    db.app().clock.advance(Duration::minutes(2));
    say(&org, &shop, MessageType::DriftDetected, &["Two"]).await;
    drain(&db).await;
    let mut tx = org.tx(Role::Member).await;
    let list = outbox::list(&mut tx, "shop", &PageRequest::default()).await.unwrap().rows;
    let failed = list.iter().find(|m| m.text == "Two").unwrap();
    assert_eq!(
        (failed.status, failed.error.as_deref()),
        (MessageStatus::Failed, Some("Slack refused the message (404). Check the address of the webhook."))
    );
}
