//! Is the process alive, can it serve, and what does it count.
use crate::ApiFault;
use axum::{Extension, extract::State, http::HeaderMap, response::IntoResponse};
use kernel::{Code, Fault, app::App, ids::same_secret, request::Request};

/// The process answers.
pub async fn healthz() -> &'static str {
    "ok"
}

/// The parts a page needs answer; 503 names the failing one.
pub async fn readyz(State(app): State<App>) -> Result<&'static str, ApiFault> {
    sqlx::query("select 1").execute(app.db.pool()).await.map_err(|_| Fault::new(Code::Unavailable, "The database does not answer."))?;
    app.files.check().await.map_err(|_| Fault::new(Code::Unavailable, "The file store does not answer."))?;
    Ok("ready")
}

/// Prometheus text: for this machine alone, or for whoever holds the secret once one is set.
pub async fn metrics(
    State(app): State<App>,
    Extension(request): Extension<Request>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiFault> {
    match &app.config.http.metrics_secret {
        Some(secret) => {
            let sent = headers.get("authorization").and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer ")).unwrap_or("");
            if !same_secret(sent.as_bytes(), secret.expose().as_bytes()) {
                return Err(Fault::new(Code::Unauthenticated, "The metrics need the secret of this installation.").into());
            }
        }
        None => {
            let here = request.info().ip.is_some_and(|ip| ip.is_loopback());
            // A proxy nobody told us of also calls from this machine.
            let proxied = headers.contains_key("x-forwarded-for") && !app.config.http.behind_proxy;
            if !here || proxied {
                return Err(Fault::new(
                    Code::Forbidden,
                    "Only this machine may read the metrics. Set http.metrics_secret to read them from elsewhere.",
                )
                .into());
            }
        }
    }
    Ok(([("content-type", "text/plain; version=0.0.4")], kernel::telemetry::render(&app)))
}
