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
pub use document::{Files, document};

use help::HelpDialog;
use home::{HomePage, StartPage};
use kit::Piece;
#[cfg(debug_assertions)]
use kit_page::KitPage;
use palette::PaletteDialog;

kit::split_pages!(home, home_piece: StartPage, HomePage);
#[cfg(debug_assertions)]
kit::split_pages!(kit, kit_piece: KitPage);
// Dialogs that any page may ask for.
kit::split_pages!(extras, extras_piece: ; HelpDialog, PaletteDialog);

/// The pieces that the page at this path needs.
fn pieces(path: &str) -> &'static [fn() -> &'static Piece] {
    let mut parts = path.trim_start_matches('/').split('/');
    match (parts.next(), parts.nth(1)) {
        (Some(""), _) | (Some("o"), None | Some("")) => &[home_piece],
        (Some("o"), Some("settings")) => &[app_core::settings_piece],
        // `/o/{org}/factory/{project}/{what}/{key}`
        (Some("o"), Some("factory")) => match (parts.nth(1), parts.next()) {
            (Some("planner" | "tests"), _) => &[app_factory::planner_piece],
            (Some("graph"), _) => &[app_factory::graph_piece],
            (Some("artifacts"), _) => &[app_factory::artifacts_piece],
            (Some("code"), _) => &[app_factory::code_piece],
            (Some("chat"), _) => &[app_factory::assistant_piece],
            (Some("validator" | "outbox"), _) | (Some("settings"), Some("integrations")) => &[app_factory::validator_piece],
            (Some("voting"), _) => &[app_factory::voting_piece],
            (Some("activity"), _) => &[app_factory::activity_piece],
            (Some("features"), Some(key)) if !key.is_empty() => &[app_factory::factory_piece, app_factory::feature_piece],
            (Some("refinery" | "foundry" | "decisions"), _) | (Some("settings"), Some("templates")) => &[app_factory::documents_piece],
            (Some("settings"), _) => &[app_factory::settings_piece],
            _ => &[app_factory::factory_piece],
        },
        (Some("account" | "orgs"), _) => &[app_core::account_piece],
        #[cfg(debug_assertions)]
        (Some("kit"), _) => &[kit_piece],
        (Some("admin"), _) => &[app_core::admin_piece],
        (Some("setup" | "signup" | "login" | "forgot" | "reset" | "verify" | "not-me" | "invite"), _) => &[app_core::auth_piece],
        (Some("vote"), _) => &[app_factory::voting_piece],
        // No page of ours.
        _ => &[],
    }
}

/// Fetches the code of the page at this path, so that the page can be taken over or shown at once.
pub async fn fetch_page(path: &str) {
    for piece in pieces(path) {
        (piece().fetch)().await;
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

#[cfg(test)]
mod tests {
    fn pieces(path: &str) -> Vec<&'static str> {
        super::pieces(path).iter().map(|piece| piece().name).collect()
    }

    #[test]
    fn a_page_names_the_pieces_it_needs() {
        assert_eq!(pieces("/"), ["home"]);
        assert_eq!(pieces("/o/acme"), ["home"]);
        assert_eq!(pieces("/o/acme/"), ["home"]);
        assert_eq!(pieces("/o/acme/settings/members"), ["settings"]);
        assert_eq!(pieces("/o/acme/factory"), ["factory"]);
        assert_eq!(pieces("/o/acme/factory/shop/features"), ["factory"]);
        assert_eq!(pieces("/o/acme/factory/shop/features/"), ["factory"]);
        assert_eq!(pieces("/o/acme/factory/shop/features/F-1"), ["factory", "feature"]);
        assert_eq!(pieces("/o/acme/factory/shop/graph"), ["graph"]);
        assert_eq!(pieces("/o/acme/factory/shop/code"), ["code"]);
        assert_eq!(pieces("/o/acme/factory/shop/validator/1"), ["validator"]);
        assert_eq!(pieces("/o/acme/factory/shop/planner/12"), ["planner"]);
        assert_eq!(pieces("/o/acme/factory/shop/tests"), ["planner"]);
        assert_eq!(pieces("/o/acme/factory/shop/refinery/login"), ["documents"]);
        assert_eq!(pieces("/o/acme/factory/shop/settings/templates"), ["documents"]);
        assert_eq!(pieces("/o/acme/factory/shop/voting"), ["voting"]);
        assert_eq!(pieces("/vote/abc"), ["voting"]);
        assert_eq!(pieces("/login/mfa"), ["auth"]);
        assert!(pieces("/nowhere").is_empty());
    }
}
