//! Short messages at the edge, read aloud politely; one with "Undo" stays ten seconds.
use crate::{Icon, Tone, dom, icon};
use kernel::Fault;
use leptos::{html, prelude::*};
use std::time::Duration;

#[derive(Clone)]
struct Toast {
    id: u64,
    tone: Tone,
    text: String,
    note: Option<String>,
    undo: Option<Callback<()>>,
}

/// Where messages are sent. Get it with [`use_toasts`].
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<u64>,
    place: NodeRef<html::Div>,
}

/// Provides the toasts of the page; the shell calls it once and shows [`Toaster`].
pub fn provide_toasts() -> Toasts {
    let toasts = Toasts { list: RwSignal::new(Vec::new()), next: StoredValue::new(1), place: NodeRef::new() };
    provide_context(toasts);
    toasts
}

/// The page's toasts.
pub fn use_toasts() -> Toasts {
    use_context().unwrap_or_else(provide_toasts)
}

impl Toasts {
    /// It worked.
    pub fn success(self, text: impl Into<String>) {
        self.push(Tone::Success, text.into(), None, None);
    }

    /// Something to know.
    pub fn info(self, text: impl Into<String>) {
        self.push(Tone::Info, text.into(), None, None);
    }

    /// It did not work: the message of the fault, and its request id where that helps.
    pub fn fault(self, fault: &Fault) {
        let note = fault.request_id.as_ref().filter(|_| fault.code.status() >= 500).map(|id| format!("Request {id}"));
        self.push(Tone::Danger, fault.message.clone(), note, None);
    }

    /// It worked and can be taken back for ten seconds.
    pub fn undo(self, text: impl Into<String>, undo: impl Fn() + Send + Sync + 'static) {
        self.push(Tone::Success, text.into(), None, Some(Callback::new(move |()| undo())));
    }

    fn push(self, tone: Tone, text: String, note: Option<String>, undo: Option<Callback<()>>) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        let seconds = match (tone, undo.is_some()) {
            (_, true) => 10,
            (Tone::Danger, _) => 12,
            _ => 5,
        };
        self.list.update(|list| {
            list.push(Toast { id, tone, text, note, undo });
            // Three fit without hiding the page.
            if list.len() > 3 {
                list.remove(0);
            }
        });
        self.expire(id, Duration::from_secs(seconds));
    }

    fn expire(self, id: u64, after: Duration) {
        set_timeout(
            move || {
                let held = dom::by_id(&format!("toast-{id}")).is_some_and(|e| e.matches(":hover, :focus-within").unwrap_or(false));
                if held { self.expire(id, Duration::from_secs(2)) } else { self.close(id) }
            },
            after,
        );
    }

    fn close(self, id: u64) {
        if self.list.try_with_untracked(|list| list.iter().any(|t| t.id == id)).unwrap_or(false) {
            self.list.update(|list| list.retain(|t| t.id != id));
        }
    }

    /// Puts the toasts where they can be seen and pressed: a modal dialog makes everything outside of it deaf, so they
    /// live inside the open one, and in the body otherwise.
    pub(crate) fn settle(self) {
        let (Some(place), Some(body)) = (self.place.try_get_untracked().flatten(), document().body()) else { return };
        let home = dom::all(&body, "dialog:modal").pop().unwrap_or(body);
        let moves = place.parent_element().is_none_or(|parent| !parent.is_same_node(Some(&home)));
        if moves {
            let _ = home.append_child(&place);
        }
        // What moved is hidden; shown anew, it stands above what opened since.
        if moves || !place.matches(":popover-open").unwrap_or(false) {
            let _ = place.show_popover();
        }
    }
}

/// The place where toasts show.
#[component]
pub fn Toaster() -> impl IntoView {
    let toasts = use_toasts();
    crate::effect(move || {
        toasts.list.track();
        if toasts.place.get().is_some() {
            toasts.settle();
        }
    });
    view! {
        <div node_ref=toasts.place popover="manual" class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.list.get() key=|t| t.id children=move |toast| toast_view(toasts, toast) />
        </div>
    }
    .into_any()
}

fn toast_view(toasts: Toasts, toast: Toast) -> AnyView {
    let Toast { id, tone, text, note, undo } = toast;
    let (class, mark) = match tone {
        Tone::Danger => ("toast toast-danger", Icon::CircleAlert),
        Tone::Info => ("toast toast-info", Icon::Info),
        _ => ("toast toast-success", Icon::CircleCheck),
    };
    let class = if undo.is_some() { format!("{class} toast-undo") } else { class.to_owned() };
    let undo = undo.map(|undo| {
        view! {
            <button
                type="button" class="btn btn-sm"
                on:click=move |_| { toasts.close(id); undo.run(()) }
            >
                "Undo"
            </button>
        }
    });
    view! {
        <div id=format!("toast-{id}") class=class>
            {icon(mark)}
            <div>{text} {note.map(|n| view! { <small>{n}</small> })}</div>
            {undo}
            <button type="button" class="btn btn-ghost btn-icon btn-sm" aria-label="Dismiss" on:click=move |_| toasts.close(id)>{icon(Icon::X)}</button>
        </div>
    }
    .into_any()
}
