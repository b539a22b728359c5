//! Where the pages of artifacts are.
use super::{ArtifactsPage, MoveDialog, NameDialog};
use leptos::prelude::*;
use leptos_router::{SsrMode, any_nested_route::IntoAnyNestedRoute, components::Route, path};

kit::split_pages!(artifacts, artifacts_piece: ArtifactsPage; MoveDialog, NameDialog);

/// The files of a project, and those of a folder.
#[component(transparent)]
pub fn ArtifactRoutes(ssr: SsrMode) -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!(":project/artifacts") view={kit::lazy::<ArtifactsPage>()} ssr=ssr.clone() />
        <Route path=path!(":project/artifacts/:folder") view={kit::lazy::<ArtifactsPage>()} ssr=ssr />
    }
    .into_inner()
    .into_any_nested_route()
}
