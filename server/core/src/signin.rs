//! Signing in and out: password, second factor, and what every way in ends with.
use crate::{checks, fields, identity::ProviderKind};
use garde::Validate;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A second factor a person can answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MfaMethod {
    Totp,
    RecoveryCode,
    Passkey,
}

/// What every way in answers: where to go now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// A path of this installation.
    pub goto: String,
    /// Not empty: not signed in yet, one of these is asked for at `goto`.
    pub mfa: Vec<MfaMethod>,
}

impl SignedIn {
    pub fn needs_mfa(&self) -> bool {
        !self.mfa.is_empty()
    }
}

/// The sign-in form.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct SignIn {
    #[garde(custom(checks::email))]
    pub email: String,
    #[garde(custom(fields::typed_password))]
    pub password: String,
    #[serde(default)]
    #[garde(skip)]
    pub redirect_to: Option<String>,
}

/// The form of the second factor: six digits, or a recovery code.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct MfaCode {
    #[garde(length(chars, min = 6, max = 20))]
    pub code: String,
    #[serde(default)]
    #[garde(skip)]
    pub redirect_to: Option<String>,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").field("email", &self.email).field("password", &"***").finish_non_exhaustive()
    }
}

impl fmt::Debug for MfaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MfaCode").field("code", &"***").finish_non_exhaustive()
    }
}

/// Somebody whose password was right and whose second factor is still to come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HalfOpen {
    pub email: String,
    pub methods: Vec<MfaMethod>,
}

/// Another service to sign in with; its link is `/api/auth/oauth/{key}?redirect_to=..`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderChoice {
    pub key: String,
    pub kind: ProviderKind,
    pub name: String,
    /// People of its mail domains cannot sign in with a password, with few exceptions.
    #[serde(default)]
    pub enforced: bool,
}

impl ProviderChoice {
    /// The service that a refused sign-in names for the address.
    pub fn named_in(fault: &kernel::Fault) -> Option<Self> {
        serde_json::from_value(fault.details.as_ref()?.get("provider")?.clone()).ok()
    }
}

/// The mail domain of an address, once it is typed to its end.
pub fn mail_domain(typed: &str) -> Option<String> {
    let (name, domain) = typed.trim().rsplit_once('@')?;
    (!name.is_empty() && checks::domain(domain)).then(|| domain.to_lowercase())
}

/// What the sign-in page offers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoginOptions {
    pub providers: Vec<ProviderChoice>,
    pub signup_open: bool,
}

/// A path of this installation, or nothing: redirects never lead to another host.
pub fn safe_redirect(to: Option<&str>) -> Option<&str> {
    let to = to?.trim();
    let inside =
        to.starts_with('/') && !to.starts_with("//") && !to.contains('\\') && !to.chars().any(char::is_control) && to.len() <= 2000;
    // Pages of the way in would only lead around in a circle.
    let circle = ["/login", "/signup", "/setup", "/api/"].iter().any(|page| to.starts_with(page));
    (inside && !circle).then_some(to)
}

#[cfg(feature = "ssr")]
mod password;
#[cfg(feature = "ssr")]
mod second;
#[cfg(feature = "ssr")]
mod session;
#[cfg(feature = "ssr")]
pub use {
    password::{options, provider_for, sign_in},
    second::{half_open, mfa},
    session::{open_session, sign_out},
};
#[cfg(feature = "ssr")]
pub(crate) use {
    second::{answered, go_on, require_note, wrong_code},
    session::as_person,
};

#[cfg(test)]
mod tests {
    use super::{mail_domain, safe_redirect};

    #[test]
    fn a_domain_is_known_once_the_address_is_whole() {
        assert_eq!(mail_domain(" Ada@Acme.Test "), Some("acme.test".to_owned()));
        for unfinished in ["", "ada", "ada@", "ada@acme", "ada@acme.", "@acme.test"] {
            assert_eq!(mail_domain(unfinished), None, "{unfinished}");
        }
    }

    #[test]
    fn redirects_stay_on_this_host() {
        assert_eq!(safe_redirect(Some("/o/acme/factory?q=1")), Some("/o/acme/factory?q=1"));
        for bad in
            ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\nb", "/login?redirect_to=/x"]
        {
            assert_eq!(safe_redirect(Some(bad)), None, "{bad}");
        }
        assert_eq!(safe_redirect(None), None);
    }
}
