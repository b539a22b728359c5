//! An editor as a browser has it: a real document, a real socket, y-protocol frames.
use futures::{SinkExt, StreamExt, stream::SplitSink};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::TcpStream,
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        watch,
    },
    task::JoinHandle,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest},
};
use uuid::Uuid;
use yrs::{
    Doc, GetString, OffsetKind, Options, ReadTxn, Text, TextRef, Transact, Update,
    sync::{Awareness, AwarenessUpdate},
    updates::{decoder::Decode, encoder::Encode},
};

pub type Socket = WebSocketStream<TcpStream>;

/// What a test waits for must come within this time on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the server said, beside text.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    pub synced: bool,
    /// `readonly` or `read-write`.
    pub mode: Option<String>,
    pub denied: Option<String>,
    pub closed: Option<u16>,
    pub ended: bool,
    /// Frames of this connection that are stored.
    pub stored: u64,
    pub not_stored: Option<u64>,
    /// States by client.
    pub people: HashMap<u64, serde_json::Value>,
    /// Rises with whatever arrives.
    pub frames: u64,
}

/// A document somebody edits; it stays when the connection goes.
pub struct Editor {
    pub doc: Doc,
    pub text: TextRef,
    token: String,
    document: Uuid,
    line: Mutex<Option<Line>>,
    heard: watch::Sender<Heard>,
    sent: Arc<AtomicU64>,
    outgoing: Outgoing,
    awareness: Mutex<Awareness>,
}

type Outgoing = Arc<Mutex<Option<UnboundedSender<Message>>>>;

/// The origin of what the server sent: it is not sent back.
const SERVER: &str = "server";

struct Line {
    reader: JoinHandle<()>,
    writer: JoinHandle<()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.reader.abort();
        self.writer.abort();
    }
}

/// Opens a socket as the holder of a session.
pub async fn connect(server: SocketAddr, token: &str, document: Uuid) -> Socket {
    let mut request = format!("ws://{server}/api/collab/{document}").into_client_request().unwrap();
    request.headers_mut().insert("cookie", format!("sid={token}").parse().unwrap());
    let stream = TcpStream::connect(server).await.unwrap();
    stream.set_nodelay(true).unwrap();
    tokio_tungstenite::client_async(request, stream).await.unwrap().0
}

impl Editor {
    pub fn new(token: &str, document: Uuid) -> Arc<Self> {
        let doc = Doc::with_options(Options { offset_kind: OffsetKind::Utf16, ..Options::default() });
        let text = doc.get_or_insert_text(collab::DIAGRAM);
        let (outgoing, sent) = (Outgoing::default(), Arc::new(AtomicU64::new(0)));
        let (line, count) = (outgoing.clone(), sent.clone());
        doc.observe_update_v1("editor", move |txn, event| {
            if txn.origin().is_none()
                && let Some(line) = &*line.lock().unwrap()
            {
                count.fetch_add(1, Ordering::SeqCst);
                let _ = line.send(frame(&[0, 2], &event.update));
            }
        })
        .unwrap();
        let awareness = Mutex::new(Awareness::new(doc.clone()));
        Arc::new(Self {
            doc,
            text,
            token: token.to_owned(),
            document,
            line: Mutex::default(),
            heard: watch::Sender::default(),
            sent,
            outgoing,
            awareness,
        })
    }

    /// A new editor, connected and synchronised.
    pub async fn open(server: SocketAddr, token: &str, document: Uuid) -> Arc<Self> {
        let editor = Self::new(token, document);
        editor.connect(server).await;
        editor.until(|heard| heard.synced).await;
        editor
    }

    /// Connects (again).
    pub async fn connect(self: &Arc<Self>, server: SocketAddr) {
        self.disconnect();
        let (mut out, mut input) = connect(server, &self.token, self.document).await.split();
        // By now the line before has ended: it counts no more.
        self.heard.send_modify(|heard| *heard = Heard::default());
        self.sent.store(0, Ordering::SeqCst);
        let (send, mut waiting) = unbounded_channel();
        let clocks = self.doc.transact().state_vector().encode_v1();
        out.send(frame(&[0, 0], &clocks)).await.unwrap();
        *self.outgoing.lock().unwrap() = Some(send.clone());
        let writer = tokio::spawn(async move { write(&mut out, &mut waiting).await });
        let editor = self.clone();
        let reader = tokio::spawn(async move {
            while let Some(Ok(message)) = input.next().await {
                editor.hear(message, &send);
            }
            editor.heard.send_modify(|heard| heard.ended = true);
        });
        *self.line.lock().unwrap() = Some(Line { reader, writer });
    }

    /// Drops the connection without a word.
    pub fn disconnect(&self) {
        *self.outgoing.lock().unwrap() = None;
        self.line.lock().unwrap().take();
    }

