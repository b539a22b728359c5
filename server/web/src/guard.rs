//! What a request must pass before anything looks at it: rate, same-site origin for writes, size; and the headers every
//! answer carries.
use crate::ApiFault;
use axum::{
    body::{Body, HttpBody},
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request as HttpRequest, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use kernel::{
    Code, Fault,
    app::App,
    limits::{Local, Rule},
    request::Request,
};
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// One address may ask this many times what one person may: offices share addresses.
const PEOPLE_PER_ADDRESS: u32 = 10;

/// For whatever is no page of ours: should it be shown as a document, nothing in it runs.
const NO_SCRIPTS: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/// What the guard of a process knows.
pub struct Guard {
    /// `https://millrace.example`, when it is configured.
    origin: Option<String>,
    https: bool,
    body_limit: usize,
    upload_limit: usize,
    people: Local<u64>,
    addresses: Local<IpAddr>,
}

impl Guard {
    pub fn new(app: &App) -> Arc<Self> {
        let (http, most) = (&app.config.http, app.config.limits.web_per_minute);
        let url = http.public_url.as_ref();
        Arc::new(Self {
            origin: url.map(|url| url.origin().ascii_serialization()),
            https: url.is_some_and(|url| url.scheme() == "https"),
            body_limit: http.body_limit,
            upload_limit: http.upload_limit,
            people: Local::new(Rule::per_minute("web", most)),
            addresses: Local::new(Rule::per_minute("web.address", most.saturating_mul(PEOPLE_PER_ADDRESS))),
        })
    }
}

/// The middleware.
pub async fn guard(State(guard): State<Arc<Guard>>, http: HttpRequest<Body>, next: Next) -> Response {
    let kind = Kind::of(http.uri().path());
    let mut response = match guard.check(&http, kind) {
        Ok(None) => next.run(http).await,
        Ok(Some(limit)) => bounded(http, limit, next).await,
        Err(fault) => ApiFault(fault).into_response(),
    };
    guard.secure(&mut response, kind);
    response
}

/// What an address leads to, as far as limits and caches are concerned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Built files: a page loads many of them.
    Built,
    /// Files of `public/`.
    File,
    /// For monitors.
    Health,
    Page,
    Call,
}

impl Kind {
    fn of(path: &str) -> Self {
        match path {
            "/healthz" | "/readyz" | "/metrics" => Kind::Health,
            _ if path.starts_with("/api/") || path.starts_with("/fn/") || path.starts_with("/files/") => Kind::Call,
            _ if path.starts_with("/pkg/") || path.starts_with("/editor/") => Kind::Built,
            _ if !path.starts_with("/o/") && path.rsplit('/').next().is_some_and(|name| name.contains('.')) => Kind::File,
            _ => Kind::Page,
        }
    }
}

