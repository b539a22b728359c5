//! The core area (chapter 10): people and how they sign in, organizations, members, keys, secrets, notices, privacy,
//! audit, and the platform's own pages. It knows nothing of the other areas' tables.

// The organization half.
pub mod admin;
pub mod api_keys;
pub mod audit_view;
pub(crate) mod checks;
#[cfg(feature = "ssr")]
pub mod hygiene;
pub mod invitations;
pub mod jobs_view;
#[cfg(feature = "ssr")]
pub mod key_auth;
pub mod matrix;
pub mod members;
pub mod notifications;
pub mod org_secrets;
pub mod organizations;
pub mod preferences;
pub mod privacy;
#[cfg(feature = "ssr")]
mod register;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
pub mod tokens;
#[cfg(feature = "ssr")]
pub use register::{SCHEDULES, register};

// Identity: who people are and how they show it.
pub mod account;
pub mod devices;
pub(crate) mod fields;
#[cfg(feature = "ssr")]
mod github;
pub mod identity;
#[cfg(feature = "ssr")]
mod links;
#[cfg(feature = "ssr")]
mod lockout;
#[cfg(feature = "ssr")]
mod login_providers;
pub mod mfa;
pub mod oauth;
#[cfg(feature = "ssr")]
mod oidc;
pub mod passkeys;
pub mod passwords;
pub mod pictures;
pub mod reauth;
pub mod reset;
#[cfg(feature = "ssr")]
pub mod session_store;
pub mod sessions;
pub mod signin;
#[cfg(feature = "ssr")]
mod signin_finish;
pub mod signup;
