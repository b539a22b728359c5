//! Forms: where the faults of an action meet the fields they speak about.
//!
//! A form works without script: the server's answer carries the fault and what was typed back in the address, and the
//! fields read both from the [`FormScope`] they stand in.
use crate::{AppError, ButtonKind, Icon, Size, icon};
use kernel::Fault;
use leptos::{context::Provider, prelude::*, server_fn::ServerFn};

/// What the fields of a form know about it.
#[derive(Clone, Copy)]
pub struct FormState {
    pub fault: Signal<Option<Fault>>,
    pub pending: Signal<bool>,
}

impl FormState {
    /// The form around this component, or one without faults.
    pub fn here() -> Self {
        use_context().unwrap_or(Self { fault: Signal::default(), pending: Signal::default() })
    }

    /// The message beside a field.
    pub fn error(self, name: &str) -> Option<String> {
        self.fault.with(|fault| fault.as_ref()?.fields.get(name).cloned())
    }

    /// What was typed into a field before the form came back.
    pub fn kept(self, name: &str) -> Option<String> {
        self.fault.with_untracked(|fault| fault.as_ref()?.kept.get(name).cloned())
    }
}

/// The fault of an action's last answer.
pub fn fault_of<I, O>(action: Action<I, Result<O, AppError>>) -> Signal<Option<Fault>>
where
    I: Send + Sync + 'static,
    O: Send + Sync + 'static,
{
    let value = action.value();
    Signal::derive(move || value.with(|v| v.as_ref()?.as_ref().err().map(|AppError(fault)| fault.clone())))
}

/// The fault of a server action's last answer, also of one that came back by a plain form post.
pub fn action_fault<S>(action: ServerAction<S>) -> Signal<Option<Fault>>
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let value = action.value();
    Signal::derive(move || value.with(|v| v.as_ref()?.as_ref().err().map(|AppError(fault)| fault.clone())))
}

/// Gives the fields inside it the fault and the pending state of an action; moves the focus to the first wrong field.
#[component]
pub fn FormScope(
    #[prop(into)] fault: Signal<Option<Fault>>,
    #[prop(optional, into)] pending: Option<Signal<bool>>,
    children: Children,
) -> impl IntoView {
    let root = NodeRef::<leptos::html::Div>::new();
    crate::effect(move || {
        if fault.with(|f| f.as_ref().is_some_and(|f| !f.fields.is_empty())) {
            crate::dom::after_render(move || {
                if let Some(field) = root.try_get_untracked().flatten().and_then(|r| crate::dom::first(&r, "[aria-invalid='true']")) {
                    crate::dom::focus(&field);
                }
            });
        }
    });
    // A scope of its own: told to the surroundings, the state would reach the next form beside it, and a later drawing of
    // the same page would find it there when it is long gone.
    view! {
        <Provider value=FormState { fault, pending: pending.unwrap_or_default() }>
            <div node_ref=root class="contents">{children()}</div>
        </Provider>
    }
    .into_any()
}

/// The fault that belongs to the whole form, with its request id. Fields show their own messages.
#[component]
pub fn FormAlert() -> impl IntoView {
    let state = FormState::here();
    let alert = move || {
        state.fault.get().map(|fault| {
            view! {
                <div class="alert alert-danger" role="alert">
                    {icon(Icon::CircleAlert)}
                    <div>
                        {fault.message}
                        {fault.request_id.filter(|_| fault.code.status() >= 500).map(|id| view! { <p class="hint">"Request " <code>{id}</code></p> })}
                    </div>
                </div>
            }
        })
    };
    view! { {alert} }.into_any()
}

/// The button that sends the form; busy while the action runs.
#[component(transparent)]
pub fn Submit(
    #[prop(optional)] kind: Option<ButtonKind>,
    #[prop(optional)] size: Size,
    #[prop(optional, into)] icon: Option<Icon>,
    #[prop(optional, into)] disabled: Option<Signal<bool>>,
    #[prop(optional, into)] name: Option<String>,
    #[prop(optional, into)] value: Option<String>,
    #[prop(optional, into)] class: String,
    children: Children,
) -> impl IntoView {
    let parts = crate::button::Parts {
        kind: kind.unwrap_or(ButtonKind::Primary),
        size,
        icon,
        busy: Some(FormState::here().pending),
        disabled,
        submit: true,
        name,
        value,
        class,
    };
    crate::button::button(parts, children)
}

/// Label above, control, then hint or error below. For controls that kit does not have.
#[component]
pub fn Field(
    /// The id of the control.
    #[prop(into)]
    id: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] note: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: Option<Signal<Option<String>>>,
    #[prop(optional, into)] class: String,
    children: Children,
) -> impl IntoView {
    field_frame(Frame { id, label, note, hint, error, class }, children())
}

/// What stands around a control.
pub(crate) struct Frame {
    pub id: String,
    pub label: String,
    pub note: Option<String>,
    pub hint: Option<String>,
    pub error: Option<Signal<Option<String>>>,
    pub class: String,
}

pub(crate) fn field_frame(frame: Frame, control: AnyView) -> AnyView {
    let Frame { id, label, note, hint, error, class } = frame;
    let hint_id = format!("{id}-hint");
    let error_id = format!("{id}-err");
    view! {
        <div class=crate::html::classes(&["field", &class])>
            <label class="label" for=id>
                {label}
                {note.map(|n| view! { <small>" " {n}</small> })}
            </label>
            {control}
            {hint.map(|h| view! { <p class="hint" id=hint_id>{h}</p> })}
            {error.map(|error| move || error.get().map(|e| field_error(error_id.clone(), e)))}
        </div>
    }
    .into_any()
}

/// The line that says what is wrong with a field.
pub(crate) fn field_error(id: String, message: String) -> AnyView {
    view! { <p class="err" id=id role="alert">{icon(Icon::CircleAlert)}<span>{message}</span></p> }.into_any()
}

/// The ids that describe a control: its hint, and its error while there is one.
pub(crate) fn described_by(id: &str, hint: bool, error: bool) -> Option<String> {
    match (hint, error) {
        (true, true) => Some(format!("{id}-hint {id}-err")),
        (true, false) => Some(format!("{id}-hint")),
        (false, true) => Some(format!("{id}-err")),
        (false, false) => None,
    }
}
