//! Repositories for tests, made without a git on the machine.
use gix::{
    ObjectId, Repository,
    actor::SignatureRef,
    objs::{
        Tree,
        tree::{Entry, EntryKind},
    },
    refs::transaction::PreviousValue,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A bare repository in a folder that goes with it. What is staged is what the next commit holds.
pub struct TestRepo {
    folder: TempDir,
    repository: Repository,
    files: BTreeMap<String, Vec<u8>>,
    time: i64,
}

impl TestRepo {
    /// An empty repository at `{root}/{name}`.
    #[expect(clippy::new_without_default, reason = "it writes to the disk")]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let repository = gix::init_bare(folder.path().join(Self::NAME)).expect("a new repository");
        Self { folder, repository, files: BTreeMap::new(), time: 1_790_000_000 }
    }

    /// The name of the repository's folder.
    pub const NAME: &str = "shop.git";

    /// The folder above the repository: what an operator would allow.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self) -> PathBuf {
        self.root().join(Self::NAME)
    }

    /// Puts or replaces a file.
    pub fn put(&mut self, path: &str, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.files.insert(path.to_owned(), bytes.as_ref().to_vec());
        self
    }

    pub fn remove(&mut self, path: &str) -> &mut Self {
        self.files.remove(path);
        self
    }

    /// Loses the bytes of a file that was committed, as a broken disk would.
    pub fn lose(&self, bytes: &[u8]) {
        let id = crate::git::blob_id(bytes).expect("an id");
        std::fs::remove_file(self.path().join("objects").join(&id[..2]).join(&id[2..])).expect("a loose object");
    }

    /// Commits what is staged on top of a branch, which begins where it is not there yet.
    pub fn commit(&mut self, branch: &str, message: &str) -> String {
        let parent = self
            .repository
            .find_reference(&format!("refs/heads/{branch}"))
            .ok()
            .map(|mut found| found.peel_to_id().expect("a head").detach());
        self.write(branch, message, parent)
    }

    /// Commits what is staged as the first commit of a branch that forgets what it had.
    pub fn rewrite(&mut self, branch: &str, message: &str) -> String {
        self.write(branch, message, None)
    }

    fn write(&mut self, branch: &str, message: &str, parent: Option<ObjectId>) -> String {
        let files: Vec<_> = self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
        let tree = self.folder_of(&files);
        self.time += 60;
        let time = format!("{} +0000", self.time);
        let ada = SignatureRef { name: "Ada Lovelace".into(), email: "ada@example.com".into(), time: &time };
        let id = self.repository.new_commit_as(ada, ada, message, tree, parent).expect("a commit").id;
        self.repository.reference(format!("refs/heads/{branch}"), id, PreviousValue::Any, message).expect("a branch");
        id.to_string()
    }

    fn folder_of(&self, files: &[(&str, &[u8])]) -> ObjectId {
        let mut entries = Vec::new();
        let mut folders: BTreeMap<&str, Vec<(&str, &[u8])>> = BTreeMap::new();
        for (path, bytes) in files {
            match path.split_once('/') {
                Some((folder, rest)) => folders.entry(folder).or_default().push((rest, bytes)),
                None => {
                    let oid = self.repository.write_blob(bytes).expect("a blob").detach();
                    entries.push(Entry { mode: EntryKind::Blob.into(), filename: (*path).into(), oid });
                }
            }
        }
        for (folder, files) in folders {
            entries.push(Entry { mode: EntryKind::Tree.into(), filename: folder.into(), oid: self.folder_of(&files) });
        }
        entries.sort();
        self.repository.write_object(Tree { entries }).expect("a tree").detach()
    }
}
