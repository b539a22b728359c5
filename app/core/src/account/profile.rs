//! `/account`: name, picture, address, how much the interface shows.
use crate::{
    parts::picture::{self, Sent, Shown},
    reauth::{guarded, guarded_fault},
};
#[cfg(feature = "ssr")]
use core_area::account::{ChangeEmail, ProfileInput};
use core_area::{
    account::{PendingEmail, Profile},
    preferences::InterfaceMode,
};
use kit::{
    Ago, Alert, AppError, Badge, Button, Card, Choice, Client, FormAlert, FormScope, Loaded, RadioGroup, SettingsPage, SettingsRow,
    SettingsSection, Skeleton, Submit, TextField, Tone, fault_of, use_toasts,
};
use leptos::{
    prelude::*,
    server_fn::codec::{MultipartData, MultipartFormData},
};
use leptos_meta::Title;

/// The person's profile.
#[server(client = Client, output = kit::Wire)]
pub async fn profile_get() -> Result<Profile, AppError> {
    kit::call::as_person_reading(async |tx| core_area::account::profile(tx).await).await
}

/// Saves the name.
#[server(client = Client, output = kit::Wire)]
pub async fn profile_save(rev: String, name: String) -> Result<Profile, AppError> {
    kit::call::as_person(async |tx| core_area::account::update(tx, &rev, ProfileInput { name }).await).await
}

/// Sets the picture; answers its address.
#[server(client = Client, output = kit::Wire, input = MultipartFormData)]
pub async fn avatar_upload(data: MultipartData) -> Result<String, AppError> {
    let bytes = kit::upload::read(data, "", core_area::pictures::MAX_PICTURE).await?.bytes;
    kit::call::as_person(async |tx| core_area::account::set_avatar(tx, bytes).await).await
}

/// Takes the picture away.
#[server(client = Client, output = kit::Wire)]
pub async fn avatar_remove() -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::account::remove_avatar(tx).await).await
}

/// Begins a change of address: both addresses confirm it.
#[server(client = Client, output = kit::Wire)]
pub async fn email_change(email: String) -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::account::change_email(tx, ChangeEmail { email }).await).await
}

/// Gives up a change of address.
#[server(client = Client, output = kit::Wire)]
pub async fn email_change_cancel() -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::account::cancel_email_change(tx).await).await
}

/// Simple or advanced interface.
#[server(client = Client, output = kit::Wire)]
pub async fn interface_mode_set(mode: InterfaceMode) -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::preferences::set_interface_mode(tx, mode).await).await
}

pub struct ProfilePage {
    profile: kit::Data<Profile>,
    version: RwSignal<u32>,
}

impl kit::Page for ProfilePage {
    fn data() -> Self {
        let version = RwSignal::new(0);
        Self { profile: kit::Data::blocking(move || version.get(), |_| profile_get()), version }
    }

    fn view(this: Self) -> AnyView {
        let ProfilePage { profile, version } = this;
        view! {
            <Title text="Account" />
            <SettingsPage title="Account">
                {super::tabs()}
                <Loaded from=profile skeleton=|| view! { <Skeleton lines=8 /> } show=move |p| page(p, version) />
            </SettingsPage>
        }
        .into_any()
    }
}

fn page(profile: Profile, version: RwSignal<u32>) -> AnyView {
    let (picture, name_form, email) = (picture(&profile, version), name_form(&profile), email(&profile, version));
    view! {
        <SettingsSection title="Profile" text="How you appear to the people you work with.">
            {picture}
            {name_form}
        </SettingsSection>
        <SettingsSection title="Email" text="Where you sign in and where mails go.">
            {email}
        </SettingsSection>
        <SettingsSection title="Interface" text="How much the screens show at once.">
            {mode()}
        </SettingsSection>
    }
    .into_any()
}

fn picture(profile: &Profile, version: RwSignal<u32>) -> AnyView {
    let shown = Shown {
        name: profile.name.clone().into(),
        address: profile.avatar_url.clone().unwrap_or_default().into(),
        square: false,
        label: "Picture",
    };
    let changed = move |()| {
        version.update(|n| *n += 1);
        kit::session::refresh_session();
    };
    let upload = |file| -> Sent<()> { Box::pin(async move { avatar_upload(kit::upload::form(&[], &file)?).await.map(drop) }) };
    picture::picture(shown, upload, || Box::pin(avatar_remove()), changed)
}

