//! The link that confirms an address.
use super::{LinkInfo, LinkPurpose, Resend, Verified};
use crate::{
    account,
    fields::clean_email,
    links::{self, Purpose},
    session_store::Visitor,
    signin::{as_person, open_session},
};
use chrono::Duration;
use garde::Validate;
use kernel::{
    Fault,
    access::Actor,
    app::App,
    audit::Audit,
    db::TenantTx,
    limits::{self, Rule},
    mail::Message,
    request::Request,
};
use uuid::Uuid;

const VERIFY_HOURS: i64 = 24;

/// A new link for the person this transaction acts for; earlier ones stop working.
pub(super) async fn mail_verification(tx: &mut TenantTx, user: Uuid, email: &str, name: &str) -> Result<(), Fault> {
    let link =
        links::make_for(tx, user, Purpose::EmailVerify, serde_json::json!({ "email": email }), Duration::hours(VERIFY_HOURS)).await?;
    let link = links::url(tx.app(), &format!("/verify/{link}"));
    links::mail(tx.conn(), email, Message::Verify { name: name.to_owned(), link, hours: VERIFY_HOURS as u32 }).await
}

pub(super) struct Found {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) verified: bool,
}

pub(super) async fn find(app: &App, email: &str) -> Result<Option<Found>, Fault> {
    Ok(sqlx::query_as!(
        Found,
        r#"select id as "id!", name as "name!", email_verified as "verified!" from core.user_for_sign_in($1)"#,
        email
    )
    .fetch_optional(app.db.pool())
    .await?)
}

/// Sends a new confirmation link, if the address has an account that waits for one. The answer is always the same.
pub async fn resend(request: &Request, input: Resend) -> Result<(), Fault> {
    let kept = [("email", input.email.as_str())];
    input.validate().map_err(|report| Fault::from(report).keeping(kept))?;
    let (app, email) = (request.app(), clean_email(&input.email));
    limits::take(app, Rule::per_hour("verify.resend", app.config.limits.resets_per_hour), &email)
        .await
        .map_err(|fault| fault.keeping(kept))?;
    let Some(user) = find(app, &email).await?.filter(|user| !user.verified) else {
        return Ok(());
    };
    let actor = Actor { request: request.info().clone(), ..Actor::person(user.id) };
    let mut tx = TenantTx::begin(app, actor).await?;
    links::revoke_all(&mut tx, Purpose::EmailVerify).await?;
    mail_verification(&mut tx, user.id, &email, &user.name).await?;
    tx.commit().await
}

/// What the link on `/verify/:t` would do; changes nothing, so that mail scanners may follow it.
pub async fn link(request: &Request, token: &str) -> Result<LinkInfo, Fault> {
    let link = links::look(request.app(), token).await?;
    let email = link.payload.get("email").and_then(|e| e.as_str()).unwrap_or(&link.email).to_owned();
    let purpose = match link.purpose {
        Purpose::EmailVerify => LinkPurpose::EmailVerify,
        Purpose::EmailChange => LinkPurpose::EmailChange,
        Purpose::PasswordReset => return Err(links::gone("This link belongs elsewhere.")),
    };
    Ok(LinkInfo { email, purpose })
}

/// Confirms an address: at sign-up it also signs in; for a change of address it confirms one of the two sides.
pub async fn verify(v: &Visitor, token: &str) -> Result<Verified, Fault> {
    let link = links::look(v.app(), token).await?;
    match link.purpose {
        Purpose::EmailVerify => {}
        Purpose::EmailChange => return account::confirm_side(v, link).await,
        Purpose::PasswordReset => return Err(links::gone("This link belongs elsewhere.")),
    }
    let mut tx = as_person(v, link.user_id).await?;
    links::consume(&mut tx, &link).await?;
    links::revoke_all(&mut tx, Purpose::EmailVerify).await?;
    let confirmed = sqlx::query!(
        "update core.users set email_verified = true where id = $1 and lower(email) = lower($2)",
        link.user_id,
        link.payload.get("email").and_then(|e| e.as_str()).unwrap_or_default()
    )
    .execute(tx.conn())
    .await?;
    if confirmed.rows_affected() == 0 {
        return Err(links::gone("The address of the account has changed since. Ask for a new link."));
    }
    tx.audit(Audit::new("account.verify_email").target("user", link.user_id)).await?;
    tx.commit().await?;
    let message = "Your address is confirmed.".to_owned();
    // Whoever is signed in here already stays so.
    let here = v.request.session().await?.filter(|session| session.user_id == link.user_id);
    let goto = match here {
        Some(session) => session.organizations.first().map_or_else(|| "/orgs".to_owned(), |org| format!("/o/{}", org.slug)),
        None => open_session(v, link.user_id, &["email_link"], None).await?.goto,
    };
    Ok(Verified { goto, message })
}
