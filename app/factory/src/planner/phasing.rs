//! Planning phases: those of a template to tick, then how the work orders without a phase would be spread over them.
use super::{
    Ctx,
    plan_calls::{phases_add, phases_offer, phases_put, phases_spread},
};
use factory::{
    phases::PhaseInput,
    planner::{PhaseOffer, PhaseRecipe, Put, Spread},
    work_orders::key,
};
use kernel::Fault;
use kit::{Alert, AppError, Badge, Button, ButtonKind, Choice, Dialog, Empty, Icon, SelectField, Skeleton, Tone};
use leptos::{prelude::*, task::spawn_local};
use std::collections::BTreeSet;

/// The dialog that plans phases.
pub struct PlanPhasesDialog {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
}

#[derive(Clone, Copy)]
struct Desk {
    ctx: Ctx,
    open: RwSignal<bool>,
    offer: kit::LocalData<Option<Result<PhaseOffer, AppError>>>,
    template: RwSignal<String>,
    /// The names that are not to be added.
    unticked: RwSignal<BTreeSet<String>>,
    /// The spread that is shown before it is done.
    spread: RwSignal<Option<Spread>>,
    fault: RwSignal<Option<Fault>>,
    busy: RwSignal<bool>,
    version: RwSignal<u64>,
}

impl kit::Part for PlanPhasesDialog {
    fn view(this: Self) -> AnyView {
        let PlanPhasesDialog { ctx, open } = this;
        let (version, live) = (RwSignal::new(0), kit::use_live("factory.phases"));
        let offer = kit::LocalData::new(move || {
            let (wanted, project) = (open.get(), ctx.project.get());
            live.track();
            version.track();
            async move { if wanted { Some(phases_offer(project).await) } else { None } }
        });
        let desk = Desk {
            ctx,
            open,
            offer,
            template: RwSignal::new(String::new()),
            unticked: RwSignal::default(),
            spread: RwSignal::new(None),
            fault: RwSignal::new(None),
            busy: RwSignal::new(false),
            version,
        };
        let body = move || match (desk.offer.get().flatten(), desk.spread.get()) {
            (_, Some(spread)) => planned(desk, &spread),
            (None, None) => view! { <Skeleton lines=5 /> }.into_any(),
            (Some(Err(AppError(fault))), None) => view! {
                {kit::fault_panel(fault)}
                <div class="moves"><Button icon=Icon::RotateCcw on:click=move |_| desk.version.update(|n| *n += 1)>"Retry"</Button></div>
            }
            .into_any(),
            (Some(Ok(offer)), None) => proposed(desk, offer),
        };
        let foot = move || match desk.spread.get() {
            Some(spread) => planned_foot(desk, spread),
            None => proposed_foot(desk),
        };
        view! {
            <Dialog open=open title="Plan phases" wide=true foot=foot>
                {move || desk.fault.get().map(|f| view! { <Alert tone=Tone::Danger>{f.message}</Alert> })}
                {body}
            </Dialog>
        }
        .into_any()
    }
}

/// The template that was chosen, or the one that holds.
fn recipe(desk: Desk, offer: &PhaseOffer) -> Option<PhaseRecipe> {
    let asked = desk.template.get().parse().ok().or(offer.holds);
    offer.recipes.iter().find(|r| Some(r.id) == asked).cloned()
}

/// What would be added.
fn ticked(desk: Desk) -> Vec<PhaseInput> {
    let Some(Some(Ok(offer))) = desk.offer.get() else { return Vec::new() };
    let unticked = desk.unticked.get();
    recipe(desk, &offer)
        .map(|r| r.phases)
        .unwrap_or_default()
        .into_iter()
        .filter(|p| !p.there && !unticked.contains(&p.name))
        .map(|p| PhaseInput { name: p.name, description: p.description })
        .collect()
}

fn proposed(desk: Desk, offer: PhaseOffer) -> AnyView {
    if offer.recipes.is_empty() {
        return view! { <Empty icon=Icon::Layers title="No template of phases" text="Write one under Templates, or add phases by hand." /> }.into_any();
    }
    let name = |r: &PhaseRecipe| format!("{} ({})", r.name, r.scope.words().to_lowercase());
    let held =
        offer.recipes.iter().find(|r| Some(r.id) == offer.holds).map_or_else(|| "Choose".to_owned(), |r| format!("Default: {}", name(r)));
    let choices = offer.recipes.iter().map(|r| Choice::new(r.id.to_string(), name(r))).collect::<Vec<_>>();
    let rows = move || {
        let phases = recipe(desk, &offer).map(|r| r.phases).unwrap_or_default();
        let rows = phases
            .into_iter()
            .map(|p| {
                let (name, wanted) = (p.name.clone(), p.name.clone());
                let there = p.there.then(|| view! { <Badge text="In the plan" tone=Tone::Success /> });
                let on = p.there;
                view! {
                    <li>
                        <label class="check">
                            <input
                                type="checkbox" class="box" disabled=on prop:checked=move || on || desk.unticked.with(|u| !u.contains(&wanted))
                                on:change:target=move |event| {
                                    let (on, name) = (event.target().checked(), name.clone());
                                    desk.unticked.update(|u| if on { u.remove(&name); } else { u.insert(name); });
                                }
                            />
                            <span>{p.name} " " {there} <small>{p.description}</small></span>
                        </label>
                    </li>
                }
                .into_any()
            })
            .collect_view();
        view! { <ol class="ticks">{rows}</ol> }.into_any()
    };
    view! { <SelectField name="phase-template" label="Template" choices=choices empty=held bind=desk.template /> {rows} }.into_any()
}

