//! Where the page of the code is.
use super::{CodePage, ConnectDialog, WebhookDialog};
use leptos::prelude::*;
use leptos_router::{SsrMode, components::Route, path};

kit::split_pages!(code, code_piece: CodePage; ConnectDialog, WebhookDialog);

/// The code of a project.
#[component(transparent)]
pub fn CodeRoutes(ssr: SsrMode) -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!(":project/code") view={kit::lazy::<CodePage>()} ssr=ssr />
    }
    .into_inner()
}
