//! Screens of the core area: the ways in, a person's account, an organization's settings, the installation.

pub mod account;
pub mod admin;
pub mod auth;
pub mod bell;
mod parts;
pub mod reauth;
pub mod settings;

pub use parts::keys::ProjectChoices;

use account::{
    notifications::NotificationsPage, orgs::OrgsPage, privacy::PrivacyPage, profile::ProfilePage, security::SecurityPage,
    tokens::TokensPage,
};
use admin::{
    audit::AdminAuditPage, cron::CronPage, health::HealthPage, identity::AdminIdentityPage, jobs::AdminJobsPage, mailbox::MailboxPage,
    orgs::AdminOrgsPage, users::UsersPage,
};
use auth::{
    invite::InvitePage, mfa::MfaPage, reset::ForgotPage, reset::ResetPage, setup::SetupPage, signin::SignInPage, signup::SignUpPage,
    verify::NotMePage, verify::VerifyPage,
};
use reauth::ReauthDialog;
use settings::{
    audit::AuditPage, general::GeneralPage, identity::IdentityPage, jobs::JobsPage, keys::KeysPage, members::MembersPage,
    secrets::SecretsPage, security::OrgSecurityPage,
};

use bell::Notices;
use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    any_nested_route::IntoAnyNestedRoute,
    components::{Redirect, Route},
    path,
};

// Dialogs and lists that any page may ask for; the shell has more of them in the same piece.
kit::split_pages!(extras, extras_piece: ; ReauthDialog, Notices);
kit::split_pages!(auth, auth_piece: SetupPage, SignUpPage, SignInPage, MfaPage, ForgotPage, ResetPage, VerifyPage, NotMePage, InvitePage);

/// The pages outside of any frame: set-up, sign-up, sign-in and the links of mails.
#[component(transparent)]
pub fn AuthRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    // Whole, not in parts: without script nothing puts late parts in their place.
    let ssr = SsrMode::Async;
    view! {
        <Route path=path!("/setup") view={kit::lazy::<SetupPage>()} ssr=ssr.clone() />
        <Route path=path!("/signup") view={kit::lazy::<SignUpPage>()} ssr=ssr.clone() />
        <Route path=path!("/login") view={kit::lazy::<SignInPage>()} ssr=ssr.clone() />
        <Route path=path!("/login/mfa") view={kit::lazy::<MfaPage>()} ssr=ssr.clone() />
        <Route path=path!("/forgot") view={kit::lazy::<ForgotPage>()} ssr=ssr.clone() />
        <Route path=path!("/reset/:token") view={kit::lazy::<ResetPage>()} ssr=ssr.clone() />
        <Route path=path!("/verify/:token") view={kit::lazy::<VerifyPage>()} ssr=ssr.clone() />
        <Route path=path!("/not-me/:token") view={kit::lazy::<NotMePage>()} ssr=ssr.clone() />
        <Route path=path!("/invite/:token") view={kit::lazy::<InvitePage>()} ssr />
    }
    .into_inner()
    .into_any_nested_route()
}

kit::split_pages!(account, account_piece: ProfilePage, SecurityPage, TokensPage, NotificationsPage, PrivacyPage, OrgsPage);

/// A person's own pages: `/account` and `/orgs`.
#[component(transparent)]
pub fn AccountRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    let ssr = SsrMode::PartiallyBlocked;
    view! {
        <Route path=path!("/account") view={kit::lazy::<ProfilePage>()} ssr=ssr.clone() />
        <Route path=path!("/account/security") view={kit::lazy::<SecurityPage>()} ssr=ssr.clone() />
        <Route path=path!("/account/tokens") view={kit::lazy::<TokensPage>()} ssr=ssr.clone() />
        <Route path=path!("/account/notifications") view={kit::lazy::<NotificationsPage>()} ssr=ssr.clone() />
        <Route path=path!("/account/privacy") view={kit::lazy::<PrivacyPage>()} ssr=ssr.clone() />
        <Route path=path!("/orgs") view={kit::lazy::<OrgsPage>()} ssr />
    }
    .into_inner()
    .into_any_nested_route()
}

kit::split_pages!(settings, settings_piece: GeneralPage, MembersPage, OrgSecurityPage, IdentityPage, KeysPage, SecretsPage, AuditPage, JobsPage);

/// An organization's settings, below `/o/:slug`.
#[component(transparent)]
pub fn SettingsRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    let ssr = SsrMode::PartiallyBlocked;
    view! {
        <Route path=path!("settings") view=SettingsStart ssr=ssr.clone() />
        <Route path=path!("settings/general") view={kit::lazy::<GeneralPage>()} ssr=ssr.clone() />
        <Route path=path!("settings/members") view={kit::lazy::<MembersPage>()} ssr=ssr.clone() />
        <Route path=path!("settings/security") view={kit::lazy::<OrgSecurityPage>()} ssr=ssr.clone() />
        <Route path=path!("settings/identity") view={kit::lazy::<IdentityPage>()} ssr=ssr.clone() />
        <Route path=path!("settings/keys") view={kit::lazy::<KeysPage>()} ssr=ssr.clone() />
        <Route path=path!("settings/secrets") view={kit::lazy::<SecretsPage>()} ssr=ssr.clone() />
        <Route path=path!("settings/audit") view={kit::lazy::<AuditPage>()} ssr=ssr.clone() />
        <Route path=path!("settings/jobs") view={kit::lazy::<JobsPage>()} ssr />
    }
    .into_inner()
    .into_any_nested_route()
}

kit::split_pages!(admin, admin_piece: UsersPage, AdminOrgsPage, AdminIdentityPage, AdminAuditPage, AdminJobsPage, CronPage, MailboxPage, HealthPage);

/// The installation, for its administrators.
#[component(transparent)]
pub fn AdminRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    let ssr = SsrMode::PartiallyBlocked;
    view! {
        <Route path=path!("/admin") view=|| view! { <Redirect path="/admin/users" /> } ssr=ssr.clone() />
        <Route path=path!("/admin/users") view={kit::lazy::<UsersPage>()} ssr=ssr.clone() />
        <Route path=path!("/admin/orgs") view={kit::lazy::<AdminOrgsPage>()} ssr=ssr.clone() />
        <Route path=path!("/admin/identity") view={kit::lazy::<AdminIdentityPage>()} ssr=ssr.clone() />
        <Route path=path!("/admin/audit") view={kit::lazy::<AdminAuditPage>()} ssr=ssr.clone() />
        <Route path=path!("/admin/jobs") view={kit::lazy::<AdminJobsPage>()} ssr=ssr.clone() />
        <Route path=path!("/admin/cron") view={kit::lazy::<CronPage>()} ssr=ssr.clone() />
        <Route path=path!("/admin/mailbox") view={kit::lazy::<MailboxPage>()} ssr=ssr.clone() />
        <Route path=path!("/admin/health") view={kit::lazy::<HealthPage>()} ssr />
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