fn name_form(profile: &Profile) -> AnyView {
    let toasts = use_toasts();
    let (rev, name) = (RwSignal::new(profile.rev.clone()), RwSignal::new(profile.name.clone()));
    let save = Action::new(move |(): &()| profile_save(rev.get_untracked(), name.get_untracked()));
    kit::effect(move || {
        if let Some(Ok(saved)) = save.value().get() {
            rev.set(saved.rev);
            toasts.success("Profile saved");
            kit::session::refresh_session();
        }
    });
    view! {
        <form class="form" on:submit=move |event| { event.prevent_default(); save.dispatch(()); }>
            <FormScope fault=fault_of(save) pending=save.pending()>
                <FormAlert />
                <TextField name="name" label="Name" bind=name required=true maxlength=255 autocomplete="name" />
                <div class="form-foot"><Submit>"Save"</Submit></div>
            </FormScope>
        </form>
    }
    .into_any()
}

fn email(profile: &Profile, version: RwSignal<u32>) -> AnyView {
    let toasts = use_toasts();
    let wanted = RwSignal::new(String::new());
    let change = guarded(email_change, move |()| {
        toasts.success("Check both mailboxes to confirm");
        wanted.set(String::new());
        version.update(|n| *n += 1);
    });
    let verified = match profile.email_verified {
        true => view! { <Badge text="Confirmed" tone=Tone::Success /> }.into_any(),
        false => view! { <Badge text="Not confirmed" tone=Tone::Warning /> }.into_any(),
    };
    let address = profile.email.clone();
    let pending = profile.pending_email.clone().map(|pending| waiting(pending, version));
    view! {
        <Card flush=true><SettingsRow title=address>{verified}</SettingsRow></Card>
        {pending}
        <form class="form" on:submit=move |event| { event.prevent_default(); change.dispatch(wanted.get_untracked()); }>
            <FormScope fault=guarded_fault(change) pending=change.pending()>
                <FormAlert />
                <TextField name="email" label="New address" kind="email" bind=wanted required=true />
                <div class="form-foot"><Submit kind=kit::ButtonKind::Plain>"Change address"</Submit></div>
            </FormScope>
        </form>
    }
    .into_any()
}

fn waiting(pending: PendingEmail, version: RwSignal<u32>) -> AnyView {
    let cancel = Action::new(|(): &()| email_change_cancel());
    kit::effect(move || {
        if matches!(cancel.value().get(), Some(Ok(()))) {
            version.update(|n| *n += 1);
        }
    });
    let state = |done: bool| if done { "confirmed" } else { "waiting" };
    let (old, new) = (state(pending.old_confirmed), state(pending.new_confirmed));
    view! {
        <Alert title=format!("Changing to {}", pending.email) acts=move || view! { <Button size=kit::Size::Sm on:click=move |_| { cancel.dispatch(()); }>"Cancel"</Button> }>
            "Present address: " {old} ", new address: " {new} ". The links work until " <Ago at=pending.expires_at /> "."
        </Alert>
    }
    .into_any()
}

fn mode() -> AnyView {
    let session = kit::use_session();
    let chosen = RwSignal::new(session.with_untracked(|s| s.as_ref().map_or_else(|| "simple".to_owned(), |s| s.interface_mode.clone())));
    let save = Action::new(|mode: &InterfaceMode| interface_mode_set(*mode));
    Effect::new(move |before: Option<String>| {
        let now = chosen.get();
        if before.is_some_and(|b| b != now) {
            save.dispatch(if now == "advanced" { InterfaceMode::Advanced } else { InterfaceMode::Simple });
        }
        now
    });
    let choices = vec![
        Choice::new("simple", "Simple").hint("The usual controls, with explanations"),
        Choice::new("advanced", "Advanced").hint("Every control, denser lists"),
    ];
    view! { <RadioGroup name="interface_mode" label="Interface" choices=choices bind=chosen cards=true /> }.into_any()
}
