//! `/login`: password, passkey, or another provider.
use super::{next_field, passkey::PasskeyButton};
use core_area::signin::LoginOptions;
use kit::{AppError, AuthPage, Client, FormAlert, FormScope, PasswordField, Submit, TextField, action_fault};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// How one may sign in here.
#[server(client = Client)]
pub async fn login_get() -> Result<LoginOptions, AppError> {
    kit::call::as_visitor(async |request| core_area::signin::options(request).await).await
}

/// Signs in by password; goes on to the second factor or to the page wanted.
#[server(client = Client)]
pub async fn sign_in(email: String, password: String, redirect_to: Option<String>) -> Result<(), AppError> {
    let kept = email.clone();
    super::go(&[("email", &kept)], async |visitor| {
        let redirect_to = redirect_to.filter(|to| !to.is_empty());
        Ok(core_area::signin::sign_in(visitor, core_area::signin::SignIn { email, password, redirect_to }).await?.goto)
    })
    .await
}

pub struct SignInPage {
    options: Resource<Result<LoginOptions, AppError>>,
    action: ServerAction<SignIn>,
}

impl kit::Page for SignInPage {
    fn data() -> Self {
        Self { options: Resource::new_blocking(|| (), |()| login_get()), action: ServerAction::new() }
    }

    fn view(this: Self) -> AnyView {
        let SignInPage { options, action } = this;
        let query = use_query_map();
        let reset = move || query.read().get("reset").is_some();
        let next = super::use_next();
        view! {
            <Title text="Sign in" />
            <AuthPage
                title="Sign in to Millrace"
                text=move || if reset() { "Your password was changed. Sign in with the new one." } else { "" }
                note=move || view! { <Suspense>{move || options.get().and_then(Result::ok).filter(|o| o.signup_open).map(|_| view! { "New here? " <a class="link" href="/signup">"Create an account"</a> })}</Suspense> }
            >
                <ActionForm action=action attr:class="stack">
                    <FormScope fault=action_fault(action) pending=action.pending()>
                        <FormAlert />
                        <TextField name="email" label="Email" kind="email" autocomplete="username webauthn" required=true autofocus=true />
                        <PasswordField name="password" label="Password" autocomplete="current-password" />
                        {next_field()}
                        <Submit>"Sign in"</Submit>
                    </FormScope>
                </ActionForm>
                <p class="auth-note"><a class="link" href="/forgot">"Forgot your password?"</a></p>
                <div class="auth-or">"or"</div>
                <PasskeyButton />
                <Suspense>{move || options.get().and_then(Result::ok).map(|o| providers(o, next.get()))}</Suspense>
            </AuthPage>
        }
        .into_any()
    }
}

fn providers(options: LoginOptions, next: String) -> AnyView {
    options
        .providers
        .into_iter()
        .map(|provider| {
            let mut href = format!("/api/auth/oauth/{}", provider.key);
            if !next.is_empty() {
                href.push_str("?redirect_to=");
                href.push_str(&leptos_router::location::Url::escape(&next));
            }
            // A plain link: the answer is a redirect to another site.
            view! { <a class="btn" rel="external" href=href>"Continue with " {provider.name}</a> }
        })
        .collect_view()
        .into_any()
}
