//! How messages, calls, proposals and errors look.
use super::talk::{Piece, Talk};
use factory::{
    assistant::{CallStatus, LONGEST, Message, ToolCall, examples},
    suggestions::AgentType,
};
use kit::{Alert, Badge, Button, ButtonKind, Icon, Popover, Size, Tone};
use leptos::prelude::*;

/// A message of the person.
pub fn asked(text: &str) -> AnyView {
    view! { <div class="chat-asked"><span class="sr">"You: "</span>{text.to_owned()}</div> }.into_any()
}

/// A step of an answer.
pub fn answered(talk: Talk, message: &Message, first: bool) -> AnyView {
    let calls = message.tool_calls.iter().map(|call| shown(talk, call, true)).collect_view();
    let html = message.html.clone();
    let text = (!message.content.trim().is_empty()).then(|| view! { <div class="prose chat-prose" inner_html=html></div> });
    let by = first.then(|| view! { <span class="sr">"Assistant: "</span> });
    view! { <div class="chat-answer">{by} {text} {calls}</div> }.into_any()
}

/// Something of an answer that is being made.
pub fn piece(talk: Talk, piece: &Piece) -> AnyView {
    match piece {
        Piece::Text(text) => view! { <p class="chat-writing">{without_marks(text)}</p> }.into_any(),
        Piece::Call(call) => shown(talk, call, false),
        Piece::Edits { title, link, parts } => edits(&talk.base.get_untracked(), title, link, *parts),
    }
}

/// Edits that wait beside their document.
fn edits(base: &str, title: &str, link: &str, parts: usize) -> AnyView {
    let count = kit::num::plural(i64::try_from(parts).unwrap_or(i64::MAX), "suggested change", "suggested changes");
    let href = format!("{base}{link}?show=suggestions");
    view! { <p class="chat-edits">{kit::icon(Icon::Pencil)} <a class="link" href=href>{count} " in " {title.to_owned()}</a></p> }.into_any()
}

fn shown(talk: Talk, call: &ToolCall, stored: bool) -> AnyView {
    match call.status {
        CallStatus::Done | CallStatus::Failed => line(talk, call),
        CallStatus::AwaitingConfirmation | CallStatus::Approved | CallStatus::Rejected => card(talk, call, stored),
    }
}

/// A call as a quiet line that opens.
fn line(talk: Talk, call: &ToolCall) -> AnyView {
    let failed = call.status == CallStatus::Failed;
    let icon = if failed { Icon::CircleAlert } else { Icon::Check };
    let link = call.link.as_ref().map(|link| {
        let href = format!("{}{link}", talk.base.get_untracked());
        view! { <a class="link" href=href>"Open"</a> }
    });
    let arguments = serde_json::to_string_pretty(&call.arguments).unwrap_or_default();
    let answer = call.error.clone().unwrap_or_else(|| call.result.chars().take(4000).collect());
    let why = call.error.clone().filter(|_| failed).map(|why| view! { <span class="text-danger">": " {why}</span> });
    view! {
        <details class="chat-call">
            <summary>{kit::icon(icon)} <span>{call.title.clone()} {why}</span></summary>
            <div class="chat-call-body">
                <p><code>{call.name.clone()}</code> " " {link}</p>
                <pre tabindex="0"><code>{arguments}</code></pre>
                <pre tabindex="0"><code>{answer}</code></pre>
            </div>
        </details>
    }
    .into_any()
}

/// A proposal: what would change, and the person's word on it.
fn card(talk: Talk, call: &ToolCall, stored: bool) -> AnyView {
    let busy = RwSignal::new(false);
    let (tone, state) = match call.status {
        CallStatus::Approved => (Tone::Success, "Approved"),
        CallStatus::Rejected => (Tone::Neutral, "Rejected"),
        _ => (Tone::Warning, "Waits for you"),
    };
    let changes = call
        .changes
        .iter()
        .map(|change| {
            let old = change.old.clone().map(|old| view! { <del>{old}</del> " " });
            view! { <div><dt>{change.field.clone()}</dt> <dd>{old} <ins>{change.new.clone()}</ins></dd></div> }.into_any()
        })
        .collect_view();
    let link = call.link.as_ref().map(|link| {
        let href = format!("{}{link}", talk.base.get_untracked());
        view! { <a class="link" href=href>"Open"</a> }
    });
    let acts = (call.status == CallStatus::AwaitingConfirmation).then(|| {
        let (yes, no) = (call.id.clone(), call.id.clone());
        // Before the step is stored there is nothing to approve.
        let off = Signal::derive(move || !stored || talk.live.busy.get());
        view! {
            <div class="chat-card-acts">
                <Button kind=ButtonKind::Primary size=Size::Sm icon=Icon::Check busy=busy disabled=off on:click=move |_| talk.decide(yes.clone(), true, busy)>"Approve"</Button>
                <Button size=Size::Sm disabled=off on:click=move |_| talk.decide(no.clone(), false, busy)>"Reject"</Button>
            </div>
        }
    });
    let label = format!("Proposal: {}", call.title);
    view! {
        <section class="chat-card" aria-label=label>
            <div class="chat-card-head"><b>{call.title.clone()}</b> <Badge text=state tone=tone /> {link}</div>
            <dl class="chat-changes">{changes}</dl>
            {acts}
        </section>
    }
    .into_any()
}

