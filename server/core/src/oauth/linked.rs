//! Logins at other services that belong to a person.
use super::LinkedLogin;
use crate::{
    login_providers::{self, Provider},
    oidc::Identity,
    session_store::Visitor,
    signin::{SignedIn, as_person},
};
use kernel::{Code, Fault, access::Session, audit::Audit, db::TenantTx, fault::OnConstraint};
use std::sync::Arc;
use uuid::Uuid;

pub(super) async fn known(v: &Visitor, provider: &Provider, identity: &Identity) -> Result<Option<Uuid>, Fault> {
    Ok(sqlx::query_scalar!("select core.account_user($1, $2)", provider.key, identity.subject).fetch_one(v.app().db.pool()).await?)
}

pub(super) async fn link(v: &Visitor, provider: &Provider, identity: &Identity, user: Uuid) -> Result<(), Fault> {
    let mut tx = as_person(v, user).await?;
    insert(&mut tx, provider, identity, user).await?;
    let meta = serde_json::json!({ "provider": provider.name });
    tx.audit(Audit::new("account.link").target("user", user).meta(meta)).await?;
    tx.commit().await
}

pub(super) async fn insert(tx: &mut TenantTx, provider: &Provider, identity: &Identity, user: Uuid) -> Result<(), Fault> {
    sqlx::query!(
        "insert into core.accounts (user_id, provider, provider_account_id, identity_provider_id) values ($1, $2, $3, $4)",
        user,
        provider.key,
        identity.subject,
        provider.row
    )
    .execute(tx.conn())
    .await
    .on_constraint("accounts_provider_provider_account_id_key", || {
        Fault::new(Code::Conflict, "This login is linked to another account here.")
    })?;
    Ok(())
}

async fn signed_in(v: &Visitor) -> Result<Arc<Session>, Fault> {
    v.request.require_session().await
}

/// Links the login to the signed-in person.
pub(super) async fn add(v: &Visitor, provider: &Provider, identity: Identity, redirect_to: Option<String>) -> Result<SignedIn, Fault> {
    let session = signed_in(v).await?;
    session.actor(v.request.info().clone()).require_reauth(v.now())?;
    match known(v, provider, &identity).await? {
        Some(user) if user == session.user_id => {}
        Some(_) => {
            return Err(Fault::new(Code::Conflict, "This login is linked to another account here."));
        }
        None => link(v, provider, &identity, session.user_id).await?,
    }
    Ok(SignedIn { goto: redirect_to.unwrap_or_else(|| "/account/security".to_owned()), mfa: Vec::new() })
}

/// Takes the linked login as proof of identity.
pub(super) async fn prove(v: &Visitor, provider: &Provider, identity: Identity, redirect_to: Option<String>) -> Result<SignedIn, Fault> {
    let session = signed_in(v).await?;
    if known(v, provider, &identity).await? != Some(session.user_id) {
        return Err(Fault::new(Code::WrongAccount, "This is the login of somebody else."));
    }
    let mut tx = TenantTx::begin(v.app(), session.actor(v.request.info().clone())).await?;
    crate::reauth::proven(&mut tx, "oauth").await?;
    tx.commit().await?;
    Ok(SignedIn { goto: redirect_to.unwrap_or_else(|| "/account/security".to_owned()), mfa: Vec::new() })
}

/// The linked logins of the acting person.
pub async fn linked(tx: &mut TenantTx) -> Result<Vec<LinkedLogin>, Fault> {
    let user = tx.actor().user()?;
    let rows = sqlx::query!("select id, provider, created_at from core.accounts where user_id = $1 order by created_at limit 100", user)
        .fetch_all(tx.conn())
        .await?;
    let app = tx.app().clone();
    let mut logins = Vec::new();
    for row in rows {
        let name = match login_providers::by_key(&app, &row.provider).await {
            Ok(provider) => provider.name,
            // Its service was removed or switched off: the link shows, and can be taken back.
            Err(_) => match row.provider.as_str() {
                "github" => "GitHub (switched off)".to_owned(),
                "google" => "Google (switched off)".to_owned(),
                _ => "A service that was removed".to_owned(),
            },
        };
        logins.push(LinkedLogin { id: row.id, provider: row.provider, name, created_at: row.created_at });
    }
    Ok(logins)
}

/// Takes a link back; never the last way to sign in.
pub async fn unlink(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
    tx.require_reauth()?;
    let gone = sqlx::query_scalar!("delete from core.accounts where id = $1 returning provider", id).fetch_optional(tx.conn()).await?;
    let Some(provider) = gone else {
        return Err(Fault::not_found("The linked login"));
    };
    crate::reauth::keep_a_way_in(tx).await?;
    tx.audit(Audit::new("account.unlink").target("account", id).meta(serde_json::json!({ "provider": provider }))).await
}
