//! The live editor in a document's page: fetched and mounted in the browser; what it says becomes signals, what it asks for
//! becomes calls. Where it cannot be had, the page stays as the server wrote it.
use super::{
    calls::{document_restore, mentions_search},
    comments::Draft,
    page::Doc,
};
use factory::{comments::Anchor, documents::DocumentType};
use js_sys::{Array, Function, Object, Promise, Reflect};
use kit::{AppError, Button, Icon, Size};
use leptos::{html, prelude::*, reactive::send_wrapper_ext::SendOption, task::spawn_local, web_sys};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

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
    session: SendOption<JsValue>,
    editor: SendOption<JsValue>,
    diagram: SendOption<JsValue>,
}

impl Default for Handles {
    fn default() -> Self {
        Self { session: SendOption::new_local(None), editor: SendOption::new_local(None), diagram: SendOption::new_local(None) }
    }
}

fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn text(of: &JsValue, name: &str) -> String {
    get(of, name).as_string().unwrap_or_default()
}

fn set(of: &Object, name: &str, value: impl Into<JsValue>) {
    // A plain object takes any property.
    let _ = Reflect::set(of, &name.into(), &value.into());
}

/// A function of the page for the editor; the browser frees it with the editor.
fn listener(work: impl FnMut(JsValue) + 'static) -> JsValue {
    Closure::<dyn FnMut(JsValue)>::new(work).into_js_value()
}

fn call(of: &JsValue, name: &str, arguments: &[JsValue]) -> Option<JsValue> {
    get(of, name).dyn_into::<Function>().ok()?.apply(of, &arguments.iter().collect::<Array>()).ok()
}

async fn settled(value: JsValue) -> Option<JsValue> {
    JsFuture::from(value.dyn_into::<Promise>().ok()?).await.ok()
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

/// Ends what was opened. The page may be gone by the time it is there.
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
    let options = Object::new();
    set(&options, "documentId", doc.document().id.to_string());
    set(&options, "user", user.clone());
    set(&options, "onState", listener(move |state| hear(doc, &state)));
    let session = settled(call(&module, "connect", &[options.into()])?).await?;
    doc.handles.try_update_value(|h| h.session = SendOption::new_local(Some(session.clone())))?;
    let read_only = !doc.may_write();
    if let Some(board) = board {
        let options = Object::new();
        set(&options, "label", doc.title.get_untracked());
        set(&options, "session", session.clone());
        set(&options, "readOnly", read_only);
        set(&options, "onSave", listener(move |_| ask_to_save(doc)));
        let handle = settled(call(&module, "openDiagram", &[board.into(), options.into()])?).await?;
        doc.handles.try_update_value(|h| h.diagram = SendOption::new_local(Some(handle)))?;
    }
    let options = editor_options(doc, user, session, read_only);
    let handle = settled(call(&module, "openEditor", &[place?.into(), options.into()])?).await?;
    doc.handles.try_update_value(|h| h.editor = SendOption::new_local(Some(handle)))?;
    doc.live.try_update(|live| live.mounted = true)
}

fn editor_options(doc: Doc, user: JsValue, session: JsValue, read_only: bool) -> Object {
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
        format!("{}/artifacts/file/{}", doc.ctx.home.get_untracked(), id.as_string().unwrap_or_default()).into()
    });
    set(&options, "artifactHref", picture.into_js_value());
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

/// The one function through which modules are asked for.
async fn importer() -> Option<Function> {
    const NAME: &str = "millraceImport";
    let known = || get(&window(), NAME).dyn_into::<Function>().ok();
    if let Some(known) = known() {
        return Some(known);
    }
    let script = document().create_element("script").ok()?;
    script.set_attribute("src", "/modules.js").ok()?;
    let loaded = Promise::new(&mut |done, failed| {
        // An element takes listeners.
        let _ = script.add_event_listener_with_callback("load", &done);
        let _ = script.add_event_listener_with_callback("error", &failed);
    });
    document().head()?.append_child(&script).ok()?;
    JsFuture::from(loaded).await.ok()?;
    known()
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

fn tell(doc: Doc, name: &str, argument: &str) -> bool {
    let told = doc.handles.try_with_value(|h| (*h.editor).as_ref().map(|editor| call(editor, name, &[argument.into()])));
    told.flatten().is_some()
}

/// The line above the text: whether what is typed is kept, and what to do when it is not.
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
            "live" if live.saved => ("doc-bar", "Saved".to_owned(), None),
            "live" => ("doc-bar", "Saving".to_owned(), None),
            _ => return None,
        };
        Some(view! { <div class=class role="status"><span>{words}</span> {act}</div> })
    };
    view! { {line} }.into_any()
}
