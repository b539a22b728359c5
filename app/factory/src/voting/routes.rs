//! Where the voting pages are.
use super::{VotePage, VotingPage};
use leptos::prelude::*;
use leptos_router::{SsrMode, components::Route, path};

kit::split_pages!(voting, voting_piece: VotingPage, VotePage);

/// The team's page.
#[component(transparent)]
pub fn VotingRoutes(ssr: SsrMode) -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!(":project/voting") view={kit::lazy::<VotingPage>()} ssr=ssr />
    }
    .into_inner()
}

/// The page of visitors, whole: without script nothing puts late parts in their place.
#[component(transparent)]
pub fn PublicRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/vote/:token") view={kit::lazy::<VotePage>()} ssr=SsrMode::Async />
    }
    .into_inner()
}
