//! `/api/integrations/github/install` and `/callback`: an admin goes to GitHub, installs the organization's GitHub App on an
//! account, and comes back.
use super::{
    Endpoint,
    openapi::{Doc, doc},
};
use crate::{envelope::PageFault, extract::Query};
use axum::{
    Extension,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, Duration, Utc};
use core_area::session_store::store_fault;
use factory::code::github_app;
use kernel::{
    Code, Fault,
    db::TenantTx,
    ids::{same_secret, token},
    request::Request,
};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

/// Where the session notes who went to GitHub.
const NOTE: &str = "github_app";
/// So long one may be away.
const MINUTES: i64 = 10;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![("GET", "/api/integrations/github/install", get(install)), ("GET", github_app::CALLBACK, get(callback))]
}

/// What the endpoints above say of themselves: query, body, answer.
pub(super) const DOCS: &[Doc] = &[
    doc(
        "GET /api/integrations/github/install",
        "Sends an admin to GitHub, to install the organization's GitHub App on an account.",
        "org: string, project: string",
        "",
        "302",
    ),
    doc(
        "GET /api/integrations/github/callback",
        "The browser comes back from it; its state is good once, for ten minutes.",
        "state: string, installation_id?: integer, setup_action?: string",
        "",
        "302",
    ),
];

#[derive(Deserialize)]
pub struct From {
    /// The slugs of the organization, and of the project whose page is open.
    org: String,
    project: String,
}

/// Who is at GitHub, and where they came from.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Away {
    state: String,
    org: String,
    project: String,
    at: DateTime<Utc>,
}

/// Goes to GitHub. A refusal is a page, since a person looks at it.
pub async fn install(Extension(request): Extension<Request>, cookie: Session, Query(from): Query<From>) -> Result<Response, PageFault> {
    leave(&request, &cookie, from).await.map_err(PageFault)
}

async fn leave(request: &Request, cookie: &Session, from: From) -> Result<Response, Fault> {
    let actor = request.in_org(&from.org).member().await?;
    let state = token();
    let page = TenantTx::write(request.app(), actor, async |tx| {
        let project = factory::projects::by_slug(tx, &from.project).await?;
        Ok((github_app::install_page(tx, &state).await?, project.slug))
    });
    let (page, project) = page.await?;
    let away = Away { state, org: from.org, project, at: request.app().clock.now() };
    cookie.insert(NOTE, away).await.map_err(store_fault)?;
    cookie.save().await.map_err(store_fault)?;
    found(&page)
}

#[derive(Deserialize)]
pub struct Back {
    #[serde(default)]
    state: String,
    installation_id: Option<u64>,
}

/// Comes back from GitHub.
pub async fn callback(Extension(request): Extension<Request>, cookie: Session, Query(back): Query<Back>) -> Result<Response, PageFault> {
    arrive(&request, &cookie, back).await.map_err(PageFault)
}

async fn arrive(request: &Request, cookie: &Session, back: Back) -> Result<Response, Fault> {
    request.require_session().await?;
    // Used up before anything else happens.
    let away: Option<Away> = cookie.remove(NOTE).await.map_err(store_fault)?;
    cookie.save().await.map_err(store_fault)?;
    let fits = |away: &Away| {
        same_secret(away.state.as_bytes(), back.state.as_bytes()) && request.app().clock.now() - away.at < Duration::minutes(MINUTES)
    };
    let Some(away) = away.filter(fits) else {
        let words = "This installation was not started here, or took longer than 10 minutes. Start it again under Settings, Integrations.";
        return Err(Fault::new(Code::Gone, words));
    };
    let number = back.installation_id.ok_or_else(|| {
        Fault::new(
            Code::Conflict,
            "The app is not installed yet: an owner of the account at GitHub has to approve it. Then start again here.",
        )
    })?;
    let actor = request.in_org(&away.org).member().await?;
    TenantTx::write(request.app(), actor, async |tx| github_app::installed(tx, number).await).await?;
    found(&format!("/o/{}/factory/{}/settings/integrations", away.org, away.project))
}

fn found(to: &str) -> Result<Response, Fault> {
    let to = HeaderValue::from_str(to).map_err(|_| Fault::internal())?;
    Ok((StatusCode::FOUND, [(header::LOCATION, to)]).into_response())
}
