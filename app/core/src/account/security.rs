//! `/account/security`: password, second factor, passkeys, sessions, linked logins, personal tokens.
use super::totp;
use crate::{
    auth::passkey,
    reauth::{guarded, guarded_fault},
};
#[cfg(feature = "ssr")]
use core_area::account::ChangePassword;
use core_area::{
    mfa::{MfaStatus, RecoveryCodes},
    oauth::LinkedLogin,
    passkeys::{Passkey, PasskeyAdded, PasskeyRegister},
    sessions::SessionRow,
};
use kit::{
    Ago, AppError, Badge, Button, ButtonKind, Card, Client, Dialog, FormAlert, FormScope, Icon, Loaded, PasswordField, SettingsPage,
    SettingsRow, SettingsSection, Skeleton, Submit, TextField, Tone, use_live, use_toasts,
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecurityView {
    pub has_password: bool,
    pub mfa: MfaStatus,
    pub passkeys: Vec<Passkey>,
    pub sessions: Vec<SessionRow>,
    pub linked: Vec<LinkedLogin>,
}

/// Everything about how the person signs in.
#[server(client = Client)]
pub async fn security_get() -> Result<SecurityView, AppError> {
    kit::call::as_person_reading(async |tx| {
        Ok(SecurityView {
            has_password: core_area::account::profile(tx).await?.has_password,
            mfa: core_area::mfa::status(tx).await?,
            passkeys: core_area::passkeys::list(tx).await?,
            sessions: core_area::sessions::list(tx).await?,
            linked: core_area::oauth::linked(tx).await?,
        })
    })
    .await
}

/// Changes the password; other sessions end.
#[server(client = Client)]
pub async fn password_change(current_password: String, new_password: String) -> Result<(), AppError> {
    kit::call::as_person(async |tx| {
        let cookie = crate::auth::visitor()?.cookie;
        core_area::account::change_password(tx, &cookie, ChangePassword { current_password, new_password }).await
    })
    .await
}

/// Ends one session.
#[server(client = Client)]
pub async fn session_revoke(id: Uuid) -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::sessions::revoke(tx, id).await).await
}

/// Ends all sessions but this one.
#[server(client = Client)]
pub async fn sessions_revoke_others() -> Result<u64, AppError> {
    kit::call::as_person(async |tx| core_area::sessions::revoke_others(tx).await).await
}

/// Begins the registration of a passkey: the challenge.
#[server(client = Client)]
pub async fn passkey_register_begin() -> Result<String, AppError> {
    kit::call::as_person(async |tx| {
        let cookie = crate::auth::visitor()?.cookie;
        core_area::passkeys::register_begin(tx, &cookie).await
    })
    .await
}

/// Keeps the new passkey.
#[server(client = Client)]
pub async fn passkey_register_finish(input: PasskeyRegister) -> Result<PasskeyAdded, AppError> {
    kit::call::as_person(async |tx| {
        let cookie = crate::auth::visitor()?.cookie;
        core_area::passkeys::register_finish(tx, &cookie, input).await
    })
    .await
}

/// Removes a passkey.
#[server(client = Client)]
pub async fn passkey_remove(id: Uuid) -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::passkeys::remove(tx, id).await).await
}

/// Unlinks a login of another provider.
#[server(client = Client)]
pub async fn login_unlink(id: Uuid) -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::oauth::unlink(tx, id).await).await
}

pub struct SecurityPage {
    view: Resource<Result<SecurityView, AppError>>,
    version: RwSignal<u32>,
}

impl kit::Page for SecurityPage {
    fn data() -> Self {
        let (version, live) = (RwSignal::new(0), use_live("core.sessions"));
        Self { view: Resource::new_blocking(move || (version.get(), live.get()), |_| security_get()), version }
    }

    fn view(this: Self) -> AnyView {
        let SecurityPage { view, version } = this;
        view! {
            <Title text="Security" />
            <SettingsPage title="Account">
                {super::tabs()}
                <Loaded from=view skeleton=|| view! { <Skeleton lines=10 /> } show=move |v| page(v, version) />
            </SettingsPage>
        }
        .into_any()
    }
}

