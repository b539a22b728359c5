//! Screens of the factory: projects, a project at a glance, its features as list and tree.

pub mod calls;
mod features;
mod overview;
mod projects;
mod words;

use leptos::prelude::*;
use leptos_router::{
    Lazy, SsrMode,
    components::{Outlet, ParentRoute, Route},
    path,
};

/// The pages of the area, mounted under `/o/:slug`.
#[component(transparent)]
pub fn FactoryRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    let ssr = SsrMode::PartiallyBlocked;
    view! {
        <ParentRoute path=path!("factory") view=Outlet ssr=ssr.clone()>
            <Route path=path!("") view={Lazy::<projects::ProjectsPage>::new()} ssr=ssr.clone() />
            <Route path=path!(":project") view={Lazy::<overview::OverviewPage>::new()} ssr=ssr.clone() />
            <ParentRoute path=path!(":project/features") view={Lazy::<features::FeaturesPage>::new()} ssr=ssr.clone()>
                <Route path=path!("") view=|| () />
                <Route path=path!(":key") view={Lazy::<features::FeaturePanel>::new()} ssr />
            </ParentRoute>
        </ParentRoute>
    }
    .into_inner()
}
