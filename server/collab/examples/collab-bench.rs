//! The driver of `scripts/bench collab`: real sockets against a `collab-server` process, on the same cores.
//!
//!   MILLRACE_TEST_DATABASE_URL=.. collab-bench <collab-server> [seconds]
//!
//! Editors type single characters at random moments. Latency is taken for every character at every other editor; CPU is the
//! server process's own (user and system), as the kernel counts it.
use futures::{SinkExt, StreamExt};
use kernel::{access::Role, testing::TestDb};
use std::{
    collections::HashMap,
    error::Error,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, task::LocalSet};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest},
};
use uuid::Uuid;
use yrs::{Doc, StateVector, Text, Transact, Update, updates::decoder::Decode, updates::encoder::Encode};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One measured load.
struct Load {
    name: &'static str,
    documents: usize,
    /// Editors of each document.
    editors: usize,
    /// Characters a second of each editor.
    rate: f64,
    target: &'static str,
}

const LOADS: [Load; 4] = [
    Load { name: "1 document x 50 editors x 5/s", documents: 1, editors: 50, rate: 5.0, target: "530 us, p99 30 ms" },
    Load { name: "200 documents x 2 editors x 5/s", documents: 200, editors: 2, rate: 5.0, target: "100 us, p99 4 ms" },
    Load { name: "1 document x 2 editors x 2000/s", documents: 1, editors: 2, rate: 2000.0, target: "75 us" },
    Load { name: "1 document x 10 editors x 400/s", documents: 1, editors: 10, rate: 400.0, target: "75 us" },
];

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let server = args.next().ok_or("collab-bench <collab-server> [seconds]")?;
    let seconds = args.next().map_or(Ok(15), |seconds| seconds.parse())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, run(server, Duration::from_secs(seconds)))
}

async fn run(binary: String, time: Duration) -> Result<()> {
    println!("{:34}{:>9}{:>13}{:>9}{:>9}{:>9}  [target]", "", "chars/s", "CPU us/char", "p50 ms", "p99 ms", "MB more");
    let only = std::env::var("BENCH_ONLY").ok();
    for load in LOADS.iter().filter(|load| only.as_deref().is_none_or(|only| load.name.contains(only))) {
        measure(load, &binary, time).await?;
    }
    if only.as_deref().is_none_or(|only| only == "open") {
        open(&binary).await?;
    }
    Ok(())
}

/// A database with a document or more, and a server on it.
struct Bench {
    db: TestDb,
    documents: Vec<Uuid>,
    token: String,
    server: Server,
}

impl Bench {
    async fn new(binary: &str, documents: usize) -> Result<Self> {
        let db = TestDb::new().await;
        let org = db.org("bench").await;
        let documents = sqlx::query_scalar(
            "with p as (insert into factory.projects (organization_id, name, slug) values ($1, 'Bench', 'bench') returning id)
             insert into factory.documents (organization_id, project_id, type, title, slug)
             select $1, p.id, 'technical_requirements', 'Text', 'd-' || n from p, generate_series(1, $2::int) n returning id",
        )
        .bind(org.id)
        .bind(documents as i32)
        .fetch_all(db.admin())
        .await?;
        let token = db.session(org.user(Role::Member)).await;
        let server = Server::start(binary, &db)?;
        Ok(Self { db, documents, token, server })
    }

    async fn connect(&self, document: Uuid) -> Result<WebSocketStream<TcpStream>> {
        let mut request = format!("ws://{}/api/collab/{document}", self.server.address).into_client_request()?;
        request.headers_mut().insert("cookie", format!("sid={}", self.token).parse()?);
        let stream = TcpStream::connect(self.server.address).await?;
        stream.set_nodelay(true)?;
        Ok(tokio_tungstenite::client_async(request, stream).await?.0)
    }
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(binary: &str, db: &TestDb) -> Result<Self> {
        let (urls, folder) = (db.urls(), std::env::temp_dir().join(format!("collab-bench-{}", std::process::id())));
        let mut child = Command::new(binary).args([&urls.app, &urls.admin]).arg(folder).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let port: u16 = line.strip_prefix("listening ").ok_or("the server does not listen")?.trim().parse()?;
        Ok(Self { child, address: ([127, 0, 0, 1], port).into() })
    }

