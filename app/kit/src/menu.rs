//! Menus and pop-overs on the browser's pop-over layer: they open by HTML alone, close on Escape and outside presses.
use crate::{ButtonKind, Icon, Size, dom, html::classes, icon, redraw};
use leptos::{ev, html, prelude::*, web_sys};
use wasm_bindgen::JsCast;

/// A button with a list of actions. `id` must be unique on the page.
#[component]
pub fn Menu(
    #[prop(into)] id: String,
    /// Shown on the button; with `icon` only, it is read aloud.
    #[prop(into)]
    label: String,
    #[prop(optional, into)] icon: Option<Icon>,
    /// Only the icon is shown.
    #[prop(optional)]
    compact: bool,
    #[prop(optional)] kind: Option<ButtonKind>,
    #[prop(optional)] size: Size,
    /// Opens towards the left.
    #[prop(optional)]
    end: bool,
    /// What stands on the button instead of the label.
    #[prop(optional, into)]
    trigger: Option<ViewFnOnce>,
    /// The class of the button, instead of a button's.
    #[prop(optional, into)]
    trigger_class: Option<String>,
    children: Children,
) -> impl IntoView {
    let kind = kind.unwrap_or(if compact { ButtonKind::Ghost } else { ButtonKind::Plain });
    let class = trigger_class.unwrap_or_else(|| {
        let kind = match kind {
            ButtonKind::Plain => "",
            ButtonKind::Primary => "btn-primary",
            ButtonKind::Ghost => "btn-ghost",
            ButtonKind::Danger => "btn-danger",
        };
        let size = match size {
            Size::Sm => "btn-sm",
            Size::Md => "",
            Size::Lg => "btn-lg",
        };
        classes(&["btn", kind, size, if compact { "btn-icon" } else { "" }])
    });
    let inside = match trigger {
        Some(view) => view.run(),
        None if compact => icon.map(crate::icon).into_any(),
        None => view! { {icon.map(crate::icon)} <span>{label.clone()}</span> {crate::icon(Icon::ChevronDown)} }.into_any(),
    };
    let open = RwSignal::new(false);
    let pop = NodeRef::<html::Div>::new();
    let button = NodeRef::<html::Button>::new();
    let mut resumed = resume(&id, button, pop);
    let target = id.clone();
    view! {
        <button
            node_ref=button type="button" class=class popovertarget=target.clone() aria-haspopup="menu" aria-controls=target
            aria-expanded=move || open.get().to_string() aria-label=compact.then(|| label.clone()) data-tip=compact.then(|| label.clone())
            on:keydown=move |event: ev::KeyboardEvent| {
                if event.key() == "ArrowDown" && open.try_get_untracked() == Some(false) {
                    event.prevent_default();
                    if let Some(button) = button.try_get_untracked().flatten() { button.click() }
                }
            }
        >
            {inside}
        </button>
        <div
            node_ref=pop id=id popover="auto" role="menu" aria-label=label class=if end { "pop pop-end" } else { "pop" }
            on:toggle=move |event| {
                let Some(pop) = pop.try_get_untracked().flatten() else { return left_closed(&event) };
                let now = is_open(&pop);
                open.set(now);
                if let (true, Some(button)) = (now, button.get_untracked()) {
                    place(&pop, &button, end);
                    // Closing by a redraw and opening again may be told as two openings: the second moves nothing.
                    if !dom::active().is_some_and(|active| pop.contains(Some(&active))) {
                        let items = dom::all(&pop, ITEMS);
                        let same = resumed.take().and_then(|words| items.iter().find(|i| i.text_content().as_ref() == Some(&words)));
                        if let Some(item) = same.or(items.first()) { dom::focus(item) }
                    }
                    let _ = web_sys::HtmlElement::style(&pop).remove_property("transition");
                }
            }
            on:keydown=move |event| menu_key(&event, pop)
            on:click=move |event| {
                if dom::closest(&event, ITEMS).is_some() && let Some(pop) = dom::closest(&event, "[popover]").and_then(html_element) {
                    let _ = pop.hide_popover();
                }
            }
        >
            {children()}
        </div>
    }
    .into_any()
}

