//! Writing one work order.
use super::{Ctx, calls::work_order_create};
use crate::calls::feature_suggest;
use factory::work_orders::{PersonRef, RichInput, WorkOrderInput, WorkOrderStatus};
use kernel::Fault;
use kit::{AppError, Button, ButtonKind, Choice, Dialog, FormAlert, FormScope, SelectField, Submit, TextArea, TextField};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// The dialog for a new work order; afterwards it opens beside the plan.
pub struct CreateDialog {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
}

impl kit::Part for CreateDialog {
    fn view(this: Self) -> AnyView {
        dialog(this.ctx, this.open)
    }
}

/// The phases to choose from.
pub fn phases(ctx: Ctx) -> Vec<Choice> {
    ctx.sides.with(|sides| sides.phases.iter().map(|p| Choice::new(p.id.to_string(), p.name.clone())).collect())
}

/// The people to choose from.
pub fn people(list: &[PersonRef]) -> Vec<Choice> {
    list.iter().map(|p| Choice::new(p.id.to_string(), p.name.clone())).collect()
}

/// The feature of this key; 422 beside the field when there is none.
pub async fn feature_of(project: String, key: &str) -> Result<Option<uuid::Uuid>, Fault> {
    let key = key.trim();
    if key.is_empty() {
        return Ok(None);
    }
    let found = feature_suggest(project, key.to_owned()).await.map_err(|AppError(fault)| fault)?;
    let hit = found.into_iter().find(|f| f.key.eq_ignore_ascii_case(key)).and_then(|f| f.id);
    hit.map(Some).ok_or_else(|| Fault::field("feature", "is no key of a feature in this project"))
}

fn dialog(ctx: Ctx, open: RwSignal<bool>) -> AnyView {
    let text = || RwSignal::new(String::new());
    let (title, phase, feature, assignee, kind) = (text(), text(), text(), text(), text());
    let status = RwSignal::new("backlog".to_owned());
    let (description, criteria, scope, plan) = (text(), text(), text(), text());
    let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
    let navigate = use_navigate();
    let send = Callback::new(move |()| {
        if busy.get_untracked() {
            return;
        }
        let rich =
            |text: RwSignal<String>| (!text.with_untracked(|t| t.trim().is_empty())).then(|| RichInput::Markdown(text.get_untracked()));
        let mut input = WorkOrderInput {
            title: title.get_untracked(),
            status: WorkOrderStatus::parse(&status.get_untracked()).unwrap_or_default(),
            phase_id: phase.get_untracked().parse().ok(),
            feature_id: None,
            deliverable_type: kind.get_untracked(),
            assignee_ids: assignee.get_untracked().parse().into_iter().collect(),
            description: rich(description),
            acceptance_criteria: rich(criteria),
            out_of_scope: rich(scope),
            implementation_plan: rich(plan),
        };
        let (navigate, project, key) = (navigate.clone(), ctx.project.get_untracked(), feature.get_untracked());
        busy.set(true);
        spawn_local(async move {
            let made = match feature_of(project.clone(), &key).await {
                Ok(feature) => {
                    input.feature_id = feature;
                    work_order_create(project, input).await.map_err(|AppError(fault)| fault)
                }
                Err(fault) => Err(fault),
            };
            match made {
                Ok(order) => {
                    fault.set(None);
                    [title, feature, kind, description, criteria, scope, plan].iter().for_each(|f| f.set(String::new()));
                    open.set(false);
                    ctx.moves.again();
                    navigate(&ctx.href(order.number), NavigateOptions { scroll: false, ..Default::default() });
                }
                Err(f) => fault.set(Some(f)),
            }
            busy.set(false);
        });
    });
    let selects = move || {
        let list = ctx.sides.with(|sides| sides.people.clone());
        view! {
            <SelectField name="phase_id" label="Phase" choices=phases(ctx) empty="No phase" bind=phase />
            <SelectField name="assignee_ids" label="Assignee" choices=people(&list) empty="Nobody" bind=assignee />
        }
        .into_any()
    };
    view! {
        <Dialog open=open title="New work order" wide=true>
            <FormScope fault=fault pending=busy>
                <form class="form form-wide" on:submit=move |event| { event.prevent_default(); send.run(()) }>
                    <div class="form-all"><FormAlert /></div>
                    <TextField name="title" label="Title" bind=title required=true maxlength=500 autofocus=true autocomplete="off" class="form-all" />
                    <SelectField name="status" label="Status" choices=vec![Choice::new("backlog", "Backlog"), Choice::new("ready", "Ready")] bind=status />
                    {selects}
                    <TextField name="feature" label="Feature" note="its key, optional" bind=feature placeholder="F-001" />
                    <TextField name="deliverable_type" label="Deliverable" note="optional" bind=kind maxlength=100 placeholder="API" />
                    <TextArea name="description" label="Description" note="Markdown, optional" bind=description rows=3 class="form-all" />
                    <TextArea name="acceptance_criteria" label="Acceptance criteria" note="Markdown, optional" bind=criteria rows=4 class="form-all" />
                    <TextArea name="out_of_scope" label="Out of scope" note="Markdown, optional" bind=scope rows=2 class="form-all" />
                    <TextArea name="implementation_plan" label="Implementation plan" note="Markdown, optional" bind=plan rows=3 class="form-all" />
                    <div class="form-foot form-all">
                        <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                        <Submit kind=ButtonKind::Primary>"Create work order"</Submit>
                    </div>
                </form>
            </FormScope>
        </Dialog>
    }
    .into_any()
}
