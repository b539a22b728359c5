//! Approvals of a document: how its latest version stands in the head, who said what in the history, and what one is asked.
use super::{
    approval_calls::{approval_ask, approval_decide, approvals_get},
    page::Doc,
};
use factory::approvals::{ApprovalState, ApprovalStatus, DocumentApprovals, VersionApprovals};
use kernel::Fault;
use kit::{Alert, AppError, Badge, Button, ButtonKind, Choice, Combobox, Dialog, FormAlert, FormScope, Icon, Size, Submit, TextArea, Tone};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// The approvals as the browser fetched them.
pub type Loaded = kit::LocalData<Result<DocumentApprovals, AppError>>;

/// Fetches them, and again when somebody saves, asks or answers.
pub fn load(id: Uuid, version: RwSignal<u64>) -> Loaded {
    let live = [kit::use_live("factory.version_approvals"), kit::use_live("factory.document_versions")];
    kit::LocalData::new(move || {
        live.iter().for_each(|topic| topic.track());
        version.track();
        async move { approvals_get(id).await }
    })
}

const fn tone(state: ApprovalState) -> Tone {
    match state {
        ApprovalState::None => Tone::Neutral,
        ApprovalState::Waiting => Tone::Info,
        ApprovalState::Approved => Tone::Success,
        ApprovalState::Declined => Tone::Danger,
    }
}

fn found(doc: Doc) -> Option<DocumentApprovals> {
    doc.approvals.get().and_then(Result::ok)
}

/// How the latest version stands, once anybody was ever asked.
pub fn badge(doc: Doc) -> AnyView {
    let shown = move || {
        let all = found(doc).filter(|a| !a.versions.is_empty())?;
        let (state, latest) = (all.state(), all.latest?);
        let words = match state {
            ApprovalState::None => format!("Version {latest} is not approved"),
            state => format!("Version {latest}: {}", state.words().to_lowercase()),
        };
        let press = move |_| doc.side.set("history");
        Some(view! { <button type="button" class="doc-approval" on:click=press><Badge text=words tone=tone(state) /></button> })
    };
    view! { {shown} }.into_any()
}

/// What one is asked oneself, and the form of the answer.
pub fn banner(doc: Doc) -> AnyView {
    let answering = RwSignal::new(None::<(i32, bool)>);
    let shown = move || {
        let version = found(doc)?.versions.into_iter().find(|v| v.waits_for_me)?;
        let number = version.version;
        let by = version.approvals.iter().find_map(|a| a.asked_by.clone()).unwrap_or_else(|| "Somebody".to_owned());
        let acts = move || {
            view! {
                <Button size=Size::Sm kind=ButtonKind::Primary icon=Icon::Check on:click=move |_| answering.set(Some((number, true)))>"Approve"</Button>
                <Button size=Size::Sm icon=Icon::X on:click=move |_| answering.set(Some((number, false)))>"Decline"</Button>
            }
            .into_any()
        };
        Some(
            view! { <Alert tone=Tone::Info title="Your approval is asked for." acts=acts>{format!("{by} asks you to approve version {number}.")}</Alert> },
        )
    };
    view! { {shown} {answer_dialog(doc, answering)} }.into_any()
}

