//! Where this page stands.
use leptos::prelude::*;

/// A step of the way: its words, and its address unless it is this page.
#[derive(Clone, Debug, PartialEq)]
pub struct Crumb {
    pub label: String,
    pub href: Option<String>,
}

impl Crumb {
    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: Some(href.into()) }
    }

    pub fn here(label: impl Into<String>) -> Self {
        Self { label: label.into(), href: None }
    }
}

/// The way to this page.
#[component]
pub fn Breadcrumbs(#[prop(into)] crumbs: Signal<Vec<Crumb>>) -> impl IntoView {
    let steps = move || {
        crumbs
            .get()
            .into_iter()
            .map(|crumb| match crumb.href {
                Some(href) => view! { <li><a href=href>{crumb.label}</a></li> }.into_any(),
                None => view! { <li><span aria-current="page">{crumb.label}</span></li> }.into_any(),
            })
            .collect_view()
    };
    view! { <nav class="min-w-0" aria-label="Breadcrumb"><ol class="crumbs">{steps}</ol></nav> }.into_any()
}
