//! What every control has in common: where its value comes from, the signal it follows, what is said about it.
use crate::{
    dom,
    form::{FormState, Frame, described_by, field_frame},
};
use leptos::{
    attr::{self, Attribute},
    ev,
    html::ElementType,
    prelude::*,
    web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement, Node},
};
use wasm_bindgen::JsCast;

/// What a field is given for its control.
#[derive(Default)]
pub(super) struct Given<'a> {
    pub id: Option<String>,
    pub value: Option<String>,
    pub bind: Option<RwSignal<String>>,
    pub error: Option<Signal<Option<String>>>,
    pub hint: Option<&'a String>,
}

pub(super) struct Control {
    pub id: String,
    /// What it shows at first: what came back with a refused form, else what was given, else what its signal says.
    pub value: String,
    name: String,
    bind: Option<RwSignal<String>>,
    error: Signal<Option<String>>,
    hinted: bool,
}

/// The elements that text is typed or chosen in.
pub(super) trait Typed: JsCast + AsRef<Node> {
    fn text(&self) -> String;
    fn set_text(&self, text: &str);
}

macro_rules! typed {
    ($($element:ty),+) => { $(
        impl Typed for $element {
            fn text(&self) -> String {
                self.value()
            }

            fn set_text(&self, text: &str) {
                self.set_value(text);
            }
        }
    )+ };
}

typed!(HtmlInputElement, HtmlTextAreaElement, HtmlSelectElement);

impl Control {
    pub fn new(name: String, given: Given) -> Self {
        let Given { id, value, bind, error, hint } = given;
        let state = FormState::here();
        let value = state.kept(&name).or(value).or_else(|| bind.map(|b| b.get_untracked())).unwrap_or_default();
        let field = name.clone();
        Self {
            id: id.unwrap_or_else(|| format!("f-{name}")),
            value,
            error: Signal::derive(move || error.and_then(|error| error.get()).or_else(|| state.error(&field))),
            hinted: hint.is_some(),
            bind,
            name,
        }
    }

    /// Id and name, what readers are told about it, and the way back of what is typed: `<input {..control.attributes()} />`.
    pub fn attributes(&self) -> impl Attribute + use<> {
        let Self { id, name, bind, error, hinted, .. } = self;
        let (bind, error, hinted, described) = (*bind, *error, *hinted, id.clone());
        let wrong = move || error.with(Option::is_some);
        (
            attr::id(id.clone()),
            attr::name(name.clone()),
            attr::aria_invalid(move || wrong().then_some("true")),
            attr::aria_describedby(move || described_by(&described, hinted, wrong())),
            ev::on(ev::input, move |event: ev::Event| {
                if let Some(bind) = bind {
                    bind.set(event_target_value(&event));
                }
            }),
        )
    }

    /// Keeps the control equal to its signal. What was typed before the page came alive wins over the signal, and so does
    /// what is being typed while the field is drawn anew.
    pub fn node<E>(&self) -> NodeRef<E>
    where
        E: ElementType + 'static,
        E::Output: Typed + Clone + 'static,
    {
        let node = NodeRef::<E>::new();
        if let Some(bind) = self.bind {
            let waking = dom::waking();
            Effect::new(move |before: Option<()>| {
                let wanted = bind.get();
                let Some(element) = node.get() else { return };
                let shown = element.text();
                if shown == wanted {
                    return;
                }
                let typed = waking && !shown.is_empty() || dom::active().is_some_and(|a| a.is_same_node(Some(element.as_ref())));
                if before.is_none() && typed { bind.set(shown) } else { element.set_text(&wanted) }
            });
        }
        node
    }

    /// The control under its label, with hint and error.
    pub fn framed(self, label: String, note: Option<String>, hint: Option<String>, class: String, control: AnyView) -> AnyView {
        field_frame(Frame { id: self.id, label, note, hint, error: Some(self.error), class }, control)
    }
}
