//! Writing one feature.
use super::Ctx;
use crate::calls::feature_create;
use factory::features::{FeatureInput, Priority};
use kernel::Fault;
use kit::{AppError, Button, ButtonKind, Choice, Dialog, FormAlert, FormScope, SelectField, Submit, TextArea, TextField};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// The choices of a priority.
pub fn priorities() -> Vec<Choice> {
    Priority::ALL.into_iter().map(|p| Choice::new(p.as_str(), format!("{} {}", p.as_str(), p.words()))).collect()
}

/// The dialog for a new feature; afterwards the feature opens beside the list.
pub struct CreateDialog {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
}

impl kit::Part for CreateDialog {
    fn view(this: Self) -> AnyView {
        dialog(this.ctx, this.open)
    }
}

fn dialog(ctx: Ctx, open: RwSignal<bool>) -> AnyView {
    let (name, description, category, priority) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (criteria, dependencies, key) = (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
    let navigate = use_navigate();
    let fields = [name, description, category, priority, criteria, dependencies, key];
    let send = move |_| {
        if busy.get_untracked() {
            return;
        }
        let [name, description, category, priority, criteria, dependencies, key] = fields.map(|f| f.get_untracked());
        let input = FeatureInput { key, name, description, category, priority, criteria, dependencies, ..Default::default() };
        let navigate = navigate.clone();
        busy.set(true);
        spawn_local(async move {
            match feature_create(ctx.project.get_untracked(), input).await {
                Ok(feature) => {
                    fault.set(None);
                    fields.iter().for_each(|f| f.set(String::new()));
                    open.set(false);
                    ctx.editor.version.update(|n| *n += 1);
                    navigate(&ctx.href(&feature.key), NavigateOptions { scroll: false, ..Default::default() });
                }
                Err(AppError(f)) => fault.set(Some(f)),
            }
            busy.set(false);
        });
    };
    let send = Callback::new(send);
    view! {
        <Dialog open=open title="New feature" wide=true>
            <FormScope fault=fault pending=busy>
                <form class="form form-wide" on:submit=move |event| { event.prevent_default(); send.run(()) }>
                    <div class="form-all"><FormAlert /></div>
                    <TextField name="name" label="Name" bind=name required=true maxlength=255 autofocus=true autocomplete="off" class="form-all" />
                    <TextArea name="description" label="Description" note="optional" bind=description rows=3 class="form-all" />
                    <TextField name="category" label="Category" note="optional" bind=category maxlength=100 />
                    <SelectField name="priority" label="Priority" choices=priorities() empty="No priority" bind=priority />
                    <TextArea name="criteria" label="Acceptance criteria" note="one a line" bind=criteria rows=4 class="form-all" />
                    <TextField name="dependencies" label="Waits for" note="keys, optional" bind=dependencies placeholder="F-001, F-002" />
                    <TextField name="key" label="Key" note="optional" bind=key maxlength=100 hint="Left empty, it is the next one." />
                    <div class="form-foot form-all">
                        <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                        <Submit kind=ButtonKind::Primary>"Create feature"</Submit>
                    </div>
                </form>
            </FormScope>
        </Dialog>
    }
    .into_any()
}
