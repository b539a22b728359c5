//! Small reaches into the page, used by components that move focus.
use leptos::{prelude::*, web_sys};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, HtmlInputElement, KeyboardEvent};

/// The element an event came from.
pub fn target_element(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// The nearest ancestor (or the element itself) that matches.
pub fn closest(event: &Event, selector: &str) -> Option<Element> {
    target_element(event)?.closest(selector).ok()?
}

/// All descendants that match, in order.
pub fn all(root: &Element, selector: &str) -> Vec<HtmlElement> {
    let Ok(list) = root.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..list.length()).filter_map(|i| list.item(i)?.dyn_into().ok()).collect()
}

/// The first descendant that matches.
pub fn first(root: &Element, selector: &str) -> Option<HtmlElement> {
    root.query_selector(selector).ok()??.dyn_into().ok()
}

/// Focuses without throwing when the element is gone.
pub fn focus(element: &HtmlElement) {
    let _ = element.focus();
}

/// The element by its id.
pub fn by_id(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Clicks once the present event is done: a click inside a click would call the same handler twice at once.
pub fn click_later(element: HtmlElement) {
    queue_microtask(move || element.click());
}

/// Scrolls as little as needed to show the element.
pub fn scroll_near(element: &Element) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Waits, in the browser.
#[cfg(target_family = "wasm")]
pub async fn sleep(time: std::time::Duration) {
    let (done, waited) = futures::channel::oneshot::channel::<()>();
    set_timeout(move || drop(done), time);
    // It ends when the other end goes, which is the wake-up.
    let _ = waited.await;
}

/// What holds the focus now.
pub fn active() -> Option<HtmlElement> {
    document().active_element()?.dyn_into().ok()
}

/// Whether keys typed now belong to a text control.
pub fn is_typing(event: &KeyboardEvent) -> bool {
    let Some(element) = target_element(event) else {
        return false;
    };
    match element.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => !element
            .dyn_ref::<HtmlInputElement>()
            .is_some_and(|i| matches!(i.type_().as_str(), "checkbox" | "radio" | "button" | "submit" | "file")),
        _ => element.dyn_ref::<HtmlElement>().is_some_and(|e| e.is_content_editable()),
    }
}

/// Moves the focus among `items` as a list does: arrows with wrap, Home, End. Says whether the key was one of these.
pub fn move_focus(items: &[HtmlElement], key: &str, previous: &str, next: &str) -> bool {
    let here = active().and_then(|a| items.iter().position(|i| i.is_same_node(Some(&a))));
    let last = items.len().saturating_sub(1);
    let to = match key {
        k if k == next => here.map_or(0, |i| if i == last { 0 } else { i + 1 }),
        k if k == previous => here.map_or(last, |i| if i == 0 { last } else { i - 1 }),
        "Home" => 0,
        "End" => last,
        _ => return false,
    };
    if let Some(item) = items.get(to) {
        focus(item);
    }
    true
}

/// Runs after the browser has drawn what changed now.
pub fn after_render(work: impl FnOnce() + 'static) {
    request_animation_frame(move || {
        request_animation_frame(work);
    });
}

/// Whether the page that the server sent is being made alive just now: its controls may hold what was typed or ticked
/// before the script came. Whatever is drawn later starts from its signals.
pub fn waking() -> bool {
    Owner::current_shared_context().is_some_and(|context| context.during_hydration())
}
