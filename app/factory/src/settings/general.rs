//! What a project is called, where it stands, and its end.
use super::{
    calls::{GeneralView, settings_general},
    tabs,
};
use crate::{
    calls::{ProjectUpdate, onboarding_dismiss, project_move},
    words::project_tone,
};
use factory::projects::{Project, ProjectStatus};
use kernel::{Fault, Perm};
use kit::{
    AppError, Badge, Button, ButtonKind, Card, Confirm, FormAlert, FormScope, Icon, Loaded, SettingsPage, SettingsRow, SettingsSection,
    Skeleton, Submit, TextArea, TextField, action_fault, use_live,
};
use leptos::{form::ActionForm, prelude::*, task::spawn_local};
use leptos_meta::Title;

/// The details of a project.
pub struct GeneralPage {
    project: Memo<String>,
    view: kit::Data<GeneralView>,
}

impl kit::Page for GeneralPage {
    fn data() -> Self {
        let (org, project, live) = (kit::use_org_slug(), kit::use_text_param("project"), use_live("factory.projects"));
        let view = kit::Data::blocking(move || (org.get(), project.get(), live.get()), |(_, project, _)| settings_general(project));
        Self { project, view }
    }

    fn view(this: Self) -> AnyView {
        let GeneralPage { project, view } = this;
        let base = kit::use_org_path()(&format!("/factory/{}", project.get_untracked()));
        let toasts = kit::use_toasts();
        let archiving = RwSignal::new(None::<Project>);
        let save = ServerAction::<ProjectUpdate>::new();
        kit::effect(move || {
            if let Some(Ok(_)) = save.value().get() {
                toasts.success("The details are saved");
                view.refetch();
            }
        });
        let open = kit::open_while(archiving);
        let archive = Callback::new(move |()| {
            if let Some(project) = archiving.get_untracked() {
                go(project, ProjectStatus::Archived, toasts, view);
            }
            open.set(false);
        });
        view! {
            <Title text="Project settings" />
            <SettingsPage title="Project settings">
                {tabs(&base)}
                <Loaded from=view skeleton=|| view! { <Skeleton lines=8 /> } show={move |shown: GeneralView| show(shown, save, archiving, toasts, view)} />
            </SettingsPage>
            <Confirm open=open title="Archive this project?" text="It can still be read, and nothing in it can be changed. An admin can bring it back." verb="Archive" danger=true on_confirm=archive />
        }
        .into_any()
    }
}

fn go(project: Project, next: ProjectStatus, toasts: kit::Toasts, view: kit::Data<GeneralView>) {
    spawn_local(async move {
        match project_move(project.id, project.rev, next).await {
            Ok(_) => toasts.success(format!("The project is {} now", next.words().to_lowercase())),
            Err(AppError(fault)) => toasts.fault(&fault),
        }
        view.refetch();
    });
}

fn show(
    shown: GeneralView,
    save: ServerAction<ProjectUpdate>,
    archiving: RwSignal<Option<Project>>,
    toasts: kit::Toasts,
    view: kit::Data<GeneralView>,
) -> AnyView {
    let GeneralView { project, may_manage, steps_away } = shown;
    let archived = project.status == ProjectStatus::Archived;
    let fault: Signal<Option<Fault>> = action_fault(save);
    let details = project.clone();
    let form = view! {
        <FormScope fault=fault pending=save.pending()>
            <ActionForm action=save attr:class="form">
                <FormAlert />
                <input type="hidden" name="id" value=details.id.to_string() />
                <input type="hidden" name="rev" value=details.rev.clone() />
                <TextField name="name" label="Name" required=true maxlength=255 value=details.name.clone() disabled=archived />
                <TextArea name="description" label="Description" note="optional" rows=3 maxlength=2000 value=details.description.clone().unwrap_or_default() disabled=archived />
                <TextField name="repo_url" label="Repository" note="optional" kind="url" value=details.repo_url.clone().unwrap_or_default() disabled=archived />
                <TextField name="branch" label="Branch" maxlength=100 value=details.branch.clone() disabled=archived />
                {(!archived).then(|| view! { <div class="form-foot"><Submit>"Save"</Submit></div> })}
            </ActionForm>
        </FormScope>
    };
    // Out of a draft or the archive only admins lead; the archive has a section of its own.
    let bound = matches!(project.status, ProjectStatus::Draft | ProjectStatus::Archived);
    let moves = project.status.moves().filter(|next| *next != ProjectStatus::Archived && (may_manage || !bound));
    let moves = moves
        .map(|next| {
            let project = project.clone();
            let verb = match next {
                ProjectStatus::Active if project.status == ProjectStatus::Archived => "Bring back",
                ProjectStatus::Active if project.status == ProjectStatus::Draft => "Activate",
                ProjectStatus::Active => "Resume",
                ProjectStatus::Paused => "Pause",
                ProjectStatus::Complete => "Mark as complete",
                ProjectStatus::Draft | ProjectStatus::Archived => next.words(),
            };
            view! { <Button on:click=move |_| go(project.clone(), next, toasts, view)>{verb}</Button> }.into_any()
        })
        .collect_view();
    let may_write = kit::use_may(Perm::FactoryWrite);
    let steps = steps_away.then(|| {
        let slug = project.slug.clone();
        let again = move |_| {
            let slug = slug.clone();
            spawn_local(async move {
                match onboarding_dismiss(slug, false).await {
                    Ok(()) => toasts.success("The first steps are on the overview again"),
                    Err(AppError(fault)) => toasts.fault(&fault),
                }
                view.refetch();
            });
        };
        view! {
            <SettingsRow title="First steps" text="The card on the overview was put away.">
                {move || may_write.get().then(|| view! { <Button on:click=again.clone()>"Show again"</Button> })}
            </SettingsRow>
        }
    });
    let end = (may_manage && !archived).then(|| {
        let project = project.clone();
        view! {
            <SettingsSection title="Danger zone">
                <Card flush=true>
                    <SettingsRow title="Archive this project" text="It stays readable, and nothing in it can be changed any more.">
                        <Button kind=ButtonKind::Danger icon=Icon::Archive on:click=move |_| archiving.set(Some(project.clone()))>"Archive"</Button>
                    </SettingsRow>
                </Card>
            </SettingsSection>
        }
    });
    let (words, tone) = (project.status.words(), project_tone(project.status));
    view! {
        <SettingsSection title="Details"><Card>{form}</Card></SettingsSection>
        <SettingsSection title="State">
            <Card flush=true>
                <div class="set-row"><div>"This project is " <Badge text=words tone=tone /></div> <div class="row">{moves}</div></div>
                {steps}
            </Card>
        </SettingsSection>
        {end}
    }
    .into_any()
}
