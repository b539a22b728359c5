//! Logs, metrics and traces of a process: one subscriber, one recorder, the names of all.
mod traces;

use crate::{
    app::App,
    config::{Log, LogFormat, Telemetry},
    fault::{Code, Fault},
    ids,
};
use http::HeaderMap;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::{io::IsTerminal, sync::OnceLock, time::Duration};
use tracing::Span;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};
use uuid::Uuid;

/// Requests answered, by `method`, `route` (the pattern) and `status`.
pub const HTTP_REQUESTS: &str = "millrace_http_requests_total";
/// Seconds from a request to the head of its answer (live streams have no end), by `method` and `route`.
pub const HTTP_DURATION: &str = "millrace_http_request_duration_seconds";
/// Jobs run, by `kind` and `outcome` (succeeded, failed, dead).
pub const JOBS: &str = "millrace_jobs_total";
/// Seconds a job ran, by `kind`.
pub const JOB_DURATION: &str = "millrace_job_duration_seconds";
/// Mails, by `provider` and `outcome` (sent, retried, failed).
pub const MAILS: &str = "millrace_mails_total";
/// Calls to other hosts, by `part` and `outcome`.
pub const OUTBOUND: &str = "millrace_outbound_requests_total";
/// Seconds such a call took, by `part`.
pub const OUTBOUND_DURATION: &str = "millrace_outbound_request_duration_seconds";
/// Repetitions of such calls, by `part`.
pub const OUTBOUND_RETRIES: &str = "millrace_outbound_retries_total";
/// Calls refused by a rate limit, by `rule`.
pub const LIMITED: &str = "millrace_rate_limited_total";
/// Open pages that hear live events.
pub const LIVE: &str = "millrace_live_connections";
/// Documents open for live editing in this process.
pub const COLLAB_ROOMS: &str = "millrace_collab_rooms";
/// Editors connected to this process.
pub const COLLAB_CLIENTS: &str = "millrace_collab_clients";
/// Updates received from editors.
pub const COLLAB_UPDATES: &str = "millrace_collab_updates_total";
/// Seconds from the oldest update of a batch to its being stored.
pub const COLLAB_STORE_LAG: &str = "millrace_collab_store_lag_seconds";
/// Database connections, by `pool` (app, admin) and `state` (idle, used).
pub const POOL: &str = "millrace_db_connections";

/// Starts the log of the process and the export of its traces, and logs panics. A second call changes nothing.
pub fn init(config: &Log, telemetry: &Telemetry) -> Result<(), Fault> {
    let filter = EnvFilter::try_new(&config.filter).map_err(|e| Fault::field("log.filter", format!("cannot be used: {e}")))?;
    let lines = match config.format {
        LogFormat::Text => tracing_subscriber::fmt::layer()
            .with_target(false)
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .boxed(),
        // Fields beside the message, the innermost span's among them: one object a line for log stores.
        LogFormat::Json => tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr).boxed(),
    };
    let begun = match traces::layer(telemetry)? {
        None => tracing_subscriber::registry().with(lines).with(filter).try_init(),
        // What is logged is no measure for what is traced.
        Some(traces) => tracing_subscriber::registry().with(vec![lines.with_filter(filter).boxed(), traces]).try_init(),
    };
    if begun.is_ok() {
        log_panics();
    }
    Ok(())
}

/// Sends the traces that wait: the last thing a process does.
pub async fn end() {
    traces::end().await;
}

fn log_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(panic.place = place, panic.message = message, "the program panicked");
        before(panic);
    }));
}

