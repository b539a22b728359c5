//! Where a project's news and issues go: Slack, GitHub, GitLab, Jira, and the built-in parts that need none of them.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

#[cfg(feature = "ssr")]
pub(crate) mod answers;
#[cfg(feature = "ssr")]
mod github;
#[cfg(feature = "ssr")]
mod gitlab;
#[cfg(feature = "ssr")]
mod jira;
pub mod outbox;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
mod slack;
#[cfg(feature = "ssr")]
mod tracker;
#[cfg(feature = "ssr")]
pub(crate) use self::{
    service::open,
    slack::register,
    tracker::{Draft, connection, create, find},
};
#[cfg(feature = "ssr")]
pub use service::{list, remove, save, test, tracker};

/// What can be connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum IntegrationType {
    Slack,
    GithubIssues,
    Jira,
}

impl IntegrationType {
    pub const ALL: [Self; 3] = [Self::Slack, Self::GithubIssues, Self::Jira];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::GithubIssues => "github_issues",
            Self::Jira => "jira",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Slack => "Slack",
            Self::GithubIssues => "GitHub or GitLab issues",
            Self::Jira => "Jira",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == text)
    }
}

/// Where issues are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tracker {
    /// A work item of the project.
    #[default]
    Builtin,
    Github,
    Gitlab,
    Jira,
}

impl Tracker {
    pub const ALL: [Self; 4] = [Self::Builtin, Self::Github, Self::Gitlab, Self::Jira];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Jira => "jira",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Builtin => "Built-in tracker",
            Self::Github => "GitHub",
            Self::Gitlab => "GitLab",
            Self::Jira => "Jira",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == text)
    }
}

/// What is known of a connection besides its secret. Each kind reads its own fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IntegrationConfig {
    /// `github` or `gitlab`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// `owner/name`, or a GitLab project's path.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub repository: String,
    /// Of a GitHub or GitLab of one's own; empty: the public one. Of Jira: its address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub base_url: String,
    /// The installation of the organization's GitHub App that makes issues, instead of a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installation: Option<Uuid>,
    /// A label that every issue gets.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub project_key: String,
    /// Kinds of messages that are not wanted in Slack.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub muted: Vec<String>,
    /// How the secret ends.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// The form of a connection. An empty secret keeps the one that is stored.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IntegrationInput {
    pub enabled: bool,
    pub provider: String,
    pub repository: String,
    pub base_url: String,
    pub installation: Option<Uuid>,
    pub label: String,
    pub email: String,
    pub project_key: String,
    pub muted: Vec<String>,
    pub secret: String,
}

impl fmt::Debug for IntegrationInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntegrationInput").field("enabled", &self.enabled).field("repository", &self.repository).finish_non_exhaustive()
    }
}

/// A connection as it is shown: never with its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    pub id: Uuid,
    #[serde(rename = "type")]
    pub kind: IntegrationType,
    pub enabled: bool,
    pub config: IntegrationConfig,
    /// "••••1234".
    pub secret: String,
    pub tested_at: Option<DateTime<Utc>>,
    pub last_error: Option<String>,
    pub updated_at: DateTime<Utc>,
}

/// What the other side said to a test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntegrationTest {
    pub ok: bool,
    pub message: String,
}