impl Guard {
    /// Refuses, or says how much of a body of unknown size may be read.
    fn check(&self, http: &HttpRequest<Body>, kind: Kind) -> Result<Option<usize>, Fault> {
        if !matches!(kind, Kind::Built | Kind::Health) {
            self.count(http)?;
        }
        let headers = http.headers();
        let reads = matches!(*http.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        // A socket is opened by GET and may then write.
        if !reads || headers.contains_key(header::UPGRADE) {
            self.same_site(http)?;
        }
        let limit = self.limit(http.uri().path(), headers);
        match headers.get(header::CONTENT_LENGTH) {
            // The server reads no more than was announced.
            Some(size) => match size.to_str().ok().and_then(|v| v.parse::<usize>().ok()) {
                Some(size) if size <= limit => Ok(None),
                _ => Err(too_large(limit)),
            },
            None if http.body().is_end_stream() => Ok(None),
            None => Ok(Some(limit)),
        }
    }

    /// Requests a minute, per person and per address. In this process alone: a round trip would cost more than most pages.
    fn count(&self, http: &HttpRequest<Body>) -> Result<(), Fault> {
        let Some(request) = http.extensions().get::<Request>() else {
            return Ok(());
        };
        if let Some(ip) = request.info().ip.filter(is_public) {
            self.addresses.take(block(ip))?;
        }
        // The first half of a hash is as good a key as the whole. Keys have limits of their own.
        let person = request.session_token().and_then(|token| u64::from_str_radix(token.get(..16)?, 16).ok());
        if let Some(person) = person {
            self.people.take(person)?;
        }
        Ok(())
    }

    /// Files come as multipart forms, or as the text of an import; everything else somebody typed.
    fn limit(&self, path: &str, headers: &HeaderMap) -> usize {
        let reports = path.starts_with("/api/projects/") && path.ends_with("/test-runs");
        let import = reports || path.starts_with("/fn/") && path.rsplit('/').next().is_some_and(|name| name.starts_with("import_"));
        let report = path == factory::code::webhook::PATH;
        let multipart = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
        // The form around the largest artifact has a few hundred bytes of its own.
        let artifact = path.starts_with("/api/projects/") && path.ends_with("/artifacts");
        if multipart && artifact {
            return self.upload_limit.max(factory::artifacts::MAX_FILE + 64 * 1024);
        }
        if multipart || import || report { self.upload_limit } else { self.body_limit }
    }

    /// Writes by a browser must come from our own pages: its `Origin` is the address of this installation, or the host
    /// asked. Browsers do not send keys by themselves, so calls with one need no `Origin`.
    fn same_site(&self, http: &HttpRequest<Body>) -> Result<(), Fault> {
        let headers = http.headers();
        let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
        // The protocol of coding tools wants pages of others kept out even so: names of hosts can be made to lead here.
        let tool_of_a_page = http.uri().path() == "/api/mcp" && headers.contains_key(header::ORIGIN);
        if !tool_of_a_page && text(header::AUTHORIZATION).is_some_and(|value| value.starts_with("Bearer ")) {
            return Ok(());
        }
        let refused = || Fault::new(Code::Csrf, "This request does not come from our own pages. Open the page again and retry.");
        let Some(origin) = text(header::ORIGIN) else {
            // Programs without a cookie cannot act for a person.
            return match headers.contains_key(header::COOKIE) {
                true => Err(refused()),
                false => Ok(()),
            };
        };
        let asked = text(header::HOST).or_else(|| http.uri().authority().map(|a| a.as_str()));
        let (_, host) = origin.split_once("://").ok_or_else(refused)?;
        match &self.origin {
            Some(own) if own.eq_ignore_ascii_case(origin) => Ok(()),
            // Our own host by another scheme: not encrypted, so anybody may have written that page.
            Some(own) if own.split_once("://").is_some_and(|(_, own)| own.eq_ignore_ascii_case(host)) => Err(refused()),
            _ if asked.is_some_and(|asked| asked.eq_ignore_ascii_case(host)) => Ok(()),
            _ => Err(refused()),
        }
    }

    /// Headers of every answer, unless the handler has set its own. Pages bring a content security policy with a nonce.
    fn secure(&self, response: &mut Response, kind: Kind) {
        let ok = response.status() == StatusCode::OK;
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value: &'static str| {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        };
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(header::X_FRAME_OPTIONS, "DENY");
        set(header::REFERRER_POLICY, "same-origin");
        set(header::CONTENT_SECURITY_POLICY, NO_SCRIPTS);
        set(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()");
        set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
        let cache = match kind {
            Kind::Built | Kind::File if ok => "public, max-age=3600",
            _ => "no-store",
        };
        set(header::CACHE_CONTROL, cache);
        if self.https {
            set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
        }
    }
}

/// An address of the internet. Behind the others stand a proxy that we were not told of, or the people of one house.
fn is_public(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !(ip.is_loopback() || ip.is_private() || ip.is_link_local()),
        IpAddr::V6(ip) => !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()),
    }
}

/// What one subscriber holds: an IPv4 address, or an IPv6 network of 64 bits.
fn block(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => IpAddr::V6((u128::from(ip) >> 64 << 64).into()),
    }
}

fn too_large(limit: usize) -> Fault {
    Fault::new(Code::TooLarge, format!("This is larger than {} MB, the most that is taken here.", limit / (1024 * 1024)))
}

/// Reads a body of unknown size no further than the limit. Whoever reads it fails there, and the answer is 413.
async fn bounded(http: HttpRequest<Body>, limit: usize, next: Next) -> Response {
    let over = Arc::new(AtomicBool::new(false));
    let (parts, body) = http.into_parts();
    let (mut left, told) = (limit, over.clone());
    let body = Body::from_stream(body.into_data_stream().map(move |chunk| {
        let chunk = chunk?;
        match left.checked_sub(chunk.len()) {
            Some(rest) => left = rest,
            None => {
                told.store(true, Ordering::Relaxed);
                return Err(axum::Error::new(too_large(limit)));
            }
        }
        Ok(chunk)
    }));
    let response = next.run(HttpRequest::from_parts(parts, body)).await;
    match over.load(Ordering::Relaxed) {
        true => ApiFault(too_large(limit)).into_response(),
        false => response,
    }
}
