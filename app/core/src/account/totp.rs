//! The authenticator app: setting it up, its recovery codes, switching it off.
use crate::{
    parts::tell,
    reauth::{guarded, guarded_fault},
};
#[cfg(feature = "ssr")]
use core_area::mfa::TotpConfirm;
use core_area::mfa::{MfaStatus, RecoveryCodes, TotpSetup};
use kit::{
    Ago, Alert, AppError, Badge, Button, Card, Client, CodeBlock, CopyField, Dialog, FormAlert, FormScope, SettingsRow, Submit, TextField,
    Tone, open_while,
};
use leptos::prelude::*;

/// Begins: a secret and its picture.
#[server(client = Client, output = kit::Wire)]
pub async fn totp_begin() -> Result<TotpSetup, AppError> {
    kit::call::as_person(async |tx| core_area::mfa::totp_begin(tx).await).await
}

/// Confirms by a first code; answers the recovery codes, once.
#[server(client = Client, output = kit::Wire)]
pub async fn totp_finish(code: String) -> Result<RecoveryCodes, AppError> {
    kit::call::as_person(async |tx| {
        let cookie = crate::auth::visitor()?.cookie;
        core_area::mfa::totp_confirm(tx, &cookie, TotpConfirm { code }).await
    })
    .await
}

/// Switches the second factor off.
#[server(client = Client, output = kit::Wire)]
pub async fn totp_disable() -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::mfa::totp_disable(tx).await).await
}

/// New recovery codes; the old ones stop working.
#[server(client = Client, output = kit::Wire)]
pub async fn recovery_codes_renew() -> Result<RecoveryCodes, AppError> {
    kit::call::as_person(async |tx| core_area::mfa::regenerate_recovery_codes(tx).await).await
}

/// What stands outside of the card: the dialogs and the calls under way.
#[derive(Clone, Copy)]
pub(super) struct TotpDesk {
    setup: RwSignal<Option<TotpSetup>>,
    codes: RwSignal<Option<RecoveryCodes>>,
    begin: Action<(), Result<TotpSetup, AppError>>,
    renew: Action<(), Result<RecoveryCodes, AppError>>,
    disable: Action<(), Result<(), AppError>>,
    version: RwSignal<u32>,
}

impl TotpDesk {
    pub fn new(version: RwSignal<u32>) -> Self {
        let (setup, codes) = (RwSignal::new(None), RwSignal::new(None));
        let begin = guarded(|()| totp_begin(), move |made: &TotpSetup| setup.set(Some(made.clone())));
        let renew = guarded(
            |()| recovery_codes_renew(),
            move |made: &RecoveryCodes| {
                codes.set(Some(made.clone()));
                version.update(|n| *n += 1);
            },
        );
        let disable = guarded(
            |()| totp_disable(),
            move |()| {
                kit::session::refresh_session();
                version.update(|n| *n += 1);
            },
        );
        tell(begin);
        tell(renew);
        tell(disable);
        Self { setup, codes, begin, renew, disable, version }
    }

    pub fn card(self, status: MfaStatus) -> AnyView {
        let Self { begin, renew, disable, .. } = self;
        let required = (!status.required_by.is_empty() && !status.totp && status.passkeys == 0).then(|| {
            let by = status.required_by.join(", ");
            view! { <Alert tone=Tone::Warning title="A second factor is required">{by} " asks its members for one. Set it up to go on."</Alert> }
        });
        let card = match status.totp {
            false => view! {
                <SettingsRow title="Authenticator app" text="Six digits from an app on your phone.">
                    <Button on:click=move |_| { begin.dispatch(()); } busy=begin.pending()>"Set up"</Button>
                </SettingsRow>
            }
            .into_any(),
            true => view! {
                <SettingsRow title="Authenticator app">
                    {status.totp_since.map(|at| view! { <small>"Since " <Ago at=at /></small> })}
                    <Badge text="On" tone=Tone::Success />
                    <Button size=kit::Size::Sm on:click=move |_| { disable.dispatch(()); }>"Switch off"</Button>
                </SettingsRow>
                <SettingsRow title="Recovery codes" text="Each signs you in once when the app is not at hand.">
                    <span>{format!("{} left", status.recovery_codes_left)}</span>
                    <Button size=kit::Size::Sm on:click=move |_| { renew.dispatch(()); }>"Make new ones"</Button>
                </SettingsRow>
            }
            .into_any(),
        };
        view! { {required} <Card flush=true>{card}</Card> }.into_any()
    }

    pub fn dialogs(self) -> AnyView {
        let Self { setup, codes, version, .. } = self;
        let confirmed = move |made: &RecoveryCodes| {
            setup.set(None);
            codes.set(Some(made.clone()));
            kit::session::refresh_session();
            version.update(|n| *n += 1);
        };
        view! {
            <Dialog open=open_while(setup) title="Set up an authenticator app">{move || setup.get().map(|made| confirm_form(made, confirmed))}</Dialog>
            <Dialog open=open_while(codes) title="Your recovery codes">{move || codes.get().map(codes_view)}</Dialog>
        }
        .into_any()
    }
}

fn confirm_form(setup: TotpSetup, show: impl Fn(&RecoveryCodes) + Copy + Send + Sync + 'static) -> AnyView {
    let code = RwSignal::new(String::new());
    let confirm = guarded(move |()| totp_finish(code.get_untracked()), show);
    view! {
        <form class="form" on:submit=move |event| { event.prevent_default(); confirm.dispatch(()); }>
            <FormScope fault=guarded_fault(confirm) pending=confirm.pending()>
                <p>"Scan this with your app, or type the key."</p>
                <div class="qr" role="img" aria-label="QR code of the key" inner_html=setup.qr_svg></div>
                <CopyField label="Key" value=setup.secret />
                <FormAlert />
                <TextField name="code" label="Code from the app" autocomplete="one-time-code" inputmode="numeric" bind=code required=true />
                <div class="form-foot"><Submit>"Confirm"</Submit></div>
            </FormScope>
        </form>
    }
    .into_any()
}

/// The codes, shown once.
pub(super) fn codes_view(codes: RecoveryCodes) -> AnyView {
    view! {
        <p>"Keep these somewhere safe. They are shown only now."</p>
        <CodeBlock code=codes.codes.join("\n") name="Recovery codes" />
    }
    .into_any()
}
