//! What an area shows before a document is open, and its dialogs: what was deleted, and the foundry from a template.
use super::{
    Ctx, Making, area_words,
    calls::{document_restore, documents_deleted, foundry_initialise, templates_list},
    tree,
};
use factory::{
    documents::{DocumentArea, DocumentTree},
    templates::TemplateType,
};
use kit::{AppError, Button, ButtonKind, Choice, Dialog, Empty, Icon, Loaded, SelectField, Size};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;

/// The area without an open document: what there is and what to begin with.
pub fn welcome(ctx: Ctx) -> AnyView {
    // The tree's link of a feature without a document comes here.
    let wanted = kit::query::use_query_param("for");
    let (navigate, base) = (use_navigate(), move || ctx.base());
    kit::effect(move || {
        let feature = wanted.get();
        if !feature.is_empty() {
            tree::begin_for(ctx, &feature);
            navigate(&base(), leptos_router::NavigateOptions { replace: true, scroll: false, ..Default::default() });
        }
    });
    let show = move |tree: DocumentTree| {
        let area = tree.area;
        let text = match area {
            DocumentArea::Refinery => {
                "Requirements say what is to be built and why: one overview of the product, technical requirements, and one document for each feature."
            }
            DocumentArea::Foundry => {
                "Blueprints say how it is built: foundations that hold everywhere, diagrams, and one blueprint for each feature."
            }
        };
        let kinds = area.types().into_iter().filter(|k| !k.of_feature() || !tree.features.is_empty());
        let buttons = kinds
            .map(|kind| {
                view! {
                    <Button icon=Icon::FileText on:click=move |_| ctx.making.set(Some(Making { kind: Some(kind), feature: None }))>{kind.words()}</Button>
                }
                .into_any()
            })
            .collect_view();
        let title = if tree.documents.is_empty() {
            format!("The {} is empty", area_words(area).to_lowercase())
        } else {
            "Choose a document".to_owned()
        };
        view! { <Empty icon=Icon::BookOpen title=title text=text acts=move || buttons /> }.into_any()
    };
    view! { <Loaded from=ctx.tree show=show /> }.into_any()
}

/// Deleted documents, each with the way back.
pub struct DeletedDialog {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
}

impl kit::Part for DeletedDialog {
    fn view(this: Self) -> AnyView {
        let DeletedDialog { ctx, open } = this;
        let list = kit::LocalData::new(move || {
            let (wanted, project) = (open.get(), ctx.project.get_untracked());
            ctx.version.track();
            async move { if wanted { documents_deleted(project).await.unwrap_or_default() } else { Vec::new() } }
        });
        let rows = move || {
            let area = ctx.area.get();
            let rows = list.get().unwrap_or_default().into_iter().filter(|d| d.kind.area() == area);
            rows.map(|d| {
                let restore = move |_| {
                    spawn_local(async move {
                        match document_restore(d.id).await {
                            Ok(back) => ctx.toasts.success(format!("“{}” is back.", back.title)),
                            Err(AppError(fault)) => ctx.toasts.fault(&fault),
                        }
                        ctx.changed();
                    });
                };
                view! {
                    <li class="docs-line">
                        <div><b>{d.title.clone()}</b> <small>{d.kind.words()} " · deleted " <kit::Ago at=d.deleted_at /></small></div>
                        <Button size=Size::Sm icon=Icon::Undo2 on:click=restore>"Restore"</Button>
                    </li>
                }
                .into_any()
            })
            .collect_view()
        };
        view! { <Dialog open=open title="Deleted documents"><ul class="docs-lines">{rows}</ul></Dialog> }.into_any()
    }
}

/// Foundations and diagrams from a template.
pub struct InitialiseDialog {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
}

impl kit::Part for InitialiseDialog {
    fn view(this: Self) -> AnyView {
        let InitialiseDialog { ctx, open } = this;
        let (chosen, busy) = (RwSignal::new(String::new()), RwSignal::new(false));
        let list = kit::LocalData::new(move || {
            let (wanted, project) = (open.get(), ctx.project.get_untracked());
            async move { if wanted { templates_list(project).await.map(|v| v.templates).unwrap_or_default() } else { Vec::new() } }
        });
        let picker = move || {
            let templates = list.get().unwrap_or_default();
            let choices: Vec<Choice> = templates
                .iter()
                .filter(|t| t.kind == TemplateType::Foundry)
                .map(|t| Choice::new(t.id.to_string(), format!("{} ({})", t.name, t.scope.words().to_lowercase())))
                .collect();
            (!choices.is_empty()).then(|| view! { <SelectField name="template" label="Template" choices=choices bind=chosen /> })
        };
        let begin = move |_| {
            if busy.get_untracked() {
                return;
            }
            busy.set(true);
            let template = chosen.get_untracked().parse().ok();
            spawn_local(async move {
                match foundry_initialise(ctx.project.get_untracked(), template).await {
                    Ok(made) if made.blueprints_created == 0 => ctx.toasts.info("Everything of this template is there already."),
                    Ok(made) => ctx.toasts.success(format!("{} documents created.", made.blueprints_created)),
                    Err(AppError(fault)) => ctx.toasts.fault(&fault),
                }
                busy.set(false);
                open.set(false);
                ctx.changed();
            });
        };
        let foot = move || {
            view! {
                <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                <Button kind=ButtonKind::Primary busy=busy on:click=begin>"Create documents"</Button>
            }
            .into_any()
        };
        view! {
            <Dialog open=open title="Initialise the foundry" foot=foot>
                <p class="mb-4">"Creates the foundations and diagrams of a template. What has the same title already stays as it is."</p>
                {picker}
            </Dialog>
        }
        .into_any()
    }
}
