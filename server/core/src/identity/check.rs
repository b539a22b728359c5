//! What the form of a provider means, checked beyond single fields.
use super::{ProviderInput, ProviderKind, words};
use garde::Validate;
use kernel::{Fault, app::App, db::TenantTx};

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

/// A form that may be kept.
pub(crate) struct Checked {
    pub issuer: Option<String>,
    pub scopes: Vec<String>,
    pub domains: Vec<String>,
    pub join: Option<String>,
}

/// A provider of the whole installation, named by who runs it: no domain has to be proven, and there is no organization
/// that people could join.
pub(crate) async fn of_installation(app: &App, input: &ProviderInput) -> Result<Checked, Fault> {
    let checked = form(app, input).await?;
    if checked.join.is_some() {
        return Err(Fault::field("auto_join_role", "Only an organization's own service makes people its members."));
    }
    if checked.domains.is_empty() && input.enforce {
        return Err(Fault::field("email_domains", "Name the mail domains this is required for."));
    }
    Ok(checked)
}

/// A provider of the organization: only by its domains do people find it.
pub(crate) async fn of_organization(tx: &mut TenantTx, input: &ProviderInput) -> Result<Checked, Fault> {
    let app = tx.app().clone();
    let checked = form(&app, input).await?;
    if checked.domains.is_empty() {
        return Err(Fault::field("email_domains", "Name the mail domains this is for."));
    }
    prove_domains(tx, &checked.domains).await?;
    Ok(checked)
}

async fn form(app: &App, input: &ProviderInput) -> Result<Checked, Fault> {
    input.validate()?;
    let issuer = match input.kind {
        ProviderKind::Oidc => Some(checked_issuer(app, &input.issuer).await?),
        ProviderKind::Github | ProviderKind::Google => None,
    };
    let mut domains: Vec<String> = words(&input.email_domains).map(|d| d.trim_start_matches('@').to_lowercase()).collect();
    domains.sort();
    domains.dedup();
    let join = Some(input.auto_join_role.clone()).filter(|role| !role.is_empty());
    Ok(Checked { issuer, scopes: words(&input.scopes).map(str::to_owned).collect(), domains, join })
}

async fn checked_issuer(app: &App, issuer: &str) -> Result<String, Fault> {
    let issuer = issuer.trim();
    if issuer.is_empty() {
        return Err(Fault::field("issuer", "Enter the address of the issuer."));
    }
    match app.outbound.check_url(issuer).await {
        Ok(_) => Ok(issuer.to_owned()),
        Err(fault) => Err(Fault::field("issuer", fault.message)),
    }
}

/// A domain is proven by an owner of the organization whose confirmed address is in it: else anybody could
/// lock others out, or take over their accounts, with an issuer of their own.
async fn prove_domains(tx: &mut TenantTx, domains: &[String]) -> Result<(), Fault> {
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
