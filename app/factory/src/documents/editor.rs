//! The live editor in a document's page: fetched and mounted in the browser; what it says becomes signals, what it asks for
//! becomes calls. Where it cannot be had, the page stays as the server wrote it.
use super::{
    calls::{document_restore, mentions_search, picture_add},
    js::{call, get, importer, listener, set, settled, text},
    page::Doc,
};
use crate::threads::Draft;
use factory::{artifacts, comments::Anchor, documents::DocumentType};
use js_sys::{Array, Object, Promise};
use kit::{AppError, Button, Icon, Size};
use leptos::{html, prelude::*, reactive::send_wrapper_ext::SendOption, task::spawn_local, web_sys};
use std::collections::HashMap;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::future_to_promise;

/// What the editor says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveState {
    /// It is on the page, and the text of the server is not.
    pub mounted: bool,
    /// `connecting`, `live`, `unsaved`, `offline`, `denied`, `deleted`.
    pub status: String,
    pub saved: bool,
    /// Changes survive the end of this window.
    pub kept: bool,
    pub reason: String,
    /// Who has the document open, oneself first.
    pub people: Vec<String>,
    pub words: Option<usize>,
    /// Level, section and title of the headings.
    pub outline: Option<Vec<(u8, String, String)>>,
}

/// What is to be ended with the page. Empty on the server.
pub struct Handles {
    module: SendOption<JsValue>,
    session: SendOption<JsValue>,
    editor: SendOption<JsValue>,
    diagram: SendOption<JsValue>,
}

impl Default for Handles {
    fn default() -> Self {
        let none = || SendOption::new_local(None);
        Self { module: none(), session: none(), editor: none(), diagram: none() }
    }
}

/// Puts the editor into its place, and the diagram's where the document is one.
pub fn mount(doc: Doc, place: NodeRef<html::Div>, board: NodeRef<html::Div>) {
    let is_diagram = doc.document().kind == DocumentType::SystemDiagram;
    let begun = StoredValue::new(false);
    // `None` until the page is alive and the person known: never on the server.
    let session = kit::use_session();
    kit::effect(move || {
        let Some(person) = session.get() else { return };
        let (place, board) = (place.get(), board.get());
        if begun.get_value() || place.is_none() || (is_diagram && board.is_none()) || doc.document().deleted {
            return;
        }
        begun.set_value(true);
        let user = Object::new();
        set(&user, "id", person.user_id.to_string());
        set(&user, "name", person.name.clone());
        spawn_local(async move {
            // Without the editor the page is what it was.
            let _ = open(doc, user.into(), place.map(Into::into), board.filter(|_| is_diagram).map(Into::into)).await;
        });
    });
    on_cleanup(move || end(doc));
}

/// Keeps a handle until the page ends; one that comes after the page is gone ends at once.
fn keep(doc: Doc, handle: &JsValue, place: impl FnOnce(&mut Handles, SendOption<JsValue>)) -> Option<()> {
    let kept = doc.handles.try_update_value(|handles| place(handles, SendOption::new_local(Some(handle.clone()))));
    if kept.is_none() {
        call(handle, "destroy", &[]);
    }
    kept
}

/// Ends what was opened.
fn end(doc: Doc) {
    doc.handles.try_update_value(|handles| {
        for held in [&handles.editor, &handles.diagram, &handles.session] {
            if let Some(handle) = (**held).as_ref() {
                call(handle, "destroy", &[]);
            }
        }
        *handles = Handles::default();
    });
}

async fn open(doc: Doc, user: JsValue, place: Option<web_sys::HtmlElement>, board: Option<web_sys::HtmlElement>) -> Option<()> {
    let module = settled(importer().await?.call1(&JsValue::UNDEFINED, &"/editor/index.js".into()).ok()?).await?;
    doc.handles.try_update_value(|h| h.module = SendOption::new_local(Some(module.clone())))?;
    let options = Object::new();
    set(&options, "documentId", doc.document().id.to_string());
    set(&options, "user", user.clone());
    set(&options, "onState", listener(move |state| hear(doc, &state)));
    let session = settled(call(&module, "connect", &[options.into()])?).await?;
    keep(doc, &session, |h, session| h.session = session)?;
    let read_only = !doc.may_write();
    if let Some(board) = board {
        let options = Object::new();
        set(&options, "label", doc.title.get_untracked());
        set(&options, "session", session.clone());
        set(&options, "readOnly", read_only);
        set(&options, "onSave", listener(move |_| ask_to_save(doc)));
        let handle = settled(call(&module, "openDiagram", &[board.into(), options.into()])?).await?;
        keep(doc, &handle, |h, diagram| h.diagram = diagram)?;
    }
    let options = editor_options(doc, user, session, read_only);
    let handle = settled(call(&module, "openEditor", &[place?.into(), options.into()])?).await?;
    keep(doc, &handle, |h, editor| h.editor = editor)?;
    doc.live.try_update(|live| live.mounted = true)
}

