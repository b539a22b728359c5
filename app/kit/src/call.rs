//! How a server function reaches the services: who asks, one transaction, errors with their status.
use crate::AppError;
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ACCEPT, COOKIE, SET_COOKIE},
    request::Parts,
};
use kernel::{Code, Fault, access::Actor, app::App, audit, db::TenantTx, request::Request};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

/// The request of this server function or page.
pub fn request() -> Result<Request, Fault> {
    use_context::<Request>().ok_or_else(Fault::internal)
}

/// Runs one unit of work as a member of the organization of the page: begin, run, commit, map the error.
pub async fn in_tenant<T>(work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, Fault>) -> Result<T, AppError> {
    answer(async {
        let request = request()?;
        let actor = request.member().await?;
        TenantTx::write(request.app(), actor, work).await
    })
    .await
}

/// The same for work that only reads: one round trip less, and the database refuses a write.
pub async fn read_tenant<T>(work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, Fault>) -> Result<T, AppError> {
    answer(async {
        let request = request()?;
        let actor = request.member().await?;
        let mut tx = TenantTx::read(request.app(), actor).await?;
        work(&mut tx).await
    })
    .await
}

/// The same for work that waits for others (a model, a service) between its transactions: it opens them itself.
pub async fn as_member<T>(work: impl AsyncFnOnce(&App, &Actor) -> Result<T, Fault>) -> Result<T, AppError> {
    answer(async {
        let request = request()?;
        let actor = request.member().await?;
        audit::outcome(request.app(), &actor, work(request.app(), &actor).await).await
    })
    .await
}

/// Runs one unit of work as the signed-in person, on their own account.
pub async fn as_person<T>(work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, Fault>) -> Result<T, AppError> {
    answer(async {
        let request = request()?;
        let actor = request.person().await?;
        TenantTx::write(request.app(), actor, work).await
    })
    .await
}

/// The same for work that only reads.
pub async fn as_person_reading<T>(work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, Fault>) -> Result<T, AppError> {
    answer(async {
        let request = request()?;
        let actor = request.person().await?;
        let mut tx = TenantTx::read(request.app(), actor).await?;
        work(&mut tx).await
    })
    .await
}

/// Runs work that needs no sign-in (sign-up, sign-in, links from mails).
pub async fn as_visitor<T>(work: impl AsyncFnOnce(&Request) -> Result<T, Fault>) -> Result<T, AppError> {
    answer(async {
        let request = request()?;
        work(&request).await
    })
    .await
}

async fn answer<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, AppError> {
    work.await.map_err(|mut fault| {
        fault.request_id = use_context::<Request>().map(|request| request.info().id.clone());
        set_status(fault.code);
        if let (Some(seconds), Some(response)) = (fault.retry_after, use_context::<ResponseOptions>()) {
            response.insert_header(http::header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        AppError(fault)
    })
}

/// Gives the response the status of a fault, except to a plain form post: its 302 carries the error back. A page that
/// needs a sign-in sends the visitor there itself ([`crate::ToSignIn`]).
pub fn set_status(code: Code) {
    if let (Some(parts), Some(response)) = (use_context::<Parts>(), use_context::<ResponseOptions>())
        && !is_plain_form(&parts)
        && !(code == Code::Unauthenticated && parts.method == Method::GET)
        && let Ok(status) = StatusCode::from_u16(code.status())
    {
        response.set_status(status);
    }
}

fn is_plain_form(parts: &Parts) -> bool {
    parts.method == Method::POST && wants_html(&parts.headers)
}

fn wants_html(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"))
}

/// A cookie the browser came with.
pub fn cookie(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    let lines = parts.headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let found = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('=')).find(|(known, _)| *known == name);
    found.map(|(_, value)| value.to_owned())
}

/// Gives the browser a cookie: the value of a `Set-Cookie`.
pub fn set_cookie(cookie: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie)) {
        response.append_header(SET_COOKIE, value);
    }
}

/// Sends the browser elsewhere: a 302 while a page is rendered, a navigation after a server function.
pub fn redirect(to: &str) {
    leptos_axum::redirect(to);
}
