//! Where code comes from. A local repository is read by `git::LocalGit`; providers over HTTP do the same.
use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// A branch and the commit it stands at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    pub name: String,
    pub head: String,
}

/// A file of a tree that the index wants (`skip` has had its say).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    pub path: String,
    /// The id git gave the bytes: equal ids, equal files.
    pub blob: String,
}

/// One commit and what it changed against its first parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub sha: String,
    pub message: String,
    pub author: String,
    pub author_email: String,
    pub time: DateTime<Utc>,
    pub files_changed: u32,
    pub additions: u32,
    pub deletions: u32,
}

/// The commits that lead to a head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Newest first.
    pub commits: Vec<Commit>,
    /// The commit asked from is no ancestor of the head any more, or is gone.
    pub rewritten: bool,
}

/// Why a repository could not be read. The words are for the people who connected it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceFault {
    #[error("Local repositories have to lie inside of the folder the operator allows.")]
    OutsideRoot,
    #[error("There is no git repository at this place.")]
    NotFound,
    #[error("The repository has no branch {name}.")]
    NoBranch { name: String, branches: Vec<String> },
    #[error("The repository has more than {most} files to index.")]
    TooManyFiles { most: usize },
    /// Nothing changes until somebody does something: no access, no such repository.
    #[error("{0}")]
    Refused(String),
    /// The other side wants fewer calls.
    #[error("{part} asks to wait before the next call.")]
    Busy { part: &'static str, seconds: u64 },
    #[error("The repository could not be read: {0}")]
    Unreadable(String),
}

impl SourceFault {
    /// Is there hope that the next try succeeds?
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unreadable(_) | Self::Busy { .. })
    }
}

/// A repository of any provider.
#[async_trait]
pub trait Source: Send + Sync {
    /// All branches, by name.
    async fn branches(&self) -> Result<Vec<Branch>, SourceFault>;

    /// The commit a branch stands at; `None` for a repository without commits. A branch that is not there is a fault
    /// that lists those which are.
    async fn head(&self, branch: &str) -> Result<Option<String>, SourceFault>;

    /// The files of a commit that are worth indexing.
    async fn tree(&self, commit: &str) -> Result<Vec<TreeFile>, SourceFault>;

    /// The bytes of blobs, in the order asked for; of those above `skip::MOST_BYTES` nothing but `None`.
    async fn blobs(&self, ids: &[String]) -> Result<Vec<Result<Option<Vec<u8>>, SourceFault>>, SourceFault>;

    /// At most so many commits of a head, newest first, without those that `since` already had.
    async fn commits(&self, head: &str, since: Option<&str>, most: usize) -> Result<History, SourceFault>;
}

/// The head among branches: `None` where there are none at all.
pub fn head_of(branches: &[Branch], name: &str) -> Result<Option<String>, SourceFault> {
    match branches.iter().find(|branch| branch.name == name) {
        Some(branch) => Ok(Some(branch.head.clone())),
        None if branches.is_empty() => Ok(None),
        None => Err(SourceFault::NoBranch { name: name.to_owned(), branches: branches.iter().map(|branch| branch.name.clone()).collect() }),
    }
}
