//! A path that leads nowhere.
use leptos::prelude::*;
use leptos_meta::Title;

/// The page for unknown addresses; answers 404.
#[component]
pub fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    kit::call::set_status(kernel::Code::NotFound);
    view! {
        <Title text="Not found" />
        <kit::AuthPage
            title="This page does not exist"
            text=|| "The address may be mistyped, or what it showed was moved or deleted."
        >
            <a class="btn btn-primary" href="/">"Go to the start"</a>
        </kit::AuthPage>
    }
    .into_any()
}
