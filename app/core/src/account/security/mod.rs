//! `/account/security`: password, second factor, passkeys, sessions, linked logins, personal tokens.
mod passkeys;
mod password;
mod sessions;

use super::totp::TotpDesk;
#[cfg(feature = "ssr")]
use core_area::account::ChangePassword;
use core_area::{
    mfa::MfaStatus,
    oauth::LinkedLogin,
    passkeys::{Passkey, PasskeyAdded, PasskeyRegister},
    sessions::SessionRow,
};
use kit::{AppError, Client, Loaded, SettingsPage, SettingsSection, Skeleton, use_live};
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
#[server(client = Client, output = kit::Wire)]
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
#[server(client = Client, output = kit::Wire)]
pub async fn password_change(current_password: String, new_password: String) -> Result<(), AppError> {
    kit::call::as_person(async |tx| {
        let cookie = crate::auth::visitor()?.cookie;
        core_area::account::change_password(tx, &cookie, ChangePassword { current_password, new_password }).await
    })
    .await
}

/// Ends one session.
#[server(client = Client, output = kit::Wire)]
pub async fn session_revoke(id: Uuid) -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::sessions::revoke(tx, id).await).await
}

/// Ends all sessions but this one.
#[server(client = Client, output = kit::Wire)]
pub async fn sessions_revoke_others() -> Result<u64, AppError> {
    kit::call::as_person(async |tx| core_area::sessions::revoke_others(tx).await).await
}

/// Begins the registration of a passkey: the challenge.
#[server(client = Client, output = kit::Wire)]
pub async fn passkey_register_begin() -> Result<String, AppError> {
    kit::call::as_person(async |tx| {
        let cookie = crate::auth::visitor()?.cookie;
        core_area::passkeys::register_begin(tx, &cookie).await
    })
    .await
}

/// Keeps the new passkey.
#[server(client = Client, output = kit::Wire)]
pub async fn passkey_register_finish(input: PasskeyRegister) -> Result<PasskeyAdded, AppError> {
    kit::call::as_person(async |tx| {
        let cookie = crate::auth::visitor()?.cookie;
        core_area::passkeys::register_finish(tx, &cookie, input).await
    })
    .await
}

/// Removes a passkey.
#[server(client = Client, output = kit::Wire)]
pub async fn passkey_remove(id: Uuid) -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::passkeys::remove(tx, id).await).await
}

/// Unlinks a login of another provider.
#[server(client = Client, output = kit::Wire)]
pub async fn login_unlink(id: Uuid) -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::oauth::unlink(tx, id).await).await
}

pub struct SecurityPage {
    view: kit::Data<SecurityView>,
    version: RwSignal<u32>,
}

impl kit::Page for SecurityPage {
    fn data() -> Self {
        let (version, live) = (RwSignal::new(0), use_live("core.sessions"));
        Self { view: kit::Data::blocking(move || (version.get(), live.get()), |_| security_get()), version }
    }

    fn view(this: Self) -> AnyView {
        let SecurityPage { view, version } = this;
        // Made once: the page is drawn anew whenever a session changes, also under an open dialog or a call under way.
        let desk = Desk {
            password: password::PasswordDesk::new(version),
            totp: TotpDesk::new(version),
            passkeys: passkeys::PasskeyDesk::new(version),
            sessions: sessions::SessionDesk::new(version),
        };
        view! {
            <Title text="Security" />
            <SettingsPage title="Account">
                {super::tabs()}
                <Loaded from=view skeleton=|| view! { <Skeleton lines=10 /> } show=move |v| page(v, desk) />
                {desk.password.dialog()}
                {desk.totp.dialogs()}
                {desk.passkeys.dialogs()}
            </SettingsPage>
        }
        .into_any()
    }
}

#[derive(Clone, Copy)]
struct Desk {
    password: password::PasswordDesk,
    totp: TotpDesk,
    passkeys: passkeys::PasskeyDesk,
    sessions: sessions::SessionDesk,
}

fn page(view: SecurityView, desk: Desk) -> AnyView {
    let SecurityView { has_password, mfa, passkeys, sessions, linked } = view;
    view! {
        <SettingsSection title="Password" text="Changing it ends your other sessions.">{desk.password.card(has_password)}</SettingsSection>
        <SettingsSection title="Two-step sign-in" text="A second proof beside the password.">{desk.totp.card(mfa)}</SettingsSection>
        <SettingsSection title="Passkeys" text="Sign in with your device instead of a password.">{desk.passkeys.card(passkeys)}</SettingsSection>
        <SettingsSection title="Sessions" text="Where you are signed in.">{desk.sessions.card(sessions)}</SettingsSection>
        <SettingsSection title="Linked logins" text="Other accounts that sign you in here.">{desk.sessions.linked_card(linked)}</SettingsSection>
    }
    .into_any()
}
