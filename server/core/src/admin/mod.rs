//! The pages of the platform admin: people, organizations, mail, health. They see metadata across organizations, never
//! the contents of one (role `app_admin`), and each change is audited.
use chrono::{DateTime, Utc};
use kernel::record::PageRequest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod identity;
#[cfg(feature = "ssr")]
mod mail_view;
#[cfg(feature = "ssr")]
mod orgs;
#[cfg(feature = "ssr")]
mod people;
#[cfg(feature = "ssr")]
mod tx;
#[cfg(feature = "ssr")]
pub use {
    identity::{provider_create, provider_delete, provider_test, provider_update, providers},
    mail_view::{health, mail, mailbox},
    orgs::{org_revoke_keys, org_suspend, org_unsuspend, orgs},
    people::{user_end_sessions, user_set_platform_admin, user_unlock, users},
    tx::AdminTx,
};

/// How an external part is doing.
pub use kernel::providers::Health as HealthPart;

/// What an admin list asks for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdminQuery {
    pub search: String,
    pub page: PageRequest,
}

/// One person of the installation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdminUser {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    pub is_platform_admin: bool,
    pub has_mfa: bool,
    pub organizations: i64,
    pub last_login_at: Option<DateTime<Utc>>,
    pub locked_until: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
}

/// One organization of the installation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdminOrg {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub plan: String,
    pub members: i64,
    pub suspended_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
}

/// One mail of the queue or the built-in mailbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MailRow {
    pub id: Uuid,
    pub to_email: String,
    pub subject: String,
    pub template: String,
    pub status: String,
    /// `builtin`: not sent outside this machine.
    pub provider: String,
    pub attempts: i32,
    pub last_error: Option<String>,
    pub sent_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// A mail as it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MailView {
    pub row: MailRow,
    pub text: String,
    /// For a frame without scripts and without an origin of its own.
    pub html: String,
}
