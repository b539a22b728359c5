//! `/o/{org}/settings/identity`: other services that sign the members in.
use crate::{
    parts::tell,
    reauth::{guarded, guarded_fault},
};
use core_area::identity::{IdentityProvider, ProviderInput, ProviderKind};
use kernel::{Code, Fault};
use kit::{
    Alert, AppError, Badge, Button, ButtonKind, Card, Checkbox, Choice, Client, Confirm, CopyField, Dialog, Empty, FormAlert, FormScope,
    Icon, Loaded, Menu, MenuItem, MenuLine, SelectField, SettingsPage, SettingsSection, Skeleton, Submit, TextField, Tone, fault_of,
    use_live, use_toasts,
};
use leptos::prelude::*;
use leptos_meta::Title;
use uuid::Uuid;

/// The identity providers of the organization.
#[server(client = Client)]
pub async fn identity_get() -> Result<Vec<IdentityProvider>, AppError> {
    kit::call::read_tenant(async |tx| core_area::identity::list(tx).await).await
}

/// Adds a provider.
#[server(client = Client)]
pub async fn identity_create(input: ProviderInput) -> Result<IdentityProvider, AppError> {
    kit::call::in_tenant(async |tx| core_area::identity::create(tx, input).await).await
}

/// Changes a provider; 409 with the present one when somebody was faster.
#[server(client = Client)]
pub async fn identity_update(id: Uuid, rev: String, input: ProviderInput) -> Result<IdentityProvider, AppError> {
    kit::call::in_tenant(async |tx| core_area::identity::update(tx, id, &rev, input).await).await
}

/// Removes a provider.
#[server(client = Client)]
pub async fn identity_delete(id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| core_area::identity::delete(tx, id).await).await
}

/// Asks an issuer whether it answers.
#[server(client = Client)]
pub async fn identity_test(issuer: String) -> Result<String, AppError> {
    kit::call::as_visitor(async |request| core_area::identity::test(request, &issuer).await).await
}

pub struct IdentityPage {
    list: Resource<Result<Vec<IdentityProvider>, AppError>>,
}

#[derive(Clone, Copy)]
struct Page {
    list: Resource<Result<Vec<IdentityProvider>, AppError>>,
    open: RwSignal<bool>,
    /// What the dialog edits; `None`: a new one.
    editing: RwSignal<Option<IdentityProvider>>,
}

impl kit::Page for IdentityPage {
    fn data() -> Self {
        let (slug, live) = (kit::use_org_slug(), use_live("core.identity_providers"));
        Self { list: Resource::new_blocking(move || (slug.get(), live.get()), |_| identity_get()) }
    }

    fn view(this: Self) -> AnyView {
        let page = Page { list: this.list, open: RwSignal::new(false), editing: RwSignal::new(None) };
        view! {
            <Title text="Sign-in" />
            <SettingsPage title="Settings">
                {super::tabs()}
                <SettingsSection title="Sign-in services" text="OpenID Connect, GitHub or Google sign your people in, by the domain of their mail address.">
                    <div class="row">
                        <Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| { page.editing.set(None); page.open.set(true); }>"Add service"</Button>
                    </div>
                    <Loaded from=page.list skeleton=|| view! { <Skeleton lines=5 /> } show=move |list| show(list, page) />
                </SettingsSection>
                <Dialog open=page.open title="Sign-in service" wide=true>{move || form(page)}</Dialog>
            </SettingsPage>
        }
        .into_any()
    }
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
    let toasts = use_toasts();
    let (id, name, enabled) = (provider.id, provider.name.clone(), provider.enabled);
    let asking = RwSignal::new(false);
    let toggle = {
        let (rev, input) = (provider.rev.clone(), ProviderInput { enabled: !enabled, ..input_of(&provider) });
        guarded(move |()| identity_update(id, rev.clone(), input.clone()), move |_: &IdentityProvider| page.list.refetch())
    };
    let delete = guarded(identity_delete, move |()| {
        toasts.success("The service is removed");
        page.list.refetch();
    });
    let test = Action::new(|issuer: &String| identity_test(issuer.clone()));
    tell(toggle);
    tell(delete);
    tell_test(test);
    let issuer = provider.issuer.clone();
    let domains = if provider.email_domains.is_empty() { "any domain".to_owned() } else { provider.email_domains.join(", ") };
    let edited = provider.clone();
    view! {
        <li class="set-row" data-provider=name.clone()>
            <div>
                <span class="row">
                    <b class="strong">{name.clone()}</b>
                    <Badge text=provider.kind.label() />
                    <Badge text=if enabled { "On" } else { "Off" } tone=if enabled { Tone::Success } else { Tone::Neutral } />
                    {provider.enforce.then(|| view! { <Badge text="Enforced" tone=Tone::Accent icon=Icon::Lock /> })}
                </span>
                <small>{domains} {provider.auto_join_role.map(|r| format!(" · joins as {}", r.as_str()))}</small>
            </div>
            <Menu id=format!("provider-{id}") label=format!("Actions for {name}") icon=Icon::Ellipsis compact=true end=true>
                <MenuItem icon=Icon::Pencil on:click=move |_| { page.editing.set(Some(edited.clone())); page.open.set(true); }>"Edit"</MenuItem>
                {issuer.map(|issuer| view! { <MenuItem icon=Icon::Play on:click=move |_| { test.dispatch(issuer.clone()); }>"Test"</MenuItem> })}
                <MenuItem icon=Icon::Power on:click=move |_| { toggle.dispatch(()); }>{if enabled { "Switch off" } else { "Switch on" }}</MenuItem>
                <MenuLine />
                <MenuItem icon=Icon::Trash2 danger=true on:click=move |_| asking.set(true)>"Remove"</MenuItem>
            </Menu>
            <Confirm
                open=asking title=format!("Remove {name}?") verb="Remove service"
                text="Logins through it stay linked but open nothing. People who have no password ask for one at the sign-in."
                busy=delete.pending() on_confirm=Callback::new(move |()| { delete.dispatch(id); asking.set(false); })
            />
        </li>
    }
    .into_any()
}

