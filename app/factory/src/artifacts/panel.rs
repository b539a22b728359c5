//! `?open={id}`: one file in the drawer, with what can be seen of it.
use super::{
    Ctx,
    calls::{OpenArtifact, artifact_pages, artifact_remove, artifact_reprocess, artifact_restore},
    dialogs::{Moving, Naming},
    status_tone, type_icon, type_words,
};
use factory::artifacts::{Artifact, ArtifactDetail, ProcessingStatus, address, page_address};
use kit::{Alert, AppError, Button, Drawer, Fact, Facts, Icon, Loaded, Size, Skeleton, Status, Tone};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use uuid::Uuid;

/// The drawer of the file that the address names.
pub fn drawer(ctx: Ctx) -> AnyView {
    let shown = move || (!ctx.open.get().is_empty()).then(|| one(ctx));
    view! { {shown} }.into_any()
}

fn one(ctx: Ctx) -> AnyView {
    let close = Signal::derive(move || {
        ctx.folder.track();
        ctx.query.track();
        ctx.at(&[("open", None)])
    });
    // It moves the page, which the loaded part is drawn anew in.
    let navigate = use_navigate();
    let leave = Callback::new(move |()| navigate(&close.get_untracked(), NavigateOptions { scroll: false, ..Default::default() }));
    view! {
        <Drawer title="File" close=close>
            <Loaded
                from=ctx.detail skeleton=|| view! { <Skeleton lines=10 /> }
                show={move |open: Option<OpenArtifact>| open.map(|open| show(ctx, open, leave)).into_any()}
            />
        </Drawer>
    }
    .into_any()
}

fn show(ctx: Ctx, open: OpenArtifact, leave: Callback<()>) -> AnyView {
    let OpenArtifact { project, may_write, detail } = open;
    let file = detail.artifact.clone();
    let from = address(project, file.id);
    let size = kit::num::bytes(u64::try_from(file.file_size).unwrap_or_default());
    let place = match detail.path.as_slice() {
        [] => "No folder".to_owned(),
        path => path.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(" / "),
    };
    let (status, at) = (file.status, file.created_at);
    let busy = status == ProcessingStatus::Processing;
    let name = file.file_name.clone();
    view! {
        <h3 class="feature-name inline-flex items-center gap-2">{kit::icon(type_icon(&file.mime_type))} {file.name.clone()}</h3>
        <div class="moves">
            <a class="btn btn-sm" href=from.clone() download=name rel="external">{kit::icon(Icon::Download)} "Download"</a>
            {may_write.then(|| acts(ctx, &file, leave))}
        </div>
        {failure(ctx, &file, may_write)}
        {preview(project, &file, &from)}
        <div class="feature-sec">
            <Facts>
                <Fact name="Status"><Status text=status.words() tone=status_tone(status) busy=busy /></Fact>
                <Fact name="Type">{type_words(&file.mime_type)}</Fact>
                <Fact name="Size">{size}</Fact>
                <Fact name="File name">{file.file_name.clone()}</Fact>
                <Fact name="Folder">{place}</Fact>
                <Fact name="Added by">{file.uploaded_by.clone().unwrap_or_else(|| "Unknown".to_owned())}</Fact>
                <Fact name="Added"><kit::Ago at=at /></Fact>
            </Facts>
        </div>
        {text(&detail)}
    }
    .into_any()
}

fn acts(ctx: Ctx, file: &Artifact, leave: Callback<()>) -> AnyView {
    let (rename, moved, id, name) = (file.clone(), file.clone(), file.id, file.name.clone());
    let remove = move |_| {
        let name = name.clone();
        spawn_local(async move {
            match artifact_remove(id).await {
                Ok(()) => {
                    leave.run(());
                    ctx.toasts.undo(format!("“{name}” deleted."), move || {
                        spawn_local(async move {
                            if let Err(AppError(fault)) = artifact_restore(id).await {
                                ctx.toasts.fault(&fault);
                            }
                            ctx.changed();
                        });
                    });
                }
                Err(AppError(fault)) => ctx.toasts.fault(&fault),
            }
            ctx.changed();
        });
    };
    view! {
        <Button size=Size::Sm icon=Icon::Pencil on:click=move |_| ctx.naming.set(Some(Naming::File(rename.clone())))>"Rename"</Button>
        <Button size=Size::Sm icon=Icon::FolderOpen on:click=move |_| ctx.moving.set(Some(Moving::File(moved.clone())))>"Move"</Button>
        <Button size=Size::Sm icon=Icon::Trash2 on:click=remove>"Delete"</Button>
    }
    .into_any()
}

