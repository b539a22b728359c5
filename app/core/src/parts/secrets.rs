//! Secrets of other services as people see them: never their value, only its last four characters.
use super::{Called, tell};
use crate::reauth::{guarded, guarded_fault};
use core_area::org_secrets::{SERVICES, SecretEdit, SecretInfo, SecretTest};
use kit::{
    Ago, Badge, Button, Card, Choice, Confirm, Dialog, Empty, FormAlert, FormScope, Icon, Menu, MenuItem, MenuLine, PasswordField,
    SelectField, Submit, TextField, Tone, use_toasts,
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

/// The service in words.
fn label(service: &str) -> String {
    SERVICES.iter().find(|(name, _)| *name == service).map_or_else(|| service.to_owned(), |(_, words)| (*words).to_owned())
}

/// The card of the secrets with its "Set a secret".
pub(crate) fn list(secrets: Vec<SecretInfo>, calls: SecretCalls) -> AnyView {
    let open = RwSignal::new(false);
    let service = RwSignal::new(String::new());
    let add = move || {
        service.set(String::new());
        open.set(true);
    };
    let body = match secrets.is_empty() {
        true => view! {
            <Empty icon=Icon::Lock title="No secret yet" text="Without one, the built-in parts do the work. The value is sealed at once and never shown again." />
        }
        .into_any(),
        false => view! { <ul>{secrets.into_iter().map(|secret| row(secret, service, open, calls)).collect_view()}</ul> }.into_any(),
    };
    view! {
        <div class="row"><Button icon=Icon::Plus on:click=move |_| add()>"Set a secret"</Button></div>
        <Card flush=true>{body}</Card>
        <Dialog open=open title="Set a secret">{move || form(service.get_untracked(), open, calls)}</Dialog>
    }
    .into_any()
}

fn row(secret: SecretInfo, service: RwSignal<String>, open: RwSignal<bool>, calls: SecretCalls) -> AnyView {
    let toasts = use_toasts();
    let (id, name) = (secret.id, label(&secret.service_name));
    let asking = RwSignal::new(false);
    let remove = guarded(
        move |id: Uuid| (calls.remove)(id),
        move |()| {
            toasts.success("The secret is forgotten");
            calls.changed.run(());
        },
    );
    let test = Action::new(move |service: &String| (calls.test)(service.clone()));
    tell(remove);
    tell(test);
    Effect::new(move |_| match test.value().get() {
        Some(Ok(SecretTest { ok: true, message })) => toasts.success(message),
        Some(Ok(SecretTest { ok: false, message })) => toasts.fault(&kernel::Fault::new(kernel::Code::Upstream, message)),
        _ => {}
    });
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
    let (replace, try_it) = (secret.service_name.clone(), secret.service_name.clone());
    view! {
        <li class="set-row" data-secret=secret.service_name.clone()>
            <div>
                <span class="row"><b class="strong">{name.clone()}</b> {state.map(|(text, tone)| view! { <Badge text=text tone=tone /> })}</span>
                <small><code>{last4}</code> " · " {used} " · set " <Ago at=secret.updated_at />
                    {(!secret.available).then_some(" · the server does not have the key that seals it; an administrator can bring it back")}
                </small>
            </div>
            <Menu id=format!("secret-{id}") label=format!("Actions for {name}") icon=Icon::Ellipsis compact=true end=true>
                <MenuItem icon=Icon::Play on:click=move |_| { test.dispatch(try_it.clone()); }>"Test"</MenuItem>
                <MenuItem icon=Icon::Pencil on:click=move |_| { service.set(replace.clone()); open.set(true); }>"Replace"</MenuItem>
                <MenuLine />
                <MenuItem icon=Icon::Trash2 danger=true on:click=move |_| asking.set(true)>"Remove"</MenuItem>
            </Menu>
            <Confirm
                open=asking title=format!("Remove the secret for {name}?") verb="Remove"
                text="It is forgotten at once. What used it falls back to the next one: the organization's, the server's, or the built-in part."
                busy=remove.pending() on_confirm=Callback::new(move |()| { remove.dispatch(id); asking.set(false); })
            />
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
