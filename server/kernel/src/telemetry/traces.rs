//! Traces for a collector (OTLP over HTTP, protobuf): one span for each request and each job. Off, and free, unless
//! `telemetry.otlp_endpoint` is set.
use crate::{
    config::{Hidden, Telemetry},
    fault::Fault,
};
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use opentelemetry::{
    KeyValue,
    propagation::TextMapPropagator,
    trace::{Status, TracerProvider},
};
use opentelemetry_http::{HeaderExtractor, HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use std::{collections::HashMap, sync::OnceLock, time::Duration};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

/// The target of the spans that are exported.
pub(super) const TARGET: &str = "millrace::span";
/// Longest wait for the collector.
const PATIENCE: Duration = Duration::from_secs(10);

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Are spans exported?
pub(super) fn on() -> bool {
    PROVIDER.get().is_some()
}

/// Starts the export, if a collector is set. Within a runtime: it carries the calls.
pub(super) fn layer<S>(config: &Telemetry) -> Result<Option<Box<dyn Layer<S> + Send + Sync>>, Fault>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let Some(endpoint) = &config.otlp_endpoint else { return Ok(None) };
    let failed = |why: String| Fault::field("telemetry.otlp_endpoint", format!("cannot be used: {why}"));
    let client = reqwest::Client::builder().timeout(PATIENCE).build().map_err(|e| failed(e.to_string()))?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Caller { client, runtime: tokio::runtime::Handle::current() })
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/')))
        .with_headers(headers(config.otlp_headers.as_ref())?)
        .with_timeout(PATIENCE)
        .build()
        .map_err(|e| failed(e.to_string()))?;
    let resource = Resource::builder()
        .with_service_name("millrace")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sample))))
        .with_resource(resource)
        .build();
    let tracer = provider.tracer("millrace");
    if PROVIDER.set(provider).is_err() {
        return Ok(None);
    }
    let layer = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(|meta| meta.target() == TARGET || meta.is_event() && *meta.level() <= tracing::Level::WARN));
    Ok(Some(layer.boxed()))
}

/// `name=value,name2=value2`.
fn headers(text: Option<&Hidden>) -> Result<HashMap<String, String>, Fault> {
    let pairs = text.map(Hidden::expose).unwrap_or_default().split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').ok_or_else(|| Fault::field("telemetry.otlp_headers", "must read name=value"))?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// Continues the trace of a proxy in front (`traceparent`).
pub(super) fn continue_from(span: &Span, headers: &HeaderMap) {
    let parent = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    let _ = span.set_parent(parent);
}

/// Adds what is known only at the end.
pub(super) fn note(span: &Span, facts: impl IntoIterator<Item = (&'static str, opentelemetry::Value)>, failed: Option<String>) {
    for (name, value) in facts {
        span.set_attribute(name, value);
    }
    if let Some(why) = failed {
        span.set_status(Status::error(why));
    }
}

/// Sends what waits, and stops; for the end of the process.
pub(super) async fn end() {
    if let Some(provider) = PROVIDER.get() {
        // It waits for its own thread, which waits for calls that this runtime carries.
        let ended = tokio::task::spawn_blocking(|| provider.shutdown_with_timeout(PATIENCE)).await;
        if let Ok(Err(error)) = ended {
            eprintln!("The last traces could not be sent: {error}");
        }
    }
}

/// Our own HTTP client, called from the thread that exports.
#[derive(Debug)]
struct Caller {
    client: reqwest::Client,
    runtime: tokio::runtime::Handle,
}

#[async_trait]
impl HttpClient for Caller {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let call = async move {
            let answer = client.execute(request.try_into()?).await?;
            let mut response = Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                headers.clone_from(answer.headers());
            }
            Ok::<_, HttpError>(response.body(answer.bytes().await?)?)
        };
        self.runtime.spawn(call).await?
    }
}
