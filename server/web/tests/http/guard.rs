use crate::support::*;
use kernel::{access::Role, config::Config};
use reqwest::{Method, header};
use serde_json::json;

#[tokio::test]
async fn a10_writes_need_an_origin_of_our_own() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let cleo = site.member(&acme, Role::Member).await;
    let host = site.address;
    let send = async |origin: Option<String>, cookie: bool| {
        let mut caller = if cookie { cleo.clone() } else { site.visitor() };
        // `request` adds the right Origin: take a key's place, which sends none.
        caller.bearer = None;
        let mut request = reqwest::Client::new().post(format!("http://{host}/api/auth/forgot-password"));
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        if let Some(cookie) = caller.cookie {
            request = request.header(header::COOKIE, format!("sid={cookie}"));
        }
        Answer::of(request.json(&json!({ "email": "nobody@a.io" }))).await
    };
    let csrf = (403, "csrf");
    for bad in ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"] {
        assert_eq!(send(Some(bad.into()), true).await.refusal(), csrf, "{bad}");
        assert_eq!(send(Some(bad.into()), false).await.refusal(), csrf, "{bad}");
    }
    assert_eq!(send(None, true).await.refusal(), csrf);
    assert_eq!(send(Some(format!("http://{host}")), true).await.status, 200);
    // A program without a cookie acts for nobody.
    assert_eq!(send(None, false).await.status, 200);
}

#[tokio::test]
async fn a10_behind_a_proxy_the_public_address_is_the_origin_and_cookies_are_secure() {
    let https = |config: &mut Config| {
        config.http.public_url = Some("https://millrace.example".parse().unwrap());
        config.http.behind_proxy = true;
    };
    let site = Site::with(https).await;
    let send = async |origin: &str, host: &str| {
        let request = site.visitor().request(Method::POST, "/api/auth/forgot-password");
        let (client, request) = request.build_split();
        let mut request = request.unwrap();
        request.headers_mut().insert(header::ORIGIN, origin.parse().unwrap());
        request.headers_mut().insert(header::HOST, host.parse().unwrap());
        request.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        *request.body_mut() = Some(r#"{"email":"nobody@a.io"}"#.into());
        client.execute(request).await.unwrap()
    };
    let answer = send("https://millrace.example", "inner:3000").await;
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["strict-transport-security"].to_str().unwrap().starts_with("max-age="));
    // The same host without encryption is not our page.
    assert_eq!(send("http://millrace.example", "millrace.example").await.status(), 403);
    assert_eq!(send("https://evil.example", "inner:3000").await.status(), 403);

    // Only the cookie that no sibling host can plant is read.
    let acme = site.db.org("acme").await;
    let cleo = site.member(&acme, Role::Member).await;
    let with = async |name: &str| {
        let cookie = format!("{name}={}", cleo.cookie.as_deref().unwrap());
        Answer::of(site.visitor().request(Method::GET, "/api/auth/session").header(header::COOKIE, cookie)).await.status
    };
    assert_eq!((with("sid").await, with("__Host-sid").await), (401, 200));
}

#[tokio::test]
async fn a10_the_address_of_a_caller_is_what_our_proxy_says_and_nobody_else() {
    let address = async |site: &Site| {
        let acme = site.db.org("acme").await;
        let cleo = site.member(&acme, Role::Member).await;
        let request = cleo.request(Method::POST, &format!("/api/organizations/{}/api-keys", acme.id));
        let request = request.header("x-forwarded-for", "6.6.6.6, 203.0.113.9").json(&json!({ "name": "x", "scopes": ["org:read"] }));
        assert_eq!(Answer::of(request).await.status, 403);
        let ip: String = sqlx::query_scalar("select host(ip) from core.audit_log where action = 'access.denied'")
            .fetch_one(site.db.admin())
            .await
            .unwrap();
        ip
    };
    assert_eq!(address(&Site::new().await).await, "127.0.0.1");
    let behind = Site::with(|config| config.http.behind_proxy = true).await;
    assert_eq!(address(&behind).await, "203.0.113.9");
}

