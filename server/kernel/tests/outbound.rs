//! Calls to other hosts, against local servers that misbehave.
#[path = "support/http.rs"]
mod http_double;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_double::{Double, answer};
use kernel::{
    Code, config,
    outbound::{Bounds, Outbound, expect_success},
};
use std::time::{Duration, Instant};

fn outbound(allow: &[&str]) -> Outbound {
    Outbound::new(&config::Outbound {
        timeout: Duration::from_secs(30),
        connect_timeout: Duration::from_secs(5),
        retries: 3,
        allow_private: allow.iter().map(|&entry| entry.to_owned()).collect(),
    })
    .unwrap()
}

fn allowing(double: &Double) -> Outbound {
    outbound(&[&double.address.to_string()])
}

fn get(url: impl AsRef<str>) -> Request<Bytes> {
    Request::get(url.as_ref()).body(Bytes::new()).unwrap()
}

fn post(url: impl AsRef<str>) -> Request<Bytes> {
    Request::post(url.as_ref()).body(Bytes::from_static(b"body")).unwrap()
}

#[tokio::test]
async fn private_addresses_are_refused_before_anything_is_sent() {
    let double = Double::answering([answer("200 OK", &[], "")]).await;
    let guarded = outbound(&[]);
    let port = double.address.port();
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://2130706433:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
    ] {
        let fault = guarded.send("test", get(&url)).await.unwrap_err();
        assert_eq!(fault.code, Code::Validation, "{url}");
        assert!(fault.message.contains("private address"), "{url}: {}", fault.message);
        assert_eq!(guarded.check_url(&url).await.unwrap_err().code, Code::Validation, "{url}");
    }
    assert_eq!(guarded.check_url("ftp://example.org/").await.unwrap_err().code, Code::Validation);
    assert!(double.requests().is_empty());
}

#[tokio::test]
async fn a_named_host_is_called_on_its_port_only() {
    let double = Double::answering([answer("200 OK", &["X-Kept: yes"], "hello")]).await;
    let other = Double::answering([answer("200 OK", &[], "")]).await;
    let named = outbound(&[&format!("localhost:{}", double.address.port())]);
    let reply = named.send("test", get(format!("http://localhost:{}/a?b=c", double.address.port()))).await.unwrap();
    assert_eq!((reply.status(), reply.headers()["x-kept"].as_bytes(), reply.body().as_ref()), (StatusCode::OK, &b"yes"[..], &b"hello"[..]));
    assert!(double.requests()[0].starts_with("GET /a?b=c HTTP/1.1\r\n"));
    assert!(named.send("test", get(format!("http://localhost:{}/", other.address.port()))).await.is_err());
    assert!(other.requests().is_empty());
    assert!(named.check_url(&format!("http://localhost:{}/", double.address.port())).await.is_ok());
}

