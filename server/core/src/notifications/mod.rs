//! Notices to people: in the bell, by mail at once, or in a digest, as each person chose (chapter 10, section 2.2).
use chrono::{DateTime, Utc};
use kernel::record::PageRequest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod digest;
#[cfg(feature = "ssr")]
mod send;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub use digest::send_due;
#[cfg(feature = "ssr")]
pub use send::{notify, notify_role};
#[cfg(feature = "ssr")]
pub use service::{list, mark_all_read, mark_read, snooze, unread};

mod timing;
pub use timing::NoticeTimes;

/// The kinds of notices people set their preferences for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeType {
    System,
    FeatureUpdate,
    ApprovalRequest,
    ApprovalResolved,
    TestResult,
    Milestone,
    Error,
    Warning,
    Info,
}

impl NoticeType {
    pub const ALL: [NoticeType; 9] = {
        use NoticeType::*;
        [System, FeatureUpdate, ApprovalRequest, ApprovalResolved, TestResult, Milestone, Error, Warning, Info]
    };

    pub const fn as_str(self) -> &'static str {
        use NoticeType::*;
        match self {
            System => "system",
            FeatureUpdate => "feature_update",
            ApprovalRequest => "approval_request",
            ApprovalResolved => "approval_resolved",
            TestResult => "test_result",
            Milestone => "milestone",
            Error => "error",
            Warning => "warning",
            Info => "info",
        }
    }

    /// The words of the preferences grid.
    pub const fn words(self) -> &'static str {
        use NoticeType::*;
        match self {
            System => "Account and organization",
            FeatureUpdate => "Features and work orders",
            ApprovalRequest => "Approvals asked of you",
            ApprovalResolved => "Approvals you asked for",
            TestResult => "Test results",
            Milestone => "Milestones",
            Error => "Errors",
            Warning => "Warnings",
            Info => "Other news",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How often notices of a kind arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    Instant,
    Hourly,
    Daily,
    Weekly,
    Never,
}

impl Frequency {
    pub const ALL: [Frequency; 5] = [Frequency::Instant, Frequency::Hourly, Frequency::Daily, Frequency::Weekly, Frequency::Never];

    pub const fn as_str(self) -> &'static str {
        match self {
            Frequency::Instant => "instant",
            Frequency::Hourly => "hourly",
            Frequency::Daily => "daily",
            Frequency::Weekly => "weekly",
            Frequency::Never => "never",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|frequency| frequency.as_str() == text)
    }
}

/// One row of the preferences grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePreference {
    pub kind: NoticeType,
    pub email: bool,
    pub in_app: bool,
    pub frequency: Frequency,
}

impl NoticePreference {
    /// What holds until the person chooses: both ways at once, less for what is frequent.
    pub const fn default_of(kind: NoticeType) -> Self {
        let (email, frequency) = match kind {
            NoticeType::TestResult => (false, Frequency::Instant),
            NoticeType::Warning => (false, Frequency::Hourly),
            NoticeType::Info => (false, Frequency::Daily),
            _ => (true, Frequency::Instant),
        };
        Self { kind, email, in_app: true, frequency }
    }
}

/// One notice in the bell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    pub id: Uuid,
    pub kind: NoticeType,
    /// What it is about, prefixed by its area: `core.joined`.
    pub topic: String,
    pub title: String,
    pub body: Option<String>,
    pub org_slug: Option<String>,
    /// Where opening it leads: a path of this installation.
    pub href: Option<String>,
    pub read_at: Option<DateTime<Utc>>,
    pub snoozed_until: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// Which notices the list shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NoticeQuery {
    /// Only those not read yet.
    pub unread: bool,
    pub page: PageRequest,
}

/// For how long a notice goes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Snooze {
    Hour,
    Day,
}

/// A notice to be sent to one person. It belongs to the organization of the transaction, if any.
#[derive(Clone, Debug, PartialEq)]
pub struct NewNotice {
    pub user_id: Uuid,
    pub kind: NoticeType,
    /// What it is about, prefixed by its area: `factory.work_order_assigned`.
    pub topic: &'static str,
    pub title: String,
    pub body: Option<String>,
    pub entity_type: Option<&'static str>,
    pub entity_id: Option<Uuid>,
    pub project_id: Option<Uuid>,
    /// A path inside the organization (`/settings/members`), or of the installation where there is no organization.
    pub href: Option<String>,
    /// A second notice with this key is not sent to the same person.
    pub dedupe_key: Option<String>,
}

impl NewNotice {
    pub fn new(user_id: Uuid, kind: NoticeType, topic: &'static str, title: String) -> Self {
        Self { user_id, kind, topic, title, body: None, entity_type: None, entity_id: None, project_id: None, href: None, dedupe_key: None }
    }
}
