//! `/login`: password, passkey, or another provider.
use super::{
    next_field,
    passkey::PasskeyButton,
    sso::{Sso, href},
};
use core_area::signin::LoginOptions;
use kit::{AppError, AuthPage, Client, FormAlert, FormScope, PasswordField, Submit, TextField, action_fault};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// How one may sign in here.
#[server(client = Client, output = kit::Wire)]
pub async fn login_get() -> Result<LoginOptions, AppError> {
    kit::call::as_visitor(async |request| core_area::signin::options(request).await).await
}

/// Signs in by password; goes on to the second factor or to the page wanted.
#[server(client = Client, output = kit::Wire)]
pub async fn sign_in(email: String, password: String, redirect_to: Option<String>) -> Result<(), AppError> {
    let kept = email.clone();
    super::go(&[("email", &kept)], async |visitor| {
        let redirect_to = redirect_to.filter(|to| !to.is_empty());
        Ok(core_area::signin::sign_in(visitor, core_area::signin::SignIn { email, password, redirect_to }).await?.goto)
    })
    .await
}

pub struct SignInPage {
    options: kit::Data<LoginOptions>,
    action: ServerAction<SignIn>,
}

impl kit::Page for SignInPage {
    fn data() -> Self {
        Self { options: kit::Data::blocking(|| (), |()| login_get()), action: ServerAction::new() }
    }

    fn view(this: Self) -> AnyView {
        let SignInPage { options, action } = this;
        let query = use_query_map();
        let reset = move || query.read().get("reset").is_some();
        let next = super::use_next();
        let fault = action_fault(action);
        let sso = Sso::new(fault);
        // Enter in the address goes where the only button goes.
        let go = move |event: leptos::ev::KeyboardEvent| {
            let to = sso.offered.get_untracked().filter(|_| event.key() == "Enter" && untrack(|| sso.instead()));
            if let Some(service) = to {
                event.prevent_default();
                let _ = window().location().set_href(&href(&service.key, &next.get_untracked(), &sso.email.get_untracked()));
            }
        };
        view! {
            <Title text="Sign in" />
            <AuthPage
                title="Sign in to Millrace"
                text=move || if reset() { "Your password was changed. Sign in with the new one." } else { "" }
                note=move || view! { <Suspense>{move || options.get().and_then(Result::ok).filter(|o| o.signup_open).map(|_| view! { "New here? " <a class="link" href="/signup">"Create an account"</a> })}</Suspense> }
            >
                <ActionForm action=action attr:class="stack">
                    <FormScope fault=sso.shown(fault) pending=action.pending()>
                        <FormAlert />
                        <div on:keydown=go>
                            <TextField name="email" label="Email" kind="email" autocomplete="username webauthn" required=true autofocus=true bind=sso.email />
                        </div>
                        <div class="contents" aria-live="polite">{sso.button(next)}</div>
                        <div class="stack" hidden=move || sso.instead()>
                            <PasswordField name="password" label="Password" autocomplete="current-password" />
                            {next_field()}
                            <Submit>"Sign in"</Submit>
                            // With script the typed address finds the service by itself.
                            <noscript><button class="btn" formnovalidate>"Sign in with my organization"</button></noscript>
                        </div>
                    </FormScope>
                </ActionForm>
                {sso.password_link(next)}
                <p class="auth-note" hidden=move || sso.instead()><a class="link" href="/forgot">"Forgot your password?"</a></p>
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
            // A plain link: the answer is a redirect to another site.
            view! { <a class="btn" rel="external" href=href(&provider.key, &next, "")>"Continue with " {provider.name}</a> }
        })
        .collect_view()
        .into_any()
}
