//! Live events: one LISTEN connection per process, a ring of the last events, any number of readers.
//!
//! Triggers (`core.note_change`) tell on channel `millrace_live` which rows of which organization changed; readers
//! fetch again under row security, so an event carries ids and nothing else. Readers hold a position in the ring,
//! never a queue: one that falls behind, or an outage of the connection, costs a `reset` and no memory.
use crate::{
    access::{Actor, Perm},
    fault::{Code, Fault},
    live_event::LiveEvent,
    telemetry,
};
use futures::{Stream, stream};
use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

mod listen;
mod ring;

use ring::{Heard, Next, Ring};

/// Readers of quiet topics hear this often that the connection lives (chapter 10, section 3).
const HEARTBEAT: Duration = Duration::from_secs(25);

/// The permission that lets a member see that rows of a topic (`schema.table`) changed.
pub fn topic_perm(topic: &str) -> Perm {
    match topic {
        "core.audit_log" => Perm::AuditRead,
        "core.api_keys" | "core.org_secrets" => Perm::OrgKeys,
        "core.invitations" => Perm::MembersManage,
        "core.identity_providers" => Perm::OrgSecurity,
        "core.mail_queue" | "core.job_schedules" => Perm::Platform,
        _ => match topic.split_once('.').map_or("", |(schema, _)| schema) {
            "factory" => Perm::FactoryRead,
            "harness" => Perm::HarnessRead,
            "app" => Perm::RunRead,
            "growth" => Perm::GrowthRead,
            _ => Perm::OrgRead,
        },
    }
}

/// Which events one reader may see: those of one organization, and a person's own.
#[derive(Clone, Debug)]
pub struct LiveFilter {
    org: Option<Uuid>,
    user: Option<Uuid>,
    platform: bool,
    everybody: bool,
    /// With each topic: may the reader see changes of the organization, or only what is personal?
    topics: Vec<(String, bool)>,
    /// Whoever asked for every topic.
    every: Option<Actor>,
}

impl LiveFilter {
    /// Topics the actor may not read stay silent; `*` is every topic; 400 for what is no topic.
    pub fn new(actor: &Actor, topics: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, Fault> {
        let platform = actor.may(Perm::Platform);
        let mut every = None;
        let topics: Vec<(String, bool)> = topics
            .into_iter()
            .map(Into::into)
            .filter(|topic: &String| {
                let all = topic == "*";
                if all {
                    every = Some(actor.clone());
                }
                !all
            })
            .map(|topic| {
                let may = actor.may(topic_perm(&topic));
                (topic, may)
            })
            .collect();
        let word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let named = |topic: &str| topic.split_once('.').is_some_and(|(schema, table)| word(schema) && word(table));
        if topics.len() > 64 || !topics.iter().all(|(topic, _)| named(topic)) {
            return Err(Fault::new(Code::BadRequest, "Name at most 64 topics such as factory.features."));
        }
        Ok(Self { org: actor.org, user: actor.user, platform, everybody: false, topics, every })
    }

    /// Everybody's events of these topics: for the server itself.
    pub fn server(topics: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            org: None,
            user: None,
            platform: false,
            everybody: true,
            topics: topics.into_iter().map(|topic| (topic.to_owned(), true)).collect(),
            every: None,
        }
    }

    fn shows(&self, event: &Heard) -> bool {
        let named = self.topics.iter().find(|(topic, _)| *topic == event.topic).map(|(_, may)| *may);
        let Some(may) = named.or_else(|| self.every.as_ref().map(|actor| actor.may(topic_perm(&event.topic)))) else {
            return false;
        };
        if self.everybody {
            return true;
        }
        match (event.user, event.org) {
            (Some(user), org) => self.user == Some(user) && (org.is_none() || org == self.org),
            (None, Some(org)) => self.platform || may && self.org == Some(org),
            (None, None) => self.platform,
        }
    }
}

/// The live events of this process. Cheap to clone.
#[derive(Clone)]
pub struct LiveHub(Arc<Inner>);

struct Inner {
    heartbeat: Duration,
    ring: Mutex<Ring>,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, Default)]
struct State {
    /// Rises with every event.
    events: u64,
    listening: bool,
    closed: bool,
}

