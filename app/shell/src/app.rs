//! The routes of the whole application, and what every page stands in.
use crate::{
    frame::{AccountFrame, OrgFrame},
    home::{HomePage, StartPage},
    not_found::NotFound,
};
use app_core::{AccountRoutes, AdminRoutes, AuthRoutes, SettingsRoutes};
use app_factory::{FactoryRoutes, PublicRoutes};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

/// The application: every page of every area.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let (loading, set_loading) = signal(false);
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Millrace".to_owned() } else { format!("{title} · Millrace") } />
        <Router set_is_routing=set_loading>
            {providers()}
            <kit::SlowBar busy=loading />
            <Routes fallback=|| view! { <NotFound /> }>
                <Route path=path!("/") view={kit::lazy::<StartPage>()} ssr=SsrMode::PartiallyBlocked />
                <AuthRoutes />
                <PublicRoutes />
                <GalleryRoutes />
                <ParentRoute path=path!("/o/:org") view=OrgFrame ssr=SsrMode::PartiallyBlocked>
                    <Route path=path!("") view={kit::lazy::<HomePage>()} ssr=SsrMode::PartiallyBlocked />
                    <SettingsRoutes />
                    <FactoryRoutes />
                </ParentRoute>
                <ParentRoute path=path!("") view=AccountFrame ssr=SsrMode::PartiallyBlocked>
                    <AccountRoutes />
                    <AdminRoutes />
                </ParentRoute>
            </Routes>
            <kit::Toaster />
        </Router>
    }
}

/// The page of all components, in builds for development alone: it would double the files of everybody else's pages.
#[component(transparent)]
fn GalleryRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    #[cfg(debug_assertions)]
    let gallery = view! { <Route path=path!("/kit") view={kit::lazy::<crate::kit_page::KitPage>()} ssr=SsrMode::Async /> };
    // Not `()`: as a route that is a match for every address.
    #[cfg(not(debug_assertions))]
    let gallery = view! { <Route path=path!("/kit") view=NotFound ssr=SsrMode::Async /> };
    gallery.into_inner()
}

/// What pages find around them: the session, live events, shortcuts, toasts, the palette.
fn providers() -> AnyView {
    kit::session::provide_session();
    kit::provide_live();
    kit::provide_toasts();
    kit::provide_shortcuts();
    kit::start_clock();
    app_core::reauth::provide_reauth();
    provide_context(app_core::ProjectChoices(|| Box::pin(projects())));
    crate::help::provide_help();
    crate::palette::provide_palette();
    view! {
        {crate::help::dialog()}
        {crate::palette::dialog()}
        {app_core::reauth::dialog()}
    }
    .into_any()
}

/// The projects a key can be bound to, for the settings, which know nothing of the factory.
async fn projects() -> Result<Vec<(uuid::Uuid, String)>, kit::AppError> {
    let page = app_factory::calls::projects_list(false, None).await?;
    Ok(page.page.rows.into_iter().map(|card| (card.project.id, card.project.name)).collect())
}
