//! Signing in as whoever the other service names: the known pair, the same confirmed address, or somebody new.
use super::linked::{insert, known, link};
use crate::{
    fields::clean_email,
    login_providers::Provider,
    oidc::Identity,
    session_store::Visitor,
    signin::{SignedIn, go_on},
    signin_finish::{finish, person_beside},
};
use kernel::{Code, Fault, access::Actor, audit::Audit, db::TenantTx, fault::OnConstraint};
use uuid::Uuid;

/// Signs in: the known pair, else the person of the confirmed address, else somebody new.
pub(super) async fn enter(v: &Visitor, provider: &Provider, identity: Identity, redirect_to: Option<&str>) -> Result<SignedIn, Fault> {
    let user = match known(v, provider, &identity).await? {
        Some(user) => user,
        None => match by_address(v, provider, &identity).await? {
            Some(user) => {
                link(v, provider, &identity, user).await?;
                user
            }
            None => join(v, provider, &identity).await?,
        },
    };
    auto_join(v, provider, user).await?;
    let found = person_beside(v.app(), user, provider.org).await?;
    if provider.enforce {
        // The organization's own service answers for the second factor.
        return finish(v, found.person, &[&provider.key], false, redirect_to).await;
    }
    go_on(v, found.person, (found.has_totp, found.has_passkey), &[&provider.key], redirect_to).await
}

fn address(identity: &Identity) -> Result<String, Fault> {
    let email = identity.email.as_deref().map(clean_email).filter(|_| identity.email_verified);
    email.ok_or_else(|| {
        Fault::new(Code::Forbidden, "The other service does not confirm an email address of yours. Confirm one there first.")
    })
}

/// The person here who has the same confirmed address, if linking without a password is safe.
async fn by_address(v: &Visitor, provider: &Provider, identity: &Identity) -> Result<Option<Uuid>, Fault> {
    let email = address(identity)?;
    let user = sqlx::query_scalar!(r#"select id as "id!" from core.user_for_sign_in($1)"#, email).fetch_optional(v.app().db.pool()).await?;
    let Some(user) = user else { return Ok(None) };
    let found = person_beside(v.app(), user, provider.org).await?;
    // An organization's issuer says whatever its owner wants: it may only speak for people who are members there
    // and nowhere else, in a domain it owns. All others prove themselves with their password once.
    let trusted = provider.org.is_none() || found.member && !found.elsewhere && provider.owns(&email);
    if found.email_verified && trusted {
        return Ok(Some(user));
    }
    let message =
        format!("{email} already has an account here. Sign in with its password, then link {} in your security settings.", provider.name);
    Err(Fault::new(Code::LinkRequiresPassword, message))
}

/// Somebody new: if sign-up is open, the domain is the provider's, or an invitation waits.
async fn join(v: &Visitor, provider: &Provider, identity: &Identity) -> Result<Uuid, Fault> {
    let email = address(identity)?;
    let app = v.app();
    let invited = sqlx::query_scalar!("select core.is_invited($1, $2)", email, v.now()).fetch_one(app.db.pool()).await?.unwrap_or(false);
    let open = app.config.identity.signup_open && provider.org.is_none();
    if !(open || invited || provider.owns(&email)) {
        return Err(Fault::new(Code::Forbidden, format!("There is no account for {email}. Ask for an invitation.")));
    }
    let name = identity.name.clone().unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
    let name: String = name.chars().filter(|c| !c.is_control()).take(255).collect();
    let actor = Actor { request: v.request.info().clone(), ..Actor::system(None) };
    let mut tx = TenantTx::begin(app, actor).await?;
    let user = sqlx::query_scalar!(r#"select core.create_user($1, $2, null, true) as "id!""#, email, name)
        .fetch_one(tx.conn())
        .await
        .on_constraint("users_email_key", || Fault::new(Code::Conflict, "This address has just signed up. Sign in."))?;
    crate::signup::become_person(&mut tx, user).await?;
    insert(&mut tx, provider, identity, user).await?;
    tx.audit(Audit::new("account.sign_up").target("user", user).meta(serde_json::json!({ "provider": provider.name }))).await?;
    tx.commit().await?;
    Ok(user)
}

/// Makes people of the provider's domains members of its organization, if it wants that and has a seat.
async fn auto_join(v: &Visitor, provider: &Provider, user: Uuid) -> Result<(), Fault> {
    let (Some(org), Some(role)) = (provider.org, provider.auto_join) else {
        return Ok(());
    };
    let found = person_beside(v.app(), user, Some(org)).await?;
    if found.member || !provider.owns(&found.person.email) {
        return Ok(());
    }
    let actor = Actor { request: v.request.info().clone(), ..Actor::system(Some(org)) };
    let mut tx = TenantTx::begin(v.app(), actor).await?;
    // Two who join at once count one after the other.
    sqlx::query!("select id from core.organizations where id = $1 for no key update", org).fetch_one(tx.conn()).await?;
    let joined = sqlx::query!(
        "insert into core.memberships (user_id, org_id, role)
         select $1, o.id, $3 from core.organizations o
         where o.id = $2 and (jsonb_typeof(o.settings -> 'seat_limit') is distinct from 'number'
           or (select count(*) from core.memberships m where m.org_id = o.id) < (o.settings ->> 'seat_limit')::numeric)
         on conflict do nothing",
        user,
        org,
        role.as_str()
    )
    .execute(tx.conn())
    .await?;
    let meta = serde_json::json!({ "role": role.as_str(), "provider": provider.name });
    let entry = Audit::new("member.auto_join").target("user", user).meta(meta);
    let entry = if joined.rows_affected() == 0 { entry.failure().warning() } else { entry };
    tx.audit(entry).await?;
    tx.commit().await
}
