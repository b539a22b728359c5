//! Fields that text is typed into.
use super::control::{Control, Given};
use crate::{Icon, icon};
use leptos::{
    html::{Input, Textarea},
    prelude::*,
};

/// A line of text. `name` is the form field; the label is always visible.
#[component]
pub fn TextField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    /// `text`, `email`, `number`, `url`, `search`, `tel`, `date`, `datetime-local`, `time`.
    #[prop(optional)]
    kind: Option<&'static str>,
    #[prop(optional, into)] value: Option<String>,
    /// Keeps a signal and the control equal.
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    /// A quiet word after the label, such as "optional".
    #[prop(optional, into)]
    note: Option<String>,
    #[prop(optional, into)] error: Option<Signal<Option<String>>>,
    #[prop(optional)] autocomplete: Option<&'static str>,
    #[prop(optional)] inputmode: Option<&'static str>,
    #[prop(optional)] pattern: Option<&'static str>,
    #[prop(optional, into)] min: Option<String>,
    #[prop(optional, into)] max: Option<String>,
    #[prop(optional)] step: Option<&'static str>,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional, into)] icon: Option<Icon>,
    #[prop(optional)] required: bool,
    #[prop(optional)] readonly: bool,
    #[prop(optional)] autofocus: bool,
    #[prop(optional, into)] disabled: Option<Signal<bool>>,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let control = Control::new(name, Given { id, value, bind, error, hint: hint.as_ref() });
    let node = control.node::<Input>();
    let input = view! {
        <input
            node_ref=node
            type=kind.unwrap_or("text")
            value=control.value.clone()
            placeholder=placeholder
            autocomplete=autocomplete
            inputmode=inputmode
            pattern=pattern
            min=min
            max=max
            step=step
            maxlength=maxlength
            required=required
            readonly=readonly
            autofocus=autofocus
            disabled=disabled.map(|disabled| move || disabled.get())
            class="input"
            {..control.attributes()}
        />
    }
    .into_any();
    let input = match icon {
        Some(which) => view! { <div class="input-wrap">{crate::icon(which)} {input}</div> }.into_any(),
        None => input,
    };
    control.framed(label, note, hint, class, input)
}

/// A date, chosen with the browser's own picker and typed by keyboard; its value is `2026-03-10`.
#[component]
pub fn DateField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] value: Option<String>,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional, into)] min: Option<String>,
    #[prop(optional, into)] max: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let control = Control::new(name, Given { value, bind, hint: hint.as_ref(), ..Given::default() });
    let node = control.node::<Input>();
    let input = view! {
        <input
            node_ref=node value=control.value.clone() min=min max=max required=required type="date" class="input"
            {..control.attributes()}
        />
    };
    control.framed(label, None, hint, String::new(), input.into_any())
}

/// A password with a button that shows it. Nothing typed here is kept when a form comes back.
#[component]
pub fn PasswordField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    /// `current-password` or `new-password`.
    #[prop(into)]
    autocomplete: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let control = Control::new(name, Given { bind, hint: hint.as_ref(), ..Given::default() });
    let node = control.node::<Input>();
    let shown = RwSignal::new(false);
    let input = view! {
        <div class="input-wrap">
            <input
                node_ref=node class="input" autocomplete=autocomplete required=true autofocus=autofocus
                spellcheck="false" autocapitalize="none"
                type=move || if shown.get() { "text" } else { "password" }
                {..control.attributes()}
            />
            <span class="input-end">
                <button
                    type="button" class="btn btn-ghost btn-icon btn-sm" aria-pressed=move || shown.get().to_string()
                    aria-label="Show password" on:click=move |_| shown.update(|s| *s = !*s)
                >
                    {move || icon(if shown.get() { Icon::EyeOff } else { Icon::Eye })}
                </button>
            </span>
        </div>
    };
    control.framed(label, None, hint, String::new(), input.into_any())
}

/// Several lines of text; grows with what is typed.
#[component]
pub fn TextArea(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] value: Option<String>,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] note: Option<String>,
    #[prop(optional, into)] error: Option<Signal<Option<String>>>,
    #[prop(optional)] rows: Option<u32>,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional)] required: bool,
    #[prop(optional)] mono: bool,
    #[prop(optional, into)] disabled: Option<Signal<bool>>,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let control = Control::new(name, Given { id, value, bind, error, hint: hint.as_ref() });
    let node = control.node::<Textarea>();
    let area = view! {
        <textarea
            node_ref=node
            placeholder=placeholder
            rows=rows.unwrap_or(3)
            maxlength=maxlength
            required=required
            disabled=disabled.map(|disabled| move || disabled.get())
            class=if mono { "input mono" } else { "input" }
            {..control.attributes()}
        >
            {control.value.clone()}
        </textarea>
    };
    control.framed(label, note, hint, class, area.into_any())
}

/// A search box with a magnifier; `bind` follows each key, the form around it works without script.
#[component]
pub fn SearchField(
    #[prop(into)] name: String,
    /// Read aloud; shown as placeholder.
    #[prop(into)]
    label: String,
    #[prop(optional, into)] value: Option<String>,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    /// The key that jumps here, shown at the end.
    #[prop(optional)]
    key_hint: Option<&'static str>,
) -> impl IntoView {
    let control = Control::new(name, Given { value, bind, ..Given::default() });
    let node = control.node::<Input>();
    view! {
        <div class="input-wrap">
            {icon(Icon::Search)}
            <input
                node_ref=node class="input" type="search" value=control.value.clone() placeholder=label.clone()
                aria-label=label aria-keyshortcuts=key_hint autocomplete="off"
                {..control.attributes()}
            />
            {key_hint.map(|k| view! { <kbd class="input-end" aria-hidden="true">{k}</kbd> })}
        </div>
    }
    .into_any()
}
