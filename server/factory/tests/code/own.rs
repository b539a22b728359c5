//! This project's own sources, as a repository.
use crate::Shop;
use factory::code::{self, CodeQuery, IndexStatus};
use std::{fs, path::Path};

/// All files below a folder with their paths. The checkout may be an exported tree without git: the files decide.
fn gather(root: &Path, folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        if entry.file_type().unwrap().is_dir() {
            gather(root, &path, found);
        } else if entry.file_type().unwrap().is_file() {
            found.push((name, fs::read(path).unwrap()));
        }
    }
}

#[tokio::test]
async fn this_project_is_indexed_and_found_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut files = Vec::new();
    for folder in ["server", "migrations"] {
        gather(&root, &root.join(folder), &mut files);
    }
    let shop = Shop::indexed(|repo| {
        for (path, bytes) in &files {
            repo.put(path, bytes);
        }
    })
    .await;
    let connection = shop.connection().await;
    assert_eq!((connection.status, connection.error.as_deref()), (IndexStatus::Completed, None));
    assert!(connection.files > 300 && connection.chunks > 2_000, "{connection:?}");
    let mut tx = shop.tx().await;
    let mut first = async |q: &str| {
        let query = CodeQuery { q: q.into(), ..Default::default() };
        code::search(&mut tx, "shop", &query).await.unwrap().hits.into_iter().take(5).map(|hit| hit.path).collect::<Vec<_>>()
    };
    for (q, path) in [
        ("blob_id sha1 of bytes", "server/indexing/src/git.rs"),
        ("retry_after wait before the next attempt", "server/kernel/src/jobs/run.rs"),
        ("windows of lines overlap", "server/indexing/src/windows.rs"),
    ] {
        let found = first(q).await;
        assert!(found.iter().any(|hit| hit == path), "{q}: {found:?}");
    }
    let file = code::file(&mut shop.tx().await, "shop", "server/indexing/src/git.rs").await.unwrap();
    assert!(file.symbols.iter().any(|s| s.name == "LocalGit.open"));
    shop.reindex().await;
    assert_eq!(shop.drain().await.failed, []);
    assert_eq!(shop.report().await.processed, 0);
}
