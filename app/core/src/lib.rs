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

use auth::{setup::SetupPage, signup::SignUpPage, signin::SignInPage, mfa::MfaPage, reset::ForgotPage, reset::ResetPage, verify::VerifyPage, verify::NotMePage, invite::InvitePage};
use account::{profile::ProfilePage, security::SecurityPage, tokens::TokensPage, notifications::NotificationsPage, privacy::PrivacyPage, orgs::OrgsPage};
use settings::{general::GeneralPage, members::MembersPage, security::OrgSecurityPage, identity::IdentityPage, keys::KeysPage, secrets::SecretsPage, audit::AuditPage, jobs::JobsPage};
use admin::{users::UsersPage, orgs::AdminOrgsPage, identity::AdminIdentityPage, jobs::AdminJobsPage, cron::CronPage, mailbox::MailboxPage, health::HealthPage};

use leptos::prelude::*;
use leptos_router::{
    Lazy, SsrMode,
    any_nested_route::IntoAnyNestedRoute,
    components::{Redirect, Route},
    path,
};

kit::split_pages!(auth: SetupPage, SignUpPage, SignInPage, MfaPage, ForgotPage, ResetPage, VerifyPage, NotMePage, InvitePage);

/// The pages outside of any frame: set-up, sign-up, sign-in and the links of mails.
#[component(transparent)]
pub fn AuthRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    // Whole, not in parts: without script nothing puts late parts in their place.
    let ssr = SsrMode::Async;
    view! {
        <Route path=path!("/setup") view={Lazy::<SetupPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/signup") view={Lazy::<SignUpPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/login") view={Lazy::<SignInPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/login/mfa") view={Lazy::<MfaPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/forgot") view={Lazy::<ForgotPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/reset/:token") view={Lazy::<ResetPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/verify/:token") view={Lazy::<VerifyPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/not-me/:token") view={Lazy::<NotMePage>::new()} ssr=ssr.clone() />
        <Route path=path!("/invite/:token") view={Lazy::<InvitePage>::new()} ssr />
    }
    .into_inner()
    .into_any_nested_route()
}

kit::split_pages!(account: ProfilePage, SecurityPage, TokensPage, NotificationsPage, PrivacyPage, OrgsPage);

/// A person's own pages: `/account` and `/orgs`.
#[component(transparent)]
pub fn AccountRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    let ssr = SsrMode::PartiallyBlocked;
    view! {
        <Route path=path!("/account") view={Lazy::<ProfilePage>::new()} ssr=ssr.clone() />
        <Route path=path!("/account/security") view={Lazy::<SecurityPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/account/tokens") view={Lazy::<TokensPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/account/notifications") view={Lazy::<NotificationsPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/account/privacy") view={Lazy::<PrivacyPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/orgs") view={Lazy::<OrgsPage>::new()} ssr />
    }
    .into_inner()
    .into_any_nested_route()
}

kit::split_pages!(settings: GeneralPage, MembersPage, OrgSecurityPage, IdentityPage, KeysPage, SecretsPage, AuditPage, JobsPage);

/// An organization's settings, below `/o/:slug`.
#[component(transparent)]
pub fn SettingsRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    let ssr = SsrMode::PartiallyBlocked;
    view! {
        <Route path=path!("settings") view=SettingsStart ssr=ssr.clone() />
        <Route path=path!("settings/general") view={Lazy::<GeneralPage>::new()} ssr=ssr.clone() />
        <Route path=path!("settings/members") view={Lazy::<MembersPage>::new()} ssr=ssr.clone() />
        <Route path=path!("settings/security") view={Lazy::<OrgSecurityPage>::new()} ssr=ssr.clone() />
        <Route path=path!("settings/identity") view={Lazy::<IdentityPage>::new()} ssr=ssr.clone() />
        <Route path=path!("settings/keys") view={Lazy::<KeysPage>::new()} ssr=ssr.clone() />
        <Route path=path!("settings/secrets") view={Lazy::<SecretsPage>::new()} ssr=ssr.clone() />
        <Route path=path!("settings/audit") view={Lazy::<AuditPage>::new()} ssr=ssr.clone() />
        <Route path=path!("settings/jobs") view={Lazy::<JobsPage>::new()} ssr />
    }
    .into_inner()
    .into_any_nested_route()
}

kit::split_pages!(admin: UsersPage, AdminOrgsPage, AdminIdentityPage, AdminJobsPage, CronPage, MailboxPage, HealthPage);

/// The installation, for its administrators.
#[component(transparent)]
pub fn AdminRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    let ssr = SsrMode::PartiallyBlocked;
    view! {
        <Route path=path!("/admin") view=|| view! { <Redirect path="/admin/users" /> } ssr=ssr.clone() />
        <Route path=path!("/admin/users") view={Lazy::<UsersPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/admin/orgs") view={Lazy::<AdminOrgsPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/admin/identity") view={Lazy::<AdminIdentityPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/admin/jobs") view={Lazy::<AdminJobsPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/admin/cron") view={Lazy::<CronPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/admin/mailbox") view={Lazy::<MailboxPage>::new()} ssr=ssr.clone() />
        <Route path=path!("/admin/health") view={Lazy::<HealthPage>::new()} ssr />
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
