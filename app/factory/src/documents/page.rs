//! `/o/{org}/factory/{project}/refinery/{slug}`: one document. The text is there as HTML before the editor is, and without
//! it; the editor takes its place where it can be had.
use super::{Ctx, approvals, calls::document_get, calls::document_restore, drift, editor, head, side, use_area};
use crate::threads::{Draft, Places, Talk};
use factory::{
    comments::{Anchor, ParentType},
    documents::{Document, DocumentDetail, DocumentType},
};
use kit::{Alert, AppError, Button, ButtonKind, Icon, Loaded, Size, Skeleton, Tone};
use leptos::{html, prelude::*, task::spawn_local};
use leptos_meta::Title;

/// One document.
pub struct DocumentPage {
    detail: kit::Data<DocumentDetail>,
    again: RwSignal<u64>,
}

/// What the parts of a document's page share.
#[derive(Clone, Copy)]
pub struct Doc {
    pub ctx: Ctx,
    pub detail: StoredValue<DocumentDetail>,
    pub title: RwSignal<String>,
    /// Rises when the page is to be fetched anew: not for what the live editor shows by itself.
    pub again: RwSignal<u64>,
    /// What stands beside the text: `comments`, `suggestions`, `history`, `guide`; empty: nothing.
    pub side: RwSignal<&'static str>,
    /// Versions, comments or suggestions changed here.
    pub version: RwSignal<u64>,
    /// The comment that is being written, with its place.
    pub draft: RwSignal<Option<Draft>>,
    pub saving: RwSignal<bool>,
    /// What the editor says of itself.
    pub live: RwSignal<editor::LiveState>,
    pub handles: StoredValue<editor::Handles>,
    pub approvals: approvals::Loaded,
}

impl Doc {
    pub fn document(&self) -> Document {
        self.detail.with_value(|d| d.document.clone())
    }

    pub fn may_write(&self) -> bool {
        self.detail.with_value(|d| d.may_write)
    }

    /// What the threads of this document need to know.
    pub fn talk(self) -> Talk {
        let places = Places {
            draft: self.draft,
            show: Callback::new(move |place: Anchor| show_place(self, &place)),
            unmark: Callback::new(move |id: String| editor::remove_comment(self, &id)),
        };
        let Ctx { project, toasts, .. } = self.ctx;
        Talk { kind: ParentType::Document, id: self.document().id, project, version: self.version, toasts, places: Some(places) }
    }

    /// Something was changed here: lists beside the text and in the tree are fetched anew.
    pub fn changed(&self) {
        self.version.update(|n| *n += 1);
        self.ctx.changed();
    }

    /// The text was changed by the server. The live editor shows it by itself; the page without one is fetched anew.
    pub fn text_changed(&self) {
        self.changed();
        if !self.live.with_untracked(|l| l.mounted) {
            self.again.update(|n| *n += 1);
        }
    }
}

/// Goes to the place of a thread: the words it marks, else their section.
fn show_place(doc: Doc, place: &Anchor) {
    let shown = place.comment_id.as_deref().is_some_and(|id| editor::show_comment(doc, id));
    if !shown
        && let Some(section) = &place.section_id
        && !editor::show_section(doc, section)
        && let Some(heading) = kit::dom::by_id(&format!("s-{section}"))
    {
        heading.scroll_into_view();
    }
}

impl kit::Page for DocumentPage {
    fn data() -> Self {
        let (org, project, area, slug) = (kit::use_org_slug(), kit::use_text_param("project"), use_area(), kit::use_text_param("slug"));
        let again = RwSignal::new(0);
        let detail = kit::Data::blocking(
            move || (org.get(), project.get(), area.get(), slug.get(), again.get()),
            |(_, project, area, slug, _)| document_get(project, area, slug),
        );
        Self { detail, again }
    }

    fn view(this: Self) -> AnyView {
        let DocumentPage { detail, again } = this;
        let ctx = expect_context::<Ctx>();
        view! { <Loaded from=detail skeleton=|| view! { <Skeleton lines=12 /> } show=move |d: DocumentDetail| show(ctx, again, d) /> }
            .into_any()
    }
}

