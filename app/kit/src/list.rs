//! What lists have in common: a search that follows the typing, filters as links, the neighbours of the open row.
use crate::{Icon, Menu, MenuLink, SearchField, Size, Toolbar, dom, html::push_text, num, query};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use std::time::Duration;

/// What stands above a list: a search that writes itself into `?q=` of the address while one types, and at the end the
/// views. It stands outside of what is loaded, so that typing is never interrupted. `/` goes there.
#[component]
pub fn ListSearch(
    /// "Search features".
    label: &'static str,
    /// The heading of its shortcut.
    group: &'static str,
    /// The address of the list.
    #[prop(into)]
    base: Signal<String>,
    /// What else a search changes in the address.
    #[prop(optional)]
    sets: &'static [(&'static str, &'static str)],
    #[prop(optional, into)] acts: ViewFnOnce,
) -> impl IntoView {
    let map = use_query_map();
    let in_address = Memo::new(move |_| map.with(|q| q.get("q").unwrap_or_default()));
    let typed = RwSignal::new(in_address.get_untracked());
    let navigate = use_navigate();
    // "Clear filters" and the way back empty the box too, unless somebody types in it just now.
    crate::effect(move || {
        let q = in_address.get();
        let typing = dom::active().is_some_and(|a| a.id() == "f-q");
        if !typing && q != typed.get_untracked().trim() {
            typed.set(q);
        }
    });
    let go = move |q: String| {
        // The page may be gone by now.
        if in_address.try_get_untracked().is_none_or(|now| now == q.trim()) {
            return;
        }
        let change: Vec<(&str, Option<&str>)> = [("q", Some(q.trim())), ("after", None), ("before", None)]
            .into_iter()
            .chain(sets.iter().map(|(key, value)| (*key, Some(*value))))
            .collect();
        let to = map.with_untracked(|m| query::with(m, &change));
        let options = NavigateOptions { scroll: false, replace: true, ..Default::default() };
        navigate(&format!("{}{}", base.get_untracked(), query::question(&to)), options);
    };
    let late = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |before: Option<String>| {
        let now = typed.get();
        if before.is_some_and(|b| b != now) {
            if let Some(handle) = late.get_value() {
                handle.clear();
            }
            let (go, q) = (go.clone(), now.clone());
            late.set_value(set_timeout_with_handle(move || go(q), Duration::from_millis(180)).ok());
        }
        now
    });
    crate::use_shortcut("/", group, label, || {
        if let Some(field) = dom::by_id("f-q") {
            dom::focus(&field);
        }
    });
    view! {
        <Toolbar acts=acts>
            <form method="get" class="contents" on:submit=move |event| event.prevent_default()>
                <SearchField name="q" label=label bind=typed key_hint="/" />
            </form>
        </Toolbar>
    }
    .into_any()
}

/// One way to narrow a list: a link that is on or off.
pub struct Facet {
    pub href: String,
    pub on: bool,
    pub words: String,
    /// How many rows it would leave.
    pub count: Option<i64>,
}

/// Filters that are all in sight. Written as text: links that change with every page of the list.
pub fn facet_pills(label: &'static str, facets: impl IntoIterator<Item = Facet>) -> AnyView {
    let mut out = String::with_capacity(900);
    for Facet { href, on, words, count } in facets {
        out.push_str("<a class=\"pill\" data-noscroll href=\"");
        push_text(&mut out, &href);
        out.push_str(if on { "\" aria-current=\"true\">" } else { "\">" });
        push_text(&mut out, &words);
        if let Some(n) = count {
            out.extend([" <b>", &num::group(n), "</b>"]);
        }
        out.push_str("</a>");
    }
    view! { <span class="contents" role="group" aria-label=label inner_html=out></span> }.into_any()
}

/// Filters behind a button that says how many of them are on; nothing where there is nothing to choose.
pub fn facet_menu(id: &'static str, label: &'static str, facets: Vec<Facet>) -> AnyView {
    if facets.is_empty() {
        return ().into_any();
    }
    let title = match facets.iter().filter(|f| f.on).count() {
        0 => label.to_owned(),
        n => format!("{label}: {n}"),
    };
    let links = facets
        .into_iter()
        .map(|Facet { href, on, words, count }| {
            let mark = if on { Icon::Check } else { Icon::Square };
            let text = count.map_or_else(|| words.clone(), |n| format!("{words} ({})", num::group(n)));
            view! { <MenuLink href=href icon=mark>{text}</MenuLink> }.into_any()
        })
        .collect_view();
    view! { <Menu id=id label=title icon=Icon::Funnel size=Size::Sm>{links}</Menu> }.into_any()
}

/// The filters in a row, the way to take them all away, and how much they leave.
pub fn facet_bar(filters: AnyView, clear: Option<String>, count: String) -> AnyView {
    let clear = clear.map(|href| view! { <a class="btn btn-ghost btn-sm" href=href data-noscroll="">"Clear filters"</a> });
    view! {
        <div class="facets">
            {filters}
            {clear}
            <span class="grow"></span>
            <span class="hint num" role="status">{count}</span>
        </div>
    }
    .into_any()
}

/// The addresses before and behind the open row, for a `Drawer`. They come once the browser has taken the page over: the
/// rows may be there in the browser and not yet on the server, or the other way round.
pub fn neighbours(
    here: Memo<String>,
    keys: impl Fn() -> Vec<String> + Copy + Send + Sync + 'static,
    href: impl Fn(&str) -> String + Copy + Send + Sync + 'static,
) -> [Signal<Option<String>>; 2] {
    let taken_over = RwSignal::new(false);
    crate::effect(move || {
        dom::after_render(move || {
            taken_over.try_set(true);
        });
    });
    let at = Memo::new(move |_| {
        if !taken_over.get() {
            return (None, None);
        }
        let (keys, here) = (keys(), here.get());
        let Some(at) = keys.iter().position(|key| *key == here) else { return (None, None) };
        let beside = |at: Option<usize>| at.and_then(|at| keys.get(at)).map(|key| href(key));
        (beside(at.checked_sub(1)), beside(Some(at + 1)))
    });
    [Signal::derive(move || at.get().0), Signal::derive(move || at.get().1)]
}
