//! A document that somebody edits here: who is connected, what goes out next, what waits to be stored.
//!
//! A room holds no document. What arrives is checked, kept until it is stored, and passed on; whoever begins gets what the
//! tables hold and what waits here. A socket write costs more than all of that together, so a moment's updates leave as one
//! frame: at once while the room is quiet, and under load at the end of a window that grows with the number of editors.
use crate::{
    awareness::{Awareness, Person, Speaker, Word},
    frame,
    outbox::{End, Outbox},
    update::{Clocks, NOTHING, Range, join},
};
use bytes::Bytes;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// One editor's share of a window: about ten times what a write to it costs.
const WINDOW_PER_CLIENT: Duration = Duration::from_micros(200);
const WINDOW_MIN: Duration = Duration::from_millis(1);
const WINDOW_MAX: Duration = Duration::from_millis(18);

/// A document that somebody edits here.
pub struct Room {
    pub document: Uuid,
    pub org: Uuid,
    state: Mutex<State>,
}

/// A connection as the room knows it.
struct Client {
    outbox: Arc<Outbox>,
    user: Uuid,
    /// Wants to hear what is stored (frame 4).
    reports: bool,
    /// Frames with changes: received, and stored.
    received: u64,
    stored: u64,
    report_due: bool,
}

struct State {
    clients: HashMap<u64, Client>,
    awareness: Awareness,
    out: Window,
    unsaved: Vec<Unsaved>,
    /// Handed to the writer, which has not answered yet.
    saving: Vec<Unsaved>,
    /// Clocks that became durable since the last report.
    durable: Vec<Range>,
    pub times: Times,
    /// Other processes that have the document open.
    peers: HashSet<u64>,
    gone: bool,
}

/// What waits to go out.
struct Window {
    updates: Vec<(Option<u64>, Bytes)>,
    last: Option<Instant>,
    armed: bool,
}

/// One update that is not stored yet.
#[derive(Clone)]
pub struct Unsaved {
    pub update: Bytes,
    pub since: Instant,
    client: u64,
    number: u64,
}

/// When things happened; upkeep decides by it.
#[derive(Clone, Debug)]
pub struct Times {
    /// The last update of an editor here.
    pub edited: Option<Instant>,
    /// The first update that the document's row does not show.
    pub unshown: Option<Instant>,
    /// Edited since the last time it counted as settled (a version is saved then).
    pub unsettled: bool,
    /// Who edited since then.
    pub writers: BTreeSet<Uuid>,
    /// Since when nobody is connected here.
    pub empty: Option<Instant>,
    /// Rows, and bytes in them, that wait to be folded into the state.
    pub rows: usize,
    pub bytes: usize,
    /// Somebody works on the document's rows for this room.
    pub busy: bool,
    /// Its share of the longest time until the document's row shows something: between a half and one.
    pub haste: f64,
    /// When this process last wrote the document's row: the live event about it is no news.
    pub written: Option<Instant>,
}

