//! Who runs which kind of job, and who hears which outbox topic.
use super::{JobCtx, give_up};
use crate::{db::TenantTx, fault::Fault, outbox::OutboxEvent};
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

/// How jobs of one kind run.
#[derive(Clone, Copy, Debug)]
pub struct JobOptions {
    /// A run that takes longer has failed.
    pub timeout: Duration,
    /// For jobs queued without a number of their own.
    pub max_attempts: i32,
    /// The most that run at once, in all processes together; `None`: no limit.
    pub concurrency: Option<u32>,
    /// The wait before the second attempt, doubled before each further one; `None`: the queue's own, from ten seconds on.
    pub backoff: Option<Duration>,
}

impl Default for JobOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(60), max_attempts: 5, concurrency: None, backoff: None }
    }
}

impl JobOptions {
    /// The usual options with a timeout in seconds.
    pub fn timeout(seconds: u64) -> Self {
        Self { timeout: Duration::from_secs(seconds), ..Self::default() }
    }
}

type Run = Arc<dyn Fn(JobCtx, Value) -> BoxFuture<'static, Result<(), Fault>> + Send + Sync>;
pub(crate) type Subscriber = Arc<dyn for<'a> Fn(&'a mut TenantTx, &'a OutboxEvent) -> BoxFuture<'a, Result<(), Fault>> + Send + Sync>;

/// The handler of one kind.
#[derive(Clone)]
pub(super) struct Handler {
    pub options: JobOptions,
    pub run: Run,
}

/// The handlers of every area, by kind, and the subscribers of outbox events, by topic. Filled once at start.
#[derive(Default)]
pub struct JobRegistry {
    handlers: BTreeMap<&'static str, Handler>,
    subscribers: Vec<(&'static str, Subscriber)>,
}

impl JobRegistry {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the handler of a kind. A payload it cannot read ends the job at once.
    pub fn add<P, F, Fut>(&mut self, kind: &'static str, options: JobOptions, run: F) -> &mut Self
    where
        P: DeserializeOwned + Send + 'static,
        F: Fn(JobCtx, P) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        let run: Run = Arc::new(move |ctx, payload| match serde_json::from_value::<P>(payload) {
            Ok(payload) => Box::pin(run(ctx, payload)),
            Err(error) => Box::pin(async move { Err(give_up(format!("The payload was not understood: {error}"))) }),
        });
        let before = self.handlers.insert(kind, Handler { options, run });
        debug_assert!(before.is_none(), "two handlers for {kind}");
        self
    }

    /// Adds a subscriber of an outbox topic (`*`: every topic). It runs in a transaction of the event's organization
    /// that also marks the event dispatched: what it writes there happens exactly once. No network, no mail: enqueue.
    pub fn on<F>(&mut self, topic: &'static str, run: F) -> &mut Self
    where
        F: for<'a> Fn(&'a mut TenantTx, &'a OutboxEvent) -> BoxFuture<'a, Result<(), Fault>> + Send + Sync + 'static,
    {
        self.subscribers.push((topic, Arc::new(run)));
        self
    }

    /// The kinds this process can run.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.handlers.keys().copied()
    }

    pub(super) fn handler(&self, kind: &str) -> Option<&Handler> {
        self.handlers.get(kind)
    }

    pub(crate) fn subscribers(&self, topic: &str) -> impl Iterator<Item = &Subscriber> {
        self.subscribers.iter().filter(move |(wanted, _)| *wanted == "*" || *wanted == topic).map(|(_, run)| run)
    }

    /// The kinds as `core.job_claim` wants them.
    pub(super) fn limits(&self) -> Value {
        self.handlers
            .iter()
            .map(|(kind, Handler { options, .. })| {
                ((*kind).to_owned(), json!({ "most": options.concurrency, "attempts": options.max_attempts }))
            })
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

impl fmt::Debug for JobRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JobRegistry").field(&self.handlers.keys()).finish()
    }
}
