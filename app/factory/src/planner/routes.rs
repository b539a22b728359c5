//! Where the pages of the plan and its proof are.
use super::{
    Bulk, CreateDialog, ExtractDialog, ForceDialog, McpDialog, PhasesDialog, PlanPhasesDialog, PlannerPage, SaveViewDialog, WorkOrderPanel,
};
use crate::tests::{CaseDialog, RunPanel, TestsPage, UploadDialog};
use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    any_nested_route::IntoAnyNestedRoute,
    components::{ParentRoute, Route},
    path,
};

kit::split_pages!(planner, planner_piece: PlannerPage, WorkOrderPanel, TestsPage, RunPanel; Bulk, CreateDialog, ExtractDialog, ForceDialog, McpDialog, PhasesDialog, PlanPhasesDialog, SaveViewDialog, CaseDialog, UploadDialog);

/// Plan, work orders, test runs.
#[component(transparent)]
pub fn PlannerRoutes(ssr: SsrMode) -> impl leptos_router::MatchNestedRoutes + Clone {
    // What nests is made in closures of their own.
    let (of_plan, of_tests) = (ssr.clone(), ssr.clone());
    view! {
        <ParentRoute path=path!(":project/planner") view={kit::lazy::<PlannerPage>()} ssr=ssr.clone()>
            <Route path=path!("") view=|| () />
            <Route path=path!(":number") view={kit::lazy::<WorkOrderPanel>()} ssr=of_plan />
        </ParentRoute>
        <ParentRoute path=path!(":project/tests") view={kit::lazy::<TestsPage>()} ssr=ssr>
            <Route path=path!("") view=|| () />
            <Route path=path!(":run") view={kit::lazy::<RunPanel>()} ssr=of_tests />
        </ParentRoute>
    }
    .into_inner()
    .into_any_nested_route()
}
