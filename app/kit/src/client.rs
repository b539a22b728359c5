//! The client of all server functions: every call says which organization the page stands in.
use leptos::server_fn::client::{Client as ServerFnClient, browser::BrowserClient};
use leptos::server_fn::error::FromServerFnError;
use std::future::Future;

/// Adds `X-Organization` from the current address to each call; two tabs may show two organizations.
/// Server functions name it: `#[server(client = kit::Client, output = crate::Wire)]`.
pub struct Client;

impl<E: FromServerFnError, I: FromServerFnError, O: FromServerFnError> ServerFnClient<E, I, O> for Client {
    type Request = <BrowserClient as ServerFnClient<E, I, O>>::Request;
    type Response = <BrowserClient as ServerFnClient<E, I, O>>::Response;

    fn send(request: Self::Request) -> impl Future<Output = Result<Self::Response, E>> + Send {
        if let Some(slug) = current_slug() {
            request.headers().set("x-organization", &slug);
        }
        <BrowserClient as ServerFnClient<E, I, O>>::send(request)
    }

    fn open_websocket(
        url: &str,
    ) -> impl Future<
        Output = Result<
            (
                impl futures::Stream<Item = Result<leptos::server_fn::Bytes, leptos::server_fn::Bytes>> + Send + 'static,
                impl futures::Sink<leptos::server_fn::Bytes> + Send + 'static,
            ),
            E,
        >,
    > + Send {
        <BrowserClient as ServerFnClient<E, I, O>>::open_websocket(url)
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        <BrowserClient as ServerFnClient<E, I, O>>::spawn(future)
    }
}

/// The slug of `/o/{slug}/..` in the address bar.
pub fn current_slug() -> Option<String> {
    let path = leptos::prelude::window().location().pathname().ok()?;
    slug_of(&path).map(str::to_owned)
}

/// The organization's slug in a path, if it stands in one.
pub fn slug_of(path: &str) -> Option<&str> {
    let slug = path.strip_prefix("/o/")?.split('/').next()?;
    (!slug.is_empty()).then_some(slug)
}
