//! Says when the page no longer hears of changes. Quiet while all is well.
use kit::{Connection, use_connection};
use leptos::prelude::*;

/// The pill of the top bar.
pub fn live_pill() -> AnyView {
    let connection = use_connection();
    let state = move || match connection.get() {
        Connection::Lost => {
            ("live offline", "Reconnecting", "The connection is lost. What you see may be old; it is tried again by itself.")
        }
        Connection::Live => ("live", "Live", "Changes by others show here by themselves."),
        Connection::Idle => ("sr", "Connecting", "Changes show here once the page is connected."),
    };
    view! {
        <span class=move || state().0 role="status" title=move || state().2 data-connection=move || state().1>
            <span class=move || if connection.get() == Connection::Lost { "" } else { "sr" }>{move || state().1}</span>
        </span>
    }
    .into_any()
}