fn editor_options(doc: Doc, user: JsValue, session: JsValue, read_only: bool) -> Object {
    let (id, project) = doc.detail.with_value(|d| (d.document.id, d.project.id));
    let options = Object::new();
    set(&options, "label", doc.title.get_untracked());
    set(&options, "user", user);
    set(&options, "session", session);
    set(&options, "readOnly", read_only);
    set(&options, "placeholder", "Write, or press / for blocks");
    set(&options, "onSave", listener(move |_| ask_to_save(doc)));
    set(
        &options,
        "onStats",
        listener(move |stats| {
            let words = get(&stats, "words").as_f64().map(|n| n as usize);
            doc.live.try_update(|live| live.words = words);
        }),
    );
    set(
        &options,
        "onOutline",
        listener(move |headings| {
            let heading = |h: JsValue| (get(&h, "level").as_f64().unwrap_or(1.0) as u8, text(&h, "sectionId"), text(&h, "text"));
            let outline = Array::from(&headings).iter().map(heading).collect();
            doc.live.try_update(|live| live.outline = Some(outline));
        }),
    );
    set(
        &options,
        "onComment",
        listener(move |comment| {
            let anchor = get(&comment, "anchor");
            let section = Some(text(&anchor, "sectionId")).filter(|s| !s.is_empty());
            let anchor =
                Anchor { quote: text(&anchor, "quote"), section_id: section, comment_id: Some(text(&comment, "commentId")), rule: None };
            doc.draft.try_set(Some(Draft { anchor }));
            doc.side.try_set("comments");
        }),
    );
    let find = Closure::<dyn FnMut(JsValue, JsValue) -> Promise>::new(move |typed: JsValue, _: JsValue| {
        let (project, typed) = (doc.ctx.project.get_untracked(), typed.as_string().unwrap_or_default());
        future_to_promise(async move {
            let found = mentions_search(project, typed).await.map_err(|AppError(fault)| JsValue::from(fault.message))?;
            let item = |t: factory::mentions::MentionTarget| {
                let item = Object::new();
                set(&item, "id", t.id.to_string());
                set(&item, "type", t.kind.as_str());
                set(&item, "label", t.label);
                set(&item, "hint", t.hint);
                JsValue::from(item)
            };
            Ok(found.into_iter().map(item).collect::<Array>().into())
        })
    });
    set(&options, "findMentions", find.into_js_value());
    let href = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |mention: JsValue| {
        let id = text(&mention, "id");
        let slug = doc.ctx.rows.with_untracked(|rows| rows.iter().find(|r| r.id.to_string() == id).map(|r| r.slug.clone()));
        slug.map_or(JsValue::NULL, |slug| format!("{}/{slug}", doc.ctx.base()).into())
    });
    set(&options, "mentionHref", href.into_js_value());
    let picture = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |id: JsValue| {
        artifacts::address(project, id.as_string().unwrap_or_default()).into()
    });
    set(&options, "artifactHref", picture.into_js_value());
    let upload = Closure::<dyn FnMut(JsValue) -> Promise>::new(move |file: JsValue| {
        future_to_promise(async move {
            let file: web_sys::File = file.dyn_into()?;
            let told = |AppError(fault)| JsValue::from(js_sys::Error::new(&fault.message));
            let form = kit::upload::form(&[("document", &id.to_string())], &file).map_err(told)?;
            let picture = picture_add(form).await.map_err(told)?;
            let answer = Object::new();
            set(&answer, "artifactId", picture.artifact_id.to_string());
            set(&answer, "alt", picture.alt);
            Ok(answer.into())
        })
    });
    set(&options, "uploadImage", upload.into_js_value());
    options
}

fn ask_to_save(doc: Doc) {
    if doc.may_write() {
        doc.saving.try_set(true);
    }
}

fn hear(doc: Doc, state: &JsValue) {
    let people = Array::from(&get(state, "people")).iter().map(|p| text(&p, "name")).collect();
    let (status, reason) = (text(state, "status"), text(state, "reason"));
    let (saved, kept) = (get(state, "saved").is_truthy(), get(state, "kept").is_truthy());
    doc.live.try_update(|live| {
        live.people = people;
        live.status = status;
        live.reason = reason;
        live.saved = saved;
        live.kept = kept;
    });
}

/// Brings a section of the live text into sight; false where there is no editor.
pub fn show_section(doc: Doc, section: &str) -> bool {
    tell(doc, "showSection", section)
}

/// Shows the text a comment is about.
pub fn show_comment(doc: Doc, comment: &str) -> bool {
    tell(doc, "showComment", comment)
}

