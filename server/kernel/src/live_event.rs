//! Live events as the server sends them and the browser reads them (`GET /api/live`).
use serde::{Deserialize, Serialize};

/// One message of the live stream. `n` is the id of the server-sent event: a browser that comes back sends the
/// last one it saw as `Last-Event-ID`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LiveEvent {
    /// Rows of a table changed. `ids` are the rows; `None` when there were more than 20 or they have no id.
    Change { n: i64, topic: String, ids: Option<Vec<String>> },
    /// Events may have been missed: everything on the page may be stale.
    Reset { n: i64 },
    /// Nothing happened for a while, or the stream has just begun. Says that the connection lives, and moves
    /// the position on past events of others.
    Beat { n: i64 },
}

impl LiveEvent {
    /// The id of the server-sent event.
    pub const fn n(&self) -> i64 {
        match self {
            LiveEvent::Change { n, .. } | LiveEvent::Reset { n } | LiveEvent::Beat { n } => *n,
        }
    }

    /// The name of the server-sent event.
    pub const fn name(&self) -> &'static str {
        match self {
            LiveEvent::Change { .. } => "change",
            LiveEvent::Reset { .. } => "reset",
            LiveEvent::Beat { .. } => "beat",
        }
    }

    /// Does a page that shows this topic need to look again?
    pub fn touches(&self, wanted: &str) -> bool {
        match self {
            LiveEvent::Change { topic, .. } => topic == wanted,
            LiveEvent::Reset { .. } => true,
            LiveEvent::Beat { .. } => false,
        }
    }
}
