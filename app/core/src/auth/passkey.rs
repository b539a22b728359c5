//! Passkeys in the browser: the ceremony between the server's challenge and the person's authenticator.
use core_area::passkeys::PasskeyAnswer;
use kernel::{Code, Fault};
use kit::{AppError, Button, Client, Icon};
use leptos::{prelude::*, task::spawn_local};

/// The challenge of a sign-in by passkey alone.
#[server(client = Client, output = kit::Wire)]
pub async fn passkey_challenge() -> Result<String, AppError> {
    kit::call::as_visitor(async |_| core_area::passkeys::signin_begin(&super::visitor()?).await).await
}

/// Signs in by passkey; answers where to go.
#[server(client = Client, output = kit::Wire)]
pub async fn passkey_sign_in(answer: PasskeyAnswer) -> Result<String, AppError> {
    kit::call::as_visitor(async |_| Ok(core_area::passkeys::signin_finish(&super::visitor()?, answer).await?.goto)).await
}

/// The challenge of a passkey as second factor.
#[server(client = Client, output = kit::Wire)]
pub async fn passkey_mfa_challenge() -> Result<String, AppError> {
    kit::call::as_visitor(async |_| core_area::passkeys::mfa_begin(&super::visitor()?).await).await
}

/// Finishes a sign-in by passkey; answers where to go.
#[server(client = Client, output = kit::Wire)]
pub async fn passkey_mfa(answer: PasskeyAnswer) -> Result<String, AppError> {
    kit::call::as_visitor(async |_| Ok(core_area::passkeys::mfa_finish(&super::visitor()?, answer).await?.goto)).await
}

/// "Use a passkey" on the sign-in page.
#[component]
pub fn PasskeyButton() -> impl IntoView {
    ceremony("Use a passkey", Step::Alone)
}

/// The same as a second factor.
pub fn second_factor() -> AnyView {
    ceremony("Use your passkey", Step::Second)
}

#[derive(Clone, Copy)]
enum Step {
    Alone,
    Second,
}

fn ceremony(label: &'static str, step: Step) -> AnyView {
    let next = super::use_next();
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<String>);
    let start = move |_| {
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            match run(step, next.get_untracked()).await {
                // A full load: nothing of the visitor's page stays.
                Ok(to) => drop(window().location().set_href(&to)),
                Err(AppError(fault)) => failed.set(Some(fault.message)),
            }
            busy.set(false);
        });
    };
    view! {
        <Button icon=Icon::Fingerprint busy=busy on:click=start>{label}</Button>
        {move || failed.get().map(|words| view! { <p class="err" role="alert">{words}</p> })}
    }
    .into_any()
}

async fn run(step: Step, next: String) -> Result<String, AppError> {
    let challenge = match step {
        Step::Alone => passkey_challenge().await?,
        Step::Second => passkey_mfa_challenge().await?,
    };
    let credential = get(&challenge).await?;
    let answer = PasskeyAnswer { credential, redirect_to: (!next.is_empty()).then_some(next) };
    match step {
        Step::Alone => passkey_sign_in(answer).await,
        Step::Second => passkey_mfa(answer).await,
    }
}

/// Asks the authenticator to answer a challenge (`navigator.credentials.get`); JSON in, JSON out.
pub(crate) async fn get(challenge: &str) -> Result<String, AppError> {
    credentials("get", "parseRequestOptionsFromJSON", challenge).await
}

/// Asks the authenticator for a new passkey (`navigator.credentials.create`); JSON in, JSON out.
pub(crate) async fn create(challenge: &str) -> Result<String, AppError> {
    credentials("create", "parseCreationOptionsFromJSON", challenge).await
}

async fn credentials(method: &str, parse: &str, challenge: &str) -> Result<String, AppError> {
    browser::credentials(method, parse, challenge).await.map_err(|name| {
        let words = match name.as_str() {
            "NotAllowedError" => "The passkey was not used. Try again when you are ready.",
            "InvalidStateError" => "This authenticator holds a passkey for your account already.",
            _ => "This browser could not use a passkey here.",
        };
        AppError(Fault::new(Code::BadRequest, words))
    })
}

mod browser {
    use js_sys::{Function, JSON, Object, Promise, Reflect};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;

    /// The name of the browser's error when it fails.
    pub async fn credentials(method: &str, parse: &str, challenge: &str) -> Result<String, String> {
        ceremony(method, parse, challenge)
            .await
            .map_err(|error| Reflect::get(&error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default())
    }

    async fn ceremony(method: &str, parse: &str, challenge: &str) -> Result<String, JsValue> {
        let challenge = JSON::parse(challenge)?;
        let class = Reflect::get(&js_sys::global(), &"PublicKeyCredential".into())?;
        let options = call(&class, parse, &Reflect::get(&challenge, &"publicKey".into())?)?;
        let request = Object::new();
        Reflect::set(&request, &"publicKey".into(), &options)?;
        let container = Reflect::get(&leptos::prelude::window().navigator(), &"credentials".into())?;
        let credential = JsFuture::from(call(&container, method, &request)?.dyn_into::<Promise>()?).await?;
        let json = Reflect::get(&credential, &"toJSON".into())?.dyn_into::<Function>()?.call0(&credential)?;
        Ok(String::from(JSON::stringify(&json)?))
    }

    fn call(object: &JsValue, method: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
        Reflect::get(object, &method.into())?.dyn_into::<Function>()?.call1(object, argument)
    }
}
