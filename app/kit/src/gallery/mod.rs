//! Every component with its states on one page, for people who build screens and for the tests that look at them.
//! The shell mounts it at `/kit`, in development only.
mod charts;
mod controls;
mod data;
mod overlays;
mod parts;

use crate::*;
use leptos::prelude::*;

/// The page with everything on it.
#[component]
pub fn KitPage() -> impl IntoView {
    let links = SECTIONS
        .map(|(id, name)| view! { <a class="nav-link" href=format!("#{id}") rel="external"><span>{name}</span></a> }.into_any())
        .into_iter()
        .collect_view();
    view! {
        <div class="app">
            <aside class="app-side">
                <div class="switcher"><Logo /><span>"Millrace kit"</span></div>
                <nav class="nav" aria-label="Parts">{links}</nav>
                <div class="side-foot"><ThemeSwitch /></div>
            </aside>
            <div class="app-main">
                <header class="app-head">
                    <Breadcrumbs crumbs=vec![Crumb::link("Acme", "/o/acme"), Crumb::here("Components")] />
                    <span class="grow"></span>
                    <span class="live">"Live"</span>
                </header>
                <main class="page page-dash" id="main">
                    <PageHead title="Components" text=|| "Everything screens are made of, in its states." acts=|| view! { <Button icon=Icon::Plus kind=ButtonKind::Primary>"New project"</Button> } />
                    {controls::buttons()}
                    {controls::fields()}
                    {controls::choices()}
                    {data::table()}
                    {data::long_table()}
                    {parts::marks()}
                    {parts::tiles()}
                    {charts::charts()}
                    {overlays::overlays()}
                    {parts::states()}
                    {parts::work()}
                    {parts::layout()}
                </main>
            </div>
        </div>
    }
    .into_any()
}

const SECTIONS: [(&str, &str); 12] = [
    ("buttons", "Buttons"),
    ("fields", "Fields and forms"),
    ("choices", "Choices"),
    ("table", "Table"),
    ("long", "Long table"),
    ("marks", "Badges and people"),
    ("tiles", "Tiles"),
    ("charts", "Charts"),
    ("overlays", "Dialogs, menus, toasts"),
    ("states", "States"),
    ("work", "Tree, board, timeline"),
    ("layout", "Settings, wizard"),
];

/// A titled part of the page.
fn part(id: &'static str, title: &'static str, body: AnyView) -> AnyView {
    view! { <section id=id class="stack pt-4"><h2 class="text-lg">{title}</h2>{body}</section> }.into_any()
}