fn answer_dialog(doc: Doc, answering: RwSignal<Option<(i32, bool)>>) -> AnyView {
    let open = kit::open_while(answering);
    let (note, fault, busy) = (RwSignal::new(String::new()), RwSignal::new(None::<Fault>), RwSignal::new(false));
    let approves = move || answering.get().is_some_and(|(_, approve)| approve);
    let title = Signal::derive(move || {
        let number = answering.get().map_or(0, |(number, _)| number);
        format!("{} version {number}", if approves() { "Approve" } else { "Decline" })
    });
    let id = doc.document().id;
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some((number, approve)) = answering.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        spawn_local(async move {
            match approval_decide(id, number, approve, note.get_untracked()).await {
                Ok(_) => {
                    note.try_set(String::new());
                    fault.try_set(None);
                    answering.try_set(None);
                    doc.ctx.toasts.success(if approve { "Approved" } else { "Declined" });
                    doc.changed();
                }
                Err(AppError(f)) => drop(fault.try_set(Some(f))),
            }
            busy.try_set(false);
        });
    };
    view! {
        <Dialog open=open title=title>
            <FormScope fault=fault pending=busy>
                <form class="form" on:submit=send>
                    <FormAlert />
                    <TextArea name="note" label="A word to it" bind=note rows=3 maxlength=1000 hint="Required to decline: what is missing." />
                    <div class="form-foot">
                        <Button on:click=move |_| answering.set(None)>"Cancel"</Button>
                        <Submit kind=ButtonKind::Primary>{move || if approves() { "Approve" } else { "Decline" }}</Submit>
                    </div>
                </form>
            </FormScope>
        </Dialog>
    }
    .into_any()
}

/// What was said to a version, in its line of the history.
pub fn of_version(doc: Doc, number: i32) -> AnyView {
    let shown = move || {
        let VersionApprovals { state, approvals, .. } = found(doc)?.of(number)?.clone();
        let lines = approvals
            .into_iter()
            .map(|a| {
                let note = a.note.map(|note| format!(": {note}"));
                let mark = match a.status {
                    ApprovalStatus::Waiting => Icon::Clock,
                    ApprovalStatus::Approved => Icon::Check,
                    ApprovalStatus::Declined => Icon::X,
                };
                view! { <li>{kit::icon(mark)} <span>{a.person} " · " {a.status.words().to_lowercase()} {note}</span></li> }.into_any()
            })
            .collect_view();
        Some(view! { <Badge text=state.words() tone=tone(state) /> <ul class="doc-said-yes">{lines}</ul> })
    };
    view! { {shown} }.into_any()
}

/// Naming those who are asked about a version.
pub fn ask_dialog(doc: Doc, asking: RwSignal<Option<i32>>) -> AnyView {
    let open = kit::open_while(asking);
    let (picked, fault, busy) = (RwSignal::new(Vec::<Choice>::new()), RwSignal::new(None::<Fault>), RwSignal::new(false));
    let title = Signal::derive(move || format!("Ask for approval of version {}", asking.get().unwrap_or_default()));
    let choices = Signal::derive(move || {
        let people = found(doc).map(|a| a.people).unwrap_or_default();
        people.into_iter().map(|p| Choice::new(p.id.to_string(), p.name)).collect::<Vec<_>>()
    });
    let id = doc.document().id;
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(number) = asking.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        let people: Vec<Uuid> = picked.with_untracked(|p| p.iter().filter_map(|c| c.value.parse().ok()).collect());
        busy.set(true);
        spawn_local(async move {
            match approval_ask(id, number, people).await {
                Ok(_) => {
                    picked.try_set(Vec::new());
                    fault.try_set(None);
                    asking.try_set(None);
                    doc.ctx.toasts.success("They are told");
                    doc.changed();
                }
                Err(AppError(f)) => drop(fault.try_set(Some(f))),
            }
            busy.try_set(false);
        });
    };
    view! {
        <Dialog open=open title=title>
            <FormScope fault=fault pending=busy>
                <form class="form" on:submit=send>
                    <FormAlert />
                    <Combobox
                        name="people" label="Who approves it" choices=choices picked=picked many=true placeholder="Name"
                        hint="It is approved when all of them said yes. Whoever has not answered and is not named again is asked no longer."
                    />
                    <div class="form-foot">
                        <Button on:click=move |_| asking.set(None)>"Cancel"</Button>
                        <Submit kind=ButtonKind::Primary>"Ask for approval"</Submit>
                    </div>
                </form>
            </FormScope>
        </Dialog>
    }
    .into_any()
}
