//! The identity providers of the whole installation.
use super::AdminTx;
use crate::identity::{self, IdentityProvider, ProviderInput, check, store};
use kernel::{Fault, request::Request};
use uuid::Uuid;

/// The providers everybody may sign in with, by name.
pub async fn providers(request: &Request) -> Result<Vec<IdentityProvider>, Fault> {
    let mut tx = AdminTx::begin(request).await?;
    store::list(tx.conn(), request.app(), None).await
}

/// Adds a provider.
pub async fn provider_create(request: &Request, input: ProviderInput) -> Result<IdentityProvider, Fault> {
    let mut tx = opened(request).await?;
    let checked = check::of_installation(request.app(), &input).await?;
    let made = store::insert(tx.conn(), request.app(), None, &input, &checked).await?;
    tx.audit(identity::line("identity_provider.create", made.id).meta(identity::facts(&input))).await?;
    tx.commit().await?;
    Ok(made)
}

/// Changes a provider; 409 with the present row when somebody else did meanwhile.
pub async fn provider_update(request: &Request, id: Uuid, rev: &str, input: ProviderInput) -> Result<IdentityProvider, Fault> {
    let mut tx = opened(request).await?;
    let checked = check::of_installation(request.app(), &input).await?;
    let now = store::update(tx.conn(), request.app(), None, (id, rev), &input, &checked).await?;
    tx.audit(identity::line("identity_provider.update", id).meta(identity::facts(&input))).await?;
    tx.commit().await?;
    Ok(now)
}

/// Removes a provider.
pub async fn provider_delete(request: &Request, id: Uuid) -> Result<(), Fault> {
    let mut tx = opened(request).await?;
    let name = store::delete(tx.conn(), None, id).await?;
    tx.audit(identity::line("identity_provider.delete", id).meta(serde_json::json!({ "name": name }))).await?;
    tx.commit().await
}

/// Asks an issuer whether it answers.
pub async fn provider_test(request: &Request, issuer: &str) -> Result<String, Fault> {
    // Only to check who asks: the issuer is asked outside of any transaction.
    drop(AdminTx::begin(request).await?);
    identity::ask(request.app(), issuer).await
}

/// Only with a fresh proof of who it is.
async fn opened(request: &Request) -> Result<AdminTx, Fault> {
    let tx = AdminTx::begin(request).await?;
    tx.require_reauth()?;
    Ok(tx)
}
