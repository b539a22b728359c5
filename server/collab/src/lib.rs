//! Live editing of documents (chapter 20, section 3 "Live editing"; protocol in `docs/collab.md`).
//!
//! Owns the socket of an editor, the rooms of a process, the tables `factory.yjs_documents` and `factory.yjs_updates`, and how
//! several processes on one database behave as one. Must not know what a document means: rich text, versions, graph and
//! search reach it through `Documents`.
mod access;
mod awareness;
mod doc;
mod edit;
mod fold;
mod frame;
mod hear;
mod lib0;
mod notice;
mod outbox;
mod room;
mod save;
mod socket;
mod store;
mod update;
mod upkeep;

pub use access::Seat;
pub use doc::{CONTENT, DIAGRAM, blank};
pub use edit::{current, edit, look};
pub use socket::refuse;
pub use yrs;

use kernel::{Code, Fault, app::App, db::TenantTx, telemetry};
use room::Room;
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{Notify, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;
use yrs::Doc;

/// How many documents may be open in one process.
const ROOMS_MAX: usize = 20_000;

/// What a document is made of, and what hangs on it. The area that owns documents brings it.
#[async_trait::async_trait]
pub trait Documents: Send + Sync {
    /// The rich text as ProseMirror JSON and the source of the diagram, as the document's row shows them. `None`: the
    /// row keeps what it has.
    fn content(&self, doc: &Doc) -> Result<Option<(Value, Option<String>)>, Fault>;

    /// The first state (an update) of a document that was written before anybody edited it live.
    fn first_state(&self, content: Option<&Value>, diagram: Option<&str>) -> Result<Option<Vec<u8>>, Fault>;

    /// The document's row shows something new: graph, search, drift. In the transaction that wrote it. `by`: who wrote since
    /// it settled last, as far as this process knows.
    async fn changed(&self, _tx: &mut TenantTx, _document: Uuid, _by: &[Uuid]) -> Result<(), Fault> {
        Ok(())
    }

    /// Nobody has typed for ten minutes, or the last editor is gone: a version is saved if there is something new.
    async fn settled(&self, _tx: &mut TenantTx, _document: Uuid) -> Result<(), Fault> {
        Ok(())
    }
}

/// When things happen. The default is what chapter 20 asks for; tests are less patient.
#[derive(Clone, Debug)]
pub struct Timing {
    /// What was typed is stored within this time.
    pub store: Duration,
    /// Editors hear that nothing can be stored after this time.
    pub store_patience: Duration,
    /// What cannot be stored is kept so long.
    pub keep: Duration,
    /// The document's row shows an update after this quiet time..
    pub show: Duration,
    /// ..and at the latest after this one.
    pub show_latest: Duration,
    /// Updates are folded into the state at so many rows or bytes, or this long after the last editor.
    pub fold_rows: usize,
    pub fold_bytes: usize,
    pub fold_after: Duration,
    /// A room is unloaded this long after the last editor.
    pub unload_after: Duration,
    /// A document counts as settled after this time without typing.
    pub settle_after: Duration,
    /// Rights are checked again this often.
    pub recheck: Duration,
    /// Awareness that is not renewed, and connections that say nothing, end after this time.
    pub silence: Duration,
    /// Rows that a killed process left behind are looked for this often.
    pub sweep: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let s = Duration::from_secs;
        Self {
            store: Duration::from_millis(250),
            store_patience: s(2),
            keep: s(300),
            show: s(2),
            show_latest: s(9),
            fold_rows: 100,
            fold_bytes: 256 * 1024,
            fold_after: s(30),
            unload_after: s(60),
            settle_after: s(600),
            recheck: s(60),
            silence: awareness::SILENCE,
            sweep: s(60),
        }
    }
}

/// Live editing in this process. Cheap to clone.
#[derive(Clone)]
pub struct Collab(Arc<Inner>);

