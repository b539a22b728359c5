//! What happened, newest first.
use crate::{Ago, Icon, Tone, html::classes, icon};
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// One thing that happened.
pub struct Entry {
    pub at: DateTime<Utc>,
    pub icon: Icon,
    pub tone: Tone,
    pub who: String,
    pub what: String,
    /// More below the line: a comment, a change.
    pub more: Option<AnyView>,
}

impl Entry {
    pub fn new(at: DateTime<Utc>, icon: Icon, who: impl Into<String>, what: impl Into<String>) -> Self {
        Self { at, icon, tone: Tone::Neutral, who: who.into(), what: what.into(), more: None }
    }

    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    pub fn more(mut self, more: AnyView) -> Self {
        self.more = Some(more);
        self
    }
}

/// The line of events.
#[component]
pub fn Timeline(entries: Vec<Entry>) -> impl IntoView {
    let items = entries
        .into_iter()
        .map(|e| {
            view! {
                <li>
                    <span class=classes(&["mark", e.tone.class()])>{icon(e.icon)}</span>
                    <div class="what"><b>{e.who}</b> " " {e.what} {e.more}</div>
                    <Ago at=e.at />
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! { <ol class="line-list">{items}</ol> }.into_any()
}
