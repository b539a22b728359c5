//! One's own account: name, picture, password, address.
use crate::checks;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// The account page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub id: Uuid,
    pub rev: String,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    pub avatar_url: Option<String>,
    pub has_password: bool,
    pub pending_email: Option<PendingEmail>,
    pub created_at: DateTime<Utc>,
}

/// An address that waits to be confirmed by both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PendingEmail {
    pub email: String,
    pub old_confirmed: bool,
    pub new_confirmed: bool,
    pub expires_at: DateTime<Utc>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct ProfileInput {
    #[garde(custom(checks::name(255)))]
    pub name: String,
}

/// The present password stays empty for those who have none yet.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ChangePassword {
    #[serde(default)]
    pub current_password: String,
    pub new_password: String,
}

impl fmt::Debug for ChangePassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangePassword(***)")
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct ChangeEmail {
    #[garde(custom(checks::email))]
    pub email: String,
}

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{
        fields::clean_email,
        links::{self, Link, Purpose},
        lockout::{self, Target},
        passwords, pictures,
        session_store::{self, Visitor},
        sessions,
        signin::as_person,
        signup::Verified,
    };
    use chrono::Duration;
    use kernel::{Code, Fault, audit::Audit, db::TenantTx, fault::OnConstraint, mail::Message, request::Request};
    use tower_sessions::Session;

    const CHANGE_HOURS: i64 = 24;
    const AVATARS: &str = "/api/avatars/";

    /// One's own profile.
    pub async fn profile(tx: &mut TenantTx) -> Result<Profile, Fault> {
        let (user, now) = (tx.actor().user()?, tx.now());
        let row = sqlx::query!(
            r#"select id, xmin::text as "rev!", name, email, email_verified, avatar_url, created_at,
                 core.own_password_hash() is not null as "has_password!" from core.users where id = $1"#,
            user
        )
        .fetch_one(tx.conn())
        .await?;
        let pending = sqlx::query!(
            r#"select payload ->> 'email' as "email!", bool_or(used_at is not null and payload ->> 'side' = 'old') as "old!",
                 bool_or(used_at is not null and payload ->> 'side' = 'new') as "new!", min(expires_at) as "expires_at!"
               from core.one_time_tokens
               where user_id = $1 and purpose = 'email_change' and expires_at > $2 and not payload ? 'cancelled'
               group by payload ->> 'change', payload ->> 'email' having bool_or(used_at is null)
               order by min(expires_at) desc limit 1"#,
            user,
            now
        )
        .fetch_optional(tx.conn())
        .await?;
        Ok(Profile {
            id: row.id,
            rev: row.rev,
            name: row.name,
            email: row.email,
            email_verified: row.email_verified,
            avatar_url: row.avatar_url,
            has_password: row.has_password,
            pending_email: pending.map(|p| PendingEmail {
                email: p.email,
                old_confirmed: p.old,
                new_confirmed: p.new,
                expires_at: p.expires_at,
            }),
            created_at: row.created_at,
        })
    }

    /// Changes the name; 409 with the present profile when it changed elsewhere.
    pub async fn update(tx: &mut TenantTx, rev: &str, input: ProfileInput) -> Result<Profile, Fault> {
        input.validate()?;
        let user = tx.actor().user()?;
        let changed = sqlx::query!("update core.users set name = $3 where id = $1 and xmin::text = $2", user, rev, input.name.trim())
            .execute(tx.conn())
            .await?;
        let now = profile(tx).await?;
        if changed.rows_affected() == 0 {
            let current = serde_json::to_value(&now).unwrap_or_default();
            return Err(Fault::stale("profile").with_details(serde_json::json!({ "current": current })));
        }
        tx.audit(Audit::new("account.update").target("user", user).meta(serde_json::json!({ "fields": ["name"] }))).await?;
        Ok(now)
    }

    /// Sets the picture; answers its address.
    pub async fn set_avatar(tx: &mut TenantTx, bytes: Vec<u8>) -> Result<String, Fault> {
        let (user, app) = (tx.actor().user()?, tx.app().clone());
        let url = format!("{AVATARS}{}", pictures::keep(&app, "avatar", bytes).await?);
        sqlx::query!("update core.users set avatar_url = $2 where id = $1", user, url).execute(tx.conn()).await?;
        tx.audit(Audit::new("account.update").target("user", user).meta(serde_json::json!({ "fields": ["avatar"] }))).await?;
        Ok(url)
    }

    /// Takes the picture away.
    pub async fn remove_avatar(tx: &mut TenantTx) -> Result<(), Fault> {
        let user = tx.actor().user()?;
        sqlx::query!("update core.users set avatar_url = null where id = $1", user).execute(tx.conn()).await?;
        tx.audit(Audit::new("account.update").target("user", user).meta(serde_json::json!({ "fields": ["avatar"] }))).await
    }

    /// The picture of an address, with its content type. Only files that somebody shows as a picture are answered.
    pub async fn avatar(request: &Request, sha256: &str) -> Result<(&'static str, bytes::Bytes), Fault> {
        let app = request.app();
        let shown = sqlx::query_scalar!("select core.avatar_exists($1)", format!("{AVATARS}{sha256}")).fetch_one(app.db.pool()).await?;
        pictures::open(app, sha256, shown.unwrap_or(false)).await
    }

    /// Changes the password (or sets the first one): other sessions end, the session's id changes.
    pub async fn change_password(tx: &mut TenantTx, cookie: &Session, input: ChangePassword) -> Result<(), Fault> {
        let user = tx.actor().user()?;
        let person = sqlx::query!("select email, name from core.users where id = $1", user).fetch_one(tx.conn()).await?;
        let app = tx.app().clone();
        let present = sqlx::query_scalar!("select core.own_password_hash()").fetch_one(tx.conn()).await?;
        match &present {
            None => tx.require_reauth()?,
            Some(hash) => {
                let request = Request::new(app.clone(), tx.actor().request.clone(), None, None);
                lockout::check_ip(&request).await?;
                let locked = lockout::locked_until(&app, &person.email).await?.is_some();
                if !passwords::verify(&app, &input.current_password, (!locked).then_some(hash.as_str())).await? {
                    let target = Target { user, name: &person.name };
                    lockout::failed(&request, &person.email, Some(target), "change_password").await?;
                    return Err(Fault::field("current_password", "is not your password"));
                }
            }
        }
        passwords::check("new_password", &input.new_password, &person.email, &person.name)?;
        let hash = passwords::hash(&app, &input.new_password).await?;
        sqlx::query!("update core.users set password_hash = $2 where id = $1", user, hash).execute(tx.conn()).await?;
        links::revoke_all(tx, Purpose::PasswordReset).await?;
        let ended = sessions::end_all_but(tx, tx.actor().session).await?;
        if tx.actor().session.is_some() {
            session_store::rotate_signed_in(tx, cookie).await?;
        }
        let meta = serde_json::json!({ "sessions_ended": ended, "first": present.is_none() });
        tx.audit(Audit::new("password.change").target("user", user).warning().meta(meta)).await
    }

    /// Begins a change of address: both the old and the new one are mailed a link, and both must confirm.
    pub async fn change_email(tx: &mut TenantTx, input: ChangeEmail) -> Result<(), Fault> {
        input.validate()?;
        tx.require_reauth()?;
        let (user, email) = (tx.actor().user()?, clean_email(&input.email));
        let person = sqlx::query!("select email, name, email_verified from core.users where id = $1", user).fetch_one(tx.conn()).await?;
        if clean_email(&person.email) == email {
            return Err(Fault::field("email", "is your address already"));
        }
        cancel_links(tx).await?;
        let change = kernel::ids::token();
        let life = Duration::hours(CHANGE_HOURS);
        let payload = |side: &str| serde_json::json!({ "change": change, "side": side, "email": email, "from": person.email });
        let hours = CHANGE_HOURS as u32;
        // Whether the new address is taken is told only to who can read its mail: the change then fails at the end.
        let new = links::make(tx, Purpose::EmailChange, payload("new"), life).await?;
        let link = links::url(tx.app(), &format!("/verify/{new}"));
        let name = person.name.clone();
        links::mail(tx.conn(), &email, Message::EmailChange { name, new_email: email.clone(), link, hours }).await?;
        let old = links::make(tx, Purpose::EmailChange, payload("old"), life).await?;
        let link = links::url(tx.app(), &format!("/verify/{old}"));
        let message = Message::EmailChangeOld { name: person.name, new_email: email.clone(), link, hours };
        links::mail(tx.conn(), &person.email, message).await?;
        tx.audit(Audit::new("account.change_email").target("user", user).warning()).await
    }

    /// Forgets a change of address that is under way.
    pub async fn cancel_email_change(tx: &mut TenantTx) -> Result<(), Fault> {
        let user = tx.actor().user()?;
        cancel_links(tx).await?;
        tx.audit(Audit::new("account.cancel_email_change").target("user", user)).await
    }

    async fn cancel_links(tx: &mut TenantTx) -> Result<(), Fault> {
        let (user, now) = (tx.actor().user()?, tx.now());
        sqlx::query!(
            r#"update core.one_time_tokens set used_at = coalesce(used_at, $2), payload = payload || '{"cancelled": true}'
               where user_id = $1 and purpose = 'email_change' and not payload ? 'cancelled'"#,
            user,
            now
        )
        .execute(tx.conn())
        .await?;
        Ok(())
    }

    /// One side of a change of address confirms; with the second one the address changes.
    pub(crate) async fn confirm_side(v: &Visitor, link: Link) -> Result<Verified, Fault> {
        let text = |key: &str| link.payload.get(key).and_then(|x| x.as_str()).unwrap_or_default().to_owned();
        let (change, email, from) = (text("change"), text("email"), text("from"));
        let mut tx = as_person(v, link.user_id).await?;
        // Both sides at once wait for each other here, so that one of them sees both.
        let person =
            sqlx::query!("select email from core.users where id = $1 for no key update", link.user_id).fetch_one(tx.conn()).await?;
        if person.email != from {
            return Err(links::gone("The address of the account has changed since. Start again."));
        }
        links::consume(&mut tx, &link).await?;
        let waiting = sqlx::query_scalar!(
            r#"select count(*) as "n!" from core.one_time_tokens
               where user_id = $1 and purpose = 'email_change' and payload ->> 'change' = $2 and used_at is null"#,
            link.user_id,
            change
        )
        .fetch_one(tx.conn())
        .await?;
        if waiting > 0 {
            tx.audit(Audit::new("account.confirm_email_side").target("user", link.user_id)).await?;
            tx.commit().await?;
            let message = "Thank you. The address changes when the other mailbox has confirmed too.".to_owned();
            return Ok(Verified { goto: "/account".to_owned(), message });
        }
        sqlx::query!("update core.users set email = $2, email_verified = true where id = $1", link.user_id, email)
            .execute(tx.conn())
            .await
            .on_constraint("users_email_key", || {
                Fault::new(Code::Conflict, "This address has an account of its own. Nothing was changed.")
            })?;
        // Links sent to the old address must not open the account any more.
        links::revoke_all(&mut tx, Purpose::PasswordReset).await?;
        tx.audit(Audit::new("account.email_changed").target("user", link.user_id).warning()).await?;
        tx.commit().await?;
        Ok(Verified { goto: "/account".to_owned(), message: format!("Your address is now {email}.") })
    }
}
