//! `/o/{org}/factory`: the projects, and how far each is.
use crate::{
    calls::{ProjectMove, ProjectUpdate, ProjectsView, projects_list},
    words::{counted, project_tone, project_verb},
};
use factory::projects::{Project, ProjectCard, ProjectStatus};
use kernel::Perm;
use kit::{
    Ago, AppError, Badge, Button, ButtonKind, DashboardPage, Dialog, Empty, FormAlert, FormScope, Icon, Loaded, Menu, MenuItem, PageHead,
    Size, SkeletonTiles, Submit, TabLink, TextArea, TextField, action_fault, use_live, use_toasts,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

/// The list of projects.
pub struct ProjectsPage {
    projects: kit::Data<ProjectsView>,
    moving: ServerAction<ProjectMove>,
    saving: ServerAction<ProjectUpdate>,
    archived: Memo<bool>,
}

impl kit::Page for ProjectsPage {
    fn data() -> Self {
        let (moving, saving) = (ServerAction::new(), ServerAction::new());
        let slug = kit::use_org_slug();
        let (show, after) = (kit::query::use_query_param("show"), kit::query::use_query_param("after"));
        let archived = Memo::new(move |_| show.get() == "archived");
        let live = [use_live("factory.projects"), use_live("factory.features")];
        let key = move || {
            (slug.get(), archived.get(), after.get(), live.map(|topic| topic.get()), moving.version().get(), saving.version().get())
        };
        let projects = kit::Data::blocking(key, |(_, archived, after, ..)| projects_list(archived, Some(after).filter(|a| !a.is_empty())));
        Self { projects, moving, saving, archived }
    }

    fn view(this: Self) -> AnyView {
        let ProjectsPage { projects, moving, saving, archived } = this;
        let creating = kit::query::opened_by("new");
        let editing = RwSignal::new(None::<Project>);
        let toasts = use_toasts();
        kit::effect(move || {
            if let Some(Err(AppError(fault))) = moving.value().get() {
                toasts.fault(&fault);
            }
        });
        let path = kit::use_org_path();
        let tabs = move || vec![TabLink::new("Projects", path("/factory")), TabLink::new("Archived", path("/factory?show=archived"))];
        view! {
            <Title text="Software" />
            <DashboardPage>
                <PageHead
                    title="Software"
                    text=|| "What you build: its features, and how far they are."
                    acts=move || view! {
                        <Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| creating.set(true)>"New project"</Button>
                    }
                />
                {project_tabs(archived, tabs())}
                <Loaded
                    from=projects
                    skeleton=|| view! { <SkeletonTiles count=6 /> }
                    show=move |view: ProjectsView| cards(view, archived.get_untracked(), moving, editing, creating)
                />
            </DashboardPage>
            {create_dialog(creating)}
            {edit_dialog(editing, saving)}
        }
        .into_any()
    }
}

/// Two lists at one address: the query tells them apart, which `TabLinks` does not look at.
fn project_tabs(archived: Memo<bool>, tabs: Vec<TabLink>) -> AnyView {
    let links = tabs
        .into_iter()
        .enumerate()
        .map(|(i, tab)| {
            let current = move || (archived.get() == (i == 1)).then_some("page");
            view! { <a class="tab" href=tab.href aria-current=current>{tab.label}</a> }.into_any()
        })
        .collect_view();
    view! { <nav class="tabs mb-4" aria-label="Projects">{links}</nav> }.into_any()
}

fn cards(
    view: ProjectsView,
    archived: bool,
    moving: ServerAction<ProjectMove>,
    editing: RwSignal<Option<Project>>,
    creating: RwSignal<bool>,
) -> AnyView {
    let ProjectsView { page, may_manage } = view;
    if page.rows.is_empty() {
        return match archived {
            true => view! { <Empty icon=Icon::Archive title="No archived projects" text="A project that is done with can be archived; it is kept here and can come back." /> }.into_any(),
            false => view! {
                <Empty
                    icon=Icon::FolderKanban title="No projects yet"
                    text="A project holds the features of one piece of software. Start one, then import a feature list or write the first."
                    acts=move || view! { <Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| creating.set(true)>"Create project"</Button> }
                />
            }
            .into_any(),
        };
    }
    let next = page.next.map(|after| {
        let query = kit::query::with(&use_query_map().get_untracked(), &[("after", Some(&after))]);
        view! { <p class="mt-4"><a class="btn btn-sm" href=query>"More projects"</a></p> }
    });
    view! {
        <div class="projects">{page.rows.into_iter().map(|card| project_card(card, may_manage, moving, editing)).collect_view()}</div>
        {next}
    }
    .into_any()
}

fn project_card(card: ProjectCard, manage: bool, moving: ServerAction<ProjectMove>, editing: RwSignal<Option<Project>>) -> AnyView {
    let ProjectCard { project, counts } = card;
    let href = kit::use_org_path()(&format!("/factory/{}", project.slug));
    let total = counts.total();
    let share = match total {
        0 => "No features yet".to_owned(),
        _ => format!("{} of {} passing", kit::num::group(counts.passing), kit::num::group(total)),
    };
    let status = (project.status != ProjectStatus::Active)
        .then(|| view! { <Badge text=project.status.words() tone=project_tone(project.status) /> });
    let at = project.updated_at;
    view! {
        <article class="card project">
            <div class="project-head">
                <h2><a href=href>{project.name.clone()}</a></h2>
                {status}
                {project_menu(&project, manage, moving, editing)}
            </div>
            <p>{project.description.clone()}</p>
            <div>
                {stack_bar(&counts)}
                <div class="project-foot"><span>{share}</span><span class="grow"></span><span>"Changed " <Ago at=at /></span></div>
            </div>
        </article>
    }
    .into_any()
}

/// The share of each status, as one bar; the sentence beside it says the same in words.
pub fn stack_bar(counts: &factory::projects::StatusCounts) -> AnyView {
    let total = counts.total().max(1) as f64;
    // Widths as classes of a twelfth would lie; an SVG carries numbers without inline style.
    let mut x = 0.0;
    let parts = counted(counts)
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(status, n)| {
            let width = n as f64 * 100.0 / total;
            let part = format!("<rect class=\"{}\" x=\"{x:.2}%\" y=\"0\" width=\"{width:.2}%\" height=\"6\"></rect>", status.as_str());
            x += width;
            part
        })
        .collect::<String>();
    view! { <svg class="stack-svg" width="100%" height="6" aria-hidden="true" inner_html=parts></svg> }.into_any()
}

