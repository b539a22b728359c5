//! GitLab, at gitlab.com or elsewhere.
use super::{AT_ONCE, Address, Api, MOST_LOOKED_AT, Miss, count, encode, text, time};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use indexing::{
    Source, SourceFault, TreeFile, skip,
    source::{Branch, Commit, History, head_of},
};
use kernel::app::App;
use serde_json::Value;

const PART: &str = "GitLab";

/// A repository at GitLab.
pub struct Gitlab {
    api: Api,
    /// The address of the repository in the API.
    repo: String,
}

impl Gitlab {
    pub fn new(app: &App, address: &Address, token: &str) -> Self {
        let headers = if token.is_empty() { Vec::new() } else { vec![("private-token", token.to_owned())] };
        let repo = format!("{}/projects/{}/repository", address.api, encode(&address.path));
        Self { api: Api { app: app.clone(), part: PART, headers }, repo }
    }

    async fn list(&self, rest: String, most: usize) -> Result<Vec<Value>, SourceFault> {
        self.api.list(format!("{}{rest}", self.repo), most).await.map_err(|miss| miss.fault(PART))
    }

    async fn commit(&self, listed: &Value, look: bool) -> Result<Commit, SourceFault> {
        let sha = text(&listed["id"]);
        let files = if look { self.list(format!("/commits/{sha}/diff?per_page=100"), 10_000).await?.len() } else { 0 };
        Ok(Commit {
            message: text(&listed["message"]),
            author: text(&listed["author_name"]),
            author_email: text(&listed["author_email"]),
            time: time(&listed["committed_date"]),
            files_changed: files.try_into().unwrap_or(u32::MAX),
            additions: count(&listed["stats"]["additions"]),
            deletions: count(&listed["stats"]["deletions"]),
            sha,
        })
    }
}

#[async_trait]
impl Source for Gitlab {
    async fn branches(&self) -> Result<Vec<Branch>, SourceFault> {
        let list = self.list("/branches?per_page=100".to_owned(), 1_000).await?;
        Ok(list.iter().map(|b| Branch { name: text(&b["name"]), head: text(&b["commit"]["id"]) }).collect())
    }

    async fn head(&self, branch: &str) -> Result<Option<String>, SourceFault> {
        match self.api.get(&format!("{}/branches/{}", self.repo, encode(branch))).await {
            Ok(got) => Ok(got.json["commit"]["id"].as_str().map(str::to_owned)),
            Err(Miss::Absent | Miss::Empty) => head_of(&self.branches().await?, branch),
            Err(Miss::Fault(fault)) => Err(fault),
        }
    }

    async fn tree(&self, commit: &str) -> Result<Vec<TreeFile>, SourceFault> {
        let rest = format!("/tree?ref={}&recursive=true&per_page=100&pagination=keyset", encode(commit));
        let entries = self.list(rest, 10 * skip::MOST_FILES).await?;
        let wanted = |entry: &Value| entry["type"] == "blob" && entry["mode"] != "120000";
        let mut files: Vec<TreeFile> = entries
            .into_iter()
            .filter(wanted)
            .map(|entry| TreeFile { path: text(&entry["path"]), blob: text(&entry["id"]) })
            .filter(|file| !skip::path(&file.path))
            .collect();
        if files.len() > skip::MOST_FILES {
            return Err(SourceFault::TooManyFiles { most: skip::MOST_FILES });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    async fn blobs(&self, ids: &[String]) -> Result<Vec<Result<Option<Vec<u8>>, SourceFault>>, SourceFault> {
        self.api.blobs(ids.iter().map(|id| format!("{}/blobs/{}", self.repo, encode(id))).collect()).await
    }

    async fn commits(&self, head: &str, since: Option<&str>, most: usize) -> Result<History, SourceFault> {
        let mut range = encode(head);
        let mut rewritten = false;
        if let Some(since) = since {
            let base = format!("{}/merge_base?refs[]={}&refs[]={}", self.repo, encode(since), encode(head));
            match self.api.get(&base).await {
                Ok(got) if got.json["id"] == since => range = encode(&format!("{since}..{head}")),
                Ok(_) | Err(Miss::Absent) => rewritten = true,
                Err(miss) => return Err(miss.fault(PART)),
            }
        }
        let listed = self.list(format!("/commits?ref_name={range}&with_stats=true&per_page=100"), most).await?;
        let commits = stream::iter(listed.into_iter().enumerate())
            .map(async |(n, one)| self.commit(&one, n < MOST_LOOKED_AT).await)
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(History { commits, rewritten })
    }
}
