//! Identity providers: who may sign in with which other service. Those of an organization are its owners'; those of the
//! whole installation its administrators' (`admin::provider_create` and its kin).
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
pub(crate) mod check;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub(crate) mod store;
#[cfg(feature = "ssr")]
pub use service::*;

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
