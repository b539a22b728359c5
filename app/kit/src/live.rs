//! Live events in the browser: one event stream per tab, a counter per topic.
use leptos::prelude::*;
use std::collections::BTreeMap;

/// The state of the event stream, for the connection pill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// Not opened yet: on the server, before hydration, or without a topic.
    #[default]
    Idle,
    Live,
    /// Lost; tried again after 1, 2, 5, then every 10 seconds.
    Lost,
}

/// The tab's stream: how often each topic changed, and whether the stream stands.
/// The counters belong to the tab (`ArcRwSignal`), not to the page that asked first.
#[derive(Clone, Copy)]
pub struct Live {
    topics: StoredValue<BTreeMap<&'static str, ArcRwSignal<u64>>>,
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser opens the stream"))]
    wanted: RwSignal<String>,
    pub connection: RwSignal<Connection>,
}

/// Provides the tab's live stream; the shell calls it once.
pub fn provide_live() -> Live {
    let live = Live { topics: StoredValue::default(), wanted: RwSignal::new(String::new()), connection: RwSignal::new(Connection::Idle) };
    provide_context(live);
    #[cfg(feature = "hydrate")]
    browser::run(live);
    live
}

/// Counts changes of a topic such as `factory.features`: make it a source of a resource to refetch it.
/// The count also rises after a gap in the stream, since anything may have changed then.
pub fn use_live(topic: &'static str) -> Signal<u64> {
    match use_context::<Live>() {
        Some(live) => live.topic(topic).into(),
        None => Signal::stored(0),
    }
}

/// Whether the live stream stands.
pub fn use_connection() -> Signal<Connection> {
    match use_context::<Live>() {
        Some(live) => live.connection.into(),
        None => Signal::stored(Connection::Idle),
    }
}

impl Live {
    fn topic(self, topic: &'static str) -> RwSignal<u64> {
        let known = self.topics.with_value(|topics| topics.get(topic).cloned());
        let counter = known.unwrap_or_else(|| {
            let counter = ArcRwSignal::new(0);
            self.topics.update_value(|topics| {
                topics.insert(topic, counter.clone());
            });
            #[cfg(feature = "hydrate")]
            {
                let all = self.topics.with_value(|topics| topics.keys().copied().collect::<Vec<_>>().join(","));
                // After the present render: a new topic reopens the stream with it.
                leptos::task::spawn_local(async move { self.wanted.set(all) });
            }
            counter
        });
        counter.into()
    }

    #[cfg(feature = "hydrate")]
    fn bump(self, topic: Option<&str>) {
        let hit: Vec<_> = self
            .topics
            .with_value(|topics| topics.iter().filter(|(name, _)| topic.is_none_or(|t| t == **name)).map(|(_, c)| c.clone()).collect());
        for counter in hit {
            counter.update(|n| *n += 1);
        }
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::{Connection, Live};
    use crate::session::use_org_slug;
    use leptos::prelude::*;
    use std::{cell::RefCell, rc::Rc, time::Duration};
    use wasm_bindgen::{JsCast, closure::Closure};
    use web_sys::{EventSource, MessageEvent};

    const WAITS: [u64; 4] = [1, 2, 5, 10];

    /// One stream at a time; `generation` tells a late callback that its stream was replaced.
    #[derive(Default)]
    struct Stream {
        source: Option<EventSource>,
        generation: u64,
        failures: usize,
        last_id: Option<String>,
    }

    pub fn run(live: Live) {
        let stream = Rc::new(RefCell::new(Stream { last_id: rendered_at(), ..Stream::default() }));
        let slug = use_org_slug();
        Effect::new(move |before: Option<(String, String)>| {
            let now = (slug.get(), live.wanted.get());
            if before.as_ref() != Some(&now) {
                if before.is_some_and(|(org, _)| org != now.0) {
                    stream.borrow_mut().last_id = None;
                }
                stream.borrow_mut().failures = 0;
                open(live, &stream, now.clone());
            }
            now
        });
    }

    /// Where the stream stood when the server rendered this page: what changed since then is replayed.
    fn rendered_at() -> Option<String> {
        document().query_selector("meta[name='live-position']").ok()??.get_attribute("content")
    }

    fn open(live: Live, stream: &Rc<RefCell<Stream>>, (org, topics): (String, String)) {
        let generation = {
            let mut s = stream.borrow_mut();
            if let Some(old) = s.source.take() {
                old.close();
            }
            s.generation += 1;
            s.generation
        };
        if topics.is_empty() {
            live.connection.set(Connection::Idle);
            return;
        }
        let last = stream.borrow().last_id.as_ref().map(|id| format!("&last_event_id={id}")).unwrap_or_default();
        let Ok(source) = EventSource::new(&format!("/api/live?org={org}&topics={topics}{last}")) else { return };
        let current = {
            let stream = stream.clone();
            move || stream.borrow().generation == generation
        };

        let on_open = {
            let (stream, current) = (stream.clone(), current.clone());
            Closure::<dyn FnMut()>::new(move || {
                if current() {
                    stream.borrow_mut().failures = 0;
                    live.connection.set(Connection::Live);
                }
            })
        };
        let on_event = |topic_of: fn(&MessageEvent) -> Option<String>| {
            let (stream, current) = (stream.clone(), current.clone());
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if !current() {
                    return;
                }
                let id = event.last_event_id();
                if !id.is_empty() {
                    stream.borrow_mut().last_id = Some(id);
                }
                live.bump(topic_of(&event).as_deref());
            })
        };
        let on_change = on_event(topic);
        let on_reset = on_event(|_| None);
        let on_error = {
            let stream = stream.clone();
            Closure::<dyn FnMut()>::new(move || {
                if !current() {
                    return;
                }
                let wait = {
                    let mut s = stream.borrow_mut();
                    if let Some(source) = s.source.take() {
                        source.close();
                    }
                    s.failures += 1;
                    WAITS[(s.failures - 1).min(WAITS.len() - 1)]
                };
                live.connection.set(Connection::Lost);
                let (stream, next, current) = (stream.clone(), (org.clone(), topics.clone()), current.clone());
                set_timeout(
                    move || {
                        if current() {
                            open(live, &stream, next);
                        }
                    },
                    Duration::from_secs(wait),
                );
            })
        };
        source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let _ = source.add_event_listener_with_callback("change", on_change.as_ref().unchecked_ref());
        let _ = source.add_event_listener_with_callback("reset", on_reset.as_ref().unchecked_ref());
        // A handful per page visit: they live as long as their stream can still call them.
        on_open.forget();
        on_error.forget();
        on_change.forget();
        on_reset.forget();
        stream.borrow_mut().source = Some(source);
    }

    /// The topic of a `change` event: `{"topic": "factory.features", "ids": [..]}`.
    fn topic(event: &MessageEvent) -> Option<String> {
        let text = event.data().as_string()?;
        let value: serde_json::Value = crate::wire::read(text.as_bytes()).ok()?;
        Some(value.get("topic")?.as_str()?.to_owned())
    }
}
