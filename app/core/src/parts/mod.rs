//! What several screens of this area share: filters in the address, pages by key, a drawer beside a list.

pub(crate) mod audit;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod picture;
pub(crate) mod providers;
pub(crate) mod secrets;

use kit::{
    AppError, Confirm, Drawer, Pager,
    query::{self, use_query_param},
};
use leptos::{html, leptos_dom::helpers::debounce, prelude::*, web_sys};
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use serde::{Serialize, de::DeserializeOwned};
use std::{future::Future, pin::Pin, time::Duration};
use uuid::Uuid;

/// The future of a call that a shared part makes through a plain function.
pub type Called<T> = Pin<Box<dyn Future<Output = Result<T, AppError>> + Send>>;

/// The key of the open row in the address.
const ROW: &str = "row";
/// How many pages back the address remembers.
const TRAIL: usize = 20;

/// The present address with some keys of its query changed.
pub(crate) fn use_link() -> impl Fn(&[(&str, Option<&str>)]) -> String + Copy + Send + Sync + 'static {
    let (query, path) = (use_query_map(), use_location().pathname);
    move |change| format!("{}{}", path.get(), query.with(|q| query::with(q, change)))
}

/// The address of the drawer of a row.
pub(crate) fn use_row_link() -> impl Fn(&str) -> String + Copy + Send + Sync + 'static {
    let link = use_link();
    move |id| untrack(|| link(&[(ROW, Some(id))]))
}

/// The row whose drawer is open.
pub(crate) fn use_open_row() -> Memo<String> {
    use_query_param(ROW)
}

/// The links to the neighbouring pages. A list by key knows only its next page: the way back is kept in the address.
pub(crate) fn pager(next: Option<String>, text: impl Into<String>) -> AnyView {
    let link = use_link();
    let (after, back) = (use_query_param("after"), use_query_param("back"));
    let text = text.into();
    let pages = move || {
        let (after, back) = (after.get(), back.get());
        let mut trail: Vec<&str> = back.split(',').filter(|s| !s.is_empty()).collect();
        let previous = (!after.is_empty()).then(|| {
            let mut before = trail.clone();
            let to = before.pop();
            link(&[("after", to), ("back", Some(&before.join(","))), (ROW, None)])
        });
        let next = next.as_ref().map(|next| {
            if !after.is_empty() {
                trail.push(&after);
            }
            let from = trail.len().saturating_sub(TRAIL);
            link(&[("after", Some(next)), ("back", Some(&trail[from..].join(","))), (ROW, None)])
        });
        let needed = previous.is_some() || next.is_some() || !text.is_empty();
        needed.then(|| view! { <Pager previous=previous next=next text=text.clone() /> })
    };
    view! { {pages} }.into_any()
}

/// A toolbar whose fields are the keys `names` of the address: what is typed or chosen filters at once, and goes back
/// with the browser's Back.
pub(crate) fn filters(names: &'static [&'static str], fields: AnyView, acts: AnyView) -> AnyView {
    let (query, link, navigate) = (use_query_map(), use_link(), use_navigate());
    let form = NodeRef::<html::Form>::new();
    let apply = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(data) = form.get_untracked().and_then(|f| web_sys::FormData::new_with_form(&f).ok()) else {
            return;
        };
        let values: Vec<_> = names.iter().map(|name| (*name, data.get(name).as_string().unwrap_or_default())).collect();
        let mut change: Vec<_> = values.iter().map(|(name, value)| (*name, Some(value.as_str()))).collect();
        change.extend([("after", None), ("back", None), (ROW, None)]);
        navigate(&untrack(|| link(&change)), leptos_router::NavigateOptions { scroll: false, replace: true, ..Default::default() });
    };
    let soon = debounce(Duration::from_millis(250), move |_: leptos::ev::Event| {
        if let Some(form) = form.get_untracked() {
            let _ = form.request_submit();
        }
    });
    Effect::new(move |before: Option<()>| {
        let wanted: Vec<_> = query.with(|q| names.iter().map(|name| (*name, q.get_str(name).unwrap_or_default().to_owned())).collect());
        let Some(form) = form.get() else { return };
        for (name, value) in wanted.into_iter().filter(|_| before.is_some()) {
            if let Some(field) = kit::dom::first(&form, &format!("[name='{name}']")) {
                let _ = js_sys::Reflect::set(&field, &"value".into(), &value.into());
            }
        }
    });
    view! {
        <form node_ref=form method="get" class="toolbar" on:submit=apply on:input=soon>
            {fields}
            <noscript><button class="btn">"Filter"</button></noscript>
            <span class="grow"></span>
            {acts}
        </form>
    }
    .into_any()
}

