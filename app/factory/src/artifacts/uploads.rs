//! Bringing files: by drag, paste or choice, each with how far it is.
use super::Ctx;
use factory::artifacts::{ACCEPTED, MAX_FILE};
use kernel::Fault;
use kit::{AppError, Button, ButtonKind, FileDrop, Icon, IconButton, Progress, Size};
use leptos::{prelude::*, task::spawn_local, web_sys};
use uuid::Uuid;

/// A file on its way.
#[derive(Clone)]
pub struct Upload {
    id: u32,
    name: String,
    /// Percent.
    sent: RwSignal<f64>,
    fault: RwSignal<Option<Fault>>,
}

/// Opens the dialog for files.
pub fn button() -> AnyView {
    let choose = move |_| {
        if let Some(input) = kit::dom::by_id("f-artifact") {
            input.click();
        }
    };
    view! { <Button kind=ButtonKind::Primary icon=Icon::Upload on:click=choose>"Upload files"</Button> }.into_any()
}

/// Where files are dropped, and those on their way. `target` is the project, once it is known that the person may.
pub fn place(ctx: Ctx, uploads: RwSignal<Vec<Upload>>, target: RwSignal<Option<Uuid>>) -> AnyView {
    let on_files = Callback::new(move |files: Vec<web_sys::File>| {
        let Some(project) = target.get_untracked() else {
            return ctx.toasts.info("You may not bring files to this project.");
        };
        let folder = ctx.folder.get_untracked();
        let first = uploads.with_untracked(|list: &Vec<Upload>| list.last().map_or(0, |last| last.id + 1));
        let begun: Vec<(Upload, web_sys::File)> = (first..)
            .zip(files)
            .map(|(id, file)| (Upload { id, name: file.name(), sent: RwSignal::new(0.0), fault: RwSignal::new(None) }, file))
            .collect();
        uploads.update(|list| list.extend(begun.iter().map(|(upload, _)| upload.clone())));
        // One after the other: the first is there soonest, and the line is not shared by all.
        spawn_local(async move {
            for (upload, file) in begun {
                send(ctx, uploads, project, &folder, upload, &file).await;
            }
        });
    });
    let rows = move || uploads.get().into_iter().map(|upload| line(uploads, upload)).collect_view();
    view! {
        <div class="files-drop">
            <FileDrop
                name="artifact" label="Drop files here" multiple=true accept=ACCEPTED max_bytes=MAX_FILE as u64 on_files=on_files
                hint="Markdown, text, Office, PDF, pictures and sound, up to 50 MB each"
            />
            <ul class="docs-lines" aria-label="Uploads" aria-live="polite">{rows}</ul>
        </div>
    }
    .into_any()
}

async fn send(ctx: Ctx, uploads: RwSignal<Vec<Upload>>, project: Uuid, folder: &str, upload: Upload, file: &web_sys::File) {
    let Upload { id, name, sent, fault } = upload;
    let to = format!("/api/projects/{project}/artifacts");
    let texts = [("folderId", folder)];
    let done = kit::upload::send(&to, &texts, file, move |percent| {
        sent.try_set(percent);
    });
    match done.await {
        Ok(()) => {
            uploads.try_update(|list| list.retain(|upload| upload.id != id));
            ctx.toasts.success(format!("“{name}” is here."));
            ctx.changed();
        }
        Err(AppError(why)) => {
            fault.try_set(Some(why));
        }
    }
}

fn line(uploads: RwSignal<Vec<Upload>>, upload: Upload) -> AnyView {
    let Upload { id, name, sent, fault } = upload;
    let label = format!("Sending {name}");
    let state = move || match fault.get() {
        Some(fault) => view! { <span class="err" role="alert">{fault.message}</span> }.into_any(),
        None => {
            let label = label.clone();
            view! { <Progress label=label value=Signal::derive(move || sent.get()) /> <small class="num">{move || format!("{:.0} %", sent.get())}</small> }.into_any()
        }
    };
    let dismiss = move || {
        fault.with(Option::is_some).then(|| {
            view! { <IconButton icon=Icon::X label="Dismiss" size=Size::Sm tip_at="left" on:click=move |_| uploads.update(|list| list.retain(|u| u.id != id)) /> }
        })
    };
    view! { <li class="docs-line"><div><b>{name}</b> " " {state}</div> {dismiss}</li> }.into_any()
}
