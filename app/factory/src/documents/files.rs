//! A document as a file, and a file as a document.
use super::{
    calls::{SavedFile, document_export, document_import},
    editor,
    page::Doc,
};
use factory::documents::{FileFormat, MAX_IMPORT};
use js_sys::Uint8Array;
use kernel::Fault;
use kit::{Alert, AppError, Button, ButtonKind, Dialog, FileDrop, FormAlert, FormScope, Tone};
use leptos::{prelude::*, reactive::send_wrapper_ext::SendOption, task::spawn_local, web_sys};

/// Gives the document to the browser as a file, with what was typed last and its diagrams as pictures.
pub fn save_as(doc: Doc, format: FileFormat) {
    let (id, toasts) = (doc.document().id, doc.ctx.toasts);
    spawn_local(async move {
        editor::stored(doc).await;
        let drawn = if format == FileFormat::Md { Default::default() } else { editor::drawn(doc).await };
        match document_export(id, format, drawn).await {
            Ok(file) => {
                if hand_over(&file).is_none() {
                    toasts.info("The browser did not take the file.");
                }
            }
            Err(AppError(fault)) => toasts.fault(&fault),
        }
    });
}

fn hand_over(file: &SavedFile) -> Option<()> {
    // Each character is one byte.
    let raw = window().atob(&file.bytes).ok()?;
    let bytes: Vec<u8> = raw.chars().map(|c| c as u32 as u8).collect();
    let parts = js_sys::Array::of1(&Uint8Array::from(bytes.as_slice()).into());
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(&file.mime);
    let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
    crate::features::save_blob(&file.name, &blob)
}

/// The dialog for a file whose text takes the place of the document's.
pub fn import_dialog(doc: Doc, open: RwSignal<bool>) -> AnyView {
    let (fault, busy, chosen) =
        (RwSignal::new(None::<Fault>), RwSignal::new(false), RwSignal::new(SendOption::new_local(None::<web_sys::File>)));
    kit::effect(move || {
        if open.get() {
            chosen.set(SendOption::new_local(None));
            fault.set(None);
        }
    });
    let take = move |files: Vec<web_sys::File>| chosen.set(SendOption::new_local(files.into_iter().next()));
    let id = doc.document().id;
    let send = move |_| {
        let Some(file) = chosen.with_untracked(|file| (**file).clone()).filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        spawn_local(async move {
            let sent = match kit::upload::form(&[("document", &id.to_string())], &file) {
                Ok(form) => document_import(form).await,
                Err(error) => Err(error),
            };
            busy.try_set(false);
            match sent {
                Ok(made) => {
                    open.try_set(false);
                    doc.ctx.toasts.success(format!("{} is the text now, as version {}.", file.name(), made.version_number));
                    doc.text_changed();
                }
                Err(AppError(f)) => drop(fault.try_set(Some(f))),
            }
        });
    };
    let foot = move || {
        view! {
            <Button on:click=move |_| open.set(false)>"Cancel"</Button>
            <Button kind=ButtonKind::Primary busy=busy disabled=Signal::derive(move || chosen.with(|file| file.is_none())) on:click=send>"Import"</Button>
        }
        .into_any()
    };
    view! {
        <Dialog open=open title="Import a file" foot=foot>
            <FormScope fault=fault pending=busy>
                <FormAlert />
                <Alert tone=Tone::Info>"The file takes the place of the text. What it says now stays in the history."</Alert>
                <div class="mt-4">
                    {move || open.get().then(|| view! {
                        <FileDrop name="file" label="Drop a file here" hint="Markdown or Word, at most 10 MB" accept=".md,.markdown,.docx" max_bytes=MAX_IMPORT as u64 on_files=Callback::new(take) />
                    })}
                </div>
            </FormScope>
        </Dialog>
    }
    .into_any()
}
