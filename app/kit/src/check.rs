//! Yes or no, and one of several: checkbox, switch, radio group.
use crate::{Choice, form::FormState};
use leptos::{html::Input, prelude::*};

/// A checkbox with its words. A form sends `true` when it is ticked and nothing when not: mark the argument of the server
/// function `#[server(default)]`.
#[component]
pub fn Checkbox(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] checked: bool,
    #[prop(optional)] bind: Option<RwSignal<bool>>,
    #[prop(optional, into)] value: Option<String>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] disabled: Option<Signal<bool>>,
) -> impl IntoView {
    toggle("box", None, Toggle { name, label, hint, checked, bind, value, required, disabled, quiet: false })
}

/// A switch: for settings that take effect at once.
#[component]
pub fn Switch(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] checked: bool,
    #[prop(optional)] bind: Option<RwSignal<bool>>,
    #[prop(optional, into)] disabled: Option<Signal<bool>>,
    /// The label is read aloud but not shown: the words stand beside it, as in a settings row.
    #[prop(optional)]
    quiet: bool,
) -> impl IntoView {
    toggle("switch", Some("switch"), Toggle { name, label, hint, checked, bind, value: None, required: false, disabled, quiet })
}

struct Toggle {
    name: String,
    label: String,
    hint: Option<String>,
    checked: bool,
    bind: Option<RwSignal<bool>>,
    value: Option<String>,
    required: bool,
    disabled: Option<Signal<bool>>,
    quiet: bool,
}

fn toggle(class: &'static str, role: Option<&'static str>, parts: Toggle) -> AnyView {
    let Toggle { name, label, hint, checked, bind, value, required, disabled, quiet } = parts;
    let state = FormState::here();
    let field = name.clone();
    let invalid = move || state.error(&field).map(|_| "true");
    let checked = state.kept(&name).map_or_else(|| bind.map_or(checked, |b| b.get_untracked()), |kept| kept == "true");
    let node = NodeRef::<Input>::new();
    if let Some(bind) = bind {
        let waking = crate::dom::waking();
        Effect::new(move |before: Option<()>| {
            let wanted = bind.get();
            if let Some(input) = node.get()
                && input.checked() != wanted
            {
                // What was ticked before the page came alive wins once.
                if waking && before.is_none() { bind.set(input.checked()) } else { input.set_checked(wanted) }
            }
        });
    }
    view! {
        <label class="check">
            <input
                node_ref=node type="checkbox" class=class role=role name=name value=value.unwrap_or_else(|| "true".to_owned())
                checked=checked required=required disabled=disabled.map(|disabled| move || disabled.get()) aria-invalid=invalid
                on:change:target=move |event| if let Some(bind) = bind { bind.set(event.target().checked()) }
            />
            <span class=quiet.then_some("sr")>{label} {hint.map(|h| view! { <small>{h}</small> })}</span>
        </label>
    }
    .into_any()
}

/// One of a few, all in sight. `cards=true` gives each choice a frame and its hint room.
#[component]
pub fn RadioGroup(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    choices: Vec<Choice>,
    #[prop(optional, into)] value: Option<String>,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] cards: bool,
) -> impl IntoView {
    let state = FormState::here();
    let value = state.kept(&name).or(value).or_else(|| bind.map(|b| b.get_untracked())).unwrap_or_default();
    let (field, error_id) = (name.clone(), format!("f-{name}-err"));
    let options = choices
        .into_iter()
        .map(|choice| {
            let (mine, sent) = (choice.value.clone(), choice.value.clone());
            let input = view! {
                <input
                    type="radio" class="box" name=name.clone() value=choice.value.clone() checked=choice.value == value
                    prop:checked=move || bind.map(|b| b.with(|v| *v == mine))
                    on:change=move |_| if let Some(bind) = bind { bind.set(sent.clone()) }
                />
            };
            view! {
                <label class=if cards { "check option-card" } else { "check" }>
                    {input} <span>{choice.label} {choice.hint.map(|h| view! { <small>{h}</small> })}</span>
                </label>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <fieldset class="field">
            <legend class="label">{label}</legend>
            {hint.map(|h| view! { <p class="hint">{h}</p> })}
            <div class="options">{options}</div>
            {move || state.error(&field).map(|e| crate::form::field_error(error_id.clone(), e))}
        </fieldset>
    }
    .into_any()
}
