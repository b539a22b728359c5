//! Who is here and where their carets stand (y-protocols' awareness): kept in memory, never stored.
//!
//! A client speaks for the ids it brought itself, and its states carry the id and name of the person who signed in,
//! whatever it wrote. Of two words about one id the one with the higher clock counts.
use crate::lib0::{Malformed, Reader, put_buffer, put_uint};
use serde_json::{Map, Value, json};
use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// A state that is not renewed this long is dropped (clients renew every 15 s).
pub const SILENCE: Duration = Duration::from_secs(30);

/// What one client may say about itself.
const STATE_MAX: usize = 8 * 1024;

/// How many ids a connection may speak for: a page has one, and takes another when it meets itself.
const IDS_MAX: usize = 8;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Speaker {
    /// A connection of this process.
    Here(u64),
    /// Another process.
    There(u64),
}

/// The person behind a connection.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: Uuid,
    pub name: String,
}

/// One word about one client; `None`: it is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    client: u64,
    clock: u64,
    state: Option<String>,
}

/// Reads what a client says.
pub fn read(bytes: &[u8]) -> Result<Vec<Word>, Malformed> {
    let mut reader = Reader::new(bytes);
    let count = reader.count()?;
    let mut words = Vec::with_capacity(count.min(16));
    for _ in 0..count {
        let (client, clock, text) = (reader.client()?, reader.uint()?, reader.text()?);
        words.push(Word { client, clock, state: (text != "null").then(|| text.to_owned()) });
    }
    if reader.is_empty() { Ok(words) } else { Err(Malformed) }
}

/// Writes the id and name of the person who signed in over what the client says about itself. What is not an object, or
/// far too large, is no state at all.
pub fn sign(words: &mut Vec<Word>, person: &Person) -> Result<(), Malformed> {
    for word in words {
        let Some(text) = &word.state else { continue };
        if text.len() > STATE_MAX {
            return Err(Malformed);
        }
        let mut state: Map<String, Value> = serde_json::from_str(text).map_err(|_| Malformed)?;
        let user = state.entry("user").or_insert_with(|| json!({}));
        if !user.is_object() {
            *user = json!({});
        }
        user["id"] = json!(person.id);
        user["name"] = json!(person.name);
        word.state = Some(Value::Object(state).to_string());
    }
    Ok(())
}

struct Entry {
    clock: u64,
    state: String,
    speaker: Speaker,
    user: Option<Uuid>,
    seen: Instant,
}

/// The states of one room.
#[derive(Default)]
pub struct Awareness {
    entries: HashMap<u64, Entry>,
    /// Clocks of clients that left: what arrives late does not bring them back.
    left: HashMap<u64, u64>,
    changed: HashSet<u64>,
    /// Changes of this process that others have not heard of.
    untold: HashSet<u64>,
}

impl Awareness {
    /// Takes what somebody says; keeps what is new and theirs to say.
    pub fn hear(&mut self, words: Vec<Word>, speaker: Speaker, user: Option<Uuid>, now: Instant) {
        let mut mine = self.entries.values().filter(|entry| entry.speaker == speaker).count();
        for Word { client, clock, state } in words {
            if let Some(entry) = self.entries.get_mut(&client) {
                // The same person may come back over another connection before the old one is found dead.
                let theirs = entry.speaker == speaker || user.is_some() && entry.user == user;
                if !theirs || clock < entry.clock || clock == entry.clock && state.is_some() {
                    if theirs && clock == entry.clock {
                        (entry.seen, entry.speaker) = (now, speaker);
                    }
                    continue;
                }
                match state {
                    Some(state) => *entry = Entry { clock, state, speaker, user, seen: now },
                    None => self.forget(client, clock),
                }
            } else if let Some(state) = state {
                if self.left.get(&client).is_some_and(|left| clock < *left) || mine >= IDS_MAX && matches!(speaker, Speaker::Here(_)) {
                    continue;
                }
                mine += 1;
                self.left.remove(&client);
                self.entries.insert(client, Entry { clock, state, speaker, user, seen: now });
            } else {
                continue;
            }
            self.changed.insert(client);
        }
    }

    /// Drops the states of somebody who left.
    pub fn leave(&mut self, speaker: Speaker) {
        self.drop_where(|entry| entry.speaker == speaker);
    }

    /// Drops the states that were not renewed.
    pub fn silent(&mut self, now: Instant, limit: Duration) {
        self.drop_where(|entry| now.duration_since(entry.seen) > limit);
        if self.entries.is_empty() && self.changed.is_empty() {
            self.left.clear();
        }
    }

    fn drop_where(&mut self, gone: impl Fn(&Entry) -> bool) {
        let clients: Vec<(u64, u64)> = self.entries.iter().filter(|(_, entry)| gone(entry)).map(|(client, e)| (*client, e.clock)).collect();
        for (client, clock) in clients {
            // As a client that leaves counts itself on.
            self.forget(client, clock + 1);
            self.changed.insert(client);
        }
    }

    fn forget(&mut self, client: u64, clock: u64) {
        self.entries.remove(&client);
        self.left.insert(client, clock);
    }

    pub fn has_news(&self) -> bool {
        !self.changed.is_empty()
    }

