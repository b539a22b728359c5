//! Text, numbers, dates, passwords, long text and native selects, each with label, hint and error.
use crate::{
    Icon,
    form::{FormState, Frame, described_by, field_frame},
    icon,
};
use leptos::{
    html::{Input, Select as SelectElement, Textarea},
    prelude::*,
};

/// One choice of a select, a radio group or a combobox.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    /// A second, quieter line or word.
    pub hint: Option<String>,
    pub icon: Option<Icon>,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: None, icon: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }
}

/// The parts every field shares, worked out once.
struct Parts {
    id: String,
    value: String,
    error: Signal<Option<String>>,
}

fn parts(name: &str, id: Option<String>, value: Option<String>, bind: Option<RwSignal<String>>, error: Signal<Option<String>>) -> Parts {
    let state = FormState::here();
    let value = state.kept(name).or(value).or_else(|| bind.map(|b| b.get_untracked())).unwrap_or_default();
    let field = name.to_owned();
    Parts {
        id: id.unwrap_or_else(|| format!("f-{name}")),
        value,
        error: Signal::derive(move || error.get().or_else(|| state.error(&field))),
    }
}

/// A bound control reads its signal and writes to it. What was typed before the page came alive wins over the signal.
fn sync_text(bind: Option<RwSignal<String>>, read: impl Fn() -> Option<String> + 'static, write: impl Fn(&str) + 'static) {
    let Some(bind) = bind else { return };
    Effect::new(move |before: Option<()>| {
        let wanted = bind.get();
        if let Some(shown) = read()
            && shown != wanted
        {
            if before.is_none() && !shown.is_empty() { bind.set(shown) } else { write(&wanted) }
        }
    });
}

/// A line of text. `name` is the form field; the label is always visible.
#[component]
pub fn TextField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    /// `text`, `email`, `number`, `url`, `search`, `tel`, `date`, `datetime-local`, `time`.
    #[prop(optional, into)]
    kind: Option<String>,
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
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional, into)] autocomplete: Option<String>,
    #[prop(optional, into)] inputmode: Option<String>,
    #[prop(optional, into)] pattern: Option<String>,
    #[prop(optional, into)] min: Option<String>,
    #[prop(optional, into)] max: Option<String>,
    #[prop(optional, into)] step: Option<String>,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional, into)] icon: Option<Icon>,
    #[prop(optional)] required: bool,
    #[prop(optional)] readonly: bool,
    #[prop(optional)] autofocus: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let Parts { id, value, error } = parts(&name, id, value, bind, error);
    let node = NodeRef::<Input>::new();
    sync_text(
        bind,
        move || node.get().map(|n| n.value()),
        move |v| {
            if let Some(n) = node.get_untracked() {
                n.set_value(v)
            }
        },
    );
    let (field_id, has_hint) = (id.clone(), hint.is_some());
    let control = view! {
        <input
            node_ref=node
            class="input"
            type=kind.unwrap_or_else(|| "text".to_owned())
            id=id.clone()
            name=name
            value=value
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
            disabled=disabled
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=move || described_by(&field_id, has_hint, error.with(Option::is_some))
            on:input:target=move |event| if let Some(bind) = bind { bind.set(event.target().value()) }
        />
    }
    .into_any();
    let control = match icon {
        Some(which) => view! { <div class="input-wrap">{crate::icon(which)} {control}</div> }.into_any(),
        None => control,
    };
    field_frame(Frame { id, label, note, hint, error, class }, control)
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
    let Parts { id, value, error } = parts(&name, None, value, bind, Signal::default());
    let node = NodeRef::<Input>::new();
    sync_text(
        bind,
        move || node.get().map(|n| n.value()),
        move |v| {
            if let Some(n) = node.get_untracked() {
                n.set_value(v)
            }
        },
    );
    let (field_id, has_hint) = (id.clone(), hint.is_some());
    let control = view! {
        <input
            node_ref=node class="input" type="date" id=id.clone() name=name value=value min=min max=max required=required
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=move || described_by(&field_id, has_hint, error.with(Option::is_some))
            on:input:target=move |event| if let Some(bind) = bind { bind.set(event.target().value()) }
        />
    }
    .into_any();
    field_frame(Frame { id, label, note: None, hint, error, class: String::new() }, control)
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
    let Parts { id, error, .. } = parts(&name, None, None, None, Signal::default());
    let shown = RwSignal::new(false);
    let node = NodeRef::<Input>::new();
    sync_text(
        bind,
        move || node.get().map(|n| n.value()),
        move |v| {
            if let Some(n) = node.get_untracked() {
                n.set_value(v)
            }
        },
    );
    let (field_id, has_hint) = (id.clone(), hint.is_some());
    let control = view! {
        <div class="input-wrap">
            <input
                node_ref=node class="input" id=id.clone() name=name autocomplete=autocomplete required=true autofocus=autofocus
                spellcheck="false" autocapitalize="none"
                type=move || if shown.get() { "text" } else { "password" }
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=move || described_by(&field_id, has_hint, error.with(Option::is_some))
                on:input:target=move |event| if let Some(bind) = bind { bind.set(event.target().value()) }
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
    }
    .into_any();
    field_frame(Frame { id, label, note: None, hint, error, class: String::new() }, control)
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
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional)] rows: Option<u32>,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional)] required: bool,
    #[prop(optional)] mono: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let Parts { id, value, error } = parts(&name, id, value, bind, error);
    let node = NodeRef::<Textarea>::new();
    sync_text(
        bind,
        move || node.get().map(|n| n.value()),
        move |v| {
            if let Some(n) = node.get_untracked() {
                n.set_value(v)
            }
        },
    );
    let (field_id, has_hint) = (id.clone(), hint.is_some());
    let control = view! {
        <textarea
            node_ref=node
            class=if mono { "input mono" } else { "input" }
            id=id.clone()
            name=name
            placeholder=placeholder
            rows=rows.unwrap_or(3)
            maxlength=maxlength
            required=required
            disabled=disabled
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=move || described_by(&field_id, has_hint, error.with(Option::is_some))
            on:input:target=move |event| if let Some(bind) = bind { bind.set(event.target().value()) }
        >
            {value}
        </textarea>
    }
    .into_any();
    field_frame(Frame { id, label, note, hint, error, class }, control)
}