/// Opens the menu again whose place a live change drew anew while it was open; answers the words of the item in focus.
fn resume(id: &str, button: NodeRef<html::Button>, pop: NodeRef<html::Div>) -> Option<String> {
    let name = menu_name(id);
    let resumed = redraw::peek(&name);
    if resumed.is_some() {
        let here = name.clone();
        crate::effect(move || {
            // One that is drawn for a moment only is not on the page.
            let (Some(button), Some(pop)) = (button.get().filter(|button| button.is_connected()), pop.get()) else { return };
            if redraw::take(&here).is_some() && !is_open(&pop) {
                // It was there already: nothing is to be seen coming in.
                let _ = web_sys::HtmlElement::style(&pop).set_property("transition", "none");
                // What has the focus when it opens gets it back when it closes.
                dom::focus(&button);
                button.click();
            }
        });
    }
    on_cleanup(move || {
        if let Some(pop) = pop.try_get_untracked().flatten().filter(|pop| is_open(pop)) {
            let item = dom::active().filter(|active| pop.contains(Some(active)));
            redraw::leave(&name, item.and_then(|item| item.text_content()).unwrap_or_default());
        }
    });
    resumed
}

/// While its place is drawn anew, the old menu is there for a moment without its signals: somebody closed it then.
fn left_closed(event: &web_sys::Event) {
    if let Some(pop) = dom::target_element(event) {
        redraw::take(&menu_name(&pop.id()));
    }
}

fn menu_name(id: &str) -> String {
    format!("menu {id}")
}

fn is_open(pop: &web_sys::Element) -> bool {
    pop.matches(":popover-open").unwrap_or(false)
}

fn html_element(element: web_sys::Element) -> Option<web_sys::HtmlElement> {
    element.dyn_into().ok()
}

const ITEMS: &str = "[role^='menuitem']:not(:disabled)";

fn menu_key(event: &ev::KeyboardEvent, pop: NodeRef<html::Div>) {
    let Some(pop) = pop.try_get_untracked().flatten() else {
        return;
    };
    let items = dom::all(&pop, ITEMS);
    let key = event.key();
    if dom::move_focus(&items, &key, "ArrowUp", "ArrowDown") {
        event.prevent_default();
    } else if key == "Tab" {
        let _ = pop.hide_popover();
    } else if key.chars().count() == 1 && key != " " && !event.ctrl_key() && !event.meta_key() && !dom::is_typing(event) {
        // A letter goes to the next item that starts with it.
        let letter = key.to_lowercase();
        let here = dom::active().and_then(|a| items.iter().position(|i| i.is_same_node(Some(&a)))).map_or(0, |i| i + 1);
        let found = (0..items.len())
            .map(|i| &items[(here + i) % items.len()])
            .find(|i| i.text_content().is_some_and(|t| t.trim().to_lowercase().starts_with(&letter)));
        if let Some(item) = found {
            dom::focus(item);
        }
    }
}

/// Places a pop-over under its button where the browser cannot do it by CSS anchors.
pub(crate) fn place(pop: &web_sys::HtmlElement, button: &web_sys::Element, end: bool) {
    let style = pop.style();
    let anchored = window()
        .get_computed_style(pop)
        .ok()
        .flatten()
        .and_then(|s| s.get_property_value("position-area").ok())
        .is_some_and(|v| !v.is_empty());
    if anchored {
        return;
    }
    let (at, own) = (button.get_bounding_client_rect(), pop.get_bounding_client_rect());
    let number = |v: Result<wasm_bindgen::JsValue, _>| v.ok().and_then(|v| v.as_f64()).unwrap_or(0.0);
    let (wide, high) = (number(window().inner_width()), number(window().inner_height()));
    let left = if end { at.right() - own.width() } else { at.left() }.clamp(8.0, (wide - own.width() - 8.0).max(8.0));
    let below = at.bottom() + own.height() + 8.0 <= high || at.top() < own.height();
    let top = if below { at.bottom() } else { at.top() - own.height() - 8.0 };
    let _ = style.set_property("left", &format!("{}px", left as i32));
    let _ = style.set_property("top", &format!("{}px", top as i32));
}

