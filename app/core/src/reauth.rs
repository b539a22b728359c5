//! "Confirm it is you": sensitive actions that were refused with `reauth_required` are repeated after a fresh proof.
use crate::auth::passkey;
#[cfg(feature = "ssr")]
use core_area::reauth::Reauth;
use core_area::reauth::ReauthOptions;
use kernel::Code;
use kit::{AppError, Button, ButtonKind, Client, Dialog, FormAlert, FormScope, PasswordField, Submit, TextField, fault_of};
use leptos::prelude::*;
use std::future::Future;

/// How this person can prove who they are.
#[server(client = Client, output = kit::Wire)]
pub async fn reauth_get() -> Result<ReauthOptions, AppError> {
    kit::call::as_person(async |tx| core_area::reauth::options(tx).await).await
}

/// Proves it by password or code.
#[server(client = Client, output = kit::Wire)]
pub async fn reauthenticate(password: String, code: String) -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::reauth::reauthenticate(tx, Reauth { password, code }).await).await
}

/// The challenge of a proof by passkey.
#[server(client = Client, output = kit::Wire)]
pub async fn reauth_challenge() -> Result<String, AppError> {
    kit::call::as_person(async |tx| {
        let cookie = crate::auth::visitor()?.cookie;
        core_area::passkeys::reauth_begin(tx, &cookie).await
    })
    .await
}

/// Proves it by passkey.
#[server(client = Client, output = kit::Wire)]
pub async fn reauth_passkey(credential: String) -> Result<(), AppError> {
    kit::call::as_person(async |tx| {
        let cookie = crate::auth::visitor()?.cookie;
        core_area::passkeys::reauth_finish(tx, &cookie, core_area::passkeys::PasskeyAnswer { credential, redirect_to: None }).await
    })
    .await
}

/// The one dialog of the page, and what is repeated when it succeeds.
#[derive(Clone, Copy)]
struct ReauthState {
    open: RwSignal<bool>,
    again: StoredValue<Option<Callback<()>>>,
}

/// Provides the dialog; the shell calls it once and shows [`dialog`].
pub fn provide_reauth() {
    provide_context(ReauthState { open: RwSignal::new(false), again: StoredValue::new(None) });
}