/// An answer that ended with an error.
pub fn failed(talk: Talk, why: &str, may_retry: bool) -> AnyView {
    let why = why.to_owned();
    let acts = move || {
        let again = may_retry && talk.conversation.with(Option::is_some);
        again.then(|| view! { <Button size=Size::Sm icon=Icon::RefreshCw on:click=move |_| talk.retry()>"Retry"</Button> })
    };
    view! { <Alert tone=Tone::Danger title="There is no answer." acts=acts>{why}</Alert> }.into_any()
}

/// What can be asked.
pub fn beginning(talk: Talk) -> AnyView {
    let list = move || {
        examples(talk.agent.get())
            .iter()
            .map(|example| {
                let ask = move |_| {
                    talk.typed.set((*example).to_owned());
                    talk.send();
                };
                view! { <li><button type="button" class="chat-example" on:click=ask>{*example}</button></li> }.into_any()
            })
            .collect_view()
    };
    view! {
        <div class="chat-none">
            <p class="chat-none-title">{move || does(talk.agent.get())}</p>
            <p class="hint">"It reads with your rights, cites what it found, and changes nothing before you approve it. Try:"</p>
            <ul>{list}</ul>
        </div>
    }
    .into_any()
}

const fn does(agent: AgentType) -> &'static str {
    match agent {
        AgentType::Refinery => "Ask about requirements, or let them be reviewed and drafted.",
        AgentType::Foundry => "Ask about blueprints, code and what went stale.",
        AgentType::Planner => "Ask about the plan, or let work orders be prepared.",
        AgentType::Validator => "Ask what users say, or let feedback be categorised.",
    }
}

/// The field to say something, with Send or Stop.
pub fn composer(talk: Talk) -> AnyView {
    let field = NodeRef::<leptos::html::Textarea>::new();
    let busy = talk.live.busy;
    let keys = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            talk.send();
        }
    };
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        talk.send();
    };
    let act = move || match busy.get() {
        true => view! { <Button icon=Icon::CircleX on:click=move |_| talk.stop()>"Stop"</Button> }.into_any(),
        false => view! { <Button kind=ButtonKind::Primary icon=Icon::Send submit=true>"Send"</Button> }.into_any(),
    };
    view! {
        <form class="chat-composer" on:submit=send>
            <textarea
                class="input" rows="2" maxlength=LONGEST.to_string() aria-label="Message" placeholder="Ask, or say what is to be prepared" node_ref=field
                prop:value=move || talk.typed.get() on:input=move |event| talk.typed.set(event_target_value(&event)) on:keydown=keys
            ></textarea>
            <div class="chat-send"><span class="hint">"Enter sends, Shift+Enter begins a line"</span> {act}</div>
        </form>
    }
    .into_any()
}

/// Who answers, and how that is changed.
pub fn badge(talk: Talk, id: &'static str) -> AnyView {
    let path = kit::use_org_path();
    let shown = move || {
        talk.who.get().map(|who| {
            let secrets = path("/settings/secrets");
            match who.builtin {
                true => view! {
                    <Popover id=id label="Built-in assistant" icon=Icon::Bot trigger_class="btn btn-ghost btn-sm" end=true>
                        <div class="chat-who">
                            <p>"Rules and search of this installation answer: no language model, nothing leaves it."</p>
                            <p>
                                "Whoever runs it can name a model in the configuration: " <code>"models.provider"</code> " (openai, anthropic, ollama, openrouter) and "
                                <code>"models.model"</code> ". Keys are kept under " <a class="link" href=secrets>"Settings, Secrets"</a> " or in " <code>"models.key"</code> "."
                            </p>
                        </div>
                    </Popover>
                }
                .into_any(),
                false => view! { <Badge text=who.label icon=Icon::Bot line=true /> }.into_any(),
            }
        })
    };
    view! { <span class="chat-badge">{shown}</span> }.into_any()
}

/// Markdown as plain text, while it is still being written: links by their words, without marks.
pub fn without_marks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['[', '*', '`', '\\']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        if let Some(escaped) = tail.strip_prefix('\\') {
            let n = escaped.chars().next().map_or(0, char::len_utf8);
            out.push_str(&escaped[..n]);
            rest = &escaped[n..];
        } else if let Some((words, target)) = tail.strip_prefix('[').and_then(|t| t.split_once("](")) {
            out.push_str(words);
            // The address may not be there yet.
            rest = target.split_once(')').map_or("", |(_, after)| after);
        } else if let Some(after) = tail.strip_prefix('[') {
            out.push('[');
            rest = after;
        } else {
            rest = &tail[1..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::without_marks;

    #[test]
    fn what_is_being_written_reads_as_text() {
        assert_eq!(without_marks("See **the** [Login](/o/a/b): `x`"), "See the Login: x");
        assert_eq!(without_marks("Half a [link](/o/a"), "Half a link");
        assert_eq!(without_marks("An [open"), "An [open");
        assert_eq!(without_marks(r"F\[1\] \*"), "F[1] *");
    }
}
