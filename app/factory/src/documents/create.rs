//! Writing a new document.
use super::{
    Ctx,
    calls::{document_create, templates_list},
};
use factory::{
    documents::{DocumentInput, DocumentTree, DocumentType},
    templates::TemplateType,
};
use kernel::Fault;
use kit::{AppError, Button, ButtonKind, Choice, Dialog, FormAlert, FormScope, SelectField, Submit, TextField, open_while};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// The dialog for a new document; afterwards it is open.
pub struct CreateDocument(pub Ctx);

impl kit::Part for CreateDocument {
    fn view(this: Self) -> AnyView {
        let ctx = this.0;
        let open = open_while(ctx.making);
        let text = || RwSignal::new(String::new());
        let (kind, title, feature, template) = (text(), text(), text(), text());
        let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
        kit::effect(move || {
            if let Some(making) = ctx.making.get() {
                let first = making.kind.unwrap_or(ctx.area.get_untracked().types()[0]);
                kind.set(first.as_str().to_owned());
                feature.set(making.feature.map(|id| id.to_string()).unwrap_or_default());
                template.set(String::new());
                fault.set(None);
            }
        });
        let of = Memo::new(move |_| DocumentType::parse(&kind.get()));
        let navigate = use_navigate();
        let send = move || {
            let Some(kind) = of.get_untracked().filter(|_| !busy.get_untracked()) else { return };
            let input = DocumentInput {
                kind,
                title: title.get_untracked(),
                feature_id: feature.get_untracked().parse().ok().filter(|_| kind.of_feature()),
                template_id: template.get_untracked().parse().ok(),
                blank: template.get_untracked() == "blank",
            };
            let navigate = navigate.clone();
            busy.set(true);
            spawn_local(async move {
                match document_create(ctx.project.get_untracked(), input).await {
                    Ok(made) => {
                        title.set(String::new());
                        ctx.making.set(None);
                        ctx.changed();
                        navigate(&format!("{}{}", ctx.home.get_untracked(), made.path()), NavigateOptions::default());
                    }
                    Err(AppError(f)) => fault.set(Some(f)),
                }
                busy.set(false);
            });
        };
        let send = Callback::new(move |()| send());
        let kinds = move || {
            let choices = ctx.area.get().types().map(|k| Choice::new(k.as_str(), k.words())).to_vec();
            view! { <SelectField name="kind" label="Type" choices=choices bind=kind /> }
        };
        let which = move || match of.get().is_some_and(DocumentType::of_feature) {
            true => features(ctx, of, feature),
            false => {
                view! { <TextField name="title" label="Title" bind=title required=true maxlength=500 autofocus=true autocomplete="off" /> }
                    .into_any()
            }
        };
        // The document that is there already.
        let there = move || {
            let path = fault.get()?.details?.get("path")?.as_str()?.to_owned();
            Some(view! { <p class="hint"><a class="link" href=format!("{}{path}", ctx.home.get())>"Open it"</a></p> })
        };
        view! {
            <Dialog open=open title="New document">
                <FormScope fault=fault pending=busy>
                    <form class="form" on:submit=move |event| { event.prevent_default(); send.run(()) }>
                        <FormAlert />
                        {there}
                        {kinds}
                        {which}
                        {templates(ctx, of, template)}
                        <div class="form-foot">
                            <Button on:click=move |_| ctx.making.set(None)>"Cancel"</Button>
                            <Submit kind=ButtonKind::Primary>"Create document"</Submit>
                        </div>
                    </form>
                </FormScope>
            </Dialog>
        }
        .into_any()
    }
}

/// The features that have no document of this type.
fn features(ctx: Ctx, of: Memo<Option<DocumentType>>, feature: RwSignal<String>) -> AnyView {
    let free = move |tree: &DocumentTree| -> Vec<Choice> {
        let of = of.get();
        let taken = |id| tree.documents.iter().any(|d| Some(d.kind) == of && d.feature_id == Some(id));
        tree.features.iter().filter(|f| !taken(f.id)).map(|f| Choice::new(f.id.to_string(), format!("{} {}", f.key, f.name))).collect()
    };
    let choices = move || ctx.tree.get().and_then(Result::ok).map(|tree| free(&tree)).unwrap_or_default();
    view! {
        <SelectField
            name="feature_id" label="Feature" choices=choices() empty="Choose a feature" bind=feature required=true
            hint="The document carries the name of its feature."
        />
    }
    .into_any()
}

/// The templates of the type: the default first, then others, then none.
fn templates(ctx: Ctx, of: Memo<Option<DocumentType>>, chosen: RwSignal<String>) -> AnyView {
    let list = kit::LocalData::new(move || {
        let project = ctx.project.get();
        async move { templates_list(project).await.map(|v| v.templates).unwrap_or_default() }
    });
    let field = move || {
        let of = of.get()?;
        if of == DocumentType::SystemDiagram || of == DocumentType::FoundationBlueprint {
            return None;
        }
        let fits = |t: &&factory::templates::Template| match of {
            DocumentType::FeatureBlueprint => t.kind == TemplateType::Foundry,
            kind => t.kind == TemplateType::Refinery && t.doc_type() == Some(kind),
        };
        let all = list.get().unwrap_or_default();
        let mut choices: Vec<Choice> = all
            .iter()
            .filter(fits)
            .map(|t| Choice::new(t.id.to_string(), format!("{} ({})", t.name, t.scope.words().to_lowercase())))
            .collect();
        choices.push(Choice::new("blank", "Blank"));
        Some(view! { <SelectField name="template_id" label="Template" choices=choices empty="Default" bind=chosen /> })
    };
    view! { {field} }.into_any()
}
