//! The list of keyboard shortcuts behind "?".
use kit::{ShortcutHelp, use_shortcut};
use leptos::prelude::*;

#[derive(Clone, Copy)]
struct HelpOpen(RwSignal<bool>);

/// Listens for "?".
pub fn provide_help() {
    let open = RwSignal::new(false);
    provide_context(HelpOpen(open));
    use_shortcut("?", "Help", "Show keyboard shortcuts", move || open.set(true));
}

/// What opens the list from a menu.
pub fn use_help() -> impl Fn() + Copy + Send + Sync + 'static {
    let open = use_context::<HelpOpen>();
    move || {
        if let Some(HelpOpen(open)) = open {
            open.set(true);
        }
    }
}

/// Where the dialog will be.
pub fn dialog() -> AnyView {
    use_context::<HelpOpen>().map(|HelpOpen(open)| kit::part(move || open.get(), move || HelpDialog(open))).into_any()
}

/// The list as a dialog.
pub struct HelpDialog(RwSignal<bool>);

impl kit::Part for HelpDialog {
    fn view(this: Self) -> AnyView {
        view! { <ShortcutHelp open=this.0 /> }.into_any()
    }
}
