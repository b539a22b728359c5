//! An organization's settings, under `/o/{org}/settings`.

pub mod audit;
pub mod general;
pub mod identity;
pub mod jobs;
pub mod keys;
pub mod members;
pub mod secrets;
pub mod security;

use kernel::access::Perm;
use kit::{TabLink, TabLinks};
use leptos::prelude::*;

/// The tabs of the settings, by what the person may see.
pub(crate) fn tabs() -> AnyView {
    let slug = kit::use_org_slug();
    let session = kit::use_session();
    let links = move || {
        let at = |name: &str| format!("/o/{}/settings/{name}", slug.get());
        let may = |perm| session.with(|s| s.as_ref().is_some_and(|s| s.may(perm)));
        let mut tabs =
            vec![TabLink::new("General", at("general")), TabLink::new("Members", at("members")), TabLink::new("Security", at("security"))];
        if may(Perm::OrgSecurity) {
            tabs.push(TabLink::new("Sign-in", at("identity")));
        }
        if may(Perm::OrgKeys) {
            tabs.push(TabLink::new("API keys", at("keys")));
            tabs.push(TabLink::new("Secrets", at("secrets")));
        }
        tabs.push(TabLink::new("Audit log", at("audit")));
        tabs.push(TabLink::new("Jobs", at("jobs")));
        view! { <TabLinks label="Settings" tabs=tabs /> }
    };
    view! { <Suspense>{links}</Suspense> }.into_any()
}
