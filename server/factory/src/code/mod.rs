//! The code of a project: its repository, the index of its files, search in them, and its commits (chapter 20, "Code
//! index" and "Search"). A project has one connection; `index` keeps it at the head of its branch.
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod commits;
#[cfg(feature = "ssr")]
mod connect;
#[cfg(feature = "ssr")]
mod files;
pub mod github_app;
#[cfg(any(feature = "ssr", test))]
mod glob;
#[cfg(feature = "ssr")]
mod index;
#[cfg(feature = "ssr")]
mod poll;
#[cfg(feature = "ssr")]
mod related;
#[cfg(feature = "ssr")]
mod remote;
#[cfg(feature = "ssr")]
mod search;
#[cfg(feature = "ssr")]
mod source;
#[cfg(feature = "ssr")]
pub mod webhook;

#[cfg(feature = "ssr")]
pub use commits::{commit_count, commits, of_work_order as commits_of_work_order};
#[cfg(feature = "ssr")]
pub use connect::{connect, connection, disconnect, reindex, renew_webhook};
#[cfg(feature = "ssr")]
pub use files::{file, folder, references};
#[cfg(feature = "ssr")]
pub use index::{INDEX, Payload, register};
#[cfg(feature = "ssr")]
pub use poll::POLL;
#[cfg(feature = "ssr")]
pub use related::related;
#[cfg(feature = "ssr")]
pub use search::search;
#[cfg(feature = "ssr")]
pub(crate) use search::{nearest, vector, words};

/// Who keeps a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum RepoProvider {
    /// A folder on the machine of the installation.
    #[default]
    Local,
    Github,
    Gitlab,
    Bitbucket,
}

impl RepoProvider {
    /// The provider on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Local => "Local git",
            Self::Github => "GitHub",
            Self::Gitlab => "GitLab",
            Self::Bitbucket => "Bitbucket",
        }
    }
}

/// How far the index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum IndexStatus {
    Pending,
    Indexing,
    Completed,
    Failed,
}

impl IndexStatus {
    /// The status on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Pending => "Waiting",
            Self::Indexing => "Indexing",
            Self::Completed => "Up to date",
            Self::Failed => "Failed",
        }
    }
}

/// The repository of a project and the state of its index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    pub id: Uuid,
    pub provider: RepoProvider,
    /// A path below the allowed folder, or an address.
    pub location: String,
    /// The last part of it.
    pub name: String,
    pub branch: String,
    pub status: IndexStatus,
    /// Percent of the run that works.
    pub progress: i16,
    /// Why the last run failed; the index before it is still there.
    pub error: Option<String>,
    pub files: i32,
    pub chunks: i32,
    pub indexed_commit: Option<String>,
    pub indexed_at: Option<DateTime<Utc>>,
    /// The model whose vectors search compares.
    pub model: String,
    /// The vectors are still those of another model; search goes by words until they are made anew.
    pub embedding_stale: bool,
    /// The end of the token that opens the repository.
    pub token: Option<String>,
    /// The account whose installation of the GitHub App opens it, and which that is.
    pub account: Option<(Uuid, String)>,
    /// What GitHub reported last.
    pub webhook: Option<Delivery>,
}

/// A webhook that arrived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    pub event: String,
    pub outcome: String,
    pub at: DateTime<Utc>,
}

/// Where GitHub sends its webhooks, and what it signs them with. The secret is shown this once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookSetup {
    pub address: String,
    pub secret: String,
}

/// Which repository and branch to index.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
pub struct ConnectInput {
    #[garde(skip)]
    pub provider: RepoProvider,
    #[garde(length(chars, min = 1, max = 500))]
    pub location: String,
    /// `main` when empty.
    #[garde(length(chars, max = 255))]
    pub branch: String,
    /// Opens what is not public; empty keeps the one that is stored.
    #[garde(length(chars, max = 500))]
    pub token: String,
    /// The installation of the organization's GitHub App that opens it, instead of a token.
    #[garde(skip)]
    pub installation: Option<Uuid>,
}

/// What a run of the index did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexReport {
    /// In the index now.
    pub files: i64,
    pub chunks: i64,
    /// New or changed, and read.
    pub processed: usize,
    /// Of these, binary or too large.
    pub skipped: usize,
    /// Of these, unreadable: what was indexed of them before is kept.
    pub failed: usize,
    pub removed: usize,
    pub commits: usize,
}

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FolderEntry {
    pub name: String,
    pub path: String,
    /// Files below a folder; `None` for a file.
    pub files: Option<i64>,
    pub language: Option<String>,
}

/// A definition in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Symbol {
    /// `function`, `class`, ..
    pub kind: String,
    pub name: String,
    pub start_line: usize,
    pub end_line: usize,
}

/// A file as it is indexed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CodeFile {
    pub id: Uuid,
    pub path: String,
    pub language: Option<String>,
    pub hash: String,
    pub text: String,
    pub symbols: Vec<Symbol>,
    /// Of each line, how many bytes are painted how (`indexing::paint::Paint`); none where the language has no grammar.
    pub paint: Vec<Vec<(u32, u8)>>,
    /// The repository could not be read: the text is what the index has of it.
    pub from_index: bool,
}

/// A line on which a name stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reference {
    pub path: String,
    pub line: i32,
    pub text: String,
}

/// A commit of the repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitRow {
    pub id: Uuid,
    pub sha: String,
    pub message: String,
    pub author: String,
    pub at: DateTime<Utc>,
    pub files_changed: i32,
    pub additions: i32,
    pub deletions: i32,
    pub branch: Option<String>,
    /// The work orders and features its message names.
    pub work_order_ids: Vec<Uuid>,
    pub feature_ids: Vec<Uuid>,
}

/// A question about code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CodeQuery {
    pub q: String,
    /// `src/**/*.rs`; a pattern without a slash means files of any folder.
    pub glob: String,
    pub language: String,
    /// A name, or the last part of one.
    pub symbol: String,
    /// 10 unless asked for, at most 50.
    pub limit: Option<u32>,
}

/// A chunk that answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CodeHit {
    pub file_id: Uuid,
    pub path: String,
    pub language: Option<String>,
    pub kind: String,
    pub name: Option<String>,
    pub start_line: i32,
    pub end_line: i32,
    pub content: String,
    pub lexical: f32,
    pub cosine: f32,
    pub score: f32,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CodeHits {
    pub hits: Vec<CodeHit>,
    pub model: String,
    /// The vectors are those of another model: found by words alone.
    pub words_only: bool,
}

/// What related code is wanted for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelatedTo {
    /// A file of the index, by its path.
    File(String),
    Document(Uuid),
    WorkOrder(Uuid),
    Feature(Uuid),
}
