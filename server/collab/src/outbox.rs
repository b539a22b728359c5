//! What waits to be sent to one editor. Whoever has news puts it here; the connection's own task writes it.
use bytes::Bytes;
use std::sync::{Mutex, MutexGuard};
use tokio::sync::Notify;

/// An editor that is this far behind is sent away; it comes back and asks for what it lacks.
const BEHIND_MAX: usize = 8 * 1024 * 1024;

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Not a frame of this protocol.
    Malformed,
    TooLarge,
    /// No right (any more): told in an auth frame first.
    Denied(&'static str),
    /// The document was deleted.
    Deleted,
    /// Nothing was heard for too long.
    Silent,
    /// Too slow, or too much is open here: come back later.
    Later,
    /// The server stops.
    Restart,
}

impl End {
    /// The code and the reason of the closing frame.
    pub const fn close(self) -> (u16, &'static str) {
        match self {
            End::Malformed => (1003, "This is not a frame of the protocol."),
            End::TooLarge => (1009, "A frame may have 1 MiB."),
            End::Denied(reason) => (4403, reason),
            End::Deleted => (4410, "The document was deleted."),
            End::Silent => (1001, "Nothing was heard for too long."),
            End::Later => (1013, "Come back in a moment."),
            End::Restart => (1012, "The server restarts."),
        }
    }
}

#[derive(Default)]
pub struct Outbox {
    waiting: Mutex<Waiting>,
    wake: Notify,
}

#[derive(Default)]
struct Waiting {
    frames: Vec<Bytes>,
    bytes: usize,
    end: Option<End>,
}

impl Outbox {
    /// Adds frames and wakes the connection.
    pub fn send(&self, frames: impl IntoIterator<Item = Bytes>) {
        let mut waiting = self.waiting();
        for frame in frames {
            // The answer to somebody who begins may itself be long: it counts once something waits behind it.
            if waiting.bytes > BEHIND_MAX {
                waiting.end.get_or_insert(End::Later);
                break;
            }
            waiting.bytes += frame.len();
            waiting.frames.push(frame);
        }
        drop(waiting);
        self.wake.notify_one();
    }

    /// Ends the connection after what waits.
    pub fn end(&self, end: End) {
        self.waiting().end.get_or_insert(end);
        self.wake.notify_one();
    }

    /// Waits for something to send.
    pub async fn waits(&self) {
        self.wake.notified().await;
    }

    pub fn take(&self) -> (Vec<Bytes>, Option<End>) {
        let mut waiting = self.waiting();
        waiting.bytes = 0;
        (std::mem::take(&mut waiting.frames), waiting.end)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
