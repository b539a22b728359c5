use crate::support::*;
use kernel::{access::Role, config::Hidden};
use reqwest::Method;

#[tokio::test]
async fn a10_without_postgres_answers_are_503_and_name_the_part() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let cleo = site.member(&acme, Role::Member).await;
    assert_eq!(cleo.get("/readyz").await.text, "ready");
    site.app.db.close().await;
    assert_eq!(cleo.get("/healthz").await.status, 200);
    let answer = cleo.get("/readyz").await;
    assert_eq!(answer.refusal(), (503, "unavailable"));
    assert!(answer.text.contains("database"), "{}", answer.text);
    let answer = cleo.get("/api/auth/session").await;
    assert_eq!(answer.refusal(), (503, "unavailable"));
    assert_eq!(answer.cookie(), None, "an outage signs nobody out");
    let path = format!("/api/organizations/{}", acme.id);
    assert_eq!(site.key(&format!("okey_AbCd1234_{}", "a".repeat(43))).get(&path).await.status, 503);
}

#[tokio::test]
async fn a10_readyz_names_a_file_store_that_is_gone() {
    let site = Site::new().await;
    assert_eq!(site.visitor().get("/readyz").await.status, 200);
    let dir = match &site.app.config.files.store {
        kernel::config::Store::Folder(dir) => dir.clone(),
        kernel::config::Store::S3(_) => panic!("tests keep files in a folder"),
    };
    std::fs::remove_dir_all(&dir).unwrap();
    // A file where the folder was: it cannot be made again.
    std::fs::write(&dir, "").unwrap();
    let answer = site.visitor().get("/readyz").await;
    assert_eq!(answer.refusal(), (503, "unavailable"));
    assert!(answer.text.contains("file store"), "{}", answer.text);
    std::fs::remove_file(&dir).unwrap();
}

#[tokio::test]
async fn metrics_count_by_route_and_are_for_this_machine_or_the_secret() {
    kernel::telemetry::count().unwrap();
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let cleo = site.member(&acme, Role::Member).await;
    for _ in 0..2 {
        cleo.get(&format!("/api/organizations/{}", acme.id)).await;
    }
    cleo.get("/wp-login.php").await;
    let text = site.visitor().get("/metrics").await.text;
    let line = r#"millrace_http_requests_total{method="GET",route="/api/organizations/{org}",status="200"}"#;
    assert!(text.contains(line), "{text}");
    assert!(text.contains("millrace_http_request_duration_seconds_bucket"), "{text}");
    assert!(!text.contains(&acme.id.to_string()) && !text.contains("wp-login"), "ids and typed addresses make no series");
    // From elsewhere, through a proxy nobody told us of.
    let outside = site.visitor().request(Method::GET, "/metrics").header("x-forwarded-for", "203.0.113.9");
    assert_eq!(Answer::of(outside).await.refusal(), (403, "forbidden"));

    let site = Site::with(|config| config.http.metrics_secret = Some(Hidden::new("scrape me"))).await;
    assert_eq!(site.visitor().get("/metrics").await.refusal(), (401, "unauthenticated"));
    assert_eq!(site.key("wrong").get("/metrics").await.refusal(), (401, "unauthenticated"));
    assert_eq!(site.key("scrape me").get("/metrics").await.status, 200);
}
