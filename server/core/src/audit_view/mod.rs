//! The audit log as people read it: filtered lists, CSV, and the check of the chain (chapter 10, sections 2.2 and 10).
use chrono::{DateTime, Utc};
use kernel::record::PageRequest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod csv;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub use {
    csv::{export_all_csv, export_csv},
    service::{all, list, verify, verify_all},
};

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditRow {
    pub id: i64,
    pub actor_type: String,
    pub actor_id: Option<Uuid>,
    /// The name of the person or key, where the viewer may know it.
    pub actor: Option<String>,
    pub action: String,
    pub target_type: Option<String>,
    pub target_id: Option<String>,
    pub result: String,
    pub severity: String,
    pub metadata: Value,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub request_id: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Shown on the platform's page.
    pub organization: Option<String>,
}

/// The results and severities a filter offers.
pub const RESULTS: &[&str] = &["success", "failure"];
pub const SEVERITIES: &[&str] = &["info", "warning", "critical"];

/// Which lines are shown; empty texts filter nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    pub actor: Option<Uuid>,
    /// An action or its beginning: `member.` finds `member.invite`.
    pub action: String,
    pub result: String,
    pub severity: String,
    pub from: Option<DateTime<Utc>>,
    /// Up to this moment, without it.
    pub to: Option<DateTime<Utc>>,
    pub page: PageRequest,
}

/// Whether the log is as it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainReport {
    pub checked: i64,
    pub ok: bool,
    /// The number of the first line that was changed, removed or put in.
    pub first_bad: Option<i64>,
    pub message: String,
}