/// Fetches how the work would be spread, to be looked at.
fn look(desk: Desk) {
    let project = desk.ctx.project.get_untracked();
    spawn_local(async move {
        match phases_spread(project).await {
            Ok(spread) => drop(desk.spread.try_set(Some(spread))),
            Err(AppError(fault)) => drop(desk.fault.try_set(Some(fault))),
        }
        desk.busy.try_set(false);
    });
}

fn proposed_foot(desk: Desk) -> AnyView {
    let add = move |_| {
        let (phases, project) = (untrack(|| ticked(desk)), desk.ctx.project.get_untracked());
        if desk.busy.get_untracked() || phases.is_empty() {
            return;
        }
        desk.busy.set(true);
        desk.fault.set(None);
        let unphased = desk.offer.get().flatten().and_then(Result::ok).map_or(0, |o| o.unphased);
        spawn_local(async move {
            match phases_add(project, phases).await {
                Ok(_) if unphased > 0 => look(desk),
                Ok(_) => {
                    desk.ctx.moves.toasts().success("Phases added");
                    desk.open.try_set(false);
                    desk.busy.try_set(false);
                }
                Err(AppError(fault)) => {
                    desk.fault.try_set(Some(fault));
                    desk.busy.try_set(false);
                }
            }
            desk.ctx.moves.again();
        });
    };
    let spread = move || {
        let offer = desk.offer.get().flatten().and_then(Result::ok)?;
        (!offer.phases.is_empty() && offer.unphased > 0).then(|| {
            let press = move |_| {
                desk.busy.set(true);
                look(desk);
            };
            view! { <Button icon=Icon::Layers on:click=press>{format!("Spread {} without a phase", offer.unphased)}</Button> }
        })
    };
    let none = Signal::derive(move || ticked(desk).is_empty());
    view! {
        {spread}
        <Button on:click=move |_| desk.open.set(false)>"Cancel"</Button>
        <Button kind=ButtonKind::Primary busy=desk.busy disabled=none on:click=add>
            {move || format!("Add {}", kit::num::plural(ticked(desk).len() as i64, "phase", "phases"))}
        </Button>
    }
    .into_any()
}

/// The plan before it is done.
fn planned(desk: Desk, spread: &Spread) -> AnyView {
    if spread.rows.is_empty() {
        return view! { <Empty icon=Icon::CircleCheck title="Nothing to spread" text="Every work order that is not done has its phase." /> }.into_any();
    }
    let groups = spread
        .phases
        .iter()
        .map(|phase| {
            let rows: Vec<_> = spread
                .rows
                .iter()
                .filter(|r| r.phase_id == phase.id)
                .map(|r| {
                    let waits = r.waits.then(|| view! { <span class="hint">"after what it waits for"</span> });
                    view! { <li><a class="st-link" href=desk.ctx.href(r.number)>{key(r.number)}</a> " " {r.title.clone()} " " {waits}</li> }.into_any()
                })
                .collect();
            let count = rows.len();
            (count > 0).then(|| {
                view! { <section class="feature-sec"><h3>{phase.name.clone()} <span class="num">{count}</span></h3><ol class="results">{rows}</ol></section> }
            })
        })
        .collect_view();
    view! {
        <p>"An even share for every phase, in the order of the work, and nothing before what it waits for. Nothing is moved yet."</p>
        {groups}
    }
    .into_any()
}

fn planned_foot(desk: Desk, spread: Spread) -> AnyView {
    let empty = spread.rows.is_empty();
    let moves: Vec<Put> = spread.rows.iter().map(|r| Put { id: r.id, from: None, to: Some(r.phase_id) }).collect();
    let go = move |_| {
        if desk.busy.get_untracked() {
            return;
        }
        desk.busy.set(true);
        let (moves, project) = (moves.clone(), desk.ctx.project.get_untracked());
        spawn_local(async move {
            match phases_put(project.clone(), moves).await {
                Ok(done) => {
                    desk.spread.try_set(None);
                    desk.open.try_set(false);
                    let back: Vec<Put> = done.iter().map(|m| Put { id: m.id, from: m.to, to: m.from }).collect();
                    let words = kit::num::plural(done.len() as i64, "work order moved", "work orders moved");
                    if back.is_empty() {
                        desk.ctx.moves.toasts().info("All of them were moved meanwhile.");
                    } else {
                        desk.ctx.moves.toasts().undo(words, move || take_back(desk.ctx, project.clone(), back.clone()));
                    }
                }
                Err(AppError(fault)) => drop(desk.fault.try_set(Some(fault))),
            }
            desk.busy.try_set(false);
            desk.ctx.moves.again();
        });
    };
    let act = (!empty).then(|| view! { <Button kind=ButtonKind::Primary busy=desk.busy on:click=go>"Move them"</Button> });
    view! {
        <Button on:click=move |_| { desk.spread.set(None); if empty { desk.open.set(false) } }>{if empty { "Close" } else { "Not now" }}</Button>
        {act}
    }
    .into_any()
}

fn take_back(ctx: Ctx, project: String, back: Vec<Put>) {
    spawn_local(async move {
        if let Err(AppError(fault)) = phases_put(project, back).await {
            ctx.moves.toasts().fault(&fault);
        }
        ctx.moves.again();
    });
}
