//! OpenID Connect: discovery and keys (cached for an hour), the way to the issuer, and what its token must prove.
use crate::login_providers::Provider;
use chrono::{DateTime, Duration, Utc};
use kernel::{Code, Fault, app::App};
use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, LoginHint, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, SignatureVerificationError, TokenResponse,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
        CoreProviderMetadata,
    },
};
use std::pin::Pin;
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
};

/// How long an issuer's keys are taken from memory.
const KEYS_MINUTES: i64 = 60;
/// A token is changed for the code on the spot: it was issued now, give or take, in seconds.
const CLOCK_SECONDS: i64 = 60;

/// What a sign-in at another service tells of the person.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Identity {
    /// The id there, which never changes.
    pub subject: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub name: Option<String>,
}

/// What has to be kept until the person comes back.
pub(crate) struct Trip {
    pub url: String,
    pub state: String,
    pub nonce: String,
    pub pkce: String,
}

struct Known {
    metadata: CoreProviderMetadata,
    at: DateTime<Utc>,
}

/// Per process and issuer: nothing here is secret, and a second process asks for itself.
static KNOWN: LazyLock<Mutex<HashMap<String, Known>>> = LazyLock::new(Mutex::default);

/// The other side did not do its part.
pub(crate) fn upstream(what: &str) -> Fault {
    Fault::new(Code::Upstream, what)
}

/// What a token that does not prove itself is answered with; nothing is linked.
pub(crate) fn refused() -> Fault {
    Fault::new(Code::Unauthenticated, "The answer of the sign-in service cannot be trusted. Nothing was changed. Try again.")
}

type Answering = Pin<Box<dyn Future<Output = Result<HttpResponse, Fault>> + Send>>;

/// The client that the OpenID crate calls. It owns what it needs: a borrowed one would keep the futures of
/// handlers from being `Send`.
fn caller(app: &App) -> impl Fn(HttpRequest) -> Answering + Send + Sync + 'static {
    let app = app.clone();
    move |request| {
        let app = app.clone();
        Box::pin(async move {
            let answer = app.outbound.send("identity", request).await?;
            Ok(answer.map(|body| body.to_vec()))
        })
    }
}

/// The issuer's description and keys, fresh from the issuer.
pub(crate) async fn discover_now(app: &App, issuer: &str) -> Result<CoreProviderMetadata, Fault> {
    let url = IssuerUrl::new(issuer.to_owned()).map_err(|_| upstream("The address of the issuer is not a URL."))?;
    let client = caller(app);
    let metadata = CoreProviderMetadata::discover_async(url, &client).await.map_err(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, issuer, "an issuer could not be discovered");
        upstream("The sign-in service does not answer as an OpenID Connect issuer.")
    })?;
    let known = Known { metadata: metadata.clone(), at: app.clock.now() };
    KNOWN.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(issuer.to_owned(), known);
    Ok(metadata)
}

async fn discover(app: &App, issuer: &str) -> Result<CoreProviderMetadata, Fault> {
    let now = app.clock.now();
    let cached = {
        let known = KNOWN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        known.get(issuer).filter(|k| now - k.at < Duration::minutes(KEYS_MINUTES)).map(|k| k.metadata.clone())
    };
    match cached {
        Some(metadata) => Ok(metadata),
        None => discover_now(app, issuer).await,
    }
}

fn redirect(app: &App, provider: &Provider) -> Result<RedirectUrl, Fault> {
    RedirectUrl::new(provider.callback_url(app)).map_err(|_| Fault::internal())
}

/// The way to the issuer: code flow with PKCE (S256), single-use state and nonce.
pub(crate) async fn depart(app: &App, provider: &Provider, hint: Option<&str>) -> Result<Trip, Fault> {
    let metadata = discover(app, &provider.url).await?;
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new(provider.client_id.clone()), None)
        .set_redirect_uri(redirect(app, provider)?);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let wanted: Vec<String> = match provider.scopes.is_empty() {
        true => ["email", "profile"].map(str::to_owned).to_vec(),
        false => provider.scopes.iter().filter(|s| s.as_str() != "openid").cloned().collect(),
    };
    let mut way = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(wanted.into_iter().map(Scope::new))
        .set_pkce_challenge(challenge);
    if let Some(hint) = hint {
        way = way.set_login_hint(LoginHint::new(hint.to_owned()));
    }
    let (url, state, nonce) = way.url();
    Ok(Trip { url: url.to_string(), state: state.secret().clone(), nonce: nonce.secret().clone(), pkce: verifier.secret().clone() })
}

/// Changes the code for a token and checks it: signature (RS256, ES256), issuer, audience, times, nonce.
pub(crate) async fn arrive(app: &App, provider: &Provider, code: &str, pkce: &str, nonce: &str) -> Result<Identity, Fault> {
    let metadata = discover(app, &provider.url).await?;
    let secret = ClientSecret::new(provider.client_secret(app)?);
    let client = CoreClient::from_provider_metadata(metadata.clone(), ClientId::new(provider.client_id.clone()), Some(secret))
        .set_redirect_uri(redirect(app, provider)?);
    let http = caller(app);
    let exchange = client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .map_err(|_| upstream("The sign-in service names no token endpoint."))?
        .set_pkce_verifier(PkceCodeVerifier::new(pkce.to_owned()));
    let answer = exchange.request_async(&http).await.map_err(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, provider = provider.key, "a code was not exchanged");
        match &error {
            // The issuer answered and does not take the code.
            openidconnect::RequestTokenError::ServerResponse(_) => refused(),
            _ => upstream("The sign-in service does not answer as it should. Try again in a moment."),
        }
    })?;
    let token = answer.id_token().ok_or_else(refused)?;
    let claims = match verify(app, provider, metadata.jwks(), token, nonce) {
        // A key we have not seen: the issuer may have changed its keys. Asked once.
        Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
            let fresh = discover_now(app, &provider.url).await?;
            verify(app, provider, fresh.jwks(), token, nonce)
        }
        other => other,
    };
    let claims = claims.map_err(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, provider = provider.key, "an ID token was refused");
        refused()
    })?;
    Ok(Identity {
        subject: claims.subject().to_string(),
        email: claims.email().map(|email| email.to_string()),
        email_verified: claims.email_verified().unwrap_or(false),
        name: claims.name().and_then(|name| name.get(None)).map(|name| name.to_string()),
    })
}

fn verify(
    app: &App,
    provider: &Provider,
    keys: &CoreJsonWebKeySet,
    token: &CoreIdToken,
    nonce: &str,
) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
    let now = app.clock.now();
    let issuer = IssuerUrl::new(provider.url.clone()).map_err(|e| ClaimsVerificationError::InvalidIssuer(e.to_string()))?;
    let verifier =
        openidconnect::core::CoreIdTokenVerifier::new_public_client(ClientId::new(provider.client_id.clone()), issuer, keys.clone())
            .set_allowed_algs([CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, CoreJwsSigningAlgorithm::EcdsaP256Sha256])
            .set_time_fn(move || now)
            .set_issue_time_verifier_fn(move |issued| match (issued - now).num_seconds().abs() {
                ..=CLOCK_SECONDS => Ok(()),
                _ => Err("issued at another time than now".to_owned()),
            });
    token.claims(&verifier, &Nonce::new(nonce.to_owned())).cloned()
}