    /// Microseconds of user and system time.
    fn cpu(&self) -> Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        // Threads that ended are in it. In ticks of 10 ms.
        Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) * 10_000.0)
    }

    fn memory_mb(&self) -> Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let line = text.lines().find(|line| line.starts_with("Rss:")).ok_or("no Rss")?;
        Ok(line.split_whitespace().nth(1).ok_or("no Rss")?.parse::<f64>()? / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// When each character was sent, by client and clock, and what is measured of it.
#[derive(Default)]
struct Log {
    sent: std::cell::RefCell<HashMap<(u64, u32), Instant>>,
    latency: std::cell::RefCell<Vec<f32>>,
    measuring: std::cell::Cell<bool>,
    typed: std::cell::Cell<u64>,
}

async fn measure(load: &Load, binary: &str, time: Duration) -> Result<()> {
    let bench = Bench::new(binary, load.documents).await?;
    let idle = bench.server.memory_mb()?;
    let log = Rc::new(Log::default());
    let mut editors = Vec::new();
    for document in &bench.documents {
        for _ in 0..load.editors {
            let socket = bench.connect(*document).await?;
            editors.push(tokio::task::spawn_local(edit(socket, load.rate, log.clone())));
        }
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (cpu, typed, began) = (bench.server.cpu()?, log.typed.get(), Instant::now());
    log.measuring.set(true);
    tokio::time::sleep(time).await;
    log.measuring.set(false);
    let (cpu, typed, took) = (bench.server.cpu()? - cpu, log.typed.get() - typed, began.elapsed());
    let memory = bench.server.memory_mb()? - idle;
    let mut latency = std::mem::take(&mut *log.latency.borrow_mut());
    latency.sort_by(f32::total_cmp);
    let at = |part: f64| latency.get((latency.len() as f64 * part) as usize).copied().unwrap_or(f32::NAN);
    println!(
        "{:34}{:9.0}{:13.0}{:9.2}{:9.2}{:9.1}  [{}]",
        load.name,
        typed as f64 / took.as_secs_f64(),
        cpu / typed as f64,
        at(0.5),
        at(0.99),
        memory,
        load.target
    );
    editors.iter().for_each(tokio::task::JoinHandle::abort);
    Ok(())
}

/// Types at random moments; takes the time of whatever others typed.
async fn edit(mut socket: WebSocketStream<TcpStream>, rate: f64, log: Rc<Log>) {
    let doc = Doc::new();
    let text = doc.get_or_insert_text("diagram");
    let client = doc.client_id().get();
    let mut dice = client;
    let mut pause = || {
        // Around the mean, so that editors do not march in step.
        dice = dice.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        Duration::from_secs_f64((0.5 + (dice >> 40) as f64 / (1 << 24) as f64) / rate)
    };
    if socket.send(frame(&[0, 0], &StateVector::default().encode_v1())).await.is_err() {
        return;
    }
    let mut next = tokio::time::Instant::now() + pause().mul_f64(2.0);
    let mut clock = 0;
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(next) => {
                // A timer is late under load; what it missed is typed at once.
                while next <= tokio::time::Instant::now() {
                    next += pause();
                    let mut txn = doc.transact_mut();
                    text.insert(&mut txn, clock, "x");
                    let update = txn.encode_update_v1();
                    drop(txn);
                    log.sent.borrow_mut().insert((client, clock), Instant::now());
                    log.typed.set(log.typed.get() + 1);
                    clock += 1;
                    if socket.send(frame(&[0, 2], &update)).await.is_err() {
                        return;
                    }
                }
            }
            message = socket.next() => {
                let Some(Ok(message)) = message else { return };
                let Message::Binary(bytes) = message else { continue };
                if bytes.starts_with(&[0, 0]) {
                    let _ = socket.send(frame(&[0, 1], &[0, 0])).await;
                } else if bytes.starts_with(&[0, 2]) && log.measuring.get() {
                    note(&bytes[2..], client, &log);
                }
            }
        }
    }
}

