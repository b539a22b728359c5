//! Who calls the API: a person with a session, or a key.
use crate::ApiFault;
use axum::{
    body::Body,
    extract::{Request as HttpRequest, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use kernel::{Code, Fault, access::Actor, app::App, db::TenantTx, limits::Limit, request::Request};
use uuid::Uuid;

/// Checks a bearer key and lets it act instead of a session; answers with the rate headers of the key.
pub async fn bearer(State(app): State<App>, mut http: HttpRequest<Body>, next: Next) -> Response {
    let text = |headers: &HeaderMap, name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let Some(key) = text(http.headers(), "authorization").and_then(|v| v.strip_prefix("Bearer ").map(str::to_owned)) else {
        return next.run(http).await;
    };
    let Some(info) = http.extensions().get::<Request>().map(|request| request.info().clone()) else {
        return ApiFault(Fault::internal()).into_response();
    };
    let org = text(http.headers(), "x-organization");
    match core_area::key_auth::authenticate(&app, &key, org.as_deref(), &info).await {
        Ok(access) => {
            http.extensions_mut().insert(Request::by_key(app, info, access.actor));
            let mut response = next.run(http).await;
            rate_headers(response.headers_mut(), access.limit);
            response
        }
        Err(refusal) => {
            let mut response = ApiFault(refusal.fault).into_response();
            if let Some(limit) = refusal.limit {
                rate_headers(response.headers_mut(), limit);
            }
            response
        }
    }
}

fn rate_headers(headers: &mut HeaderMap, limit: Limit) {
    for (name, value) in [
        ("x-ratelimit-limit", u64::from(limit.limit)),
        ("x-ratelimit-remaining", u64::from(limit.remaining)),
        ("x-ratelimit-reset", limit.reset),
    ] {
        headers.insert(name, HeaderValue::from(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The caller's rights in the organization with this id; 404 when it is not theirs.
pub async fn in_org(request: &Request, org: Uuid) -> Result<Actor, Fault> {
    if let Some(actor) = request.key() {
        return match actor.org == Some(org) {
            true => Ok(actor.clone()),
            false => Err(Fault::not_found("The organization")),
        };
    }
    let session = request.require_session().await?;
    let slug = session.organizations.iter().find(|o| o.id == org).map(|o| o.slug.clone());
    match slug {
        Some(slug) => request.in_org(&slug).member().await,
        None => Err(Fault::not_found("The organization")),
    }
}

/// The caller's rights in the organization of this project; 404 when it is not theirs. The address does not name the
/// organization: a person's own are looked through.
pub async fn in_project(request: &Request, project: Uuid) -> Result<Actor, Fault> {
    if let Some(actor) = request.key() {
        core_area::key_auth::in_project(actor, project)?;
        return Ok(actor.clone());
    }
    let session = request.require_session().await?;
    for org in &session.organizations {
        let actor = request.in_org(&org.slug).member().await?;
        let mut tx = TenantTx::read(request.app(), actor.clone()).await?;
        match factory::projects::get(&mut tx, project).await {
            Ok(_) => return Ok(actor),
            Err(fault) if fault.code == Code::NotFound => {}
            Err(fault) => return Err(fault),
        }
    }
    Err(Fault::not_found("The project"))
}

/// Keys act for an organization: what belongs to a person needs a person.
pub async fn person(request: &Request) -> Result<Actor, Fault> {
    let actor = request.person().await?;
    match actor.scopes {
        None => Ok(actor),
        Some(_) => Err(Fault::new(Code::Forbidden, "A key cannot do this. Sign in as a person.")),
    }
}
