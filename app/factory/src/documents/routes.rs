//! Where the pages of refinery and foundry are.
use super::{AreaPage, CreateDocument, DeletedDialog, DocumentPage, ExportDialog, InitialiseDialog, InterviewDialog, TemplatesPage};
use crate::decisions::{DecisionDialog, DecisionsPage};
use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    any_nested_route::IntoAnyNestedRoute,
    components::{ParentRoute, Route},
    path,
};

kit::split_pages!(documents, documents_piece: AreaPage, DocumentPage, TemplatesPage, DecisionsPage; CreateDocument, DecisionDialog, DeletedDialog, ExportDialog, InitialiseDialog, InterviewDialog);

/// Refinery, foundry, templates.
#[component(transparent)]
pub fn DocumentRoutes(ssr: SsrMode) -> impl leptos_router::MatchNestedRoutes + Clone {
    // What nests is made in closures of their own.
    let (of_refinery, of_foundry) = (ssr.clone(), ssr.clone());
    view! {
        <ParentRoute path=path!(":project/refinery") view={kit::lazy::<AreaPage>()} ssr=ssr.clone()>
            <Route path=path!("") view=|| () />
            <Route path=path!(":slug") view={kit::lazy::<DocumentPage>()} ssr=of_refinery />
        </ParentRoute>
        <ParentRoute path=path!(":project/foundry") view={kit::lazy::<AreaPage>()} ssr=ssr.clone()>
            <Route path=path!("") view=|| () />
            <Route path=path!(":slug") view={kit::lazy::<DocumentPage>()} ssr=of_foundry />
        </ParentRoute>
        <Route path=path!(":project/decisions") view={kit::lazy::<DecisionsPage>()} ssr=ssr.clone() />
        <Route path=path!(":project/settings/templates") view={kit::lazy::<TemplatesPage>()} ssr=ssr />
    }
    .into_inner()
    .into_any_nested_route()
}
