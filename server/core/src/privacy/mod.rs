//! Privacy: consents, the export of one's data, the deletion of one's account, and the log of all three
//! (chapter 10, section 3, "Deletion" and "Export").
use crate::organizations::OrgListed;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod consents;
#[cfg(feature = "ssr")]
mod deletion;
#[cfg(feature = "ssr")]
mod erase;
#[cfg(feature = "ssr")]
mod export;
#[cfg(feature = "ssr")]
mod package;
#[cfg(feature = "ssr")]
mod tables;

#[cfg(feature = "ssr")]
pub use {
    consents::{log, set_consents, settings},
    deletion::{cancel_deletion, confirm_deletion, deletion, deletion_preview, request_deletion},
    erase::{DELETE, run_deletion, sweep},
    export::{EXPORT, download_export, exports, request_export},
    package::run_export,
};

/// What a person agreed to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrivacySettings {
    /// Empty while nothing was chosen yet.
    pub rev: String,
    pub data_processing_consent: bool,
    pub marketing_consent: bool,
    pub analytics_consent: bool,
    pub third_party_consent: bool,
    pub data_retention_days: i32,
}

/// The consents as their form sends them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, garde::Validate)]
#[serde(default)]
pub struct ConsentEdit {
    #[garde(skip)]
    pub rev: String,
    #[garde(skip)]
    pub data_processing_consent: bool,
    #[garde(skip)]
    pub marketing_consent: bool,
    #[garde(skip)]
    pub analytics_consent: bool,
    #[garde(skip)]
    pub third_party_consent: bool,
    #[garde(custom(retention))]
    pub data_retention_days: i32,
}

fn retention(days: &i32, _: &()) -> garde::Result {
    match days {
        30..=3650 => Ok(()),
        _ => Err(garde::Error::new("Choose 30 to 3650 days.")),
    }
}

/// One line of the privacy log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrivacyEvent {
    pub id: Uuid,
    pub event_type: String,
    pub details: Value,
    pub ip_address: Option<String>,
    pub timestamp: DateTime<Utc>,
}

/// Where a request of export or deletion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum RequestStatus {
    Pending,
    Processing,
    Completed,
    Failed,
    Cancelled,
}

/// One export of somebody's data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportRequest {
    pub id: Uuid,
    pub status: RequestStatus,
    pub requested_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub sha256: Option<String>,
    pub error: Option<String>,
    /// Ready, and its seven days are not over.
    pub downloadable: bool,
}

/// The deletion of an account, from the wish to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeletionRequest {
    pub id: Uuid,
    pub status: RequestStatus,
    pub requested_at: DateTime<Utc>,
    /// When the mailed code was given; until then nothing happens.
    pub confirmed_at: Option<DateTime<Utc>>,
    pub execute_after: Option<DateTime<Utc>>,
    pub error: Option<String>,
}

/// What a deletion would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeletionPreview {
    pub email: String,
    /// Kinds of rows that go, and how many.
    pub goes: Vec<(String, i64)>,
    /// Kinds of rows that stay without a name.
    pub stays: Vec<(String, i64)>,
    /// Organizations with no other member: they go too, after a tick.
    pub organizations: Vec<OrgListed>,
    /// Organizations with other members and no other owner: they need one first.
    pub blocked_by: Vec<OrgListed>,
}

/// The wish to delete one's account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeletionAsk {
    /// Typed, to be sure.
    pub email: String,
    /// The tick: organizations with no other member go too.
    pub with_organizations: bool,
}

/// The mailed code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeletionConfirm {
    pub code: String,
}
