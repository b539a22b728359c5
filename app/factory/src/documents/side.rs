//! What stands beside the text: outline and guidance, comments, suggestions, history.
use super::{editor, history, page::Doc, suggestions};
use crate::threads;
use kit::{Icon, IconButton, Size};
use leptos::prelude::*;

/// The panel, when one is asked for.
pub fn side(doc: Doc) -> AnyView {
    let panel = move || {
        let (title, body) = match doc.side.get() {
            "guide" => ("Outline", guide(doc)),
            "comments" => ("Comments", threads::panel(doc.talk())),
            "suggestions" => ("Suggestions", suggestions::panel(doc)),
            "history" => ("History", history::panel(doc)),
            _ => return None,
        };
        Some(view! {
            <aside class="doc-side" aria-label=title>
                <div class="doc-side-head"><h2>{title}</h2> <IconButton icon=Icon::X label="Close" size=Size::Sm tip_at="left" on:click=move |_| doc.side.set("") /></div>
                <div class="doc-side-body">{body}</div>
            </aside>
        })
    };
    view! { {panel} }.into_any()
}

/// The headings, and what the template says should stand under them.
fn guide(doc: Doc) -> AnyView {
    let (first, guide) = doc.detail.with_value(|d| {
        let outline: Vec<(u8, String, String)> = d.outline.iter().map(|o| (o.level, o.id.clone(), o.title.clone())).collect();
        (outline, d.guide.clone())
    });
    let headings = move || {
        let outline = doc.live.with(|l| l.outline.clone()).unwrap_or_else(|| first.clone());
        outline
            .into_iter()
            .map(|(level, id, title)| {
                let target = id.clone();
                view! {
                    <li class=format!("d{}", level.clamp(1, 4))>
                        <a
                            href=format!("#s-{id}") rel="external"
                            on:click=move |event| if editor::show_section(doc, &target) { event.prevent_default() }
                        >
                            {if title.is_empty() { "Untitled".to_owned() } else { title }}
                        </a>
                    </li>
                }
                .into_any()
            })
            .collect_view()
    };
    let advice = guide
        .into_iter()
        .map(|g| view! { <dt>{g.heading} {g.required.then(|| view! { <small>" needed"</small> })}</dt> <dd>{g.guidance}</dd> }.into_any())
        .collect::<Vec<_>>();
    let advice =
        (!advice.is_empty()).then(|| view! { <h3 class="doc-side-title">"What belongs here"</h3> <dl class="doc-guide">{advice}</dl> });
    view! { <ol class="doc-outline">{headings}</ol> {advice} }.into_any()
}
