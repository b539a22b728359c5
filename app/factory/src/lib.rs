//! Screens of the factory: projects, a project at a glance, its features as list and tree.

pub mod calls;
mod features;
mod overview;
mod projects;
mod words;

use features::{FeaturePanel, FeaturesPage};
use leptos::prelude::*;
use leptos_router::{
    Lazy, SsrMode,
    components::{Outlet, ParentRoute, Route},
    path,
};
use overview::OverviewPage;
use projects::ProjectsPage;

kit::split_pages!(factory: ProjectsPage, OverviewPage, FeaturesPage, FeaturePanel);

/// The pages of the area, mounted under `/o/:slug`.
#[component(transparent)]
pub fn FactoryRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    let ssr = SsrMode::PartiallyBlocked;
    view! {
        <ParentRoute path=path!("factory") view=Outlet ssr=ssr.clone()>
            <Route path=path!("") view={Lazy::<ProjectsPage>::new()} ssr=ssr.clone() />
            <Route path=path!(":project") view={Lazy::<OverviewPage>::new()} ssr=ssr.clone() />
            <ParentRoute path=path!(":project/features") view={Lazy::<FeaturesPage>::new()} ssr=ssr.clone()>
                <Route path=path!("") view=|| () />
                <Route path=path!(":key") view={Lazy::<FeaturePanel>::new()} ssr />
            </ParentRoute>
        </ParentRoute>
    }
    .into_inner()
}
