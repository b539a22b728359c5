//! Keyboard shortcuts of the page, and the list of them behind "?".
use crate::{Dialog, dom};
use leptos::{ev, prelude::*};

#[derive(Clone)]
struct Shortcut {
    id: u64,
    keys: &'static str,
    label: String,
    group: String,
    run: Callback<()>,
}

/// The shortcuts that are active now.
#[derive(Clone, Copy)]
pub struct Shortcuts {
    list: RwSignal<Vec<Shortcut>>,
    next: StoredValue<u64>,
}

/// How long the second key of "g f" may take.
const PATIENCE_MS: f64 = 1000.0;

/// Provides the shortcuts and listens; the shell calls it once.
pub fn provide_shortcuts() -> Shortcuts {
    let shortcuts = Shortcuts { list: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
    provide_context(shortcuts);
    let pending = StoredValue::new((String::new(), 0.0));
    crate::effect(move || {
        let handle = window_event_listener(ev::keydown, move |event| {
            if event.default_prevented() || event.is_composing() {
                return;
            }
            let pressed = chord(&event);
            let held = pressed.contains('+');
            // Plain keys belong to what is typed into; with an open dialog they belong to it.
            if !held && (dom::is_typing(&event) || document().query_selector("dialog[open]").is_ok_and(|d| d.is_some())) {
                return;
            }
            let (before, at) = pending.get_value();
            let now = js_sys::Date::now();
            let wanted = if !before.is_empty() && now - at < PATIENCE_MS { format!("{before} {pressed}") } else { pressed.clone() };
            let found = shortcuts.list.with_untracked(|l| l.iter().rev().find(|s| s.keys == wanted || s.keys == pressed).map(|s| s.run));
            match found {
                Some(run) => {
                    pending.set_value((String::new(), 0.0));
                    event.prevent_default();
                    run.run(());
                }
                None => {
                    let starts = shortcuts.list.with_untracked(|l| l.iter().any(|s| s.keys.split(' ').next() == Some(&pressed)));
                    pending.set_value(if starts { (pressed, now) } else { (String::new(), 0.0) });
                }
            }
        });
        on_cleanup(move || handle.remove());
    });
    shortcuts
}

/// `mod+k` for Ctrl or Command with K, `g`, `?`, `shift+enter`.
fn chord(event: &ev::KeyboardEvent) -> String {
    let key = event.key();
    let mut out = String::new();
    if event.ctrl_key() || event.meta_key() {
        out.push_str("mod+");
    }
    if event.alt_key() {
        out.push_str("alt+");
    }
    if event.shift_key() && key.chars().count() > 1 {
        out.push_str("shift+");
    }
    out.push_str(&key.to_ascii_lowercase());
    out
}

/// Adds a shortcut while the calling component is on the page: `use_shortcut("g f", "Go to", "Features", move || ..)`.
pub fn use_shortcut(keys: &'static str, group: impl Into<String>, label: impl Into<String>, run: impl Fn() + Send + Sync + 'static) {
    let Some(shortcuts) = use_context::<Shortcuts>() else {
        return;
    };
    let id = shortcuts.next.get_value();
    shortcuts.next.set_value(id + 1);
    let shortcut = Shortcut { id, keys, label: label.into(), group: group.into(), run: Callback::new(move |()| run()) };
    shortcuts.list.update_untracked(|list| list.push(shortcut));
    on_cleanup(move || {
        let _ = shortcuts.list.try_update_untracked(|list| list.retain(|s| s.id != id));
    });
}

/// The keys of a shortcut as they are drawn: `["Ctrl", "K"]`, `["G", "F"]`.
pub fn key_names(keys: &str) -> Vec<String> {
    keys.split([' ', '+'])
        .map(|key| match key {
            "mod" => "Ctrl".to_owned(),
            "escape" => "Esc".to_owned(),
            "enter" => "↵".to_owned(),
            "arrowup" => "↑".to_owned(),
            "arrowdown" => "↓".to_owned(),
            one if one.chars().count() == 1 => one.to_uppercase(),
            other => other[..1].to_uppercase() + &other[1..],
        })
        .collect()
}

/// Every shortcut that works on this page.
#[component]
pub fn ShortcutHelp(open: RwSignal<bool>) -> impl IntoView {
    let groups = move || {
        // Read when the dialog opens: shortcuts come and go with the page, not while it is open.
        let list = use_context::<Shortcuts>().map(|s| s.list.get_untracked()).unwrap_or_default();
        let mut names: Vec<String> = Vec::new();
        for shortcut in &list {
            if !names.contains(&shortcut.group) {
                names.push(shortcut.group.clone());
            }
        }
        names
            .into_iter()
            .map(|name| {
                let lines = list
                    .iter()
                    .filter(|s| s.group == name)
                    .map(|s| {
                        let keys = key_names(s.keys).into_iter().map(|k| view! { <kbd>{k}</kbd> }).collect_view();
                        view! { <dt class="!text-fg">{s.label.clone()}</dt><dd class="row justify-end gap-1">{keys}</dd> }.into_any()
                    })
                    .collect_view();
                view! { <section><h3 class="text-fg mb-1">{name}</h3><dl class="facts">{lines}</dl></section> }.into_any()
            })
            .collect_view()
    };
    view! {
        <Dialog open=open title="Keyboard shortcuts" wide=true>
            <div class="cols-2">{groups()}</div>
        </Dialog>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::key_names;

    #[test]
    fn keys_are_drawn_as_on_the_board() {
        assert_eq!(key_names("mod+k"), ["Ctrl", "K"]);
        assert_eq!(key_names("g f"), ["G", "F"]);
        assert_eq!(key_names("escape"), ["Esc"]);
    }
}
