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
mod enter;
#[cfg(feature = "ssr")]
mod linked;
#[cfg(feature = "ssr")]
mod trip;
#[cfg(feature = "ssr")]
pub use {
    linked::{linked, unlink},
    trip::{begin, callback},
};
