//! The content-addressed file store on a folder.
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use kernel::{
    Code,
    files::{self, Files},
};
use std::{convert::Infallible, path::PathBuf};
use tempfile::TempDir;

fn store() -> (Files, TempDir) {
    let folder = TempDir::new().unwrap();
    (Files::folder(&folder.path().join("files")).unwrap(), folder)
}

/// Every file below the folder, relative to it.
fn on_disk(folder: &TempDir) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let root = folder.path().join("files");
    let mut folders = vec![root.clone()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { folders.push(entry) } else { found.push(entry.strip_prefix(&root).unwrap().to_owned()) }
        }
    }
    found
}

fn chunks(chunk: &'static [u8], count: usize) -> impl stream::Stream<Item = Result<Bytes, Infallible>> + Send {
    stream::iter(std::iter::repeat_n(Ok(Bytes::from_static(chunk)), count))
}

#[tokio::test]
async fn the_same_bytes_are_stored_once_under_their_hash() {
    let (files, folder) = store();
    let hello = files.put("hello").await.unwrap();
    assert_eq!(hello.sha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert_eq!(hello.size, 5);
    assert_eq!(files.put("hello").await.unwrap(), hello);
    let name = format!("2c/f2/{}", hello.sha256);
    assert_eq!(on_disk(&folder), [PathBuf::from(name)]);
    assert_eq!(files.get(&hello.sha256).await.unwrap(), "hello");
    assert!(files.exists(&hello.sha256).await.unwrap());
    files.delete(&hello.sha256).await.unwrap();
    files.delete(&hello.sha256).await.unwrap();
    assert!(!files.exists(&hello.sha256).await.unwrap());
    assert_eq!(files.get(&hello.sha256).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn a_name_that_is_no_hash_reaches_no_file() {
    let (files, _folder) = store();
    let upper = "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824";
    for name in ["", "../../etc/passwd", "abc", upper, &"ä".repeat(32)] {
        assert_eq!(files.get(name).await.unwrap_err().code, Code::NotFound, "{name}");
    }
}

#[tokio::test]
async fn a_large_stream_is_stored_in_parts_and_read_back() {
    static CHUNK: [u8; 1 << 20] = [7; 1 << 20];
    let (files, folder) = store();
    let small = files.put_stream(chunks(b"ab", 3), 100).await.unwrap();
    assert_eq!((files.get(&small.sha256).await.unwrap(), small.size), (Bytes::from("ababab"), 6));
    let large = files.put_stream(chunks(&CHUNK, 20), 1 << 30).await.unwrap();
    assert_eq!(large.size, 20 << 20);
    let (size, body) = files.read(&large.sha256).await.unwrap();
    let read: usize = body.map_ok(|chunk| chunk.len()).try_fold(0, |sum, n| async move { Ok(sum + n) }).await.unwrap();
    assert_eq!((size, read), (large.size, 20 << 20));
    // The same again: nothing more on disk, and no unfinished upload.
    assert_eq!(files.put_stream(chunks(&CHUNK, 20), 1 << 30).await.unwrap(), large);
    assert_eq!(files.put(vec![7; 20 << 20]).await.unwrap(), large);
    assert_eq!(on_disk(&folder).len(), 2);
    let mut listed: Vec<_> = files.list().map(Result::unwrap).collect().await;
    listed.sort_by_key(|file| file.size);
    assert_eq!(listed, [small, large]);
}

#[tokio::test]
async fn an_upload_past_the_limit_or_broken_off_leaves_nothing() {
    static CHUNK: [u8; 1 << 20] = [7; 1 << 20];
    let (files, folder) = store();
    assert_eq!(files.put_stream(chunks(b"abc", 4), 10).await.unwrap_err().code, Code::TooLarge);
    assert_eq!(files.put_stream(chunks(&CHUNK, 20), 15 << 20).await.unwrap_err().code, Code::TooLarge);
    let broken = stream::iter((0..12).map(|n| if n < 11 { Ok(Bytes::from_static(&CHUNK)) } else { Err("connection reset") }));
    let fault = files.put_stream(broken, 1 << 30).await.unwrap_err();
    assert_eq!((fault.code, fault.message.as_str()), (Code::BadRequest, "The upload broke off: connection reset"));
    assert_eq!(on_disk(&folder), Vec::<PathBuf>::new());
    assert_eq!(files.list().count().await, 0);
}

#[tokio::test]
async fn a_damaged_file_is_noticed() {
    let (files, folder) = store();
    let file = files.put("precious").await.unwrap();
    let path = folder.path().join("files").join(&on_disk(&folder)[0]);
    std::fs::write(path, "changed!").unwrap();
    assert_eq!(files.get(&file.sha256).await.unwrap_err().message, "This file is damaged.");
}

#[tokio::test]
async fn uploads_that_never_finished_are_dropped_after_a_day() {
    let (files, folder) = store();
    let unfinished = folder.path().join("files/unfinished");
    std::fs::create_dir_all(&unfinished).unwrap();
    std::fs::write(unfinished.join("one"), "half").unwrap();
    let now = chrono::Utc::now();
    assert_eq!(files.drop_unfinished(now).await.unwrap(), 0);
    assert_eq!(files.drop_unfinished(now + chrono::Duration::hours(25)).await.unwrap(), 1);
    assert_eq!(files.list().count().await, 0);
    files.check().await.unwrap();
}

#[tokio::test]
async fn a_download_link_holds_for_its_file_and_name_until_it_expires() {
    let now = chrono::Utc::now();
    let until = now + chrono::Duration::days(7);
    let hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let link = files::link(b"pepper", hash, "my export.zip", until);
    assert!(link.starts_with(&format!("/files/{hash}?name=my+export.zip&until={}&sig=", until.timestamp())));
    let sig = link.rsplit_once("sig=").unwrap().1;
    let check =
        |key: &[u8], hash: &str, name: &str, until: i64, now| files::check_link(key, hash, name, until, sig, now).map_err(|f| f.code);
    let stamp = until.timestamp();
    assert_eq!(check(b"pepper", hash, "my export.zip", stamp, now), Ok(()));
    assert_eq!(check(b"pepper", hash, "my export.zip", stamp, until), Err(Code::Gone));
    assert_eq!(check(b"pepper", hash, "other.zip", stamp, now), Err(Code::NotFound));
    assert_eq!(check(b"pepper", hash, "my export.zip", stamp + 1, now), Err(Code::NotFound));
    assert_eq!(check(b"pepper", &hash.replace('2', "3"), "my export.zip", stamp, now), Err(Code::NotFound));
    assert_eq!(check(b"other", hash, "my export.zip", stamp, now), Err(Code::NotFound));
}
