//! Files by drag, paste or click. It is a real file input: forms with it work without script.
use crate::{Icon, dom, icon_lg};
use leptos::{ev, html::Input, prelude::*, web_sys};
use web_sys::File;

/// A place for files. `on_files` gets them in the browser; without script the form sends them as field `name`.
#[component]
pub fn FileDrop(
    #[prop(into)] name: String,
    /// "Drop a feature list here".
    #[prop(into)]
    label: String,
    /// What is taken: "JSON, up to 20 MB".
    #[prop(optional, into)]
    hint: String,
    /// As in HTML: `.json,application/json`.
    #[prop(optional, into)]
    accept: Option<String>,
    #[prop(optional)] multiple: bool,
    /// Bigger files are refused with a message before they are read.
    #[prop(optional)]
    max_bytes: Option<u64>,
    /// Not an `UnsyncCallback`: the server may end the page on another thread than it began on.
    #[prop(optional)]
    on_files: Option<Callback<Vec<File>>>,
) -> impl IntoView {
    let over = RwSignal::new(false);
    let chosen = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let node = NodeRef::<Input>::new();
    let take = move |files: Option<web_sys::FileList>, clear: bool| {
        let Some(list) = files else { return };
        let mut files: Vec<File> = (0..list.length()).filter_map(|i| list.get(i)).collect();
        if !multiple {
            files.truncate(1);
        }
        if files.is_empty() {
            return;
        }
        let big = files.iter().find(|f| max_bytes.is_some_and(|max| f.size() > max as f64));
        if let (Some(file), Some(max)) = (big, max_bytes) {
            error.set(Some(format!(
                "{} has {}; at most {} are taken.",
                file.name(),
                crate::num::bytes(file.size() as u64),
                crate::num::bytes(max)
            )));
            return;
        }
        error.set(None);
        chosen.set(files.iter().map(|f| format!("{} ({})", f.name(), crate::num::bytes(f.size() as u64))).collect::<Vec<_>>().join(", "));
        if let (Some(input), false) = (node.get_untracked(), clear) {
            // A dropped or pasted file also goes with a plain submit.
            input.set_files(Some(&list));
        }
        if let Some(told) = on_files {
            told.run(files);
        }
    };
    let paste = window_event_listener(ev::paste, move |event: web_sys::ClipboardEvent| {
        let typing = dom::active()
            .is_some_and(|a| matches!(a.tag_name().as_str(), "INPUT" | "TEXTAREA") && a.get_attribute("type").as_deref() != Some("file"));
        if let (false, Some(data)) = (typing, event.clipboard_data()) {
            take(data.files(), false);
        }
    });
    on_cleanup(move || paste.remove());
    let id = format!("f-{name}");
    let input_id = id.clone();
    view! {
        <div class="field">
            <label
                class="drop" class:over=over for=input_id
                on:dragover=move |event| { event.prevent_default(); over.set(true) }
                on:dragleave=move |_| over.set(false)
                on:drop=move |event: ev::DragEvent| {
                    event.prevent_default();
                    over.set(false);
                    take(event.data_transfer().and_then(|d| d.files()), false);
                }
            >
                {icon_lg(Icon::FileUp)}
                <b>{label}</b>
                <span>{move || chosen.with(|c| if c.is_empty() { "Drag it here, paste it, or press to choose".to_owned() } else { c.clone() })}</span>
                <span class="hint">{hint}</span>
                <input
                    node_ref=node class="sr" type="file" id=id name=name accept=accept multiple=multiple
                    on:change:target=move |event| take(event.target().files(), true)
                />
            </label>
            {move || error.get().map(|e| crate::form::field_error("drop-err".to_owned(), e))}
        </div>
    }
    .into_any()
}

/// The text of a file the person chose.
pub async fn read_text(file: &File) -> Option<String> {
    wasm_bindgen_futures::JsFuture::from(file.text()).await.ok()?.as_string()
}
