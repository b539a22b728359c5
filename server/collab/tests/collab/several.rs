//! Several processes on one database, and processes that are killed.
use crate::{Server, World, editor::Editor};
use kernel::access::Role;
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

/// A server process of its own.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    async fn start(world: &World) -> Self {
        let urls = world.db.urls().clone();
        let folder = std::env::temp_dir().join(format!("millrace-collab-{}", uuid::Uuid::new_v4()));
        tokio::task::spawn_blocking(move || {
            let mut child = Command::new(env!("CARGO_BIN_EXE_collab-server"))
                .args([&urls.app, &urls.admin])
                .arg(&folder)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
            let port: u16 = line.strip_prefix("listening ").expect("the server listens").trim().parse().unwrap();
            Self { child, address: ([127, 0, 0, 1], port).into() }
        })
        .await
        .unwrap()
    }

    /// Signal 9.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Types a word, character by character, at the beginning of a document.
async fn type_in(editor: &Editor, word: &str) {
    for c in word.chars() {
        editor.type_at(0, &c.to_string());
        tokio::task::yield_now().await;
    }
}

fn sorted(text: &str) -> String {
    let mut all: Vec<char> = text.chars().collect();
    all.sort_unstable();
    all.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a20_01_nothing_typed_is_lost_when_the_server_is_killed_in_the_middle() {
    let world = World::new().await;
    let document = world.document().await;
    let (ada, bea) = (world.session(Role::Owner).await, world.session(Role::Admin).await);
    let mut server = Process::start(&world).await;
    let (ada, bea) = (Editor::open(server.address, &ada, document).await, Editor::open(server.address, &bea, document).await);
    let mut typed = String::new();
    for round in 0..3 {
        let (left, right) = ("the quick brown fox ".repeat(20), "JUMPS OVER THE DOG ".repeat(20));
        tokio::join!(type_in(&ada, &left), type_in(&bea, &right));
        // Killed while what was typed is on its way: read, passed on, stored in part.
        if round > 0 {
            bea.until(|_| bea.says().len() > typed.len() + left.len()).await;
        }
        typed += &left;
        typed += &right;
        server.kill();
        ada.until(|heard| heard.ended).await;
        server = Process::start(&world).await;
        // Both go on typing before they are back.
        ada.push("a");
        bea.push("b");
        typed += "ab";
        tokio::join!(ada.connect(server.address), bea.connect(server.address));
    }
    let text = ada.until_says(|text| text.len() == typed.len()).await;
    bea.until_says(|other| other == text).await;
    assert_eq!(sorted(&text), sorted(&typed));
    ada.until_stored().await;
    bea.until_stored().await;
    server.kill();
    // What is stored says the same to somebody new.
    let server = Process::start(&world).await;
    let cleo = Editor::open(server.address, &world.session(Role::Member).await, document).await;
    assert_eq!(cleo.says(), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a20_01_two_server_processes_behave_as_one() {
    let world = World::new().await;
    let document = world.document().await;
    let (one, two) = (Process::start(&world).await, Process::start(&world).await);
    let ada = Editor::open(one.address, &world.session(Role::Owner).await, document).await;
    let bea = Editor::open(two.address, &world.session(Role::Admin).await, document).await;
    let (left, right) = ("abcdefghij".repeat(10), "0123456789".repeat(10));
    tokio::join!(type_in(&ada, &left), type_in(&bea, &right));
    let text = ada.until_says(|text| text.len() == 200).await;
    bea.until_says(|other| other == text).await;
    assert_eq!(sorted(&text), sorted(&(left + &right)));
    // Carets travel too, and go with their connection.
    ada.point(serde_json::json!({ "cursor": 1 }));
    let client = ada.doc.client_id().get();
    bea.until(|heard| heard.people.contains_key(&client)).await;
    let cleo = Editor::open(two.address, &world.session(Role::Member).await, document).await;
    cleo.until(|heard| heard.people.contains_key(&client)).await;
    ada.disconnect();
    bea.until(|heard| heard.people.is_empty()).await;
    // Too long for a notice: it goes by its row.
    bea.push(&"long ".repeat(4000));
    ada.connect(one.address).await;
    ada.until_says(|text| text.len() == 20_200).await;
    bea.push(&"long ".repeat(4000));
    ada.until_says(|text| text.len() == 40_200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_writes_shows_in_open_editors_of_every_process() {
    let world = World::new().await;
    let document = world.document().await;
    let (one, two) = (Server::start(&world).await, Process::start(&world).await);
    let ada = Editor::open(one.address, &world.session(Role::Owner).await, document).await;
    let bea = Editor::open(two.address, &world.session(Role::Admin).await, document).await;
    let cleo = Editor::open(one.address, &world.session(Role::Member).await, document).await;
    ada.push("typed");
    cleo.until_says(|text| text == "typed").await;
    let documents: std::sync::Arc<dyn collab::Documents> = one.documents.clone();
    let mut tx = world.org.tx_as(kernel::access::Actor::system(Some(world.org.id))).await;
    let before = collab::edit(&mut tx, &documents, document, |doc, txn| {
        use yrs::{GetString, Text};
        let text = doc_text(doc, txn);
        let before = text.get_string(txn);
        text.remove_range(txn, 0, before.encode_utf16().count() as u32);
        text.push(txn, "restored");
        Ok(before)
    })
    .await
    .unwrap();
    // It saw what was typed a moment ago, and nobody sees it before the transaction ends.
    assert_eq!((before.as_str(), ada.says().as_str()), ("typed", "typed"));
    tx.commit().await.unwrap();
    ada.until_says(|text| text == "restored").await;
    bea.until_says(|text| text == "restored").await;
    cleo.until_says(|text| text == "restored").await;
    let shown = world.count("select count(*) from factory.documents where id = $1 and diagram_source = 'restored'", document).await;
    assert_eq!(shown, 1);
    let mut tx = world.org.tx_as(kernel::access::Actor::system(Some(world.org.id))).await;
    let now = collab::current(&mut tx, &documents, document, |doc| {
        use yrs::{GetString, ReadTxn, Transact};
        let txn = doc.transact();
        Ok(txn.get_text(collab::DIAGRAM).map(|text| text.get_string(&txn)))
    });
    assert_eq!(now.await.unwrap().as_deref(), Some("restored"));
}

fn doc_text(_: &yrs::Doc, txn: &mut yrs::TransactionMut) -> yrs::TextRef {
    use yrs::WriteTxn;
    txn.get_or_insert_text(collab::DIAGRAM)
}
