//! `/o/{org}/factory/{project}/chat`: talks with the assistant, as a page and beside the other pages of a project.
use crate::pages::tabs;
use calls::{ChatView, Opened, assistant_remove, assistant_show, assistant_talk};
use factory::{assistant::Conversation, suggestions::AgentType};
use kit::{AppError, Button, Confirm, Icon, IconButton, ListPage, PageHead, Size, Skeleton};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use talk::Talk;

pub mod calls;
mod panel;
mod routes;
mod say;
mod stream;
mod talk;

pub use panel::{AssistantPanel, beside};
pub use routes::{AssistantRoutes, assistant_piece};

const KINDS: [AgentType; 4] = [AgentType::Refinery, AgentType::Foundry, AgentType::Planner, AgentType::Validator];

/// The word of the address.
const fn word(agent: AgentType) -> &'static str {
    match agent {
        AgentType::Refinery => "refinery",
        AgentType::Foundry => "foundry",
        AgentType::Planner => "planner",
        AgentType::Validator => "validator",
    }
}

fn kind(text: &str) -> AgentType {
    KINDS.into_iter().find(|k| word(*k) == text).unwrap_or(AgentType::Refinery)
}

/// The page of all conversations.
pub struct ChatPage {
    talk: Talk,
    list: kit::Data<ChatView>,
    opened: kit::Data<Option<Opened>>,
    /// The conversation of the address.
    open: Memo<String>,
    kind: Memo<String>,
}

impl kit::Page for ChatPage {
    fn data() -> Self {
        let (org, project) = (kit::use_org_slug(), kit::use_text_param("project"));
        let talk = Talk::new(project);
        let (open, kind) = (kit::query::use_query_param("c"), kit::query::use_query_param("kind"));
        let list = kit::Data::blocking(
            move || (org.get(), project.get(), talk.version.get()),
            |(_, project, _)| assistant_show(project, String::new()),
        );
        let opened = kit::Data::blocking(
            move || (org.get(), project.get(), open.get()),
            |(_, project, open)| async move {
                match open.parse() {
                    Ok(id) => assistant_talk(project, id).await.map(Some),
                    Err(_) => Ok(None),
                }
            },
        );
        Self { talk, list, opened, open, kind }
    }

    fn view(this: Self) -> AnyView {
        let ChatPage { talk, list, opened, open, kind: of } = this;
        follow(talk, open);
        let removing = RwSignal::new(None::<Conversation>);
        let listing = RwSignal::new(false);
        let take = move |opened: Option<Opened>| match opened {
            Some(opened) => talk.take(opened),
            // A talk that has just begun has no address yet.
            None if talk.live.busy.get_untracked() && talk.conversation.get_untracked().is_none() => {}
            None => {
                talk.clear();
                talk.agent.set(kind(&of.get_untracked()));
            }
        };
        // Another kind begins another talk.
        kit::effect(move || {
            let agent = kind(&of.get());
            if open.get_untracked().is_empty() && talk.conversation.get_untracked().is_none() {
                talk.agent.set(agent);
            }
        });
        let base = talk.base.get_untracked();
        view! {
            <Title text="Assistant" />
            <ListPage drawer=|| ()>
                <PageHead
                    title="Assistant"
                    acts=move || view! {
                        {say::badge(talk, "chat-model")}
                        <span class="chat-list-toggle"><Button icon=Icon::MessageSquare on:click=move |_| listing.update(|on| *on = !*on)>"Conversations"</Button></span>
                        <a class="btn" href=move || format!("{}/chat?kind={}", talk.base.get(), word(talk.agent.get()))>{kit::icon(Icon::Plus)} <span>"New conversation"</span></a>
                    }
                />
                {tabs(&base, None)}
                <div class="chat" class:chat-listing=move || listing.get()>
                    {kit::loaded_into(list, move |view: ChatView| {
                        talk.id.set(Some(view.project));
                        talk.who.set(Some(view.who));
                        view.conversations.rows
                    }, move |rows| conversations(talk, open, removing, rows), (|| view! { <Skeleton lines=6 /> }.into_any()).into())}
                    <div class="chat-main">
                        {kinds(talk)}
                        {kit::loaded_into(opened, take, move |()| talk::talk(talk), (|| view! { <Skeleton lines=8 /> }.into_any()).into())}
                    </div>
                </div>
            </ListPage>
            {remove_dialog(talk, open, removing)}
        }
        .into_any()
    }
}

