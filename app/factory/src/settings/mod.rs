//! `/o/{org}/factory/{project}/settings`: what is set for one project, and its jobs.
use kit::{TabLink, TabLinks};
use leptos::prelude::*;

pub mod calls;
mod general;
mod jobs;
mod routes;

pub use general::GeneralPage;
pub use jobs::JobsPage;
pub use routes::{SettingsRoutes, settings_piece};

/// The pages of the settings, below the tabs of the project.
pub fn tabs(base: &str) -> AnyView {
    let at = |rest: &str| format!("{base}/settings{rest}");
    let tabs = vec![
        TabLink::new("General", at("")).exact(),
        TabLink::new("Templates", at("/templates")),
        TabLink::new("Integrations", at("/integrations")),
        TabLink::new("Jobs", at("/jobs")),
    ];
    view! { {crate::pages::tabs(base, None)} <TabLinks label="Settings" tabs=tabs /> }.into_any()
}