/// An action of a menu; give it `on:click`.
#[component(transparent)]
pub fn MenuItem(
    #[prop(optional, into)] icon: Option<Icon>,
    #[prop(optional)] danger: bool,
    #[prop(optional, into)] disabled: Option<Signal<bool>>,
    /// The key that does the same.
    #[prop(optional)]
    keys: Option<&'static str>,
    /// A choice that is on or off.
    #[prop(optional, into)]
    checked: Option<Signal<bool>>,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="button" tabindex="-1" class=if danger { "menu-item danger" } else { "menu-item" }
            disabled=disabled.map(|disabled| move || disabled.get())
            role=if checked.is_some() { "menuitemcheckbox" } else { "menuitem" }
            aria-checked=checked.map(|c| move || c.get().to_string())
        >
            {icon.map(crate::icon)} <span>{children()}</span> {keys.map(|k| view! { <kbd>{k}</kbd> })}
        </button>
    }
}

/// A menu item that goes somewhere.
#[component(transparent)]
pub fn MenuLink(
    #[prop(into)] href: Signal<String>,
    #[prop(optional, into)] icon: Option<Icon>,
    #[prop(optional)] external: bool,
    #[prop(optional)] keys: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <a role="menuitem" tabindex="-1" class="menu-item" href=href rel=external.then_some("external")>
            {icon.map(crate::icon)} <span>{children()}</span> {keys.map(|k| view! { <kbd>{k}</kbd> })}
        </a>
    }
}

/// A line between groups of a menu.
#[component]
pub fn MenuLine() -> impl IntoView {
    view! { <hr class="menu-line" /> }.into_any()
}

/// A quiet title of a group of a menu.
#[component]
pub fn MenuTitle(#[prop(into)] text: String) -> impl IntoView {
    view! { <div class="menu-title" role="presentation">{text}</div> }.into_any()
}

/// A button that opens a small panel with anything in it: filters, the bell. Not a menu: Tab moves inside.
#[component]
pub fn Popover(
    #[prop(into)] id: String,
    /// Read aloud; it may change.
    #[prop(into)]
    label: Signal<String>,
    #[prop(optional, into)] icon: Option<Icon>,
    #[prop(optional)] compact: bool,
    #[prop(optional)] end: bool,
    #[prop(optional, into)] trigger_class: Option<String>,
    /// What stands on the button instead of the label.
    #[prop(optional, into)]
    trigger: Option<ViewFnOnce>,
    /// Told when it opens and closes.
    #[prop(optional, into)]
    on_toggle: Option<Callback<bool>>,
    children: Children,
) -> impl IntoView {
    let class = trigger_class.unwrap_or_else(|| (if compact { "btn btn-ghost btn-icon" } else { "btn" }).to_owned());
    let inside = match trigger {
        Some(view) => view.run(),
        None if compact => icon.map(crate::icon).into_any(),
        None => view! { {icon.map(crate::icon)} <span>{label}</span> }.into_any(),
    };
    let open = RwSignal::new(false);
    let target = id.clone();
    view! {
        <button
            type="button" class=class popovertarget=target.clone() aria-controls=target aria-expanded=move || open.get().to_string()
            aria-label=compact.then_some(move || label.get()) data-tip=compact.then_some(move || label.get()) data-tip-at=if end { "left" } else { "below" }
        >
            {inside}
        </button>
        <div
            id=id popover="auto" role="group" aria-label=label class=if end { "pop pop-end" } else { "pop" }
            on:toggle=move |event| {
                let Some(pop) = dom::target_element(&event).and_then(html_element) else { return };
                let now = is_open(&pop);
                open.set(now);
                if let Some(button) = pop.previous_element_sibling().filter(|_| now) { place(&pop, &button, end) }
                if let Some(told) = on_toggle { told.run(now) }
            }
        >
            {children()}
        </div>
    }
    .into_any()
}

/// What a wrapped thing says when pointed at or focused. For words only; anything to press belongs in a [`Popover`].
#[component]
pub fn Tooltip(#[prop(into)] text: String, children: Children) -> impl IntoView {
    view! { <span data-tip=text.clone() tabindex="0" aria-label=text>{children()}</span> }.into_any()
}

/// The quiet "?" after a term.
#[component]
pub fn Help(#[prop(into)] text: String) -> impl IntoView {
    view! { <span class="text-muted" role="img" data-tip=text.clone() tabindex="0" aria-label=text>{icon(Icon::CircleHelp)}</span> }
        .into_any()
}
