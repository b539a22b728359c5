//! The executable's library: the wasm entry that hydrates pages, and the assembly of the HTTP site.

#[cfg(feature = "ssr")]
pub mod demo;
#[cfg(feature = "ssr")]
pub mod parts;
#[cfg(feature = "ssr")]
pub mod site;

/// Makes the page that the server sent alive, then marks the document: browser tests wait for the mark before they click.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    use leptos::prelude::*;

    // Without it the console says "unreachable" of whatever went wrong.
    std::panic::set_hook(Box::new(|panic| leptos::logging::error!("{panic}")));
    wasm_bindgen_futures::spawn_local(async {
        let Some(body) = document().body() else { return };
        // The page's own code first: whatever the server rendered must be here when the page is taken over.
        shell::fetch_page(&location().pathname().unwrap_or_default()).await;
        leptos::mount::hydrate_from_async(body, shell::App).await.forget();
        shell::fetch_ahead();
        if let Some(root) = document().document_element() {
            // It cannot fail: the name is a name.
            let _ = root.set_attribute("data-hydrated", "");
        }
    });
}
