//! A new, unconfirmed account and its organization.
use super::{
    SignUp,
    confirm::{find, mail_verification},
};
use crate::{
    fields::clean_email,
    links::{self, Purpose},
    passwords,
    session_store::Visitor,
    signin::as_person,
};
use garde::Validate;
use kernel::{
    Code, Fault,
    access::Actor,
    audit::Audit,
    db::TenantTx,
    fault::OnConstraint,
    ids::slug,
    limits::{self, Rule},
    mail::Message,
    request::Request,
};
use uuid::Uuid;

/// Signs somebody up and mails the link that confirms the address. A known address gets the same answer, and
/// its owner a mail that says so.
pub async fn sign_up(v: &Visitor, input: SignUp) -> Result<(), Fault> {
    let kept = [("email", input.email.as_str()), ("name", &input.name), ("organization_name", &input.organization_name)];
    match create(v, &input).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => mail_owner(v, &clean_email(&input.email)).await,
        Err(fault) => Err(fault.keeping(kept)),
    }
}

/// The same for programs: a known address is 409 (seed 002's contract).
pub async fn sign_up_api(v: &Visitor, input: SignUp) -> Result<Uuid, Fault> {
    match create(v, &input).await? {
        Some(user) => Ok(user),
        None => {
            mail_owner(v, &clean_email(&input.email)).await?;
            Err(Fault::new(Code::Conflict, "This address has an account.").and_field("email", "has an account"))
        }
    }
}

async fn create(v: &Visitor, input: &SignUp) -> Result<Option<Uuid>, Fault> {
    let app = v.app();
    if !app.config.identity.signup_open {
        return Err(Fault::new(Code::Forbidden, "Sign-up is closed here. Ask a member for an invitation."));
    }
    input.validate()?;
    let email = clean_email(&input.email);
    passwords::check("password", &input.password, &email, &input.name)?;
    limits::take(app, Rule::per_hour("signup", app.config.limits.signups_per_hour), &ip(&v.request)).await?;
    // Hashed before the address is looked up, so that time does not tell either.
    let hash = passwords::hash(app, &input.password).await?;
    let known = sqlx::query_scalar!(r#"select id as "id!" from core.user_for_sign_in($1)"#, email).fetch_optional(app.db.pool()).await?;
    if known.is_some() {
        return Ok(None);
    }
    let mut tx = system(v).await?;
    let made = sqlx::query_scalar!(r#"select core.create_user($1, $2, $3, false) as "id!""#, email, input.name.trim(), hash)
        .fetch_one(tx.conn())
        .await;
    let user = match made {
        // Signed up in another window a moment ago.
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("users_email_key") => {
            return Ok(None);
        }
        other => other?,
    };
    let org = create_organization(&mut tx, &input.organization_name, user).await?;
    become_person(&mut tx, user).await?;
    mail_verification(&mut tx, user, &email, input.name.trim()).await?;
    let meta = serde_json::json!({ "organization": org });
    tx.audit(Audit::new("account.sign_up").target("user", user).meta(meta)).await?;
    tx.commit().await?;
    Ok(Some(user))
}

/// Tells the owner of an address that somebody signed up with it again.
async fn mail_owner(v: &Visitor, email: &str) -> Result<(), Fault> {
    let Some(user) = find(v.app(), email).await? else {
        return Ok(());
    };
    let mut tx = as_person(v, user.id).await?;
    if user.verified {
        let (login_link, reset_link) = (links::url(v.app(), "/login"), links::url(v.app(), "/forgot"));
        links::mail(tx.conn(), email, Message::KnownEmailSignup { name: user.name, login_link, reset_link }).await?;
    } else {
        // Most likely the same person, whose first mail was lost.
        links::revoke_all(&mut tx, Purpose::EmailVerify).await?;
        mail_verification(&mut tx, user.id, email, &user.name).await?;
    }
    tx.audit(Audit::new("account.sign_up_known").target("user", user.id)).await?;
    tx.commit().await
}

pub(super) async fn system(v: &Visitor) -> Result<TenantTx, Fault> {
    let actor = Actor { request: v.request.info().clone(), ..Actor::system(None) };
    TenantTx::begin(v.app(), actor).await
}

pub(super) fn ip(request: &Request) -> String {
    request.info().ip.map(|ip| ip.to_string()).unwrap_or_default()
}

pub(super) async fn create_organization(tx: &mut TenantTx, name: &str, owner: Uuid) -> Result<Uuid, Fault> {
    let org =
        sqlx::query_scalar!(r#"select core.create_organization($1, core.free_org_slug($2), $3) as "id!""#, name.trim(), slug(name), owner)
            .fetch_one(tx.conn())
            .await
            // Two organizations of one name at the same moment: the second tries again.
            .on_constraint("organizations_slug_key", || Fault::new(Code::Conflict, "Please try again."))?;
    Ok(org)
}

/// Lets a transaction that has just made a person go on in that person's name.
pub(crate) async fn become_person(tx: &mut TenantTx, user: Uuid) -> Result<(), Fault> {
    sqlx::query!("select set_config('app.current_user_id', $1, true)", user.to_string()).fetch_one(tx.conn()).await?;
    Ok(())
}
