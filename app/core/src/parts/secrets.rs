//! Secrets of other services as people see them: never their value, only its last four characters.
use super::{Called, Question, ask, tell};
use crate::reauth::{guarded, guarded_fault};
use core_area::org_secrets::{SERVICES, SecretEdit, SecretInfo, SecretTest};
use kit::{
    Ago, AppError, Badge, Button, Card, Choice, Dialog, Empty, FormAlert, FormScope, Icon, Menu, MenuItem, MenuLine, PasswordField,
    SelectField, Submit, TextField, Tone, open_while, use_toasts,
};
use leptos::prelude::*;
use uuid::Uuid;

/// What a list of secrets can do.
#[derive(Clone, Copy)]
pub(crate) struct SecretCalls {
    pub set: fn(SecretEdit) -> Called<SecretInfo>,
    pub remove: fn(Uuid) -> Called<()>,
    pub test: fn(String) -> Called<SecretTest>,
    /// Told after each change.
    pub changed: Callback<()>,
}

/// What stands outside of the list, which is drawn anew whenever a secret is used: open dialogs and calls under way.
#[derive(Clone, Copy)]
pub(crate) struct SecretDesk {
    calls: SecretCalls,
    /// The service whose secret is typed; empty for one yet to be chosen.
    editing: RwSignal<Option<String>>,
    removing: RwSignal<Option<(Uuid, String)>>,
    trial: Action<String, Result<SecretTest, AppError>>,
}

impl SecretDesk {
    /// Made once by the page, which also shows [`dialogs`] beside the list.
    pub fn new(calls: SecretCalls) -> Self {
        let toasts = use_toasts();
        let trial = Action::new(move |service: &String| (calls.test)(service.clone()));
        tell(trial);
        kit::effect(move || match trial.value().get() {
            Some(Ok(SecretTest { ok: true, message })) => toasts.success(message),
            Some(Ok(SecretTest { ok: false, message })) => toasts.fault(&kernel::Fault::new(kernel::Code::Upstream, message)),
            _ => {}
        });
        Self { calls, editing: RwSignal::new(None), removing: RwSignal::new(None), trial }
    }
}

/// The service in words.
fn label(service: &str) -> String {
    SERVICES.iter().find(|(name, _)| *name == service).map_or_else(|| service.to_owned(), |(_, words)| (*words).to_owned())
}

/// The card of the secrets with its "Set a secret".
pub(crate) fn list(secrets: Vec<SecretInfo>, desk: SecretDesk) -> AnyView {
    let body = match secrets.is_empty() {
        true => view! {
            <Empty icon=Icon::Lock title="No secret yet" text="Without one, the built-in parts do the work. The value is sealed at once and never shown again." />
        }
        .into_any(),
        false => view! { <ul>{secrets.into_iter().map(|secret| row(secret, desk)).collect_view()}</ul> }.into_any(),
    };
    view! {
        <div class="row"><Button icon=Icon::Plus on:click=move |_| desk.editing.set(Some(String::new()))>"Set a secret"</Button></div>
        <Card flush=true>{body}</Card>
    }
    .into_any()
}

/// The dialogs of the list.
pub(crate) fn dialogs(desk: SecretDesk) -> AnyView {
    let SecretDesk { calls, editing, removing, .. } = desk;
    let toasts = use_toasts();
    let open = open_while(editing);
    let remove = guarded(
        move |id: Uuid| (calls.remove)(id),
        move |()| {
            toasts.success("The secret is forgotten");
            calls.changed.run(());
        },
    );
    tell(remove);
    let question = Question {
        title: |name| format!("Remove the secret for {name}?"),
        text: "It is forgotten at once. What used it falls back to the next one: the organization's, the server's, or the built-in part.",
        verb: "Remove",
    };
    view! {
        <Dialog open=open title="Set a secret">{move || form(editing.get_untracked().unwrap_or_default(), open, calls)}</Dialog>
        {ask(removing, question, move |id| { remove.dispatch(id); })}
    }
    .into_any()
}

