//! Dialogs: the browser's own `<dialog>`, so that focus, Escape and the layer above the page are its work.
use crate::{Button, ButtonKind, Icon, TextField, Toasts, dom, icon};
use leptos::{html::Dialog as DialogElement, prelude::*};

/// A question or a short form above the page. Its content is made when it opens, so a closed dialog costs nothing.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    /// Stays at the bottom: usually Cancel and the action.
    #[prop(optional, into)]
    foot: Option<ViewFn>,
    #[prop(optional)] wide: bool,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<DialogElement>::new();
    show_with(node, open);
    let inside = move || {
        open.get().then(|| {
            let foot = foot.clone().map(|f| view! { <div class="dialog-foot">{f.run()}</div> });
            view! {
                <div class="dialog-head">
                    <h2>{title}</h2>
                    <button type="button" class="btn btn-ghost btn-icon" aria-label="Close" on:click=move |_| open.set(false)>{icon(Icon::X)}</button>
                </div>
                <div class="dialog-body">{children()}</div>
                {foot}
            }
            .into_any()
        })
    };
    view! {
        <dialog
            node_ref=node class=if wide { "dialog dialog-wide" } else { "dialog" } aria-label=title
            on:close=move |_| open.set(false)
            on:mousedown=move |event| {
                // A press on the backdrop lands on the dialog element itself.
                if let (Some(target), Some(dialog)) = (event.target(), node.get_untracked())
                    && target == *AsRef::<leptos::web_sys::EventTarget>::as_ref(&dialog)
                {
                    open.set(false);
                }
            }
        >
            {inside}
        </dialog>
    }
    .into_any()
}

/// The `open` of a dialog about one thing: it opens when there is one, and closing it lets the thing go.
pub fn open_while<T: Send + Sync + 'static>(thing: RwSignal<Option<T>>) -> RwSignal<bool> {
    let open = RwSignal::new(false);
    // A signal tells its readers even when it is set to what it was: each side only speaks when it differs.
    crate::effect(move || {
        let wanted = thing.with(Option::is_some);
        if open.get_untracked() != wanted {
            open.set(wanted);
        }
    });
    crate::effect(move || {
        if !open.get() && thing.with_untracked(Option::is_some) {
            thing.set(None);
        }
    });
    open
}

/// Follows a signal with `showModal` and `close`. Toasts move into the open dialog and out again.
pub(crate) fn show_with(node: NodeRef<DialogElement>, open: RwSignal<bool>) {
    let toasts = use_context::<Toasts>();
    let settle = move || {
        if let Some(toasts) = toasts {
            toasts.settle();
        }
    };
    Effect::new(move |was: Option<bool>| {
        let wanted = open.get();
        let Some(dialog) = node.get() else { return wanted };
        if wanted {
            // A page that goes takes its dialogs with it, but not the toasts in them.
            on_cleanup(move || dom::after_render(settle));
        }
        if wanted && !dialog.open() {
            // The content is drawn first, so that the browser finds what to focus.
            dom::after_render(move || {
                if open.get_untracked() && !dialog.open() && dialog.is_connected() {
                    let _ = dialog.show_modal();
                    settle();
                    // What the dialog asks for first, else its first control: never the way out of it.
                    let first = ["[autofocus]", ".dialog-body :is(input, select, textarea, button, a[href])", ".dialog-foot .btn"]
                        .into_iter()
                        .find_map(|wanted| dom::first(&dialog, wanted));
                    if let Some(first) = first {
                        dom::focus(&first);
                    }
                }
            });
        } else if !wanted {
            if dialog.open() {
                dialog.close();
            }
            if was == Some(true) {
                settle();
            }
        }
        wanted
    });
}

/// "Are you sure" that says what goes. With `typed`, the name must be typed: for what cannot be undone.
#[component]
pub fn Confirm(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] text: String,
    /// The verb on the button: "Delete project".
    #[prop(into)]
    verb: String,
    #[prop(optional, into)] typed: Option<String>,
    #[prop(default = true)] danger: bool,
    #[prop(optional, into)] busy: Option<Signal<bool>>,
    #[prop(into)] on_confirm: Callback<()>,
) -> impl IntoView {
    let entered = RwSignal::new(String::new());
    let wanted = StoredValue::new(typed.clone());
    let ready = move || wanted.with_value(|w| w.as_ref().is_none_or(|w| entered.with(|e| e.trim() == w)));
    crate::effect(move || {
        if !open.get() {
            // Each opening starts with an empty box.
            entered.set(String::new());
        }
    });
    let kind = if danger { ButtonKind::Danger } else { ButtonKind::Primary };
    let verb = StoredValue::new(verb);
    let foot = move || {
        view! {
            <Button on:click=move |_| open.set(false)>"Cancel"</Button>
            <Button kind=kind busy=Signal::derive(move || busy.is_some_and(|busy| busy.get())) disabled=Signal::derive(move || !ready()) on:click=move |_| on_confirm.run(())>
                {verb.get_value()}
            </Button>
        }
        .into_any()
    };
    let text = StoredValue::new(text);
    view! {
        <Dialog open=open title=title foot=foot>
            <p>{text.get_value()}</p>
            {wanted.get_value().map(|name| view! {
                <div class="mt-3">
                    <TextField name="confirm" label=format!("Type “{name}” to go on") bind=entered autocomplete="off" autofocus=true />
                </div>
            })}
        </Dialog>
    }
    .into_any()
}
