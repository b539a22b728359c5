//! Secrets of people and organizations, sealed at rest. Plaintext never reaches a browser (chapter 10, section 3):
//! these are the types that do.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Whose secrets: one's own, or the organization's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Person,
    Organization,
}

/// A stored secret as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecretInfo {
    pub id: Uuid,
    pub rev: String,
    pub service_name: String,
    /// Its last four characters; empty when it is too short to tell them.
    pub last4: String,
    pub is_active: bool,
    /// False while the key that seals it is not in the key ring: "Key unavailable".
    pub available: bool,
    pub last_used_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Where a secret in use came from; the first that has one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Person,
    Organization,
    Environment,
}

#[cfg(feature = "ssr")]
mod rotate;
#[cfg(feature = "ssr")]
mod service;

#[cfg(feature = "ssr")]
pub use {
    rotate::{KeyReport, ROTATE, at_start, register},
    service::{Secret, delete, list, set, set_active, test, use_secret},
};
