//! The end of every way in: a new `core.sessions` row under a rotated cookie, and where the person goes.
use crate::{
    devices, lockout,
    session_store::{self, LIFE_DAYS, Visitor},
    signin::{SignedIn, as_person, safe_redirect},
};
use chrono::Duration;
use kernel::{Fault, app::App, audit::Audit};
use uuid::Uuid;

/// Who signs in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub id: Uuid,
    pub email: String,
    pub name: String,
}

/// A person found by id, with the second factors they have.
pub(crate) struct Found {
    pub person: Person,
    pub email_verified: bool,
    pub has_totp: bool,
    pub has_passkey: bool,
    /// A member of organizations other than the one asked about.
    pub elsewhere: bool,
    /// A member of the one asked about.
    pub member: bool,
}

/// The person of an id.
pub(crate) async fn person(app: &App, id: Uuid) -> Result<Found, Fault> {
    person_beside(app, id, None).await
}

/// The person of an id, and how they stand to an organization.
pub(crate) async fn person_beside(app: &App, id: Uuid, org: Option<Uuid>) -> Result<Found, Fault> {
    let row = sqlx::query!(
        r#"select email as "email!", name as "name!", email_verified as "email_verified!", has_totp as "has_totp!",
                  has_passkey as "has_passkey!", elsewhere as "elsewhere!", member as "member!"
           from core.person_for_login($1, $2)"#,
        id,
        org
    )
    .fetch_optional(app.db.pool())
    .await?
    .ok_or_else(|| Fault::not_found("The account"))?;
    Ok(Found {
        person: Person { id, email: row.email, name: row.name },
        email_verified: row.email_verified,
        has_totp: row.has_totp,
        has_passkey: row.has_passkey,
        elsewhere: row.elsewhere,
        member: row.member,
    })
}

/// Opens the session: rotates the cookie, ends what this browser was signed in as before, notes the device, audits.
pub(crate) async fn finish(
    v: &Visitor,
    person: Person,
    methods: &[&str],
    second_factor: bool,
    redirect_to: Option<&str>,
) -> Result<SignedIn, Fault> {
    let (app, now) = (v.app(), v.now());
    let whereto = destination(app, &person.email).await?;
    let token = session_store::rotate(&v.cookie).await?;
    let mut tx = as_person(v, person.id).await?;
    if let Some(before) = v.request.session_token() {
        sqlx::query!("select core.session_revoke($1, $2)", before, now).fetch_one(tx.conn()).await?;
    }
    let methods: Vec<String> = methods.iter().map(|&m| m.to_owned()).collect();
    let info = v.request.info();
    let session = sqlx::query_scalar!(
        "insert into core.sessions (user_id, token, created_at, last_seen_at, expires_at, ip_address, user_agent, auth_methods, mfa_at,
            reauth_at, last_org_id)
         values ($1, $2, $3, $3, $4, $5, $6, $7, $8, $3, $9) returning id",
        person.id,
        token,
        now,
        now + Duration::days(LIFE_DAYS),
        info.ip.map(|ip| ip.to_string()),
        info.user_agent.as_deref().map(|agent| agent.chars().take(500).collect::<String>()),
        &methods,
        second_factor.then_some(now),
        whereto.org
    )
    .fetch_one(tx.conn())
    .await?;
    sqlx::query!("update core.users set last_login_at = $2 where id = $1", person.id, now).execute(tx.conn()).await?;
    devices::note(&mut tx, session, &person.email, &person.name).await?;
    let entry = Audit::new("signin.success").target("session", session).meta(serde_json::json!({ "methods": methods }));
    tx.audit(entry).await?;
    tx.commit().await?;
    lockout::clear(app, &person.email).await?;
    let goto = match (whereto.deletion, safe_redirect(redirect_to)) {
        // An account that waits for its deletion can only be kept.
        (true, _) => "/account/privacy".to_owned(),
        (false, Some(path)) => path.to_owned(),
        (false, None) => whereto.slug.map_or_else(|| "/orgs".to_owned(), |slug| format!("/o/{slug}")),
    };
    Ok(SignedIn { goto, mfa: Vec::new() })
}

struct Destination {
    deletion: bool,
    slug: Option<String>,
    org: Option<Uuid>,
}

/// The organization the person was in last.
async fn destination(app: &App, email: &str) -> Result<Destination, Fault> {
    let row = sqlx::query!(
        r#"select deletion_at is not null as "deletion!", last_org_slug, (select o.id from core.organization_by_slug(last_org_slug) o) as org
           from core.user_for_sign_in($1)"#,
        email
    )
    .fetch_optional(app.db.pool())
    .await?
    .ok_or_else(|| Fault::not_found("The account"))?;
    Ok(Destination { deletion: row.deletion, slug: row.last_org_slug, org: row.org })
}
