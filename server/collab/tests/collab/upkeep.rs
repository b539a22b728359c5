//! What happens by itself.
use crate::{Server, World, editor::Editor, eventually, quick};
use kernel::access::Role;

const ROWS: &str = "select count(*) from factory.yjs_updates where document_id = $1";
const STATES: &str = "select count(*) from factory.yjs_documents where document_id = $1";

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_row_shows_what_was_typed() {
    let world = World::new().await;
    let document = world.document().await;
    let server = Server::with(&world, world.db.app(), quick()).await;
    let ada = Editor::open(server.address, &world.session(Role::Owner).await, document).await;
    ada.push("graph TD");
    let shown =
        async || world.count("select count(*) from factory.documents where id = $1 and diagram_source = 'graph TD'", document).await == 1;
    eventually("the row shows it", shown).await;
    eventually("what hangs on it is told", async || server.documents.changed.lock().unwrap().contains(&document)).await;
    // Idle: it counts as settled.
    eventually("it settles", async || server.documents.settled.lock().unwrap().contains(&document)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_are_folded_into_the_state_after_the_last_editor() {
    let world = World::new().await;
    let document = world.document().await;
    let server = Server::with(&world, world.db.app(), quick()).await;
    let session = world.session(Role::Owner).await;
    let ada = Editor::open(server.address, &session, document).await;
    ada.push("kept");
    ada.until_stored().await;
    ada.disconnect();
    let folded = async || world.count(ROWS, document).await == 0 && world.count(STATES, document).await == 1;
    eventually("the rows are folded", folded).await;
    let bea = Editor::open(server.address, &session, document).await;
    assert_eq!(bea.says(), "kept");
    bea.push(" on");
    let cleo = Editor::open(server.address, &session, document).await;
    cleo.until_says(|text| text == "kept on").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rows_are_folded_while_people_type() {
    let world = World::new().await;
    let document = world.document().await;
    let timing = collab::Timing { fold_rows: 5, store: std::time::Duration::from_millis(1), ..Default::default() };
    let server = Server::with(&world, world.db.app(), timing).await;
    let session = world.session(Role::Owner).await;
    let (ada, bea) = (Editor::open(server.address, &session, document).await, Editor::open(server.address, &session, document).await);
    let mut typed = 0;
    let folded = async || {
        ada.type_at(0, "x");
        typed += 1;
        ada.until_stored().await;
        world.count(STATES, document).await == 1
    };
    eventually("the rows are folded", folded).await;
    bea.until_says(|text| text.len() == typed).await;
    let cleo = Editor::open(server.address, &session, document).await;
    assert_eq!(cleo.says().len(), typed);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_process_left_is_folded_by_another() {
    let world = World::new().await;
    let document = world.document().await;
    let session = world.session(Role::Owner).await;
    {
        let server = Server::start(&world).await;
        let ada = Editor::open(server.address, &session, document).await;
        ada.push("left behind");
        ada.until_stored().await;
        ada.disconnect();
        server.collab.stop().await;
    }
    assert_eq!(world.count(ROWS, document).await, 1);
    let other = Server::with(&world, world.db.another_app().await, quick()).await;
    eventually("the rows are folded", async || world.count(ROWS, document).await == 0).await;
    assert_eq!(world.count("select count(*) from factory.documents where id = $1 and diagram_source = 'left behind'", document).await, 1);
    eventually("it settles", async || other.documents.settled.lock().unwrap().contains(&document)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_written_before_anybody_edited_it_begins_with_its_text() {
    let world = World::new().await;
    let document = world.document().await;
    sqlx::query("update factory.documents set diagram_source = 'from a template' where id = $1")
        .bind(document)
        .execute(world.db.admin())
        .await
        .unwrap();
    let (one, two) = (Server::start(&world).await, Server::with(&world, world.db.another_app().await, Default::default()).await);
    let session = world.session(Role::Owner).await;
    // Both processes find it blank at once; its text stands there once.
    let (ada, bea) = tokio::join!(Editor::open(one.address, &session, document), Editor::open(two.address, &session, document));
    assert_eq!((ada.says().as_str(), bea.says().as_str()), ("from a template", "from a template"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_breaks_the_library_is_left_out_of_the_document() {
    let world = World::new().await;
    let document = world.document().await;
    // Its times are those of every day: nothing is folded while this looks at the rows.
    let server = Server::start(&world).await;
    let session = world.session(Role::Owner).await;
    let ada = Editor::open(server.address, &session, document).await;
    ada.push("whole");
    ada.until_stored().await;
    let client = ada.doc.client_id().get();
    // Well-formed, but its parent is a character.
    let mut bad = vec![1, 1, 9, 0, 4, 0];
    let mut id = client;
    while id >= 0x80 {
        bad.push(id as u8 | 0x80);
        id >>= 7;
    }
    bad.extend([id as u8, 0, 1, b'!', 0]);
    let mut other = crate::editor::connect(server.address, &session, document).await;
    futures::SinkExt::send(&mut other, crate::editor::frame(&[0, 2], &bad)).await.unwrap();
    eventually("it is stored", async || world.count(ROWS, document).await == 2).await;
    drop(other);
    ada.disconnect();
    server.collab.stop().await;
    let server = Server::with(&world, world.db.another_app().await, quick()).await;
    eventually("the rows are folded", async || world.count(ROWS, document).await == 0).await;
    let bea = Editor::open(server.address, &session, document).await;
    assert_eq!(bea.says(), "whole");
}