impl Room {
    pub fn new(document: Uuid, org: Uuid, now: Instant) -> Self {
        let times = Times {
            edited: None,
            unshown: None,
            unsettled: false,
            writers: BTreeSet::new(),
            empty: Some(now),
            rows: 0,
            bytes: 0,
            busy: false,
            haste: 0.5 + f64::from(document.as_bytes()[0]) / 512.0,
            written: None,
        };
        let out = Window { updates: Vec::new(), last: None, armed: false };
        let state = State {
            clients: HashMap::new(),
            awareness: Awareness::default(),
            out,
            unsaved: Vec::new(),
            saving: Vec::new(),
            durable: Vec::new(),
            times,
            peers: HashSet::new(),
            gone: false,
        };
        Self { document, org, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Lets a connection in; `false`: the room was unloaded a moment ago.
    pub fn enter(&self, id: u64, outbox: Arc<Outbox>, person: &Person, reports: bool) -> bool {
        let mut state = self.state();
        if state.gone {
            return false;
        }
        state.times.empty = None;
        let client = Client { outbox, user: person.id, reports, received: 0, stored: 0, report_due: false };
        state.clients.insert(id, client);
        true
    }

    pub fn leave(self: &Arc<Self>, id: u64) {
        let mut state = self.state();
        state.clients.remove(&id);
        state.awareness.leave(Speaker::Here(id));
        if state.clients.is_empty() {
            state.times.empty = Some(Instant::now());
        }
        drop(state);
        self.go();
    }

    /// What was typed here and is not in the tables for sure: whoever begins needs it beside what they hold.
    pub fn unstored(&self) -> Vec<Bytes> {
        let state = self.state();
        state.saving.iter().chain(&state.unsaved).map(|unsaved| unsaved.update.clone()).collect()
    }

    /// Takes what an editor typed: to be stored, and passed on. What changes nothing is only reported, in its turn. `true`:
    /// nothing else waits here to be stored.
    pub fn type_in(&self, id: u64, update: Bytes) -> bool {
        let now = Instant::now();
        let mut state = self.state();
        let Some(client) = state.clients.get_mut(&id) else { return false };
        client.received += 1;
        let (number, writer) = (client.received, client.user);
        state.unsaved.push(Unsaved { update: update.clone(), since: now, client: id, number });
        if update == NOTHING {
            return state.unsaved.len() == 1;
        }
        state.out.updates.push((Some(id), update));
        state.times.writers.insert(writer);
        state.times.edited = Some(now);
        state.times.unshown.get_or_insert(now);
        state.times.unsettled = true;
        state.unsaved.len() == 1
    }

    /// Takes what was typed elsewhere, and is stored already.
    pub fn hear_update(self: &Arc<Self>, update: Bytes) {
        self.state().out.updates.push((None, update));
        self.go();
    }

    pub fn hear_awareness(&self, words: Vec<Word>, speaker: Speaker) {
        let mut state = self.state();
        let user = match speaker {
            Speaker::Here(id) => state.clients.get(&id).map(|client| client.user),
            Speaker::There(_) => None,
        };
        state.awareness.hear(words, speaker, user, Instant::now());
    }

    /// Everybody's awareness, for somebody who begins.
    pub fn awareness(&self) -> Option<Bytes> {
        self.state().awareness.whole().map(|all| frame::awareness(&all))
    }

    /// The awareness of those connected here, for another process.
    pub fn local_awareness(&self) -> Option<Vec<u8>> {
        self.state().awareness.local()
    }

    pub fn drop_silent(self: &Arc<Self>, now: Instant, limit: Duration) {
        let mut state = self.state();
        state.awareness.silent(now, limit);
        let news = state.awareness.has_news();
        drop(state);
        if news {
            self.go();
        }
    }

    /// Another process has the document open too; `true` when that is new.
    pub fn meet(&self, peer: u64) -> bool {
        self.state().peers.insert(peer)
    }

    pub fn part(self: &Arc<Self>, peer: u64) {
        let mut state = self.state();
        state.peers.remove(&peer);
        state.awareness.leave(Speaker::There(peer));
        drop(state);
        self.go();
    }

    /// What other processes should hear of the awareness here, if any has the document open.
    pub fn awareness_for_others(&self) -> Option<Vec<u8>> {
        let mut state = self.state();
        let news = state.awareness.for_others();
        news.filter(|_| !state.peers.is_empty())
    }

    /// Sends what waits: at once after a quiet time, else at the end of the window.
    pub fn go(self: &Arc<Self>) {
        let now = Instant::now();
        let mut state = self.state();
        if state.out.armed || !state.has_news() {
            return;
        }
        match state.out.last.map(|last| last + state.window()).filter(|due| *due > now) {
            None => state.flush(now),
            Some(due) => {
                state.out.armed = true;
                drop(state);
                let room = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep_until(due.into()).await;
                    let mut state = room.state();
                    state.out.armed = false;
                    state.flush(Instant::now());
                });
            }
        }
    }

    /// Hands over what is to be stored; until `saved` or `not_saved` it counts as unstored.
    pub fn take_unsaved(&self) -> Option<Batch> {
        let mut state = self.state();
        let taken = std::mem::take(&mut state.unsaved);
        let since = taken.first()?.since;
        state.saving = taken;
        Some(Batch { rows: join(state.saving.iter().map(|unsaved| unsaved.update.as_ref())), since })
    }

