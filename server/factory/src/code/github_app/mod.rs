//! The GitHub App of an organization: it opens repositories without anybody's own token, on each account it is installed on
//! (chapter 20, section 7).
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod pass;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub(crate) use self::pass::access;
#[cfg(feature = "ssr")]
pub use self::{
    pass::changed,
    service::{install_page, installed, of_org, register, remove, uninstall},
};
#[cfg(feature = "ssr")]
pub(super) use self::{pass::pass, service::number};

/// Where GitHub sends people back to after an installation.
pub const CALLBACK: &str = "/api/integrations/github/callback";

/// The app of an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GithubApp {
    pub id: Uuid,
    pub app_id: String,
    pub name: String,
    /// The server it belongs to: `https://github.com`, or one's own.
    pub server: String,
    pub created_at: DateTime<Utc>,
    /// By account.
    pub installations: Vec<Installation>,
}

/// An account the app is installed on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Installation {
    pub id: Uuid,
    pub account: String,
    /// `Organization` or `User`.
    pub account_type: String,
    /// Its owner stopped the app for now.
    pub suspended_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    /// Connections of projects that use it.
    pub used_by: i64,
}

/// What registers an app that was made at GitHub.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
pub struct GithubAppInput {
    #[garde(length(chars, min = 1, max = 255))]
    pub app_id: String,
    /// The PEM file. Empty keeps the key of the app that is registered.
    #[garde(length(chars, max = 20_000))]
    pub private_key: String,
    /// Empty: github.com.
    #[garde(length(chars, max = 255))]
    pub server: String,
}

/// The addresses to give GitHub when the app is made there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GithubAppAddresses {
    pub setup: String,
    pub webhook: String,
}

#[cfg(feature = "ssr")]
impl GithubAppAddresses {
    /// Those of this installation.
    pub fn of(config: &kernel::config::Config) -> Self {
        let own = config.public_url(config.http.port);
        Self { setup: format!("{own}{CALLBACK}"), webhook: format!("{own}{}", super::webhook::PATH) }
    }
}
