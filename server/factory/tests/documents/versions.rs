use crate::{document, paragraphs, say, shop};
use factory::{
    documents::{self, DocumentArea, DocumentType},
    versions,
};
use kernel::Code;
use richtext::wire::{BlockChange, Change};
use serde_json::json;

#[tokio::test]
async fn a20_02_a_version_stays_as_it_was_and_restoring_it_makes_another() {
    let (_db, _org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    say(&mut tx, now.id, &paragraphs(&["v1 text"])).await;
    let first = versions::save(&mut tx, now.id, " first ").await.unwrap();
    assert_eq!((first.version_number, first.change_summary.as_deref(), first.author.as_deref()), (1, Some("first"), Some("Bea")));
    say(&mut tx, now.id, &paragraphs(&["v2 text"])).await;
    assert_eq!(versions::save(&mut tx, now.id, "").await.unwrap().version_number, 2);
    assert!(versions::get(&mut tx, now.id, 1).await.unwrap().html.contains("v1 text"));
    let third = versions::restore(&mut tx, now.id, 1).await.unwrap();
    assert_eq!((third.version_number, third.change_summary.as_deref()), (3, Some("Restored version 1")));
    let shown = documents::by_slug(&mut tx, "shop", DocumentArea::Refinery, "overview").await.unwrap();
    assert!(shown.html.contains("v1 text") && shown.versions == 3);
    assert!(versions::get(&mut tx, now.id, 2).await.unwrap().html.contains("v2 text"));
}

#[tokio::test]
async fn versions_are_immutable_and_paged() {
    let (db, _org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    for n in 0..25 {
        say(&mut tx, now.id, &paragraphs(&[&format!("text {n}")])).await;
        versions::save(&mut tx, now.id, "").await.unwrap();
    }
    let page = versions::list(&mut tx, now.id, None, None).await.unwrap();
    assert_eq!((page.items.len(), page.items[0].version_number, page.next, page.total_count), (20, 25, Some(6), 25));
    let rest = versions::list(&mut tx, now.id, page.next, None).await.unwrap();
    assert_eq!((rest.items.len(), rest.items[4].version_number, rest.next), (5, 1, None));
    assert_eq!(versions::list(&mut tx, now.id, None, Some(1000)).await.unwrap().items.len(), 25, "at most 100");
    let error = sqlx::query("update factory.document_versions set change_summary = 'x'").execute(tx.conn()).await.unwrap_err();
    assert_eq!(error.as_database_error().and_then(|e| e.code()).as_deref(), Some("42501"));
    drop((tx, db));
}

#[tokio::test]
async fn a_summary_of_more_than_a_thousand_characters_is_refused() {
    let (_db, _org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    let fault = versions::save(&mut tx, now.id, &"x".repeat(1001)).await.unwrap_err();
    assert_eq!((fault.code, fault.fields["change_summary"].as_str()), (Code::Validation, "has 1001 characters; the most is 1000"));
    assert!(versions::save(&mut tx, now.id, &"x".repeat(1000)).await.is_ok());
    assert_eq!(versions::get(&mut tx, now.id, 9).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn an_automatic_version_is_made_only_of_what_changed() {
    let (_db, _org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    assert_eq!(versions::automatic(&mut tx, now.id).await.unwrap(), None, "nothing was written");
    say(&mut tx, now.id, &paragraphs(&["typed"])).await;
    let made = versions::automatic(&mut tx, now.id).await.unwrap().unwrap();
    assert_eq!((made.change_summary.as_deref(), made.author), (Some("Automatic save"), None));
    assert_eq!(versions::automatic(&mut tx, now.id).await.unwrap(), None);
    // A comment mark is no change of what it says.
    let marked = json!({ "type": "doc", "content": [{ "type": "paragraph", "content": [
        { "type": "text", "text": "typed", "marks": [{ "type": "comment", "attrs": { "commentId": "c1" } }] }] }] });
    say(&mut tx, now.id, &marked).await;
    assert_eq!(versions::automatic(&mut tx, now.id).await.unwrap(), None);
    documents::remove(&mut tx, now.id, &now.rev).await.unwrap();
    assert_eq!(versions::automatic(&mut tx, now.id).await.unwrap(), None, "deleted meanwhile");
}

#[tokio::test]
async fn a20_03_two_versions_are_compared_block_by_block() {
    let (_db, _org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    for texts in [["Users sign in with email and password", "Stays"], ["Users sign in with email or passkey", "Stays"]] {
        say(&mut tx, now.id, &paragraphs(&texts)).await;
        versions::save(&mut tx, now.id, "").await.unwrap();
    }
    let compared = versions::diff(&mut tx, now.id, 2, Some(1)).await.unwrap();
    assert_eq!((compared.from, compared.to), (1, Some(2)), "the older one first");
    let BlockChange::Changed { similarity, spans, .. } = &compared.diff.blocks[0] else { panic!("{:?}", compared.diff.blocks) };
    assert!((similarity - 5.0 * 2.0 / 14.0).abs() < 1e-9);
    assert!(spans.iter().any(|s| s.change == Change::Removed && s.text.contains("password")));
    assert!(spans.iter().any(|s| s.change == Change::Added && s.text.contains("passkey")));
    assert_eq!((compared.diff.counts.same, compared.diff.counts.changed), (1, 1));
    say(&mut tx, now.id, &paragraphs(&["Stays"])).await;
    let with_now = versions::diff(&mut tx, now.id, 2, None).await.unwrap();
    assert_eq!((with_now.to, with_now.diff.counts.removed), (None, 1));
}
