//! The last events of a process, by position.
use crate::live_event::LiveEvent;
use serde::Deserialize;
use std::collections::VecDeque;
use uuid::Uuid;

/// How many events a reader may be behind.
pub(super) const CAPACITY: usize = 4096;

/// One event as `core.note_change` sends it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Heard {
    pub n: i64,
    pub org: Option<Uuid>,
    pub user: Option<Uuid>,
    pub topic: String,
    pub ids: Option<Vec<String>>,
}

/// Events in the order in which they were committed, which is the same in every process but not the order of their
/// numbers: those are given out before the commit. So a reader is found by the place of its last number.
pub(super) struct Ring {
    events: VecDeque<Heard>,
    /// The position of `events[0]`; positions only rise.
    start: u64,
}

/// What a reader at some position meets.
pub(super) enum Next {
    Event(LiveEvent),
    /// The reader was too slow, or the connection was lost meanwhile.
    Missed(i64),
    Nothing(i64),
}

impl Ring {
    pub fn new() -> Self {
        let mut ring = Self { events: VecDeque::with_capacity(CAPACITY), start: 0 };
        ring.gap();
        ring
    }

    /// Forgets everything: every reader's position is now before the start. A mark of this process alone stands for
    /// the new beginning, so that a reader that has seen nothing yet also has a place to come back to.
    pub fn gap(&mut self) {
        self.start = self.end() + 1;
        self.events.clear();
        // Numbers of the sequence are positive.
        let mark = -(rand::random::<u32>() as i64) - 1;
        self.events.push_back(Heard { n: mark, ..Heard::default() });
    }

    pub fn push(&mut self, event: Heard) {
        if self.events.len() == CAPACITY {
            self.events.pop_front();
            self.start += 1;
        }
        self.events.push_back(event);
    }

    /// The position after the last event.
    pub fn end(&self) -> u64 {
        self.start + self.events.len() as u64
    }

    /// The number of the last event.
    pub fn position(&self) -> i64 {
        self.events.back().map_or(0, |event| event.n)
    }

    /// The position after the event of this number.
    pub fn after(&self, n: i64) -> Option<(u64, i64)> {
        let at = self.events.iter().rposition(|event| event.n == n)?;
        Some((self.start + at as u64 + 1, n))
    }

    /// The next event a reader may see, and where it then stands.
    pub fn next(&self, cursor: u64, shows: impl Fn(&Heard) -> bool) -> (Next, u64) {
        let Some(skip) = cursor.checked_sub(self.start) else {
            return (Next::Missed(self.position()), self.end());
        };
        // Positions fit the ring, which fits memory.
        for (at, event) in self.events.iter().enumerate().skip(skip as usize) {
            if shows(event) {
                let Heard { n, topic, ids, .. } = event.clone();
                return (Next::Event(LiveEvent::Change { n, topic, ids }), self.start + at as u64 + 1);
            }
        }
        (Next::Nothing(self.position()), self.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(n: i64) -> Heard {
        Heard { n, topic: "a.b".into(), ..Heard::default() }
    }

    #[test]
    fn a_reader_goes_on_by_place_not_by_number() {
        let mut ring = Ring::new();
        for n in [5, 3, 9] {
            ring.push(event(n));
        }
        let (cursor, _) = ring.after(5).unwrap();
        let (Next::Event(next), cursor) = ring.next(cursor, |_| true) else { panic!("no event") };
        assert_eq!(next.n(), 3);
        let (Next::Event(next), cursor) = ring.next(cursor, |_| true) else { panic!("no event") };
        assert_eq!(next.n(), 9);
        assert!(matches!(ring.next(cursor, |_| true).0, Next::Nothing(9)));
        assert!(ring.after(4).is_none());
    }

    #[test]
    fn the_oldest_events_go_and_a_slow_reader_is_told() {
        let mut ring = Ring::new();
        let slow = ring.end();
        for n in 1..=CAPACITY as i64 + 1 {
            ring.push(event(n));
        }
        assert!(ring.after(1).is_none() && ring.after(2).is_some());
        let (Next::Missed(n), cursor) = ring.next(slow, |_| true) else { panic!("not missed") };
        assert_eq!((n, cursor), (CAPACITY as i64 + 1, ring.end()));
    }

    #[test]
    fn a_gap_is_missed_by_everybody() {
        let mut ring = Ring::new();
        ring.push(event(1));
        let cursor = ring.end();
        ring.gap();
        assert!(matches!(ring.next(cursor, |_| true).0, Next::Missed(n) if n < 0));
        assert!(ring.after(1).is_none());
        assert!(ring.after(ring.position()).is_some());
    }
}
