//! One talk: what was said, what is being said, and the field to say more. The page and the panel show the same.
use super::{
    calls::{Opened, assistant_confirm, assistant_talk},
    say, stream,
};
use factory::{
    assistant::{CallStatus, ChatAsk, ChatEvent, Confirmation, Context, Message, Role, ToolCall, Who},
    suggestions::AgentType,
};
use kernel::Fault;
use kit::AppError;
use leptos::{prelude::*, reactive::send_wrapper_ext::SendOption, task::spawn_local};
use std::time::Duration;
use uuid::Uuid;
use web_sys::AbortController;

/// The state of a talk.
#[derive(Clone, Copy)]
pub struct Talk {
    pub project: Memo<String>,
    /// `/o/acme/factory/shop`
    pub base: Memo<String>,
    /// Known once the page is loaded.
    pub id: RwSignal<Option<Uuid>>,
    pub who: RwSignal<Option<Who>>,
    pub conversation: RwSignal<Option<Uuid>>,
    pub agent: RwSignal<AgentType>,
    pub context: RwSignal<Option<Context>>,
    pub messages: RwSignal<Vec<Message>>,
    pub live: Live,
    /// What is typed.
    pub typed: RwSignal<String>,
    pub fault: RwSignal<Option<Fault>>,
    /// Rises when conversations came or went.
    pub version: RwSignal<u64>,
    pub toasts: kit::Toasts,
    stop: StoredValue<SendOption<AbortController>>,
}

/// The answer that is being made.
#[derive(Clone, Copy)]
pub struct Live {
    pub busy: RwSignal<bool>,
    pub asked: RwSignal<String>,
    pub calls: RwSignal<Vec<Piece>>,
    pub text: RwSignal<String>,
}

/// Something of an answer besides the text that is written right now.
#[derive(Clone, PartialEq)]
pub enum Piece {
    Text(String),
    Call(ToolCall),
    Edits { title: String, link: String, parts: usize },
}

impl Talk {
    pub fn new(project: Memo<String>) -> Self {
        let path = kit::use_org_path();
        let text = || RwSignal::new(String::new());
        Self {
            project,
            base: Memo::new(move |_| path(&format!("/factory/{}", project.get()))),
            id: RwSignal::new(None),
            who: RwSignal::new(None),
            conversation: RwSignal::new(None),
            agent: RwSignal::new(AgentType::Refinery),
            context: RwSignal::new(None),
            messages: RwSignal::new(Vec::new()),
            live: Live { busy: RwSignal::new(false), asked: text(), calls: RwSignal::new(Vec::new()), text: text() },
            typed: text(),
            fault: RwSignal::new(None),
            version: RwSignal::new(0),
            toasts: kit::use_toasts(),
            stop: StoredValue::new(SendOption::new_local(None)),
        }
    }

    /// Nothing is said yet.
    pub fn clear(self) {
        self.stop();
        self.conversation.set(None);
        self.messages.set(Vec::new());
        self.fault.set(None);
        self.quiet();
    }

    /// Shows a conversation as it was loaded.
    pub fn take(self, opened: Opened) {
        // What is being said stands below the messages until it is stored.
        if self.live.busy.get_untracked() {
            if self.conversation.get_untracked() == Some(opened.conversation.id) {
                return;
            }
            self.stop();
        }
        self.conversation.set(Some(opened.conversation.id));
        self.agent.set(opened.conversation.agent_type);
        self.context.set(opened.conversation.context);
        self.messages.set(opened.messages);
        self.quiet();
    }

    fn quiet(self) {
        self.live.asked.set(String::new());
        self.live.calls.set(Vec::new());
        self.live.text.set(String::new());
    }

    /// Says what is typed.
    pub fn send(self) {
        let message = self.typed.get_untracked().trim().to_owned();
        if !message.is_empty() && !self.live.busy.get_untracked() {
            self.typed.set(String::new());
            self.ask(message, false);
        }
    }

    /// Lets the last message be answered again.
    pub fn retry(self) {
        if !self.live.busy.get_untracked() {
            self.ask(String::new(), true);
        }
    }

    /// Ends the answer; what was said of it stays.
    pub fn stop(self) {
        self.stop.try_update_value(|stop| {
            if let Some(controller) = std::mem::replace(stop, SendOption::new_local(None)).take() {
                controller.abort();
            }
        });
    }

    fn ask(self, message: String, retry: bool) {
        let (Some(project), Ok(controller)) = (self.id.get_untracked(), AbortController::new()) else { return };
        self.fault.set(None);
        self.quiet();
        self.live.busy.set(true);
        self.live.asked.set(message.clone());
        let signal = controller.signal();
        self.stop.set_value(SendOption::new_local(Some(controller)));
        let ask = ChatAsk {
            conversation_id: self.conversation.get_untracked(),
            agent_type: self.agent.get_untracked(),
            context: self.context.get_untracked(),
            message,
            retry,
        };
        spawn_local(async move {
            // The page may be gone before the answer is.
            let started = move |id| {
                self.conversation.try_set(Some(id));
                self.version.try_update(|n| *n += 1);
            };
            let ended = stream::ask(project, &ask, &signal, started, move |event| self.heard(event)).await;
            match ended {
                Ok(stream::Ended::Done) => self.reload().await,
                // What was said until then is stored a moment later.
                Ok(stream::Ended::Broken) => set_timeout(move || spawn_local(self.reload()), Duration::from_millis(400)),
                Err(fault) => {
                    // Refused before it was taken in: the person keeps what was typed.
                    if !ask.message.is_empty() && self.typed.try_with_untracked(String::is_empty) == Some(true) {
                        self.typed.try_set(ask.message.clone());
                    }
                    self.live.asked.try_set(String::new());
                    self.live.busy.try_set(false);
                    self.fault.try_set(Some(fault));
                }
            }
        });
    }