/// A conversation that begins gets its address, so that a reload shows it.
fn follow(talk: Talk, open: Memo<String>) {
    let navigate = use_navigate();
    kit::effect(move || {
        let Some(id) = talk.conversation.get() else { return };
        if talk.live.busy.get_untracked() && open.get_untracked() != id.to_string() {
            let to = format!("{}/chat?c={id}", talk.base.get_untracked());
            navigate(&to, NavigateOptions { replace: true, scroll: false, ..Default::default() });
        }
    });
}

/// Which assistant answers: fixed once a talk has begun.
fn kinds(talk: Talk) -> AnyView {
    let links = KINDS
        .into_iter()
        .map(|agent| {
            let href = move || format!("{}/chat?kind={}", talk.base.get(), word(agent));
            let on = move || (talk.agent.get() == agent).then_some("page");
            view! { <a href=href aria-current=on data-noscroll="">{agent.words()}</a> }.into_any()
        })
        .collect_view();
    view! { <nav class="seg chat-kinds" aria-label="Which assistant">{links}</nav> }.into_any()
}

fn conversations(talk: Talk, open: Memo<String>, removing: RwSignal<Option<Conversation>>, rows: Vec<Conversation>) -> AnyView {
    if rows.is_empty() {
        return view! { <nav class="chat-list" aria-label="Conversations"><p class="hint p-4">"No conversations yet. What you ask is kept here, for you alone."</p></nav> }
            .into_any();
    }
    let items = rows
        .into_iter()
        .map(|c| {
            let id = c.id.to_string();
            let href = format!("{}/chat?c={id}", talk.base.get_untracked());
            let on = move || (open.get() == id).then_some("page");
            let (title, at, agent) = (c.title.clone(), c.updated_at, c.agent_type.words());
            let label = format!("Delete {title}");
            view! {
                <li>
                    <a href=href aria-current=on data-noscroll=""><span class="truncate">{title}</span> <small>{agent} " · " <kit::Ago at=at /></small></a>
                    <IconButton icon=Icon::Trash2 label=label size=Size::Sm tip_at="left" on:click=move |_| removing.set(Some(c.clone())) />
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! { <nav class="chat-list" aria-label="Conversations"><ul>{items}</ul></nav> }.into_any()
}

fn remove_dialog(talk: Talk, open: Memo<String>, removing: RwSignal<Option<Conversation>>) -> AnyView {
    let shown = RwSignal::new(false);
    let busy = RwSignal::new(false);
    kit::effect(move || {
        if removing.with(Option::is_some) {
            shown.set(true);
        }
    });
    let navigate = use_navigate();
    let remove = Callback::new(move |()| {
        let Some(conversation) = removing.get_untracked() else { return };
        let (navigate, project) = (navigate.clone(), talk.project.get_untracked());
        busy.set(true);
        spawn_local(async move {
            match assistant_remove(project, conversation.id).await {
                Ok(()) => {
                    shown.try_set(false);
                    removing.try_set(None);
                    talk.version.try_update(|n| *n += 1);
                    if open.try_get_untracked() == Some(conversation.id.to_string()) {
                        navigate(&format!("{}/chat", talk.base.get_untracked()), NavigateOptions::default());
                    }
                }
                Err(AppError(fault)) => talk.toasts.fault(&fault),
            }
            busy.try_set(false);
        });
    });
    let text = "All that was said in it goes. What was made from it stays.";
    view! { <Confirm open=shown title="Delete the conversation?" text=text verb="Delete" danger=true busy=busy on_confirm=remove /> }
        .into_any()
}
