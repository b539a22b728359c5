//! Code and keys to copy.
use crate::{Icon, use_toasts};
use leptos::prelude::*;

/// A block of code with a button that copies it.
#[component]
pub fn CodeBlock(
    #[prop(into)] code: String,
    /// A file name or what it is.
    #[prop(optional, into)]
    name: Option<String>,
) -> impl IntoView {
    let text = code.clone();
    let label = name.clone().unwrap_or_else(|| "Code".to_owned());
    view! {
        <figure class="code">
            {name.map(|n| view! { <figcaption class="code-name">{n}</figcaption> })}
            <pre tabindex="0" role="region" aria-label=label><code>{code}</code></pre>
            <CopyButton text=text />
        </figure>
    }
    .into_any()
}

/// Copies a text and says so.
#[component]
pub fn CopyButton(#[prop(into)] text: String, #[prop(optional, into)] label: Option<String>) -> impl IntoView {
    let copied = RwSignal::new(false);
    let toasts = use_toasts();
    let label = label.unwrap_or_else(|| "Copy".to_owned());
    let press = move |_| {
        let text = text.clone();
        leptos::task::spawn_local(async move {
            let done = wasm_bindgen_futures::JsFuture::from(window().navigator().clipboard().write_text(&text)).await;
            if done.is_ok() {
                copied.set(true);
                set_timeout(
                    move || {
                        let _ = copied.try_set(false);
                    },
                    std::time::Duration::from_secs(2),
                );
            } else {
                toasts.info("The browser did not allow copying. Select the text and press Ctrl+C.");
            }
        });
    };
    view! {
        <button type="button" class="btn btn-sm" aria-label=label on:click=press>
            {move || crate::icon(if copied.get() { Icon::Check } else { Icon::Copy })}
            <span aria-live="polite">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
        </button>
    }
    .into_any()
}

/// A secret shown once, in a field that selects itself, with Copy beside it.
#[component]
pub fn CopyField(#[prop(into)] label: String, #[prop(into)] value: String, #[prop(optional, into)] hint: Option<String>) -> impl IntoView {
    let text = value.clone();
    view! {
        <div class="field">
            <span class="label">{label.clone()}</span>
            <div class="row flex-nowrap">
                <input class="input mono" readonly=true value=value aria-label=label on:focus:target=move |event| event.target().select() />
                <CopyButton text=text />
            </div>
            {hint.map(|h| view! { <p class="hint">{h}</p> })}
        </div>
    }
    .into_any()
}
