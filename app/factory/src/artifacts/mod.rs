//! `/o/{org}/factory/{project}/artifacts[/{folder}]`: the files of a project, with one open beside them.
use crate::pages::tabs;
use calls::{ArtifactsView, OpenArtifact, artifact_get, artifacts_show};
use factory::artifacts::{Artifact, ArtifactQuery, Folder, ProcessingStatus};
use kit::{
    Breadcrumbs, Button, Cell, Column, Crumb, DataTable, Empty, Icon, ListPage, ListSearch, Loaded, Menu, MenuItem, PageHead, Pager, Row,
    SkeletonTable, Tone, use_live,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use uuid::Uuid;

pub mod calls;
mod dialogs;
mod panel;
mod routes;
mod uploads;

pub use dialogs::{MoveDialog, NameDialog};
pub use routes::{ArtifactRoutes, artifacts_piece};

use dialogs::{Moving, Naming};

/// What list, drawer and dialogs share.
#[derive(Clone, Copy)]
pub struct Ctx {
    pub project: Memo<String>,
    /// `/o/acme/factory/shop`
    pub base: Memo<String>,
    /// The folder in the address; empty at the top.
    pub folder: Memo<String>,
    pub query: Memo<ParamsMap>,
    /// The file in the drawer; empty when there is none.
    pub open: Memo<String>,
    pub toasts: kit::Toasts,
    /// Rises when something was changed here.
    pub version: RwSignal<u64>,
    pub naming: RwSignal<Option<Naming>>,
    pub moving: RwSignal<Option<Moving>>,
    pub removing: RwSignal<Option<Folder>>,
    /// All folders of the project, once they are known.
    pub folders: RwSignal<Vec<Folder>>,
    pub detail: kit::Data<Option<OpenArtifact>>,
}

impl Ctx {
    /// The address of a folder; the nil one is the top.
    pub fn folder_href(&self, folder: Option<Uuid>) -> String {
        let base = self.base.get_untracked();
        folder.map_or_else(|| format!("{base}/artifacts"), |id| format!("{base}/artifacts/{id}"))
    }

    /// This list with some keys of the address changed.
    pub fn at(&self, change: &[(&str, Option<&str>)]) -> String {
        let folder = self.folder.get_untracked();
        let path = self.folder_href(folder.parse().ok());
        format!("{path}{}", self.query.with_untracked(|q| kit::query::with(q, change)))
    }

    /// After a change: list and drawer are loaded anew.
    pub fn changed(self) {
        self.version.try_update(|n| *n += 1);
    }

    /// A folder with the folders it lies in: "Plans / Old".
    pub fn words(&self, folder: &Folder) -> String {
        self.folders.with_untracked(|all| {
            let mut words = vec![folder.name.as_str()];
            let mut up = folder.parent_id;
            while let Some(parent) = up.and_then(|id| all.iter().find(|f| f.id == id)).filter(|_| words.len() <= all.len()) {
                words.push(&parent.name);
                up = parent.parent_id;
            }
            words.reverse();
            words.join(" / ")
        })
    }
}

/// The files of a project.
pub struct ArtifactsPage {
    ctx: Ctx,
    view: kit::Data<ArtifactsView>,
}

impl kit::Page for ArtifactsPage {
    fn data() -> Self {
        let (org, project, folder) = (kit::use_org_slug(), kit::use_text_param("project"), kit::use_text_param("folder"));
        let query = use_query_map();
        let open = Memo::new(move |_| query.with(|q| q.get("open").unwrap_or_default()));
        let path = kit::use_org_path();
        let (live, of_folders) = (use_live("factory.artifacts"), use_live("factory.artifact_folders"));
        let version = RwSignal::new(0);
        let asked = Memo::new(move |_| {
            let folder = Some(folder.get()).filter(|f| !f.is_empty()).unwrap_or_else(|| "root".to_owned());
            query.with(|q| ArtifactQuery { folder, q: q.get("q").unwrap_or_default(), after: q.get("after").unwrap_or_default() })
        });
        let view = kit::Data::blocking(
            move || (org.get(), project.get(), asked.get(), live.get(), of_folders.get(), version.get()),
            |(_, project, query, ..)| artifacts_show(project, query),
        );
        let detail = kit::Data::blocking(
            move || (org.get(), project.get(), open.get(), live.get(), version.get()),
            |(_, project, open, ..)| async move {
                match open.parse() {
                    Ok(id) => artifact_get(project, id).await.map(Some),
                    Err(_) => Ok(None),
                }
            },
        );
        let ctx = Ctx {
            project,
            base: Memo::new(move |_| path(&format!("/factory/{}", project.get()))),
            folder,
            query,
            open,
            toasts: kit::use_toasts(),
            version,
            naming: RwSignal::new(None),
            moving: RwSignal::new(None),
            removing: RwSignal::new(None),
            folders: RwSignal::default(),
            detail,
        };
        Self { ctx, view }
    }

    fn view(this: Self) -> AnyView {
        let ArtifactsPage { ctx, view } = this;
        let base = ctx.base.get_untracked();
        let uploads = RwSignal::new(Vec::new());
        let target = RwSignal::new(None::<Uuid>);
        let new_folder = move |_| ctx.naming.set(Some(Naming::NewFolder(ctx.folder.get_untracked().parse().ok())));
        let list = Signal::derive(move || {
            let folder = ctx.folder.get();
            format!("{}/artifacts{}{folder}", ctx.base.get(), if folder.is_empty() { "" } else { "/" })
        });
        view! {
            <Title text="Artifacts" />
            <ListPage drawer=move || panel::drawer(ctx)>
                <PageHead
                    title="Artifacts"
                    text=|| view! { "Files that belong to the project. What is written in them is found by Ctrl K." }
                    acts=move || view! {
                        <Button icon=Icon::Folder on:click=new_folder>"New folder"</Button>
                        {uploads::button()}
                    }
                />
                {tabs(&base, None)}
                {uploads::place(ctx, uploads, target)}
                <ListSearch label="Search files" group="Artifacts" base=list />
                <Loaded from=view skeleton=|| view! { <SkeletonTable rows=8 columns=5 /> } show=move |v: ArtifactsView| show(ctx, v, target) />
                {kit::part(move || ctx.naming.with(Option::is_some), move || NameDialog { ctx })}
                {kit::part(move || ctx.moving.with(Option::is_some), move || MoveDialog { ctx })}
                {dialogs::removal(ctx)}
            </ListPage>
        }
        .into_any()
    }
}

static COLUMNS: [Column; 5] = [
    Column::new("name", "Name").grow(),
    Column::new("status", "Status").fit(),
    Column::new("size", "Size").number().from_tablet(),
    Column::new("by", "Added by").from_desktop(),
    Column::new("created", "Added").number().from_tablet(),
];

fn show(ctx: Ctx, view: ArtifactsView, target: RwSignal<Option<Uuid>>) -> AnyView {
    let ArtifactsView { project, page, folders, may_write } = view;
    ctx.folders.set(folders);
    target.set(may_write.then_some(project));
    let asked = ctx.query.with_untracked(|q| q.get("q").unwrap_or_default());
    let way = way(ctx, &page.path, may_write);
    let now = kit::time::now();
    let subfolders = if asked.is_empty() { page.folders.as_slice() } else { &[] };
    let rows: Vec<Row> = subfolders.iter().map(|f| folder_row(ctx, f)).chain(page.rows.iter().map(|a| row(ctx, a, now))).collect();
    if rows.is_empty() {
        let (title, text) = match (asked.is_empty(), page.everything, page.path.is_empty()) {
            (false, ..) => ("No file matches", "Names and the text of files are searched. Try another word."),
            (true, 0, true) => {
                ("No files yet", "Drop a specification, a contract or a picture above. Its text is found by everybody in the project.")
            }
            (true, ..) => ("Nothing lies here", "Drop files above, or move some here."),
        };
        return view! { {way} <Empty icon=Icon::Paperclip title=title text=text /> }.into_any();
    }
    let open = Signal::derive(move || ctx.open.get());
    let text = kit::num::plural(page.total, "file", "files");
    let after = ctx.query.with_untracked(|q| q.get("after").unwrap_or_default());
    let next = page.next.as_ref().map(|cursor| ctx.at(&[("after", Some(cursor))]));
    let first = (!after.is_empty()).then(|| ctx.at(&[("after", None)]));
    view! { {way} <DataTable columns=&COLUMNS rows=rows label="Files" open=open /> <Pager previous=first next=next text=text /> }.into_any()
}

/// The way to the folder, and what is done with it.
fn way(ctx: Ctx, path: &[Folder], may_write: bool) -> AnyView {
    let Some((here, above)) = path.split_last() else { return ().into_any() };
    let mut crumbs = vec![Crumb::link("Artifacts", ctx.folder_href(None))];
    crumbs.extend(above.iter().map(|f| Crumb::link(f.name.clone(), ctx.folder_href(Some(f.id)))));
    crumbs.push(Crumb::here(here.name.clone()));
    let crumbs = Signal::stored(crumbs);
    let (rename, moved, gone) = (here.clone(), here.clone(), here.clone());
    let acts = may_write.then(|| {
        view! {
            <Menu id="folder-acts" label="Folder" icon=Icon::Ellipsis size=kit::Size::Sm end=true>
                <MenuItem icon=Icon::Pencil on:click=move |_| ctx.naming.set(Some(Naming::Folder(rename.clone())))>"Rename"</MenuItem>
                <MenuItem icon=Icon::FolderOpen on:click=move |_| ctx.moving.set(Some(Moving::Folder(moved.clone())))>"Move"</MenuItem>
                <MenuItem icon=Icon::Trash2 danger=true on:click=move |_| ctx.removing.set(Some(gone.clone()))>"Delete"</MenuItem>
            </Menu>
        }
    });
    view! { <div class="files-way"><Breadcrumbs crumbs=crumbs /> {acts}</div> }.into_any()
}

fn folder_row(ctx: Ctx, f: &Folder) -> Row {
    let cells = vec![
        Cell::parts([Cell::icon(Icon::Folder), Cell::title(&f.name)]),
        Cell::none(),
        Cell::text(&kit::num::plural(f.artifacts, "file", "files")),
        Cell::none(),
        Cell::none(),
    ];
    Row::new(f.id.to_string(), cells).href(ctx.folder_href(Some(f.id)))
}

fn row(ctx: Ctx, a: &Artifact, now: chrono::DateTime<chrono::Utc>) -> Row {
    let id = a.id.to_string();
    let cells = vec![
        Cell::parts([Cell::icon(type_icon(&a.mime_type)), Cell::title(&a.name)]),
        Cell::status(a.status.words(), status_tone(a.status)),
        Cell::text(&kit::num::bytes(u64::try_from(a.file_size).unwrap_or_default())),
        Cell::maybe(a.uploaded_by.as_deref()),
        Cell::ago(a.created_at, now),
    ];
    Row::new(id.clone(), cells).href(ctx.at(&[("open", Some(&id))]))
}

pub const fn status_tone(status: ProcessingStatus) -> Tone {
    match status {
        ProcessingStatus::Pending => Tone::Neutral,
        ProcessingStatus::Processing => Tone::Info,
        ProcessingStatus::Completed => Tone::Success,
        ProcessingStatus::Failed => Tone::Danger,
    }
}

pub fn type_icon(mime: &str) -> Icon {
    match mime {
        _ if mime.starts_with("image/") => Icon::Image,
        _ if mime.starts_with("audio/") => Icon::Megaphone,
        "text/csv" | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => Icon::Table2,
        "text/html" | "application/json" => Icon::Code,
        _ => Icon::FileText,
    }
}

/// What kind of file this is, in a word.
pub fn type_words(mime: &str) -> &'static str {
    match mime {
        "text/markdown" => "Markdown",
        "text/plain" => "Text",
        "text/csv" => "CSV",
        "application/json" => "JSON",
        "text/html" => "Web page",
        "application/pdf" => "PDF",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "Word document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "Spreadsheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "Presentation",
        _ if mime.starts_with("image/") => "Picture",
        _ if mime.starts_with("audio/") => "Sound",
        _ => "File",
    }
}