fn page(view: SecurityView, version: RwSignal<u32>) -> AnyView {
    let SecurityView { has_password, mfa, passkeys, sessions, linked } = view;
    view! {
        <SettingsSection title="Password" text="Changing it ends your other sessions.">{password(has_password, version)}</SettingsSection>
        <SettingsSection title="Two-step sign-in" text="A second proof beside the password.">{totp::section(mfa, version)}</SettingsSection>
        <SettingsSection title="Passkeys" text="Sign in with your device instead of a password.">{passkeys_card(passkeys, version)}</SettingsSection>
        <SettingsSection title="Sessions" text="Where you are signed in.">{sessions_card(sessions, version)}</SettingsSection>
        <SettingsSection title="Linked logins" text="Other accounts that sign you in here.">{linked_card(linked, version)}</SettingsSection>
    }
    .into_any()
}

/// Shows the fault of an action and loads the page anew after each success.
pub(super) fn follow<I, O>(action: Action<I, Result<O, AppError>>)
where
    I: Send + Sync + 'static,
    O: Send + Sync + 'static,
{
    let toasts = use_toasts();
    let fault = guarded_fault(action);
    Effect::new(move |_| {
        if let Some(fault) = fault.get() {
            toasts.fault(&fault);
        }
    });
}

fn password(has_password: bool, version: RwSignal<u32>) -> AnyView {
    let toasts = use_toasts();
    let open = RwSignal::new(false);
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let change = guarded(
        move |()| password_change(current.get_untracked(), new.get_untracked()),
        move |()| {
            open.set(false);
            current.set(String::new());
            new.set(String::new());
            toasts.success("Password changed");
            version.update(|n| *n += 1);
        },
    );
    let (state, verb) = if has_password { ("A password is set", "Change password") } else { ("No password yet", "Set a password") };
    view! {
        <Card flush=true>
            <SettingsRow title=state><Button on:click=move |_| open.set(true)>{verb}</Button></SettingsRow>
        </Card>
        <Dialog open=open title=verb>
            <form class="form" on:submit=move |event| { event.prevent_default(); change.dispatch(()); }>
                <FormScope fault=guarded_fault(change) pending=change.pending()>
                    <FormAlert />
                    {has_password.then(|| view! { <PasswordField name="current_password" label="Present password" autocomplete="current-password" bind=current autofocus=true /> })}
                    <PasswordField name="new_password" label="New password" autocomplete="new-password" bind=new hint="At least 10 characters; a few unrelated words work well." />
                    <div class="form-foot"><Submit>"Change password"</Submit></div>
                </FormScope>
            </form>
        </Dialog>
    }
    .into_any()
}

