//! `/kit`: every component with its states, in development only. A lazy page: whoever does not open it loads none of it.
use crate::not_found::NotFound;
use leptos::prelude::*;
use leptos_meta::Title;

pub struct KitPage {
    shown: bool,
}

impl kit::Page for KitPage {
    fn data() -> Self {
        // The server knows; the page it sends tells the browser. Nothing links here, so nobody comes another way.
        Self { shown: SharedValue::new(in_development).into_inner() }
    }

    fn view(this: Self) -> AnyView {
        match this.shown {
            true => view! { <Title text="Components" /> <kit::KitPage /> }.into_any(),
            false => view! { <NotFound /> }.into_any(),
        }
    }
}

fn in_development() -> bool {
    #[cfg(feature = "ssr")]
    return kit::call::request().is_ok_and(|request| request.app().config.http.development);
    #[cfg(not(feature = "ssr"))]
    false
}
