//! The HTTP site: pages and server functions (leptos), the JSON API (web), static files, sessions.
use axum::{
    Router,
    body::Body,
    extract::{FromRef, Query, Request as HttpRequest, State},
    http::{HeaderName, HeaderValue, Method, header},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::{any, get},
};
use kernel::{Fault, app::App, request::Request};
use leptos::{prelude::*, server_fn};
use leptos_axum::{LeptosRoutes, generate_route_list, handle_server_fns_with_context};
use std::{
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// What handlers reach: the process and how pages are rendered.
#[derive(Clone)]
pub struct Site {
    app: App,
    leptos: LeptosOptions,
}

impl FromRef<Site> for App {
    fn from_ref(site: &Site) -> Self {
        site.app.clone()
    }
}

impl FromRef<Site> for LeptosOptions {
    fn from_ref(site: &Site) -> Self {
        site.leptos.clone()
    }
}

/// The whole site of a process.
pub fn router(app: &App) -> Router {
    let leptos = leptos_options(app);
    let site = Site { app: app.clone(), leptos: leptos.clone() };
    // While cargo-leptos watches the sources, its socket tells the page to load again.
    let reload = std::env::var_os("LEPTOS_WATCH").map(|_| format!(" ws://localhost:{0} ws://127.0.0.1:{0}", leptos.reload_port));
    let reload: &'static str = reload.unwrap_or_default().leak();
    let files = Arc::new(shell::Files::read(&leptos));
    let style = files.style();
    let document = move |options: LeptosOptions| {
        page_policy(reload);
        // Empty while the routes are listed, before any request.
        let path = with_context::<axum::http::request::Parts, _>(|parts| parts.uri.path().to_owned());
        shell::document(&files, options, path.as_deref().unwrap_or_default())
    };
    let routes = generate_route_list(shell::App);
    let page = {
        let (leptos, document) = (leptos.clone(), document.clone());
        move || document(leptos.clone())
    };
    let pages = Router::new()
        .leptos_routes_with_context(&site, routes, provide_request, page)
        .layer(middleware::from_fn_with_state(FirstRun::new(app), first_run));
    let router = Router::new()
        .merge(pages)
        .route("/api/docs", get(async move |Query(asked): Query<Asked>| web::docs_page(&style, &asked.q)))
        .route("/fn/{*path}", any(server_functions))
        .nest_service("/pkg", assets(&leptos, &leptos.site_pkg_dir))
        .nest_service("/editor", assets(&leptos, "editor"))
        .merge(web::routes(app))
        .fallback(leptos_axum::file_and_error_handler_with_context::<Site, _>(provide_request, document))
        .layer(middleware::from_fn(with_policy))
        .with_state(site);
    web::wrap(router, app)
}

/// What somebody looks for in the description of the API.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
}

/// Hands the request on to pages and server functions.
fn provide_request() {
    let request = with_context::<axum::http::request::Parts, _>(|parts| parts.extensions.get::<Request>().cloned());
    if let Some(request) = request.flatten() {
        provide_context(request);
    }
}

async fn server_functions(request: HttpRequest<Body>) -> Response {
    let known = server_fn::axum::get_server_fn_service(request.uri().path(), request.method().clone());
    if known.is_none() {
        return web::ApiFault(Fault::not_found("This address")).into_response();
    }
    handle_server_fns_with_context(provide_request, request).await.into_response()
}

/// The policy of a page, on its way from where the page is rendered to where its answer leaves. Not by `ResponseOptions`:
/// under load a page has left without the header that was put there (leptos_axum 0.8.10), and then none of its scripts runs.
#[derive(Clone, Default)]
struct PagePolicy(Arc<OnceLock<HeaderValue>>);

async fn with_policy(mut request: HttpRequest<Body>, next: Next) -> Response {
    let policy = PagePolicy::default();
    request.extensions_mut().insert(policy.clone());
    let mut response = next.run(request).await;
    if let Some(policy) = policy.0.get() {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Only our own scripts run: inline ones by the nonce of this page, wasm by its own word.
fn page_policy(reload: &str) {
    let slot = with_context::<axum::http::request::Parts, _>(|parts| parts.extensions.get::<PagePolicy>().cloned()).flatten();
    // Neither is there while the routes are listed, before any request.
    let (Some(nonce), Some(PagePolicy(slot))) = (use_nonce(), slot) else { return };
    // Logos of organizations may lie elsewhere; they are sent no referrer.
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob: https:; font-src 'self'; connect-src 'self'{reload}; object-src 'none'; base-uri 'self'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        // A page is rendered once.
        let _ = slot.set(value);
    }
}

/// Built files, pre-compressed; their names carry hashes, so they are cached for good: all but the editor's `index.js`, which
/// names the others.
fn assets(options: &LeptosOptions, folder: &str) -> Router {
    let dir = PathBuf::from(&*options.site_root).join(folder);
    let files = tower_http::services::ServeDir::new(dir).precompressed_br().precompressed_gzip();
    let forever = HeaderValue::from_static(if cfg!(debug_assertions) { "no-cache" } else { "public, max-age=31536000, immutable" });
    let again = tower_http::set_header::SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Router::new()
        .route_service("/index.js", files.clone())
        .layer(again)
        .fallback_service(files)
        .layer(tower_http::set_header::SetResponseHeaderLayer::if_not_present(HeaderName::from_static("cache-control"), forever))
}

fn leptos_options(app: &App) -> LeptosOptions {
    let root = app.config.http.site.clone().unwrap_or_else(|| PathBuf::from("target/site"));
    // cargo-leptos writes the hashes of file names beside the executable.
    let hashed = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("hash.txt").exists())).unwrap_or(false);
    LeptosOptions::builder()
        .output_name("millrace")
        .site_root(root.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .hash_files(hashed)
        .env(leptos::config::Env::PROD)
        .build()
}

/// While there are no users, every page leads to the set-up (chapter 10, section 1.1).
#[derive(Clone)]
struct FirstRun {
    app: App,
    done: Arc<AtomicBool>,
}

impl FirstRun {
    fn new(app: &App) -> Self {
        Self { app: app.clone(), done: Arc::default() }
    }

    async fn is_done(&self) -> bool {
        if self.done.load(Ordering::Relaxed) {
            return true;
        }
        match core_area::signup::setup_open(&self.app).await {
            Ok(open) => {
                self.done.store(!open, Ordering::Relaxed);
                !open
            }
            // The page itself says what is wrong; the next request asks again.
            Err(_) => true,
        }
    }
}

async fn first_run(State(run): State<FirstRun>, request: HttpRequest<Body>, next: Next) -> Response {
    let looks = matches!(*request.method(), Method::GET | Method::HEAD);
    if looks && request.uri().path() != "/setup" && !run.is_done().await {
        return Redirect::temporary("/setup").into_response();
    }
    next.run(request).await
}
