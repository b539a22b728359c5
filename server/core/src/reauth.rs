//! "Confirm it is you": a fresh proof of identity for sensitive actions, good for 10 minutes.
use crate::signin::ProviderChoice;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The form: the password, or a code of the authenticator app.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reauth {
    #[serde(default)]
    pub password: String,
    #[serde(default)]
    pub code: String,
}

impl fmt::Debug for Reauth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reauth(***)")
    }
}

/// What the person can prove themselves with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReauthOptions {
    pub password: bool,
    pub totp: bool,
    pub passkey: bool,
    /// Linked logins: `/api/auth/oauth/{key}?intent=reauth&redirect_to=..`.
    pub providers: Vec<ProviderChoice>,
}

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{
        lockout::{self, Target},
        login_providers, mfa, oauth, passwords,
    };
    use kernel::{Code, Fault, audit::Audit, db::TenantTx, request::Request};

    /// What the dialog offers.
    pub async fn options(tx: &mut TenantTx) -> Result<ReauthOptions, Fault> {
        let user = tx.actor().user()?;
        let row = sqlx::query!(
            r#"select core.own_password_hash() is not null as "password!",
                 exists (select from core.mfa_factors where user_id = $1 and confirmed_at is not null) as "totp!",
                 exists (select from core.passkeys where user_id = $1) as "passkey!""#,
            user
        )
        .fetch_one(tx.conn())
        .await?;
        let mut providers = Vec::new();
        for login in oauth::linked(tx).await? {
            if let Ok(provider) = login_providers::by_key(tx.app(), &login.provider).await {
                providers.push(provider.choice());
            }
        }
        Ok(ReauthOptions { password: row.password, totp: row.totp, passkey: row.passkey, providers })
    }

    /// Proves identity by password or code. A wrong one counts as a failed sign-in does.
    pub async fn reauthenticate(tx: &mut TenantTx, input: Reauth) -> Result<(), Fault> {
        let user = tx.actor().user()?;
        let person = sqlx::query!("select email, name from core.users where id = $1", user).fetch_one(tx.conn()).await?;
        let app = tx.app().clone();
        // The same rules as at the door, for somebody at an unlocked screen.
        let request = Request::new(app.clone(), tx.actor().request.clone(), None, None);
        lockout::check_ip(&request).await?;
        let locked = lockout::locked_until(&app, &person.email).await?.is_some();
        let by_code = input.password.is_empty();
        let (right, field, how) = if by_code {
            let found = if locked { false } else { mfa::accept_totp(tx, &input.code).await? };
            (found, "code", "totp")
        } else {
            let hash = sqlx::query_scalar!("select core.own_password_hash()").fetch_one(tx.conn()).await?;
            (passwords::verify(&app, &input.password, hash.as_deref().filter(|_| !locked)).await?, "password", "password")
        };
        if !right {
            let target = Target { user, name: &person.name };
            lockout::failed(&request, &person.email, Some(target), "reauthenticate").await?;
            let message = if by_code { "is wrong or has been used" } else { "is not your password" };
            return Err(Fault::new(Code::InvalidCredentials, "That did not match. Try again.").and_field(field, message));
        }
        proven(tx, how).await
    }

    /// Notes the proof on the session.
    pub(crate) async fn proven(tx: &mut TenantTx, how: &'static str) -> Result<(), Fault> {
        let Some(session) = tx.actor().session else {
            return Err(Fault::new(Code::Unauthenticated, "Sign in to go on."));
        };
        let now = tx.now();
        // A code or a passkey is a second factor too: what asks for one is satisfied in a session that began without.
        let second = matches!(how, "totp" | "passkey");
        sqlx::query!(
            "update core.sessions set reauth_at = $2, mfa_at = case when $3 then $2 else mfa_at end where id = $1",
            session,
            now,
            second
        )
        .execute(tx.conn())
        .await?;
        tx.audit(Audit::new("session.reauthenticate").target("session", session).meta(serde_json::json!({ "how": how }))).await
    }

    /// After a way to sign in was removed: one must be left, else nothing is removed.
    pub(crate) async fn keep_a_way_in(tx: &mut TenantTx) -> Result<(), Fault> {
        let user = tx.actor().user()?;
        // Two removals at once wait for each other here.
        sqlx::query!("select id from core.users where id = $1 for no key update", user).fetch_one(tx.conn()).await?;
        let left = sqlx::query_scalar!(
            r#"select (core.own_password_hash() is not null or exists (select from core.accounts
                   where user_id = $1 and (identity_provider_id is not null or provider in ('github', 'google')))
                 or exists (select from core.passkeys where user_id = $1)) as "left!""#,
            user
        )
        .fetch_one(tx.conn())
        .await?;
        match left {
            true => Ok(()),
            false => Err(Fault::new(Code::Conflict, "This is your last way to sign in. Set a password or add another one first.")),
        }
    }
}
