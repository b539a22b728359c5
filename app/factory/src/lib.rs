//! Screens of the factory: projects, a project at a glance, its features as list and tree, its documents.

pub mod calls;
pub mod documents;
mod features;
mod graph;
mod overview;
mod planner;
mod projects;
mod tests;
mod validator;
mod words;

use documents::{AreaPage, CreateDocument, DeletedDialog, DocumentPage, InitialiseDialog, InterviewDialog, TemplatesPage};
use features::{Bulk, ConflictDialog, CreateDialog, FeaturePanel, FeaturesPage, ImportDialog, InlineMenu, PassDialog};
use graph::{CompareDialog, GraphPage, LinkDialog};
use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{Outlet, ParentRoute, Route},
    path,
};
use overview::OverviewPage;
use planner::{Bulk as PlanBulk, CreateDialog as PlanCreate, ForceDialog, PhasesDialog, PlannerPage, SaveViewDialog, WorkOrderPanel};
use projects::ProjectsPage;
use tests::{CaseDialog, RunPanel, TestsPage, UploadDialog};
use validator::{AddDialog, FeedbackPanel, IntegrationsPage, OutboxPage, ValidatorPage};

kit::split_pages!(graph, graph_piece: GraphPage; CompareDialog, LinkDialog);
kit::split_pages!(validator, validator_piece: ValidatorPage, FeedbackPanel, OutboxPage, IntegrationsPage; AddDialog);
kit::split_pages!(factory, factory_piece: ProjectsPage, OverviewPage, FeaturesPage);
// What is done with features, beside looking at their list.
kit::split_pages!(feature, feature_piece: FeaturePanel; Bulk, ConflictDialog, CreateDialog, ImportDialog, InlineMenu, PassDialog);

// The plan and its proof.
kit::split_pages!(planner, planner_piece: PlannerPage, WorkOrderPanel, TestsPage, RunPanel; PlanBulk, PlanCreate, ForceDialog, PhasesDialog, SaveViewDialog, CaseDialog, UploadDialog);
// Refinery and foundry.
kit::split_pages!(documents, documents_piece: AreaPage, DocumentPage, TemplatesPage; CreateDocument, DeletedDialog, InitialiseDialog, InterviewDialog);

/// The pages of the area, mounted under `/o/:slug`.
#[component(transparent)]
pub fn FactoryRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    let ssr = SsrMode::PartiallyBlocked;
    // What nests is made in closures of their own.
    let (of_plan, of_tests) = (ssr.clone(), ssr.clone());
    view! {
        <ParentRoute path=path!("factory") view=Outlet ssr=ssr.clone()>
            <Route path=path!("") view={kit::lazy::<ProjectsPage>()} ssr=ssr.clone() />
            <Route path=path!(":project") view={kit::lazy::<OverviewPage>()} ssr=ssr.clone() />
            <ParentRoute path=path!(":project/planner") view={kit::lazy::<PlannerPage>()} ssr=ssr.clone()>
                <Route path=path!("") view=|| () />
                <Route path=path!(":number") view={kit::lazy::<WorkOrderPanel>()} ssr=of_plan />
            </ParentRoute>
            <ParentRoute path=path!(":project/tests") view={kit::lazy::<TestsPage>()} ssr=ssr.clone()>
                <Route path=path!("") view=|| () />
                <Route path=path!(":run") view={kit::lazy::<RunPanel>()} ssr=of_tests />
            </ParentRoute>
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
