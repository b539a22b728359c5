//! What one process holds: the database, the clock, keys, files, mail, the live hub. Cheap to clone.
use crate::{clock::Clock, config::Config, db::Db, files::Files, keys::KeyRing, live::LiveHub, outbound::Outbound, providers::Providers};
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard},
};

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
pub struct App(Arc<Inner>);

struct Inner {
    parts: Parts,
    shared: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner { parts, shared: Mutex::default() }))
    }

    /// Keeps something of an area for the life of the process, in place of what was kept before.
    pub fn share<T: Any + Send + Sync>(&self, value: T) {
        self.kept().insert(TypeId::of::<T>(), Arc::new(value));
    }

    /// What an area keeps in this process, if it does.
    pub fn shared<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let kept = self.kept().get(&TypeId::of::<T>()).cloned()?;
        kept.downcast().ok()
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<TypeId, Arc<dyn Any + Send + Sync>>> {
        self.0.shared.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}
