//! External parts, each with a built-in that does real work offline: who does it now, and whether it answers.
use serde::{Deserialize, Serialize};

/// How an external part is doing, as `doctor` and the health page show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// Of what kind: `mail`, `files`, `identity.github`.
    pub part: String,
    /// Who does it: "Built-in", "SMTP smtp.example.org:587".
    pub label: String,
    /// False: the built-in works.
    pub configured: bool,
    pub ok: bool,
    /// What it answered, or what is wrong.
    pub message: String,
    pub duration_ms: u64,
}

#[cfg(feature = "ssr")]
mod builtin;
#[cfg(feature = "ssr")]
mod registry;

#[cfg(feature = "ssr")]
pub use registry::{BUILT_IN, Provider, Providers, Service};
