//! Pages whose code comes when it is first needed: all pages of an area in one piece, so that a visit fetches a handful of
//! files and not hundreds (a piece for each page makes the splitter cut a file for every set of pages that share code).
//! What a page needs of its data is in its piece too: types and their decoders are most of the code of a screen.
use leptos::prelude::*;
use leptos_router::ChooseView;
#[cfg(target_family = "wasm")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::{
    any::Any,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

/// A page of the application. Its area's `split_pages!` says in which piece its code comes.
pub trait Page: Send + Sync + Sized + 'static {
    /// Resources and actions, made before anything is drawn.
    fn data() -> Self;

    /// What is on the page.
    fn view(this: Self) -> AnyView;
}

/// Part of a page that is not there at first: a dialog, a bar that rises. It is drawn in the browser alone, and its code
/// comes when it is first wanted.
pub trait Part: Send + Sync + Sized + 'static {
    /// What it shows.
    fn view(this: Self) -> AnyView;
}

/// A page or part in its piece; `split_pages!` implements it.
pub trait Split {
    const PLACE: Place;
}

/// Where the code of a page is: the piece of its area, and the page's number in it.
#[derive(Clone, Copy)]
pub struct Place(pub &'static Piece, pub usize);

/// The code of an area. Nothing here is generic: what is made anew for each page is what every visitor loads.
pub struct Piece {
    /// Its name in the list of files that belong to it.
    pub name: &'static str,
    /// Fetches it, unless it is here.
    pub fetch: fn() -> Coming<()>,
    /// Does a step of a page at once, if the code is here.
    pub now: fn(usize, Step) -> Option<Step>,
    /// Does a step of a page; `None` if the code could not be had.
    pub go: fn(usize, Step) -> Coming<Option<Step>>,
}

/// Something on its way.
pub type Coming<T> = Pin<Box<dyn Future<Output = T>>>;

/// What a piece does for a page, and what came of it.
pub enum Step {
    Make,
    Made(Made),
    Shown(AnyView),
}

/// The data of a page, of whichever type.
pub type Made = Box<dyn Any + Send + Sync>;

/// Does a step of a page.
pub fn go<P: Page>(step: Step) -> Step {
    match step {
        Step::Make => Step::Made(Box::new(P::data())),
        step => show(step, P::view),
    }
}

/// Shows a part.
pub fn go_part<P: Part>(step: Step) -> Step {
    show(step, P::view)
}

fn show<P: 'static>(step: Step, view: impl FnOnce(P) -> AnyView) -> Step {
    match step {
        Step::Made(made) => Step::Shown(made.downcast::<P>().map_or_else(|_| not_fetched(), |made| view(*made))),
        step => step,
    }
}

/// The place of a part: nothing until `wanted` says yes for the first time, then the part for good.
pub fn part<P: Part + Split>(wanted: impl Fn() -> bool + 'static, make: impl Fn() -> P + Send + Sync + 'static) -> AnyView {
    part_at(P::PLACE, Box::new(wanted), Box::new(move || Box::new(make())))
}

fn part_at(Place(piece, number): Place, wanted: Box<dyn Fn() -> bool>, make: Box<dyn Fn() -> Made + Send + Sync>) -> AnyView {
    let here = RwSignal::new(false);
    crate::effect(move || {
        if wanted() && !here.get_untracked() {
            leptos::task::spawn_local(async move {
                (piece.fetch)().await;
                // The page may be gone by now.
                here.try_set(true);
            });
        }
    });
    let shown = move || {
        here.get().then(|| match (piece.now)(number, Step::Made(make())) {
            Some(Step::Shown(view)) => view,
            _ => not_fetched(),
        })
    };
    view! { {shown} }.into_any()
}

/// The route of a page: `<Route view={kit::lazy::<ProjectsPage>()} .. />`.
pub fn lazy<P: Page + Split>() -> Lazy {
    Lazy { place: P::PLACE, made: Arc::default() }
}

/// A page on its way, as the router holds it. The server, and the browser while it takes over a page of the server, make
/// the data of all pages on show first, in the order of their nesting: so both count the same resources.
#[derive(Clone)]
pub struct Lazy {
    place: Place,
    made: Arc<Mutex<Option<Made>>>,
}

impl Lazy {
    fn make_now(&self) -> Option<Made> {
        let Place(piece, page) = self.place;
        match (piece.now)(page, Step::Make) {
            Some(Step::Made(made)) => Some(made),
            _ => None,
        }
    }

