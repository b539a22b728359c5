//! Screens of the core area: the ways in, a person's account, an organization's settings, the installation.

pub mod account;
pub mod admin;
pub mod auth;
pub mod bell;
mod parts;
pub mod reauth;
pub mod settings;
mod upload;

pub use parts::keys::ProjectChoices;

use leptos::prelude::*;
use leptos_router::{
    Lazy, SsrMode,
    any_nested_route::IntoAnyNestedRoute,
    components::{Redirect, Route},
    path,
};

/// The pages outside of any frame: set-up, sign-up, sign-in and the links of mails.
#[component(transparent)]
pub fn AuthRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    use auth::*;
    // Whole, not in parts: without script nothing puts late parts in their place.
    let ssr = SsrMode::Async;
    view! {
        <Route path=path!("/setup") view={Lazy::<setup::SetupPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/signup") view={Lazy::<signup::SignUpPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/login") view={Lazy::<signin::SignInPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/login/mfa") view={Lazy::<mfa::MfaPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/forgot") view={Lazy::<reset::ForgotPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/reset/:token") view={Lazy::<reset::ResetPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/verify/:token") view={Lazy::<verify::VerifyPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/not-me/:token") view={Lazy::<verify::NotMePage>::new()} ssr=ssr.clone() />
        <Route path=path!("/invite/:token") view={Lazy::<invite::InvitePage>::new()} ssr />
    }
    .into_inner()
    .into_any_nested_route()
}

/// A person's own pages: `/account` and `/orgs`.
#[component(transparent)]
pub fn AccountRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    use account::*;
    let ssr = SsrMode::PartiallyBlocked;
    view! {
        <Route path=path!("/account") view={Lazy::<profile::ProfilePage>::new()} ssr=ssr.clone() />
        <Route path=path!("/account/security") view={Lazy::<security::SecurityPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/account/tokens") view={Lazy::<tokens::TokensPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/account/notifications") view={Lazy::<notifications::NotificationsPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/account/privacy") view={Lazy::<privacy::PrivacyPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/orgs") view={Lazy::<orgs::OrgsPage>::new()} ssr />
    }
    .into_inner()
    .into_any_nested_route()
}

/// An organization's settings, below `/o/:slug`.
#[component(transparent)]
pub fn SettingsRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    use settings::*;
    let ssr = SsrMode::PartiallyBlocked;
    view! {
        <Route path=path!("settings") view=SettingsStart ssr=ssr.clone() />
        <Route path=path!("settings/general") view={Lazy::<general::GeneralPage>::new()} ssr=ssr.clone() />
        <Route path=path!("settings/members") view={Lazy::<members::MembersPage>::new()} ssr=ssr.clone() />
        <Route path=path!("settings/security") view={Lazy::<security::OrgSecurityPage>::new()} ssr=ssr.clone() />
        <Route path=path!("settings/identity") view={Lazy::<identity::IdentityPage>::new()} ssr=ssr.clone() />
        <Route path=path!("settings/keys") view={Lazy::<keys::KeysPage>::new()} ssr=ssr.clone() />
        <Route path=path!("settings/secrets") view={Lazy::<secrets::SecretsPage>::new()} ssr=ssr.clone() />
        <Route path=path!("settings/audit") view={Lazy::<audit::AuditPage>::new()} ssr=ssr.clone() />
        <Route path=path!("settings/jobs") view={Lazy::<jobs::JobsPage>::new()} ssr />
    }
    .into_inner()
    .into_any_nested_route()
}

/// The installation, for its administrators.
#[component(transparent)]
pub fn AdminRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    use admin::*;
    let ssr = SsrMode::PartiallyBlocked;
    view! {
        <Route path=path!("/admin") view=|| view! { <Redirect path="/admin/users" /> } ssr=ssr.clone() />
        <Route path=path!("/admin/users") view={Lazy::<users::UsersPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/admin/orgs") view={Lazy::<orgs::AdminOrgsPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/admin/jobs") view={Lazy::<jobs::AdminJobsPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/admin/cron") view={Lazy::<cron::CronPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/admin/mailbox") view={Lazy::<mailbox::MailboxPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/admin/health") view={Lazy::<health::HealthPage>::new()} ssr />
    }
    .into_inner()
    .into_any_nested_route()
}

/// `/o/{org}/settings` leads to its first page.
#[component]
fn SettingsStart() -> impl IntoView {
    let slug = kit::use_org_slug();
    view! { <Redirect path=format!("/o/{}/settings/general", slug.get_untracked()) /> }
}
