//! How a fault leaves the server: `{error: {code, message, fields?, request_id}}` for programs (chapter 10, section 5),
//! a small page for people who look at it in a browser.
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header, response::Parts},
    response::{IntoResponse, Response},
};
use kernel::{Code, Fault};
use serde_json::json;
use std::any::Any;

/// A fault as an HTTP answer. Its body is written by `settle`, which knows the request's id and who asks.
#[derive(Debug)]
pub struct ApiFault(pub Fault);

impl<E: Into<Fault>> From<E> for ApiFault {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// The same where always a person looks at the answer: the redirects of other sign-in services end in a browser.
pub struct PageFault(pub Fault);

/// A fault on its way out.
#[derive(Clone)]
struct Faulted {
    fault: Fault,
    page: bool,
}

fn answer(fault: Fault, page: bool) -> Response {
    let mut response = status_of(fault.code).into_response();
    if let Some(seconds) = fault.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response.extensions_mut().insert(Faulted { fault, page });
    response
}

fn status_of(code: Code) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl IntoResponse for ApiFault {
    fn into_response(self) -> Response {
        answer(self.0, false)
    }
}

impl IntoResponse for PageFault {
    fn into_response(self) -> Response {
        answer(self.0, true)
    }
}

/// Gives the refusals of the framework itself (no such path, no such method) the envelope of all others.
pub async fn speak(response: Response) -> Response {
    let status = response.status();
    let plain = response.headers().get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !status.is_client_error() || !plain || response.extensions().get::<Faulted>().is_some() {
        return response;
    }
    let fault = match status {
        StatusCode::NOT_FOUND => Fault::not_found("This address"),
        StatusCode::METHOD_NOT_ALLOWED => Fault::new(Code::BadRequest, "This method is not allowed here."),
        StatusCode::PAYLOAD_TOO_LARGE => Fault::new(Code::TooLarge, "This is too large."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Fault::new(Code::UnsupportedMedia, "Send JSON (application/json)."),
        _ => Fault::new(Code::BadRequest, "This request cannot be read."),
    };
    let (Parts { headers, .. }, _) = response.into_parts();
    let mut spoken = (status, ApiFault(fault)).into_response();
    // `Allow` of a 405, cookies.
    for (name, value) in &headers {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            spoken.headers_mut().append(name, value.clone());
        }
    }
    spoken
}

/// Writes the body of a fault on its way out; every other answer passes as it is.
pub fn settle(mut response: Response, id: &str, browser: bool) -> Response {
    let Some(Faulted { fault, page }) = response.extensions_mut().remove::<Faulted>() else {
        return response;
    };
    let id = fault.request_id.clone().unwrap_or_else(|| id.to_owned());
    let (kind, body) =
        if page || browser { ("text/html; charset=utf-8", html(&fault, &id, page)) } else { ("application/json", envelope(fault, &id)) };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(body);
    response
}

fn envelope(fault: Fault, id: &str) -> String {
    let Fault { code, message, fields, kept: _, details, retry_after: _, request_id: _ } = fault;
    let mut error = json!({ "code": code, "message": message, "request_id": id });
    if !fields.is_empty() {
        error["fields"] = json!(fields);
    }
    if let Some(details) = details {
        error["details"] = *details;
    }
    json!({ "error": error }).to_string()
}

/// A page that needs nothing else of the application: it is shown when that is what failed.
fn html(fault: &Fault, id: &str, sign_in: bool) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let (title, back, link) = match (sign_in, fault.code) {
        (true, _) => ("You were not signed in", "/login", "Back to sign-in"),
        (_, Code::RateLimited) => ("Too many requests", "/", "Try again"),
        (_, Code::TooLarge) => ("Too large", "/", "Back to the start"),
        (_, Code::Csrf) => ("Not from our own pages", "/", "Back to the start"),
        _ => ("Something went wrong", "/", "Back to the start"),
    };
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · Millrace</title>\
         <style>body{{font:15px/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 24px}}\
         h1{{font-size:20px}}small{{opacity:.7}}</style></head><body><main><h1>{title}</h1>\
         <p role=\"alert\">{}</p><p><a href=\"{back}\">{link}</a></p><p><small>Request {}</small></p></main></body></html>",
        escape(&fault.message),
        escape(id),
    )
}

/// A handler that panicked: logged once, answered like any other failure.
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let text =
        panic.downcast_ref::<&str>().map(|s| (*s).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(panic = text, "a handler panicked");
    ApiFault(Fault::internal()).into_response()
}
