//! The Validator: what users say, categorised, scored, and passed on.
use crate::{activities::Activity, features::FeatureRef, integrations::Tracker};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod change;
#[cfg(feature = "ssr")]
mod handover;
#[cfg(feature = "ssr")]
mod intake;
#[cfg(feature = "ssr")]
mod issues;
#[cfg(feature = "ssr")]
mod merge;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod score;
#[cfg(feature = "ssr")]
mod stats;
#[cfg(feature = "ssr")]
pub(crate) mod store;
pub mod triage;
#[cfg(feature = "ssr")]
pub use self::{
    change::{link_feature, unlink_feature, update},
    handover::create_work_order,
    intake::{MAX_BYTES, RATE, receive},
    issues::create_issue,
    merge::merge,
    page::{detail, page},
    stats::{priorities, stats},
};
#[cfg(feature = "ssr")]
pub(crate) use self::{issues::register as register_issues, score::register};

/// What was begun: an issue, or the job that makes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IssueBegun {
    pub tracker: Tracker,
    pub url: Option<String>,
    pub job: Option<Uuid>,
}

/// What an item is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum Category {
    Bug,
    FeatureRequest,
    Performance,
    Other,
}

impl Category {
    pub const ALL: [Self; 4] = [Self::Bug, Self::FeatureRequest, Self::Performance, Self::Other];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bug => "bug",
            Self::FeatureRequest => "feature_request",
            Self::Performance => "performance",
            Self::Other => "other",
        }
    }

    /// The category on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Bug => "Bug",
            Self::FeatureRequest => "Feature request",
            Self::Performance => "Performance",
            Self::Other => "Other",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == text)
    }
}

/// How far an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum FeedbackStatus {
    New,
    Triaged,
    InProgress,
    Resolved,
    Dismissed,
}

impl FeedbackStatus {
    pub const ALL: [Self; 5] = [Self::New, Self::Triaged, Self::InProgress, Self::Resolved, Self::Dismissed];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Triaged => "triaged",
            Self::InProgress => "in_progress",
            Self::Resolved => "resolved",
            Self::Dismissed => "dismissed",
        }
    }

    /// The status on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Triaged => "Triaged",
            Self::InProgress => "In progress",
            Self::Resolved => "Resolved",
            Self::Dismissed => "Dismissed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Is this one move of the machine (chapter 20, section 2.3)?
    pub const fn may_become(self, next: Self) -> bool {
        use FeedbackStatus::*;
        matches!(
            (self, next),
            (New, Triaged | Dismissed)
                | (Triaged, InProgress | Resolved | Dismissed)
                | (InProgress, Triaged | Resolved | Dismissed)
                | (Resolved, InProgress)
                | (Dismissed, Triaged)
        )
    }

    /// The moves that are open from here.
    pub fn moves(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |next| self.may_become(*next))
    }

    /// Does somebody still have to do something about it?
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Triaged | Self::InProgress)
    }
}

/// What an app sends. Names are camelCase; snake_case is understood too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FeedbackInput {
    pub title: Option<String>,
    pub description: String,
    pub category: Option<String>,
    #[serde(alias = "browser_info")]
    pub browser_info: Option<Value>,
    #[serde(alias = "device_info")]
    pub device_info: Option<Value>,
    #[serde(alias = "session_data")]
    pub session_data: Option<Value>,
    #[serde(alias = "external_user_id")]
    pub external_user_id: Option<String>,
    pub tags: Vec<String>,
    /// Key ("F-012") of the feature it is about, where the app knows.
    pub feature: Option<String>,
}

/// The answer to an app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    pub id: Uuid,
    pub status: FeedbackStatus,
    pub created_at: DateTime<Utc>,
}

/// What a score is made of (chapter 20, section 3 "Triage").
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub severity: f64,
    /// Similar items of the last 30 days.
    pub similar: i64,
    /// Different users among it and them.
    pub users: i64,
    pub alignment: f64,
}

/// One item of feedback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Feedback {
    pub id: Uuid,
    pub rev: String,
    pub project_id: Uuid,
    pub title: Option<String>,
    pub description: String,
    pub category: Option<Category>,
    /// 0 to 1.
    pub priority_score: Option<f32>,
    pub scored_by_person: bool,
    pub triage: Option<Facts>,
    pub status: FeedbackStatus,
    pub browser_info: Option<Value>,
    pub device_info: Option<Value>,
    pub session_data: Option<Value>,
    /// The name of the key it came with.
    pub source: Option<String>,
    pub external_user_id: Option<String>,
    pub issue_url: Option<String>,
    pub issue_id: Option<String>,
    pub issue_provider: Option<String>,
    pub tags: Vec<String>,
    pub merged_into: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Feedback {
    /// The title, or how the text begins.
    pub fn headline(&self) -> String {
        headline(self.title.as_deref(), &self.description)
    }
}

