//! A resource on screen: skeleton while it loads, the value, or what went wrong and what to do.
use crate::{AppError, Data, Load};
use kernel::{Code, Fault};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_params_map},
};
use std::pin::Pin;
use uuid::Uuid;

/// The `:id` of the route; the nil id (found nowhere) when it is not one.
pub fn use_id() -> Memo<Uuid> {
    use_uuid_param("id")
}

/// A UUID parameter of the route.
pub fn use_uuid_param(name: &'static str) -> Memo<Uuid> {
    let params = use_params_map();
    Memo::new(move |_| params.read().get(name).and_then(|id| id.parse().ok()).unwrap_or_default())
}

/// A text parameter of the route.
pub fn use_text_param(name: &'static str) -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.read().get(name).unwrap_or_default())
}

/// Shows what was loaded. `skeleton` has the shape of what comes; it appears only when loading takes a while.
#[component]
pub fn Loaded<T: Load>(
    from: Data<T>,
    show: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static,
    #[prop(optional, into)] skeleton: ViewFnOnce,
) -> impl IntoView {
    let show = move |loaded| match loaded {
        Ok(value) => show(value),
        Err(AppError(fault)) => fault_view(fault),
    };
    loaded_or_not(from, show, skeleton)
}

/// Shows what was loaded, or what `show` makes of its fault.
pub fn loaded_or_not<T: Load>(
    from: Data<T>,
    show: impl Fn(Result<T, AppError>) -> AnyView + Clone + Send + Sync + 'static,
    skeleton: ViewFnOnce,
) -> AnyView {
    let coming = move || -> ComingView {
        let (show, coming) = (show.clone(), from.coming());
        Box::pin(async move { show(coming.await) })
    };
    loaded(Box::new(coming), skeleton)
}

/// Shows what was loaded and stays while it changes: `take` puts each answer where the page keeps it and says which kind
/// of view it asks for; only another kind is drawn anew. For what must outlive an answer, such as a board whose card is in
/// somebody's hand.
pub fn loaded_into<T: Load, K: Clone + PartialEq + Send + Sync + 'static>(
    from: Data<T>,
    take: impl Fn(T) -> K + Clone + Send + Sync + 'static,
    show: impl Fn(K) -> AnyView + Clone + Send + Sync + 'static,
    skeleton: ViewFnOnce,
) -> AnyView {
    // Made inside of the transition, which waits for what is read there.
    let body = move || {
        let take = take.clone();
        let kind = Memo::new(move |_| {
            let answer = from.try_get()?;
            Some(answer.map(&take).map_err(|AppError(fault)| fault))
        });
        let show = show.clone();
        let shown = move || match kind.get()? {
            Ok(kind) => Some(show(kind)),
            Err(fault) => Some(fault_view(fault)),
        };
        view! { {shown} }.into_any()
    };
    view! { <Transition fallback=move || skeleton.run()>{body()}</Transition> }.into_any()
}

type ComingView = Pin<Box<dyn Future<Output = AnyView> + Send>>;

// Not generic: made once.
fn loaded(coming: Box<dyn Fn() -> ComingView + Send + Sync>, skeleton: ViewFnOnce) -> AnyView {
    let body = move || Suspend::new(coming());
    view! { <Transition fallback=move || skeleton.run()>{body}</Transition> }.into_any()
}

/// What a page says when it cannot be shown: sign in, forbidden, not found, or an error with its request id.
pub fn fault_view(fault: Fault) -> AnyView {
    match fault.code {
        Code::Unauthenticated => view! { <ToSignIn /> }.into_any(),
        _ => crate::fault_panel(fault),
    }
}

/// Sends a visitor to the sign-in page and back afterwards.
#[component]
pub fn ToSignIn() -> impl IntoView {
    let location = use_location();
    let here = format!(
        "{}{}",
        location.pathname.get_untracked(),
        location.search.with_untracked(|s| if s.is_empty() { String::new() } else { format!("?{s}") })
    );
    let target = format!("/login?next={}", leptos_router::location::Url::escape(&here));
    #[cfg(feature = "ssr")]
    leptos_axum::redirect(&target);
    let navigate = use_navigate();
    let to = target.clone();
    crate::effect(move || navigate(&to, NavigateOptions { replace: true, ..Default::default() }));
    view! { <p class="hint p-6"><a href=target>"Sign in to go on"</a></p> }.into_any()
}
