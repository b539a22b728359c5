//! The box a comment is written in.
use super::Talk;
use crate::documents::calls::mentions_search;
use factory::{comments::Named, mentions::MentionTarget};
use kit::{Button, ButtonKind, Size};
use leptos::{html, prelude::*};

/// A box for a comment. `@` offers people and things; what is picked is remembered by its name.
pub fn composer(
    talk: Talk,
    name: &'static str,
    verb: &'static str,
    text: String,
    named: Vec<Named>,
    on_send: Callback<(String, Vec<Named>)>,
) -> AnyView {
    let (typed, picked) = (RwSignal::new(text), RwSignal::new(named));
    let area = NodeRef::<html::Textarea>::new();
    // What stands between the last "@" and the caret, while it may be a name.
    let asked = RwSignal::new(None::<String>);
    let found = kit::LocalData::new(move || {
        let (asked, project) = (asked.get(), talk.project.get_untracked());
        async move {
            match asked {
                Some(typed) => mentions_search(project, typed).await.unwrap_or_default(),
                None => Vec::new(),
            }
        }
    });
    let follow = move |event: leptos::ev::Targeted<leptos::ev::Event, leptos::web_sys::HtmlTextAreaElement>| {
        let now = event.target().value();
        let caret = event.target().selection_end().ok().flatten().unwrap_or(0) as usize;
        // The caret counts UTF-16 units.
        let before = String::from_utf16_lossy(&now.encode_utf16().take(caret).collect::<Vec<_>>());
        asked
            .set(before.rfind('@').map(|at| before[at + 1..].to_owned()).filter(|name| name.chars().count() <= 40 && !name.contains('\n')));
        typed.set(now);
    };
    let pick = move |target: MentionTarget| {
        let now = typed.get_untracked();
        let wanted = asked.get_untracked().unwrap_or_default();
        if let Some(at) = now.rfind(&format!("@{wanted}")) {
            let rest = now[at + 1 + wanted.len()..].to_owned();
            typed.set(format!("{}@{} {}", &now[..at], target.label, rest.trim_start()));
        }
        picked.update(|p| p.push(Named { id: target.id, kind: target.kind, label: target.label }));
        asked.set(None);
        if let Some(area) = area.get_untracked() {
            let _ = area.focus();
        }
    };
    let menu = move || {
        let targets = found.get().filter(|f| !f.is_empty() && asked.with(Option::is_some))?;
        let items = targets
            .into_iter()
            .map(|t| {
                let (kind, label, hint) = (t.kind.words(), t.label.clone(), t.hint.clone());
                view! {
                    <button type="button" class="menu-item" on:mousedown=|event| event.prevent_default() on:click=move |_| pick(t.clone())>
                        <span>{label}</span> <small>{kind} " · " {hint}</small>
                    </button>
                }
                .into_any()
            })
            .collect_view();
        Some(view! { <div class="doc-mentions" role="group" aria-label="Mention">{items}</div> })
    };
    let go = move || {
        let text = typed.get_untracked();
        if text.trim().is_empty() {
            return;
        }
        let named = picked.get_untracked().into_iter().filter(|n| text.contains(&format!("@{}", n.label))).collect();
        on_send.run((text, named));
        typed.set(String::new());
        picked.set(Vec::new());
    };
    // Whoever marked a place in the text writes on here.
    kit::effect(move || {
        if name == "new" && talk.places.is_some_and(|p| p.draft.with(Option::is_some)) {
            kit::dom::after_render(move || {
                if let Some(area) = area.try_get_untracked().flatten() {
                    let _ = area.focus();
                }
            });
        }
    });
    let id = format!("f-comment-{name}");
    view! {
        <form class="doc-composer" on:submit=move |event| { event.prevent_default(); go() }>
            <label class="sr" for=id.clone()>{if name == "answer" { "Reply" } else { "Comment" }}</label>
            <textarea
                node_ref=area id=id class="input" rows="3" maxlength="10000" placeholder="Comment, @ mentions" prop:value=move || typed.get()
                on:input:target=follow
                on:keydown=move |event| match event.key().as_str() {
                    "Enter" if event.ctrl_key() || event.meta_key() => { event.prevent_default(); go() }
                    "Escape" if asked.with_untracked(Option::is_some) => { event.stop_propagation(); asked.set(None) }
                    _ => {}
                }
            ></textarea>
            {menu}
            <Button submit=true size=Size::Sm kind=ButtonKind::Primary>{verb}</Button>
        </form>
    }
    .into_any()
}
