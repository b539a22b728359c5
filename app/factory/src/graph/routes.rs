//! Where the page of the graph is.
use super::{CompareDialog, GraphPage, LinkDialog};
use leptos::prelude::*;
use leptos_router::{SsrMode, components::Route, path};

kit::split_pages!(graph, graph_piece: GraphPage; CompareDialog, LinkDialog);

/// The knowledge graph.
#[component(transparent)]
pub fn GraphRoutes(ssr: SsrMode) -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!(":project/graph") view={kit::lazy::<GraphPage>()} ssr=ssr />
    }
    .into_inner()
}
