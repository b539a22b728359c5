//! Screens of the factory: projects, a project at a glance, its features as list and tree, its documents. Each folder
//! says in its `routes.rs` where its pages are and which piece their code is in.

mod activity;
pub mod artifacts;
mod assistant;
pub mod calls;
mod code;
mod decisions;
pub mod documents;
mod features;
mod graph;
mod overview;
mod pages;
mod planner;
mod projects;
mod settings;
mod setup;
mod tests;
mod threads;
mod validator;
mod voting;
mod words;

use activity::ActivityRoutes;
pub use activity::activity_piece;
use artifacts::ArtifactRoutes;
pub use artifacts::artifacts_piece;
use assistant::AssistantRoutes;
pub use assistant::assistant_piece;
use code::CodeRoutes;
pub use code::code_piece;
use documents::DocumentRoutes;
pub use documents::documents_piece;
use features::{Bulk, ConflictDialog, CreateDialog, FeaturePanel, FeaturesPage, ImportDialog, InlineMenu, PassDialog};
use graph::GraphRoutes;
pub use graph::graph_piece;
use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{Outlet, ParentRoute, Route},
    path,
};
use overview::OverviewPage;
pub use pages::{PAGES, ProjectPage};
use planner::PlannerRoutes;
pub use planner::planner_piece;
use projects::ProjectsPage;
use settings::SettingsRoutes;
pub use settings::settings_piece;
use validator::ValidatorRoutes;
pub use validator::validator_piece;
use voting::VotingRoutes;
pub use voting::{PublicRoutes, voting_piece};

kit::split_pages!(factory, factory_piece: ProjectsPage, OverviewPage, FeaturesPage);
// What is done with features, beside looking at their list.
kit::split_pages!(feature, feature_piece: FeaturePanel; Bulk, ConflictDialog, CreateDialog, ImportDialog, InlineMenu, PassDialog);

/// The pages of the area, mounted under `/o/:slug`.
#[component(transparent)]
pub fn FactoryRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    let ssr = SsrMode::PartiallyBlocked;
    // What nests is made in closures of their own.
    let of_features = ssr.clone();
    view! {
        <ParentRoute path=path!("factory") view=Outlet ssr=ssr.clone()>
            <Route path=path!("") view={kit::lazy::<ProjectsPage>()} ssr=ssr.clone() />
            <Route path=path!(":project") view={kit::lazy::<OverviewPage>()} ssr=ssr.clone() />
            <ParentRoute path=path!(":project/features") view={kit::lazy::<FeaturesPage>()} ssr=ssr.clone()>
                <Route path=path!("") view=|| () />
                <Route path=path!(":key") view={kit::lazy::<FeaturePanel>()} ssr=of_features />
            </ParentRoute>
            <PlannerRoutes ssr=ssr.clone() />
            <AssistantRoutes ssr=ssr.clone() />
            <DocumentRoutes ssr=ssr.clone() />
            <CodeRoutes ssr=ssr.clone() />
            <ActivityRoutes ssr=ssr.clone() />
            <GraphRoutes ssr=ssr.clone() />
            <SettingsRoutes ssr=ssr.clone() />
            <ArtifactRoutes ssr=ssr.clone() />
            <VotingRoutes ssr=ssr.clone() />
            <ValidatorRoutes ssr />
        </ParentRoute>
    }
    .into_inner()
}