/// A choice of a few, as the browser's own select.
#[component]
pub fn SelectField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    choices: Vec<Choice>,
    #[prop(optional, into)] value: Option<String>,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional, into)] id: Option<String>,
    /// The empty choice, such as "Any status"; without it the first choice stands.
    #[prop(optional, into)]
    empty: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] note: Option<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// The label is read aloud but not shown: filters in a toolbar.
    #[prop(optional)]
    quiet: bool,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let Parts { id, value, error } = parts(&name, id, value, bind, error);
    let node = NodeRef::<SelectElement>::new();
    sync_text(
        bind,
        move || node.get().map(|n| n.value()),
        move |v| {
            if let Some(n) = node.get_untracked() {
                n.set_value(v)
            }
        },
    );
    let (field_id, has_hint) = (id.clone(), hint.is_some());
    let options = choices
        .into_iter()
        .map(|c| view! { <option value=c.value.clone() selected=c.value == value>{c.label}</option> }.into_any())
        .collect_view();
    let empty = empty.map(|text| view! { <option value="" selected=value.is_empty()>{text}</option> });
    let control = view! {
        <select
            node_ref=node
            class="input"
            id=id.clone()
            name=name
            required=required
            disabled=disabled
            aria-label=quiet.then(|| label.clone())
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=move || described_by(&field_id, has_hint, error.with(Option::is_some))
            on:change:target=move |event| if let Some(bind) = bind { bind.set(event.target().value()) }
        >
            {empty}
            {options}
        </select>
    }
    .into_any();
    if quiet {
        return control;
    }
    field_frame(Frame { id, label, note, hint, error, class }, control)
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
    let Parts { id, value, .. } = parts(&name, None, value, bind, Signal::default());
    let node = NodeRef::<Input>::new();
    sync_text(
        bind,
        move || node.get().map(|n| n.value()),
        move |v| {
            if let Some(n) = node.get_untracked() {
                n.set_value(v)
            }
        },
    );
    view! {
        <div class="input-wrap">
            {icon(Icon::Search)}
            <input
                node_ref=node class="input" type="search" id=id name=name value=value placeholder=label.clone() aria-label=label
                autocomplete="off" aria-keyshortcuts=key_hint
                on:input:target=move |event| if let Some(bind) = bind { bind.set(event.target().value()) }
            />
            {key_hint.map(|k| view! { <kbd class="input-end" aria-hidden="true">{k}</kbd> })}
        </div>
    }
    .into_any()
}
