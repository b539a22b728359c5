//! Where the settings of a project are.
use super::{GeneralPage, JobsPage};
use leptos::prelude::*;
use leptos_router::{SsrMode, any_nested_route::IntoAnyNestedRoute, components::Route, path};

kit::split_pages!(settings, settings_piece: GeneralPage, JobsPage);

/// What is set for one project.
#[component(transparent)]
pub fn SettingsRoutes(ssr: SsrMode) -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!(":project/settings") view={kit::lazy::<GeneralPage>()} ssr=ssr.clone() />
        <Route path=path!(":project/settings/jobs") view={kit::lazy::<JobsPage>()} ssr=ssr />
    }
    .into_inner()
    .into_any_nested_route()
}
