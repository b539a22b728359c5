//! A drawer beside a list: one record at an address of its own. Escape goes back to the list, J and K move along it.
use crate::{Icon, IconLink, dom};
use leptos::{ev, html::Aside, prelude::*, reactive::send_wrapper_ext::SendOption};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// The drawer. `close` is the address of the list; `previous` and `next` those of the neighbours.
#[component]
pub fn Drawer(
    #[prop(into)] title: Signal<String>,
    #[prop(into)] close: Signal<String>,
    #[prop(optional, into)] previous: Option<Signal<Option<String>>>,
    #[prop(optional, into)] next: Option<Signal<Option<String>>>,
    #[prop(optional, into)] acts: ViewFnOnce,
    #[prop(optional, into)] foot: Option<ViewFnOnce>,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<Aside>::new();
    let navigate = use_navigate();
    let go = move |to: String| navigate(&to, NavigateOptions { scroll: false, ..Default::default() });

    // Empty on the server, where the page may end on another thread than it began on.
    let opener = StoredValue::new(SendOption::new_local(None::<leptos::web_sys::HtmlElement>));
    crate::effect(move || {
        if let Some(drawer) = node.get() {
            let from = dom::active();
            // A picture that is walked by keys keeps them: the drawer tells of each place.
            let walks = from.as_ref().is_some_and(|element| element.get_attribute("role").as_deref() == Some("application"));
            opener.update_value(|opener| *opener = SendOption::new_local(from));
            if !walks {
                dom::focus(&drawer);
            }
        }
    });
    on_cleanup(move || {
        if let Some(Some(element)) = opener.try_with_value(|opener| (**opener).clone())
            && element.is_connected()
        {
            dom::focus(&element);
        }
    });

    let keys = window_event_listener(ev::keydown, move |event| {
        let layered =
            document().query_selector("dialog[open], [popover='auto']:popover-open, [data-layer]:not([inert])").is_ok_and(|e| e.is_some());
        if event.default_prevented() || layered || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let to = match event.key().as_str() {
            "Escape" => {
                // The first Escape leaves a field, the second the drawer: nothing typed is lost by one key.
                if dom::is_typing(&event) {
                    if let Some(field) = dom::active() {
                        let _ = field.blur();
                    }
                    return;
                }
                Some(close.get_untracked())
            }
            "j" if !dom::is_typing(&event) => next.and_then(|next| next.get_untracked()),
            "k" if !dom::is_typing(&event) => previous.and_then(|previous| previous.get_untracked()),
            _ => None,
        };
        if let Some(to) = to {
            event.prevent_default();
            go(to);
        }
    });
    on_cleanup(move || keys.remove());

    let neighbour = |to: Option<Signal<Option<String>>>, mark: Icon, label: &'static str| {
        move || {
            to.and_then(|to| to.get())
                .map(|href| view! { <IconLink icon=mark label=label href=href size=crate::Size::Sm tip_at="below" /> })
        }
    };
    view! {
        <aside node_ref=node class="drawer" tabindex="-1" aria-label=title>
            <div class="drawer-head">
                <h2>{title}</h2>
                {acts.run()}
                {neighbour(previous, Icon::ChevronUp, "Previous (K)")}
                {neighbour(next, Icon::ChevronDown, "Next (J)")}
                <IconLink icon=Icon::X label="Close (Esc)" href=close size=crate::Size::Sm tip_at="left" />
            </div>
            <div class="drawer-body">{children()}</div>
            {foot.map(|f| view! { <div class="drawer-foot">{f.run()}</div> })}
        </aside>
    }
    .into_any()
}