#[tokio::test]
async fn redirects_stay_on_the_same_host_and_port() {
    let other = Double::answering([answer("200 OK", &[], "elsewhere")]).await;
    let away = format!("Location: {}", other.url("/"));
    let double = Double::answering([answer("302 Found", &["Location: /two"], ""), answer("302 Found", &[&away], "")]).await;
    let allowed = outbound(&["127.0.0.0/8"]);
    let reply = allowed.send("test", get(double.url("/one"))).await.unwrap();
    assert_eq!(reply.status(), StatusCode::FOUND);
    assert_eq!(double.requests().len(), 2);
    assert!(double.requests()[1].starts_with("GET /two "));
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn what_may_be_repeated_is_repeated() {
    let flaky = || ["503 Service Unavailable", "429 Too Many Requests", "200 OK"].map(|status| answer(status, &[], "ok"));
    let double = Double::answering(flaky()).await;
    let reply = allowing(&double).send("test", get(double.url("/"))).await.unwrap();
    assert_eq!((reply.status(), double.requests().len()), (StatusCode::OK, 3));

    let double = Double::answering(flaky()).await;
    let reply = allowing(&double).send("test", post(double.url("/"))).await.unwrap();
    assert_eq!((reply.status(), double.requests().len()), (StatusCode::SERVICE_UNAVAILABLE, 1));

    let double = Double::answering(flaky()).await;
    let mut keyed = post(double.url("/"));
    keyed.headers_mut().insert("idempotency-key", "k1".parse().unwrap());
    let reply = allowing(&double).send("test", keyed).await.unwrap();
    assert_eq!((reply.status(), double.requests().len()), (StatusCode::OK, 3));
    assert!(double.requests().iter().all(|request| request.ends_with("\r\n\r\nbody") && request.contains("idempotency-key: k1")));
}

#[tokio::test]
async fn retries_end_and_client_errors_are_not_retried() {
    let double = Double::answering([answer("500 Internal Server Error", &[], "no")]).await;
    let reply = allowing(&double).send("test", get(double.url("/"))).await.unwrap();
    assert_eq!(double.requests().len(), 4);
    let fault = expect_success("The test", reply).unwrap_err();
    assert_eq!((fault.code, fault.message.as_str()), (Code::Upstream, "The test answered 500 Internal Server Error."));

    let double = Double::answering([answer("404 Not Found", &[], "")]).await;
    assert_eq!(allowing(&double).send("test", get(double.url("/"))).await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(double.requests().len(), 1);
}

#[tokio::test]
async fn retry_after_is_honoured_and_too_long_a_wait_is_left_to_the_caller() {
    let double = Double::answering([answer("429 Too Many Requests", &["Retry-After: 1"], ""), answer("200 OK", &[], "")]).await;
    let started = Instant::now();
    assert_eq!(allowing(&double).send("test", get(double.url("/"))).await.unwrap().status(), StatusCode::OK);
    assert!(started.elapsed() >= Duration::from_secs(1));

    let double = Double::answering([answer("429 Too Many Requests", &["Retry-After: 3600"], "")]).await;
    let started = Instant::now();
    let reply = allowing(&double).send("test", get(double.url("/"))).await.unwrap();
    assert_eq!(double.requests().len(), 1);
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(expect_success("The test", reply).unwrap_err().retry_after, Some(3600));
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_given_up() {
    let double = Double::answering(["hang"]).await;
    let bounds = Bounds { timeout: Duration::from_millis(300), max_bytes: 1000 };
    let fault = allowing(&double).send_within("test", get(double.url("/?token=secret")), bounds).await.unwrap_err();
    assert_eq!((fault.code, fault.message.as_str()), (Code::Upstream, "127.0.0.1 did not answer in time."));
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again_only_when_that_is_safe() {
    let double = Double::answering([String::new(), answer("200 OK", &[], "")]).await;
    assert_eq!(allowing(&double).send("test", get(double.url("/"))).await.unwrap().status(), StatusCode::OK);

    let double = Double::answering([String::new(), answer("200 OK", &[], "")]).await;
    let fault = allowing(&double).send("test", post(double.url("/"))).await.unwrap_err();
    assert_eq!((fault.code, double.requests().len()), (Code::Upstream, 1));
}

#[tokio::test]
async fn an_answer_past_the_limit_is_dropped() {
    let bounds = Bounds { timeout: Duration::from_secs(5), max_bytes: 10 };
    let told = answer("200 OK", &[], &"x".repeat(11));
    let untold = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", "x".repeat(11));
    for reply in [told, untold] {
        let double = Double::answering([reply]).await;
        let fault = allowing(&double).send_within("test", get(double.url("/")), bounds).await.unwrap_err();
        assert_eq!(fault.code, Code::Upstream);
        assert!(fault.message.contains("more than"), "{}", fault.message);
    }
    let double = Double::answering([answer("200 OK", &[], "1234567890")]).await;
    assert_eq!(allowing(&double).send_within("test", get(double.url("/")), bounds).await.unwrap().body().len(), 10);
}

#[tokio::test]
async fn a_host_nobody_listens_on_is_named() {
    let gone = {
        let double = Double::answering([""]).await;
        double.address
    };
    let once = Outbound::new(&config::Outbound {
        timeout: Duration::from_secs(5),
        connect_timeout: Duration::from_secs(1),
        retries: 0,
        allow_private: vec!["127.0.0.1".to_owned()],
    })
    .unwrap();
    // The listener goes with its task, which ends at its next turn.
    tokio::task::yield_now().await;
    let fault = once.send("test", get(format!("http://{gone}/"))).await.unwrap_err();
    assert_eq!((fault.code, fault.message.as_str()), (Code::Upstream, "127.0.0.1 cannot be reached."));
}