/// The id of a request: the caller's own `X-Request-Id` when it is harmless, else a new one.
pub fn request_id(header: Option<&str>) -> String {
    let harmless = |id: &&str| (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    header.filter(harmless).map_or_else(|| ids::random_text(ids::BASE62, 16), str::to_owned)
}

/// The span in which a request is answered: its id stands in every line logged meanwhile. Where traces are exported it
/// has the name of the route, and goes on from the proxy's where one is trusted.
pub fn request_span(id: &str, method: &str, path: &str, route: &str, proxy: Option<&HeaderMap>) -> Span {
    if !traces::on() {
        return tracing::info_span!("request", request.id = id, http.method = method, http.path = path);
    }
    let name = format!("{method} {route}");
    let span = tracing::info_span!(
        target: traces::TARGET, "request", otel.name = name, otel.kind = "server", request.id = id, http.method = method, http.path = path
    );
    if let Some(headers) = proxy {
        traces::continue_from(&span, headers);
    }
    span
}

/// What a trace tells of a request once it is answered.
pub fn answered(span: &Span, route: &str, status: u16) {
    if traces::on() {
        let facts = [("http.route", route.to_owned().into()), ("http.response.status_code", i64::from(status).into())];
        traces::note(span, facts, (status >= 500).then(|| format!("status {status}")));
    }
}

/// Tells the trace of the present request or job whose work it does.
pub(crate) fn works_for(org: Option<Uuid>) {
    if let Some(org) = org.filter(|_| traces::on()) {
        traces::note(&Span::current(), [("org.id", org.to_string().into())], None);
    }
}

/// The span in which a job runs.
pub fn job_span(kind: &str, id: Uuid, org: Option<Uuid>, attempt: i32) -> Span {
    if !traces::on() {
        return tracing::info_span!("job", job.kind = kind, job.id = %id);
    }
    let name = format!("job {kind}");
    let span = tracing::info_span!(target: traces::TARGET, "job", otel.name = name, otel.kind = "consumer", job.kind = kind, job.id = %id);
    let org = org.map(|id| ("org.id", id.to_string().into()));
    traces::note(&span, [("job.attempt", i64::from(attempt).into())].into_iter().chain(org), None);
    span
}

/// What a trace tells of a job once it has ended.
pub fn job_ended(span: &Span, outcome: &str, error: Option<&str>) {
    if traces::on() {
        traces::note(span, [("job.outcome", outcome.to_owned().into())], error.map(str::to_owned));
    }
}

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts counting. A second call changes nothing.
pub fn count() -> Result<(), Fault> {
    if METRICS.get().is_some() {
        return Ok(());
    }
    let failed = |e: BuildError| Fault::new(Code::Internal, format!("Metrics cannot be counted: {e}"));
    let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];
    let recorder =
        PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds).map_err(failed)?.build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_ok() && METRICS.set(handle).is_ok() {
        describe();
    }
    Ok(())
}

fn describe() {
    use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
    describe_counter!(HTTP_REQUESTS, "Requests answered");
    describe_histogram!(HTTP_DURATION, Unit::Seconds, "Time to answer a request");
    describe_counter!(JOBS, "Jobs run");
    describe_histogram!(JOB_DURATION, Unit::Seconds, "Time a job ran");
    describe_counter!(MAILS, "Mails handed over");
    describe_counter!(OUTBOUND, "Calls to other hosts");
    describe_histogram!(OUTBOUND_DURATION, Unit::Seconds, "Time of calls to other hosts");
    describe_counter!(OUTBOUND_RETRIES, "Repeated calls to other hosts");
    describe_counter!(LIMITED, "Calls refused by a rate limit");
    describe_gauge!(LIVE, "Open pages that hear live events");
    describe_gauge!(COLLAB_ROOMS, "Documents open for live editing");
    describe_gauge!(COLLAB_CLIENTS, "Editors connected");
    describe_counter!(COLLAB_UPDATES, "Updates received from editors");
    describe_histogram!(COLLAB_STORE_LAG, Unit::Seconds, "Time until what was typed is stored");
    describe_gauge!(POOL, "Database connections");
}

/// The text of `/metrics`.
pub fn render(app: &App) -> String {
    for (name, pool) in [("app", app.db.pool()), ("admin", app.db.admin_pool())] {
        let (size, idle) = (pool.size(), u32::try_from(pool.num_idle()).unwrap_or(u32::MAX));
        metrics::gauge!(POOL, "pool" => name, "state" => "idle").set(idle);
        metrics::gauge!(POOL, "pool" => name, "state" => "used").set(size.saturating_sub(idle));
    }
    METRICS.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Folds what was measured every few seconds, so that an installation nobody scrapes does not hoard it. Never ends:
/// run it beside the server.
pub async fn upkeep() {
    let mut every = tokio::time::interval(Duration::from_secs(5));
    loop {
        every.tick().await;
        if let Some(handle) = METRICS.get() {
            handle.run_upkeep();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_kept_only_when_harmless() {
        assert_eq!(request_id(Some("abcd-1234_X")), "abcd-1234_X");
        for bad in ["short", "has space in it", "line\nbreak-here", &"x".repeat(65)] {
            assert_ne!(request_id(Some(bad)), bad);
        }
        assert_eq!(request_id(None).len(), 16);
    }

    #[test]
    fn durations_are_counted_in_buckets() {
        count().unwrap();
        metrics::histogram!(HTTP_DURATION, "route" => "/").record(0.02);
        metrics::counter!(HTTP_REQUESTS, "route" => "/").increment(2);
        let text = METRICS.get().unwrap().render();
        assert!(text.contains(r#"millrace_http_requests_total{route="/"} 2"#), "{text}");
        assert!(text.contains(r#"millrace_http_request_duration_seconds_bucket{route="/",le="0.025"} 1"#), "{text}");
    }
}
