//! Traces as a collector gets them: by themselves, since a process exports once.
#[path = "http/support.rs"]
#[expect(dead_code, reason = "the other tests need more of it")]
mod support;

use axum::{Router, body::Bytes, http::HeaderMap, routing::post};
use kernel::{
    Code, Fault,
    access::Role,
    jobs::{self, JobOptions, JobRegistry, NewJob},
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value,
    trace::v1::{Span, span::SpanKind, status::StatusCode},
};
use prost::Message;
use std::sync::{Arc, Mutex};
use support::Site;

/// What the collector was sent: headers and spans.
type Sent = Arc<Mutex<Vec<(HeaderMap, ExportTraceServiceRequest)>>>;

async fn collector() -> (String, Sent) {
    let sent = Sent::default();
    let keep = sent.clone();
    let take = async move |headers: HeaderMap, body: Bytes| {
        keep.lock().unwrap().push((headers, ExportTraceServiceRequest::decode(body).unwrap()));
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/v1/traces", post(take))).await });
    (url, sent)
}

fn text(span: &Span, key: &str) -> Option<String> {
    let value = span.attributes.iter().find(|a| a.key == key)?.value.as_ref()?.value.as_ref()?;
    Some(match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_and_a_job_are_traced_with_route_organization_and_outcome() {
    let (url, sent) = collector().await;
    let site = Site::with(|config| {
        config.http.behind_proxy = true;
        config.telemetry.otlp_endpoint = Some(url.parse().unwrap());
        config.telemetry.otlp_headers = Some(kernel::config::Hidden::new("x-key=hunter2"));
        // What is logged is no measure for what is traced.
        config.log.filter = "off".into();
    })
    .await;
    let config = &site.app.config;
    kernel::telemetry::init(&config.log, &config.telemetry).unwrap();

    let acme = site.db.org("acme").await;
    let admin = site.member(&acme, Role::Admin).await;
    let path = format!("/api/organizations/{}", acme.id);
    let traced =
        admin.request(reqwest::Method::GET, &path).header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    assert_eq!(support::Answer::of(traced).await.status, 200);
    assert_eq!(site.visitor().get("/api/nothing").await.status, 404);

    let mut registry = JobRegistry::new();
    registry.add("test.work", JobOptions::default(), |ctx: jobs::JobCtx, (): ()| async move {
        ctx.tx().await?.commit().await?;
        Err(Fault::new(Code::Upstream, "The host did not answer."))
    });
    let mut tx = acme.tx(Role::Member).await;
    jobs::enqueue(tx.conn(), NewJob::new("test.work", ())).await.unwrap();
    tx.commit().await.unwrap();
    jobs::drain(&site.app, &registry).await.unwrap();
    kernel::telemetry::end().await;

    let sent = sent.lock().unwrap();
    assert!(!sent.is_empty());
    let resource = &sent[0].1.resource_spans[0].resource.as_ref().unwrap().attributes;
    assert!(resource.iter().any(|a| a.key == "service.name" && format!("{:?}", a.value).contains("millrace")), "{resource:?}");
    assert_eq!(sent[0].0["x-key"], "hunter2");
    assert_eq!(sent[0].0["content-type"], "application/x-protobuf");
    let spans: Vec<&Span> =
        sent.iter().flat_map(|(_, call)| &call.resource_spans).flat_map(|r| &r.scope_spans).flat_map(|s| &s.spans).collect();
    let find = |name: &str| {
        let found: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
        assert_eq!(found.len(), 1, "{name} in {:?}", spans.iter().map(|s| &s.name).collect::<Vec<_>>());
        *found[0]
    };
    let org = Some(acme.id.to_string());

    let request = find("GET /api/organizations/{org}");
    assert_eq!(request.kind, SpanKind::Server as i32);
    assert_eq!(text(request, "http.route").as_deref(), Some("/api/organizations/{org}"));
    assert_eq!(text(request, "http.response.status_code").as_deref(), Some("200"));
    assert_eq!(text(request, "org.id"), org);
    // It goes on from the proxy's.
    assert_eq!(hex(&request.trace_id), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(hex(&request.parent_span_id), "b7ad6b7169203331");
    let unknown = find("GET /api/{*rest}");
    assert_eq!((text(unknown, "http.response.status_code").as_deref(), text(unknown, "org.id")), (Some("404"), None));

    let job = find("job test.work");
    assert_eq!((text(job, "org.id"), text(job, "job.attempt").as_deref()), (org, Some("1")));
    assert_eq!(text(job, "job.outcome").as_deref(), Some("queued"));
    let status = job.status.as_ref().unwrap();
    assert_eq!((status.code, status.message.as_str()), (StatusCode::Error as i32, "The host did not answer."));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
