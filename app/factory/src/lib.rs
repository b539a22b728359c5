//! Screens of the factory: projects, a project at a glance, its features as list and tree.

pub mod calls;
mod features;
mod graph;
mod overview;
mod projects;
mod validator;
mod words;

use features::{Bulk, ConflictDialog, CreateDialog, FeaturePanel, FeaturesPage, ImportDialog, InlineMenu};
use graph::{CompareDialog, GraphPage, LinkDialog};
use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{Outlet, ParentRoute, Route},
    path,
};
use overview::OverviewPage;
use projects::ProjectsPage;
use validator::{AddDialog, FeedbackPanel, IntegrationsPage, OutboxPage, ValidatorPage};

kit::split_pages!(factory, factory_piece: ProjectsPage, OverviewPage, FeaturesPage);
// What is done with features, beside looking at their list.
kit::split_pages!(feature, feature_piece: FeaturePanel; Bulk, ConflictDialog, CreateDialog, ImportDialog, InlineMenu);
kit::split_pages!(graph, graph_piece: GraphPage; CompareDialog, LinkDialog);
kit::split_pages!(validator, validator_piece: ValidatorPage, FeedbackPanel, OutboxPage, IntegrationsPage; AddDialog);

/// The pages of the area, mounted under `/o/:slug`.
#[component(transparent)]
pub fn FactoryRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    let ssr = SsrMode::PartiallyBlocked;
    view! {
        <ParentRoute path=path!("factory") view=Outlet ssr=ssr.clone()>
            <Route path=path!("") view={kit::lazy::<ProjectsPage>()} ssr=ssr.clone() />
            <Route path=path!(":project") view={kit::lazy::<OverviewPage>()} ssr=ssr.clone() />
            <ParentRoute path=path!(":project/features") view={kit::lazy::<FeaturesPage>()} ssr=ssr.clone()>
                <Route path=path!("") view=|| () />
                <Route path=path!(":key") view={kit::lazy::<FeaturePanel>()} ssr=ssr.clone() />
            </ParentRoute>
            <Route path=path!(":project/graph") view={kit::lazy::<GraphPage>()} ssr=ssr.clone() />
            <Route path=path!(":project/outbox") view={kit::lazy::<OutboxPage>()} ssr=ssr.clone() />
            <Route path=path!(":project/settings/integrations") view={kit::lazy::<IntegrationsPage>()} ssr=ssr.clone() />
            <ParentRoute path=path!(":project/validator") view={kit::lazy::<ValidatorPage>()} ssr=ssr.clone()>
                <Route path=path!("") view=|| () />
                <Route path=path!(":id") view={kit::lazy::<FeedbackPanel>()} ssr />
            </ParentRoute>
        </ParentRoute>
    }
    .into_inner()
}