    fn made(&self) -> std::sync::MutexGuard<'_, Option<Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChooseView for Lazy {
    async fn choose(self) -> AnyView {
        let Place(piece, page) = self.place;
        let made = self.made().take();
        let made = made.or_else(|| self.make_now());
        (piece.fetch)().await;
        let made = match made {
            Some(made) => Some(Step::Made(made)),
            None => (piece.go)(page, Step::Make).await,
        };
        let shown = match made {
            Some(made) => (piece.go)(page, made).await,
            None => None,
        };
        match shown {
            Some(Step::Shown(view)) => view,
            _ => not_fetched(),
        }
    }

    async fn preload(&self) {
        let made = self.make_now();
        *self.made() = made;
        (self.place.0.fetch)().await;
    }
}

/// Puts pages into a piece and names the function that tells which:
/// `kit::split_pages!(factory, factory_piece: ProjectsPage, OverviewPage);`, parts behind a semicolon.
#[macro_export]
macro_rules! split_pages {
    ($area:ident, $piece:ident: $($page:ident),* $(; $($part:ident),+)?) => {
        /// The piece that the code of these pages is in.
        pub fn $piece() -> &'static $crate::Piece {
            const PLACES: &[$crate::Place] = &[$(<$page as $crate::Split>::PLACE,)* $($(<$part as $crate::Split>::PLACE),+)?];
            PLACES[0].0
        }

        const _: () = {
            #[allow(non_camel_case_types)]
            enum Number { $($page,)* $($($part),+)? }

            $(impl $crate::Split for $page {
                const PLACE: $crate::Place = $crate::Place(&PIECE, Number::$page as usize);
            })*

            $($(impl $crate::Split for $part {
                const PLACE: $crate::Place = $crate::Place(&PIECE, Number::$part as usize);
            })+)?

            fn step(page: usize, step: $crate::Step) -> $crate::Step {
                const PAGES: &[fn($crate::Step) -> $crate::Step] = &[$($crate::go::<$page>,)* $($($crate::go_part::<$part>),+)?];
                PAGES[page](step)
            }

            // Named after the area: its symbol is made of the name.
            #[cfg(target_family = "wasm")]
            #[::leptos::wasm_split::wasm_split($area, wasm_split_path = ::leptos::wasm_split, preload(load), fallible)]
            fn $area(page: usize, wanted: $crate::Step) -> Result<$crate::Step, ::leptos::wasm_split::SplitLoaderError> {
                Ok(step(page, wanted))
            }

            #[cfg(target_family = "wasm")]
            static HERE: ::std::sync::atomic::AtomicBool = ::std::sync::atomic::AtomicBool::new(false);

            #[cfg(target_family = "wasm")]
            static PIECE: $crate::Piece = $crate::Piece {
                name: stringify!($area),
                fetch: || Box::pin($crate::fetch_piece(&HERE, || Box::pin(async { load().await.is_ok() }))),
                now: |page, step| {
                    HERE.load(::std::sync::atomic::Ordering::Relaxed).then(|| $crate::now_or_never($area(page, step)))??.ok()
                },
                go: |page, step| Box::pin(async move { $area(page, step).await.ok() }),
            };

            #[cfg(not(target_family = "wasm"))]
            static PIECE: $crate::Piece = $crate::Piece {
                name: stringify!($area),
                fetch: || Box::pin(async {}),
                now: |page, wanted| Some(step(page, wanted)),
                go: |page, wanted| Box::pin(async move { Some(step(page, wanted)) }),
            };
        };
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
    // Milliseconds in whole numbers: reading a fraction takes more code than all the rest of this.
    let now = js_sys::Date::now() as u64;
    let Ok(Some(storage)) = window().session_storage() else { return };
    let before = storage.get_item(KEY).ok().flatten().and_then(|text| text.parse::<u64>().ok());
    if before.is_none_or(|before| now.saturating_sub(before) > 60_000) && storage.set_item(KEY, &now.to_string()).is_ok() {
        // Should it fail, the next try fetches the piece.
        let _ = window().location().reload();
    }
}

/// In the place of a page whose piece is not there.
pub fn not_fetched() -> AnyView {
    view! { <p class="hint p-6" role="alert">"This page could not be fetched. " <a class="link" href="" rel="external">"Load it again"</a></p> }.into_any()
}