/// Why a file could not be read, and another try.
fn failure(ctx: Ctx, file: &Artifact, may_write: bool) -> AnyView {
    if file.status != ProcessingStatus::Failed {
        return ().into_any();
    }
    let (id, why) = (file.id, file.error.clone().unwrap_or_default());
    let retry = move |_| {
        spawn_local(async move {
            if let Err(AppError(fault)) = artifact_reprocess(id).await {
                ctx.toasts.fault(&fault);
            }
            ctx.changed();
        });
    };
    let acts = move || may_write.then(|| view! { <Button size=Size::Sm icon=Icon::RotateCcw on:click=retry>"Retry"</Button> });
    view! {
        <Alert tone=Tone::Danger title="The text could not be read" acts=acts>
            <p>{why} ". The file itself is kept and can be downloaded."</p>
        </Alert>
    }
    .into_any()
}

/// A picture is shown; what could run is not.
fn preview(project: Uuid, file: &Artifact, from: &str) -> AnyView {
    if file.is_pdf() && file.status != ProcessingStatus::Failed {
        return pages(project, file);
    }
    if !file.is_picture() {
        return ().into_any();
    }
    let (from, alt) = (from.to_owned(), file.name.clone());
    view! { <img class="files-picture" src=from alt=alt /> }.into_any()
}

/// The pages of a PDF, one at a time. How many there are is heard later than the first is seen.
fn pages(project: Uuid, file: &Artifact) -> AnyView {
    let (id, name, at) = (file.id, file.name.clone(), RwSignal::new(1usize));
    let count = kit::LocalData::new(move || artifact_pages(project, id));
    let last = Memo::new(move |_| count.get().and_then(Result::ok));
    let fault = Memo::new(move |_| count.get().and_then(|c| c.err().map(|AppError(fault)| fault.message)));
    let (no_previous, no_next) =
        (Signal::derive(move || at.get() <= 1), Signal::derive(move || last.get().is_some_and(|last| at.get() >= last)));
    let place = move || match last.get() {
        Some(last) => format!("Page {} of {last}", at.get()),
        None => format!("Page {}", at.get()),
    };
    let turn = move || {
        (last.get() != Some(1)).then(|| view! {
            <span class="acts">
                <Button size=Size::Sm icon=Icon::ChevronLeft disabled=no_previous on:click=move |_| at.update(|n| *n = n.saturating_sub(1).max(1))>"Previous"</Button>
                <Button size=Size::Sm icon=Icon::ChevronRight disabled=no_next on:click=move |_| at.update(|n| *n += 1)>"Next"</Button>
            </span>
        })
    };
    let shown = move || match fault.get() {
        Some(why) => view! { <p class="hint">{why}</p> }.into_any(),
        None => {
            let name = name.clone();
            view! {
                <figure class="files-pages">
                    <img class="files-picture" src=move || page_address(project, id, at.get()) alt=move || format!("{name}, page {}", at.get()) />
                    <figcaption class="spread"><span class="hint" aria-live="polite">{place}</span> {turn}</figcaption>
                </figure>
            }
            .into_any()
        }
    };
    view! { {shown} }.into_any()
}

/// The beginning of what was read.
fn text(detail: &ArtifactDetail) -> AnyView {
    let waiting = matches!(detail.artifact.status, ProcessingStatus::Pending | ProcessingStatus::Processing);
    let Some(found) = detail.extracted_text.clone().filter(|text| !text.is_empty()) else {
        let words = match (waiting, detail.artifact.status) {
            (true, _) => "The text is being read. It appears here by itself.",
            (false, ProcessingStatus::Failed) => return ().into_any(),
            _ => "There is no text in this file.",
        };
        return view! { <section class="feature-sec"><h3>"Text"</h3><p class="hint">{words}</p></section> }.into_any();
    };
    let shown = i64::try_from(found.chars().count()).unwrap_or(i64::MAX);
    let more = (detail.text_length > shown).then(|| {
        let all = kit::num::group(detail.text_length);
        view! { <p class="hint">{format!("The first {} of {all} characters.", kit::num::group(shown))}</p> }
    });
    view! { <section class="feature-sec"><h3>"Text"</h3><pre class="files-text" tabindex="0" aria-label="Text of the file">{found}</pre>{more}</section> }.into_any()
}