    fn hear(&self, message: Message, line: &UnboundedSender<Message>) {
        let bytes = match message {
            Message::Binary(bytes) => bytes,
            Message::Close(close) => return self.heard.send_modify(|heard| heard.closed = close.map(|close| close.code.into())),
            _ => return,
        };
        let (kind, rest) = bytes.split_at(2);
        let news = |set: &mut dyn FnMut(&mut Heard)| {
            self.heard.send_modify(|heard| {
                heard.frames += 1;
                set(heard);
            })
        };
        match (kind[0], kind[1]) {
            (0, 0) => {
                let clocks = yrs::StateVector::decode_v1(buffer(rest).0).unwrap();
                let update = self.doc.transact().encode_state_as_update_v1(&clocks);
                self.sent.fetch_add(1, Ordering::SeqCst);
                let _ = line.send(frame(&[0, 1], &update));
                news(&mut |_| {});
            }
            (0, step) => {
                self.doc.transact_mut_with(SERVER).apply_update(Update::decode_v1(buffer(rest).0).unwrap()).unwrap();
                news(&mut |heard| heard.synced |= step == 1);
            }
            (1, _) => {
                let update = AwarenessUpdate::decode_v1(buffer(&bytes[1..]).0).unwrap();
                news(&mut |heard| {
                    for (client, entry) in &update.clients {
                        match serde_json::from_str(&entry.json).unwrap() {
                            serde_json::Value::Null => drop(heard.people.remove(&client.get())),
                            state => drop(heard.people.insert(client.get(), state)),
                        }
                    }
                });
            }
            (2, kind) => {
                let text = String::from_utf8(buffer(rest).0.to_vec()).unwrap();
                news(&mut |heard| if kind == 0 { heard.denied = Some(text.clone()) } else { heard.mode = Some(text.clone()) });
            }
            (4, _) => news(&mut |heard| heard.stored = number(&bytes[1..]).0),
            (5, _) => news(&mut |heard| heard.not_stored = Some(number(&bytes[1..]).0)),
            other => panic!("unknown frame {other:?}"),
        }
    }

    /// Types at a place, counted as a browser counts.
    pub fn type_at(&self, at: u32, what: &str) {
        let text = &self.text;
        text.insert(&mut self.doc.transact_mut(), at, what);
    }

    /// Types at the end.
    pub fn push(&self, what: &str) {
        self.text.push(&mut self.doc.transact_mut(), what);
    }

    pub fn text_remove(&self, at: u32, count: u32) {
        self.text.remove_range(&mut self.doc.transact_mut(), at, count);
    }

    pub fn says(&self) -> String {
        self.text.get_string(&self.doc.transact())
    }

    /// Says where the caret is.
    pub fn point(&self, state: serde_json::Value) {
        let mut awareness = self.awareness.lock().unwrap();
        awareness.set_local_state(state).unwrap();
        self.send(frame(&[1], &awareness.update().unwrap().encode_v1()));
    }

    /// Sends any message.
    pub fn send(&self, message: Message) {
        self.outgoing.lock().unwrap().as_ref().unwrap().send(message).unwrap();
    }

    /// Everything sent over this connection.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    pub fn heard(&self) -> Heard {
        self.heard.borrow().clone()
    }

    /// Waits until the server said something.
    pub async fn until(&self, said: impl FnMut(&Heard) -> bool) -> Heard {
        let waited = tokio::time::timeout(PATIENCE, async { self.heard.subscribe().wait_for(said).await.unwrap().clone() }).await;
        waited.unwrap_or_else(|_| panic!("not heard in time; the last was {:?}, the text {:?}", self.heard(), self.says()))
    }

    /// Waits until the text is as wanted.
    pub async fn until_says(&self, wanted: impl Fn(&str) -> bool) -> String {
        self.until(|_| wanted(&self.says())).await;
        self.says()
    }

    /// Waits until everything typed so far is stored.
    pub async fn until_stored(&self) {
        let sent = self.sent();
        self.until(|heard| heard.stored >= sent).await;
    }
}

async fn write(out: &mut SplitSink<Socket, Message>, waiting: &mut UnboundedReceiver<Message>) {
    while let Some(message) = waiting.recv().await {
        if out.send(message).await.is_err() {
            return;
        }
    }
}

/// A frame: its kind, then a buffer.
pub fn frame(kind: &[u8], content: &[u8]) -> Message {
    let mut out = kind.to_vec();
    let mut length = content.len();
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(content);
    Message::Binary(out.into())
}

fn number(bytes: &[u8]) -> (u64, &[u8]) {
    let end = bytes.iter().position(|byte| *byte < 0x80).unwrap();
    let value = bytes[..=end].iter().rev().fold(0u64, |value, byte| value << 7 | u64::from(byte & 0x7f));
    (value, &bytes[end + 1..])
}

fn buffer(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (length, rest) = number(bytes);
    rest.split_at(length as usize)
}