/// Says what a test found.
fn tell_test(test: Action<String, Result<String, AppError>>) {
    let toasts = use_toasts();
    Effect::new(move |_| match test.value().get() {
        Some(Ok(said)) => toasts.success(said),
        Some(Err(AppError(fault))) => {
            let message = fault.fields.values().next().cloned().unwrap_or_else(|| fault.message.clone());
            toasts.fault(&Fault { message, ..fault });
        }
        None => {}
    });
}

/// What is typed.
#[derive(Clone, Copy)]
struct Fields {
    kind: RwSignal<String>,
    name: RwSignal<String>,
    issuer: RwSignal<String>,
    client_id: RwSignal<String>,
    client_secret: RwSignal<String>,
    scopes: RwSignal<String>,
    domains: RwSignal<String>,
    join: RwSignal<String>,
    enforce: RwSignal<bool>,
    enabled: RwSignal<bool>,
}

impl Fields {
    fn new(from: &ProviderInput) -> Self {
        let text = |value: &str| RwSignal::new(value.to_owned());
        Self {
            kind: text(from.kind.as_str()),
            name: text(&from.name),
            issuer: text(&from.issuer),
            client_id: text(&from.client_id),
            client_secret: text(""),
            scopes: text(&from.scopes),
            domains: text(&from.email_domains),
            join: text(&from.auto_join_role),
            enforce: RwSignal::new(from.enforce),
            enabled: RwSignal::new(from.enabled),
        }
    }

    fn input(self) -> ProviderInput {
        ProviderInput {
            kind: self.kind.with_untracked(|k| k.parse().unwrap_or_default()),
            name: self.name.get_untracked(),
            issuer: self.issuer.get_untracked(),
            client_id: self.client_id.get_untracked(),
            client_secret: self.client_secret.get_untracked(),
            scopes: self.scopes.get_untracked(),
            email_domains: self.domains.get_untracked(),
            auto_join_role: self.join.get_untracked(),
            enforce: self.enforce.get_untracked(),
            enabled: self.enabled.get_untracked(),
        }
    }
}

/// The service as somebody else saved it, out of a 409.
fn theirs(fault: &Fault) -> Option<IdentityProvider> {
    (fault.code == Code::Stale).then_some(())?;
    serde_json::from_value(fault.details.as_ref()?.get("current")?.clone()).ok()
}

