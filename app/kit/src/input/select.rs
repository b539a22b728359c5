//! The browser's own select.
use super::{
    Choice,
    control::{Control, Given},
};
use leptos::{html::Select, prelude::*};

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
    #[prop(optional, into)] error: Option<Signal<Option<String>>>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] disabled: Option<Signal<bool>>,
    /// The label is read aloud but not shown: filters in a toolbar.
    #[prop(optional)]
    quiet: bool,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let control = Control::new(name, Given { id, value, bind, error, hint: hint.as_ref() });
    let node = control.node::<Select>();
    let options = choices
        .into_iter()
        .map(|c| view! { <option value=c.value.clone() selected=c.value == control.value>{c.label}</option> }.into_any())
        .collect_view();
    let empty = empty.map(|text| view! { <option value="" selected=control.value.is_empty()>{text}</option> });
    let select = view! {
        <select
            node_ref=node
            class="input"
            required=required
            disabled=disabled.map(|disabled| move || disabled.get())
            aria-label=quiet.then(|| label.clone())
            {..control.attributes()}
        >
            {empty}
            {options}
        </select>
    }
    .into_any();
    if quiet { select } else { control.framed(label, note, hint, class, select) }
}
