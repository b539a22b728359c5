//! Pages whose code comes when it is first needed: all pages of an area in one piece, so that a visit fetches a handful of
//! files and not hundreds (a piece for each page makes the splitter cut a file for every set of pages that share code).
use leptos::prelude::*;

/// A page of the application. Its area's `split_pages!` says in which piece its code comes.
pub trait Page: Send + Sync + Sized + 'static {
    /// Resources and actions: made at once, so that data and code are fetched side by side.
    fn data() -> Self;

    /// What is on the page.
    fn view(this: Self) -> AnyView;
}

/// Makes pages routes of their own piece: `kit::split_pages!(factory: ProjectsPage, OverviewPage);` and then
/// `<Route view={Lazy::<ProjectsPage>::new()} .. />`.
#[macro_export]
macro_rules! split_pages {
    ($area:ident: $($page:ident),+ $(,)?) => { $(
        const _: () = {
            // The function is named after the page: the name makes its symbol unique. (Not `expect`: on the server it is
            // an ordinary function.)
            #[cfg(target_family = "wasm")]
            #[allow(non_snake_case)]
            #[::leptos::wasm_split::wasm_split($area, wasm_split_path = ::leptos::wasm_split, preload(load), fallible)]
            fn $page(this: $page) -> Result<::leptos::prelude::AnyView, ::leptos::wasm_split::SplitLoaderError> {
                Ok(<$page as $crate::Page>::view(this))
            }

            impl ::leptos_router::LazyRoute for $page {
                fn data() -> Self {
                    <Self as $crate::Page>::data()
                }

                async fn view(this: Self) -> ::leptos::prelude::AnyView {
                    #[cfg(not(target_family = "wasm"))]
                    {
                        // The page says at its head which pieces it will need.
                        ::leptos::prefetch_lazy_fn_on_server(stringify!($area));
                        <$page as $crate::Page>::view(this)
                    }
                    #[cfg(target_family = "wasm")]
                    {
                        $crate::fetch_piece(load).await;
                        $page(this).await.unwrap_or_else(|_| $crate::not_fetched())
                    }
                }

                async fn preload() {
                    #[cfg(target_family = "wasm")]
                    $crate::fetch_piece(load).await;
                }
            }
        };
    )+ };
}

/// Fetches a piece, again and again while the network fails: the page as it was stays in sight meanwhile, and leaving it
/// ends the matter. A piece that stays away while the network is there went with an update of the server: the page is
/// loaded anew, once a minute at most.
#[cfg(target_family = "wasm")]
pub async fn fetch_piece<F, E>(load: impl Fn() -> F)
where
    F: Future<Output = Result<(), E>>,
{
    const WAITS: [u64; 5] = [200, 1_000, 2_000, 5_000, 10_000];
    for failures in 0.. {
        if load().await.is_ok() {
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
