//! The phases of a plan: their names and their order.
use super::{
    Ctx,
    calls::{phase_create, phase_place, phase_remove, phase_update},
};
use factory::phases::{Phase, PhaseInput};
use kit::{AppError, Button, ButtonKind, Dialog, Icon, IconButton, Progress, Size, TextField};
use leptos::{prelude::*, task::spawn_local};
use std::future::Future;

/// The dialog of the phases.
pub struct PhasesDialog {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
    /// The dialog that plans them from a template.
    pub planning: RwSignal<bool>,
}

impl kit::Part for PhasesDialog {
    fn view(this: Self) -> AnyView {
        dialog(this.ctx, this.open, this.planning)
    }
}

/// Does a change and reads the plan again.
fn then_again<T: 'static>(ctx: Ctx, work: impl Future<Output = Result<T, AppError>> + 'static) {
    spawn_local(async move {
        if let Err(AppError(fault)) = work.await {
            ctx.moves.toasts().fault(&fault);
        }
        ctx.moves.again();
    });
}

fn dialog(ctx: Ctx, open: RwSignal<bool>, planning: RwSignal<bool>) -> AnyView {
    let name = RwSignal::new(String::new());
    let editing = RwSignal::new(None::<Phase>);
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let input = PhaseInput { name: name.get_untracked(), description: String::new() };
        name.set(String::new());
        then_again(ctx, phase_create(ctx.project.get_untracked(), input));
    };
    let list = move || {
        let phases = ctx.sides.with(|sides| sides.phases.clone());
        let count = phases.len();
        let rows = (0..count).map(|n| row(ctx, &phases, n, editing)).collect_view();
        match count {
            0 => view! { <p class="hint">"Phases cut the plan into stretches: Alpha, Beta, Launch."</p> }.into_any(),
            _ => view! { <ol class="phase-list">{rows}</ol> }.into_any(),
        }
    };
    let plan = move |_| {
        open.set(false);
        planning.set(true);
    };
    view! {
        <Dialog open=open title="Phases" wide=true>
            <div class="moves"><Button icon=Icon::Sparkles on:click=plan>"Plan phases"</Button> <span class="hint">"from a template, with the work spread over them"</span></div>
            {list}
            {move || editing.get().map(|phase| edit_form(ctx, editing, phase))}
            <form class="inline-form" on:submit=add>
                <TextField name="phase-name" label="New phase" bind=name required=true maxlength=255 autocomplete="off" />
                <Button submit=true icon=Icon::Plus>"Add phase"</Button>
            </form>
        </Dialog>
    }
    .into_any()
}

fn row(ctx: Ctx, phases: &[Phase], n: usize, editing: RwSignal<Option<Phase>>) -> AnyView {
    let phase = phases[n].clone();
    let up = n.checked_sub(1).map(|before| before.checked_sub(1).map(|n| phases[n].id));
    let down = phases.get(n + 1).map(|p| Some(p.id));
    let step = move |to: Option<Option<uuid::Uuid>>| {
        if let Some(after) = to {
            then_again(ctx, phase_place(phase.id, after));
        }
    };
    let (gone, change) = (phase.clone(), phase.clone());
    let percent = phase.percent();
    view! {
        <li>
            <div class="grow"><b>{phase.name.clone()}</b> " " <span class="hint">{phase.description.clone()}</span>
                <Progress label=format!("{}: {percent} % done", phase.name) value=Signal::derive(move || percent as f64) />
            </div>
            <span class="hint num">{format!("{} of {}", phase.done, phase.live)}</span>
            <IconButton icon=Icon::ArrowUp label=format!("Move {} up", phase.name) size=Size::Sm disabled=Signal::derive(move || up.is_none()) on:click=move |_| step(up) />
            <IconButton icon=Icon::ArrowDown label=format!("Move {} down", phase.name) size=Size::Sm disabled=Signal::derive(move || down.is_none()) on:click=move |_| step(down) />
            <IconButton icon=Icon::Pencil label=format!("Rename {}", phase.name) size=Size::Sm on:click=move |_| editing.set(Some(change.clone())) />
            <IconButton icon=Icon::Trash2 label=format!("Delete {}; its work orders stay", phase.name) size=Size::Sm on:click=move |_| then_again(ctx, phase_remove(gone.id, gone.rev.clone())) />
        </li>
    }
    .into_any()
}

fn edit_form(ctx: Ctx, editing: RwSignal<Option<Phase>>, phase: Phase) -> AnyView {
    let (name, description) = (RwSignal::new(phase.name.clone()), RwSignal::new(phase.description.clone().unwrap_or_default()));
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let input = PhaseInput { name: name.get_untracked(), description: description.get_untracked() };
        editing.set(None);
        then_again(ctx, phase_update(phase.id, phase.rev.clone(), input));
    };
    view! {
        <form class="form" on:submit=save>
            <TextField name="phase-rename" label="Name" bind=name required=true maxlength=255 autofocus=true />
            <TextField name="phase-text" label="Description" note="optional" bind=description maxlength=2000 />
            <div class="form-foot">
                <Button on:click=move |_| editing.set(None)>"Cancel"</Button>
                <Button kind=ButtonKind::Primary submit=true>"Save phase"</Button>
            </div>
        </form>
    }
    .into_any()
}
