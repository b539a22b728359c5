//! `/forgot` and `/reset/:token`: a lost password.
use super::strength::NewPassword;
use core_area::signup::LinkInfo;
use kit::{AppError, AuthPage, Client, FormAlert, FormScope, Submit, TextField, action_fault};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Mails a link when the address is known; the answer is the same when it is not.
#[server(client = Client, output = kit::Wire)]
pub async fn forgot_password(email: String) -> Result<(), AppError> {
    let kept = email.clone();
    super::go(&[("email", &kept)], async |visitor| {
        core_area::reset::forgot(&visitor.request, core_area::reset::ForgotPassword { email }).await?;
        Ok("/forgot?sent=1".to_owned())
    })
    .await
}

/// Whose password a link resets; 410 when the link is used up.
#[server(client = Client, output = kit::Wire)]
pub async fn reset_link(token: String) -> Result<LinkInfo, AppError> {
    kit::call::as_visitor(async |request| core_area::reset::link(request, &token).await).await
}

/// Sets the new password; every session of the person ends.
#[server(client = Client, output = kit::Wire)]
pub async fn reset_password(token: String, new_password: String) -> Result<(), AppError> {
    super::go(&[], async |visitor| core_area::reset::reset(visitor, core_area::reset::ResetPassword { token, new_password }).await).await
}

pub struct ForgotPage {
    action: ServerAction<ForgotPassword>,
}

impl kit::Page for ForgotPage {
    fn data() -> Self {
        Self { action: ServerAction::new() }
    }

    fn view(this: Self) -> AnyView {
        let ForgotPage { action } = this;
        let query = use_query_map();
        let sent = move || query.read().get("sent").is_some();
        let form = move || {
            match sent() {
            true => view! { <p role="status">"If there is an account with this address, a link is on its way. It works once, for 60 minutes."</p> }.into_any(),
            false => view! {
                <ActionForm action=action attr:class="stack">
                    <FormScope fault=action_fault(action) pending=action.pending()>
                        <FormAlert />
                        <TextField name="email" label="Email" kind="email" autocomplete="username" required=true autofocus=true />
                        <Submit>"Send the link"</Submit>
                    </FormScope>
                </ActionForm>
            }
            .into_any(),
        }
        };
        view! {
            <Title text="Forgot your password" />
            <AuthPage
                title="Reset your password"
                text=|| "We mail you a link to choose a new one."
                note=|| view! { <a class="link" href="/login">"Back to sign-in"</a> }
            >
                {form}
            </AuthPage>
        }
        .into_any()
    }
}

pub struct ResetPage {
    token: Memo<String>,
    link: kit::Data<LinkInfo>,
    action: ServerAction<ResetPassword>,
}

impl kit::Page for ResetPage {
    fn data() -> Self {
        let token = kit::use_text_param("token");
        Self { token, link: kit::Data::blocking(move || token.get(), reset_link), action: ServerAction::new() }
    }

    fn view(this: Self) -> AnyView {
        let ResetPage { token, link, action } = this;
        let dead = move |_| view! { <a class="btn btn-primary" href="/forgot">"Send a new one"</a> }.into_any();
        view! {
            <Title text="Choose a new password" />
            {super::verify::link_or_dead(link, dead, move |info: LinkInfo| {
                let email = info.email;
                view! {
                    <AuthPage title="Choose a new password" text=move || format!("For {email}. You will be signed out everywhere.")>
                        <ActionForm action=action attr:class="stack">
                            <FormScope fault=action_fault(action) pending=action.pending()>
                                <FormAlert />
                                <input type="hidden" name="token" value=token.get_untracked() />
                                <NewPassword name="new_password" label="New password" />
                                <Submit>"Change password"</Submit>
                            </FormScope>
                        </ActionForm>
                    </AuthPage>
                }
                .into_any()
            })}
        }
        .into_any()
    }
}
