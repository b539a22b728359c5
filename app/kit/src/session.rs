//! The signed-in person, on every screen.
use crate::{AppError, Client};
use kernel::access::{CurrentOrg, Perm, Session};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The session of this browser in the organization of the page; `None` for visitors.
#[server(client = Client, output = crate::Wire)]
pub async fn session_get(slug: Option<String>) -> Result<Option<Session>, AppError> {
    crate::call::as_visitor(async |request| {
        let request = match &slug {
            Some(slug) => request.in_org(slug),
            None => request.clone(),
        };
        Ok(request.session().await?.map(|session| (*session).clone()))
    })
    .await
}

/// The session as the shell provides it.
#[derive(Clone, Copy)]
pub struct SessionContext {
    pub session: crate::Data<Option<Session>>,
    /// Bump it after something that changes the session (profile, role, sign-in).
    pub version: RwSignal<u32>,
}

/// Loads the session once and again whenever the organization of the address changes.
pub fn provide_session() -> SessionContext {
    let location = use_location();
    let slug = Memo::new(move |_| crate::client::slug_of(&location.pathname.get()).map(str::to_owned));
    let version = RwSignal::new(0);
    let session = crate::Data::blocking(move || (slug.get(), version.get()), |(slug, _)| session_get(slug));
    let context = SessionContext { session, version };
    provide_context(context);
    context
}

/// The session; read it inside `Suspense`, `Transition` or `Loaded`.
pub fn use_session() -> Signal<Option<Session>> {
    let context = expect_context::<SessionContext>();
    Signal::derive(move || context.session.get().and_then(Result::ok).flatten())
}

/// Loads the session anew, after something changed it.
pub fn refresh_session() {
    if let Some(context) = use_context::<SessionContext>() {
        context.version.update(|n| *n += 1);
    }
}

/// May the person do this here? For what a screen offers; the service decides.
pub fn use_may(perm: Perm) -> Signal<bool> {
    let session = use_session();
    Signal::derive(move || session.with(|s| s.as_ref().is_some_and(|s| s.may(perm))))
}

/// The organization of the page.
pub fn use_org() -> Signal<Option<CurrentOrg>> {
    let session = use_session();
    Signal::derive(move || session.with(|s| s.as_ref().and_then(|s| s.org.clone())))
}

/// The slug of the organization in the address; empty outside of one.
pub fn use_org_slug() -> Memo<String> {
    let location = use_location();
    Memo::new(move |_| crate::client::slug_of(&location.pathname.get()).unwrap_or_default().to_owned())
}

/// A path inside the organization of the page: `org_path("/factory")` is `/o/acme/factory`.
pub fn use_org_path() -> impl Fn(&str) -> String + Copy + Send + Sync + 'static {
    let slug = use_org_slug();
    move |rest: &str| format!("/o/{}{rest}", slug.get_untracked())
}
