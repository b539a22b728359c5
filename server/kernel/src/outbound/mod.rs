//! The only client for calls to other hosts: refuses private addresses, bounds time and size, repeats what may be repeated.
mod guard;

use crate::{
    config,
    fault::{Code, Fault},
    telemetry,
};
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures::{StreamExt, stream::BoxStream};
use guard::{Allowed, Private, Resolver, bare, is_public};
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use rand::RngExt;
use reqwest::redirect::Policy;
use std::{error::Error, net::IpAddr, sync::Arc, time::Duration};
use tokio::time::Instant;
use url::Url;

/// Pause before the first repetition; doubles each time.
const PAUSE: Duration = Duration::from_millis(400);
/// Redirects followed on the same host.
const REDIRECTS: usize = 5;

/// The body of an answer that is read as it comes.
pub type Pieces = BoxStream<'static, Result<Bytes, Fault>>;

/// The guarded HTTP client. Cheap to clone.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

struct Inner {
    /// Connects to public addresses only.
    guarded: reqwest::Client,
    /// Connects to whatever the host resolves to: for hosts the configuration names.
    named: reqwest::Client,
    allowed: Allowed,
    bounds: Bounds,
    retries: u32,
}

/// How long and how large an answer may get.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// For everything, repetitions included.
    pub timeout: Duration,
    pub max_bytes: usize,
}

impl Outbound {
    pub fn new(config: &config::Outbound) -> Result<Self, Fault> {
        let allowed = Allowed::new(&config.allow_private);
        let client = || {
            reqwest::Client::builder()
                .user_agent(concat!("Millrace/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(config.connect_timeout)
                .redirect(same_host())
                .referer(false)
                // A proxy would connect for us, past the guard.
                .no_proxy()
                .pool_idle_timeout(Duration::from_secs(60))
        };
        let built = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|e| Fault::new(Code::Unavailable, format!("The client for outgoing calls cannot start: {e}")))
        };
        Ok(Self(Arc::new(Inner {
            guarded: built(client().dns_resolver(Resolver { allowed: allowed.clone() }))?,
            named: built(client())?,
            allowed,
            bounds: Bounds { timeout: config.timeout, max_bytes: 10 * 1024 * 1024 },
            retries: config.retries,
        })))
    }

    /// The default bounds: the configured timeout and 10 MB.
    pub fn bounds(&self) -> Bounds {
        self.0.bounds
    }

    /// Sends a request and reads its whole answer, whatever its status. `part` names the other side in metrics.
    ///
    /// 429 and 5xx answers and broken connections are repeated, if the method is idempotent or the request
    /// carries an `Idempotency-Key`.
    pub async fn send(&self, part: &'static str, request: Request<impl Into<Bytes>>) -> Result<Response<Bytes>, Fault> {
        self.send_within(part, request, self.0.bounds).await
    }

    /// The same with bounds of its own.
    pub async fn send_within(
        &self,
        part: &'static str,
        request: Request<impl Into<Bytes>>,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, Fault> {
        let started = Instant::now();
        let result = self.attempts(part, request.map(Into::into), bounds).await;
        let outcome = match &result {
            Ok(answer) => answer.status().as_str().to_owned(),
            Err(Failure::Private(_)) => "refused".to_owned(),
            Err(Failure::TimedOut(_)) => "timeout".to_owned(),
            Err(_) => "error".to_owned(),
        };
        metrics::counter!(telemetry::OUTBOUND, "part" => part, "outcome" => outcome).increment(1);
        metrics::histogram!(telemetry::OUTBOUND_DURATION, "part" => part).record(started.elapsed().as_secs_f64());
        result.map_err(|failure| failure.fault(part))
    }

    /// Sends a request and hands its answer out as it comes, whatever its status: for what is written while it is read.
    ///
    /// It is sent at most `tries` times: 429 and 5xx answers and hosts that cannot be reached are asked again, when the answer
    /// says so (`Retry-After`). What has begun to answer is never asked again. `patience` bounds everything.
    pub async fn open(
        &self,
        part: &'static str,
        request: Request<impl Into<Bytes>>,
        tries: u32,
        patience: Duration,
    ) -> Result<Response<Pieces>, Fault> {
        let deadline = Instant::now() + patience;
        let result = self.opened(request.map(Into::into), tries, deadline).await;
        let outcome = match &result {
            Ok(answer) => answer.status().as_str().to_owned(),
            Err(Failure::Private(_)) => "refused".to_owned(),
            Err(Failure::TimedOut(_)) => "timeout".to_owned(),
            Err(_) => "error".to_owned(),
        };
        metrics::counter!(telemetry::OUTBOUND, "part" => part, "outcome" => outcome).increment(1);
        let mut answer = result.map_err(|failure| failure.fault(part))?;
        let mut response = Response::new(());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response.map(|()| pieces(part, answer, deadline, self.0.bounds.max_bytes)))
    }

