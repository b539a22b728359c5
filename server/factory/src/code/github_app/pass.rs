//! The token of an installation: kept sealed, made anew five minutes before it ends.
use crate::code::remote::app::AppApi;
use chrono::{DateTime, Duration, Utc};
use indexing::SourceFault;
use kernel::{Fault, access::Actor, app::App, db::TenantTx, keys};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

/// So long before its end a token is not used any more.
const SPARE: i64 = 5;

/// A token as it is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    token: String,
    until: DateTime<Utc>,
}

pub(super) fn key_aad(org: Uuid, provider: Uuid) -> String {
    keys::aad("factory.git_providers", org, &provider.to_string())
}

fn pass_aad(org: Uuid, installation: Uuid) -> String {
    keys::aad("factory.git_installations", org, &installation.to_string())
}

/// Where the API of github.com is; another server's is kept in `api_base_url`.
pub(super) const API: &str = "https://api.github.com";

/// Seals a token for the row of its installation.
pub(super) fn seal(tx: &TenantTx, installation: Uuid, token: &str, until: DateTime<Utc>) -> Result<String, Fault> {
    let kept = Zeroizing::new(serde_json::to_string(&Kept { token: token.to_owned(), until }).map_err(|_| Fault::internal())?);
    tx.app().keys.seal_text(&pass_aad(tx.actor().org()?, installation), &kept)
}

/// What opens the repositories of an installation now. `number`: GitHub's of it.
pub async fn pass(app: &App, org: Uuid, number: &str) -> Result<Zeroizing<String>, SourceFault> {
    let broken = |fault: Fault| SourceFault::Unreadable(fault.message);
    let mut tx = TenantTx::begin(app, Actor::system(Some(org))).await.map_err(broken)?;
    let row = sqlx::query!(
        r#"select i.id, i.access_token, i.account_name, i.suspended_at, p.id as provider, p.app_id, p.api_base_url,
             p.private_key_encrypted
           from factory.git_installations i join factory.git_providers p on p.id = i.provider_id where i.installation_id = $1 for update of i"#,
        number
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(|error| broken(error.into()))?
    .ok_or_else(|| SourceFault::Refused("The GitHub App is not installed on this account any more. Choose another way in.".to_owned()))?;
    if row.suspended_at.is_some() {
        let account = row.account_name.unwrap_or_default();
        return Err(SourceFault::Refused(format!("The owner of {account} suspended the GitHub App. They can let it in again at GitHub.")));
    }
    let kept = app.keys.open_text(&pass_aad(org, row.id), &row.access_token).map_err(broken)?;
    if let Ok(kept) = serde_json::from_str::<Kept>(&kept)
        && kept.until - Duration::minutes(SPARE) > app.clock.now()
    {
        return Ok(Zeroizing::new(kept.token));
    }
    let sealed = row.private_key_encrypted.ok_or_else(|| SourceFault::Refused("The GitHub App has no private key.".to_owned()))?;
    let pem = app.keys.open_text(&key_aad(org, row.provider), &sealed).map_err(broken)?;
    let api = AppApi::new(app, row.api_base_url.as_deref().unwrap_or(API), &row.app_id, &pem)?;
    // Whoever else needs it waits for this one call instead of making it again.
    let new = api.pass(number).await?;
    let sealed = seal(&tx, row.id, &new.token, new.until).map_err(broken)?;
    sqlx::query!("update factory.git_installations set access_token = $2 where id = $1", row.id, sealed)
        .execute(tx.conn())
        .await
        .map_err(|error| broken(error.into()))?;
    tx.commit().await.map_err(broken)?;
    Ok(new.token)
}

/// The API of the server an installation is on, and what opens its repositories now.
pub async fn access(app: &App, org: Uuid, installation: Uuid) -> Result<(String, Zeroizing<String>), SourceFault> {
    let broken = |fault: Fault| SourceFault::Unreadable(fault.message);
    let mut tx = TenantTx::read(app, Actor::system(Some(org))).await.map_err(broken)?;
    let row = sqlx::query!(
        "select i.installation_id, p.api_base_url from factory.git_installations i join factory.git_providers p on p.id = i.provider_id where i.id = $1",
        installation
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(|error| broken(error.into()))?
    .ok_or_else(|| SourceFault::Refused("The GitHub App is not installed on this account any more. Choose another way in.".to_owned()))?;
    drop(tx);
    let token = pass(app, org, &row.installation_id).await?;
    Ok((row.api_base_url.unwrap_or_else(|| API.to_owned()), token))
}

/// What GitHub reports of an installation: it was deleted, suspended or let in again. Answers whether somebody knew it.
pub async fn changed(app: &App, number: u64, action: &str) -> Result<bool, Fault> {
    let known = sqlx::query_scalar!(r#"select factory.installation_changed($1, $2) as "known!""#, number.to_string(), action)
        .fetch_one(app.db.pool())
        .await?;
    Ok(known)
}