    /// What was taken is stored, in so many rows: those who typed it are told, with what goes out next or after this time.
    pub fn saved(self: &Arc<Self>, rows: &[Vec<u8>], tell_after: Duration) {
        let mut state = self.state();
        let reports = state.clients.values().any(|client| client.reports);
        for Unsaved { client, number, .. } in std::mem::take(&mut state.saving) {
            if let Some(client) = state.clients.get_mut(&client) {
                client.stored = client.stored.max(number);
                client.report_due = client.reports;
            }
        }
        if reports {
            let ranges = rows.iter().filter_map(|row| crate::update::Update::read(row).ok()).flat_map(|row| row.inserts());
            state.durable.extend(ranges);
        }
        state.times.rows += rows.len();
        state.times.bytes += rows.iter().map(Vec::len).sum::<usize>();
        drop(state);
        if tell_after.is_zero() {
            return self.go();
        }
        let room = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(tell_after).await;
            room.go();
        });
    }

    /// The database did not take it: it waits on, and editors hear for how long already.
    pub fn not_saved(&self, now: Instant, patience: Duration) -> Duration {
        let mut state = self.state();
        let mut waiting = std::mem::take(&mut state.saving);
        waiting.append(&mut state.unsaved);
        state.unsaved = waiting;
        let waited = state.unsaved.first().map(|first| now.duration_since(first.since)).unwrap_or_default();
        if waited >= patience {
            for client in state.clients.values().filter(|client| client.reports) {
                client.outbox.send([frame::not_stored(waited.as_secs())]);
            }
        }
        waited
    }

    /// Gives up what could not be stored; editors have it, and bring it again when they come back.
    pub fn give_up(&self) {
        let mut state = self.state();
        state.unsaved.clear();
        state.end_all(End::Later);
    }

    /// Ends every connection.
    pub fn end_all(&self, end: End) {
        self.state().end_all(end);
    }

    /// Sends frames to everybody.
    pub fn send_all(&self, frames: &[Bytes]) {
        for client in self.state().clients.values() {
            client.outbox.send(frames.iter().cloned());
        }
    }

    pub fn times(&self) -> Times {
        self.state().times.clone()
    }

    pub fn set_times(&self, set: impl FnOnce(&mut Times)) {
        set(&mut self.state().times);
    }

    pub fn has_unsaved(&self) -> bool {
        let state = self.state();
        !state.unsaved.is_empty() || !state.saving.is_empty()
    }

    /// Closes the room if nobody is in it and nothing waits.
    pub fn close(&self) -> bool {
        let mut state = self.state();
        let idle = state.clients.is_empty() && state.unsaved.is_empty() && state.saving.is_empty() && !state.times.busy;
        state.gone |= idle;
        idle
    }
}

/// What one room stores at once.
pub struct Batch {
    pub rows: Vec<Vec<u8>>,
    pub since: Instant,
}

impl State {
    fn has_news(&self) -> bool {
        !self.out.updates.is_empty() || self.awareness.has_news() || self.clients.values().any(|client| client.report_due)
    }

    fn window(&self) -> Duration {
        (WINDOW_PER_CLIENT * self.clients.len() as u32).clamp(WINDOW_MIN, WINDOW_MAX)
    }

    fn end_all(&mut self, end: End) {
        for client in self.clients.values() {
            client.outbox.end(end);
        }
    }

    /// Puts everything that waits into the outboxes.
    fn flush(&mut self, now: Instant) {
        self.out.last = Some(now);
        let updates = std::mem::take(&mut self.out.updates);
        // Editors that hear their own words again take no harm; one that speaks alone need not hear them.
        let only =
            updates.first().and_then(|(author, _)| *author).filter(|first| updates.iter().all(|(author, _)| *author == Some(*first)));
        let mut frames: Vec<Bytes> = match updates.as_slice() {
            [] => Vec::new(),
            [(_, update)] => vec![frame::update(update)],
            many => join(many.iter().map(|(_, update)| update.as_ref())).iter().map(|update| frame::update(update)).collect(),
        };
        let updates = frames.len();
        let news = self.awareness.news();
        frames.extend(news.iter().map(|news| frame::awareness(&news.all)));
        let durable = std::mem::take(&mut self.durable);
        let clocks = (!durable.is_empty()).then(|| Clocks::reached(&durable).write());
        for (id, client) in &mut self.clients {
            let own = if only == Some(*id) { updates } else { 0 };
            let silent = own == frames.len() || news.as_ref().is_some_and(|news| news.only == Some(*id)) && own == updates;
            let report = client.report_due.then(|| frame::stored(client.stored, clocks.as_deref().unwrap_or(&[0])));
            client.report_due = false;
            let frames = if silent { &[] } else { &frames[own..] };
            if !frames.is_empty() || report.is_some() {
                client.outbox.send(frames.iter().cloned().chain(report));
            }
        }
    }
}
