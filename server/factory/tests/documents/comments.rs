use crate::{document, shop};
use core_area::notifications::{NoticeQuery, list};
use factory::{
    comments::{self, Anchor, CommentInput, Named, ParentType},
    documents::{self, DocumentType},
    mentions::{self, TargetType},
    versions,
};
use kernel::{
    Code,
    access::Role,
    testing::{Org, TestDb},
};
use serde_json::json;

fn said(text: &str) -> CommentInput {
    CommentInput { text: text.into(), ..Default::default() }
}

/// The titles of the notices of a member about this topic.
async fn told(db: &TestDb, org: &Org, role: Role, topic: &str) -> Vec<String> {
    let mut tx = org.user(role).tx(&db.app()).await;
    let page = list(&mut tx, &NoticeQuery::default()).await.unwrap();
    page.rows.into_iter().filter(|n| n.topic == topic).map(|n| n.title).collect()
}

#[tokio::test]
async fn a20_19_a_mention_tells_once_and_not_again_on_the_next_save() {
    let (db, org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    let mention = |id, label: &str| json!({ "type": "mention", "attrs": { "id": id, "label": label, "type": "user" } });
    let (cleo, bea) = (org.user(Role::Member).id, org.user(Role::Admin).id);
    let text = json!({ "type": "doc", "content": [{ "type": "paragraph", "content": [
        { "type": "text", "text": "Ask " }, mention(cleo, "Cleo"), { "type": "text", "text": " or " }, mention(bea, "Bea"),
        { "type": "text", "text": " but not " }, mention(uuid::Uuid::from_u128(7), "Nobody") ] }] });
    documents::write(&mut tx, now.id, &text, None).await.unwrap();
    versions::save(&mut tx, now.id, "").await.unwrap();
    versions::save(&mut tx, now.id, "again").await.unwrap();
    let kept: i64 = sqlx::query_scalar("select count(*) from factory.mentions").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(kept, 2, "members only");
    tx.commit().await.unwrap();
    assert_eq!(told(&db, &org, Role::Member, "factory.mention").await, ["Bea mentioned you in Overview"]);
    assert!(told(&db, &org, Role::Admin, "factory.mention").await.is_empty(), "nobody hears of their own");
    // Taken out and written again it is no news.
    let mut tx = org.tx(Role::Admin).await;
    for content in [crate::paragraphs(&["nobody"]), text] {
        documents::write(&mut tx, now.id, &content, None).await.unwrap();
        versions::save(&mut tx, now.id, "").await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(told(&db, &org, Role::Member, "factory.mention").await.len(), 1);
}

#[tokio::test]
async fn a_thread_is_anchored_answered_resolved_and_opened_again() {
    let (db, org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    let anchor = Anchor { quote: "fast".into(), section_id: Some("goal".into()), ..Default::default() };
    let opened = CommentInput { anchor: Some(anchor.clone()), ..said("How fast?\nIn seconds") };
    let thread = comments::add(&mut tx, ParentType::Document, now.id, &opened).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = org.tx(Role::Member).await;
    let answer = CommentInput { thread_id: Some(thread), ..said("2 s") };
    let answer = comments::add(&mut tx, ParentType::Document, now.id, &answer).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(told(&db, &org, Role::Admin, "factory.comment_reply").await, ["Cleo replied in Overview"]);
    assert!(told(&db, &org, Role::Member, "factory.comment_reply").await.is_empty());

    let mut tx = org.tx(Role::Admin).await;
    let found = comments::threads(&mut tx, ParentType::Document, now.id).await.unwrap();
    assert_eq!((found.open, found.resolved, found.threads[0].comments.len()), (1, 0, 2));
    assert_eq!(found.threads[0].anchor.as_ref(), Some(&anchor));
    let own: Vec<_> = found.threads[0].comments.iter().map(|c| c.own).collect();
    assert_eq!(own, [true, false]);
    assert_eq!(found.threads[0].comments[0].html, "<p>How fast?</p><p>In seconds</p>");
    comments::resolve(&mut tx, thread, true).await.unwrap();
    let found = comments::threads(&mut tx, ParentType::Document, now.id).await.unwrap();
    assert_eq!((found.open, found.resolved, found.threads[0].resolved_by.as_deref()), (0, 1, Some("Bea")));
    // Whoever answers has more to say.
    comments::add(&mut tx, ParentType::Document, now.id, &CommentInput { thread_id: Some(thread), ..said("Wait") }).await.unwrap();
    assert_eq!(comments::threads(&mut tx, ParentType::Document, now.id).await.unwrap().open, 1);

    assert_eq!(comments::edit(&mut tx, answer, &said("x")).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(comments::remove(&mut tx, answer).await.unwrap_err().code, Code::Forbidden);
    comments::edit(&mut tx, thread, &said("How quick?")).await.unwrap();
    let found = comments::threads(&mut tx, ParentType::Document, now.id).await.unwrap();
    assert_eq!((found.threads[0].comments[0].text.as_str(), found.threads[0].comments[0].edited), ("How quick?", true));
    comments::remove(&mut tx, thread).await.unwrap();
    assert!(comments::threads(&mut tx, ParentType::Document, now.id).await.unwrap().threads.is_empty());
    let history: Vec<String> = sqlx::query_scalar("select action from factory.activities where entity_id = $1 order by created_at, action")
        .bind(now.id)
        .fetch_all(tx.conn())
        .await
        .unwrap();
    assert_eq!(history.iter().filter(|a| *a == "comment_added").count(), 3);
}

#[tokio::test]
async fn a_mention_in_a_comment_tells_and_its_answerers_are_told_once() {
    let (db, org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    let cleo = Named { id: org.user(Role::Member).id, kind: TargetType::User, label: "Cleo".into() };
    let input = CommentInput { named: vec![cleo], ..said("@Cleo, see <b>this</b>") };
    let thread = comments::add(&mut tx, ParentType::Document, now.id, &input).await.unwrap();
    let found = comments::threads(&mut tx, ParentType::Document, now.id).await.unwrap();
    assert_eq!(found.threads[0].comments[0].html, "<p><span class=\"mention\">@Cleo</span>, see &lt;b&gt;this&lt;/b&gt;</p>");
    comments::edit(&mut tx, thread, &input).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(told(&db, &org, Role::Member, "factory.mention").await, ["Bea mentioned you in a comment on Overview"]);
}

#[tokio::test]
async fn comments_of_others_and_bad_ones_are_refused() {
    let (db, _org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    let other = document(&mut tx, DocumentType::ProductOverview, "Other").await;
    for (text, message) in [("  ", "is required"), (&"x".repeat(10_001), "has 10001 characters; the most is 10000")] {
        let fault = comments::add(&mut tx, ParentType::Document, now.id, &said(text)).await.unwrap_err();
        assert_eq!(fault.fields["text"], message);
    }
    let thread = comments::add(&mut tx, ParentType::Document, now.id, &said("x")).await.unwrap();
    let elsewhere = CommentInput { thread_id: Some(thread), ..said("x") };
    assert_eq!(comments::add(&mut tx, ParentType::Document, other.id, &elsewhere).await.unwrap_err().code, Code::NotFound);
    tx.commit().await.unwrap();
    let mut tx = db.org("other").await.tx(Role::Owner).await;
    assert_eq!(comments::threads(&mut tx, ParentType::Document, now.id).await.unwrap_err().code, Code::NotFound);
    assert_eq!(comments::resolve(&mut tx, thread, true).await.unwrap_err().code, Code::NotFound);
    assert_eq!(comments::remove(&mut tx, thread).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn the_menu_of_mentions_finds_people_and_things_by_name() {
    let (_db, _org, mut tx, _) = shop().await;
    document(&mut tx, DocumentType::ProductOverview, "Clear goals").await;
    crate::feature(&mut tx, "Cleaning").await;
    let found = mentions::search(&mut tx, "shop", "CLE").await.unwrap();
    let seen: Vec<_> = found.iter().map(|t| (t.kind, t.label.as_str(), t.hint.as_str())).collect();
    assert_eq!(
        seen,
        [
            (TargetType::User, "Cleo", "cleo@acme.test"),
            (TargetType::Document, "Clear goals", "Product overview"),
            (TargetType::Feature, "Cleaning", "F-001"),
        ]
    );
    assert_eq!(mentions::search(&mut tx, "shop", "f-001").await.unwrap().len(), 1);
}
