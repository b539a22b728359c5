//! `/o/{org}/factory/{project}/settings/templates`: what new documents, plans and work orders begin with.
use super::calls::{TemplatesView, template_create, template_promote, template_remove, template_update, templates_list};
use factory::templates::{Scope, Template, TemplateInput, TemplateType};
use kernel::Fault;
use kit::{
    AppError, Badge, Button, ButtonKind, Card, Checkbox, Confirm, Dialog, FormAlert, FormScope, Icon, IconButton, Loaded, PageHead, Size,
    SkeletonTable, Submit, TextArea, TextField, Tone, open_while, use_live,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;

/// The templates of a project.
pub struct TemplatesPage {
    project: Memo<String>,
    view: kit::Data<TemplatesView>,
    version: RwSignal<u64>,
}

#[derive(Clone, Copy)]
struct Ctx {
    project: Memo<String>,
    version: RwSignal<u64>,
    toasts: kit::Toasts,
    editing: RwSignal<Option<Editing>>,
    removing: RwSignal<Option<Template>>,
}

/// A template in its form: a new one, or a change.
#[derive(Clone, Debug, PartialEq)]
struct Editing {
    change: Option<Template>,
    from: Template,
}

impl kit::Page for TemplatesPage {
    fn data() -> Self {
        let (org, project) = (kit::use_org_slug(), kit::use_text_param("project"));
        let (live, version) = (use_live("factory.templates"), RwSignal::new(0));
        let view =
            kit::Data::blocking(move || (org.get(), project.get(), live.get(), version.get()), |(_, project, ..)| templates_list(project));
        Self { project, view, version }
    }

    fn view(this: Self) -> AnyView {
        let TemplatesPage { project, view, version } = this;
        let ctx = Ctx { project, version, toasts: kit::use_toasts(), editing: RwSignal::new(None), removing: RwSignal::new(None) };
        let path = kit::use_org_path();
        let home = path(&format!("/factory/{}", project.get_untracked()));
        view! {
            <Title text="Templates" />
            <div class="page page-set">
                <PageHead
                    title="Templates"
                    text=|| view! { "What new documents, plans and work orders begin with. Those of this project count before those of the organization, and these before the ones that ship with Millrace." }
                />
                {crate::settings::tabs(&home)}
                <Loaded from=view skeleton=|| view! { <SkeletonTable rows=8 columns=3 /> } show=move |v: TemplatesView| list(ctx, v) />
            </div>
            {form(ctx)}
            {removal(ctx)}
        }
        .into_any()
    }
}

fn list(ctx: Ctx, view: TemplatesView) -> AnyView {
    let TemplatesView { templates, may_manage } = view;
    TemplateType::ALL
        .into_iter()
        .map(|kind| {
            let rows = templates.iter().filter(|t| t.kind == kind).cloned().map(|t| row(ctx, t, may_manage)).collect_view();
            view! { <Card title=kind.words() flush=true class="mb-4"><ul class="docs-lines">{rows}</ul></Card> }.into_any()
        })
        .collect_view()
        .into_any()
}

fn row(ctx: Ctx, t: Template, may_manage: bool) -> AnyView {
    let (copy, change, gone, id) = (t.clone(), t.clone(), t.clone(), t.id);
    let own = match t.scope {
        Scope::Project => true,
        Scope::Organization => may_manage,
        Scope::System => false,
    };
    let promote = move |_| {
        spawn_local(async move {
            match template_promote(id).await {
                Ok(made) => ctx.toasts.success(format!("“{}” is there for all projects now.", made.name)),
                Err(AppError(fault)) => ctx.toasts.fault(&fault),
            }
            ctx.version.update(|n| *n += 1);
        });
    };
    let of = t.doc_type().map(|d| view! { <Badge text=d.words() line=true /> });
    view! {
        <li class="docs-line">
            <div>
                <b>{t.name.clone()}</b> " " <Badge text=t.scope.words() tone=if t.scope == Scope::System { Tone::Neutral } else { Tone::Info } /> " "
                {of} " " {t.is_default.then(|| view! { <Badge text="Default" tone=Tone::Success /> })}
                {t.description.clone().map(|d| view! { <small>{d}</small> })}
            </div>
            <span class="docs-acts">
                {(t.scope == Scope::Project && may_manage).then(|| view! { <Button size=Size::Sm kind=ButtonKind::Ghost icon=Icon::Upload on:click=promote>"Promote"</Button> })}
                <IconButton icon=Icon::Copy label="Copy into this project" size=Size::Sm tip_at="left" on:click=move |_| {
                    let name = if copy.scope == Scope::Project { format!("{} (copy)", copy.name) } else { copy.name.clone() };
                    ctx.editing.set(Some(Editing { change: None, from: Template { name, is_default: false, ..copy.clone() } }))
                } />
                {own.then(|| view! {
                    <IconButton icon=Icon::Pencil label="Edit" size=Size::Sm on:click=move |_| ctx.editing.set(Some(Editing { change: Some(change.clone()), from: change.clone() })) />
                    <IconButton icon=Icon::Trash2 label="Delete" size=Size::Sm tip_at="left" on:click=move |_| ctx.removing.set(Some(gone.clone())) />
                })}
            </span>
        </li>
    }
    .into_any()
}

/// Name, description, content and whether it is the default.
fn form(ctx: Ctx) -> AnyView {
    let open = open_while(ctx.editing);
    let (name, description, content, default) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(false));
    let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
    kit::effect(move || {
        if let Some(Editing { from, .. }) = ctx.editing.get() {
            name.set(from.name);
            description.set(from.description.unwrap_or_default());
            content.set(serde_json::to_string_pretty(&from.content).unwrap_or_default());
            default.set(from.is_default);
            fault.set(None);
        }
    });
    let save = move || {
        let Some(Editing { change, from }) = ctx.editing.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        let value = match serde_json::from_str(&content.get_untracked()) {
            Ok(value) => value,
            Err(error) => return fault.set(Some(Fault::field("content", format!("is not JSON: {error}")))),
        };
        let input = TemplateInput {
            kind: from.kind,
            name: name.get_untracked(),
            description: description.get_untracked(),
            content: value,
            is_default: default.get_untracked(),
        };
        busy.set(true);
        spawn_local(async move {
            let saved = match change {
                Some(now) => template_update(now.id, now.rev, input).await,
                None => template_create(ctx.project.get_untracked(), input).await,
            };
            match saved {
                Ok(_) => {
                    ctx.editing.set(None);
                    ctx.version.update(|n| *n += 1);
                }
                Err(AppError(f)) => fault.set(Some(f)),
            }
            busy.set(false);
        });
    };
    let save = Callback::new(move |()| save());
    let title = Signal::derive(move || match ctx.editing.get() {
        Some(Editing { change: Some(now), .. }) => format!("Edit “{}”", now.name),
        _ => "New template".to_owned(),
    });
    view! {
        <Dialog open=open title=title wide=true>
            <FormScope fault=fault pending=busy>
                <form class="form" on:submit=move |event| { event.prevent_default(); save.run(()) }>
                    <FormAlert />
                    <TextField name="name" label="Name" bind=name required=true maxlength=255 autofocus=true autocomplete="off" />
                    <TextArea name="description" label="Description" note="optional" bind=description rows=2 maxlength=2000 />
                    <TextArea name="content" label="Content" bind=content rows=16 mono=true hint="JSON. Bodies of sections are Markdown; guidance stands beside the text." />
                    <Checkbox name="is_default" label="Use this one unless another is chosen" bind=default />
                    <div class="form-foot">
                        <Button on:click=move |_| ctx.editing.set(None)>"Cancel"</Button>
                        <Submit kind=ButtonKind::Primary>"Save template"</Submit>
                    </div>
                </form>
            </FormScope>
        </Dialog>
    }
    .into_any()
}

fn removal(ctx: Ctx) -> AnyView {
    let open = open_while(ctx.removing);
    let go = Callback::new(move |()| {
        let Some(gone) = ctx.removing.get_untracked() else { return };
        spawn_local(async move {
            if let Err(AppError(fault)) = template_remove(gone.id, gone.rev).await {
                ctx.toasts.fault(&fault);
            }
            ctx.removing.set(None);
            ctx.version.update(|n| *n += 1);
        });
    });
    view! {
        <Confirm
            open=open title=Signal::derive(move || format!("Delete “{}”?", ctx.removing.get().map(|t| t.name).unwrap_or_default()))
            text="Documents made from it stay as they are." verb="Delete template" on_confirm=go
        />
    }
    .into_any()
}
