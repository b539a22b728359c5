//! The providers of an organization, for its owners.
use super::{IdentityProvider, ProviderInput, check, store};
use crate::oidc;
use kernel::{Code, Fault, Perm, app::App, audit::Audit, db::TenantTx, request::Request};
use uuid::Uuid;

/// The providers of the organization, by name.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<IdentityProvider>, Fault> {
    tx.require(Perm::OrgSecurity)?;
    let (app, org) = (tx.app().clone(), tx.actor().org()?);
    store::list(tx.conn(), &app, Some(org)).await
}

/// Adds a provider.
pub async fn create(tx: &mut TenantTx, input: ProviderInput) -> Result<IdentityProvider, Fault> {
    let (app, org) = opened(tx)?;
    let checked = check::of_organization(tx, &input).await?;
    let made = store::insert(tx.conn(), &app, Some(org), &input, &checked).await?;
    tx.audit(line("identity_provider.create", made.id).meta(facts(&input))).await?;
    Ok(made)
}

/// Changes a provider; 409 with the present row when somebody else did meanwhile.
pub async fn update(tx: &mut TenantTx, id: Uuid, rev: &str, input: ProviderInput) -> Result<IdentityProvider, Fault> {
    let (app, org) = opened(tx)?;
    let checked = check::of_organization(tx, &input).await?;
    let now = store::update(tx.conn(), &app, Some(org), (id, rev), &input, &checked).await?;
    tx.audit(line("identity_provider.update", id).meta(facts(&input))).await?;
    Ok(now)
}

/// Removes a provider. Linked logins through it stay with their people but no longer open anything.
pub async fn delete(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
    let (_, org) = opened(tx)?;
    let name = store::delete(tx.conn(), Some(org), id).await?;
    tx.audit(line("identity_provider.delete", id).meta(serde_json::json!({ "name": name }))).await
}

/// Asks an issuer for its discovery document; answers in a sentence. Outside of any transaction.
pub async fn test(request: &Request, issuer: &str) -> Result<String, Fault> {
    request.member().await?.require(Perm::OrgSecurity)?;
    ask(request.app(), issuer).await
}

pub(crate) async fn ask(app: &App, issuer: &str) -> Result<String, Fault> {
    match oidc::discover_now(app, issuer.trim()).await {
        Ok(_) => Ok("The issuer answers and publishes its keys.".to_owned()),
        Err(fault) if fault.code == Code::Upstream => Err(Fault::field("issuer", fault.message)),
        Err(fault) => Err(fault),
    }
}

/// Only owners, and only with a fresh proof of who they are.
fn opened(tx: &TenantTx) -> Result<(App, Uuid), Fault> {
    tx.require(Perm::OrgSecurity)?;
    tx.require_reauth()?;
    Ok((tx.app().clone(), tx.actor().org()?))
}

pub(crate) fn line(action: &'static str, id: Uuid) -> Audit {
    Audit::new(action).target("identity_provider", id).warning()
}

/// What a line of the audit log says of a form: nothing secret.
pub(crate) fn facts(input: &ProviderInput) -> serde_json::Value {
    serde_json::json!({
        "name": input.name.trim(), "enforce": input.enforce, "enabled": input.enabled,
        "secret_changed": !input.client_secret.trim().is_empty(),
    })
}
