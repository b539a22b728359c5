//! Where the assistant's page is; its panel is a part of the same piece.
use super::{AssistantPanel, ChatPage};
use leptos::prelude::*;
use leptos_router::{SsrMode, any_nested_route::IntoAnyNestedRoute, components::Route, path};

kit::split_pages!(assistant, assistant_piece: ChatPage; AssistantPanel);

/// The conversations.
#[component(transparent)]
pub fn AssistantRoutes(ssr: SsrMode) -> impl leptos_router::MatchNestedRoutes + Clone {
    view! { <Route path=path!(":project/chat") view={kit::lazy::<ChatPage>()} ssr=ssr /> }.into_inner().into_any_nested_route()
}