/// A date in a toolbar.
pub(crate) fn day_filter(name: &'static str, label: &'static str) -> AnyView {
    let value = use_query_param(name).get_untracked();
    view! { <label class="day-filter"><span>{label}</span> <input class="input" type="date" name=name value=value /></label> }.into_any()
}

/// What a drawer beside a list needs to know about its rows.
pub(crate) struct Side<V: Send + Sync + 'static, T> {
    pub from: kit::Data<V>,
    pub rows: fn(V) -> Vec<T>,
    pub id: fn(&T) -> String,
    pub title: fn(&T) -> String,
}

/// A drawer that shows the row named in the address; J and K move along the list.
pub(crate) fn side<V, T>(side: Side<V, T>, body: impl Fn(T) -> AnyView + Copy + Send + Sync + 'static) -> AnyView
where
    V: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let Side { from, rows, id, title } = side;
    let inside = move || {
        let rows = Memo::new(move |_| from.get().and_then(Result::ok).map(rows).unwrap_or_default());
        let (open, link) = (use_open_row(), use_link());
        let at = Memo::new(move |_| open.with(|open| rows.with(|rows| rows.iter().position(|row| id(row) == *open))));
        let shown = Memo::new(move |_| at.get().is_some());
        let neighbour = move |step: isize| {
            Signal::derive(move || {
                let to = at.get()?.checked_add_signed(step)?;
                rows.with(|rows| rows.get(to).map(id)).map(|id| link(&[(ROW, Some(&id))]))
            })
        };
        // Drawn anew only when this very row changed: a question asked in the drawer outlives changes of its neighbours.
        let row = Memo::new(move |_| at.get().and_then(|at| rows.with(|rows| rows.get(at).cloned())));
        view! {
            {move || shown.get().then(|| view! {
                <Drawer
                    title=Signal::derive(move || row.with(|row| row.as_ref().map(title).unwrap_or_default()))
                    close=Signal::derive(move || link(&[(ROW, None)]))
                    previous=neighbour(-1) next=neighbour(1)
                >
                    {move || row.get().map(body)}
                </Drawer>
            })}
        }
    };
    view! { <Transition>{inside}</Transition> }.into_any()
}

/// Shows the fault of a guarded action as a toast.
pub(crate) fn tell<I, O>(action: Action<I, Result<O, AppError>>)
where
    I: Send + Sync + 'static,
    O: Send + Sync + 'static,
{
    let toasts = kit::use_toasts();
    let fault = crate::reauth::guarded_fault(action);
    kit::effect(move || {
        if let Some(fault) = fault.get() {
            toasts.fault(&fault);
        }
    });
}

/// Asks before something is done to one thing of a list: `about` is its id and name, and setting it asks. The question
/// stands outside of the list, because lists are drawn anew under an open question when something in them changes.
pub(crate) fn ask(
    about: RwSignal<Option<(Uuid, String)>>,
    question: Question,
    on_confirm: impl Fn(Uuid) + Copy + Send + Sync + 'static,
) -> AnyView {
    let Question { title, text, verb } = question;
    let asked = move || {
        about.get().map(|(id, name)| {
            let open = RwSignal::new(true);
            let confirm = Callback::new(move |()| {
                open.set(false);
                on_confirm(id);
            });
            view! { <Confirm open=open title=title(&name) text=text verb=verb on_confirm=confirm /> }
        })
    };
    view! { {asked} }.into_any()
}

/// The words of a question about one thing.
#[derive(Clone, Copy)]
pub(crate) struct Question {
    pub title: fn(&str) -> String,
    pub text: &'static str,
    pub verb: &'static str,
}
