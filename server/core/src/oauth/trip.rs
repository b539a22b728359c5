//! The way to the other service and back.
use super::{
    Intent, OAuthReturn,
    enter::enter,
    linked::{add, prove},
};
use crate::{
    checks, github,
    identity::ProviderKind,
    lockout, login_providers,
    oidc::{self, refused},
    session_store::{self, Visitor},
    signin::{SignedIn, safe_redirect},
};
use chrono::{DateTime, Duration, Utc};
use kernel::{Code, Fault, access::Actor, audit::Audit, db::TenantTx};
use serde::{Deserialize, Serialize};

const NOTES: &str = "oauth";

/// `state` and `nonce` are good once, for ten minutes.
const STATE_MINUTES: i64 = 10;

/// Sign-ins under way at once in one browser; older ones are forgotten.
const MOST_UNDER_WAY: usize = 5;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Note {
    provider: String,
    state: String,
    nonce: String,
    pkce: String,
    intent: Intent,
    redirect_to: Option<String>,
    at: DateTime<Utc>,
}

async fn notes(v: &Visitor) -> Result<Vec<Note>, Fault> {
    if v.cookie.id().is_none() {
        return Ok(Vec::new());
    }
    let notes: Option<Vec<Note>> = v.cookie.get(NOTES).await.map_err(session_store::store_fault)?;
    Ok(notes.unwrap_or_default().into_iter().filter(|n| v.now() - n.at < Duration::minutes(STATE_MINUTES)).collect())
}

async fn keep(v: &Visitor, notes: &[Note]) -> Result<(), Fault> {
    v.cookie.insert(NOTES, notes).await.map_err(session_store::store_fault)?;
    v.cookie.save().await.map_err(session_store::store_fault)
}

/// Begins: answers the address of the service to go to. The hint is the mail address already typed here, so that
/// nobody types it twice.
pub async fn begin(v: &Visitor, provider: &str, intent: Intent, redirect_to: Option<&str>, hint: Option<&str>) -> Result<String, Fault> {
    let provider = login_providers::by_key(v.app(), provider).await?;
    match intent {
        Intent::SignIn => {}
        Intent::Link => v.request.person().await?.require_reauth(v.now())?,
        Intent::Reauth => drop(v.request.person().await?),
    }
    let hint = hint.filter(|hint| checks::email(hint, &()).is_ok());
    let trip = match provider.kind {
        ProviderKind::Github => github::depart(v.app(), &provider, hint)?,
        ProviderKind::Oidc | ProviderKind::Google => oidc::depart(v.app(), &provider, hint).await?,
    };
    let mut under_way = notes(v).await?;
    let extra = (under_way.len() + 1).saturating_sub(MOST_UNDER_WAY);
    under_way.drain(..extra);
    under_way.push(Note {
        provider: provider.key,
        state: trip.state,
        nonce: trip.nonce,
        pkce: trip.pkce,
        intent,
        redirect_to: safe_redirect(redirect_to).map(str::to_owned),
        at: v.now(),
    });
    keep(v, &under_way).await?;
    Ok(trip.url)
}

/// The person comes back. A wrong state, nonce or signature is 401 and changes nothing.
pub async fn callback(v: &Visitor, provider: &str, back: OAuthReturn) -> Result<SignedIn, Fault> {
    lockout::check_ip(&v.request).await?;
    match come_back(v, provider, back).await {
        Err(fault) if matches!(fault.code, Code::Unauthenticated | Code::LinkRequiresPassword | Code::Forbidden) => {
            lockout::count_for_ip(&v.request).await;
            note_failure(v, provider, &fault).await?;
            Err(fault)
        }
        other => other,
    }
}

async fn come_back(v: &Visitor, key: &str, back: OAuthReturn) -> Result<SignedIn, Fault> {
    let mut under_way = notes(v).await?;
    let at = under_way.iter().position(|n| {
        n.provider == key && back.state.as_deref().is_some_and(|s| kernel::ids::same_secret(s.as_bytes(), n.state.as_bytes()))
    });
    let note = under_way.remove(at.ok_or_else(|| {
        Fault::new(Code::Unauthenticated, "This sign-in was not started here, or took longer than 10 minutes. Start again.")
    })?);
    // Used up before anything else happens.
    keep(v, &under_way).await?;
    if let Some(error) = &back.error {
        tracing::info!(error, description = back.error_description, "a sign-in service sent the person back");
        return Err(Fault::new(Code::Unauthenticated, "The sign-in was cancelled at the other service."));
    }
    let code = back.code.as_deref().ok_or_else(refused)?;
    let provider = login_providers::by_key(v.app(), key).await?;
    let identity = match provider.kind {
        ProviderKind::Github => github::arrive(v.app(), &provider, code, &note.pkce).await?,
        ProviderKind::Oidc | ProviderKind::Google => oidc::arrive(v.app(), &provider, code, &note.pkce, &note.nonce).await?,
    };
    match note.intent {
        Intent::SignIn => enter(v, &provider, identity, note.redirect_to.as_deref()).await,
        Intent::Link => add(v, &provider, identity, note.redirect_to).await,
        Intent::Reauth => prove(v, &provider, identity, note.redirect_to).await,
    }
}

async fn note_failure(v: &Visitor, provider: &str, fault: &Fault) -> Result<(), Fault> {
    let actor = Actor { request: v.request.info().clone(), ..Actor::system(None) };
    let mut tx = TenantTx::begin(v.app(), actor).await?;
    let why = serde_json::json!({ "provider": provider, "code": fault.code });
    tx.audit(Audit::new("signin.oauth_failure").failure().warning().meta(why)).await?;
    tx.commit().await
}