fn note(content: &[u8], own: u64, log: &Log) {
    let now = Instant::now();
    let start = content.iter().position(|byte| *byte < 0x80).unwrap_or(0) + 1;
    let Ok(update) = Update::decode_v1(&content[start..]) else { return };
    let (sent, mut latency) = (log.sent.borrow(), log.latency.borrow_mut());
    for (client, ranges) in update.insertions(true).iter() {
        if client.get() == own {
            continue;
        }
        for clock in ranges.iter().flat_map(|range| range.clone()) {
            if let Some(sent) = sent.get(&(client.get(), clock)) {
                latency.push(now.duration_since(*sent).as_secs_f32() * 1000.0);
            }
        }
    }
}

/// Opens a document made of 100,000 single characters typed at random places.
async fn open(binary: &str) -> Result<()> {
    let bench = Bench::new(binary, 1).await?;
    let (state, clocks) = typed_at_random(100_000);
    sqlx::query("insert into factory.yjs_documents (organization_id, document_id, state, state_vector) select organization_id, id, $1, $2 from factory.documents")
        .bind(&state)
        .bind(&clocks)
        .execute(bench.db.admin())
        .await?;
    let (mut sent, mut synced) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        let began = Instant::now();
        let mut socket = bench.connect(bench.documents[0]).await?;
        socket.send(frame(&[0, 0], &[0])).await?;
        let update = loop {
            let Message::Binary(bytes) = socket.next().await.ok_or("closed")?? else { continue };
            if bytes.starts_with(&[0, 1]) {
                break bytes;
            }
        };
        sent.push(began.elapsed().as_secs_f64() * 1000.0);
        let start = update[2..].iter().position(|byte| *byte < 0x80).ok_or("no length")? + 3;
        let client = Doc::new();
        client.transact_mut().apply_update(Update::decode_v1(&update[start..])?)?;
        synced.push(began.elapsed().as_secs_f64() * 1000.0);
        let text = client.get_or_insert_text("diagram");
        assert_eq!(text.len(&client.transact()), 100_000);
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    println!(
        "100,000 edits ({} KB): state received after {:.1} ms [22], in a document after {:.1} ms [130]; medians of 20",
        state.len() / 1024,
        median(&mut sent),
        median(&mut synced)
    );
    Ok(())
}

/// State and state vector of a text typed character by character, each at a random place: no two of its blocks can be joined.
/// Written as Yjs would write it; typing it into a document takes minutes.
fn typed_at_random(count: u32) -> (Vec<u8>, Vec<u8>) {
    let client = 4_000_000_000;
    let mut dice = 1u64;
    let mut order: Vec<u32> = Vec::new();
    let mut out = vec![1];
    put(&mut out, u64::from(count));
    put(&mut out, client);
    put(&mut out, 0);
    for clock in 0..count {
        dice = dice.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let at = ((dice >> 33) % (u64::from(clock) + 1)) as usize;
        let (left, right) = (at.checked_sub(1).map(|left| order[left]), order.get(at).copied());
        out.push(4 | if left.is_some() { 0x80 } else { 0 } | if right.is_some() { 0x40 } else { 0 });
        for origin in [left, right].into_iter().flatten() {
            put(&mut out, client);
            put(&mut out, u64::from(origin));
        }
        if left.is_none() && right.is_none() {
            out.push(1);
            put(&mut out, 7);
            out.extend(b"diagram");
        }
        out.extend([1, b'a' + (clock % 26) as u8]);
        order.insert(at, clock);
    }
    out.push(0);
    let mut clocks = vec![1];
    put(&mut clocks, client);
    put(&mut clocks, u64::from(count));
    (out, clocks)
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A frame: its kind, then a buffer.
fn frame(kind: &[u8], content: &[u8]) -> Message {
    let mut out = kind.to_vec();
    put(&mut out, content.len() as u64);
    out.extend_from_slice(content);
    Message::Binary(out.into())
}
