//! A forgotten password: a mailed link, single-use, good for 60 minutes. The answer never tells who has an account.
use crate::checks;
use garde::Validate;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The form that asks for a link.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct ForgotPassword {
    #[garde(custom(checks::email))]
    pub email: String,
}

/// The form behind the link.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ResetPassword {
    pub token: String,
    pub new_password: String,
}

impl fmt::Debug for ResetPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResetPassword(***)")
    }
}

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{
        fields::clean_email,
        links::{self, Purpose},
        lockout, passwords,
        session_store::Visitor,
        sessions,
        signin::as_person,
        signup::{LinkInfo, LinkPurpose},
    };
    use chrono::Duration;
    use kernel::{
        Fault,
        access::Actor,
        audit::Audit,
        db::TenantTx,
        limits::{self, Rule},
        mail::Message,
        request::Request,
    };

    const LINK_MINUTES: i64 = 60;

    /// Mails a link, if the address has an account. The answer is the same in any case.
    pub async fn forgot(request: &Request, input: ForgotPassword) -> Result<(), Fault> {
        let kept = [("email", input.email.as_str())];
        input.validate().map_err(|report| Fault::from(report).keeping(kept))?;
        let (app, email) = (request.app(), clean_email(&input.email));
        limits::take(app, Rule::per_hour("reset", app.config.limits.resets_per_hour), &email).await.map_err(|fault| fault.keeping(kept))?;
        let user = sqlx::query!(r#"select id as "id!", email as "email!", name as "name!" from core.user_for_sign_in($1)"#, email)
            .fetch_optional(app.db.pool())
            .await?;
        let Some(user) = user else { return Ok(()) };
        let actor = Actor { request: request.info().clone(), ..Actor::person(user.id) };
        let mut tx = TenantTx::begin(app, actor).await?;
        let token = links::make(&mut tx, Purpose::PasswordReset, serde_json::json!({}), Duration::minutes(LINK_MINUTES)).await?;
        let link = links::url(app, &format!("/reset/{token}"));
        links::mail(tx.conn(), &user.email, Message::Reset { name: user.name, link, minutes: LINK_MINUTES as u32 }).await?;
        tx.audit(Audit::new("password.forgot").target("user", user.id)).await?;
        tx.commit().await
    }

    async fn look(request: &Request, token: &str) -> Result<links::Link, Fault> {
        let link = links::look(request.app(), token).await?;
        // The link of a new-device mail opens its own page first.
        match link.purpose == Purpose::PasswordReset && link.payload.get("not_me").is_none() {
            true => Ok(link),
            false => Err(links::gone("This link belongs elsewhere.")),
        }
    }

    /// Whose password the link sets; 410 when it is dead.
    pub async fn link(request: &Request, token: &str) -> Result<LinkInfo, Fault> {
        let link = look(request, token).await?;
        Ok(LinkInfo { email: link.email, purpose: LinkPurpose::PasswordReset })
    }

    /// Sets the password: every session ends, a lock is lifted, the address counts as confirmed. Answers where to go.
    pub async fn reset(v: &Visitor, input: ResetPassword) -> Result<String, Fault> {
        let link = look(&v.request, &input.token).await?;
        passwords::check("new_password", &input.new_password, &link.email, &link.name)?;
        let hash = passwords::hash(v.app(), &input.new_password).await?;
        let mut tx = as_person(v, link.user_id).await?;
        links::consume(&mut tx, &link).await?;
        links::revoke_all(&mut tx, Purpose::PasswordReset).await?;
        // Who opened the mailed link has shown that the address is theirs.
        sqlx::query!("update core.users set password_hash = $2, email_verified = true where id = $1", link.user_id, hash)
            .execute(tx.conn())
            .await?;
        let ended = sessions::end_all_but(&mut tx, None).await?;
        let entry = Audit::new("password.reset").target("user", link.user_id).warning();
        tx.audit(entry.meta(serde_json::json!({ "sessions_ended": ended }))).await?;
        tx.commit().await?;
        lockout::clear(v.app(), &link.email).await?;
        Ok("/login?reset=1".to_owned())
    }
}
