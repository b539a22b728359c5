//! What one process holds: the database, the clock, keys, files, mail, the live hub. Cheap to clone.
use crate::{clock::Clock, config::Config, db::Db, files::Files, keys::KeyRing, live::LiveHub, outbound::Outbound, providers::Providers};
use std::{ops::Deref, sync::Arc};

/// The parts of a process, shared by web and workers.
pub struct Parts {
    pub config: Config,
    pub db: Db,
    pub clock: Clock,
    /// Seals secrets (XChaCha20-Poly1305).
    pub keys: KeyRing,
    /// Key of the HMACs under which API keys and recovery codes are stored.
    pub pepper: Vec<u8>,
    pub files: Files,
    /// The only client for calls to other hosts.
    pub outbound: Outbound,
    pub live: LiveHub,
    /// External parts and their built-ins, for `doctor` and the health page.
    pub providers: Providers,
}

/// A handle on the parts of this process.
#[derive(Clone)]
pub struct App(Arc<Parts>);

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
