//! Threads on a document, a work order, feedback: comments with answers, and who is mentioned. Those on a text have their
//! place in it.
use crate::documents::calls::{comment_add, comment_edit, comment_remove, comment_resolve, comments_list};
use composer::composer;
use factory::comments::{Anchor, Comment, CommentInput, Named, ParentType, Thread};
use kernel::Fault;
use kit::{AppError, Avatar, Badge, Button, ButtonKind, Empty, Icon, IconButton, Size, Tone};
use leptos::{prelude::*, task::spawn_local};

mod composer;

/// A comment that is being written about a place in the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    pub anchor: Anchor,
}

/// What a text does for the threads in it.
#[derive(Clone, Copy)]
pub struct Places {
    /// The place that is being written about.
    pub draft: RwSignal<Option<Draft>>,
    /// Shows the place of a thread.
    pub show: Callback<Anchor>,
    /// Takes the mark of a thread out of the text.
    pub unmark: Callback<String>,
}

/// What is talked about.
#[derive(Clone, Copy)]
pub struct Talk {
    pub kind: ParentType,
    pub id: uuid::Uuid,
    pub project: Memo<String>,
    /// Rises when something was said here.
    pub version: RwSignal<u64>,
    pub toasts: kit::Toasts,
    /// Where it is a text.
    pub places: Option<Places>,
}

impl Talk {
    fn told(self, answer: Result<(), Fault>) {
        match answer {
            Ok(()) => drop(self.version.try_update(|n| *n += 1)),
            Err(fault) => self.toasts.fault(&fault),
        }
    }
}

/// The threads: the open ones, then those resolved when asked for.
pub fn panel(talk: Talk) -> AnyView {
    let live = kit::use_live("factory.comments");
    let resolved = RwSignal::new(false);
    let list = kit::LocalData::new(move || {
        live.track();
        talk.version.track();
        async move { comments_list(talk.kind, talk.id).await }
    });
    let empty_words = match talk.places {
        Some(_) => "Select a text and comment on it, or write here.",
        None => "Ask, answer, decide: @ tells somebody of it.",
    };
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
                {empty.then(|| view! { <Empty icon=Icon::MessageSquare title="No comments yet" text=empty_words /> })}
                <ul class="doc-threads">{open.into_iter().map(|t| thread(talk, t, may_write)).collect_view()}</ul>
                {(count > 0).then(|| view! {
                    <Button size=Size::Sm kind=ButtonKind::Ghost on:click=move |_| resolved.update(|r| *r = !*r)>
                        {move || if resolved.get() { "Hide resolved".to_owned() } else { format!("Show {count} resolved") }}
                    </Button>
                })}
                {move || resolved.get().then(|| view! { <ul class="doc-threads">{done.get_value().into_iter().map(|t| thread(talk, t, may_write)).collect_view()}</ul> })}
            }
            .into_any()
        }
    };
    // A new thread: about the place that was chosen, or about all of it.
    let place = move || {
        let places = talk.places?;
        let draft = places.draft.get()?;
        let cancel = move |_| {
            if let Some(id) = places.draft.get_untracked().and_then(|d| d.anchor.comment_id) {
                places.unmark.run(id);
            }
            places.draft.set(None);
        };
        Some(view! {
            <div class="doc-quote"><q>{draft.anchor.quote}</q> <IconButton icon=Icon::X label="Not about this" size=Size::Sm on:click=cancel /></div>
        })
    };
    // It stays as it is while the threads are drawn anew.
    let may_write = Memo::new(move |_| matches!(list.get(), Some(Ok(found)) if found.may_write));
    let compose = move || {
        may_write.get().then(|| {
            let on_send = Callback::new(move |(text, named): (String, Vec<Named>)| {
                let anchor = talk.places.and_then(|p| p.draft.get_untracked()).map(|d| d.anchor);
                send(talk, CommentInput { text, named, anchor, thread_id: None })
            });
            view! { <div class="doc-compose">{place} {composer(talk, "new", "Comment", String::new(), Vec::new(), on_send)}</div> }
        })
    };
    view! { {compose} {threads} }.into_any()
}

