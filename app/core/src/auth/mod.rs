//! The ways in. Every form works without script: the server function answers with a redirect, and a refusal
//! comes back in the address with what was typed.

pub mod invite;
pub mod mfa;
pub(crate) mod passkey;
pub mod reset;
pub mod setup;
pub mod signin;
pub mod signup;
pub(crate) mod sso;
mod strength;
pub mod verify;

use kit::{AppError, Client};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Who asks, with the session cookie: what the sign-in services work on.
#[cfg(feature = "ssr")]
pub(crate) fn visitor() -> Result<core_area::session_store::Visitor, kernel::Fault> {
    let request = kit::call::request()?;
    let cookie = use_context::<http::request::Parts>()
        .and_then(|parts| parts.extensions.get::<tower_sessions::Session>().cloned())
        .ok_or_else(kernel::Fault::internal)?;
    Ok(core_area::session_store::Visitor::new(request, cookie))
}

/// Runs a visitor's work and goes where it says; a refusal keeps what was typed.
#[cfg(feature = "ssr")]
pub(crate) async fn go(
    kept: &[(&str, &str)],
    work: impl AsyncFnOnce(&core_area::session_store::Visitor) -> Result<String, kernel::Fault>,
) -> Result<(), AppError> {
    kit::call::as_visitor(async |_| {
        let visitor = visitor()?;
        let to = work(&visitor).await.map_err(|fault| fault.keeping(kept.iter().copied()))?;
        leptos_axum::redirect(&to);
        Ok(())
    })
    .await
}

/// Ends this browser's session.
#[server(client = Client, output = kit::Wire)]
pub async fn sign_out() -> Result<(), AppError> {
    go(&[], async |visitor| {
        core_area::signin::sign_out(visitor).await?;
        Ok("/login".to_owned())
    })
    .await
}

/// What the menu's "Sign out" calls. Everything of the session leaves the page with a full load. Not an `Action`: the
/// menu it stands in is made anew when the session changes.
pub fn use_sign_out() -> impl Fn() + Copy + Send + Sync + 'static {
    let toasts = kit::use_toasts();
    move || {
        leptos::task::spawn_local(async move {
            match sign_out().await {
                Ok(()) => drop(window().location().set_href("/login")),
                Err(AppError(fault)) => toasts.fault(&fault),
            }
        });
    }
}

/// Where to go after signing in, from the address; the server checks it again.
pub(crate) fn use_next() -> Memo<String> {
    let query = use_query_map();
    Memo::new(move |_| query.read().get("next").or_else(|| query.read().get("redirect_to")).unwrap_or_default())
}

/// A hidden field that carries where to go next.
pub(crate) fn next_field() -> AnyView {
    let next = use_next();
    view! { <input type="hidden" name="redirect_to" value=move || next.get() /> }.into_any()
}
