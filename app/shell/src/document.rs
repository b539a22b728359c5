//! The HTML document around the application, rendered once on the server.
use crate::App;
use leptos::{WasmSplitManifest, prelude::*, tachys::html::InertElement};
use leptos_meta::{HashedStylesheet, MetaTags};

/// Applies the stored theme before the first paint, so that a dark page never flashes white.
const THEME_SCRIPT: &str = kit::THEME_SCRIPT;

/// The document of the page at this path. Scripts and styles carry hashes in their names and are cached for good.
pub fn document(options: LeptosOptions, path: &str) -> impl IntoView + use<> {
    let nonce = use_nonce();
    // They provide the list of files that the preloads are made of.
    let scripts = view! { <HydrationScripts options=options.clone() /> };
    let preloads = preloads(path);
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
                <AutoReload options />
                {scripts}
                {preloads}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Asks for the code of the page early, and behind the page itself: what is to be seen is on the line first.
fn preloads(path: &str) -> Option<InertElement> {
    let manifest = use_context::<WasmSplitManifest>()?;
    let manifest = manifest.0.try_read_value()?;
    let (folder, files, loader) = &*manifest;
    let mut wanted: Vec<&str> =
        crate::pieces(path).iter().filter_map(|piece| files.get(piece().name)).flatten().map(String::as_str).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut links = String::with_capacity(160 * (wanted.len() + 1));
    links.extend(["<link rel=\"modulepreload\" href=\"", folder, "/", loader, "\" crossorigin=\"anonymous\">"]);
    for file in wanted {
        links.extend([
            "<link rel=\"preload\" as=\"fetch\" type=\"application/wasm\" fetchpriority=\"low\" crossorigin=\"anonymous\" href=\"",
        ]);
        links.extend([folder, "/", file, ".wasm\">"]);
    }
    Some(InertElement::new(links))
}

/// Where the live stream stands now: the browser asks for what changed since.
fn live_position() -> Option<String> {
    #[cfg(feature = "ssr")]
    return kit::call::request().ok().map(|request| request.app().live.position().to_string());
    #[cfg(not(feature = "ssr"))]
    None
}
