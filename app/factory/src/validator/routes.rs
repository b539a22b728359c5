//! Where the pages of the Validator are.
use super::{AddDialog, FeedbackPanel, IntegrationsPage, OutboxPage, ValidatorPage};
use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    any_nested_route::IntoAnyNestedRoute,
    components::{ParentRoute, Route},
    path,
};

kit::split_pages!(validator, validator_piece: ValidatorPage, FeedbackPanel, OutboxPage, IntegrationsPage; AddDialog);

/// Feedback, the Outbox, integrations.
#[component(transparent)]
pub fn ValidatorRoutes(ssr: SsrMode) -> impl leptos_router::MatchNestedRoutes + Clone {
    let of_feedback = ssr.clone();
    view! {
        <Route path=path!(":project/outbox") view={kit::lazy::<OutboxPage>()} ssr=ssr.clone() />
        <Route path=path!(":project/settings/integrations") view={kit::lazy::<IntegrationsPage>()} ssr=ssr.clone() />
        <ParentRoute path=path!(":project/validator") view={kit::lazy::<ValidatorPage>()} ssr=ssr>
            <Route path=path!("") view=|| () />
            <Route path=path!(":id") view={kit::lazy::<FeedbackPanel>()} ssr=of_feedback />
        </ParentRoute>
    }
    .into_inner()
    .into_any_nested_route()
}
