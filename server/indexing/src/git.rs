//! A git repository on this machine, read at a branch's head without a checkout. Nothing is ever written to it, none of
//! its configuration is obeyed, and no other program runs.
use crate::{
    skip,
    source::{Branch, History, Source, SourceFault, TreeFile, head_of},
};
use async_trait::async_trait;
use gix::{ObjectId, Repository, ThreadSafeRepository};
use std::path::{Component, Path, PathBuf};

mod history;

/// A repository below the folder that the operator allows.
pub struct LocalGit {
    repository: ThreadSafeRepository,
}

impl LocalGit {
    /// Opens the repository at a path below the allowed folder; both its own folder and where it keeps its objects have to
    /// lie inside, whatever links say.
    pub fn open(root: &Path, path: &str) -> Result<Self, SourceFault> {
        let root = root.canonicalize().map_err(|_| SourceFault::OutsideRoot)?;
        let inside = |path: &Path| match path.canonicalize() {
            Ok(real) if real.starts_with(&root) => Ok(real),
            Ok(_) => Err(SourceFault::OutsideRoot),
            Err(_) => Err(SourceFault::NotFound),
        };
        let folder = inside(&root.join(relative(path)?))?;
        // Before the repository is opened: its folder may be a link, or a file that names another one.
        let git = folder.join(".git");
        if git.exists() {
            inside(&git)?;
        }
        let repository = gix::open::Options::isolated().open(&folder).map_err(|_| SourceFault::NotFound)?;
        let local = repository.to_thread_local();
        for place in [local.git_dir().to_owned(), local.common_dir().to_owned(), local.common_dir().join("objects")] {
            inside(&place)?;
        }
        for alternate in local.objects.store_ref().alternate_db_paths().map_err(unreadable)? {
            inside(&alternate)?;
        }
        Ok(Self { repository })
    }

    /// Runs work on a thread that may wait for the disk.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(Repository) -> Result<T, SourceFault> + Send + 'static,
    ) -> Result<T, SourceFault> {
        let repository = self.repository.clone();
        tokio::task::spawn_blocking(move || {
            let mut local = repository.to_thread_local();
            local.object_cache_size_if_unset(16 * 1024 * 1024);
            work(local)
        })
        .await
        .map_err(unreadable)?
    }
}

/// A path that begins at the root and never climbs out of it.
fn relative(path: &str) -> Result<PathBuf, SourceFault> {
    let path = Path::new(path.trim_start_matches('/'));
    let plain = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if plain { Ok(path.to_owned()) } else { Err(SourceFault::OutsideRoot) }
}

fn unreadable(error: impl std::fmt::Display) -> SourceFault {
    SourceFault::Unreadable(error.to_string())
}

fn id(hex: &str) -> Result<ObjectId, SourceFault> {
    ObjectId::from_hex(hex.as_bytes()).map_err(|_| SourceFault::Unreadable(format!("{hex} is no object id")))
}

#[async_trait]
impl Source for LocalGit {
    async fn branches(&self) -> Result<Vec<Branch>, SourceFault> {
        self.read(|repository| branches(&repository)).await
    }

    async fn head(&self, branch: &str) -> Result<Option<String>, SourceFault> {
        head_of(&self.branches().await?, branch)
    }

    async fn tree(&self, commit: &str) -> Result<Vec<TreeFile>, SourceFault> {
        let commit = id(commit)?;
        self.read(move |repository| tree(&repository, commit)).await
    }

    async fn blobs(&self, ids: &[String]) -> Result<Vec<Result<Option<Vec<u8>>, SourceFault>>, SourceFault> {
        let ids = ids.to_vec();
        self.read(move |repository| Ok(ids.iter().map(|hex| blob(&repository, hex)).collect())).await
    }

    async fn commits(&self, head: &str, since: Option<&str>, most: usize) -> Result<History, SourceFault> {
        let (head, since) = (id(head)?, since.and_then(|since| id(since).ok()));
        self.read(move |repository| history::read(&repository, head, since, most)).await
    }
}

fn branches(repository: &Repository) -> Result<Vec<Branch>, SourceFault> {
    let references = repository.references().map_err(unreadable)?;
    let mut found = Vec::new();
    for reference in references.local_branches().map_err(unreadable)? {
        // A broken reference is no branch; the others still are.
        let Ok(mut reference) = reference else { continue };
        let name = reference.name().shorten().to_string();
        let Ok(head) = reference.peel_to_id() else { continue };
        found.push(Branch { name, head: head.to_string() });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Walks the folders that are not skipped. Links and submodules are no files.
fn tree(repository: &Repository, commit: ObjectId) -> Result<Vec<TreeFile>, SourceFault> {
    let root = repository.find_commit(commit).and_then(|commit| commit.tree_id().map(|id| id.detach())).map_err(unreadable)?;
    let mut found = Vec::new();
    let mut folders = vec![(String::new(), root)];
    while let Some((above, id)) = folders.pop() {
        let folder = repository.find_tree(id).map_err(unreadable)?;
        for entry in folder.iter() {
            let entry = entry.map_err(unreadable)?;
            // A name that is no text could not be shown, asked for or stored.
            let Ok(name) = std::str::from_utf8(entry.filename()) else { continue };
            let path = if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
            let mode = entry.mode();
            if mode.is_tree() && !skip::folder(name) {
                folders.push((path, entry.oid().to_owned()));
            } else if mode.is_blob() && !skip::file(name) {
                if found.len() == skip::MOST_FILES {
                    return Err(SourceFault::TooManyFiles { most: skip::MOST_FILES });
                }
                found.push(TreeFile { path, blob: entry.oid().to_string() });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn blob(repository: &Repository, hex: &str) -> Result<Option<Vec<u8>>, SourceFault> {
    let id = id(hex)?;
    if repository.find_header(id).map_err(unreadable)?.size() > skip::MOST_BYTES {
        return Ok(None);
    }
    Ok(Some(repository.find_blob(id).map_err(unreadable)?.take_data()))
}

/// The id git gives these bytes: SHA-1 of `blob`, their length, a zero byte and themselves.
pub fn blob_id(bytes: &[u8]) -> Result<String, SourceFault> {
    gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, bytes).map(|id| id.to_string()).map_err(unreadable)
}