    async fn opened(&self, request: Request<Bytes>, tries: u32, deadline: Instant) -> Result<reqwest::Response, Failure> {
        let request = reqwest::Request::try_from(request).map_err(|e| Failure::Bad(e.to_string()))?;
        let client = self.client_for(request.url())?;
        let name = host(request.url()).to_owned();
        let mut attempt = 0;
        loop {
            let copy = request.try_clone().ok_or_else(|| Failure::Bad("its body cannot be sent twice".to_owned()))?;
            let once = tokio::time::timeout_at(deadline, client.execute(copy)).await;
            let result = match once {
                Ok(answer) => answer.map_err(|e| Failure::of(&e.without_url(), &name)),
                Err(_) => Err(Failure::TimedOut(name.clone())),
            };
            let (again, said) = match &result {
                Ok(answer) => (passes(answer.status()), retry_after(answer.headers(), Utc::now())),
                Err(failure) => (matches!(failure, Failure::Unreached(_)), None),
            };
            let pause = said.unwrap_or_else(|| jittered(attempt));
            attempt += 1;
            if !again || attempt >= tries || Instant::now() + pause >= deadline {
                return result;
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// May this URL be called at all? For forms that store one (webhooks): the message belongs beside their field.
    pub async fn check_url(&self, url: &str) -> Result<Url, Fault> {
        let url = Url::parse(url).map_err(|_| Fault::new(Code::Validation, "This is not a complete URL (https://..)."))?;
        self.client_for(&url).map_err(|failure| failure.fault("url"))?;
        let (host, port) = (host(&url).to_owned(), url.port_or_known_default().unwrap_or(443));
        if !self.0.allowed.names(&host, port) && host.parse::<IpAddr>().is_err() {
            let found = tokio::net::lookup_host((host.as_str(), port))
                .await
                .map_err(|_| Fault::new(Code::Validation, format!("The host {host} cannot be found.")))?;
            if !found.into_iter().any(|address| is_public(address.ip())) {
                return Err(Failure::Private(host).fault("url"));
            }
        }
        Ok(url)
    }

    fn client_for(&self, url: &Url) -> Result<&reqwest::Client, Failure> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Failure::Bad(format!("{} is not a scheme that can be called", url.scheme())));
        }
        let port = url.port_or_known_default().unwrap_or(443);
        if self.0.allowed.names(host(url), port) {
            return Ok(&self.0.named);
        }
        // Addresses written out never reach the resolver.
        match host(url).parse::<IpAddr>() {
            Ok(address) if !is_public(address) => Err(Failure::Private(address.to_string())),
            _ => Ok(&self.0.guarded),
        }
    }

    async fn attempts(&self, part: &'static str, request: Request<Bytes>, bounds: Bounds) -> Result<Response<Bytes>, Failure> {
        let repeatable = request.method().is_idempotent() || request.headers().contains_key("idempotency-key");
        let request = reqwest::Request::try_from(request).map_err(|e| Failure::Bad(e.to_string()))?;
        let client = self.client_for(request.url())?;
        let name = host(request.url()).to_owned();
        let deadline = Instant::now() + bounds.timeout;
        let mut attempt = 0;
        loop {
            let copy = request.try_clone().ok_or_else(|| Failure::Bad("its body cannot be sent twice".to_owned()))?;
            let once = tokio::time::timeout_at(deadline, exchange(client, copy, bounds.max_bytes)).await;
            let result = once.unwrap_or_else(|_| Err(Failure::TimedOut(name.clone())));
            let again = match &result {
                Ok(answer) => passes(answer.status()) && repeatable,
                Err(Failure::Unreached(_)) => true,
                Err(Failure::Broken(_)) => repeatable,
                Err(_) => false,
            };
            let pause = match &result {
                Ok(answer) => retry_after(answer.headers(), Utc::now()),
                Err(_) => None,
            }
            .unwrap_or_else(|| jittered(attempt));
            if !again || attempt >= self.0.retries || Instant::now() + pause >= deadline {
                return result;
            }
            metrics::counter!(telemetry::OUTBOUND_RETRIES, "part" => part).increment(1);
            tracing::debug!(outbound.part = part, outbound.attempt = attempt + 1, "a call is repeated");
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbound").field("allowed", &self.0.allowed).field("bounds", &self.0.bounds).finish()
    }
}

/// The answer of a successful call; else a fault that says who answered what.
pub fn expect_success(part: &str, answer: Response<Bytes>) -> Result<Bytes, Fault> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer.into_body());
    }
    tracing::warn!(outbound.part = part, http.status = status.as_u16(), "a call was answered with an error");
    let mut fault = Fault::new(Code::Upstream, format!("{part} answered {status}."))
        .with_details(serde_json::json!({ "part": part, "status": status.as_u16() }));
    fault.retry_after = retry_after(answer.headers(), Utc::now()).map(|wait| wait.as_secs());
    Err(fault)
}