#[tokio::test]
async fn a10_a_body_over_2_mb_is_413_before_it_is_read() {
    let site = Site::new().await;
    let head = format!("POST /api/auth/signin HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n", site.address);
    let announced = site.raw(format!("{head}Content-Length: 2097153\r\n\r\n").as_bytes()).await;
    assert!(announced.starts_with("HTTP/1.1 413"), "{announced}");
    assert!(announced.contains("too_large"), "{announced}");

    // Without a length it is read up to the limit and no further.
    let mut chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..40 {
        chunked.extend_from_slice(b"10000\r\n");
        chunked.extend_from_slice(&[b' '; 0x10000]);
        chunked.extend_from_slice(b"\r\n");
    }
    let answer = site.raw(&chunked).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("too_large"), "{answer}");

    // Files may be larger, and small bodies without a length are taken.
    let form = head.replace("application/json", "multipart/form-data; boundary=x");
    let answer = site.raw(format!("{form}Content-Length: 2\r\n\r\nxx").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
    let answer = site.raw(format!("{head}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
}

#[tokio::test]
async fn a10_every_refusal_has_the_envelope_and_every_answer_the_headers() {
    let site = Site::new().await;
    let visitor = site.visitor();
    assert_eq!(visitor.get("/api/nowhere").await.refusal(), (404, "not_found"));
    let answer = visitor.get("/api/auth/signin").await;
    assert_eq!(answer.refusal(), (405, "bad_request"));
    assert_eq!(answer.header("allow"), "POST");
    assert_eq!(visitor.post("/api/auth/signin", json!({ "email": "a@b.c" })).await.refusal(), (422, "validation"));
    let text = visitor.request(Method::POST, "/api/auth/signin").body("{}");
    assert_eq!(Answer::of(text).await.refusal(), (415, "unsupported_media"));
    let broken = visitor.request(Method::POST, "/api/auth/signin").header("content-type", "application/json").body("{");
    assert_eq!(Answer::of(broken).await.refusal(), (400, "bad_request"));
    assert_eq!(visitor.get("/api/organizations/no-uuid").await.refusal(), (404, "not_found"));

    let answer = visitor.get("/healthz").await;
    for (name, value) in [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "same-origin")] {
        assert_eq!(answer.header(name), value);
    }
    assert!(answer.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(answer.header("x-request-id").len(), 16);
    // A caller's own id is kept, unless it could do harm.
    let named = async |id: &str| Answer::of(visitor.request(Method::GET, "/healthz").header("x-request-id", id)).await;
    assert_eq!(named("trace-0123456789").await.header("x-request-id"), "trace-0123456789");
    assert_ne!(named("a b").await.header("x-request-id"), "a b");
    assert_eq!(Answer::of(visitor.request(Method::HEAD, "/healthz")).await.status, 200);
}

#[tokio::test]
async fn a10_a_person_may_ask_so_often_a_minute_and_others_go_on() {
    let site = Site::with(|config| {
        config.limits.web_per_minute = 5;
        config.http.behind_proxy = true;
    })
    .await;
    let acme = site.db.org("acme").await;
    let cleo = site.member(&acme, Role::Member).await;
    for _ in 0..5 {
        assert_eq!(cleo.get("/api/auth/session").await.status, 200);
    }
    let answer = cleo.get("/api/auth/session").await;
    assert_eq!(answer.refusal(), (429, "rate_limited"));
    assert!(!answer.header("retry-after").is_empty());
    // A person in a browser sees a page, not JSON.
    let page = cleo.request(Method::GET, "/o/acme").header("accept", "text/html");
    let page = Answer::of(page).await;
    assert_eq!(page.status, 429);
    assert!(page.text.contains("<h1>Too many requests</h1>"), "{}", page.text);
    let bea = site.member(&acme, Role::Admin).await;
    assert_eq!(bea.get("/api/auth/session").await.status, 200);
    // Monitors are not counted; an address may do ten times as much as a person.
    assert_eq!(cleo.get("/healthz").await.status, 200);
    let from = async |ip: &str| {
        let call = site.visitor().request(Method::GET, "/api/auth/session");
        Answer::of(call.header("x-forwarded-for", ip)).await.status
    };
    for _ in 0..50 {
        assert_eq!(from("203.0.113.9").await, 401);
    }
    assert_eq!(from("203.0.113.9").await, 429);
    // Elsewhere nobody notices, nor does whoever stands behind a proxy of the house.
    assert_eq!(from("203.0.113.10").await, 401);
    for _ in 0..60 {
        assert_eq!(from("192.168.1.7").await, 401);
    }
}