fn row(secret: SecretInfo, desk: SecretDesk) -> AnyView {
    let SecretDesk { editing, removing, trial, .. } = desk;
    let (id, name) = (secret.id, label(&secret.service_name));
    let used = match secret.last_used_at {
        Some(at) => view! { "Used " <Ago at=at /> }.into_any(),
        None => "Not used yet".into_any(),
    };
    let last4 = if secret.last4.is_empty() { "••••".to_owned() } else { format!("••••{}", secret.last4) };
    let state = match (secret.available, secret.is_active) {
        (false, _) => Some(("Key unavailable", Tone::Danger)),
        (true, false) => Some(("Off", Tone::Neutral)),
        (true, true) => None,
    };
    let (replace, try_it, named) = (secret.service_name.clone(), secret.service_name.clone(), name.clone());
    view! {
        <li class="set-row" data-secret=secret.service_name.clone()>
            <div>
                <span class="row"><b class="strong">{name.clone()}</b> {state.map(|(text, tone)| view! { <Badge text=text tone=tone /> })}</span>
                <small><code>{last4}</code> " · " {used} " · set " <Ago at=secret.updated_at />
                    {(!secret.available).then_some(" · the server does not have the key that seals it; an administrator can bring it back")}
                </small>
            </div>
            <Menu id=format!("secret-{id}") label=format!("Actions for {name}") icon=Icon::Ellipsis compact=true end=true>
                <MenuItem icon=Icon::Play on:click=move |_| { trial.dispatch(try_it.clone()); }>"Test"</MenuItem>
                <MenuItem icon=Icon::Pencil on:click=move |_| editing.set(Some(replace.clone()))>"Replace"</MenuItem>
                <MenuLine />
                <MenuItem icon=Icon::Trash2 danger=true on:click=move |_| removing.set(Some((id, named.clone())))>"Remove"</MenuItem>
            </Menu>
        </li>
    }
    .into_any()
}

/// The choice that opens a field for another service.
const OTHER: &str = "other";

fn form(service: String, open: RwSignal<bool>, calls: SecretCalls) -> AnyView {
    let toasts = use_toasts();
    let known = SERVICES.iter().any(|(name, _)| *name == service);
    let chosen = RwSignal::new(if service.is_empty() || known { service.clone() } else { OTHER.to_owned() });
    let (typed, value) = (RwSignal::new(if known { String::new() } else { service }), RwSignal::new(String::new()));
    let set = guarded(
        move |edit: SecretEdit| (calls.set)(edit),
        move |kept: &SecretInfo| {
            toasts.success(format!("The secret for {} is kept", label(&kept.service_name)));
            open.set(false);
            calls.changed.run(());
        },
    );
    let mut choices: Vec<_> = SERVICES.iter().map(|(name, words)| Choice::new(*name, *words)).collect();
    choices.push(Choice::new(OTHER, "Another service"));
    let service_name = move || {
        if chosen.get_untracked() == OTHER { typed.get_untracked() } else { chosen.get_untracked() }
    };
    view! {
        <form class="form" autocomplete="off" on:submit=move |event| {
            event.prevent_default();
            set.dispatch(SecretEdit { service_name: service_name(), value: value.get_untracked() });
        }>
            <FormScope fault=guarded_fault(set) pending=set.pending()>
                <FormAlert />
                <SelectField name="service" label="Service" choices=choices bind=chosen empty="Choose a service" required=true />
                {move || (chosen.get() == OTHER).then(|| view! {
                    <TextField name="service_name" label="Name of the service" bind=typed required=true hint="As it is called in settings: small letters, digits and underscores." />
                })}
                <PasswordField name="value" label="Secret" autocomplete="off" bind=value hint="Sealed at once. Afterwards only its last four characters are shown." />
                <div class="form-foot"><Submit icon=Icon::Lock>"Keep secret"</Submit></div>
            </FormScope>
        </form>
    }
    .into_any()
}
