//! Comments beside a text: threads with their place in it, answers, and who is mentioned.
use super::{
    calls::{comment_add, comment_edit, comment_remove, comment_resolve, comments_list, mentions_search},
    editor,
    page::Doc,
};
use factory::{
    comments::{Anchor, Comment, CommentInput, Named, ParentType, Thread},
    mentions::MentionTarget,
};
use kit::{AppError, Avatar, Badge, Button, ButtonKind, Empty, Icon, IconButton, Size, Tone};
use leptos::{html, prelude::*, task::spawn_local};

/// A comment that is being written about a place in the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    pub anchor: Anchor,
}

/// The threads of a document: the open ones, then those resolved when asked for.
pub fn panel(doc: Doc) -> AnyView {
    let id = doc.document().id;
    let live = kit::use_live("factory.comments");
    let resolved = RwSignal::new(false);
    let list = kit::LocalData::new(move || {
        live.track();
        doc.version.track();
        async move { comments_list(ParentType::Document, id).await }
    });
    let threads = move || match list.get() {
        None => view! { <kit::Skeleton lines=4 /> }.into_any(),
        Some(Err(AppError(fault))) => kit::fault_panel(fault),
        Some(Ok(found)) => {
            let (open, done): (Vec<Thread>, Vec<Thread>) = found.threads.into_iter().partition(|t| !t.resolved);
            let empty = open.is_empty() && done.is_empty();
            let may_write = found.may_write;
            let count = done.len();
            let done = StoredValue::new(done);
            view! {
                {empty.then(|| view! { <Empty icon=Icon::MessageSquare title="No comments yet" text="Select a text and comment on it, or write below." /> })}
                <ul class="doc-threads">{open.into_iter().map(|t| thread(doc, t, may_write)).collect_view()}</ul>
                {(count > 0).then(|| view! {
                    <Button size=Size::Sm kind=ButtonKind::Ghost on:click=move |_| resolved.update(|r| *r = !*r)>
                        {move || if resolved.get() { "Hide resolved".to_owned() } else { format!("Show {count} resolved") }}
                    </Button>
                })}
                {move || resolved.get().then(|| view! { <ul class="doc-threads">{done.get_value().into_iter().map(|t| thread(doc, t, may_write)).collect_view()}</ul> })}
            }
            .into_any()
        }
    };
    // A new thread: about the place that was chosen, or about all of it.
    let place = move || {
        doc.draft.get().map(|draft| {
            let cancel = move |_| {
                if let Some(id) = doc.draft.get_untracked().and_then(|d| d.anchor.comment_id) {
                    editor::remove_comment(doc, &id);
                }
                doc.draft.set(None);
            };
            view! {
                <div class="doc-quote"><q>{draft.anchor.quote}</q> <IconButton icon=Icon::X label="Not about this" size=Size::Sm on:click=cancel /></div>
            }
        })
    };
    let compose = doc.may_write().then(|| {
        view! {
            <div class="doc-compose">
                {place}
                {composer(doc, "new", "Comment", String::new(), Vec::new(), Callback::new(move |(text, named): (String, Vec<Named>)| {
                    let anchor = doc.draft.get_untracked().map(|d| d.anchor);
                    send(doc, CommentInput { text, named, anchor, thread_id: None })
                }))}
            </div>
        }
    });
    view! { {compose} {threads} }.into_any()
}

fn send(doc: Doc, input: CommentInput) {
    let id = doc.document().id;
    spawn_local(async move {
        match comment_add(ParentType::Document, id, input).await {
            Ok(_) => {
                doc.draft.set(None);
                doc.version.update(|n| *n += 1);
            }
            Err(AppError(fault)) => doc.ctx.toasts.fault(&fault),
        }
    });
}

