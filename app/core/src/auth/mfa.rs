//! `/login/mfa`: the second factor of a sign-in that has begun.
use super::{next_field, passkey};
use core_area::signin::{HalfOpen, MfaMethod};
use kit::{AppError, AuthPage, Client, FormAlert, FormScope, Loaded, Submit, TextField, action_fault};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Redirect;

/// The sign-in that waits for its second factor.
#[server(client = Client, output = kit::Wire)]
pub async fn mfa_state() -> Result<Option<HalfOpen>, AppError> {
    kit::call::as_visitor(async |_| core_area::signin::half_open(&super::visitor()?).await).await
}

/// Six digits of the authenticator, or a recovery code.
#[server(client = Client, output = kit::Wire)]
pub async fn sign_in_mfa(code: String, redirect_to: Option<String>) -> Result<(), AppError> {
    super::go(&[], async |visitor| {
        let redirect_to = redirect_to.filter(|to| !to.is_empty());
        Ok(core_area::signin::mfa(visitor, core_area::signin::MfaCode { code, redirect_to }).await?.goto)
    })
    .await
}

pub struct MfaPage {
    state: kit::Data<Option<HalfOpen>>,
    action: ServerAction<SignInMfa>,
}

impl kit::Page for MfaPage {
    fn data() -> Self {
        Self { state: kit::Data::blocking(|| (), |()| mfa_state()), action: ServerAction::new() }
    }

    fn view(this: Self) -> AnyView {
        let MfaPage { state, action } = this;
        view! {
            <Title text="Second factor" />
            <Loaded from=state show=move |half| match half {
                Some(half) => form(half, action),
                None => view! { <Redirect path="/login" /> }.into_any(),
            } />
        }
        .into_any()
    }
}

fn form(half: HalfOpen, action: ServerAction<SignInMfa>) -> AnyView {
    let by_code = half.methods.iter().any(|m| matches!(m, MfaMethod::Totp | MfaMethod::RecoveryCode));
    let by_passkey = half.methods.contains(&MfaMethod::Passkey);
    let email = half.email;
    view! {
        <AuthPage
            title="Second factor"
            text=move || format!("Signing in as {email}.")
            note=|| view! { <a class="link" href="/login">"Start over"</a> }
        >
            {by_code.then(|| view! {
                <ActionForm action=action attr:class="stack">
                    <FormScope fault=action_fault(action) pending=action.pending()>
                        <FormAlert />
                        <TextField
                            name="code" label="Code" required=true autofocus=true autocomplete="one-time-code"
                            hint="Six digits from your authenticator app, or one of your recovery codes."
                        />
                        {next_field()}
                        <Submit>"Continue"</Submit>
                    </FormScope>
                </ActionForm>
            })}
            {(by_code && by_passkey).then(|| view! { <div class="auth-or">"or"</div> })}
            {by_passkey.then(passkey::second_factor)}
        </AuthPage>
    }
    .into_any()
}
