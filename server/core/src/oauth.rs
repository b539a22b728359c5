//! Signing in through another service, linking it, taking the link back (chapter 10, section 3, "OIDC / OAuth").
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why somebody goes to another service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    #[default]
    SignIn,
    /// A signed-in person adds this way to sign in.
    Link,
    /// A signed-in person proves to be who they are.
    Reauth,
}

/// What the service sends back in the address.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OAuthReturn {
    pub code: Option<String>,
    pub state: Option<String>,
    pub error: Option<String>,
    pub error_description: Option<String>,
}

/// One linked login of the security page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkedLogin {
    pub id: Uuid,
    pub provider: String,
    pub name: String,
    pub created_at: DateTime<Utc>,
}

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{
        fields::clean_email,
        github,
        identity::ProviderKind,
        lockout,
        login_providers::{self, Provider},
        oidc::{self, Identity, refused},
        session_store::{self, Visitor},
        signin::{SignedIn, as_person, go_on, safe_redirect},
        signin_finish::{finish, person_beside},
    };
    use chrono::Duration;
    use kernel::{
        Code, Fault,
        access::{Actor, Session},
        audit::Audit,
        db::TenantTx,
        fault::OnConstraint,
    };
    use std::sync::Arc;

    const NOTES: &str = "oauth";
    /// `state` and `nonce` are good once, for ten minutes.
    const STATE_MINUTES: i64 = 10;
    /// Sign-ins under way at once in one browser; older ones are forgotten.
    const MOST_UNDER_WAY: usize = 5;

    #[derive(Clone, Debug, Serialize, Deserialize)]
    struct Note {
        provider: String,
        state: String,
        nonce: String,
        pkce: String,
        intent: Intent,
        redirect_to: Option<String>,
        at: DateTime<Utc>,
    }

    async fn notes(v: &Visitor) -> Result<Vec<Note>, Fault> {
        if v.cookie.id().is_none() {
            return Ok(Vec::new());
        }
        let notes: Option<Vec<Note>> = v.cookie.get(NOTES).await.map_err(session_store::store_fault)?;
        Ok(notes.unwrap_or_default().into_iter().filter(|n| v.now() - n.at < Duration::minutes(STATE_MINUTES)).collect())
    }

    async fn keep(v: &Visitor, notes: &[Note]) -> Result<(), Fault> {
        v.cookie.insert(NOTES, notes).await.map_err(session_store::store_fault)?;
        v.cookie.save().await.map_err(session_store::store_fault)
    }

    /// Begins: answers the address of the service to go to.
    pub async fn begin(v: &Visitor, provider: &str, intent: Intent, redirect_to: Option<&str>) -> Result<String, Fault> {
        let provider = login_providers::by_key(v.app(), provider).await?;
        match intent {
            Intent::SignIn => {}
            Intent::Link => v.request.person().await?.require_reauth(v.now())?,
            Intent::Reauth => drop(v.request.person().await?),
        }
        let trip = match provider.kind {
            ProviderKind::Github => github::depart(v.app(), &provider)?,
            ProviderKind::Oidc | ProviderKind::Google => oidc::depart(v.app(), &provider).await?,
        };
        let mut under_way = notes(v).await?;
        let extra = (under_way.len() + 1).saturating_sub(MOST_UNDER_WAY);
        under_way.drain(..extra);
        under_way.push(Note {
            provider: provider.key,
            state: trip.state,
            nonce: trip.nonce,
            pkce: trip.pkce,
            intent,
            redirect_to: safe_redirect(redirect_to).map(str::to_owned),
            at: v.now(),
        });
        keep(v, &under_way).await?;
        Ok(trip.url)
    }

    /// The person comes back. A wrong state, nonce or signature is 401 and changes nothing.
    pub async fn callback(v: &Visitor, provider: &str, back: OAuthReturn) -> Result<SignedIn, Fault> {
        lockout::check_ip(&v.request).await?;
        match come_back(v, provider, back).await {
            Err(fault) if matches!(fault.code, Code::Unauthenticated | Code::LinkRequiresPassword | Code::Forbidden) => {
                lockout::count_for_ip(&v.request).await;
                note_failure(v, provider, &fault).await?;
                Err(fault)
            }
            other => other,
        }
    }

    async fn come_back(v: &Visitor, key: &str, back: OAuthReturn) -> Result<SignedIn, Fault> {
        let mut under_way = notes(v).await?;
        let at = under_way.iter().position(|n| {
            n.provider == key && back.state.as_deref().is_some_and(|s| kernel::ids::same_secret(s.as_bytes(), n.state.as_bytes()))
        });
        let note = under_way.remove(at.ok_or_else(|| {
            Fault::new(Code::Unauthenticated, "This sign-in was not started here, or took longer than 10 minutes. Start again.")
        })?);
        // Used up before anything else happens.
        keep(v, &under_way).await?;
        if let Some(error) = &back.error {
            tracing::info!(error, description = back.error_description, "a sign-in service sent the person back");
            return Err(Fault::new(Code::Unauthenticated, "The sign-in was cancelled at the other service."));
        }
        let code = back.code.as_deref().ok_or_else(refused)?;
        let provider = login_providers::by_key(v.app(), key).await?;
        let identity = match provider.kind {
            ProviderKind::Github => github::arrive(v.app(), &provider, code, &note.pkce).await?,
            ProviderKind::Oidc | ProviderKind::Google => oidc::arrive(v.app(), &provider, code, &note.pkce, &note.nonce).await?,
        };
        match note.intent {
            Intent::SignIn => enter(v, &provider, identity, note.redirect_to.as_deref()).await,
            Intent::Link => add(v, &provider, identity, note.redirect_to).await,
            Intent::Reauth => prove(v, &provider, identity, note.redirect_to).await,
        }
    }

    async fn note_failure(v: &Visitor, provider: &str, fault: &Fault) -> Result<(), Fault> {
        let actor = Actor { request: v.request.info().clone(), ..Actor::system(None) };
        let mut tx = TenantTx::begin(v.app(), actor).await?;
        let why = serde_json::json!({ "provider": provider, "code": fault.code });
        tx.audit(Audit::new("signin.oauth_failure").failure().warning().meta(why)).await?;
        tx.commit().await
    }

    async fn known(v: &Visitor, provider: &Provider, identity: &Identity) -> Result<Option<Uuid>, Fault> {
        Ok(sqlx::query_scalar!("select core.account_user($1, $2)", provider.key, identity.subject).fetch_one(v.app().db.pool()).await?)
    }

    /// Signs in: the known pair, else the person of the confirmed address, else somebody new.
    async fn enter(v: &Visitor, provider: &Provider, identity: Identity, redirect_to: Option<&str>) -> Result<SignedIn, Fault> {
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
        let user =
            sqlx::query_scalar!(r#"select id as "id!" from core.user_for_sign_in($1)"#, email).fetch_optional(v.app().db.pool()).await?;
        let Some(user) = user else { return Ok(None) };
        let found = person_beside(v.app(), user, provider.org).await?;
        // An organization's issuer says whatever its owner wants: it may only speak for people who are members there
        // and nowhere else, in a domain it owns. All others prove themselves with their password once.
        let trusted = provider.org.is_none() || found.member && !found.elsewhere && provider.owns(&email);
        if found.email_verified && trusted {
            return Ok(Some(user));
        }
        let message = format!(
            "{email} already has an account here. Sign in with its password, then link {} in your security settings.",
            provider.name
        );
        Err(Fault::new(Code::LinkRequiresPassword, message))
    }

    async fn link(v: &Visitor, provider: &Provider, identity: &Identity, user: Uuid) -> Result<(), Fault> {
        let mut tx = as_person(v, user).await?;
        insert(&mut tx, provider, identity, user).await?;
        let meta = serde_json::json!({ "provider": provider.name });
        tx.audit(Audit::new("account.link").target("user", user).meta(meta)).await?;
        tx.commit().await
    }

    async fn insert(tx: &mut TenantTx, provider: &Provider, identity: &Identity, user: Uuid) -> Result<(), Fault> {
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

    /// Somebody new: if sign-up is open, the domain is the provider's, or an invitation waits.
    async fn join(v: &Visitor, provider: &Provider, identity: &Identity) -> Result<Uuid, Fault> {
        let email = address(identity)?;
        let app = v.app();
        let invited =
            sqlx::query_scalar!("select core.is_invited($1, $2)", email, v.now()).fetch_one(app.db.pool()).await?.unwrap_or(false);
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

    async fn signed_in(v: &Visitor) -> Result<Arc<Session>, Fault> {
        v.request.require_session().await
    }

    /// Links the login to the signed-in person.
    async fn add(v: &Visitor, provider: &Provider, identity: Identity, redirect_to: Option<String>) -> Result<SignedIn, Fault> {
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
    async fn prove(v: &Visitor, provider: &Provider, identity: Identity, redirect_to: Option<String>) -> Result<SignedIn, Fault> {
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
        let rows =
            sqlx::query!("select id, provider, created_at from core.accounts where user_id = $1 order by created_at limit 100", user)
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
}
