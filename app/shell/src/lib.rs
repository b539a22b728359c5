//! The shell: the document, the routes of every area, the frame around their pages, home and the palette.

mod app;
mod document;
mod frame;
mod help;
mod home;
#[cfg(debug_assertions)]
mod kit_page;
mod live_pill;
mod nav;
mod not_found;
mod palette;

pub use app::App;
pub use document::document;

use help::HelpDialog;
use home::{HomePage, StartPage};
#[cfg(debug_assertions)]
use kit_page::KitPage;
use palette::PaletteDialog;

kit::split_pages!(home, fetch_home: StartPage, HomePage);
#[cfg(debug_assertions)]
kit::split_pages!(kit, fetch_kit: KitPage);
// Dialogs that any page may ask for.
kit::split_pages!(extras, fetch_extras: ; HelpDialog, PaletteDialog);

/// Fetches the code of the page at this path, so that the page can be taken over or shown at once.
pub async fn fetch_page(path: &str) {
    let mut parts = path.trim_start_matches('/').split('/');
    match (parts.next(), parts.nth(1)) {
        (Some(""), _) | (Some("o"), None | Some("")) => fetch_home().await,
        (Some("o"), Some("settings")) => app_core::fetch_settings().await,
        (Some("o"), Some("factory")) => app_factory::fetch_page(path).await,
        (Some("account" | "orgs"), _) => app_core::fetch_account().await,
        #[cfg(debug_assertions)]
        (Some("kit"), _) => fetch_kit().await,
        (Some("admin"), _) => app_core::fetch_admin().await,
        (Some("setup" | "signup" | "login" | "forgot" | "reset" | "verify" | "not-me" | "invite"), _) => app_core::fetch_auth().await,
        // No page of ours.
        _ => {}
    }
}

/// From now on, fetches the code of a page when the pointer or the focus comes to its link: by the click it is mostly here.
#[cfg(feature = "hydrate")]
pub fn fetch_ahead() {
    use leptos::{prelude::*, task::spawn_local};

    for event in ["pointerover", "focusin"] {
        let _ = window_event_listener_untyped(event, |event| {
            let Some(link) = kit::dom::closest(&event, "a[href^='/']") else { return };
            let path = link.get_attribute("href").unwrap_or_default();
            spawn_local(async move { fetch_page(path.split(['?', '#']).next().unwrap_or_default()).await });
        });
    }
}
