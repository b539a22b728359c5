//! The kernel: what every area stands on. It owns errors, access, the tenant transaction, live events, jobs,
//! mail, files, secrets and outbound calls, and knows nothing of any area's tables beyond schema `core`'s plumbing.

pub mod access;
pub mod fault;
pub mod live_event;
pub mod providers;
pub mod record;
pub mod secrets;

#[cfg(feature = "ssr")]
pub mod app;
#[cfg(feature = "ssr")]
pub mod audit;
#[cfg(feature = "ssr")]
pub mod clock;
#[cfg(feature = "ssr")]
pub mod config;
#[cfg(feature = "ssr")]
pub mod cron;
#[cfg(feature = "ssr")]
#[expect(clippy::disallowed_methods, reason = "a transaction begins with the settings of its tenant")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod files;
#[cfg(feature = "ssr")]
pub mod idempotency;
#[cfg(feature = "ssr")]
pub mod ids;
#[cfg(feature = "ssr")]
pub mod jobs;
#[cfg(feature = "ssr")]
pub mod keys;
#[cfg(feature = "ssr")]
pub mod limits;
#[cfg(feature = "ssr")]
pub mod live;
#[cfg(feature = "ssr")]
pub mod mail;
#[cfg(feature = "ssr")]
#[expect(clippy::disallowed_methods, reason = "passwords of roles take no parameters")]
pub mod migrate;
#[cfg(feature = "ssr")]
pub mod outbound;
#[cfg(feature = "ssr")]
pub mod outbox;
#[cfg(feature = "ssr")]
pub mod postgres;
#[cfg(feature = "ssr")]
#[expect(clippy::disallowed_methods, reason = "the one place of dynamic SQL: identifiers from descriptors, values bound")]
pub mod records;
#[cfg(feature = "ssr")]
pub mod request;
#[cfg(feature = "ssr")]
pub mod telemetry;
#[cfg(feature = "testing")]
#[expect(clippy::disallowed_methods, reason = "names of test databases take no parameters")]
pub mod testing;

pub use access::Perm;
pub use fault::{Code, Fault};