fn project_menu(project: &Project, manage: bool, moving: ServerAction<ProjectMove>, editing: RwSignal<Option<Project>>) -> AnyView {
    let (id, rev) = (project.id, project.rev.clone());
    let from = project.status;
    let items = from
        .moves()
        .filter(|next| manage || (from != ProjectStatus::Draft && from != ProjectStatus::Archived && *next != ProjectStatus::Archived))
        .map(|next| {
            let rev = rev.clone();
            let mark = match next {
                ProjectStatus::Archived => Icon::Archive,
                ProjectStatus::Active if from == ProjectStatus::Archived => Icon::ArchiveRestore,
                ProjectStatus::Active => Icon::Play,
                ProjectStatus::Paused => Icon::Pause,
                _ => Icon::CircleCheck,
            };
            let press = move |_| {
                moving.dispatch(ProjectMove { id, rev: rev.clone(), status: next });
            };
            view! { <MenuItem icon=mark on:click=press>{project_verb(from, next)}</MenuItem> }.into_any()
        })
        .collect_view();
    let edit = (from != ProjectStatus::Archived).then(|| {
        let project = project.clone();
        view! { <MenuItem icon=Icon::Pencil on:click=move |_| editing.set(Some(project.clone()))>"Edit details"</MenuItem> }
    });
    view! {
        <Menu id=format!("p-{}", project.slug) label=format!("Actions for {}", project.name) icon=Icon::Ellipsis compact=true size=Size::Sm end=true>
            {edit} {items}
        </Menu>
    }
    .into_any()
}

fn create_dialog(open: RwSignal<bool>) -> AnyView {
    let create = ServerAction::<crate::calls::ProjectCreate>::new();
    let (navigate, path) = (use_navigate(), kit::use_org_path());
    kit::effect(move || {
        if let Some(Ok(project)) = create.value().get() {
            open.set(false);
            navigate(&path(&format!("/factory/{}", project.slug)), NavigateOptions::default());
        }
    });
    let may_activate = kit::use_may(Perm::FactoryManage);
    view! {
        <Dialog open=open title="New project">
            <FormScope fault=action_fault(create) pending=create.pending()>
                <ActionForm action=create attr:class="form">
                    <FormAlert />
                    <TextField name="name" label="Name" required=true maxlength=255 autofocus=true autocomplete="off" />
                    <TextArea name="description" label="Description" note="optional" rows=3 maxlength=2000 />
                    <TextField name="repo_url" label="Repository" note="optional" kind="url" placeholder="https://" />
                    {move || (!may_activate.get()).then(|| view! { <p class="hint">"It starts as a draft; an admin activates it."</p> })}
                    <div class="form-foot">
                        <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                        <Submit>"Create project"</Submit>
                    </div>
                </ActionForm>
            </FormScope>
        </Dialog>
    }
    .into_any()
}

fn edit_dialog(editing: RwSignal<Option<Project>>, save: ServerAction<ProjectUpdate>) -> AnyView {
    let open = kit::open_while(editing);
    kit::effect(move || {
        if let Some(Ok(_)) = save.value().get() {
            editing.set(None);
        }
    });
    view! {
        <Dialog open=open title="Edit details">
            {move || editing.get().map(|project| view! {
                <FormScope fault=action_fault(save) pending=save.pending()>
                    <ActionForm action=save attr:class="form">
                        <FormAlert />
                        <input type="hidden" name="id" value=project.id.to_string() />
                        <input type="hidden" name="rev" value=project.rev.clone() />
                        <TextField name="name" label="Name" required=true maxlength=255 value=project.name.clone() autofocus=true />
                        <TextArea name="description" label="Description" note="optional" rows=3 maxlength=2000 value=project.description.clone().unwrap_or_default() />
                        <TextField name="repo_url" label="Repository" note="optional" kind="url" value=project.repo_url.clone().unwrap_or_default() />
                        <TextField name="branch" label="Branch" maxlength=100 value=project.branch.clone() />
                        <div class="form-foot">
                            <Button on:click=move |_| editing.set(None)>"Cancel"</Button>
                            <Submit>"Save"</Submit>
                        </div>
                    </ActionForm>
                </FormScope>
            })}
        </Dialog>
    }
    .into_any()
}
