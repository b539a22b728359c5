//! The head of a document: its name, what it belongs to, who is here, what can be done.
use super::{
    approvals,
    calls::{document_remove, document_restore, document_update, orders_extract, review_run, version_save},
    editor, files,
    page::Doc,
};
use crate::assistant::beside;
use factory::{
    assistant::{Context, ContextKind},
    documents::{DocumentArea, DocumentPatch, FileFormat},
    suggestions::AgentType,
    templates::Strategy,
};
use kernel::Fault;
use kit::{
    AppError, Avatars, Badge, Button, ButtonKind, Dialog, FormAlert, FormScope, Icon, IconButton, Menu, MenuItem, Size, Submit, TextArea,
    TextField,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// Name, place and actions.
pub fn head(doc: Doc) -> AnyView {
    let renaming = RwSignal::new(false);
    let (kind, feature, partner, words) = doc.detail.with_value(|d| (d.document.kind, d.feature.clone(), d.partner.clone(), d.words));
    let home = doc.ctx.home.get_untracked();
    let feature =
        feature.map(|f| view! { <a class="link" href=format!("{home}/features/{}", f.key)>{f.key.clone()} " " {f.name.clone()}</a> });
    let partner = partner.map(|p| view! { <a class="link" href=format!("{home}{}", p.path())>{p.kind.words()}</a> });
    let count = move || {
        let words = doc.live.with(|l| l.words).unwrap_or(words);
        format!("{} words", kit::num::group(words as i64))
    };
    let name = move || {
        match renaming.get() {
        true => rename(doc, renaming),
        false => view! {
            <h1 tabindex="-1">{move || doc.title.get()}</h1>
            {doc.may_write().then(|| view! { <IconButton icon=Icon::Pencil label="Rename" size=Size::Sm on:click=move |_| renaming.set(true) /> })}
        }
        .into_any(),
    }
    };
    let people = move || {
        let names: Vec<String> = doc.live.with(|l| l.people.clone());
        (names.len() > 1).then(|| view! { <Avatars names=names /> })
    };
    view! {
        <header class="doc-head">
            <a class="btn btn-ghost btn-icon doc-back" href=move || doc.ctx.base() aria-label="All documents">{kit::icon(Icon::ArrowLeft)}</a>
            <div class="doc-name">
                <div class="doc-title">{name}</div>
                <p class="doc-meta"><Badge text=kind.words() line=true /> {feature} {partner} <span>{count}</span> {editor::kept(doc)} {approvals::badge(doc)}</p>
            </div>
            <div class="doc-acts">{people} {ask(doc)} {acts(doc)}</div>
        </header>
    }
    .into_any()
}

/// The assistant, with this document.
fn ask(doc: Doc) -> AnyView {
    let (id, area) = doc.detail.with_value(|d| (d.document.id, d.document.kind.area()));
    let agent = match area {
        DocumentArea::Refinery => AgentType::Refinery,
        DocumentArea::Foundry => AgentType::Foundry,
    };
    let context = Signal::stored(Some(Context { kind: ContextKind::Document, id }));
    beside(doc.ctx.project, agent, context)
}

fn rename(doc: Doc, renaming: RwSignal<bool>) -> AnyView {
    let (typed, fault, busy) = (RwSignal::new(doc.title.get_untracked()), RwSignal::new(None::<Fault>), RwSignal::new(false));
    let save = move || {
        let title = typed.get_untracked().trim().to_owned();
        if title == doc.title.get_untracked() {
            return renaming.set(false);
        }
        let document = doc.document();
        // The version others may have made meanwhile is in the tree.
        let rev = doc.ctx.rows.with_untracked(|rows| rows.iter().find(|r| r.id == document.id).map(|r| r.rev.clone()));
        busy.set(true);
        spawn_local(async move {
            let patch = DocumentPatch { title: Some(title), ..DocumentPatch::default() };
            match document_update(document.id, rev.unwrap_or(document.rev), patch).await {
                Ok(after) => {
                    doc.title.set(after.title);
                    renaming.set(false);
                    doc.ctx.changed();
                }
                Err(AppError(f)) => fault.set(Some(f)),
            }
            busy.set(false);
        });
    };
    view! {
        <FormScope fault=fault pending=busy>
            <form
                class="doc-rename" on:submit=move |event| { event.prevent_default(); save() }
                on:keydown=move |event| if event.key() == "Escape" { renaming.set(false) }
            >
                <TextField name="title" label="Title" bind=typed required=true maxlength=500 autofocus=true autocomplete="off" />
                <Submit size=Size::Sm>"Rename"</Submit>
                <Button size=Size::Sm on:click=move |_| renaming.set(false)>"Cancel"</Button>
            </form>
        </FormScope>
    }
    .into_any()
}

fn acts(doc: Doc) -> AnyView {
    let (threads, suggestions) = doc.detail.with_value(|d| (d.threads, d.suggestions));
    let toggle = move |side: &'static str| move |_| doc.side.update(|now| *now = if *now == side { "" } else { side });
    let pressed = move |side: &'static str| move || (doc.side.get() == side).to_string();
    let button = move |side: &'static str, mark: Icon, label: &'static str, count: i64| {
        view! {
            <button type="button" class="btn btn-ghost" aria-pressed=pressed(side) on:click=toggle(side)>
                {kit::icon(mark)} <span class="doc-label">{label}</span> {(count > 0).then(|| view! { <span class="count">{count}</span> })}
            </button>
        }
        .into_any()
    };
    let save = doc.may_write().then(|| {
        view! { <Button icon=Icon::Save on:click=move |_| doc.saving.set(true)>"Save version"</Button> }
    });
    kit::use_shortcut("mod+s", "Document", "Save a version", move || {
        if doc.may_write() {
            doc.saving.set(true);
        }
    });
    let navigate = use_navigate();
    let remove = move |_| {
        let (document, navigate, base) = (doc.document(), navigate.clone(), doc.ctx.base());
        let rev = doc.ctx.rows.with_untracked(|rows| rows.iter().find(|r| r.id == document.id).map(|r| r.rev.clone()));
        spawn_local(async move {
            match document_remove(document.id, rev.unwrap_or(document.rev)).await {
                Ok(gone) => {
                    navigate(&base, NavigateOptions::default());
                    doc.ctx.toasts.undo(format!("“{}” deleted.", gone.title), move || {
                        spawn_local(async move {
                            if let Err(AppError(fault)) = document_restore(gone.id).await {
                                doc.ctx.toasts.fault(&fault);
                            }
                            doc.ctx.changed();
                        });
                    });
                }
                Err(AppError(fault)) => doc.ctx.toasts.fault(&fault),
            }
            doc.ctx.changed();
        });
    };
    let review = move |_| {
        let id = doc.document().id;
        spawn_local(async move {
            match review_run(id).await {
                Ok(0) => doc.ctx.toasts.success("The review found nothing."),
                Ok(n) => {
                    doc.ctx.toasts.info(format!("The review left {n} comments."));
                    doc.side.set("comments");
                }
                Err(AppError(fault)) => doc.ctx.toasts.fault(&fault),
            }
            doc.changed();
        });
    };
    let extract = move |strategy: Strategy| {
        let id = doc.document().id;
        spawn_local(async move {
            match orders_extract(id, Some(strategy)).await {
                Ok(made) => {
                    doc.ctx.toasts.info(format!("{} work orders proposed.", made.parts));
                    doc.side.set("suggestions");
                }
                Err(AppError(fault)) => doc.ctx.toasts.fault(&fault),
            }
            doc.changed();
        });
    };
    let importing = RwSignal::new(false);
    let foundry = doc.document().kind.area() == DocumentArea::Foundry;
    let more = doc.may_write().then(|| {
        view! {
            <Menu id="doc-more" label="More" icon=Icon::Ellipsis compact=true end=true>
                <MenuItem icon=Icon::CheckCheck on:click=review>"Review (built-in rules)"</MenuItem>
                {foundry.then(|| view! {
                    <MenuItem icon=Icon::ListChecks on:click=move |_| extract(Strategy::FeatureSlice)>"Extract work orders: by slices"</MenuItem>
                    <MenuItem icon=Icon::Users on:click=move |_| extract(Strategy::Specialist)>"Extract work orders: by specialists"</MenuItem>
                })}
                <kit::MenuLine />
                <MenuItem icon=Icon::Upload on:click=move |_| importing.set(true)>"Import a file"</MenuItem>
                <MenuItem icon=Icon::Trash2 danger=true on:click=remove>"Delete document"</MenuItem>
            </Menu>
        }
    });
    let export = view! {
        <Menu id="doc-export" label="Export" icon=Icon::Download compact=true end=true>
            <MenuItem icon=Icon::FileText on:click=move |_| files::save_as(doc, FileFormat::Pdf)>"PDF (.pdf)"</MenuItem>
            <MenuItem icon=Icon::FileText on:click=move |_| files::save_as(doc, FileFormat::Docx)>"Word (.docx)"</MenuItem>
            <MenuItem icon=Icon::Code on:click=move |_| files::save_as(doc, FileFormat::Md)>"Markdown (.md)"</MenuItem>
        </Menu>
    };
    let guide = doc.detail.with_value(|d| !d.guide.is_empty() || d.outline.len() > 2);
    view! {
        {guide.then(|| button("guide", Icon::ListTree, "Outline", 0))}
        {button("suggestions", Icon::Sparkles, "Suggestions", suggestions)}
        {button("comments", Icon::MessageSquare, "Comments", threads)}
        {button("history", Icon::History, "History", 0)}
        {save}
        {export}
        {more}
        {files::import_dialog(doc, importing)}
    }
    .into_any()
}

/// Asks for a summary before a version is saved.
pub fn save_dialog(doc: Doc) -> AnyView {
    let (summary, fault, busy) = (RwSignal::new(String::new()), RwSignal::new(None::<Fault>), RwSignal::new(false));
    let id = doc.document().id;
    // What was typed last is part of the version: it waits until the server has it.
    let wanted = RwSignal::new(false);
    kit::effect(move || {
        let stored = doc.live.with(|l| !l.mounted || l.saved || l.status != "live");
        if !wanted.get() || !stored || busy.get_untracked() {
            return;
        }
        wanted.set(false);
        busy.set(true);
        spawn_local(async move {
            match version_save(id, summary.get_untracked()).await {
                Ok(made) => {
                    summary.set(String::new());
                    fault.set(None);
                    doc.saving.set(false);
                    doc.ctx.toasts.success(format!("Version {} saved.", made.version_number));
                    doc.changed();
                }
                Err(AppError(f)) => fault.set(Some(f)),
            }
            busy.set(false);
        });
    });
    view! {
        <Dialog open=doc.saving title="Save a version">
            <FormScope fault=fault pending=busy>
                <form class="form" on:submit=move |event| { event.prevent_default(); wanted.set(true) }>
                    <FormAlert />
                    <TextArea name="change_summary" label="What changed" note="optional" bind=summary rows=3 maxlength=1000 />
                    <div class="form-foot">
                        <Button on:click=move |_| doc.saving.set(false)>"Cancel"</Button>
                        <Submit kind=ButtonKind::Primary>"Save version"</Submit>
                    </div>
                </form>
            </FormScope>
        </Dialog>
    }
    .into_any()
}
