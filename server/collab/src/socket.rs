//! One editor's connection: reads its frames, writes its outbox, ends it when its time has come.
use crate::{
    Collab, Seat,
    access::{Recheck, Standing},
    awareness::{self, Speaker},
    frame::{self, FRAME_MAX, Frame, Mode},
    lib0::Malformed,
    notice::Kind,
    outbox::{End, Outbox},
    room::Room,
    store::{self, Stored},
    update::{Clocks, NOTHING, Update},
};
use axum::{
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    response::Response,
};
use bytes::Bytes;
use futures::{FutureExt, SinkExt, StreamExt};
use kernel::{Code, Fault, telemetry};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::broadcast::error::RecvError, time::MissedTickBehavior};

/// Larger messages than this are not even read to the end: then the close may not arrive.
const MESSAGE_MAX: usize = 4 * FRAME_MAX;

/// What one editor may send: so many frames a second for a while, of a kilobyte each; whoever sends more is read more slowly.
const FRAMES_PER_SECOND: f64 = 2_000.0;
const FRAMES_AT_ONCE: f64 = 8_000.0;

/// A write that takes longer meets a connection that is dead.
const WRITE_MAX: Duration = Duration::from_secs(20);

/// Reasons in auth frames: words for programs, which know how to say them.
const NO_ACCESS: &str = "no_access";
const SIGNED_OUT: &str = "signed_out";

/// The upgrade, with the sizes of this protocol: most messages are tiny, and tungstenite clears its whole read buffer for each.
fn sized(ws: WebSocketUpgrade) -> WebSocketUpgrade {
    ws.read_buffer_size(4 * 1024).max_message_size(MESSAGE_MAX).max_frame_size(MESSAGE_MAX)
}

/// Opens the socket only to say no: browsers do not see the status of a refused one.
pub fn refuse(ws: WebSocketUpgrade, fault: &Fault) -> Response {
    let reason = match fault.code {
        Code::Unavailable => End::Later,
        Code::Gone => End::Deleted,
        Code::Unauthenticated => End::Denied(SIGNED_OUT),
        _ => End::Denied(NO_ACCESS),
    };
    sized(ws).on_upgrade(move |mut socket| async move { close(&mut socket, reason).await })
}

impl Seat {
    /// Lets the person in. `reports`: the editor wants to hear what is stored.
    pub fn serve(self, ws: WebSocketUpgrade, reports: bool) -> Response {
        sized(ws).on_upgrade(move |socket| {
            let tracked = self.collab.0.sockets.clone();
            tracked.track_future(self.run(socket, reports))
        })
    }

    async fn run(self, mut socket: WebSocket, reports: bool) {
        let (id, outbox) = (self.collab.next_client(), Arc::new(Outbox::default()));
        let room = loop {
            match self.collab.open_room(self.document, self.org) {
                Ok((room, new)) => {
                    // Whoever is in the room hears what is stored from now on; what was stored before is read afterwards.
                    if room.enter(id, outbox.clone(), &self.person, reports) {
                        if new {
                            self.collab.say(Kind::Open, self.document, Vec::new());
                        }
                        break room;
                    }
                    tokio::task::yield_now().await;
                }
                Err(_) => return close(&mut socket, End::Later).await,
            }
        };
        metrics::gauge!(telemetry::COLLAB_CLIENTS).increment(1);
        let mode = self.mode;
        let end = Editor { seat: &self, room: room.clone(), id, outbox, mode, reports, tokens: FRAMES_AT_ONCE, counted: Instant::now() }
            .live(&mut socket)
            .await;
        room.leave(id);
        metrics::gauge!(telemetry::COLLAB_CLIENTS).decrement(1);
        if let Some(end) = end {
            close(&mut socket, end).await;
        }
    }
}

/// Ends a connection in good order: an auth frame where a right is missing, the closing frame, and the other side's.
async fn close(socket: &mut WebSocket, end: End) {
    let (code, reason) = end.close();
    let told = async {
        if let End::Denied(reason) = end {
            socket.feed(Message::Binary(frame::denied(reason))).await?;
        }
        socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await?;
        // What is still on its way is read, or the system would cut the connection before the close arrives.
        while let Some(Ok(_)) = socket.next().await {}
        Ok::<_, axum::Error>(())
    };
    let _ = tokio::time::timeout(Duration::from_secs(2), told).await;
}

/// A connection that is in its room.
struct Editor<'a> {
    seat: &'a Seat,
    room: Arc<Room>,
    id: u64,
    outbox: Arc<Outbox>,
    mode: Mode,
    reports: bool,
    tokens: f64,
    counted: Instant,
}

