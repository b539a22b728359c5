//! The assistant beside a page of the project, with what is open there.
use super::{
    calls::assistant_show,
    say,
    talk::{self, Talk},
    word,
};
use factory::{assistant::Context, suggestions::AgentType};
use kit::{AppError, Button, Icon, IconButton, Size};
use leptos::{prelude::*, task::spawn_local};

/// The panel.
pub struct AssistantPanel {
    pub open: RwSignal<bool>,
    pub project: Memo<String>,
    pub agent: AgentType,
    pub context: Signal<Option<Context>>,
}

/// The button that opens the assistant beside a page, and the panel it opens. `context` is what the page shows.
pub fn beside(project: Memo<String>, agent: AgentType, context: Signal<Option<Context>>) -> AnyView {
    let open = RwSignal::new(false);
    let ever = RwSignal::new(false);
    let press = move |_| {
        ever.set(true);
        open.update(|on| *on = !*on);
    };
    view! {
        <Button icon=Icon::Sparkles attr:aria-expanded=move || open.get().to_string() on:click=press>"Ask"</Button>
        {kit::part(move || ever.get(), move || AssistantPanel { open, project, agent, context })}
    }
    .into_any()
}

impl kit::Part for AssistantPanel {
    fn view(this: Self) -> AnyView {
        let AssistantPanel { open, project, agent, context } = this;
        let talk = Talk::new(project);
        talk.agent.set(agent);
        // Another thing is open: another talk.
        kit::effect(move || {
            let now = context.get();
            if talk.context.get_untracked() != now {
                talk.clear();
                talk.context.set(now);
            }
        });
        spawn_local(async move {
            match assistant_show(project.get_untracked(), String::new()).await {
                Ok(view) => {
                    talk.id.try_set(Some(view.project));
                    talk.who.try_set(Some(view.who));
                }
                Err(AppError(fault)) => {
                    talk.fault.try_set(Some(fault));
                }
            }
        });
        let place = NodeRef::<leptos::html::Aside>::new();
        kit::effect(move || {
            if open.get() {
                kit::dom::after_render(move || {
                    let field = place.try_get_untracked().flatten().and_then(|panel| kit::dom::first(&panel, "textarea"));
                    if let Some(field) = field {
                        kit::dom::focus(&field);
                    }
                });
            }
        });
        let all = move || match talk.conversation.get() {
            Some(id) => format!("{}/chat?c={id}", talk.base.get()),
            None => format!("{}/chat?kind={}", talk.base.get(), word(talk.agent.get())),
        };
        let keys = move |event: leptos::ev::KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                open.set(false);
            }
        };
        // Also when nothing has the focus; a drawer below waits for the next Escape.
        kit::effect(move || {
            let escape = window_event_listener(leptos::ev::keydown, move |event| {
                let nothing = kit::dom::active().is_none_or(|e| e.tag_name() == "BODY");
                let dialog = document().query_selector("dialog[open]").is_ok_and(|d| d.is_some());
                if nothing && !dialog && open.get_untracked() && !event.default_prevented() {
                    keys(event);
                }
            });
            on_cleanup(move || escape.remove());
        });
        view! {
            <aside class="chat-panel" data-layer="" class:open=move || open.get() aria-label="Assistant" inert=move || !open.get() node_ref=place on:keydown=keys>
                <div class="chat-panel-head">
                    <h2>{agent.words()} " assistant"</h2>
                    {say::badge(talk, "panel-model")}
                    <a class="btn btn-ghost btn-sm btn-icon" href=all aria-label="All conversations" data-tip="All conversations" data-tip-at="below">{kit::icon(Icon::Maximize2)}</a>
                    <IconButton icon=Icon::X label="Close" size=Size::Sm tip_at="left" on:click=move |_| open.set(false) />
                </div>
                {talk::talk(talk)}
            </aside>
        }
        .into_any()
    }
}
