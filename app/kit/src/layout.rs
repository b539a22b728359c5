//! The kinds of pages, each with one layout.
use leptos::prelude::*;

/// The head of a page: its name, a line under it, what can be done.
#[component]
pub fn PageHead(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] text: ViewFnOnce,
    #[prop(optional, into)] acts: ViewFnOnce,
) -> impl IntoView {
    view! {
        <header class="page-head">
            <div><h1 tabindex="-1">{title}</h1><p>{text.run()}</p></div>
            <div class="page-acts">{acts.run()}</div>
        </header>
    }
    .into_any()
}

/// Tiles, two or three charts, recent activity.
#[component]
pub fn DashboardPage(children: Children) -> impl IntoView {
    view! { <div class="page page-dash">{children()}</div> }.into_any()
}

/// A list to the edges with a drawer beside it: give the drawer's `<Outlet/>` as `drawer`.
#[component]
pub fn ListPage(#[prop(optional, into)] drawer: ViewFnOnce, children: Children) -> impl IntoView {
    view! { <div class="page page-flush page-list">{children()} {drawer.run()}</div> }.into_any()
}

/// One thing in detail: head, tabs, then its parts; `aside` stands to the right where there is room.
#[component]
pub fn DetailPage(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] text: ViewFnOnce,
    #[prop(optional, into)] acts: ViewFnOnce,
    #[prop(optional, into)] tabs: ViewFnOnce,
    #[prop(optional, into)] aside: Option<ViewFnOnce>,
    children: Children,
) -> impl IntoView {
    let body = match aside {
        Some(aside) => view! { <div class="split"><div class="stack">{children()}</div><aside class="stack" aria-label="Details">{aside.run()}</aside></div> }.into_any(),
        None => children(),
    };
    view! {
        <div class="page">
            <PageHead title=title text=text acts=acts />
            <div class="mb-4">{tabs.run()}</div>
            {body}
        </div>
    }
    .into_any()
}

/// A text at reading width.
#[component]
pub fn DocumentPage(children: Children) -> impl IntoView {
    view! { <article class="page page-doc prose">{children()}</article> }.into_any()
}

/// Settings: sections one under the other.
#[component]
pub fn SettingsPage(#[prop(into)] title: Signal<String>, #[prop(optional, into)] text: ViewFnOnce, children: Children) -> impl IntoView {
    view! { <div class="page page-set"><PageHead title=title text=text /> {children()}</div> }.into_any()
}

/// A section of settings: what it is about, then its controls.
#[component]
pub fn SettingsSection(#[prop(into)] title: String, #[prop(optional, into)] text: String, children: Children) -> impl IntoView {
    view! {
        <section class="set-sec">
            <header><h2>{title}</h2> {(!text.is_empty()).then(|| view! { <p>{text}</p> })}</header>
            {children()}
        </section>
    }
    .into_any()
}

/// One line of a settings card: words at the left, a control at the right.
#[component]
pub fn SettingsRow(#[prop(into)] title: String, #[prop(optional, into)] text: String, children: Children) -> impl IntoView {
    view! {
        <div class="set-row">
            <div>{title} {(!text.is_empty()).then(|| view! { <small>{text}</small> })}</div>
            {children()}
        </div>
    }
    .into_any()
}

/// Steps with one form each.
#[component]
pub fn WizardPage(
    #[prop(into)] title: Signal<String>,
    steps: Vec<String>,
    #[prop(into)] step: Signal<usize>,
    children: Children,
) -> impl IntoView {
    let marks = steps
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            let state = move || (step.get() == i).then_some("step");
            view! { <li aria-current=state class:done=move || { step.get() > i }><span>{name}</span></li> }.into_any()
        })
        .collect_view();
    view! { <div class="page page-wiz"><PageHead title=title /><ol class="steps">{marks}</ol> {children()}</div> }.into_any()
}

/// A card in the middle: sign-in and its neighbours.
#[component]
pub fn AuthPage(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] text: ViewFnOnce,
    /// Under the card: the other way in.
    #[prop(optional, into)]
    note: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    view! {
        <main class="auth" id="main">
            <div class="auth-box">
                <div class="auth-brand"><crate::Logo /> "Millrace"</div>
                <section class="auth-card">
                    <header><h1>{title}</h1><p>{text.run()}</p></header>
                    {children()}
                </section>
                <p class="auth-note">{note.run()}</p>
            </div>
        </main>
    }
    .into_any()
}

/// The line at the top while a page takes its time; appears after 150 ms.
#[component]
pub fn SlowBar(#[prop(into)] busy: Signal<bool>) -> impl IntoView {
    view! { <div class="slow-bar" class:on=busy aria-hidden="true"></div> }.into_any()
}
