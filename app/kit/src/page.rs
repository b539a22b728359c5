//! Pages whose code comes when it is first needed: all pages of an area in one piece, so that a visit fetches a handful of
//! files and not hundreds (a piece for each page makes the splitter cut a file for every set of pages that share code).
//! What a page needs of its data is in its piece too: types and their decoders are most of the code of a screen.
use leptos::prelude::*;
use leptos_router::{Lazy, LazyRoute};
use std::pin::Pin;
#[cfg(target_family = "wasm")]
use std::sync::atomic::{AtomicBool, Ordering};

/// A page of the application. Its area's `split_pages!` says in which piece its code comes.
pub trait Page: Send + Sync + Sized + 'static {
    /// Resources and actions, made before anything is drawn.
    fn data() -> Self;

    /// What is on the page.
    fn view(this: Self) -> AnyView;
}

/// A page in its piece; `split_pages!` implements it.
pub trait Split: Page {
    /// Fetches the piece, unless it is here.
    fn fetch() -> Fetch;

    /// The page's data at once, if its code is here.
    fn make_now() -> Option<Self>;

    /// What is on the page, made from data that is here or made now.
    fn show(page: Option<Self>) -> impl Future<Output = AnyView>;
}

/// A piece on its way. Boxed: the state machines of all pages in one future were a tenth of what every visitor loads.
pub type Fetch = Pin<Box<dyn Future<Output = ()>>>;

/// Fetches one after the other; the pages of an area come in one piece, so all but the first are here then.
pub async fn fetch_all(pages: &[fn() -> Fetch]) {
    for page in pages {
        page().await;
    }
}

/// The route of a page: `<Route view={kit::lazy::<ProjectsPage>()} .. />`.
pub fn lazy<P: Split>() -> Lazy<Piece<P>> {
    Lazy::new()
}

/// A page on its way, as the router holds it. The server, and the browser while it takes over a page of the server, make
/// the data of all pages on show first, in the order of their nesting: so both count the same resources.
pub struct Piece<P>(Option<P>);

impl<P: Split> LazyRoute for Piece<P> {
    fn data() -> Self {
        Self(P::make_now())
    }

    async fn view(this: Self) -> AnyView {
        P::show(this.0).await
    }

    async fn preload() {
        P::fetch().await;
    }
}

/// What a piece does for a page. One function for both steps: each function at the edge of a piece costs some bytes.
pub enum Step<P> {
    Make,
    Show(P),
    Shown(AnyView),
}

impl<P: Page> Step<P> {
    pub fn go(self) -> Self {
        match self {
            Step::Make => Step::Show(P::data()),
            Step::Show(page) => Step::Shown(P::view(page)),
            shown => shown,
        }
    }
}

/// Puts pages into a piece and names the function that fetches it:
/// `kit::split_pages!(factory, fetch_factory: ProjectsPage, OverviewPage);`
#[macro_export]
macro_rules! split_pages {
    ($area:ident, $fetch:ident: $($page:ident),+ $(,)?) => {
        /// Fetches the code of the pages of this area, if it is not here yet.
        pub async fn $fetch() {
            $crate::fetch_all(&[$(<$page as $crate::Split>::fetch),+]).await;
        }

        $(const _: () = {
            // Named after the page: its symbol is made of the name. (Not `expect`: the macro makes several functions of it.)
            #[cfg(target_family = "wasm")]
            #[allow(non_snake_case)]
            #[::leptos::wasm_split::wasm_split($area, wasm_split_path = ::leptos::wasm_split, preload(load), fallible)]
            fn $page(step: $crate::Step<$page>) -> Result<$crate::Step<$page>, ::leptos::wasm_split::SplitLoaderError> {
                Ok(step.go())
            }

            #[cfg(target_family = "wasm")]
            static HERE: ::std::sync::atomic::AtomicBool = ::std::sync::atomic::AtomicBool::new(false);

            #[cfg(target_family = "wasm")]
            impl $crate::Split for $page {
                fn fetch() -> $crate::Fetch {
                    Box::pin($crate::fetch_piece(&HERE, || Box::pin(async { load().await.is_ok() })))
                }

                fn make_now() -> Option<Self> {
                    if !HERE.load(::std::sync::atomic::Ordering::Relaxed) {
                        return None;
                    }
                    match $crate::now_or_never($page($crate::Step::Make)) {
                        Some(Ok($crate::Step::Show(page))) => Some(page),
                        _ => None,
                    }
                }

                async fn show(page: Option<Self>) -> ::leptos::prelude::AnyView {
                    <Self as $crate::Split>::fetch().await;
                    let made = match page {
                        Some(page) => Ok($crate::Step::Show(page)),
                        None => $page($crate::Step::Make).await,
                    };
                    let shown = match made {
                        Ok(made) => $page(made).await,
                        failed => failed,
                    };
                    match shown {
                        Ok($crate::Step::Shown(view)) => view,
                        _ => $crate::not_fetched(),
                    }
                }
            }

            #[cfg(not(target_family = "wasm"))]
            impl $crate::Split for $page {
                fn fetch() -> $crate::Fetch {
                    Box::pin(async {})
                }

                fn make_now() -> Option<Self> {
                    Some(<Self as $crate::Page>::data())
                }

                async fn show(page: Option<Self>) -> ::leptos::prelude::AnyView {
                    // The page says at its head which pieces it will need.
                    ::leptos::prefetch_lazy_fn_on_server(stringify!($area));
                    <Self as $crate::Page>::view(page.unwrap_or_else(<Self as $crate::Page>::data))
                }
            }
        };)+
    };
}

/// The value of a future that is ready.
pub fn now_or_never<T>(future: impl Future<Output = T>) -> Option<T> {
    futures::FutureExt::now_or_never(future)
}

/// Fetches a piece, again and again while the network fails: the page as it was stays in sight meanwhile, and leaving it
/// ends the matter. A piece that stays away while the network is there went with an update of the server: the page is
/// loaded anew, once a minute at most.
#[cfg(target_family = "wasm")]
pub async fn fetch_piece(here: &AtomicBool, load: fn() -> Pin<Box<dyn Future<Output = bool>>>) {
    const WAITS: [u64; 5] = [200, 1_000, 2_000, 5_000, 10_000];
    if here.load(Ordering::Relaxed) {
        return;
    }
    for failures in 0.. {
        if load().await {
            here.store(true, Ordering::Relaxed);
            return;
        }
        let wait = WAITS[WAITS.len().min(failures + 1) - 1];
        crate::dom::sleep(std::time::Duration::from_millis(wait)).await;
        if failures == 2 && window().navigator().on_line() {
            reload_once();
        }
    }
}

#[cfg(target_family = "wasm")]
fn reload_once() {
    const KEY: &str = "millrace.reloaded";
    let now = js_sys::Date::now();
    let Ok(Some(storage)) = window().session_storage() else { return };
    let before = storage.get_item(KEY).ok().flatten().and_then(|text| text.parse::<f64>().ok());
    if before.is_none_or(|before| now - before > 60_000.0) && storage.set_item(KEY, &now.to_string()).is_ok() {
        // Should it fail, the next try fetches the piece.
        let _ = window().location().reload();
    }
}

/// In the place of a page whose piece is not there.
pub fn not_fetched() -> AnyView {
    view! { <p class="hint p-6" role="alert">"This page could not be fetched. " <a class="link" href="" rel="external">"Load it again"</a></p> }.into_any()
}