/// Takes the mark of a comment away: it was resolved, deleted or not written after all.
pub fn remove_comment(doc: Doc, comment: &str) {
    tell(doc, "removeComment", comment);
}

/// Resolves when the server has stored everything typed here: at once where nothing is edited, never while it cannot be
/// reached.
pub async fn stored(doc: Doc) {
    let waits = doc.handles.try_with_value(|h| (*h.session).as_ref().and_then(|session| call(session, "stored", &[]))).flatten();
    if let Some(waits) = waits {
        settled(waits).await;
    }
}

/// The diagrams of the live text as SVG, by their source: those that can be drawn.
pub async fn drawn(doc: Doc) -> HashMap<String, String> {
    let mut drawn = HashMap::new();
    let held = doc.handles.try_with_value(|h| [&h.module, &h.editor, &h.diagram].map(|held| (**held).clone()));
    let Some([Some(module), Some(editor), diagram]) = held else { return drawn };
    let mut sources = Vec::new();
    gather(&call(&editor, "json", &[]).unwrap_or(JsValue::UNDEFINED), &mut sources);
    sources.extend(diagram.and_then(|diagram| call(&diagram, "source", &[])).and_then(|source| source.as_string()));
    for source in sources {
        if let Some(svg) = draw(&module, &source).await {
            drawn.insert(source, svg);
        }
    }
    drawn
}

/// The sources of the diagrams in a text.
fn gather(node: &JsValue, sources: &mut Vec<String>) {
    if text(node, "type") == "mermaidBlock" {
        sources.push(text(&get(node, "attrs"), "code"));
    }
    if let Ok(content) = get(node, "content").dyn_into::<Array>() {
        content.iter().for_each(|child| gather(&child, sources));
    }
}

async fn draw(module: &JsValue, source: &str) -> Option<String> {
    let place = document().create_element("div").ok()?;
    let options = Object::new();
    set(&options, "label", "");
    set(&options, "source", source);
    let handle = settled(call(module, "drawDiagram", &[place.into(), options.into()])?).await?;
    let svg = settled(call(&handle, "svg", &[])?).await.and_then(|svg| svg.as_string());
    call(&handle, "destroy", &[]);
    svg
}

fn tell(doc: Doc, name: &str, argument: &str) -> bool {
    let told = doc.handles.try_with_value(|h| (*h.editor).as_ref().map(|editor| call(editor, name, &[argument.into()])));
    told.flatten().is_some()
}

/// Whether what is typed is kept: a word in the head.
pub fn kept(doc: Doc) -> AnyView {
    let said = move || {
        doc.live.with(|l| {
            if l.status != "live" {
                ""
            } else if l.saved {
                "Saved"
            } else {
                "Saving"
            }
        })
    };
    view! { <span role="status">{said}</span> }.into_any()
}

/// The line above the text where it is not, and what to do then.
pub fn bar(doc: Doc) -> AnyView {
    let id = doc.document().id;
    let retry = move || {
        doc.handles.with_value(|h| (*h.session).as_ref().map(|session| call(session, "retry", &[])));
    };
    let restore = move |_| {
        spawn_local(async move {
            match document_restore(id).await {
                Ok(_) => {
                    retry();
                    doc.ctx.changed();
                }
                Err(AppError(fault)) => doc.ctx.toasts.fault(&fault),
            }
        });
    };
    let line = move || {
        let live = doc.live.get();
        let (class, words, act) = match live.status.as_str() {
            "offline" if live.kept => ("doc-bar warn", "Reconnecting: changes are kept here".to_owned(), None),
            "offline" => ("doc-bar warn", "Reconnecting: keep this window open".to_owned(), None),
            "unsaved" => ("doc-bar warn", "Not saved yet".to_owned(), None),
            "denied" => {
                let why = match live.reason.as_str() {
                    "no_access" => "You may not edit this document.".to_owned(),
                    "signed_out" => "You are signed out. Sign in again to go on.".to_owned(),
                    "too_large" => "This change is too large. Take some of it away and try again.".to_owned(),
                    "malformed" | "" => "The server refused the last change.".to_owned(),
                    other => other.to_owned(),
                };
                let again = view! { <Button size=Size::Sm icon=Icon::RefreshCw on:click=move |_| retry()>"Try again"</Button> }.into_any();
                ("doc-bar bad", why, Some(again))
            }
            "deleted" => {
                let back = view! { <Button size=Size::Sm icon=Icon::Undo2 on:click=restore>"Restore"</Button> }.into_any();
                ("doc-bar bad", "Somebody deleted this document. It can be read and brought back.".to_owned(), Some(back))
            }
            // All is well: that stands in the head.
            _ => return None,
        };
        Some(view! { <div class=class role="status"><span>{words}</span> {act}</div> })
    };
    view! { {line} }.into_any()
}