/// The threads of what a drawer shows, as soon as that is known: outside of what is loaded, so that a comment that is being
/// written stays while others change things.
pub fn beside(of: RwSignal<Option<uuid::Uuid>>, make: impl Fn(uuid::Uuid) -> Talk + Send + Sync + 'static) -> AnyView {
    // The server does not draw them, and the browser takes over what the server drew.
    let here = RwSignal::new(false);
    kit::effect(move || {
        kit::dom::after_render(move || {
            here.try_set(true);
        });
    });
    let of = Memo::new(move |_| of.get().filter(|_| here.get()));
    let shown = move || {
        of.get().map(|id| view! { <section class="feature-sec" aria-label="Threads"><h3>"Threads"</h3><div class="stack">{panel(make(id))}</div></section> })
    };
    view! { {shown} }.into_any()
}

fn send(talk: Talk, input: CommentInput) {
    spawn_local(async move {
        let answer = comment_add(talk.kind, talk.id, input).await;
        if let (Ok(_), Some(places)) = (&answer, talk.places) {
            places.draft.try_set(None);
        }
        talk.told(answer.map(|_| ()).map_err(|AppError(fault)| fault));
    });
}

fn thread(talk: Talk, t: Thread, may_write: bool) -> AnyView {
    let Thread { id, anchor, resolved, resolved_by, comments, .. } = t;
    let mark = anchor.as_ref().and_then(|a| a.comment_id.clone());
    let quote = anchor.filter(|a| !a.quote.is_empty()).map(|a| {
        let (rule, quote) = (a.rule.clone().map(|rule| view! { <Badge text=rule tone=Tone::Violet /> }), a.quote.clone());
        let go = move |_| {
            if let Some(places) = talk.places {
                places.show.run(a.clone());
            }
        };
        view! { <button type="button" class="doc-quote" on:click=go><q>{quote}</q> {rule}</button> }
    });
    let settle = move |_| {
        let mark = mark.clone();
        spawn_local(async move {
            let answer = comment_resolve(id, !resolved).await;
            if let (Ok(()), Some(places), Some(mark), false) = (&answer, talk.places, mark, resolved) {
                places.unmark.run(mark);
            }
            talk.told(answer.map_err(|AppError(fault)| fault));
        });
    };
    let answering = RwSignal::new(false);
    let answer = move || {
        answering.get().then(|| {
            composer(
                talk,
                "answer",
                "Reply",
                String::new(),
                Vec::new(),
                Callback::new(move |(text, named): (String, Vec<Named>)| {
                    answering.set(false);
                    send(talk, CommentInput { text, named, anchor: None, thread_id: Some(id) });
                }),
            )
        })
    };
    view! {
        <li class="doc-thread" class:done=resolved>
            {quote}
            {comments.into_iter().map(|c| comment(talk, c)).collect_view()}
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

fn comment(talk: Talk, c: Comment) -> AnyView {
    let editing = RwSignal::new(false);
    let id = c.id;
    let who = c.author.clone().unwrap_or_else(|| if c.is_agent { "Review (built-in)".to_owned() } else { "Someone who left".to_owned() });
    let remove = move |_| {
        spawn_local(async move {
            talk.told(comment_remove(id).await.map_err(|AppError(fault)| fault));
        });
    };
    let (text, named, html) = (c.text.clone(), c.named.clone(), c.html.clone());
    let body = move || match editing.get() {
        true => composer(
            talk,
            "edit",
            "Save",
            text.clone(),
            named.clone(),
            Callback::new(move |(text, named): (String, Vec<Named>)| {
                spawn_local(async move {
                    let answer = comment_edit(id, CommentInput { text, named, ..CommentInput::default() }).await;
                    if answer.is_ok() {
                        editing.try_set(false);
                    }
                    talk.told(answer.map_err(|AppError(fault)| fault));
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
