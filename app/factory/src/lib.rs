//! Screens of the factory: projects, a project at a glance, its features as list and tree, its documents.

pub mod calls;
pub mod documents;
mod features;
mod overview;
mod projects;
mod words;

use documents::{AreaPage, CreateDocument, DeletedDialog, DocumentPage, InitialiseDialog, InterviewDialog, TemplatesPage};
use features::{Bulk, ConflictDialog, CreateDialog, FeaturePanel, FeaturesPage, ImportDialog, InlineMenu};
use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{Outlet, ParentRoute, Route},
    path,
};
use overview::OverviewPage;
use projects::ProjectsPage;

kit::split_pages!(factory, factory_piece: ProjectsPage, OverviewPage, FeaturesPage);
// What is done with features, beside looking at their list.
kit::split_pages!(feature, feature_piece: FeaturePanel; Bulk, ConflictDialog, CreateDialog, ImportDialog, InlineMenu);
// Refinery and foundry.
kit::split_pages!(documents, documents_piece: AreaPage, DocumentPage, TemplatesPage; CreateDocument, DeletedDialog, InitialiseDialog, InterviewDialog);

/// The pages of the area, mounted under `/o/:slug`.
#[component(transparent)]
pub fn FactoryRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    let ssr = SsrMode::PartiallyBlocked;
    view! {
        <ParentRoute path=path!("factory") view=Outlet ssr=ssr.clone()>
            <Route path=path!("") view={kit::lazy::<ProjectsPage>()} ssr=ssr.clone() />
            <Route path=path!(":project") view={kit::lazy::<OverviewPage>()} ssr=ssr.clone() />
            <ParentRoute path=path!(":project/refinery") view={kit::lazy::<AreaPage>()} ssr=ssr.clone()>
                <Route path=path!("") view=|| () />
                <Route path=path!(":slug") view={kit::lazy::<DocumentPage>()} ssr=ssr.clone() />
            </ParentRoute>
            <ParentRoute path=path!(":project/foundry") view={kit::lazy::<AreaPage>()} ssr=ssr.clone()>
                <Route path=path!("") view=|| () />
                <Route path=path!(":slug") view={kit::lazy::<DocumentPage>()} ssr=ssr.clone() />
            </ParentRoute>
            <Route path=path!(":project/settings/templates") view={kit::lazy::<TemplatesPage>()} ssr=ssr.clone() />
            <ParentRoute path=path!(":project/features") view={kit::lazy::<FeaturesPage>()} ssr=ssr.clone()>
                <Route path=path!("") view=|| () />
                <Route path=path!(":key") view={kit::lazy::<FeaturePanel>()} ssr />
            </ParentRoute>
        </ParentRoute>
    }
    .into_inner()
}