    /// What changed since the last time.
    pub fn news(&mut self) -> Option<News> {
        let changed: Vec<u64> = self.changed.drain().collect();
        let speaker = |client: &u64| self.entries.get(client).map(|entry| entry.speaker);
        let first = speaker(changed.first()?);
        let only = match first {
            Some(Speaker::Here(id)) if changed.iter().all(|client| speaker(client) == first) => Some(id),
            _ => None,
        };
        self.untold.extend(changed.iter().filter(|client| !matches!(speaker(client), Some(Speaker::There(_)))));
        Some(News { all: self.write(changed.into_iter()), only })
    }

    /// What changed here since the other processes were told.
    pub fn for_others(&mut self) -> Option<Vec<u8>> {
        let untold: Vec<u64> = self.untold.drain().collect();
        (!untold.is_empty()).then(|| self.write(untold.into_iter()))
    }

    /// Every state; `None` when nobody is here.
    pub fn whole(&self) -> Option<Vec<u8>> {
        (!self.entries.is_empty()).then(|| self.write(self.entries.keys().copied().collect::<Vec<_>>().into_iter()))
    }

    /// The states of the connections of this process.
    pub fn local(&self) -> Option<Vec<u8>> {
        let here: Vec<u64> = self.entries.iter().filter(|(_, e)| matches!(e.speaker, Speaker::Here(_))).map(|(id, _)| *id).collect();
        (!here.is_empty()).then(|| self.write(here.into_iter()))
    }

    fn write(&self, clients: impl ExactSizeIterator<Item = u64>) -> Vec<u8> {
        let mut out = Vec::with_capacity(clients.len() * 160 + 2);
        put_uint(&mut out, clients.len() as u64);
        for client in clients {
            let (clock, state) = match self.entries.get(&client) {
                Some(entry) => (entry.clock, entry.state.as_str()),
                None => (self.left.get(&client).copied().unwrap_or(0), "null"),
            };
            put_uint(&mut out, client);
            put_uint(&mut out, clock);
            put_buffer(&mut out, state.as_bytes());
        }
        out
    }
}

/// What changed.
pub struct News {
    pub all: Vec<u8>,
    /// The connection that said all of it, if one did.
    pub only: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn word(client: u64, clock: u64, state: Option<&str>) -> Word {
        Word { client, clock, state: state.map(str::to_owned) }
    }

    fn ada() -> Person {
        Person { id: Uuid::from_u128(1), name: "Ada".into() }
    }

    #[test]
    fn the_server_says_who_somebody_is() {
        let mut words =
            vec![word(1, 1, Some(r##"{"user":{"id":"x","name":"Root","color":"#fff"},"cursor":null}"##)), word(2, 1, Some("{}"))];
        sign(&mut words, &ada()).unwrap();
        let state: Value = serde_json::from_str(words[0].state.as_deref().unwrap()).unwrap();
        assert_eq!(state["user"], json!({ "id": Uuid::from_u128(1), "name": "Ada", "color": "#fff" }));
        assert_eq!(state["cursor"], Value::Null);
        assert!(words[1].state.as_deref().unwrap().contains("Ada"));
        assert_eq!(sign(&mut vec![word(1, 1, Some("[]"))], &ada()), Err(Malformed));
    }

    #[test]
    fn nobody_speaks_for_others_and_who_left_stays_away() {
        let (now, mut all) = (Instant::now(), Awareness::default());
        all.hear(vec![word(1, 5, Some("{}"))], Speaker::Here(1), Some(Uuid::from_u128(1)), now);
        assert_eq!(read(&all.news().unwrap().all).unwrap(), [word(1, 5, Some("{}"))]);
        // Another person's connection says what it heard, or that somebody is gone.
        all.hear(vec![word(1, 6, Some("{\"x\":1}"))], Speaker::Here(2), Some(Uuid::from_u128(2)), now);
        all.hear(vec![word(1, 7, None)], Speaker::Here(2), Some(Uuid::from_u128(2)), now);
        assert!(all.news().is_none());
        all.leave(Speaker::Here(1));
        assert_eq!(read(&all.news().unwrap().all).unwrap(), [word(1, 6, None)]);
        all.hear(vec![word(1, 5, Some("{}"))], Speaker::There(1), None, now);
        assert!(all.news().is_none());
        // Back with a higher clock.
        all.hear(vec![word(1, 6, Some("{}"))], Speaker::There(1), None, now);
        all.for_others();
        assert_eq!(read(&all.news().unwrap().all).unwrap(), [word(1, 6, Some("{}"))]);
        // It came from another process: no other need hear it from here.
        assert_eq!(all.for_others(), None);
    }

    #[test]
    fn silent_ones_are_dropped() {
        let (now, mut all) = (Instant::now(), Awareness::default());
        all.hear(vec![word(1, 1, Some("{}"))], Speaker::Here(1), None, now);
        all.hear(vec![word(2, 1, Some("{}"))], Speaker::Here(2), None, now);
        all.news();
        // The same clock again renews.
        all.hear(vec![word(2, 1, Some("{}"))], Speaker::Here(2), None, now + SILENCE);
        all.silent(now + SILENCE + Duration::from_secs(1), SILENCE);
        assert_eq!(read(&all.news().unwrap().all).unwrap(), [word(1, 2, None)]);
    }

    proptest! {
        #[test]
        fn noise_never_panics(noise in prop::collection::vec(prop_oneof![2 => 0..5u8, 1 => any::<u8>()], 0..80)) {
            if let Ok(mut words) = read(&noise) {
                let mut all = Awareness::default();
                if sign(&mut words, &ada()).is_ok() {
                    all.hear(words, Speaker::Here(1), None, Instant::now());
                    let _ = all.news();
                }
            }
        }
    }
}