/// Why a call has no answer. Hosts only: paths and queries may hold secrets.
#[derive(Debug)]
enum Failure {
    Bad(String),
    Private(String),
    TooLarge(String, usize),
    TimedOut(String),
    /// No connection: nothing was sent.
    Unreached(String),
    /// The connection broke after something may have been sent.
    Broken(String),
}

impl Failure {
    fn fault(self, part: &str) -> Fault {
        let (code, message) = match self {
            Failure::Bad(why) => (Code::Validation, format!("This call cannot be made: {why}.")),
            Failure::Private(host) => (
                Code::Validation,
                format!("{host} is a private address. Whoever runs this installation can allow it with outbound.allow_private."),
            ),
            Failure::TooLarge(host, max) => (Code::Upstream, format!("{host} answered with more than {} MB.", max / 1_048_576)),
            Failure::TimedOut(host) => (Code::Upstream, format!("{host} did not answer in time.")),
            Failure::Unreached(host) => (Code::Upstream, format!("{host} cannot be reached.")),
            Failure::Broken(host) => (Code::Upstream, format!("The connection to {host} broke.")),
        };
        Fault::new(code, message).with_details(serde_json::json!({ "part": part }))
    }

    fn of(error: &reqwest::Error, host: &str) -> Self {
        let mut source: Option<&(dyn Error + 'static)> = error.source();
        while let Some(inner) = source {
            if let Some(Private(name)) = inner.downcast_ref() {
                return Failure::Private(name.clone());
            }
            source = inner.source();
        }
        tracing::warn!(error = error as &dyn Error, outbound.host = host, "a call failed");
        match () {
            () if error.is_connect() => Failure::Unreached(host.to_owned()),
            () if error.is_timeout() => Failure::TimedOut(host.to_owned()),
            () if error.is_builder() => Failure::Bad("the request is not valid HTTP".to_owned()),
            () => Failure::Broken(host.to_owned()),
        }
    }
}

async fn exchange(client: &reqwest::Client, request: reqwest::Request, max: usize) -> Result<Response<Bytes>, Failure> {
    let name = host(request.url()).to_owned();
    let no_body = request.method() == Method::HEAD;
    let mut answer = client.execute(request).await.map_err(|e| Failure::of(&e.without_url(), &name))?;
    if !no_body && answer.content_length().is_some_and(|length| length > max as u64) {
        return Err(Failure::TooLarge(name, max));
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| Failure::of(&e.without_url(), &name))? {
        if body.len() + chunk.len() > max {
            return Err(Failure::TooLarge(name, max));
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = Response::new(body.freeze());
    *response.status_mut() = answer.status();
    *response.version_mut() = answer.version();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    Ok(response)
}

/// May the same call be answered otherwise a moment later?
fn passes(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

/// The body of an answer as it comes.
fn pieces(part: &'static str, answer: reqwest::Response, deadline: Instant, max: usize) -> Pieces {
    let name = host(answer.url()).to_owned();
    futures::stream::try_unfold((answer, 0), move |(mut answer, seen)| {
        let name = name.clone();
        async move {
            let next = match tokio::time::timeout_at(deadline, answer.chunk()).await {
                Ok(next) => next.map_err(|e| Failure::of(&e.without_url(), &name)),
                Err(_) => Err(Failure::TimedOut(name.clone())),
            };
            match next.map_err(|failure| failure.fault(part))? {
                Some(chunk) if seen + chunk.len() > max => Err(Failure::TooLarge(name, max).fault(part)),
                Some(chunk) => {
                    let seen = seen + chunk.len();
                    Ok(Some((chunk, (answer, seen))))
                }
                None => Ok(None),
            }
        }
    })
    .boxed()
}

/// Follows redirects on the same host and port; any other comes back to the caller as the answer.
fn same_host() -> Policy {
    Policy::custom(|attempt| {
        let place = |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default());
        let same = attempt.previous().first().is_some_and(|first| place(first) == place(attempt.url()));
        if same && attempt.previous().len() <= REDIRECTS { attempt.follow() } else { attempt.stop() }
    })
}

fn host(url: &Url) -> &str {
    bare(url.host_str().unwrap_or_default())
}

fn jittered(attempt: u32) -> Duration {
    PAUSE.mul_f64(2f64.powi(attempt as i32) * rand::rng().random_range(0.5..1.0))
}

/// Seconds or a date (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc);
    Some((at - now).to_std().unwrap_or_default())
}