impl Editor<'_> {
    /// Until the connection ends. `None`: the other side ended it.
    async fn live(mut self, socket: &mut WebSocket) -> Option<End> {
        let timing = self.seat.collab.0.timing.clone();
        let stop = self.seat.collab.0.stop.clone();
        let mut stopped = std::pin::pin!(stop.cancelled());
        let mut rechecks = self.seat.collab.0.rechecks.subscribe();
        let mut tick = tokio::time::interval_at((Instant::now() + timing.silence / 3).into(), timing.silence / 3);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut checked = Instant::now();
        let mut heard = Instant::now();
        // The report about nothing says that there will be reports.
        let report = self.reports.then(|| frame::stored(0, &[0]));
        self.outbox.send([frame::allowed(self.mode)].into_iter().chain(report).chain(self.room.awareness()));
        loop {
            let pause = self.pause();
            tokio::select! {
                () = self.outbox.waits() => {
                    let (frames, end) = self.outbox.take();
                    write(socket, frames).await?;
                    if end.is_some() {
                        return end;
                    }
                }
                message = socket.next(), if pause.is_zero() => {
                    heard = Instant::now();
                    let mut next = Some(message);
                    // What has arrived already is taken together and passed on together.
                    while let Some(message) = next {
                        match self.take(message) {
                            Took::Frames(work) => for work in work {
                                if let Err(end) = self.answer(work).await {
                                    return Some(end);
                                }
                            },
                            Took::Nothing => {}
                            Took::End(end) => return end,
                        }
                        next = if self.pause().is_zero() { socket.next().now_or_never() } else { None };
                    }
                    self.room.go();
                }
                () = tokio::time::sleep(pause), if !pause.is_zero() => {}
                whom = rechecks.recv() => {
                    let concerned = match whom {
                        Ok(whom) => self.seat.concerns(whom),
                        Err(RecvError::Lagged(_)) => self.seat.concerns(Recheck::All),
                        Err(RecvError::Closed) => false,
                    };
                    if concerned {
                        checked = Instant::now();
                        if let Err(end) = self.check().await {
                            return Some(end);
                        }
                    }
                }
                now = tick.tick() => {
                    if heard.elapsed() > timing.silence {
                        return Some(End::Silent);
                    }
                    // A browser answers by itself, however its pages sleep.
                    write_one(socket, Message::Ping(Bytes::new())).await?;
                    if now.into_std().duration_since(checked) >= timing.recheck {
                        checked = Instant::now();
                        if let Err(end) = self.check().await {
                            return Some(end);
                        }
                    }
                }
                () = &mut stopped => return Some(End::Restart),
            }
        }
    }

    /// How long to read nothing from an editor that sends too much.
    fn pause(&mut self) -> Duration {
        if self.tokens >= 1.0 {
            return Duration::ZERO;
        }
        let now = Instant::now();
        self.tokens = (self.tokens + now.duration_since(self.counted).as_secs_f64() * FRAMES_PER_SECOND).min(FRAMES_AT_ONCE);
        self.counted = now;
        if self.tokens >= 1.0 { Duration::ZERO } else { Duration::from_millis(5) }
    }

    /// Reads a message; what can be done at once is done.
    fn take(&mut self, message: Option<Result<Message, axum::Error>>) -> Took {
        let bytes = match message {
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Text(_))) => return Took::End(Some(End::Malformed)),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Took::Nothing,
            Some(Ok(Message::Close(_))) | None => return Took::End(None),
            Some(Err(error)) => return Took::End(too_large(&error).then_some(End::TooLarge)),
        };
        if bytes.len() > FRAME_MAX {
            return Took::End(Some(End::TooLarge));
        }
        self.tokens -= 1.0 + bytes.len() as f64 / 1024.0;
        match self.read(&bytes) {
            Ok(work) => Took::Frames(work),
            Err(Malformed) => Took::End(Some(End::Malformed)),
        }
    }

    /// Checks a message as a whole, then does what needs no database; the rest is answered.
    fn read(&mut self, bytes: &[u8]) -> Result<Vec<Work>, Malformed> {
        let frames = frame::read(bytes)?;
        let mut work = Vec::new();
        for frame in &frames {
            match frame {
                Frame::Update(update) | Frame::Step2(update) => drop(Update::read(update)?),
                Frame::Step1(clocks) => drop(Clocks::read(clocks)?),
                Frame::Awareness(_) | Frame::QueryAwareness => {}
            }
        }
        for frame in frames {
            match frame {
                Frame::Step1(clocks) => work.push(Work::Catch(Clocks::read(clocks)?)),
                Frame::Step2(update) if self.may_write(update) && update != NOTHING => {
                    work.push(Work::Bring(Bytes::copy_from_slice(update)))
                }
                // A copy: the message shares its memory with others that were read together.
                Frame::Step2(update) | Frame::Update(update) if self.may_write(update) => self.type_in(Bytes::copy_from_slice(update)),
                Frame::Update(_) | Frame::Step2(_) => {}
                Frame::Awareness(words) => {
                    let mut words = awareness::read(words)?;
                    awareness::sign(&mut words, &self.seat.person)?;
                    self.room.hear_awareness(words, Speaker::Here(self.id));
                }
                Frame::QueryAwareness => self.outbox.send(self.room.awareness()),
            }
        }
        Ok(work)
    }

    /// May this be written? What changes nothing may always come: editors answer step 1 whatever they may do.
    fn may_write(&self, update: &[u8]) -> bool {
        if self.mode == Mode::ReadOnly && update != NOTHING {
            self.outbox.send([frame::allowed(Mode::ReadOnly)]);
        }
        self.mode == Mode::ReadWrite || update == NOTHING
    }

    fn type_in(&self, update: Bytes) {
        metrics::counter!(telemetry::COLLAB_UPDATES).increment(1);
        if self.room.type_in(self.id, update) {
            self.seat.collab.to_save(&self.room);
        }
    }

    /// Answers what needs the tables.
    async fn answer(&mut self, work: Work) -> Result<(), End> {
        let (stored, unstored) = match self.load().await {
            Ok(loaded) => loaded,
            Err(fault) => {
                tracing::warn!(%fault, document = %self.seat.document, "a document cannot be read");
                return Err(End::Later);
            }
        };
        match work {
            Work::Catch(clocks) => self.catch(&stored, &unstored, &clocks),
            Work::Bring(update) => {
                // A returning editor sends all its deletions; those that are known need not be stored again.
                let new = Update::read(&update).ok().and_then(|read| stored.lacks(&read, &unstored));
                self.type_in(new.map_or(Bytes::from_static(NOTHING), Bytes::from));
            }
        }
        Ok(())
    }

    /// What the tables hold, and what waits in the room: together everything that is not passed on to this editor anyway.
    async fn load(&self) -> Result<(Stored, Vec<Bytes>), Fault> {
        let unstored = self.room.unstored();
        let collab = &self.seat.collab.0;
        let stored = store::load_or_seed(&collab.app, self.seat.org, self.seat.document, &*collab.documents).await?;
        let (rows, bytes) = stored.waiting();
        self.room.set_times(|times| (times.rows, times.bytes) = (times.rows.max(rows), times.bytes.max(bytes)));
        Ok((stored, unstored))
    }

    /// Step 1 of the editor: what it lacks goes out, the last part as step 2; then the server asks the same.
    fn catch(&self, stored: &Stored, unstored: &[Bytes], clocks: &Clocks) {
        let mut updates = stored.updates(unstored);
        if !clocks.is_empty() {
            let nothing = Default::default();
            updates = updates.iter().filter_map(|update| Update::read(update).ok()?.without(clocks, &nothing)).collect();
        }
        let last = updates.pop();
        let frames = updates.iter().map(|update| frame::update(update));
        let step2 = frame::step2(last.as_deref().unwrap_or(NOTHING));
        self.outbox.send(frames.chain([step2, frame::step1(&stored.clocks(unstored).write())]));
    }

    /// Still allowed? A database that does not answer ends nothing.
    async fn check(&mut self) -> Result<(), End> {
        match self.seat.again().await {
            Ok(Standing::May(mode)) => {
                if mode != self.mode {
                    self.mode = mode;
                    self.outbox.send([frame::allowed(mode)]);
                }
                Ok(())
            }
            Ok(Standing::Deleted) => Err(End::Deleted),
            Ok(Standing::Nothing) => Err(End::Denied(NO_ACCESS)),
            Ok(Standing::SignedOut) => Err(End::Denied(SIGNED_OUT)),
            Err(fault) => {
                tracing::debug!(%fault, "the rights of an editor could not be checked");
                Ok(())
            }
        }
    }
}

/// What became of a message.
enum Took {
    Frames(Vec<Work>),
    Nothing,
    End(Option<End>),
}

/// What needs the tables.
enum Work {
    /// The editor's state vector: what does it lack?
    Catch(Clocks),
    /// What the editor has and the server may lack.
    Bring(Bytes),
}

fn too_large(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(|source| source.to_string().contains("too long"))
}

/// Writes frames with one flush; `None`: the connection is dead.
async fn write(socket: &mut WebSocket, frames: Vec<Bytes>) -> Option<()> {
    if frames.is_empty() {
        return Some(());
    }
    let written = async {
        for frame in frames {
            socket.feed(Message::Binary(frame)).await?;
        }
        socket.flush().await
    };
    tokio::time::timeout(WRITE_MAX, written).await.ok()?.ok()
}

async fn write_one(socket: &mut WebSocket, message: Message) -> Option<()> {
    tokio::time::timeout(WRITE_MAX, socket.send(message)).await.ok()?.ok()
}

impl Collab {
    /// How many editors are connected to this process.
    pub fn editors(&self) -> usize {
        self.0.sockets.len()
    }
}