struct Inner {
    app: App,
    documents: Arc<dyn Documents>,
    timing: Timing,
    /// This process among those that share the database.
    process: u64,
    rooms: Mutex<HashMap<Uuid, Arc<Room>>>,
    next_client: AtomicU64,
    /// Rooms with something to store, and the writer's bell.
    unsaved: Mutex<Vec<Arc<Room>>>,
    bell: Notify,
    saving: tokio::sync::Mutex<()>,
    /// Documents are built a few at a time.
    builders: Semaphore,
    /// Sessions that ended, by live event.
    rechecks: tokio::sync::broadcast::Sender<access::Recheck>,
    /// Does this process hear the others?
    hears: tokio::sync::watch::Sender<bool>,
    stop: CancellationToken,
    sockets: TaskTracker,
    tasks: TaskTracker,
}

impl Collab {
    /// Begins live editing in this process: the writer, the ear for other processes, the upkeep.
    pub fn start(app: &App, documents: Arc<dyn Documents>) -> Self {
        Self::with_timing(app, documents, Timing::default())
    }

    /// The same with other times.
    pub fn with_timing(app: &App, documents: Arc<dyn Documents>, timing: Timing) -> Self {
        let collab = Self(Arc::new(Inner {
            app: app.clone(),
            documents,
            timing,
            // Zero speaks for no process.
            process: (Uuid::new_v4().as_u64_pair().0 >> 1) + 1,
            rooms: Mutex::default(),
            next_client: AtomicU64::new(1),
            unsaved: Mutex::default(),
            bell: Notify::new(),
            saving: tokio::sync::Mutex::new(()),
            builders: Semaphore::new(std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))),
            rechecks: tokio::sync::broadcast::Sender::new(256),
            hears: tokio::sync::watch::Sender::new(false),
            stop: CancellationToken::new(),
            sockets: TaskTracker::new(),
            tasks: TaskTracker::new(),
        }));
        app.share(collab.clone());
        let tasks = &collab.0.tasks;
        tasks.spawn(collab.clone().keep_saving());
        tasks.spawn(collab.clone().keep_hearing());
        tasks.spawn(collab.clone().keep_watching_rights());
        tasks.spawn(collab.clone().keep_up());
        collab
    }

    /// Live editing of this process, if it was started.
    pub fn of(app: &App) -> Option<Self> {
        app.shared::<Self>().map(|collab| (*collab).clone())
    }

    /// Ends all connections and stores what they typed. Editors come back to the next process.
    pub async fn stop(&self) {
        self.0.stop.cancel();
        self.0.sockets.close();
        // A browser that does not answer the close is not waited for.
        let _ = tokio::time::timeout(Duration::from_secs(3), self.0.sockets.wait()).await;
        if let Err(fault) = self.save().await {
            tracing::error!(%fault, "what was typed last could not be stored; editors bring it again");
        }
        self.0.tasks.close();
        let _ = tokio::time::timeout(Duration::from_secs(5), self.0.tasks.wait()).await;
        for room in self.rooms().drain().map(|(_, room)| room) {
            self.unloaded(&room);
        }
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Room>>> {
        self.0.rooms.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn room(&self, document: Uuid) -> Option<Arc<Room>> {
        self.rooms().get(&document).cloned()
    }

    fn all_rooms(&self) -> Vec<Arc<Room>> {
        self.rooms().values().cloned().collect()
    }

    /// The room of a document, opened where it is not.
    fn open_room(&self, document: Uuid, org: Uuid) -> Result<(Arc<Room>, bool), Fault> {
        let mut rooms = self.rooms();
        if let Some(room) = rooms.get(&document) {
            return Ok((room.clone(), false));
        }
        if rooms.len() >= ROOMS_MAX {
            return Err(Fault::new(Code::Unavailable, "Too many documents are open here. Try again in a moment."));
        }
        let room = Arc::new(Room::new(document, org, Instant::now()));
        rooms.insert(document, room.clone());
        metrics::gauge!(telemetry::COLLAB_ROOMS).increment(1);
        Ok((room, true))
    }

    fn unloaded(&self, _room: &Room) {
        metrics::gauge!(telemetry::COLLAB_ROOMS).decrement(1);
    }

    fn next_client(&self) -> u64 {
        self.0.next_client.fetch_add(1, Ordering::Relaxed)
    }
}
