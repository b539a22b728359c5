//! Who asks: builds the kernel's `Request` for every HTTP request, names it, logs it and counts it.
use crate::envelope;
use axum::{
    body::Body,
    extract::{ConnectInfo, MatchedPath, State},
    http::{HeaderMap, HeaderValue, Method, Request as HttpRequest, StatusCode, header},
    middleware::Next,
    response::Response,
};
use kernel::{access::RequestInfo, app::App, request::Request, telemetry};
use metrics::SharedString;
use std::{
    net::{IpAddr, SocketAddr},
    time::Instant,
};
use tracing::Instrument;

/// How long a user agent may be before it is cut; it is stored with sessions and audit rows.
const USER_AGENT_MAX: usize = 400;

/// The middleware: one `Request` in the extensions, one span, one count, and the body of a fault.
pub async fn context(State(app): State<App>, mut http: HttpRequest<Body>, next: Next) -> Response {
    let started = Instant::now();
    let peer = http.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let (method, path) = (word(http.method()), http.uri().path());
    let route = route(http.extensions().get::<MatchedPath>(), path);
    let browser = is_browser(http.headers(), path);
    let request = enter(&app, path, http.headers(), peer);
    let id = request.info().id.clone();
    let proxy = app.config.http.behind_proxy.then_some(http.headers());
    let span = telemetry::request_span(&id, method, path, &route, proxy);
    http.extensions_mut().insert(request);

    let response = next.run(http).instrument(span.clone()).await;

    let mut response = envelope::settle(response, &id, browser);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    let (status, elapsed) = (response.status(), started.elapsed().as_secs_f64());
    telemetry::answered(&span, &route, status.as_u16());
    metrics::counter!(telemetry::HTTP_REQUESTS, "method" => method, "route" => route.clone(), "status" => digits(status)).increment(1);
    metrics::histogram!(telemetry::HTTP_DURATION, "method" => method, "route" => route).record(elapsed);
    span.in_scope(|| {
        tracing::debug!(http.status = status.as_u16(), duration_ms = elapsed * 1000.0, "answered");
    });
    response
}

/// The sender of a request, before anything is looked up. `peer` is the address of the connection.
fn enter(app: &App, path: &str, headers: &HeaderMap, peer: Option<IpAddr>) -> Request {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let forwarded = app.config.http.behind_proxy.then(|| forwarded_for(headers)).flatten();
    let info = RequestInfo {
        id: telemetry::request_id(text("x-request-id")),
        ip: forwarded.or(peer).map(|ip| ip.to_canonical()),
        user_agent: text("user-agent").map(|ua| ua.chars().take(USER_AGENT_MAX).collect()),
    };
    let cookie = session_id(headers, core_area::session_store::cookie_name(app));
    let token = cookie.and_then(core_area::session_store::token_of);
    Request::new(app.clone(), info, token, organization(path, headers))
}

/// The last address of the last `X-Forwarded-For`: the one our own proxy wrote. All others are the sender's words.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?;
    let last = line.to_str().ok()?.rsplit(',').next()?.trim();
    // Some proxies write the port too.
    let with_port = || last.parse::<SocketAddr>().ok().map(|a| a.ip());
    last.parse().ok().or_else(with_port)
}

/// The id in the session cookie. Only the name of this installation counts: a page of a sibling host can set a plain
/// `sid`, but no `__Host-sid`. Of several the last, as the session layer reads them.
fn session_id<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .rfind(|(name, _)| *name == wanted)
        .map(|(_, id)| id)
}

/// The slug of the organization: the page's path, the header of a server function, or, for a form posted
/// without script, the page it was posted from. Membership is checked each time, whatever it says.
fn organization(path: &str, headers: &HeaderMap) -> Option<String> {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let of_path = |path: &str| {
        let slug = path.strip_prefix("/o/")?.split(['/', '?', '#']).next()?;
        (!slug.is_empty()).then(|| slug.to_owned())
    };
    of_path(path).or_else(|| header("x-organization").map(str::to_owned)).or_else(|| {
        let (_, rest) = header("referer")?.split_once("://")?;
        of_path(&rest[rest.find('/')?..])
    })
}

/// Does a person look at the answer? Endpoints of the API answer programs, whoever asks.
fn is_browser(headers: &HeaderMap, path: &str) -> bool {
    !path.starts_with("/api/")
        && headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// The pattern of the route, so that ids and typed addresses make no new series.
fn route(matched: Option<&MatchedPath>, path: &str) -> SharedString {
    match matched {
        _ if path.starts_with("/pkg/") => SharedString::const_str("/pkg"),
        _ if path.starts_with("/editor/") => SharedString::const_str("/editor"),
        Some(matched) => SharedString::from_owned(matched.as_str().to_owned()),
        None => SharedString::const_str("other"),
    }
}

/// A method as a word of the metrics; senders may invent methods.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

fn digits(status: StatusCode) -> SharedString {
    match status.as_u16() {
        200 => SharedString::const_str("200"),
        204 => SharedString::const_str("204"),
        302 => SharedString::const_str("302"),
        304 => SharedString::const_str("304"),
        401 => SharedString::const_str("401"),
        404 => SharedString::const_str("404"),
        _ => SharedString::from_owned(status.as_str().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_the_address_our_proxy_wrote_counts() {
        let ip = |lines: &[(&'static str, &str)]| forwarded_for(&headers(lines)).map(|ip| ip.to_string());
        let name = "x-forwarded-for";
        assert_eq!(ip(&[(name, "6.6.6.6, 1.2.3.4")]).as_deref(), Some("1.2.3.4"));
        assert_eq!(ip(&[(name, "6.6.6.6"), (name, "1.2.3.4")]).as_deref(), Some("1.2.3.4"));
        assert_eq!(ip(&[(name, "[2001:db8::1]:4711")]).as_deref(), Some("2001:db8::1"));
        assert_eq!(ip(&[(name, "nonsense")]), None);
        assert_eq!(ip(&[]), None);
    }

    #[test]
    fn only_the_cookie_of_this_installation_counts() {
        let sent = headers(&[("cookie", "a=1; sid=planted; __Host-sid=real")]);
        assert_eq!(session_id(&sent, "__Host-sid"), Some("real"));
        let planted = headers(&[("cookie", "sid=planted")]);
        assert_eq!(session_id(&planted, "__Host-sid"), None);
        let twice = headers(&[("cookie", "sid=first"), ("cookie", "sid=last")]);
        assert_eq!(session_id(&twice, "sid"), Some("last"));
    }

    #[test]
    fn the_organization_is_that_of_path_header_or_referring_page() {
        let org = |path: &str, lines: &[(&'static str, &str)]| organization(path, &headers(lines));
        assert_eq!(org("/o/acme/factory", &[]).as_deref(), Some("acme"));
        assert_eq!(org("/o/", &[]), None);
        let called = [("x-organization", "globex"), ("referer", "https://a/o/acme")];
        assert_eq!(org("/fn/x", &called).as_deref(), Some("globex"));
        let posted = [("referer", "https://a.example:8443/o/acme?x=1")];
        assert_eq!(org("/fn/x", &posted).as_deref(), Some("acme"));
        assert_eq!(org("/fn/x", &[("referer", "https://a")]), None);
    }
}
