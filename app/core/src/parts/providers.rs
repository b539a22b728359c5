//! Sign-in services as owners and administrators of the installation manage them: a list, and one form.
mod form;

use super::{Called, Question, ask, tell};
use crate::reauth::guarded;
use core_area::identity::{IdentityProvider, ProviderInput};
use kernel::Fault;
use kit::{AppError, Badge, Button, ButtonKind, Card, Dialog, Empty, Icon, Loaded, Menu, MenuItem, MenuLine, Skeleton, Tone, use_toasts};
use leptos::prelude::*;
use uuid::Uuid;

/// The list as a page loads it.
pub(crate) type Providers = kit::Data<Vec<IdentityProvider>>;

/// What a list of services can do.
#[derive(Clone, Copy)]
pub(crate) struct ProviderCalls {
    pub create: fn(ProviderInput) -> Called<IdentityProvider>,
    pub update: fn(Uuid, String, ProviderInput) -> Called<IdentityProvider>,
    pub delete: fn(Uuid) -> Called<()>,
    pub test: fn(String) -> Called<String>,
    /// Services of the whole installation, not of one organization.
    pub installation: bool,
}

/// What the rows share. It stands outside of the list, which is drawn anew whenever a service changes.
#[derive(Clone, Copy)]
struct Page {
    list: Providers,
    calls: ProviderCalls,
    open: RwSignal<bool>,
    /// What the dialog edits; `None`: a new one.
    editing: RwSignal<Option<IdentityProvider>>,
    removing: RwSignal<Option<(Uuid, String)>>,
    toggle: Action<(Uuid, String, ProviderInput), Result<IdentityProvider, AppError>>,
    test: Action<String, Result<String, AppError>>,
}

/// The services with their "Add service".
pub(crate) fn list(list: Providers, calls: ProviderCalls) -> AnyView {
    let toasts = use_toasts();
    let toggle = guarded(
        move |(id, rev, input): (Uuid, String, ProviderInput)| (calls.update)(id, rev, input),
        move |now: &IdentityProvider| {
            toasts.success(format!("{} is switched {}", now.name, if now.enabled { "on" } else { "off" }));
            list.refetch();
        },
    );
    let delete = guarded(
        move |id: Uuid| (calls.delete)(id),
        move |()| {
            toasts.success("The service is removed");
            list.refetch();
        },
    );
    let test = Action::new(move |issuer: &String| (calls.test)(issuer.clone()));
    tell(toggle);
    tell(delete);
    tell_test(test);
    let page = Page { list, calls, open: RwSignal::new(false), editing: RwSignal::new(None), removing: RwSignal::new(None), toggle, test };
    let question = Question {
        title: |name| format!("Remove {name}?"),
        text: "Logins through it stay linked but open nothing. People who have no password ask for one at the sign-in.",
        verb: "Remove service",
    };
    view! {
        <div class="row">
            <Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| { page.editing.set(None); page.open.set(true); }>"Add service"</Button>
        </div>
        <Loaded from=list skeleton=|| view! { <Skeleton lines=5 /> } show=move |list| show(list, page) />
        <Dialog open=page.open title="Sign-in service" wide=true>{move || form::form(page)}</Dialog>
        {ask(page.removing, question, move |id| { delete.dispatch(id); })}
    }
    .into_any()
}

fn show(list: Vec<IdentityProvider>, page: Page) -> AnyView {
    if list.is_empty() {
        let text = "People sign in with a password or passkey until you add one.";
        return view! { <Card flush=true><Empty icon=Icon::LogIn title="No sign-in service yet" text=text /></Card> }.into_any();
    }
    view! { <Card flush=true><ul>{list.into_iter().map(|p| row(p, page)).collect_view()}</ul></Card> }.into_any()
}

/// The form as a row would fill it; the secret stays where it is.
fn input_of(p: &IdentityProvider) -> ProviderInput {
    ProviderInput {
        kind: p.kind,
        name: p.name.clone(),
        issuer: p.issuer.clone().unwrap_or_default(),
        client_id: p.client_id.clone(),
        client_secret: String::new(),
        scopes: p.scopes.join(" "),
        email_domains: p.email_domains.join(", "),
        auto_join_role: p.auto_join_role.map(|r| r.as_str().to_owned()).unwrap_or_default(),
        enforce: p.enforce,
        enabled: p.enabled,
    }
}

fn row(provider: IdentityProvider, page: Page) -> AnyView {
    let Page { open, editing, removing, toggle, test, .. } = page;
    let (id, name, enabled) = (provider.id, provider.name.clone(), provider.enabled);
    let switched = (id, provider.rev.clone(), ProviderInput { enabled: !enabled, ..input_of(&provider) });
    let issuer = provider.issuer.clone();
    let domains = if provider.email_domains.is_empty() { "Everybody".to_owned() } else { provider.email_domains.join(", ") };
    let (edited, removed) = (provider.clone(), name.clone());
    view! {
        <li class="set-row" data-provider=name.clone()>
            <div>
                <span class="row">
                    <b class="strong">{name.clone()}</b>
                    <Badge text=provider.kind.label() />
                    <Badge text=if enabled { "On" } else { "Off" } tone=if enabled { Tone::Success } else { Tone::Neutral } />
                    {provider.enforce.then(|| view! { <Badge text="Required" tone=Tone::Accent icon=Icon::Lock /> })}
                </span>
                <small>{domains} {provider.auto_join_role.map(|r| format!(" · joins as {}", r.as_str()))}</small>
            </div>
            <Menu id=format!("provider-{id}") label=format!("Actions for {name}") icon=Icon::Ellipsis compact=true end=true>
                <MenuItem icon=Icon::Pencil on:click=move |_| { editing.set(Some(edited.clone())); open.set(true); }>"Edit"</MenuItem>
                {issuer.map(|issuer| view! { <MenuItem icon=Icon::Play on:click=move |_| { test.dispatch(issuer.clone()); }>"Test"</MenuItem> })}
                <MenuItem icon=Icon::Power on:click=move |_| { toggle.dispatch(switched.clone()); }>{if enabled { "Switch off" } else { "Switch on" }}</MenuItem>
                <MenuLine />
                <MenuItem icon=Icon::Trash2 danger=true on:click=move |_| removing.set(Some((id, removed.clone())))>"Remove"</MenuItem>
            </Menu>
        </li>
    }
    .into_any()
}

/// Says what a test found.
fn tell_test(test: Action<String, Result<String, AppError>>) {
    let toasts = use_toasts();
    kit::effect(move || match test.value().get() {
        Some(Ok(said)) => toasts.success(said),
        Some(Err(AppError(fault))) => {
            let message = fault.fields.values().next().cloned().unwrap_or_else(|| fault.message.clone());
            toasts.fault(&Fault { message, ..fault });
        }
        None => {}
    });
}
