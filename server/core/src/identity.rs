//! Identity providers of an organization: who may sign in with which other service (owners only).
use crate::checks;
use garde::Validate;
use kernel::{Fault, access::Role};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// What a service speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// OpenID Connect with an issuer of its own.
    #[default]
    Oidc,
    Github,
    Google,
}

impl ProviderKind {
    pub const ALL: [ProviderKind; 3] = [ProviderKind::Oidc, ProviderKind::Github, ProviderKind::Google];

    pub const fn as_str(self) -> &'static str {
        match self {
            ProviderKind::Oidc => "oidc",
            ProviderKind::Github => "github",
            ProviderKind::Google => "google",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            ProviderKind::Oidc => "OpenID Connect",
            ProviderKind::Github => "GitHub",
            ProviderKind::Google => "Google",
        }
    }
}

impl std::str::FromStr for ProviderKind {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        ProviderKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| Fault::field("kind", "is not a kind of service"))
    }
}

/// One provider, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityProvider {
    pub id: Uuid,
    pub rev: String,
    pub kind: ProviderKind,
    pub name: String,
    pub issuer: Option<String>,
    pub client_id: String,
    pub scopes: Vec<String>,
    pub email_domains: Vec<String>,
    /// New people of these domains become members in this role.
    pub auto_join_role: Option<Role>,
    /// People of these domains cannot sign in with a password.
    pub enforce: bool,
    pub enabled: bool,
    /// What has to be entered at the service as the redirect address.
    pub callback_url: String,
}

/// The form of a provider.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct ProviderInput {
    #[garde(skip)]
    pub kind: ProviderKind,
    #[garde(custom(checks::name(255)))]
    pub name: String,
    /// For OpenID Connect: the issuer's address.
    #[serde(default)]
    #[garde(length(max = 500))]
    pub issuer: String,
    #[garde(custom(checks::name(500)))]
    pub client_id: String,
    /// Empty: the one that is kept already.
    #[serde(default)]
    #[garde(length(max = 2000))]
    pub client_secret: String,
    /// Separated by spaces or commas, as are the domains.
    #[serde(default)]
    #[garde(length(max = 1000))]
    pub scopes: String,
    #[serde(default)]
    #[garde(length(max = 2000), custom(domains_are_well_formed))]
    pub email_domains: String,
    /// Empty, `member` or `admin`.
    #[serde(default)]
    #[garde(custom(role_to_join))]
    pub auto_join_role: String,
    #[serde(default)]
    #[garde(skip)]
    pub enforce: bool,
    #[serde(default)]
    #[garde(skip)]
    pub enabled: bool,
}

impl fmt::Debug for ProviderInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderInput").field("kind", &self.kind).field("name", &self.name).finish_non_exhaustive()
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', ' ', '\n', '\r', '\t']).filter(|word| !word.is_empty())
}

fn domains_are_well_formed(value: &str, _: &()) -> garde::Result {
    match words(value).find(|domain| !checks::domain(domain.trim_start_matches('@'))) {
        Some(bad) => Err(garde::Error::new(format!("{bad} is not a mail domain."))),
        None => Ok(()),
    }
}

