//! The services one can sign in with: GitHub and Google of the configuration, and `core.identity_providers`.
use crate::{
    identity::ProviderKind,
    links,
    session_store::Visitor,
    signin::ProviderChoice,
    signin_finish::{Person, person_beside},
};
use kernel::{
    Fault,
    access::{Actor, Role},
    app::App,
    audit::Audit,
    db::TenantTx,
    keys::aad,
    mail::Message,
};
use url::Url;
use uuid::Uuid;

/// A service to sign in with, whether a row or a setting describes it.
#[derive(Clone)]
pub(crate) struct Provider {
    /// `github`, `google`, or the id of the row: what stands in its addresses and in `core.accounts.provider`.
    pub key: String,
    pub row: Option<Uuid>,
    pub org: Option<Uuid>,
    pub kind: ProviderKind,
    pub name: String,
    /// The issuer, or GitHub's site.
    pub url: String,
    pub api_url: Url,
    pub client_id: String,
    secret: ClientSecret,
    pub scopes: Vec<String>,
    pub domains: Vec<String>,
    pub auto_join: Option<Role>,
    pub enforce: bool,
}

#[derive(Clone)]
enum ClientSecret {
    Sealed(String),
    Plain(String),
}

/// What a provider's secret is sealed for; rotation builds the same text from the row.
pub(crate) fn secret_aad(org: Option<Uuid>, id: Uuid) -> String {
    match org {
        Some(org) => aad("core.identity_providers", org, &id.to_string()),
        None => aad("core.identity_providers", "installation", &id.to_string()),
    }
}

/// The services of the whole installation.
pub(crate) async fn for_everybody(app: &App) -> Result<Vec<ProviderChoice>, Fault> {
    let mut choices: Vec<ProviderChoice> = configured(app).iter().map(Provider::choice).collect();
    let rows = rows_for(app, None).await?;
    choices.extend(rows.iter().filter(|p| p.org.is_none()).map(Provider::choice));
    Ok(choices)
}

/// The services that name this mail domain as theirs, enforcing ones first.
pub(crate) async fn of_domain(app: &App, domain: &str) -> Result<Vec<Provider>, Fault> {
    if domain.is_empty() {
        return Ok(Vec::new());
    }
    let domain = domain.to_lowercase();
    Ok(rows_for(app, Some(&domain)).await?.into_iter().filter(|p| p.domains.contains(&domain)).collect())
}

/// The service of a key from an address.
pub(crate) async fn by_key(app: &App, key: &str) -> Result<Provider, Fault> {
    let missing = || Fault::not_found("This way to sign in");
    if let Ok(id) = key.parse::<Uuid>() {
        let row = sqlx::query_as!(
            Row,
            r#"select id as "id!", organization_id, kind as "kind!", name as "name!", issuer, client_id as "client_id!",
                      client_secret_sealed as "client_secret_sealed!", scopes as "scopes!", email_domains as "email_domains!",
                      auto_join_role, enforce as "enforce!" from core.provider($1)"#,
            id
        )
        .fetch_optional(app.db.pool())
        .await?
        .ok_or_else(missing)?;
        return row.provider(app);
    }
    configured(app).into_iter().find(|p| p.key == key).ok_or_else(missing)
}

struct Row {
    id: Uuid,
    organization_id: Option<Uuid>,
    kind: String,
    name: String,
    issuer: Option<String>,
    client_id: String,
    client_secret_sealed: String,
    scopes: Vec<String>,
    email_domains: Vec<String>,
    auto_join_role: Option<String>,
    enforce: bool,
}

async fn rows_for(app: &App, domain: Option<&str>) -> Result<Vec<Provider>, Fault> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id!", organization_id, kind as "kind!", name as "name!", issuer, client_id as "client_id!",
                  client_secret_sealed as "client_secret_sealed!", scopes as "scopes!", email_domains as "email_domains!",
                  auto_join_role, enforce as "enforce!" from core.providers_for($1)"#,
        domain
    )
    .fetch_all(app.db.pool())
    .await?;
    rows.into_iter().map(|row| row.provider(app)).collect()
}

impl Row {
    fn provider(self, app: &App) -> Result<Provider, Fault> {
        let kind: ProviderKind = self.kind.parse()?;
        let settings = &app.config.identity;
        let (url, api_url) = match kind {
            ProviderKind::Github => (settings.github.url.to_string(), settings.github.api_url.clone()),
            ProviderKind::Google => (google_issuer(app), settings.google.url.clone()),
            ProviderKind::Oidc => (self.issuer.clone().unwrap_or_default(), settings.google.url.clone()),
        };
        Ok(Provider {
            key: self.id.to_string(),
            row: Some(self.id),
            org: self.organization_id,
            kind,
            name: self.name,
            url,
            api_url,
            client_id: self.client_id,
            secret: ClientSecret::Sealed(self.client_secret_sealed),
            scopes: self.scopes,
            domains: self.email_domains.iter().map(|d| d.to_lowercase()).collect(),
            auto_join: self.auto_join_role.and_then(|role| role.parse().ok()),
            enforce: self.enforce,
        })
    }
}