    fn heard(self, event: ChatEvent) {
        let settle = || {
            let text = self.live.text.try_update(std::mem::take).unwrap_or_default();
            if !text.trim().is_empty() {
                self.live.calls.try_update(|pieces| pieces.push(Piece::Text(text)));
            }
        };
        match event {
            ChatEvent::TextDelta { text } => {
                self.live.text.try_update(|now| now.push_str(&text));
            }
            ChatEvent::ToolResult { call } | ChatEvent::ConfirmationRequired { call } => {
                settle();
                self.live.calls.try_update(|pieces| pieces.push(Piece::Call(call)));
            }
            ChatEvent::EditSuggestion { title, link, parts, .. } => {
                settle();
                self.live.calls.try_update(|pieces| pieces.push(Piece::Edits { title, link, parts }));
            }
            ChatEvent::ToolCall { .. } => settle(),
            ChatEvent::Error { .. } | ChatEvent::Done { .. } => {}
        }
    }

    /// Shows the talk as it is stored, in place of what was heard of it.
    pub async fn reload(self) {
        let Some(Some(id)) = self.conversation.try_get_untracked() else {
            self.live.busy.try_set(false);
            return;
        };
        let Some(project) = self.project.try_get_untracked() else { return };
        let opened = assistant_talk(project, id).await;
        self.live.busy.try_set(false);
        // Another conversation may be open by now.
        if self.conversation.try_get_untracked() != Some(Some(id)) {
            return;
        }
        match opened {
            Ok(opened) => self.take(opened),
            Err(AppError(fault)) => {
                self.fault.try_set(Some(fault));
            }
        }
    }

    /// Approves or rejects a proposal.
    pub fn decide(self, call: String, approve: bool, busy: RwSignal<bool>) {
        let (project, Some(conversation_id)) = (self.project.get_untracked(), self.conversation.get_untracked()) else { return };
        busy.set(true);
        spawn_local(async move {
            let said = Confirmation { conversation_id, call_id: call, approve };
            match assistant_confirm(project, said).await {
                Ok(call) if call.status == CallStatus::Approved => self.toasts.success(call.title),
                Ok(_) => self.toasts.info("Rejected. Nothing was changed."),
                Err(AppError(fault)) => self.toasts.fault(&fault),
            }
            busy.try_set(false);
            self.reload().await;
        });
    }
}

/// Everything of a talk.
pub fn talk(talk: Talk) -> AnyView {
    // Nobody waits for an answer on a page that is gone.
    on_cleanup(move || talk.stop());
    let place = NodeRef::<leptos::html::Div>::new();
    // What is new comes into sight, unless the reader has gone up to read.
    kit::effect(move || {
        talk.messages.track();
        talk.live.text.track();
        talk.live.calls.track();
        talk.live.busy.track();
        kit::dom::after_render(move || {
            if let Some(Some(element)) = place.try_get_untracked() {
                let below = element.scroll_height() - element.scroll_top() - element.client_height();
                if below < 400 || talk.live.busy.try_get_untracked() == Some(false) {
                    element.set_scroll_top(element.scroll_height());
                }
            }
        });
    });
    let nothing = move || talk.messages.with(Vec::is_empty) && !talk.live.busy.get() && talk.live.asked.with(String::is_empty);
    view! {
        <div class="chat-talk">
            <div class="chat-said" node_ref=place tabindex="0" role="log" aria-label="Conversation" aria-busy=move || talk.live.busy.get().to_string()>
                {move || nothing().then(|| say::beginning(talk))}
                {move || stored(talk)}
                {move || live(talk)}
                {move || talk.fault.get().map(|fault| say::failed(talk, &fault.message, false))}
            </div>
            {say::composer(talk)}
        </div>
    }
    .into_any()
}

fn stored(talk: Talk) -> AnyView {
    talk.messages.with(|messages| {
        let last = messages.len().saturating_sub(1);
        let mut before = None;
        messages
            .iter()
            .enumerate()
            .map(|(n, message)| {
                let first = before != Some(message.role);
                before = Some(message.role);
                match message.role {
                    Role::User => say::asked(&message.content),
                    Role::Assistant => say::answered(talk, message, first),
                    Role::System => say::failed(talk, &message.content, n == last),
                }
            })
            .collect_view()
            .into_any()
    })
}

/// What is being said right now.
fn live(talk: Talk) -> Option<AnyView> {
    let Live { busy, asked, calls, text } = talk.live;
    let question = asked.get();
    if !busy.get() && question.is_empty() {
        return None;
    }
    let question = (!question.is_empty()).then(|| say::asked(&question));
    let pieces = move || calls.with(|pieces| pieces.iter().map(|piece| say::piece(talk, piece)).collect_view());
    let writing = move || {
        let said = text.with(|text| say::without_marks(text));
        (!said.is_empty()).then(|| view! { <p class="chat-writing">{said}</p> })
    };
    let waits = move || {
        (busy.get() && text.with(String::is_empty))
            .then(|| view! { <p class="chat-waits"><span class="sr">"The assistant works"</span></p> })
    };
    Some(view! { {question} <div class="chat-answer">{pieces} {writing} {waits}</div> }.into_any())
}