fn form(page: Page) -> AnyView {
    let toasts = use_toasts();
    let before = page.editing.get();
    let new = before.is_none();
    let start = before.as_ref().map_or_else(|| ProviderInput { enabled: true, ..ProviderInput::default() }, input_of);
    let fields = Fields::new(&start);
    let target = before.as_ref().map(|p| (p.id, p.rev.clone()));
    let save = guarded(
        move |(target, input): (Option<(Uuid, String)>, ProviderInput)| async move {
            match target {
                Some((id, rev)) => identity_update(id, rev, input).await,
                None => identity_create(input).await,
            }
        },
        move |saved: &IdentityProvider| {
            page.list.refetch();
            if new {
                // Its redirect address is known only now: the dialog stays and shows it.
                page.editing.set(Some(saved.clone()));
                toasts.success(format!("{} is added", saved.name));
            } else {
                page.open.set(false);
                toasts.success(format!("{} is saved", saved.name));
            }
        },
    );
    let fault = guarded_fault(save);
    let conflict = move || {
        fault.with(|f| f.as_ref().and_then(theirs)).map(|now| {
            view! {
                <Alert tone=Tone::Warning title="Someone else changed this service meanwhile" acts=move || {
                    let now = now.clone();
                    view! { <Button size=kit::Size::Sm on:click=move |_| page.editing.set(Some(now.clone()))>"Show theirs"</Button> }
                }>"Yours is not saved."</Alert>
            }
        })
    };
    let callback = before.map(|p| {
        let hint = "Enter it at the service as the redirect or callback address.";
        view! { <CopyField label="Callback address" value=p.callback_url hint=hint /> }
    });
    view! {
        <form class="form" autocomplete="off" on:submit=move |event| {
            event.prevent_default();
            save.dispatch((target.clone(), fields.input()));
        }>
            <FormScope fault=fault pending=save.pending()>
                {conflict}
                <FormAlert />
                {callback}
                {inputs(fields, new)}
                <div class="form-foot"><Submit>{if new { "Add service" } else { "Save service" }}</Submit></div>
            </FormScope>
        </form>
    }
    .into_any()
}

fn inputs(fields: Fields, new: bool) -> AnyView {
    let kinds = ProviderKind::ALL.iter().map(|k| Choice::new(k.as_str(), k.label())).collect();
    let roles = vec![Choice::new("member", "As members"), Choice::new("admin", "As admins")];
    let secret_hint = if new { "What the service gave you with the client id." } else { "Leave it empty to keep the present one." };
    let test = Action::new(|issuer: &String| identity_test(issuer.clone()));
    let answer = fault_of(test);
    let said = move || match test.value().get() {
        Some(Ok(said)) => view! { <p class="hint" role="status">{said}</p> }.into_any(),
        Some(Err(_)) => {
            let words = answer.get().map(|f| f.fields.values().next().cloned().unwrap_or(f.message));
            view! { <p class="err" role="alert">{words}</p> }.into_any()
        }
        None => ().into_any(),
    };
    let issuer = move || {
        (fields.kind.get() == "oidc").then(|| {
            view! {
                <div class="form-all stack-sm">
                    <TextField name="issuer" label="Issuer" kind="url" bind=fields.issuer required=true placeholder="https://login.example.org" />
                    <div class="row">
                        <Button size=kit::Size::Sm busy=test.pending() on:click=move |_| { test.dispatch(fields.issuer.get_untracked()); }>"Test issuer"</Button>
                        {said}
                    </div>
                </div>
            }
        })
    };
    view! {
        <div class="form form-wide">
            <SelectField name="kind" label="Service" choices=kinds bind=fields.kind />
            <TextField name="name" label="Name" bind=fields.name required=true maxlength=255 hint="On the sign-in button." />
            {issuer}
            <TextField name="client_id" label="Client id" bind=fields.client_id required=true autocomplete="off" />
            <TextField name="client_secret" label="Client secret" kind="password" bind=fields.client_secret required=new autocomplete="off" hint=secret_hint />
            <TextField name="scopes" label="Scopes" note="optional" bind=fields.scopes hint="Beyond openid, email and profile." />
            <TextField name="email_domains" label="Mail domains" note="optional" bind=fields.domains hint="Separated by commas. An owner has an address there." />
            <SelectField name="auto_join_role" label="New people of these domains join" choices=roles bind=fields.join empty="Only when invited" />
        </div>
        <Checkbox name="enforce" label="Required for these domains" hint="Passwords stop working for them, except for owners with a second factor." bind=fields.enforce />
        <Checkbox name="enabled" label="On" hint="Shown at the sign-in." bind=fields.enabled />
    }
    .into_any()
}
