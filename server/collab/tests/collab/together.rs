//! Several people at one document.
use crate::{Server, World, editor::Editor, eventually};
use kernel::access::Role;
use serde_json::json;
use std::sync::Arc;

/// Is every character of all these words in the text?
fn holds(text: &str, words: &[&str]) -> bool {
    let count = |c: char| words.iter().flat_map(|word| word.chars()).filter(|other| *other == c).count();
    let length: usize = words.iter().map(|word| word.chars().count()).sum();
    text.chars().count() == length && text.chars().all(|c| text.chars().filter(|other| *other == c).count() == count(c))
}

#[tokio::test(flavor = "multi_thread")]
async fn a20_01_two_clients_typing_at_one_place_end_with_the_same_text_also_after_a_restart() {
    let world = World::new().await;
    let document = world.document().await;
    let server = Server::start(&world).await;
    let (ada, bea) = (world.session(Role::Owner).await, world.session(Role::Admin).await);
    let (ada, bea) = (Editor::open(server.address, &ada, document).await, Editor::open(server.address, &bea, document).await);
    let (left, right) = ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    // Both type at the beginning, each character at once.
    for (a, b) in left.chars().zip(right.chars()) {
        ada.type_at(0, &a.to_string());
        bea.type_at(0, &b.to_string());
        tokio::task::yield_now().await;
    }
    let text = ada.until_says(|text| holds(text, &[left, right])).await;
    bea.until_says(|other| other == text).await;
    ada.until_stored().await;
    bea.until_stored().await;
    server.collab.stop().await;
    assert_eq!(ada.until(|heard| heard.closed.is_some()).await.closed, Some(1012));

    let again = Server::with(&world, world.db.another_app().await, Default::default()).await;
    let cleo = world.session(Role::Member).await;
    let cleo = Editor::open(again.address, &cleo, document).await;
    assert_eq!(cleo.says(), text);
    // They come back with what they typed meanwhile.
    ada.push("ada");
    bea.push("bea");
    ada.connect(again.address).await;
    bea.connect(again.address).await;
    let text = cleo.until_says(|text| holds(text, &[left, right, "ada", "bea"])).await;
    ada.until_says(|other| other == text).await;
    bea.until_says(|other| other == text).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn carets_carry_the_name_of_who_signed_in_and_go_with_the_connection() {
    let world = World::new().await;
    let document = world.document().await;
    let server = Server::start(&world).await;
    let ada = Editor::open(server.address, &world.session(Role::Owner).await, document).await;
    let bea = Editor::open(server.address, &world.session(Role::Admin).await, document).await;
    ada.point(json!({ "user": { "id": "someone", "name": "Somebody else", "color": "#123456" }, "cursor": { "anchor": 1 } }));
    let client = ada.doc.client_id().get();
    let heard = bea.until(|heard| heard.people.contains_key(&client)).await;
    let person = world.org.user(Role::Owner);
    assert_eq!(
        heard.people[&client],
        json!({ "user": { "id": person.id, "name": person.name, "color": "#123456" }, "cursor": { "anchor": 1 } })
    );
    // Who comes later sees them at once.
    let cleo = Editor::open(server.address, &world.session(Role::Member).await, document).await;
    cleo.until(|heard| heard.people.contains_key(&client)).await;
    ada.disconnect();
    bea.until(|heard| heard.people.is_empty()).await;
    cleo.until(|heard| heard.people.is_empty()).await;
    // Never stored.
    assert_eq!(world.count("select count(*) from factory.yjs_updates where document_id = $1", document).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fifty_people_type_at_once_is_the_same_for_all() {
    let world = World::new().await;
    let document = world.document().await;
    let server = Server::start(&world).await;
    let session = world.session(Role::Member).await;
    let mut editors: Vec<Arc<Editor>> = Vec::new();
    for _ in 0..50 {
        editors.push(Editor::open(server.address, &session, document).await);
    }
    for round in 0..10 {
        for (n, editor) in editors.iter().enumerate() {
            editor.type_at(if n % 2 == 0 { 0 } else { editor.says().len() as u32 }, if round % 2 == 0 { "x" } else { "y" });
        }
        tokio::task::yield_now().await;
    }
    let text = editors[0].until_says(|text| text.len() == 500).await;
    for editor in &editors {
        editor.until_says(|other| other == text).await;
        editor.until_stored().await;
    }
    // What a moment brought lies in one row.
    let rows = world.count("select count(*) from factory.yjs_updates where document_id = $1", document).await;
    assert!(rows < 250, "{rows} rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_deleted_something_while_away_brings_only_that() {
    let world = World::new().await;
    let document = world.document().await;
    let server = Server::start(&world).await;
    let session = world.session(Role::Member).await;
    let (ada, bea) = (Editor::open(server.address, &session, document).await, Editor::open(server.address, &session, document).await);
    ada.push("one two three");
    ada.text_remove(0, 4);
    bea.until_says(|text| text == "two three").await;
    ada.until_stored().await;
    let rows = || world.count("select count(*) from factory.yjs_updates where document_id = $1", document);
    let before = rows().await;
    // Nothing new: nothing is stored, although Yjs sends all its deletions.
    bea.disconnect();
    bea.connect(server.address).await;
    bea.until(|heard| heard.synced).await;
    bea.disconnect();
    bea.text_remove(0, 4);
    bea.connect(server.address).await;
    ada.until_says(|text| text == "three").await;
    bea.until_stored().await;
    assert_eq!(rows().await, before + 1);
    eventually("no room has anything unstored", async || rows().await == before + 1).await;
}
