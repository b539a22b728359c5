//! Buttons, and links that look like them.
//!
//! They are *transparent* components, and so is everything in kit that takes `on:click` or `attr:`. An erased component is
//! an `AnyView`, and tachys (0.2.19, `AnyViewWithAttrs::rebuild`) never replaces the listeners given to one: when a list is
//! drawn anew in place, the button of the second row would still do what the button that stood there before did. A
//! transparent component keeps the type of its element, whose listeners are replaced.
use crate::{Icon, html::classes, icon};
use leptos::prelude::*;

/// How much a button asks for attention. One `Primary` a view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    #[default]
    Plain,
    Primary,
    Ghost,
    Danger,
}

/// The height of a control: 28, 32 or 38 px.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    Sm,
    #[default]
    Md,
    Lg,
}

fn button_class(kind: ButtonKind, size: Size, square: bool, more: &str) -> String {
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
    classes(&["btn", kind, size, if square { "btn-icon" } else { "" }, more])
}

/// A button. Give it `on:click`, or `submit=true` inside a form.
#[component(transparent)]
pub fn Button(
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional)] size: Size,
    #[prop(optional, into)] icon: Option<Icon>,
    /// Shows a spinner over the words and ignores clicks; the width stays.
    #[prop(optional, into)]
    busy: Option<Signal<bool>>,
    #[prop(optional, into)] disabled: Option<Signal<bool>>,
    #[prop(optional)] submit: bool,
    /// For a form with several submit buttons: which one was pressed.
    #[prop(optional, into)]
    name: Option<String>,
    #[prop(optional, into)] value: Option<String>,
    #[prop(optional, into)] class: String,
    children: Children,
) -> impl IntoView {
    button(Parts { kind, size, icon, busy, disabled, submit, name, value, class }, children)
}

/// The properties of a button, for the components that wrap one.
pub(crate) struct Parts {
    pub kind: ButtonKind,
    pub size: Size,
    pub icon: Option<Icon>,
    pub busy: Option<Signal<bool>>,
    pub disabled: Option<Signal<bool>>,
    pub submit: bool,
    pub name: Option<String>,
    pub value: Option<String>,
    pub class: String,
}

pub(crate) fn button(parts: Parts, children: Children) -> impl IntoView {
    let Parts { kind, size, icon, busy, disabled, submit, name, value, class } = parts;
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=button_class(kind, size, false, &class)
            name=name
            value=value
            disabled=disabled.map(|disabled| move || disabled.get())
            aria-busy=busy.map(|busy| move || busy.get().then_some("true"))
            on:click:capture=move |event| {
                // A busy button keeps the focus, so it is not disabled; it only ignores the press.
                if busy.is_some_and(|busy| busy.get_untracked()) {
                    event.prevent_default();
                    event.stop_immediate_propagation();
                }
            }
        >
            {icon.map(crate::icon)}
            <span>{children()}</span>
        </button>
    }
}

/// A square button that shows only an icon; `label` is read aloud and shown as tooltip.
#[component(transparent)]
pub fn IconButton(
    icon: Icon,
    #[prop(into)] label: String,
    #[prop(optional)] kind: Option<ButtonKind>,
    #[prop(optional)] size: Size,
    #[prop(optional, into)] busy: Option<Signal<bool>>,
    #[prop(optional, into)] disabled: Option<Signal<bool>>,
    #[prop(optional)] submit: bool,
    #[prop(optional, into)] class: String,
    /// Where the tooltip stands: `below`, `left`, `right`; above when not given.
    #[prop(optional)]
    tip_at: Option<&'static str>,
) -> impl IntoView {
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=button_class(kind.unwrap_or(ButtonKind::Ghost), size, true, &class)
            aria-label=label.clone()
            data-tip=label
            data-tip-at=tip_at
            disabled=disabled.map(|disabled| move || disabled.get())
            aria-busy=busy.map(|busy| move || busy.get().then_some("true"))
        >
            {crate::icon(icon)}
        </button>
    }
}

/// A link that looks like a button: it goes somewhere, so that it works without script and opens in a new tab.
#[component(transparent)]
pub fn LinkButton(
    #[prop(into)] href: Signal<String>,
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional)] size: Size,
    #[prop(optional, into)] icon: Option<Icon>,
    #[prop(optional, into)] class: String,
    /// Leaves the router alone: downloads, other sites.
    #[prop(optional)]
    external: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <a class=button_class(kind, size, false, &class) href=href rel=external.then_some("external")>
            {icon.map(crate::icon)}
            <span>{children()}</span>
        </a>
    }
}

/// A link with only an icon; `label` is read aloud and shown as tooltip.
#[component(transparent)]
pub fn IconLink(
    icon: Icon,
    #[prop(into)] label: String,
    #[prop(into)] href: Signal<String>,
    #[prop(optional)] size: Size,
    #[prop(optional)] tip_at: Option<&'static str>,
) -> impl IntoView {
    view! {
        <a class=button_class(ButtonKind::Ghost, size, true, "") href=href aria-label=label.clone() data-tip=label data-tip-at=tip_at>
            {crate::icon(icon)}
        </a>
    }
}

/// One choice of a [`Segments`].
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    pub value: String,
    pub label: String,
    pub icon: Option<Icon>,
}

/// A few views of the same thing, side by side: list or board, day or week.
#[component]
pub fn Segments(#[prop(into)] label: String, items: Vec<Segment>, value: RwSignal<String>) -> impl IntoView {
    let buttons = items
        .into_iter()
        .map(|item| {
            let this = item.value.clone();
            let pressed = move || if value.with(|v| *v == this) { "true" } else { "false" };
            view! {
                <button type="button" aria-pressed=pressed on:click=move |_| value.set(item.value.clone())>
                    {item.icon.map(icon)}
                    {item.label}
                </button>
            }
        })
        .collect_view();
    view! { <div class="seg" role="group" aria-label=label>{buttons}</div> }.into_any()
}
