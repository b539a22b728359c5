//! Sign-in with GitHub: OAuth 2 with PKCE, then `/user` and `/user/emails` (GitHub issues no ID token).
use crate::{
    login_providers::Provider,
    oidc::{Identity, Trip, refused, upstream},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{Fault, app::App, ids};
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use url::Url;

/// `base` with `path` below it; GitHub Enterprise has its API under `/api/v3`.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let joined = format!("{}{path}", base.path().trim_end_matches('/'));
    url.set_path(&joined);
    url
}

/// The way to GitHub.
pub(crate) fn depart(app: &App, provider: &Provider, hint: Option<&str>) -> Result<Trip, Fault> {
    let site = Url::parse(&provider.url).map_err(|_| Fault::internal())?;
    let (state, pkce) = (ids::token(), ids::token());
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(pkce.as_bytes()));
    let scopes = if provider.scopes.is_empty() { "read:user user:email".to_owned() } else { provider.scopes.join(" ") };
    let mut url = below(&site, "/login/oauth/authorize");
    url.query_pairs_mut()
        .append_pair("client_id", &provider.client_id)
        .append_pair("redirect_uri", &provider.callback_url(app))
        .append_pair("scope", &scopes)
        .append_pair("state", &state)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    if let Some(hint) = hint {
        url.query_pairs_mut().append_pair("login", hint);
    }
    Ok(Trip { url: url.into(), state, nonce: String::new(), pkce })
}

#[derive(Deserialize)]
struct Token {
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Email {
    email: String,
    primary: bool,
    verified: bool,
}

/// Changes the code for a token and asks who it belongs to. The token is used for these two calls and forgotten.
pub(crate) async fn arrive(app: &App, provider: &Provider, code: &str, pkce: &str) -> Result<Identity, Fault> {
    let site = Url::parse(&provider.url).map_err(|_| Fault::internal())?;
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &provider.client_id)
        .append_pair("client_secret", &provider.client_secret(app)?)
        .append_pair("code", code)
        .append_pair("redirect_uri", &provider.callback_url(app))
        .append_pair("code_verifier", pkce)
        .finish();
    let request = http::Request::post(below(&site, "/login/oauth/access_token").as_str())
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.into_bytes());
    let token: Token = ask(app, request).await?;
    // A code that is not taken answers 200 with an error in it.
    let token = token.access_token.ok_or_else(refused)?;
    let user: User = ask(app, api(provider, &token, "/user")).await?;
    let emails: Vec<Email> = ask(app, api(provider, &token, "/user/emails")).await?;
    let primary = emails.into_iter().find(|e| e.primary);
    Ok(Identity {
        subject: user.id.to_string(),
        email_verified: primary.as_ref().is_some_and(|e| e.verified),
        email: primary.map(|e| e.email),
        name: user.name.filter(|name| !name.trim().is_empty()).or(Some(user.login)),
    })
}

fn api(provider: &Provider, token: &str, path: &str) -> http::Result<http::Request<Vec<u8>>> {
    http::Request::get(below(&provider.api_url, path).as_str())
        .header("accept", "application/vnd.github+json")
        .header("x-github-api-version", "2022-11-28")
        .header("authorization", format!("Bearer {token}"))
        .body(Vec::new())
}

async fn ask<T: DeserializeOwned>(app: &App, request: http::Result<http::Request<Vec<u8>>>) -> Result<T, Fault> {
    let request = request.map_err(|_| Fault::internal())?;
    let answer = app.outbound.send("identity", request).await?;
    if !answer.status().is_success() {
        tracing::warn!(status = answer.status().as_u16(), "GitHub refused a call");
        return Err(upstream("GitHub does not answer as it should. Try again in a moment."));
    }
    serde_json::from_slice(answer.body()).map_err(|_| upstream("GitHub gave an answer that is not understood."))
}
