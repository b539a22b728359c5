//! The registry of external parts and of services that secrets belong to.
use super::{Health, builtin};
use crate::{app::App, fault::Fault};
use async_trait::async_trait;
use futures::future::join_all;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};

/// The label of every built-in, wherever its output shows.
pub const BUILT_IN: &str = "Built-in";

/// Longest time a part may take to answer its check.
const PATIENCE: Duration = Duration::from_secs(10);

/// One external part.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Of what kind: `mail`, `files`.
    fn part(&self) -> &'static str;

    /// The external service that is set up, in words; `None`: the built-in works.
    fn external(&self, app: &App) -> Option<String>;

    /// Asks the part (built-in or not) whether it works; answers a sentence for people.
    async fn check(&self, app: &App) -> Result<String, Fault>;
}

/// A service that secrets belong to, and the way to try one.
#[async_trait]
pub trait Service: Send + Sync {
    /// The `service_name` of its secrets.
    fn name(&self) -> &'static str;

    /// The service in words, for the list to choose from.
    fn label(&self) -> &'static str;

    /// Tries a secret; answers what the service said.
    async fn check(&self, app: &App, secret: &str) -> Result<String, Fault>;
}

/// The parts and services of this installation, in the order they are listed.
#[derive(Clone)]
pub struct Providers {
    parts: Vec<Arc<dyn Provider>>,
    services: Vec<Arc<dyn Service>>,
}

/// The parts of the kernel: database, files, mail, sign-in with GitHub and Google. Areas add theirs.
impl Default for Providers {
    fn default() -> Self {
        Self { parts: builtin::parts(), services: Vec::new() }
    }
}

impl Providers {
    /// Adds a part; an earlier one of the same kind gives way.
    pub fn with(mut self, part: impl Provider + 'static) -> Self {
        self.parts.retain(|known| known.part() != part.part());
        self.parts.push(Arc::new(part));
        self
    }

    /// Adds a service that secrets belong to.
    pub fn with_service(mut self, service: impl Service + 'static) -> Self {
        self.services.retain(|known| known.name() != service.name());
        self.services.push(Arc::new(service));
        self
    }

    pub fn parts(&self) -> impl Iterator<Item = &dyn Provider> {
        self.parts.iter().map(AsRef::as_ref)
    }

    pub fn services(&self) -> impl Iterator<Item = &dyn Service> {
        self.services.iter().map(AsRef::as_ref)
    }

    pub fn service(&self, name: &str) -> Option<&dyn Service> {
        self.services().find(|service| service.name() == name)
    }

    /// Who does this part now: the external service, or "Built-in".
    pub fn label(&self, app: &App, part: &str) -> String {
        self.parts().find(|known| known.part() == part).and_then(|known| known.external(app)).unwrap_or_else(|| BUILT_IN.to_owned())
    }

    /// Asks all parts at once.
    pub async fn check(&self, app: &App) -> Vec<Health> {
        join_all(self.parts().map(|part| health(app, part))).await
    }
}

async fn health(app: &App, part: &dyn Provider) -> Health {
    let started = Instant::now();
    let (ok, message) = match timeout(PATIENCE, part.check(app)).await {
        Ok(Ok(message)) => (true, message),
        Ok(Err(fault)) => (false, fault.message),
        Err(_) => (false, format!("No answer within {} s.", PATIENCE.as_secs())),
    };
    let external = part.external(app);
    Health {
        part: part.part().to_owned(),
        configured: external.is_some(),
        label: external.unwrap_or_else(|| BUILT_IN.to_owned()),
        ok,
        message,
        duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    }
}
