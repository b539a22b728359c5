//! GitHub, and GitHub Enterprise.
use super::{AT_ONCE, Address, Api, Got, MOST_LOOKED_AT, Miss, count, encode, text, time};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use indexing::{
    Source, SourceFault, TreeFile, skip,
    source::{Branch, Commit, History, head_of},
};
use kernel::app::App;
use serde_json::Value;

const PART: &str = "GitHub";

/// A repository at GitHub.
pub struct Github {
    api: Api,
    /// The address of the repository in the API.
    repo: String,
}

impl Github {
    pub fn new(app: &App, address: &Address, token: &str) -> Self {
        let mut headers = vec![("x-github-api-version", "2022-11-28".to_owned())];
        if !token.is_empty() {
            headers.push(("authorization", format!("Bearer {token}")));
        }
        Self { api: Api { app: app.clone(), part: PART, headers }, repo: format!("{}/repos/{}", address.api, address.path) }
    }

    async fn get(&self, rest: &str) -> Result<Got, Miss> {
        self.api.get(&format!("{}{rest}", self.repo)).await
    }

    /// The entries of a tree; a folder that is too large for one answer is read folder by folder.
    async fn entries(&self, tree: &str) -> Result<Vec<(String, Value)>, SourceFault> {
        let mut found = Vec::new();
        let mut folders = vec![(String::new(), tree.to_owned(), true)];
        while let Some((above, tree, deep)) = folders.pop() {
            let query = if deep { "?recursive=1" } else { "" };
            let got = self.get(&format!("/git/trees/{tree}{query}")).await.map_err(|miss| miss.fault(PART))?;
            if deep && got.json["truncated"] == true {
                folders.push((above, tree, false));
                continue;
            }
            let Value::Array(entries) = got.json["tree"].clone() else {
                return Err(SourceFault::Unreadable("GitHub answered no tree.".to_owned()));
            };
            for entry in entries {
                let name = text(&entry["path"]);
                let path = if above.is_empty() { name } else { format!("{above}/{name}") };
                if !deep && entry["type"] == "tree" && !path.split('/').any(skip::folder) {
                    folders.push((path, text(&entry["sha"]), true));
                } else {
                    found.push((path, entry));
                }
            }
            if found.len() > 10 * skip::MOST_FILES {
                return Err(SourceFault::TooManyFiles { most: skip::MOST_FILES });
            }
        }
        Ok(found)
    }

    /// What a commit changed; only its own address says that.
    async fn commit(&self, listed: &Value, look: bool) -> Result<Commit, SourceFault> {
        let sha = text(&listed["sha"]);
        let whole = match look {
            true => self.get(&format!("/commits/{sha}?per_page=1")).await.map_err(|miss| miss.fault(PART))?.json,
            false => Value::Null,
        };
        let of = &listed["commit"];
        Ok(Commit {
            message: text(&of["message"]),
            author: text(&of["author"]["name"]),
            author_email: text(&of["author"]["email"]),
            time: time(&of["committer"]["date"]),
            files_changed: whole["files"].as_array().map_or(0, |files| files.len().try_into().unwrap_or(u32::MAX)),
            additions: count(&whole["stats"]["additions"]),
            deletions: count(&whole["stats"]["deletions"]),
            sha,
        })
    }
}

#[async_trait]
impl Source for Github {
    async fn branches(&self) -> Result<Vec<Branch>, SourceFault> {
        let list = self.api.list(format!("{}/branches?per_page=100", self.repo), 1_000).await.map_err(|miss| miss.fault(PART))?;
        Ok(list.iter().map(|b| Branch { name: text(&b["name"]), head: text(&b["commit"]["sha"]) }).collect())
    }

    async fn head(&self, branch: &str) -> Result<Option<String>, SourceFault> {
        match self.get(&format!("/branches/{}", encode(branch))).await {
            Ok(got) => Ok(got.json["commit"]["sha"].as_str().map(str::to_owned)),
            Err(Miss::Empty) => Ok(None),
            // Which branches there are tells a wrong branch from a wrong repository.
            Err(Miss::Absent) => head_of(&self.branches().await?, branch),
            Err(Miss::Fault(fault)) => Err(fault),
        }
    }

    async fn tree(&self, commit: &str) -> Result<Vec<TreeFile>, SourceFault> {
        let entries = self.entries(commit).await?;
        // A link is a blob of another mode.
        let wanted = |entry: &Value| entry["type"] == "blob" && entry["mode"] != "120000";
        let mut files: Vec<TreeFile> = entries
            .into_iter()
            .filter(|(path, entry)| wanted(entry) && !skip::path(path))
            .map(|(path, entry)| TreeFile { path, blob: text(&entry["sha"]) })
            .collect();
        if files.len() > skip::MOST_FILES {
            return Err(SourceFault::TooManyFiles { most: skip::MOST_FILES });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    async fn blobs(&self, ids: &[String]) -> Result<Vec<Result<Option<Vec<u8>>, SourceFault>>, SourceFault> {
        self.api.blobs(ids.iter().map(|id| format!("{}/git/blobs/{}", self.repo, encode(id))).collect()).await
    }

    async fn commits(&self, head: &str, since: Option<&str>, most: usize) -> Result<History, SourceFault> {
        let mut wanted = most;
        if let Some(since) = since {
            match self.get(&format!("/compare/{}...{}?per_page=1", encode(since), encode(head))).await {
                Ok(got) if got.json["status"] == "identical" => return Ok(History::default()),
                Ok(got) if got.json["status"] == "ahead" => wanted = most.min(count(&got.json["ahead_by"]) as usize),
                Ok(_) | Err(Miss::Absent) => return self.history(head, most, true).await,
                Err(miss) => return Err(miss.fault(PART)),
            }
        }
        self.history(head, wanted, false).await
    }
}

impl Github {
    async fn history(&self, head: &str, most: usize, rewritten: bool) -> Result<History, SourceFault> {
        let url = format!("{}/commits?sha={}&per_page=100", self.repo, encode(head));
        let listed = self.api.list(url, most).await.map_err(|miss| miss.fault(PART))?;
        let commits = stream::iter(listed.into_iter().enumerate())
            .map(async |(n, one)| self.commit(&one, n < MOST_LOOKED_AT).await)
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(History { commits, rewritten })
    }
}