/// An issuer is compared letter by letter: `Url` adds a slash that Google's does not have.
fn google_issuer(app: &App) -> String {
    app.config.identity.google.url.as_str().trim_end_matches('/').to_owned()
}

fn configured(app: &App) -> Vec<Provider> {
    let settings = &app.config.identity;
    let services = [
        ("github", ProviderKind::Github, "GitHub", &settings.github, settings.github.url.to_string()),
        ("google", ProviderKind::Google, "Google", &settings.google, google_issuer(app)),
    ];
    services
        .into_iter()
        .filter_map(|(key, kind, name, client, url)| {
            Some(Provider {
                key: key.to_owned(),
                row: None,
                org: None,
                kind,
                name: name.to_owned(),
                url,
                api_url: client.api_url.clone(),
                client_id: client.client_id.clone()?,
                secret: ClientSecret::Plain(client.client_secret.as_ref()?.expose().to_owned()),
                scopes: Vec::new(),
                domains: Vec::new(),
                auto_join: None,
                enforce: false,
            })
        })
        .collect()
}

impl Provider {
    pub(crate) fn choice(&self) -> ProviderChoice {
        ProviderChoice { key: self.key.clone(), kind: self.kind, name: self.name.clone(), enforced: self.enforce }
    }

    pub(crate) fn client_secret(&self, app: &App) -> Result<String, Fault> {
        match (&self.secret, self.row) {
            (ClientSecret::Sealed(sealed), Some(row)) => Ok(app.keys.open_text(&secret_aad(self.org, row), sealed)?.as_str().to_owned()),
            (ClientSecret::Plain(secret), _) => Ok(secret.clone()),
            (ClientSecret::Sealed(_), None) => Err(Fault::internal()),
        }
    }

    /// Where the service sends people back to.
    pub(crate) fn callback_url(&self, app: &App) -> String {
        callback_url(app, &self.key)
    }

    /// Is this address of a mail domain that the service names as its own?
    pub(crate) fn owns(&self, email: &str) -> bool {
        let domain = crate::fields::domain_of(email).to_lowercase();
        !domain.is_empty() && self.domains.contains(&domain)
    }

    /// Does its `enforce` concern this person? One organization's rule does not lock others' people out.
    pub(crate) async fn binds(&self, v: &Visitor, user: Uuid) -> Result<bool, Fault> {
        match self.org {
            None => Ok(true),
            Some(org) => Ok(person_beside(v.app(), user, Some(org)).await?.member),
        }
    }

    /// Owners keep a way in for the day the service fails; for the installation's services that is the platform admin.
    pub(crate) async fn is_owner(&self, v: &Visitor, user: Uuid) -> Result<bool, Fault> {
        let mut tx = TenantTx::read(v.app(), Actor::person(user)).await?;
        let owner = match self.org {
            Some(org) => {
                sqlx::query_scalar!(
                    "select exists (select from core.memberships where user_id = $1 and org_id = $2 and role = 'owner')",
                    user,
                    org
                )
                .fetch_one(tx.conn())
                .await?
            }
            None => {
                sqlx::query_scalar!("select exists (select from core.users where id = $1 and is_platform_admin)", user)
                    .fetch_one(tx.conn())
                    .await?
            }
        };
        Ok(owner.unwrap_or(false))
    }
}

pub(crate) fn callback_url(app: &App, key: &str) -> String {
    links::url(app, &format!("/api/auth/oauth/{key}/callback"))
}

/// An owner came in past the enforced service: it is audited, and the other owners hear of it.
pub(crate) async fn note_bypass(v: &Visitor, provider: &Provider, person: &Person) -> Result<(), Fault> {
    let entry = Audit::new("signin.enforce_bypass").target("user", person.id).critical();
    let entry = entry.meta(serde_json::json!({ "provider": provider.name }));
    let actor = Actor { request: v.request.info().clone(), ..Actor::person(person.id) };
    let Some(org) = provider.org else {
        let mut tx = TenantTx::begin(v.app(), actor).await?;
        tx.audit(entry).await?;
        return tx.commit().await;
    };
    let mut tx = TenantTx::begin(v.app(), Actor { org: Some(org), role: Some(Role::Owner), ..actor }).await?;
    let owners = sqlx::query!(
        r#"select u.email, u.name, o.name as organization from core.memberships m join core.users u on u.id = m.user_id
           join core.organizations o on o.id = m.org_id
           where m.org_id = $1 and m.role = 'owner' and u.id <> $2"#,
        org,
        person.id
    )
    .fetch_all(tx.conn())
    .await?;
    let (ip, at) = (v.request.info().ip.map(|ip| ip.to_string()), v.now());
    for owner in owners {
        let message =
            Message::OwnerMfaBypass { name: owner.name, organization: owner.organization, who: person.name.clone(), ip: ip.clone(), at };
        links::mail(tx.conn(), &owner.email, message).await?;
    }
    tx.audit(entry).await?;
    tx.commit().await
}
