//! Fields that the forms of identity share, besides `checks`.

/// A password that was typed to be checked, not chosen: only its presence is a rule.
pub(crate) fn typed_password(value: &str, _: &()) -> garde::Result {
    match value.is_empty() {
        true => Err(garde::Error::new("Enter your password.")),
        false => Ok(()),
    }
}

/// The form in which addresses are kept and compared.
#[cfg(feature = "ssr")]
pub(crate) fn clean_email(typed: &str) -> String {
    typed.trim().to_lowercase()
}

/// The mail domain of an address.
#[cfg(feature = "ssr")]
pub(crate) fn domain_of(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, domain)| domain)
}
