//! Naming, moving, taking away.
use super::{
    Ctx,
    calls::{artifact_update, folder_create, folder_remove, folder_update},
};
use factory::artifacts::{Artifact, ArtifactPatch, Folder, FolderInput, FolderPatch};
use kernel::Fault;
use kit::{AppError, Button, ButtonKind, Choice, Confirm, Dialog, FormAlert, FormScope, SelectField, Submit, TextField, open_while};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use uuid::Uuid;

/// What is given a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Naming {
    /// In a folder, or at the top.
    NewFolder(Option<Uuid>),
    Folder(Folder),
    File(Artifact),
}

/// What is moved.
#[derive(Clone, Debug, PartialEq)]
pub enum Moving {
    Folder(Folder),
    File(Artifact),
}

/// The dialog of names.
pub struct NameDialog {
    pub ctx: Ctx,
}

impl kit::Part for NameDialog {
    fn view(this: Self) -> AnyView {
        let ctx = this.ctx;
        let open = open_while(ctx.naming);
        let name = RwSignal::new(String::new());
        let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
        kit::effect(move || {
            if let Some(naming) = ctx.naming.get() {
                fault.set(None);
                name.set(match naming {
                    Naming::NewFolder(_) => String::new(),
                    Naming::Folder(folder) => folder.name,
                    Naming::File(file) => file.name,
                });
            }
        });
        let title = Signal::derive(move || {
            ctx.naming.with(|naming| match naming {
                Some(Naming::Folder(_)) => "Rename the folder",
                Some(Naming::File(_)) => "Rename the file",
                _ => "New folder",
            })
        });
        let save = move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            let Some(naming) = ctx.naming.get_untracked().filter(|_| !busy.get_untracked()) else { return };
            let (project, words) = (ctx.project.get_untracked(), name.get_untracked());
            busy.set(true);
            spawn_local(async move {
                let done = match naming {
                    Naming::NewFolder(parent_id) => folder_create(project, FolderInput { name: words, parent_id }).await.map(drop),
                    Naming::Folder(f) => {
                        folder_update(f.id, f.rev, FolderPatch { name: Some(words), ..Default::default() }).await.map(drop)
                    }
                    Naming::File(a) => {
                        artifact_update(a.id, a.rev, ArtifactPatch { name: Some(words), ..Default::default() }).await.map(drop)
                    }
                };
                busy.try_set(false);
                match done {
                    Ok(()) => {
                        ctx.naming.try_set(None);
                    }
                    Err(AppError(why)) => {
                        fault.try_set(Some(why));
                    }
                }
                ctx.changed();
            });
        };
        view! {
            <Dialog open=open title=title>
                <FormScope fault=fault pending=busy>
                    <form class="form" on:submit=save>
                        <FormAlert />
                        <TextField name="name" label="Name" bind=name required=true maxlength=255 autofocus=true autocomplete="off" />
                        <div class="form-foot">
                            <Button on:click=move |_| ctx.naming.set(None)>"Cancel"</Button>
                            <Submit kind=ButtonKind::Primary>"Save name"</Submit>
                        </div>
                    </form>
                </FormScope>
            </Dialog>
        }
        .into_any()
    }
}

/// The dialog of places.
pub struct MoveDialog {
    pub ctx: Ctx,
}

impl kit::Part for MoveDialog {
    fn view(this: Self) -> AnyView {
        let ctx = this.ctx;
        let open = open_while(ctx.moving);
        let target = RwSignal::new(String::new());
        let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
        kit::effect(move || {
            if let Some(moving) = ctx.moving.get() {
                fault.set(None);
                let now = match moving {
                    Moving::Folder(folder) => folder.parent_id,
                    Moving::File(file) => file.folder_id,
                };
                target.set(now.map(|id| id.to_string()).unwrap_or_default());
            }
        });
        // The server refuses a folder below the one that moves; itself is not even offered.
        let choices = Signal::derive(move || {
            let own = ctx.moving.with(|moving| match moving {
                Some(Moving::Folder(folder)) => Some(folder.id),
                _ => None,
            });
            let mut choices: Vec<Choice> = ctx
                .folders
                .with(|all| all.iter().filter(|f| Some(f.id) != own).map(|f| Choice::new(f.id.to_string(), ctx.words(f))).collect());
            choices.sort_by_key(|choice| choice.label.to_lowercase());
            choices
        });
        let save = move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            let Some(moving) = ctx.moving.get_untracked().filter(|_| !busy.get_untracked()) else { return };
            let to: Option<Uuid> = target.get_untracked().parse().ok();
            busy.set(true);
            spawn_local(async move {
                let done = match moving {
                    Moving::Folder(f) => {
                        folder_update(f.id, f.rev, FolderPatch { parent_id: Some(to), ..Default::default() }).await.map(drop)
                    }
                    Moving::File(a) => {
                        artifact_update(a.id, a.rev, ArtifactPatch { folder_id: Some(to), ..Default::default() }).await.map(drop)
                    }
                };
                busy.try_set(false);
                match done {
                    Ok(()) => {
                        ctx.moving.try_set(None);
                        ctx.toasts.success("Moved.");
                    }
                    Err(AppError(why)) => {
                        fault.try_set(Some(why));
                    }
                }
                ctx.changed();
            });
        };
        let select = move || view! { <SelectField name="folder" label="Folder" choices=choices.get() bind=target empty="No folder" /> };
        view! {
            <Dialog open=open title="Move to a folder">
                <FormScope fault=fault pending=busy>
                    <form class="form" on:submit=save>
                        <FormAlert />
                        {select}
                        <div class="form-foot">
                            <Button on:click=move |_| ctx.moving.set(None)>"Cancel"</Button>
                            <Submit kind=ButtonKind::Primary>"Move"</Submit>
                        </div>
                    </form>
                </FormScope>
            </Dialog>
        }
        .into_any()
    }
}

/// Asks before a folder goes.
pub fn removal(ctx: Ctx) -> AnyView {
    let open = open_while(ctx.removing);
    let navigate = use_navigate();
    let title =
        Signal::derive(move || ctx.removing.with(|f| f.as_ref().map(|f| format!("Delete the folder “{}”?", f.name)).unwrap_or_default()));
    let confirmed = Callback::new(move |()| {
        let Some(folder) = ctx.removing.get_untracked() else { return };
        let navigate = navigate.clone();
        spawn_local(async move {
            match folder_remove(folder.id, folder.rev).await {
                Ok(()) => {
                    ctx.removing.try_set(None);
                    navigate(&ctx.folder_href(folder.parent_id), Default::default());
                }
                Err(AppError(fault)) => ctx.toasts.fault(&fault),
            }
            ctx.changed();
        });
    });
    view! {
        <Confirm
            open=open title=title verb="Delete folder" on_confirm=confirmed
            text="Folders in it go too. All their files stay and lie in no folder."
        />
    }
    .into_any()
}
