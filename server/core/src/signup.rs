//! First run, sign-up and the links that confirm addresses.
use crate::checks;
use garde::Validate;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The form of the first run: it makes the platform admin and the first organization.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct Setup {
    /// From the server's log.
    #[garde(custom(checks::name(200)))]
    pub token: String,
    #[garde(custom(checks::name(255)))]
    pub name: String,
    #[garde(custom(checks::email))]
    pub email: String,
    #[garde(skip)]
    pub password: String,
    #[garde(custom(checks::name(255)))]
    pub organization_name: String,
}

/// The sign-up form.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct SignUp {
    #[garde(custom(checks::email))]
    pub email: String,
    #[garde(skip)]
    pub password: String,
    #[garde(custom(checks::name(255)))]
    pub name: String,
    #[garde(custom(checks::name(255)))]
    pub organization_name: String,
}

/// "Send a new link".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct Resend {
    #[garde(custom(checks::email))]
    pub email: String,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("email", &self.email).finish_non_exhaustive()
    }
}

impl fmt::Debug for SignUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignUp").field("email", &self.email).finish_non_exhaustive()
    }
}

/// What a mailed link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    EmailVerify,
    EmailChange,
    PasswordReset,
}

/// A mailed link that still works.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkInfo {
    /// The address it is about.
    pub email: String,
    pub purpose: LinkPurpose,
}

/// What a confirmed link led to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    pub goto: String,
    /// One sentence for people.
    pub message: String,
}

#[cfg(feature = "ssr")]
mod confirm;
#[cfg(feature = "ssr")]
mod create;
#[cfg(feature = "ssr")]
mod setup;
#[cfg(feature = "ssr")]
pub(crate) use create::become_person;
#[cfg(feature = "ssr")]
pub use {
    confirm::{link, resend, verify},
    create::{sign_up, sign_up_api},
    setup::{prepare_setup, setup, setup_open},
};