fn role_to_join(value: &str, _: &()) -> garde::Result {
    match value {
        "" | "member" | "admin" => Ok(()),
        _ => Err(garde::Error::new("Choose member or admin, or nothing.")),
    }
}

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{login_providers, oidc};
    use kernel::{Code, Perm, audit::Audit, db::TenantTx, request::Request};

    /// Mail services for everybody: their domains belong to no organization.
    const PUBLIC_DOMAINS: &[&str] = &[
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "msn.com",
        "yahoo.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "aol.com",
        "gmx.de",
        "gmx.net",
        "gmx.at",
        "web.de",
        "t-online.de",
        "freenet.de",
        "proton.me",
        "protonmail.com",
        "mail.com",
        "mail.ru",
        "yandex.ru",
        "yandex.com",
        "qq.com",
        "163.com",
        "126.com",
        "orange.fr",
        "free.fr",
        "posteo.de",
        "fastmail.com",
        "zoho.com",
        "hey.com",
        "tutanota.com",
        "hotmail.co.uk",
        "yahoo.co.uk",
        "libero.it",
        "wp.pl",
        "seznam.cz",
    ];

    struct Row {
        id: Uuid,
        rev: String,
        kind: String,
        name: String,
        issuer: Option<String>,
        client_id: String,
        scopes: Vec<String>,
        email_domains: Vec<String>,
        auto_join_role: Option<String>,
        enforce: bool,
        enabled: bool,
    }

    fn shown(tx: &TenantTx, row: Row) -> Result<IdentityProvider, Fault> {
        Ok(IdentityProvider {
            callback_url: login_providers::callback_url(tx.app(), &row.id.to_string()),
            id: row.id,
            rev: row.rev,
            kind: row.kind.parse()?,
            name: row.name,
            issuer: row.issuer,
            client_id: row.client_id,
            scopes: row.scopes,
            email_domains: row.email_domains,
            auto_join_role: row.auto_join_role.and_then(|role| role.parse().ok()),
            enforce: row.enforce,
            enabled: row.enabled,
        })
    }

    /// The providers of the organization, by name.
    pub async fn list(tx: &mut TenantTx) -> Result<Vec<IdentityProvider>, Fault> {
        tx.require(Perm::OrgSecurity)?;
        let rows = sqlx::query_as!(
            Row,
            r#"select id, xmin::text as "rev!", kind, name, issuer, client_id, scopes, email_domains, auto_join_role, enforce, enabled
               from core.identity_providers where organization_id = core.tenant() order by name, id limit 100"#
        )
        .fetch_all(tx.conn())
        .await?;
        rows.into_iter().map(|row| shown(tx, row)).collect()
    }

    async fn get(tx: &mut TenantTx, id: Uuid) -> Result<IdentityProvider, Fault> {
        let row = sqlx::query_as!(
            Row,
            r#"select id, xmin::text as "rev!", kind, name, issuer, client_id, scopes, email_domains, auto_join_role, enforce, enabled
               from core.identity_providers where id = $1"#,
            id
        )
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(|| Fault::not_found("The identity provider"))?;
        shown(tx, row)
    }

    /// What the form means, checked beyond single fields.
    struct Checked {
        issuer: Option<String>,
        scopes: Vec<String>,
        domains: Vec<String>,
        join: Option<String>,
    }

    async fn check(tx: &mut TenantTx, input: &ProviderInput) -> Result<Checked, Fault> {
        input.validate()?;
        let issuer = match input.kind {
            ProviderKind::Oidc => Some(checked_issuer(tx, &input.issuer).await?),
            ProviderKind::Github | ProviderKind::Google => None,
        };
        let mut domains: Vec<String> = words(&input.email_domains).map(|d| d.trim_start_matches('@').to_lowercase()).collect();
        domains.sort();
        domains.dedup();
        check_domains(tx, &domains).await?;
        let join = Some(input.auto_join_role.clone()).filter(|role| !role.is_empty());
        if domains.is_empty() && (join.is_some() || input.enforce) {
            return Err(Fault::field("email_domains", "Name the mail domains this is for."));
        }
        Ok(Checked { issuer, scopes: words(&input.scopes).map(str::to_owned).collect(), domains, join })
    }

    async fn checked_issuer(tx: &TenantTx, issuer: &str) -> Result<String, Fault> {
        let issuer = issuer.trim();
        if issuer.is_empty() {
            return Err(Fault::field("issuer", "Enter the address of the issuer."));
        }
        let outbound = tx.app().outbound.clone();
        match outbound.check_url(issuer).await {
            Ok(_) => Ok(issuer.to_owned()),
            Err(fault) => Err(Fault::field("issuer", fault.message)),
        }
    }

    /// A domain is proven by an owner of the organization whose confirmed address is in it: else anybody could
    /// lock others out, or take over their accounts, with an issuer of their own.
    async fn check_domains(tx: &mut TenantTx, domains: &[String]) -> Result<(), Fault> {
        for domain in domains {
            if PUBLIC_DOMAINS.contains(&domain.as_str()) {
                return Err(Fault::field("email_domains", format!("{domain} is a mail service for everybody.")));
            }
            let proven = sqlx::query_scalar!(
                r#"select exists (select from core.memberships m join core.users u on u.id = m.user_id
                     where m.org_id = core.tenant() and m.role = 'owner' and u.email_verified and u.deleted_at is null
                       and lower(split_part(u.email, '@', 2)) = $1) as "proven!""#,
                domain
            )
            .fetch_one(tx.conn())
            .await?;
            if !proven {
                let message = format!("An owner needs a confirmed address at {domain} first: it shows that the domain is yours.");
                return Err(Fault::field("email_domains", message));
            }
        }
        Ok(())
    }

    /// Adds a provider.
    pub async fn create(tx: &mut TenantTx, input: ProviderInput) -> Result<IdentityProvider, Fault> {
        tx.require(Perm::OrgSecurity)?;
        tx.require_reauth()?;
        let checked = check(tx, &input).await?;
        if input.client_secret.trim().is_empty() {
            return Err(Fault::field("client_secret", "Enter the secret that the service gave you."));
        }
        let (org, id) = (tx.actor().org()?, new_id(tx).await?);
        let sealed = tx.app().keys.seal_text(&login_providers::secret_aad(Some(org), id), input.client_secret.trim())?;
        sqlx::query!(
            "insert into core.identity_providers (id, kind, name, issuer, client_id, client_secret_sealed, scopes, email_domains,
                auto_join_role, enforce, enabled)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            id,
            input.kind.as_str(),
            input.name.trim(),
            checked.issuer,
            input.client_id.trim(),
            sealed,
            &checked.scopes,
            &checked.domains,
            checked.join,
            input.enforce,
            input.enabled
        )
        .execute(tx.conn())
        .await?;
        tx.audit(Audit::new("identity_provider.create").target("identity_provider", id).warning()).await?;
        get(tx, id).await
    }

    /// The id is part of what the secret is sealed for, so it is made first.
    async fn new_id(tx: &mut TenantTx) -> Result<Uuid, Fault> {
        Ok(sqlx::query_scalar!(r#"select gen_random_uuid() as "id!""#).fetch_one(tx.conn()).await?)
    }

    /// Changes a provider; 409 with the present row when somebody else did meanwhile.
    pub async fn update(tx: &mut TenantTx, id: Uuid, rev: &str, input: ProviderInput) -> Result<IdentityProvider, Fault> {
        tx.require(Perm::OrgSecurity)?;
        tx.require_reauth()?;
        let checked = check(tx, &input).await?;
        let org = tx.actor().org()?;
        let sealed = match input.client_secret.trim() {
            "" => None,
            secret => Some(tx.app().keys.seal_text(&login_providers::secret_aad(Some(org), id), secret)?),
        };
        let changed = sqlx::query!(
            "update core.identity_providers set kind = $3, name = $4, issuer = $5, client_id = $6,
                client_secret_sealed = coalesce($7, client_secret_sealed), scopes = $8, email_domains = $9, auto_join_role = $10,
                enforce = $11, enabled = $12
             where id = $1 and xmin::text = $2",
            id,
            rev,
            input.kind.as_str(),
            input.name.trim(),
            checked.issuer,
            input.client_id.trim(),
            sealed,
            &checked.scopes,
            &checked.domains,
            checked.join,
            input.enforce,
            input.enabled
        )
        .execute(tx.conn())
        .await?;
        let now = get(tx, id).await?;
        if changed.rows_affected() == 0 {
            let current = serde_json::to_value(&now).unwrap_or_default();
            return Err(Fault::stale("identity provider").with_details(serde_json::json!({ "current": current })));
        }
        let fields = serde_json::json!({ "enforce": input.enforce, "enabled": input.enabled, "secret_changed": sealed.is_some() });
        tx.audit(Audit::new("identity_provider.update").target("identity_provider", id).warning().meta(fields)).await?;
        Ok(now)
    }

    /// Removes a provider. Linked logins through it stay with their people but no longer open anything.
    pub async fn delete(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
        tx.require(Perm::OrgSecurity)?;
        tx.require_reauth()?;
        let gone = sqlx::query!("delete from core.identity_providers where id = $1", id).execute(tx.conn()).await?;
        if gone.rows_affected() == 0 {
            return Err(Fault::not_found("The identity provider"));
        }
        tx.audit(Audit::new("identity_provider.delete").target("identity_provider", id).warning()).await
    }

    /// Asks an issuer for its discovery document; answers in a sentence. Outside of any transaction.
    pub async fn test(request: &Request, issuer: &str) -> Result<String, Fault> {
        request.member().await?.require(Perm::OrgSecurity)?;
        match oidc::discover_now(request.app(), issuer.trim()).await {
            Ok(_) => Ok("The issuer answers and publishes its keys.".to_owned()),
            Err(fault) if fault.code == Code::Upstream => Err(Fault::field("issuer", fault.message)),
            Err(fault) => Err(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_provider_is_checked() {
        let input = ProviderInput {
            name: "Okta".into(),
            client_id: "abc".into(),
            email_domains: "acme.test, @beta.test".into(),
            ..ProviderInput::default()
        };
        assert!(input.validate().is_ok());
        assert!(ProviderInput { email_domains: "not a domain".into(), ..input.clone() }.validate().is_err());
        assert!(ProviderInput { auto_join_role: "owner".into(), ..input }.validate().is_err());
    }
}
