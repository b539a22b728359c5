//! The installation, for its administrators: metadata of people and organizations, never their contents.

pub mod audit;
pub mod cron;
pub mod health;
pub mod identity;
pub mod jobs;
mod listing;
pub mod mailbox;
pub mod orgs;
pub mod users;

use kit::PageHead;
use leptos::prelude::*;

/// The frame of a page of the installation: wide, for tables.
pub(crate) fn page(title: &'static str, text: &'static str, acts: AnyView, body: AnyView) -> AnyView {
    view! {
        <div class="page page-wide">
            <PageHead title=title text=move || text acts=move || acts />
            {body}
        </div>
    }
    .into_any()
}

/// The day of a moment, with the year.
pub(crate) fn day(at: chrono::DateTime<chrono::Utc>) -> String {
    kit::time::day_text(at)
}
