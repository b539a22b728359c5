//! Tabs: as links (each has an address) or in place.
use crate::dom;
use leptos::{ev, html, prelude::*};
use leptos_router::hooks::use_location;

/// A tab that is a page.
#[derive(Clone, Debug)]
pub struct TabLink {
    pub label: String,
    pub href: String,
    pub count: Option<i64>,
    /// Only this very address is this tab; otherwise everything below it too.
    pub exact: bool,
}

impl TabLink {
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into(), count: None, exact: false }
    }

    pub fn count(mut self, count: i64) -> Self {
        self.count = Some(count);
        self
    }

    pub fn exact(mut self) -> Self {
        self.exact = true;
        self
    }
}

/// Tabs that are pages: links with the present one marked.
#[component]
pub fn TabLinks(#[prop(into)] label: String, tabs: Vec<TabLink>) -> impl IntoView {
    let path = use_location().pathname;
    let nav = NodeRef::<html::Nav>::new();
    // On a phone the tabs scroll sideways: the present one is brought into sight.
    crate::effect(move || {
        path.track();
        if let Some(nav) = nav.get() {
            dom::after_render(move || {
                if let Some(here) = dom::first(&nav, "[aria-current]") {
                    let (all, one) = (nav.get_bounding_client_rect(), here.get_bounding_client_rect());
                    let middle = (one.left() + one.width() / 2.0) - (all.left() + all.width() / 2.0);
                    nav.set_scroll_left(nav.scroll_left() + middle.round() as i32);
                }
            });
        }
    });
    let links = tabs
        .into_iter()
        .map(|tab| {
            let base = tab.href.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_owned();
            let here = move || {
                path.with(|p| {
                    let p = p.trim_end_matches('/');
                    p == base || (!tab.exact && p.strip_prefix(base.as_str()).is_some_and(|rest| rest.starts_with('/')))
                })
            };
            view! {
                <a class="tab" href=tab.href aria-current=move || here().then_some("page")>
                    {tab.label} {tab.count.map(count)}
                </a>
            }
            .into_any()
        })
        .collect_view();
    view! { <nav node_ref=nav class="tabs" aria-label=label>{links}</nav> }.into_any()
}

fn count(n: i64) -> AnyView {
    view! { <span class="count">{crate::num::group(n)}</span> }.into_any()
}

/// A tab in place: its key, which also names its panel, and its label.
#[derive(Clone, Debug)]
pub struct Tab {
    pub key: &'static str,
    pub label: String,
    pub count: Option<i64>,
}

impl Tab {
    pub fn new(key: &'static str, label: impl Into<String>) -> Self {
        Self { key, label: label.into(), count: None }
    }

    pub fn count(mut self, count: i64) -> Self {
        self.count = Some(count);
        self
    }
}

/// Tabs that switch panels of the same page: arrows move, the panel follows.
#[component]
pub fn Tabs(#[prop(into)] label: String, tabs: Vec<Tab>, active: RwSignal<&'static str>) -> impl IntoView {
    let list = NodeRef::<html::Div>::new();
    let buttons = tabs
        .into_iter()
        .map(|tab| {
            let key = tab.key;
            let here = move || active.get() == key;
            view! {
                <button
                    type="button" role="tab" class="tab" id=format!("tab-{key}") aria-controls=format!("panel-{key}")
                    aria-selected=move || here().to_string() tabindex=move || if here() { "0" } else { "-1" }
                    on:click=move |_| active.set(key) on:focus=move |_| active.set(key)
                >
                    {tab.label} {tab.count.map(count)}
                </button>
            }
            .into_any()
        })
        .collect_view();
    let keys = move |event: ev::KeyboardEvent| {
        let Some(list) = list.get_untracked() else {
            return;
        };
        if dom::move_focus(&dom::all(&list, "[role=tab]"), &event.key(), "ArrowLeft", "ArrowRight") {
            event.prevent_default();
        }
    };
    view! { <div node_ref=list class="tabs" role="tablist" aria-label=label on:keydown=keys>{buttons}</div> }.into_any()
}

/// The panel of a tab in place; drawn while it is the active one.
#[component]
pub fn TabPanel(key: &'static str, active: RwSignal<&'static str>, children: ChildrenFn) -> impl IntoView {
    view! {
        <div
            role="tabpanel" class="tab-panel" id=format!("panel-{key}") aria-labelledby=format!("tab-{key}") tabindex="0"
            hidden=move || active.get() != key
        >
            {move || (active.get() == key).then(|| children())}
        </div>
    }
    .into_any()
}