fn thread(doc: Doc, t: Thread, may_write: bool) -> AnyView {
    let Thread { id, anchor, resolved, resolved_by, comments, .. } = t;
    let mark = anchor.as_ref().and_then(|a| a.comment_id.clone());
    let quote = anchor.filter(|a| !a.quote.is_empty()).map(|a| {
        let (section, comment) = (a.section_id.clone(), a.comment_id.clone());
        let go = move |_| {
            let shown = comment.as_deref().is_some_and(|id| editor::show_comment(doc, id));
            if !shown
                && let Some(section) = &section
                && !editor::show_section(doc, section)
                && let Some(heading) = kit::dom::by_id(&format!("s-{section}"))
            {
                heading.scroll_into_view();
            }
        };
        let rule = a.rule.clone().map(|rule| view! { <Badge text=rule tone=Tone::Violet /> });
        view! { <button type="button" class="doc-quote" on:click=go><q>{a.quote}</q> {rule}</button> }
    });
    let settle = move |_| {
        let mark = mark.clone();
        spawn_local(async move {
            match comment_resolve(id, !resolved).await {
                Ok(()) => {
                    if let (Some(mark), false) = (mark, resolved) {
                        editor::remove_comment(doc, &mark);
                    }
                    doc.version.update(|n| *n += 1);
                }
                Err(AppError(fault)) => doc.ctx.toasts.fault(&fault),
            }
        });
    };
    let answering = RwSignal::new(false);
    let answer = move || {
        answering.get().then(|| {
            composer(
                doc,
                "answer",
                "Reply",
                String::new(),
                Vec::new(),
                Callback::new(move |(text, named): (String, Vec<Named>)| {
                    answering.set(false);
                    send(doc, CommentInput { text, named, anchor: None, thread_id: Some(id) });
                }),
            )
        })
    };
    view! {
        <li class="doc-thread" class:done=resolved>
            {quote}
            {comments.into_iter().map(|c| comment(doc, c)).collect_view()}
            {resolved_by.filter(|_| resolved).map(|who| view! { <p class="hint">"Resolved by " {who}</p> })}
            {may_write.then(|| view! {
                <div class="doc-thread-acts">
                    <Button size=Size::Sm kind=ButtonKind::Ghost on:click=move |_| answering.update(|a| *a = !*a)>"Reply"</Button>
                    <Button size=Size::Sm kind=ButtonKind::Ghost icon={if resolved { Icon::RotateCcw } else { Icon::Check }} on:click=settle>{if resolved { "Reopen" } else { "Resolve" }}</Button>
                </div>
            })}
            {answer}
        </li>
    }
    .into_any()
}

fn comment(doc: Doc, c: Comment) -> AnyView {
    let editing = RwSignal::new(false);
    let id = c.id;
    let who = c.author.clone().unwrap_or_else(|| if c.is_agent { "Review (built-in)".to_owned() } else { "Someone who left".to_owned() });
    let remove = move |_| {
        spawn_local(async move {
            match comment_remove(id).await {
                Ok(()) => doc.version.update(|n| *n += 1),
                Err(AppError(fault)) => doc.ctx.toasts.fault(&fault),
            }
        });
    };
    let (text, named, html) = (c.text.clone(), c.named.clone(), c.html.clone());
    let body = move || match editing.get() {
        true => composer(
            doc,
            "edit",
            "Save",
            text.clone(),
            named.clone(),
            Callback::new(move |(text, named): (String, Vec<Named>)| {
                spawn_local(async move {
                    match comment_edit(id, CommentInput { text, named, ..CommentInput::default() }).await {
                        Ok(()) => {
                            editing.set(false);
                            doc.version.update(|n| *n += 1);
                        }
                        Err(AppError(fault)) => doc.ctx.toasts.fault(&fault),
                    }
                });
            }),
        ),
        false => view! { <div class="prose doc-said" inner_html=html.clone()></div> }.into_any(),
    };
    let own = c.own.then(|| {
        view! {
            <span class="doc-own">
                <IconButton icon=Icon::Pencil label="Edit" size=Size::Sm on:click=move |_| editing.update(|e| *e = !*e) />
                <IconButton icon=Icon::Trash2 label="Delete" size=Size::Sm tip_at="left" on:click=remove />
            </span>
        }
    });
    view! {
        <div class="doc-comment">
            <div class="doc-by"><Avatar name=who.clone() size=Size::Sm /> <b>{who}</b> <kit::Ago at=c.created_at /> {c.edited.then_some("edited")} {own}</div>
            {body}
        </div>
    }
    .into_any()
}

/// A box for a comment. `@` offers people and things; what is picked is remembered by its name.
fn composer(
    doc: Doc,
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
        let (asked, project) = (asked.get(), doc.ctx.project.get_untracked());
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
        if name == "new" && doc.draft.with(Option::is_some) {
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
