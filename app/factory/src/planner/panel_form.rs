//! The form of a work order in the drawer. What is typed stays while others change things; only changed fields are sent.
//! Somebody who was faster in the same field is shown beside what was typed: mine or theirs.
use super::{
    Ctx,
    calls::work_order_update,
    create::{feature_of, people, phases},
};
use factory::work_orders::{RichShown, WorkOrder, WorkOrderDetail, WorkOrderPatch};
use kernel::{Code, Fault};
use kit::{Alert, AppError, Button, ButtonKind, FormAlert, FormScope, SelectField, Submit, TextArea, TextField, Tone};
use leptos::{prelude::*, task::spawn_local};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The fields, and the work order as it was when the form opened.
#[derive(Clone, Copy)]
pub struct Form {
    pub editing: RwSignal<Option<WorkOrderDetail>>,
    fields: [RwSignal<String>; 9],
    /// The version that somebody else saved meanwhile.
    theirs: RwSignal<Option<WorkOrder>>,
    fault: RwSignal<Option<Fault>>,
    busy: RwSignal<bool>,
}

const NAMES: [&str; 9] = [
    "title",
    "phase_id",
    "assignee_ids",
    "feature",
    "deliverable_type",
    "description",
    "acceptance_criteria",
    "out_of_scope",
    "implementation_plan",
];

