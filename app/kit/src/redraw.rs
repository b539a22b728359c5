//! What a reader has in hand while a live change draws its place anew: an open menu, the focus in a list. What goes leaves
//! it here under its name; what comes in its stead takes it up.
use std::cell::RefCell;

/// A redraw that takes longer, in milliseconds, comes too late to move anything by itself.
const SOON: u64 = 5_000;

struct Left {
    name: String,
    what: String,
    at: u64,
}

thread_local! {
    static LEFT: RefCell<Vec<Left>> = const { RefCell::new(Vec::new()) };
}

/// In the browser only: the server draws everything once.
fn now() -> u64 {
    js_sys::Date::now() as u64
}

/// Leaves something for what is drawn next under this name.
pub fn leave(name: &str, what: String) {
    LEFT.with_borrow_mut(|left| {
        let now = now();
        left.retain(|one| one.name != name && now.saturating_sub(one.at) < SOON);
        left.push(Left { name: name.to_owned(), what, at: now });
    });
}

/// What was left just now under this name; it stays there.
pub fn peek(name: &str) -> Option<String> {
    LEFT.with_borrow(|left| left.iter().find(|one| one.name == name && now().saturating_sub(one.at) < SOON).map(|one| one.what.clone()))
}

/// Takes what was left just now under this name.
pub fn take(name: &str) -> Option<String> {
    LEFT.with_borrow_mut(|left| {
        let found = left.iter().position(|one| one.name == name)?;
        let left = left.swap_remove(found);
        (now().saturating_sub(left.at) < SOON).then_some(left.what)
    })
}
