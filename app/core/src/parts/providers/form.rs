//! The form of one sign-in service, new or known.
use super::{Page, ProviderCalls, input_of};
use crate::reauth::{guarded, guarded_fault};
use core_area::identity::{IdentityProvider, ProviderInput, ProviderKind};
use kit::{Alert, Button, Checkbox, Choice, CopyField, FormAlert, FormScope, SelectField, Submit, TextField, Tone, fault_of, use_toasts};
use leptos::prelude::*;
use uuid::Uuid;

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

pub(super) fn form(page: Page) -> AnyView {
    let toasts = use_toasts();
    let before = page.editing.get();
    let new = before.is_none();
    let start = before.as_ref().map_or_else(|| ProviderInput { enabled: true, ..ProviderInput::default() }, input_of);
    let fields = Fields::new(&start);
    let target = before.as_ref().map(|p| (p.id, p.rev.clone()));
    let save = guarded(
        move |(target, input): (Option<(Uuid, String)>, ProviderInput)| async move {
            match target {
                Some((id, rev)) => (page.calls.update)(id, rev, input).await,
                None => (page.calls.create)(input).await,
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
        fault.with(|f| f.as_ref().and_then(kit::theirs::<IdentityProvider>)).map(|now| {
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
                {inputs(fields, new, page.calls)}
                <div class="form-foot"><Submit>{if new { "Add service" } else { "Save service" }}</Submit></div>
            </FormScope>
        </form>
    }
    .into_any()
}

fn inputs(fields: Fields, new: bool, calls: ProviderCalls) -> AnyView {
    let kinds = ProviderKind::ALL.iter().map(|k| Choice::new(k.as_str(), k.label())).collect();
    let (spared, warning) = match calls.installation {
        true => (
            "Administrators of the installation with a second factor may still use their password.",
            "Everybody of these domains has to sign in here, whatever organization they belong to. Sign in with it yourself in another window before you save.",
        ),
        false => (
            "Owners with a second factor may still use their password.",
            "Members of these domains have to sign in with the service. Sign in with it yourself in another window before you save, and set up a second factor: it is the way in when the service fails.",
        ),
    };
    let secret_hint = if new { "What the service gave you with the client id." } else { "Leave it empty to keep the present one." };
    let test = Action::new(move |issuer: &String| (calls.test)(issuer.clone()));
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
            {domains(fields, calls.installation)}
        </div>
        <Checkbox name="enforce" label="Required for these domains" hint=spared bind=fields.enforce />
        {move || fields.enforce.get().then(|| view! { <Alert tone=Tone::Warning title="Passwords stop working for these people">{warning}</Alert> })}
        <Checkbox name="enabled" label="On" hint="Shown at the sign-in." bind=fields.enabled />
    }
    .into_any()
}

fn domains(fields: Fields, installation: bool) -> AnyView {
    if installation {
        return view! {
            <TextField name="email_domains" label="Mail domains" note="optional" bind=fields.domains hint="Separated by commas. Empty: a button for everybody at the sign-in." />
        }
        .into_any();
    }
    let roles = vec![Choice::new("member", "As members"), Choice::new("admin", "As admins")];
    view! {
        <TextField name="email_domains" label="Mail domains" required=true bind=fields.domains hint="Separated by commas. An owner has an address there." />
        <SelectField name="auto_join_role" label="New people of these domains join" choices=roles bind=fields.join empty="Only when invited" />
    }
    .into_any()
}