/// An action that asks for a proof when the server wants one, and then runs again with the same input.
/// `on_done` gets each success.
pub fn guarded<I, O, F, Fut>(run: F, on_done: impl Fn(&O) + Send + Sync + 'static) -> Action<I, Result<O, AppError>>
where
    I: Clone + Send + Sync + 'static,
    O: Clone + Send + Sync + 'static,
    F: Fn(I) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<O, AppError>> + Send + 'static,
{
    let last = StoredValue::new(None::<I>);
    let action = Action::new(move |input: &I| {
        last.set_value(Some(input.clone()));
        run(input.clone())
    });
    let state = use_context::<ReauthState>();
    kit::effect(move || match (action.value().get(), state) {
        (Some(Ok(output)), _) => on_done(&output),
        (Some(Err(AppError(fault))), Some(state)) if fault.code == Code::ReauthRequired => {
            state.again.set_value(Some(Callback::new(move |()| {
                if let Some(input) = last.get_value() {
                    action.dispatch(input);
                }
            })));
            state.open.set(true);
        }
        _ => {}
    });
    action
}

/// The fault of a guarded action, without the one that only asks for a proof.
pub fn guarded_fault<I, O>(action: Action<I, Result<O, AppError>>) -> Signal<Option<kernel::Fault>>
where
    I: Send + Sync + 'static,
    O: Send + Sync + 'static,
{
    let fault = fault_of(action);
    Signal::derive(move || fault.get().filter(|f| f.code != Code::ReauthRequired))
}

/// Where the dialog will be.
pub fn dialog() -> AnyView {
    use_context::<ReauthState>().map(|state| kit::part(move || state.open.get(), move || ReauthDialog(state))).into_any()
}

/// The dialog itself; an action asks for it.
pub struct ReauthDialog(ReauthState);

impl kit::Part for ReauthDialog {
    fn view(this: Self) -> AnyView {
        let state = this.0;
        view! {
            <Dialog open=state.open title="Confirm it is you">
                {move || form(state)}
            </Dialog>
        }
        .into_any()
    }
}

fn proved(state: ReauthState) {
    state.open.set(false);
    kit::session::refresh_session();
    if let Some(again) = state.again.get_value() {
        again.run(());
    }
}

fn form(state: ReauthState) -> AnyView {
    let options = kit::LocalData::new(reauth_get);
    let (password, code) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let check = Action::new(move |(): &()| reauthenticate(password.get_untracked(), code.get_untracked()));
    let key = Action::new_local(|(): &()| async move {
        let challenge = reauth_challenge().await?;
        reauth_passkey(passkey::get(&challenge).await?).await
    });
    kit::effect(move || {
        let done = matches!(check.value().get(), Some(Ok(()))) || matches!(key.value().get(), Some(Ok(())));
        if done {
            proved(state);
        }
    });
    // The fields come after the dialog, which found nothing to focus.
    let root = NodeRef::<leptos::html::Div>::new();
    let focus = move || {
        kit::dom::after_render(move || {
            if let Some(field) = root.get_untracked().and_then(|root| kit::dom::first(&root, "[autofocus]")) {
                kit::dom::focus(&field);
            }
        });
    };
    kit::effect(move || {
        if options.get().is_some() {
            focus();
        }
    });
    let fields = move |o: ReauthOptions| {
        let here = window().location().pathname().unwrap_or_default();
        // A code proves more than a password: who has an app is asked for one first.
        let by_code = RwSignal::new(o.totp);
        let field = move || {
            match by_code.get() {
            true => view! { <TextField name="code" label="Code from your app" autocomplete="one-time-code" inputmode="numeric" bind=code required=true autofocus=true /> }.into_any(),
            false => view! { <PasswordField name="password" label="Password" autocomplete="current-password" bind=password autofocus=true /> }.into_any(),
        }
        };
        let swap = (o.password && o.totp).then(|| {
            let words = move || if by_code.get() { "Use the password" } else { "Use a code" };
            let swap = move |_| {
                // What is proven with is what is filled in.
                password.set(String::new());
                code.set(String::new());
                by_code.update(|by| *by = !*by);
                focus();
            };
            view! { <Button kind=ButtonKind::Ghost on:click=swap>{words}</Button> }
        });
        view! {
            {(o.password || o.totp).then(|| view! {
                <form class="form" on:submit=move |event| { event.prevent_default(); check.dispatch(()); }>
                    <FormScope fault=fault_of(check) pending=check.pending()>
                        <FormAlert />
                        {field}
                        <div class="form-foot"><Submit>"Confirm"</Submit> {swap}</div>
                    </FormScope>
                </form>
            })}
            {o.passkey.then(|| view! {
                <Button kind=ButtonKind::Plain icon=kit::Icon::Fingerprint busy=key.pending() on:click=move |_| { key.dispatch(()); }>"Use a passkey"</Button>
            })}
            {o.providers.into_iter().map(|p| {
                let href = format!("/api/auth/oauth/{}?intent=reauth&redirect_to={here}", p.key);
                view! { <a class="btn" rel="external" href=href>"Continue with " {p.name}</a> }
            }).collect_view()}
        }
        .into_any()
    };
    view! {
        <div node_ref=root class="stack">
            <p class="hint">"This action changes something sensitive. You are asked once every ten minutes."</p>
            {move || match options.get() {
                None => view! { <kit::Skeleton lines=3 /> }.into_any(),
                Some(Ok(o)) => fields(o),
                Some(Err(AppError(fault))) => kit::fault_panel(fault),
            }}
        </div>
    }
    .into_any()
}
