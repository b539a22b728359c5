//! The HTML document around the application, rendered once on the server.
use crate::App;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};

/// Applies the stored theme before the first paint, so that a dark page never flashes white.
const THEME_SCRIPT: &str = kit::THEME_SCRIPT;

/// The document. Scripts and styles carry hashes in their names and are cached for good.
pub fn document(options: LeptosOptions) -> impl IntoView {
    let nonce = use_nonce();
    let position = live_position();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content="From an idea to software and on to customers: requirements, features, campaigns and leads in one place." />
                <meta name="live-position" content=position />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="preload" href="/fonts/inter-latin.woff2" r#as="font" r#type="font/woff2" crossorigin="" />
                <script nonce=nonce inner_html=THEME_SCRIPT></script>
                <HashedStylesheet id="millrace" options=options.clone() />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Where the live stream stands now: the browser asks for what changed since.
fn live_position() -> Option<String> {
    #[cfg(feature = "ssr")]
    return kit::call::request().ok().map(|request| request.app().live.position().to_string());
    #[cfg(not(feature = "ssr"))]
    None
}
