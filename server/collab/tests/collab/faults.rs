//! Bad input and faults (chapter 20, section 8).
use crate::{
    Server, World,
    editor::{Editor, connect, frame},
    eventually, quick,
};
use futures::{SinkExt, StreamExt};
use kernel::access::Role;
use tokio_tungstenite::tungstenite::Message;

/// How the server ends a connection that sends this.
async fn ends(world: &World, server: &Server, document: uuid::Uuid, message: Message) -> Option<u16> {
    let mut socket = connect(server.address, &world.session(Role::Member).await, document).await;
    socket.send(message).await.unwrap();
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Close(close) = message {
            return close.map(|close| close.code.into());
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_and_large_frames_close_the_connection_and_leave_the_document() {
    let world = World::new().await;
    let document = world.document().await;
    let server = Server::start(&world).await;
    let ada = Editor::open(server.address, &world.session(Role::Owner).await, document).await;
    ada.push("unharmed");
    ada.until_stored().await;
    for bad in [
        Message::text("hello"),
        Message::binary(vec![]),
        Message::binary(vec![9]),
        Message::binary(vec![0, 2, 200, 1]),
        // An update of a million blocks in six bytes; one that goes on after its end.
        frame(&[0, 2], &[1, 0xc0, 0x84, 0x3d, 1, 0]),
        frame(&[0, 2], &[0, 0, 0]),
        frame(&[0, 0], &[5]),
        frame(&[1], &[3, 1]),
    ] {
        assert_eq!(ends(&world, &server, document, bad.clone()).await, Some(1003), "{bad:?}");
    }
    assert_eq!(ends(&world, &server, document, Message::binary(vec![0; 1024 * 1024 + 1])).await, Some(1009));
    assert_eq!(ends(&world, &server, document, Message::binary(vec![0; 3 * 1024 * 1024])).await, Some(1009));
    let bea = Editor::open(server.address, &world.session(Role::Admin).await, document).await;
    assert_eq!(bea.says(), "unharmed");
    ada.push("!");
    bea.until_says(|text| text == "unharmed!").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_right_the_socket_says_so_and_closes() {
    let world = World::new().await;
    let document = world.document().await;
    let server = Server::start(&world).await;
    let stranger = world.db.org("globex").await;
    let stranger = world.session_of(stranger.user(Role::Owner)).await;
    for (session, document) in [("nobody", document), (stranger.as_str(), document), (stranger.as_str(), uuid::Uuid::from_u128(1))] {
        let editor = Editor::new(session, document);
        editor.connect(server.address).await;
        let heard = editor.until(|heard| heard.closed.is_some()).await;
        assert_eq!((heard.closed, heard.denied.is_some(), heard.mode), (Some(4403), true, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_in_the_middle_ends_the_connection_at_once() {
    let world = World::new().await;
    let document = world.document().await;
    let server = Server::start(&world).await;
    let (cleo, bea) = (world.session(Role::Member).await, world.session(Role::Admin).await);
    let cleo = Editor::open(server.address, &cleo, document).await;
    let other = Editor::open(server.address, &bea, document).await;
    sqlx::query("update core.sessions set revoked_at = now() where token = $1").bind(&bea).execute(world.db.admin()).await.unwrap();
    let heard = other.until(|heard| heard.closed.is_some()).await;
    assert_eq!((heard.closed, heard.denied.as_deref()), (Some(4403), Some("signed_out")));
    // Nobody else is asked to leave.
    cleo.push("on");
    cleo.until_stored().await;
    // No membership any more.
    sqlx::query("delete from core.memberships where user_id = $1 and org_id = $2")
        .bind(world.org.user(Role::Member).id)
        .bind(world.org.id)
        .execute(world.db.admin())
        .await
        .unwrap();
    let heard = cleo.until(|heard| heard.closed.is_some()).await;
    assert_eq!((heard.closed, heard.denied.as_deref()), (Some(4403), Some("no_access")));
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_are_checked_again_without_any_event() {
    let world = World::new().await;
    let document = world.document().await;
    let server = Server::with(&world, world.db.app(), quick()).await;
    let session = world.session(Role::Admin).await;
    let editor = Editor::open(server.address, &session, document).await;
    // A session that ran out makes no event.
    sqlx::query("update core.sessions set expires_at = created_at where token = $1")
        .bind(&session)
        .execute(world.db.admin())
        .await
        .unwrap();
    assert_eq!(editor.until(|heard| heard.closed.is_some()).await.closed, Some(4403));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_project_is_read_only_and_a_deleted_document_says_so() {
    let world = World::new().await;
    let document = world.document().await;
    let server = Server::start(&world).await;
    let session = world.session(Role::Member).await;
    let editor = Editor::open(server.address, &session, document).await;
    editor.push("before");
    editor.until_stored().await;
    sqlx::query("update factory.projects set status = 'archived', archived_at = now() where id = $1")
        .bind(world.project)
        .execute(world.db.admin())
        .await
        .unwrap();
    editor.until(|heard| heard.mode.as_deref() == Some("readonly")).await;
    editor.push(" after");
    let reader = Editor::open(server.address, &session, document).await;
    assert_eq!((reader.says().as_str(), reader.heard().mode.as_deref()), ("before", Some("readonly")));
    sqlx::query("update factory.projects set status = 'active', archived_at = null where id = $1")
        .bind(world.project)
        .execute(world.db.admin())
        .await
        .unwrap();
    editor.until(|heard| heard.mode.as_deref() == Some("read-write")).await;
    // What was typed in between comes with the next connection.
    editor.connect(server.address).await;
    reader.until_says(|text| text == "before after").await;
    sqlx::query("update factory.documents set deleted_at = now() where id = $1").bind(document).execute(world.db.admin()).await.unwrap();
    assert_eq!(editor.until(|heard| heard.closed.is_some()).await.closed, Some(4410));
    let late = Editor::new(&session, document);
    late.connect(server.address).await;
    assert_eq!(late.until(|heard| heard.closed.is_some()).await.closed, Some(4410));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_down_keeps_nobody_from_typing() {
    let world = World::new().await;
    let document = world.document().await;
    let timing = collab::Timing { store_patience: std::time::Duration::from_millis(300), ..Default::default() };
    let server = Server::with(&world, world.db.app(), timing).await;
    let session = world.session(Role::Member).await;
    let (ada, bea) = (Editor::open(server.address, &session, document).await, Editor::open(server.address, &session, document).await);
    ada.push("one ");
    ada.until_stored().await;
    sqlx::query("alter table factory.yjs_updates rename to yjs_updates_away").execute(world.db.admin()).await.unwrap();
    ada.push("two ");
    // Passed on, but not stored: the editor hears so.
    bea.until_says(|text| text == "one two ").await;
    ada.until(|heard| heard.not_stored.is_some()).await;
    bea.push("three");
    ada.until_says(|text| text == "one two three").await;
    // Its answer to the server's step 1, and the first word.
    assert_eq!(ada.heard().stored, 2);
    sqlx::query("alter table factory.yjs_updates_away rename to yjs_updates").execute(world.db.admin()).await.unwrap();
    ada.until_stored().await;
    bea.until_stored().await;
    let cleo = Editor::open(server.address, &session, document).await;
    assert_eq!(cleo.says(), "one two three");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_says_nothing_is_dropped_with_its_caret() {
    let world = World::new().await;
    let document = world.document().await;
    let server = Server::with(&world, world.db.app(), quick()).await;
    let session = world.session(Role::Member).await;
    // It answers no ping: its socket is never read again.
    let mut silent = connect(server.address, &session, document).await;
    silent.send(frame(&[1], &[1, 77, 1, 2, b'{', b'}'])).await.unwrap();
    let ada = Editor::open(server.address, &session, document).await;
    ada.until(|heard| heard.people.contains_key(&77)).await;
    ada.until(|heard| !heard.people.contains_key(&77)).await;
    eventually("the silent connection is gone", async || server.collab.editors() == 1).await;
    drop(silent);
    // One that lives stays.
    assert_eq!(ada.heard().closed, None);
}