/// The title, or how the text begins.
pub fn headline(title: Option<&str>, description: &str) -> String {
    let title = title.unwrap_or_default().trim();
    if !title.is_empty() {
        return title.to_owned();
    }
    let line = description.lines().find(|l| !l.trim().is_empty()).unwrap_or_default().trim();
    match line.char_indices().nth(120) {
        Some((at, _)) => format!("{}…", line[..at].trim_end()),
        None => line.to_owned(),
    }
}

/// An item in the inbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedbackRow {
    pub id: Uuid,
    pub rev: String,
    pub headline: String,
    pub category: Option<Category>,
    pub priority_score: Option<f32>,
    pub status: FeedbackStatus,
    pub tags: Vec<String>,
    pub external_user_id: Option<String>,
    pub issue_url: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// Which items the inbox shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedbackQuery {
    /// A status, `all`, or nothing: the new ones.
    pub tab: String,
    /// Categories, separated by commas.
    pub category: String,
    pub q: String,
    pub tag: String,
    /// `priority`, else the newest first.
    pub sort: String,
    pub after: String,
}

impl FeedbackQuery {
    /// The names of the parts in an address.
    pub const PARTS: [&'static str; 6] = ["tab", "category", "q", "tag", "sort", "after"];

    /// Reads the parts with a function that knows the address.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let part = |name| get(name).unwrap_or_default();
        Self { tab: part("tab"), category: part("category"), q: part("q"), tag: part("tag"), sort: part("sort"), after: part("after") }
    }

    /// The parts that say something, in order.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let values = [&self.tab, &self.category, &self.q, &self.tag, &self.sort, &self.after];
        Self::PARTS.into_iter().zip(values).filter(|(_, v)| !v.is_empty()).map(|(k, v)| (k, v.as_str()))
    }

    /// Does anything but the tab narrow the list?
    pub fn narrows(&self) -> bool {
        [&self.category, &self.q, &self.tag].iter().any(|part| !part.is_empty())
    }
}

/// One page of the inbox, with the counts of its tabs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedbackPage {
    pub rows: Vec<FeedbackRow>,
    pub next: Option<String>,
    /// By status; under the other filters.
    pub counts: BTreeMap<String, i64>,
    /// Items of the project, whatever the filters.
    pub everything: i64,
    /// Tags in use, the most used first.
    pub tags: Vec<String>,
}

/// An item that says nearly the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Similar {
    pub id: Uuid,
    pub headline: String,
    pub status: FeedbackStatus,
    /// 0.6 to 1; from 0.85 on merging is offered.
    pub similarity: f64,
    pub created_at: DateTime<Utc>,
}

/// A work order made of an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MadeWorkOrder {
    pub id: Uuid,
    pub number: i32,
    pub title: String,
    pub status: String,
}

/// How the making of an issue goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IssueRun {
    pub job: Uuid,
    pub status: crate::job_runs::JobStatus,
    pub error: Option<String>,
}

/// An item with its surroundings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedbackDetail {
    pub item: Feedback,
    pub features: Vec<FeatureRef>,
    /// Features whose words are near, to be linked.
    pub proposed: Vec<FeatureRef>,
    pub work_orders: Vec<MadeWorkOrder>,
    pub similar: Vec<Similar>,
    pub merged: Vec<Similar>,
    pub issue_run: Option<IssueRun>,
    /// Where issues go: the words of the provider.
    pub tracker: String,
    pub history: Vec<Activity>,
}

/// Fields to change; those left out stay. An empty text takes the value away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FeedbackPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<FeedbackStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// Percent; -1 hands the score back to triage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score_percent: Option<i32>,
    /// Separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// A day of the curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedbackDay {
    pub day: NaiveDate,
    pub count: i64,
}

/// What came in a span of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedbackStats {
    pub total: i64,
    pub open: i64,
    /// At least 0.80 and open.
    pub critical: i64,
    pub average_score: Option<f64>,
    pub by_status: BTreeMap<String, i64>,
    pub by_category: BTreeMap<String, i64>,
    /// The ten most used.
    pub top_tags: Vec<(String, i64)>,
    pub daily: Vec<FeedbackDay>,
}

/// What users ask of a feature: the sum of the scores of its open feedback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeaturePull {
    pub feature: FeatureRef,
    pub score: f64,
    pub items: i64,
}
