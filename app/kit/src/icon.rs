//! An icon on screen: sixteen pixels from the sprite, hidden from readers because the words beside it speak.
use crate::icons::{Icon, SPRITE};
use leptos::{prelude::*, tachys::html::InertElement};

/// A 16 px icon.
pub fn icon(icon: Icon) -> AnyView {
    sized(icon, "ic")
}

/// A 20 px icon.
pub fn icon_lg(icon: Icon) -> AnyView {
    sized(icon, "ic ic-lg")
}

fn sized(icon: Icon, class: &str) -> AnyView {
    InertElement::new(markup(icon, class)).into_any()
}

/// The icon as markup, for cells and charts that are written as text.
pub fn icon_html(icon: Icon) -> String {
    markup(icon, "ic")
}

fn markup(icon: Icon, class: &str) -> String {
    ["<svg class=\"", class, "\" aria-hidden=\"true\"><use href=\"", SPRITE, "#", icon.name(), "\"></use></svg>"].concat()
}

/// The mark of the house: a stream that runs as an M.
#[component]
pub fn Logo() -> impl IntoView {
    InertElement::new(include_str!("logo.svg").trim()).into_any()
}