impl Form {
    pub fn new() -> Self {
        Self {
            editing: RwSignal::new(None),
            fields: std::array::from_fn(|_| RwSignal::new(String::new())),
            theirs: RwSignal::new(None),
            fault: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    /// Opens the form on a work order.
    pub fn begin(self, d: &WorkOrderDetail) {
        for (signal, value) in self.fields.into_iter().zip(texts(d)) {
            signal.set(value);
        }
        self.theirs.set(None);
        self.fault.set(None);
        self.editing.set(Some(d.clone()));
    }

    /// What differs from the work order as it was.
    async fn patch(self, project: String, before: &WorkOrderDetail) -> Result<Option<WorkOrderPatch>, Fault> {
        let mut patch = Map::new();
        for ((name, signal), was) in NAMES.into_iter().zip(self.fields).zip(texts(before)) {
            let now = signal.get_untracked();
            if now.trim() == was.trim() {
                continue;
            }
            let value = match name {
                "phase_id" => now.parse::<Uuid>().map_or(Value::Null, |id| json!(id)),
                // The one chosen, beside those that were there and are not shown.
                "assignee_ids" => {
                    json!(now.parse::<Uuid>().into_iter().chain(before.order.assignee_ids.iter().skip(1).copied()).collect::<Vec<_>>())
                }
                "feature" => {
                    patch.insert("feature_id".to_owned(), json!(feature_of(project.clone(), &now).await?));
                    continue;
                }
                _ => json!(now),
            };
            patch.insert(name.to_owned(), value);
        }
        if patch.is_empty() {
            return Ok(None);
        }
        kit::wire::from_value(Value::Object(patch)).map(Some).map_err(|_| Fault::internal())
    }
}

/// The fields of a work order as the form shows them.
fn texts(d: &WorkOrderDetail) -> [String; 9] {
    let w = &d.order;
    let rich = |text: &Option<RichShown>| text.as_ref().map(|t| t.markdown.clone()).unwrap_or_default();
    [
        w.title.clone(),
        w.phase_id.map(|id| id.to_string()).unwrap_or_default(),
        w.assignee_ids.first().map(ToString::to_string).unwrap_or_default(),
        d.feature.as_ref().map(|f| f.key.clone()).unwrap_or_default(),
        w.deliverable_type.clone().unwrap_or_default(),
        rich(&d.texts.description),
        rich(&d.texts.acceptance_criteria),
        rich(&d.texts.out_of_scope),
        rich(&d.texts.implementation_plan),
    ]
}

fn send(ctx: Ctx, form: Form, version: RwSignal<u64>, rev: Option<String>) {
    let Some(before) = form.editing.get_untracked() else { return };
    if form.busy.get_untracked() {
        return;
    }
    form.busy.set(true);
    spawn_local(async move {
        let answer = match form.patch(ctx.project.get_untracked(), &before).await {
            Ok(None) => Ok(()),
            Ok(Some(patch)) => {
                let rev = rev.unwrap_or_else(|| before.order.rev.clone());
                work_order_update(before.order.id, rev, patch).await.map(drop).map_err(|AppError(fault)| fault)
            }
            Err(fault) => Err(fault),
        };
        match answer {
            Ok(()) => {
                form.editing.set(None);
                version.update(|n| *n += 1);
                ctx.moves.again();
            }
            Err(fault) => {
                let current = fault.details.as_ref().filter(|_| fault.code == Code::Stale).and_then(|d| d.get("current")).cloned();
                match current.and_then(|now| kit::wire::from_value::<WorkOrder>(now).ok()) {
                    Some(now) => form.theirs.set(Some(now)),
                    None => form.fault.set(Some(fault)),
                }
            }
        }
        form.busy.set(false);
    });
}

/// The form; it closes when it was saved or left.
pub fn form(ctx: Ctx, form: Form, version: RwSignal<u64>) -> AnyView {
    let [title, phase, assignee, feature, kind, description, criteria, scope, plan] = form.fields;
    let list = form.editing.with_untracked(|d| d.as_ref().map(|d| d.people.clone()).unwrap_or_default());
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        send(ctx, form, version, None);
    };
    view! {
        <FormScope fault=form.fault pending=form.busy>
            <form class="form form-wide" on:submit=save>
                <div class="form-all"><FormAlert /> {move || form.theirs.get().map(|now| conflict(ctx, form, version, &now))}</div>
                <TextField name="title" label="Title" bind=title required=true maxlength=500 autofocus=true class="form-all" />
                <SelectField name="phase_id" label="Phase" choices=phases(ctx) empty="No phase" bind=phase />
                <SelectField name="assignee_ids" label="Assignee" choices=people(&list) empty="Nobody" bind=assignee />
                <TextField name="feature" label="Feature" note="its key" bind=feature placeholder="F-001" />
                <TextField name="deliverable_type" label="Deliverable" bind=kind maxlength=100 />
                <TextArea name="description" label="Description" note="Markdown" bind=description rows=4 class="form-all" />
                <TextArea name="acceptance_criteria" label="Acceptance criteria" note="Markdown" bind=criteria rows=5 class="form-all" />
                <TextArea name="out_of_scope" label="Out of scope" note="Markdown" bind=scope rows=3 class="form-all" />
                <TextArea name="implementation_plan" label="Implementation plan" note="Markdown" bind=plan rows=5 class="form-all" />
                <div class="form-foot form-all">
                    <Button on:click=move |_| form.editing.set(None)>"Cancel"</Button>
                    <Submit kind=ButtonKind::Primary>"Save"</Submit>
                </div>
            </form>
        </FormScope>
    }
    .into_any()
}

/// Somebody else saved meanwhile: whose stays?
fn conflict(ctx: Ctx, form: Form, version: RwSignal<u64>, now: &WorkOrder) -> AnyView {
    let rev = now.rev.clone();
    let words = format!("It is now \"{}\", {}. Nothing of yours is stored yet.", now.title, now.status.words().to_lowercase());
    let mine = move |_| {
        form.theirs.set(None);
        send(ctx, form, version, Some(rev.clone()));
    };
    let theirs = move |_| {
        form.editing.set(None);
        version.update(|n| *n += 1);
    };
    view! {
        <Alert tone=Tone::Warning title="Someone else changed this work order">
            <p>{words}</p>
            <span class="moves"><Button on:click=theirs>"Keep theirs"</Button> <Button kind=ButtonKind::Primary on:click=mine>"Keep mine"</Button></span>
        </Alert>
    }
    .into_any()
}