fn show(ctx: Ctx, again: RwSignal<u64>, detail: DocumentDetail) -> AnyView {
    let shown = kit::query::use_query_param("show");
    let version = RwSignal::new(0);
    let doc = Doc {
        ctx,
        approvals: approvals::load(detail.document.id, version),
        title: RwSignal::new(detail.document.title.clone()),
        again,
        side: RwSignal::new(match shown.get_untracked().as_str() {
            "suggestions" => "suggestions",
            "history" => "history",
            _ => "",
        }),
        version,
        draft: RwSignal::new(None),
        saving: RwSignal::new(false),
        live: RwSignal::new(editor::LiveState::default()),
        handles: StoredValue::new(editor::Handles::default()),
        detail: StoredValue::new(detail),
    };
    follow_tree(doc);
    let deleted = doc.document().deleted;
    view! {
        <Title text=move || doc.title.get() />
        <article class="doc" class:doc-beside=move || !doc.side.get().is_empty()>
            {head::head(doc)}
            <div class="doc-body">
                <div class="doc-text">
                    {deleted.then(|| gone(doc))}
                    {editor::bar(doc)}
                    {(!deleted).then(|| drift::banner(doc))}
                    {(!deleted).then(|| approvals::banner(doc))}
                    {text(doc)}
                </div>
                {side::side(doc)}
            </div>
        </article>
        {head::save_dialog(doc)}
    }
    .into_any()
}

/// What others do to the document shows in the tree: another name, and that it was deleted or brought back.
fn follow_tree(doc: Doc) {
    let id = doc.document().id;
    let was_deleted = doc.document().deleted;
    let row = Memo::new(move |_| doc.ctx.rows.with(|rows| rows.iter().find(|r| r.id == id).map(|r| r.title.clone())));
    Effect::new(move |before: Option<Option<String>>| {
        let now = row.get();
        match (&before, &now) {
            (_, Some(title)) if doc.title.get_untracked() != *title => doc.title.set(title.clone()),
            (Some(Some(_)), None) if !was_deleted => doc.again.update(|n| *n += 1),
            (Some(None), Some(_)) if was_deleted => doc.again.update(|n| *n += 1),
            _ => {}
        }
        now
    });
}

/// Deleted, by whomever: still to be read, with the way back.
fn gone(doc: Doc) -> AnyView {
    let id = doc.document().id;
    let restore = move |_| {
        spawn_local(async move {
            match document_restore(id).await {
                Ok(_) => {
                    doc.ctx.changed();
                    doc.again.update(|n| *n += 1);
                }
                Err(AppError(fault)) => doc.ctx.toasts.fault(&fault),
            }
        });
    };
    let at = doc.detail.with_value(|d| d.deleted_at).map(|at| view! { " " <kit::Ago at=at /> });
    view! {
        <Alert tone=Tone::Warning title="Deleted." acts=move || view! { <Button size=Size::Sm kind=ButtonKind::Primary icon=Icon::Undo2 on:click=restore>"Restore"</Button> }>
            "This document was deleted" {at} ". It can be read and brought back, not edited."
        </Alert>
    }
    .into_any()
}

/// The text: HTML from the server, in whose place the editor comes.
fn text(doc: Doc) -> AnyView {
    let (html, source, kind) = doc.detail.with_value(|d| (d.html.clone(), d.diagram_source.clone(), d.document.kind));
    let place = NodeRef::<html::Div>::new();
    let board = NodeRef::<html::Div>::new();
    editor::mount(doc, place, board);
    let is_diagram = kind == DocumentType::SystemDiagram;
    let empty = html.replace("<p></p>", "").trim().is_empty();
    let read = move || {
        (!doc.live.with(|l| l.mounted)).then(|| {
            let body = if empty && !is_diagram {
                view! { <p class="hint">"Nothing is written here yet."</p> }.into_any()
            } else {
                view! { <div class="prose doc-prose" inner_html=html.clone()></div> }.into_any()
            };
            let source = source.clone().filter(|_| is_diagram);
            view! {
                {source.map(|source| view! { <pre class="mermaid-source" tabindex="0"><code>{source}</code></pre> })}
                {body}
            }
        })
    };
    view! {
        {is_diagram.then(|| view! { <div class="doc-board" node_ref=board></div> })}
        <div class="doc-editor" node_ref=place></div>
        {read}
    }
    .into_any()
}