impl Default for LiveHub {
    fn default() -> Self {
        Self::new()
    }
}

impl LiveHub {
    /// A hub that hears nothing until `listen`.
    pub fn new() -> Self {
        Self::beating(HEARTBEAT)
    }

    /// The same with another heartbeat, for tests.
    pub fn beating(heartbeat: Duration) -> Self {
        Self(Arc::new(Inner { heartbeat, ring: Mutex::new(Ring::new()), state: watch::Sender::default() }))
    }

    /// Keeps one LISTEN connection until the token is cancelled, which also ends every reader's stream.
    pub fn listen(&self, url: &str, stop: CancellationToken) -> JoinHandle<()> {
        let (hub, url) = (self.clone(), url.to_owned());
        tokio::spawn(async move {
            stop.run_until_cancelled(listen::keep(&hub, &url)).await;
            hub.0.state.send_modify(|state| {
                state.listening = false;
                state.closed = true;
            });
        })
    }

    /// Does the LISTEN connection stand?
    pub fn is_listening(&self) -> bool {
        self.0.state.borrow().listening
    }

    /// Waits until the LISTEN connection stands.
    pub async fn listening(&self) {
        // The sender lives as long as this hub: there is no error.
        let _ = self.0.state.subscribe().wait_for(|state| state.listening || state.closed).await;
    }

    /// How often a quiet stream says that it stands.
    pub fn heartbeat(&self) -> Duration {
        self.0.heartbeat
    }

    /// Where the stream stands now. A page rendered from here on needs only what comes after it.
    pub fn position(&self) -> i64 {
        self.ring().position()
    }

    /// The events of one reader. It begins with a `Beat`, or with a `Reset` when `last` (the `Last-Event-ID` of the
    /// reader) is not in the ring any more. Ends when the process stops.
    pub fn subscribe(&self, filter: LiveFilter, last: Option<&str>) -> impl Stream<Item = LiveEvent> + Send + use<> {
        let ring = self.ring();
        let n = ring.position();
        let (cursor, first) = match last {
            None => (ring.end(), LiveEvent::Beat { n }),
            Some(last) => match last.trim().parse().ok().and_then(|last| ring.after(last)) {
                Some((cursor, n)) => (cursor, LiveEvent::Beat { n }),
                None => (ring.end(), LiveEvent::Reset { n }),
            },
        };
        let wake = self.0.state.subscribe();
        drop(ring);
        metrics::gauge!(telemetry::LIVE).increment(1);
        let reader = Reader { hub: self.clone(), filter, cursor, first: Some(first), wake };
        stream::unfold(reader, |mut reader| async move { reader.next().await.map(|event| (event, reader)) })
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.ring.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// What the connection heard.
    fn heard(&self, event: Heard) {
        self.ring().push(event);
        self.0.state.send_modify(|state| state.events += 1);
    }

    /// The connection stands (again): whatever happened before is lost.
    fn connected(&self) {
        self.ring().gap();
        self.0.state.send_modify(|state| {
            state.events += 1;
            state.listening = true;
        });
    }

    fn lost(&self) {
        self.0.state.send_modify(|state| state.listening = false);
    }
}

/// One reader's place in the ring.
struct Reader {
    hub: LiveHub,
    filter: LiveFilter,
    cursor: u64,
    first: Option<LiveEvent>,
    wake: watch::Receiver<State>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        metrics::gauge!(telemetry::LIVE).decrement(1);
    }
}

impl Reader {
    async fn next(&mut self) -> Option<LiveEvent> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            // Marks the state as seen before the ring is read: a later event wakes the wait below.
            if self.wake.borrow_and_update().closed {
                return None;
            }
            let (next, cursor) = self.hub.ring().next(self.cursor, |event| self.filter.shows(event));
            self.cursor = cursor;
            match next {
                Next::Event(event) => return Some(event),
                Next::Missed(n) => return Some(LiveEvent::Reset { n }),
                Next::Nothing(n) => match tokio::time::timeout(self.hub.0.heartbeat, self.wake.changed()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return None,
                    Err(_) => return Some(LiveEvent::Beat { n }),
                },
            }
        }
    }
}