fn passkeys_card(passkeys: Vec<Passkey>, version: RwSignal<u32>) -> AnyView {
    let naming = RwSignal::new(false);
    let name = RwSignal::new("This device".to_owned());
    let failed = RwSignal::new(None::<String>);
    let (codes, showing) = (RwSignal::new(None::<RecoveryCodes>), RwSignal::new(false));
    let begin = guarded(
        |()| passkey_register_begin(),
        move |challenge: &String| {
            let challenge = challenge.clone();
            leptos::task::spawn_local(async move {
                let made = async {
                    let credential = passkey::create(&challenge).await?;
                    passkey_register_finish(PasskeyRegister { name: name.get_untracked(), credential }).await
                };
                match made.await {
                    // The very first factor comes with recovery codes: the list follows once they were seen.
                    Ok(added) if !added.recovery_codes.is_empty() => {
                        naming.set(false);
                        codes.set(Some(RecoveryCodes { codes: added.recovery_codes }));
                        showing.set(true);
                    }
                    Ok(_) => {
                        naming.set(false);
                        kit::session::refresh_session();
                        version.update(|n| *n += 1);
                    }
                    Err(AppError(fault)) => failed.set(Some(fault.message)),
                }
            });
        },
    );
    follow(begin);
    Effect::new(move |was: Option<bool>| {
        let now = showing.get();
        if was == Some(true) && !now {
            kit::session::refresh_session();
            version.update(|n| *n += 1);
        }
        now
    });
    let lines = passkeys
        .into_iter()
        .map(|key| {
            let remove = guarded(passkey_remove, move |()| version.update(|n| *n += 1));
            follow(remove);
            let used = match key.last_used_at {
                Some(at) => view! { <small>"Used " <Ago at=at /></small> }.into_any(),
                None => view! { <small>"Not used yet"</small> }.into_any(),
            };
            view! {
                <li class="set-row">
                    <div>{key.name} {used}</div>
                    <Button size=kit::Size::Sm on:click=move |_| { remove.dispatch(key.id); }>"Remove"</Button>
                </li>
            }
        })
        .collect_view();
    view! {
        <Card flush=true>
            <ul>{lines}</ul>
            <SettingsRow title="Add a passkey" text="Fingerprint, face, security key or phone.">
                <Button icon=Icon::Fingerprint on:click=move |_| { failed.set(None); naming.set(true); }>"Add passkey"</Button>
            </SettingsRow>
        </Card>
        <Dialog open=showing title="Your recovery codes">{move || codes.get().map(totp::codes_view)}</Dialog>
        <Dialog open=naming title="Add a passkey">
            <form class="form" on:submit=move |event| { event.prevent_default(); failed.set(None); begin.dispatch(()); }>
                <FormScope fault=guarded_fault(begin) pending=begin.pending()>
                    <FormAlert />
                    {move || failed.get().map(|words| view! { <p class="err" role="alert">{words}</p> })}
                    <TextField name="name" label="Name" bind=name required=true hint="So that you recognise it in this list." />
                    <div class="form-foot"><Submit icon=Icon::Fingerprint>"Continue"</Submit></div>
                </FormScope>
            </form>
        </Dialog>
    }
    .into_any()
}

fn sessions_card(sessions: Vec<SessionRow>, version: RwSignal<u32>) -> AnyView {
    let others = sessions.iter().filter(|s| !s.current).count();
    let all = guarded(|()| sessions_revoke_others(), move |_: &u64| version.update(|n| *n += 1));
    follow(all);
    let lines = sessions
        .into_iter()
        .map(|session| {
            let revoke = guarded(session_revoke, move |()| version.update(|n| *n += 1));
            follow(revoke);
            let id = session.id;
            let address = session.ip_address.unwrap_or_else(|| "unknown address".to_owned());
            view! {
                <li class="set-row" data-session=id.to_string()>
                    <div>{session.device} <small>{address} " · last seen " <Ago at=session.last_seen_at /></small></div>
                    {match session.current {
                        true => view! { <Badge text="This one" tone=Tone::Success /> }.into_any(),
                        false => view! { <Button size=kit::Size::Sm on:click=move |_| { revoke.dispatch(id); }>"Revoke"</Button> }.into_any(),
                    }}
                </li>
            }
        })
        .collect_view();
    view! {
        <Card flush=true>
            <ul class="sessions">{lines}</ul>
            {(others > 0).then(|| view! {
                <SettingsRow title="Everywhere else"><Button kind=ButtonKind::Danger on:click=move |_| { all.dispatch(()); }>"Sign out elsewhere"</Button></SettingsRow>
            })}
        </Card>
    }
    .into_any()
}

fn linked_card(linked: Vec<LinkedLogin>, version: RwSignal<u32>) -> AnyView {
    if linked.is_empty() {
        return view! { <p class="hint">"None. Sign in once with another provider to link it, where this installation offers one."</p> }
            .into_any();
    }
    let lines = linked
        .into_iter()
        .map(|login| {
            let unlink = guarded(login_unlink, move |()| version.update(|n| *n += 1));
            follow(unlink);
            view! {
                <li class="set-row">
                    <div>{login.name} <small>"Linked " <Ago at=login.created_at /></small></div>
                    <Button size=kit::Size::Sm on:click=move |_| { unlink.dispatch(login.id); }>"Unlink"</Button>
                </li>
            }
        })
        .collect_view();
    view! { <Card flush=true><ul>{lines}</ul></Card> }.into_any()
}
