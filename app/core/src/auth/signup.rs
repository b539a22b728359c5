//! `/signup`: a person and their organization, opened by a link in a mail.
use super::strength::NewPassword;
use kit::{AppError, AuthPage, Client, FormAlert, FormScope, Submit, TextField, action_fault};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Creates an unverified account. The answer is the same for an address that is known already.
#[server(client = Client, output = kit::Wire)]
pub async fn sign_up(email: String, password: String, name: String, organization_name: String) -> Result<(), AppError> {
    let kept = [email.clone(), name.clone(), organization_name.clone()];
    super::go(&[("email", &kept[0]), ("name", &kept[1]), ("organization_name", &kept[2])], async |visitor| {
        let to = format!("/signup?sent={}", leptos_router::location::Url::escape(&email));
        core_area::signup::sign_up(visitor, core_area::signup::SignUp { email, password, name, organization_name }).await?;
        Ok(to)
    })
    .await
}

/// Sends the verification mail again; the same answer always.
#[server(client = Client, output = kit::Wire)]
pub async fn resend_verification(email: String) -> Result<(), AppError> {
    super::go(&[], async |visitor| {
        let to = format!("/signup?sent={}&again=1", leptos_router::location::Url::escape(&email));
        core_area::signup::resend(&visitor.request, core_area::signup::Resend { email }).await?;
        Ok(to)
    })
    .await
}

pub struct SignUpPage {
    action: ServerAction<SignUp>,
    resend: ServerAction<ResendVerification>,
}

impl kit::Page for SignUpPage {
    fn data() -> Self {
        Self { action: ServerAction::new(), resend: ServerAction::new() }
    }

    fn view(this: Self) -> AnyView {
        let SignUpPage { action, resend } = this;
        let query = use_query_map();
        let sent = move || query.read().get("sent").filter(|email| !email.is_empty());
        view! {
            <Title text="Create an account" />
            {move || match sent() {
                Some(email) => check_mail(email, query.read().get("again").is_some(), resend),
                None => form(action),
            }}
        }
        .into_any()
    }
}

fn form(action: ServerAction<SignUp>) -> AnyView {
    view! {
        <AuthPage
            title="Create your account"
            text=|| "One place from the first idea to the first customer."
            note=|| view! { "Have an account? " <a class="link" href="/login">"Sign in"</a> }
        >
            <ActionForm action=action attr:class="stack">
                <FormScope fault=action_fault(action) pending=action.pending()>
                    <FormAlert />
                    <TextField name="name" label="Your name" autocomplete="name" required=true autofocus=true />
                    <TextField name="email" label="Work email" kind="email" autocomplete="username" required=true />
                    <TextField name="organization_name" label="Organization" autocomplete="organization" required=true hint="Your team or company. You can change it later." />
                    <NewPassword name="password" label="Password" />
                    <Submit>"Create account"</Submit>
                </FormScope>
            </ActionForm>
        </AuthPage>
    }
    .into_any()
}

fn check_mail(email: String, again: bool, resend: ServerAction<ResendVerification>) -> AnyView {
    let shown = email.clone();
    view! {
        <AuthPage
            title="Check your mail"
            text=move || view! { "We sent a link to " <strong>{shown.clone()}</strong> ". It opens your organization." }
            note=|| view! { <a class="link" href="/login">"Back to sign-in"</a> }
        >
            {again.then(|| view! { <p class="auth-note" role="status">"Sent once more."</p> })}
            <ActionForm action=resend>
                <FormScope fault=action_fault(resend) pending=resend.pending()>
                    <FormAlert />
                    <input type="hidden" name="email" value=email />
                    <Submit kind=kit::ButtonKind::Plain>"Send it again"</Submit>
                </FormScope>
            </ActionForm>
        </AuthPage>
    }
    .into_any()
}
