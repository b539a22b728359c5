//! Light, dark, or as the system says. Kept in the browser; set before the first paint by [`THEME_SCRIPT`].
use crate::{Icon, icon};
use leptos::prelude::*;

/// Goes into the page head as it is (with the page's nonce): it sets the theme before anything is drawn.
pub const THEME_SCRIPT: &str =
    "try{var t=localStorage.getItem('theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch(e){}";

/// Which theme the person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    const ALL: [(Theme, &'static str, Icon); 3] =
        [(Theme::System, "System", Icon::Monitor), (Theme::Light, "Light", Icon::Sun), (Theme::Dark, "Dark", Icon::Moon)];

    const fn name(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The theme chosen in this browser.
    pub fn stored() -> Self {
        let kept = window().local_storage().ok().flatten().and_then(|s| s.get_item("theme").ok().flatten());
        match kept.as_deref() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        }
    }

    /// Shows and keeps it.
    pub fn apply(self) {
        if let Some(root) = document().document_element() {
            let _ = match self {
                Theme::System => root.remove_attribute("data-theme"),
                chosen => root.set_attribute("data-theme", chosen.name()),
            };
        }
        if let Ok(Some(storage)) = window().local_storage() {
            let _ = match self {
                Theme::System => storage.remove_item("theme"),
                chosen => storage.set_item("theme", chosen.name()),
            };
        }
    }
}

/// Three small buttons: system, light, dark.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let theme = RwSignal::new(Theme::System);
    // The server cannot know the choice: it is read once the page is alive.
    crate::effect(move || theme.set(Theme::stored()));
    let buttons = Theme::ALL
        .map(|(this, label, mark)| {
            view! {
                <button
                    type="button" aria-label=label data-tip=label aria-pressed=move || (theme.get() == this).to_string()
                    on:click=move |_| { theme.set(this); this.apply() }
                >
                    {icon(mark)}
                </button>
            }
            .into_any()
        })
        .into_iter()
        .collect_view();
    view! { <div class="seg" role="group" aria-label="Theme">{buttons}</div> }.into_any()
}
