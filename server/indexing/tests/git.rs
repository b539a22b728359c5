//! Reading real repositories.
use indexing::{
    Source, SourceFault,
    git::{LocalGit, blob_id},
    testing::TestRepo,
};
use std::{fs, os::unix::fs::symlink, path::Path};

fn open(repo: &TestRepo) -> LocalGit {
    LocalGit::open(repo.root(), TestRepo::NAME).unwrap()
}

#[test]
fn a_file_hash_is_the_id_git_gives_the_bytes() {
    assert_eq!(blob_id(b"hello\n").unwrap(), "ce013625030ba8dba906f756967f9e9ca394464a");
}

#[tokio::test]
async fn a_branch_is_read_without_a_checkout() {
    let mut repo = TestRepo::new();
    repo.put("hello.txt", "hello\n").put("src/deep/main.rs", "fn main() {}\n").put("node_modules/x/index.js", "x").put("Cargo.lock", "x");
    let head = repo.commit("main", "First");
    repo.put("other.txt", "other");
    repo.commit("develop", "Other");
    let git = open(&repo);
    let names: Vec<_> = git.branches().await.unwrap().into_iter().map(|branch| branch.name).collect();
    assert_eq!(names, ["develop", "main"]);
    assert_eq!(git.head("main").await.unwrap(), Some(head.clone()));
    let files = git.tree(&head).await.unwrap();
    assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["hello.txt", "src/deep/main.rs"]);
    assert_eq!(files[0].blob, "ce013625030ba8dba906f756967f9e9ca394464a");
    let missing = "0123456789012345678901234567890123456789".to_owned();
    let blobs = git.blobs(&[files[1].blob.clone(), missing]).await.unwrap();
    assert_eq!(blobs[0], Ok(Some(b"fn main() {}\n".to_vec())));
    assert!(blobs[1].is_err());
}

#[tokio::test]
async fn a_missing_branch_is_told_with_those_there_are_and_an_empty_repository_has_no_head() {
    let mut repo = TestRepo::new();
    assert_eq!(open(&repo).head("main").await.unwrap(), None);
    repo.put("a", "a").commit("trunk", "First");
    let fault = open(&repo).head("main").await.unwrap_err();
    assert_eq!(fault, SourceFault::NoBranch { name: "main".into(), branches: vec!["trunk".into()] });
}

#[tokio::test]
async fn a_file_above_one_mebibyte_has_no_bytes() {
    let mut repo = TestRepo::new();
    repo.put("big", vec![b'x'; 1024 * 1024 + 1]).put("fits", vec![b'x'; 1024 * 1024]);
    let head = repo.commit("main", "Big");
    let git = open(&repo);
    let ids: Vec<_> = git.tree(&head).await.unwrap().into_iter().map(|file| file.blob).collect();
    let blobs = git.blobs(&ids).await.unwrap();
    assert_eq!(blobs[0], Ok(None));
    assert_eq!(blobs[1].as_ref().unwrap().as_ref().unwrap().len(), 1024 * 1024);
}

#[tokio::test]
async fn commits_come_newest_first_with_what_they_changed() {
    let mut repo = TestRepo::new();
    let first = repo.put("a.txt", "1\n2\n3\n").put("picture.png", b"\x89PNG\0\0").commit("main", "First\n\nWith a body");
    let second = repo.put("a.txt", "1\ntwo\n3\n4\n").put("b/c.txt", "new\n").commit("main", "Second");
    let moved = repo.remove("b/c.txt").put("d.txt", "new\n").commit("main", "Moved");
    let git = open(&repo);
    let all = git.commits(&moved, None, 100).await.unwrap();
    let counted: Vec<_> = all.commits.iter().map(|c| (c.sha.as_str(), c.files_changed, c.additions, c.deletions)).collect();
    assert_eq!(counted, [(moved.as_str(), 1, 0, 0), (second.as_str(), 2, 3, 1), (first.as_str(), 2, 3, 0)]);
    assert_eq!(all.commits[2].message, "First\n\nWith a body");
    assert_eq!((all.commits[0].author.as_str(), all.commits[0].author_email.as_str()), ("Ada Lovelace", "ada@example.com"));
    assert!(all.commits[0].time > all.commits[1].time);

    let since = git.commits(&moved, Some(&first), 100).await.unwrap();
    assert_eq!((since.commits.len(), since.rewritten), (2, false));
    assert_eq!(git.commits(&moved, Some(&moved), 100).await.unwrap().commits, []);
    assert_eq!(git.commits(&moved, None, 1).await.unwrap().commits.len(), 1);
}

#[tokio::test]
async fn a_rewritten_history_is_noticed() {
    let mut repo = TestRepo::new();
    let before = repo.put("a.txt", "1\n").commit("main", "First");
    let after = repo.put("a.txt", "2\n").rewrite("main", "Again");
    let git = open(&repo);
    let history = git.commits(&after, Some(&before), 100).await.unwrap();
    assert!(history.rewritten);
    assert_eq!(history.commits.len(), 1);
    // The old head may be gone for good.
    assert!(git.commits(&after, Some("0123456789012345678901234567890123456789"), 100).await.unwrap().rewritten);
}

#[tokio::test]
async fn no_path_and_no_link_leads_outside_of_the_allowed_folder() {
    let mut repo = TestRepo::new();
    repo.put("a", "a").commit("main", "First");
    let allowed = tempfile::tempdir().unwrap();
    let fault = |path: &str| LocalGit::open(allowed.path(), path).err();
    let outside = repo.path();
    let outside = outside.to_str().unwrap();

    assert_eq!(fault("../shop.git"), Some(SourceFault::OutsideRoot));
    assert_eq!(fault(&format!("x/../../..{outside}")), Some(SourceFault::OutsideRoot));
    // A path from the root of the machine is one below the allowed folder.
    assert_eq!(fault(outside), Some(SourceFault::NotFound));
    assert_eq!(fault("nothing"), Some(SourceFault::NotFound));
    symlink(repo.path(), allowed.path().join("link")).unwrap();
    assert_eq!(fault("link"), Some(SourceFault::OutsideRoot));

    // A folder whose .git is a link or a file that names another place.
    let inside = |name: &str| {
        let folder = allowed.path().join(name);
        fs::create_dir(&folder).unwrap();
        folder
    };
    symlink(repo.path(), inside("linked").join(".git")).unwrap();
    assert_eq!(fault("linked"), Some(SourceFault::OutsideRoot));
    fs::write(inside("named").join(".git"), format!("gitdir: {outside}\n")).unwrap();
    assert_eq!(fault("named"), Some(SourceFault::OutsideRoot));

    // A repository that borrows objects from elsewhere.
    let copied = inside("copied");
    copy(&repo.path(), &copied);
    assert_eq!(fault("copied"), None);
    fs::write(copied.join("objects/info/alternates"), format!("{outside}/objects\n")).unwrap();
    assert_eq!(fault("copied"), Some(SourceFault::OutsideRoot));
    fs::remove_file(copied.join("objects/info/alternates")).unwrap();
    fs::rename(copied.join("objects"), copied.join("own")).unwrap();
    symlink(repo.path().join("objects"), copied.join("objects")).unwrap();
    assert_eq!(fault("copied"), Some(SourceFault::OutsideRoot));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() { copy(&entry.path(), &to) } else { fs::copy(entry.path(), to).map(|_| ()).unwrap() }
    }
}
