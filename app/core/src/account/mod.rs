//! A person's own pages, under `/account`.

pub mod notifications;
pub mod orgs;
pub mod privacy;
pub mod profile;
pub mod security;
pub mod tokens;
mod totp;

use kit::{TabLink, TabLinks};
use leptos::prelude::*;

/// The tabs of the account.
pub(crate) fn tabs() -> AnyView {
    let tabs = vec![
        TabLink::new("Profile", "/account").exact(),
        TabLink::new("Security", "/account/security"),
        TabLink::new("Tokens", "/account/tokens"),
        TabLink::new("Notifications", "/account/notifications"),
        TabLink::new("Privacy", "/account/privacy"),
    ];
    view! { <TabLinks label="Account" tabs=tabs /> }.into_any()
}
