//! The HTTP assembly: what every request passes through, the JSON API, live events, health and metrics.
//! Pages and server functions are added by the executable; rules live in the areas, not here.
#![cfg(feature = "ssr")]

mod api;
mod collab;
mod compress;
mod context;
mod ended;
mod envelope;
mod extract;
mod guard;
mod health;
mod live;

pub use api::docs_page;
pub use envelope::ApiFault;

use axum::{Router, extract::DefaultBodyLimit, middleware, routing::get};
use kernel::app::App;
use tower_http::catch_panic::CatchPanicLayer;

/// Method and path of every endpoint that is no server function: `GET /api/organizations`. For the test that walks the
/// permission matrix.
pub fn paths() -> Vec<String> {
    let health = ["GET /healthz", "GET /readyz", "GET /metrics"];
    health.into_iter().map(str::to_owned).chain(api::paths()).collect()
}

/// The routes that are neither pages nor server functions.
pub fn routes<S: Clone + Send + Sync + 'static>(app: &App) -> Router<S> {
    let health =
        Router::new().route("/healthz", get(health::healthz)).route("/readyz", get(health::readyz)).route("/metrics", get(health::metrics));
    let api =
        api::routes().layer(middleware::map_response(envelope::speak)).layer(middleware::from_fn_with_state(app.clone(), api::bearer));
    health.merge(api).with_state(app.clone())
}

/// Wraps the whole application: request id, who asks, limits, origin check, headers, log, metrics, cookie sessions.
pub fn wrap<S: Clone + Send + Sync + 'static>(router: Router<S>, app: &App) -> Router<S> {
    router
        // The guard bounds bodies, those of server functions too.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(app.clone(), ended::ended))
        .layer(core_area::session_store::session_layer(app))
        .layer(CatchPanicLayer::custom(envelope::panicked))
        .layer(middleware::from_fn(compress::compress))
        .layer(middleware::from_fn_with_state(guard::Guard::new(app), guard::guard))
        .layer(middleware::from_fn_with_state(app.clone(), context::context))
}
