//! The file store on a bucket, against a local server that speaks enough S3, its errors included.
#[path = "support/http.rs"]
mod http_double;

use futures::TryStreamExt;
use http_double::{Double, answer};
use kernel::{
    Code,
    config::{self, Hidden, S3, Store},
    files::{FileRef, Files},
};

const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

fn bucket(double: &Double, prefix: &str) -> Files {
    Files::open(&config::Files {
        store: Store::S3(S3 {
            bucket: "uploads".into(),
            region: "eu-central-1".into(),
            endpoint: Some(double.url("/").parse().unwrap()),
            access_key: Some("AKIATEST".into()),
            secret_key: Some(Hidden::new("secret")),
            prefix: prefix.into(),
        }),
    })
    .unwrap()
}

fn missing() -> String {
    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
}

/// The head of a stored object, and its body for a GET.
fn object(length: usize, body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nLast-Modified: Tue, 01 Dec 2026 09:30:00 GMT\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn stored() -> String {
    answer("200 OK", &["ETag: \"e\""], "")
}

/// The request line of each call.
fn calls(double: &Double) -> Vec<String> {
    let line = |request: String| request.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    double.requests().into_iter().map(line).collect()
}

#[tokio::test]
async fn bytes_are_put_once_and_signed() {
    let double = Double::answering([missing(), stored(), object(5, ""), object(5, "hello")]).await;
    let files = bucket(&double, "/tenant/");
    assert_eq!(files.place(), "bucket uploads");
    let hello = FileRef { sha256: HELLO.into(), size: 5 };
    assert_eq!(files.put("hello").await.unwrap(), hello);
    assert_eq!(files.put("hello").await.unwrap(), hello);
    assert_eq!(files.get(HELLO).await.unwrap(), "hello");
    let place = format!("/uploads/tenant/2c/f2/{HELLO}");
    assert_eq!(calls(&double), [format!("HEAD {place}"), format!("PUT {place}"), format!("HEAD {place}"), format!("GET {place}")]);
    let put = &double.requests()[1];
    assert!(put.contains("authorization: AWS4-HMAC-SHA256 Credential=AKIATEST/") && put.ends_with("hello"), "{put}");
    assert!(!put.contains("secret"));
}

#[tokio::test]
async fn the_list_leaves_out_unfinished_uploads() {
    let entry = |key: &str, size: u64| {
        format!(
            "<Contents><Key>{key}</Key><LastModified>2026-12-01T09:30:00.000Z</LastModified><ETag>e</ETag><Size>{size}</Size></Contents>"
        )
    };
    let body = format!(
        "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>{}{}</ListBucketResult>",
        entry(&format!("2c/f2/{HELLO}"), 5),
        entry("unfinished/0123", 9)
    );
    let double = Double::answering([answer("200 OK", &["Content-Type: application/xml"], &body)]).await;
    let listed: Vec<FileRef> = bucket(&double, "").list().try_collect().await.unwrap();
    assert_eq!(listed, [FileRef { sha256: HELLO.into(), size: 5 }]);
}

#[tokio::test]
async fn a_busy_bucket_is_tried_again_and_a_refusal_is_said() {
    let busy = answer("503 Slow Down", &[], "");
    let double = Double::answering([busy, object(5, "hello")]).await;
    assert_eq!(bucket(&double, "").get(HELLO).await.unwrap(), "hello");
    assert_eq!(double.requests().len(), 2);

    let refusal = "<Error><Code>AccessDenied</Code><Message>AKIATEST may not</Message></Error>";
    let double = Double::answering([answer("403 Forbidden", &[], refusal)]).await;
    let files = bucket(&double, "");
    for fault in [files.get(HELLO).await.unwrap_err(), files.check().await.unwrap_err()] {
        assert_eq!(fault.code, Code::Unavailable);
        assert!(!fault.message.contains("AKIATEST"));
    }
    let double = Double::answering([missing()]).await;
    let files = bucket(&double, "");
    assert_eq!(files.get(HELLO).await.unwrap_err().code, Code::NotFound);
    files.check().await.unwrap();
}
