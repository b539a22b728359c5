//! Drawing work orders from blueprints: which blueprints, by which rules. What comes of it is ticked in `ticks`.
use super::{
    Ctx,
    plan_calls::{extraction_offer, extraction_propose},
    ticks,
};
use factory::{
    approvals::ApprovalState,
    extraction::{Blueprint, Offer, Recipe, Wish},
    templates::Strategy,
};
use kernel::Fault;
use kit::{Alert, AppError, Button, ButtonKind, Choice, Dialog, Empty, Icon, SearchField, SelectField, Size, Skeleton, Tone};
use leptos::{prelude::*, task::spawn_local};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The dialog of an extraction.
pub struct ExtractDialog {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
}

/// What the two steps of the dialog share.
#[derive(Clone, Copy)]
pub struct Desk {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
    pub offer: kit::LocalData<Option<Result<Offer, AppError>>>,
    /// Rises when what is on offer is fetched anew.
    pub version: RwSignal<u64>,
    /// Blueprints are chosen although proposals wait.
    pub choosing: RwSignal<bool>,
    pub chosen: RwSignal<BTreeSet<Uuid>>,
    pub typed: RwSignal<String>,
    /// Empty: what the template says.
    pub strategy: RwSignal<String>,
    /// Empty: the one that holds.
    pub template: RwSignal<String>,
    /// Proposals that are not to be made: what is new is ticked.
    pub unticked: RwSignal<BTreeSet<Uuid>>,
    pub fault: RwSignal<Option<Fault>>,
    pub problems: RwSignal<Vec<(String, String)>>,
    pub busy: RwSignal<bool>,
}

impl Desk {
    /// The proposals that wait are on show, rather than the blueprints.
    fn ticking(self) -> bool {
        let waits = matches!(self.offer.get(), Some(Some(Ok(offer))) if !offer.waiting.is_empty());
        waits && !self.choosing.get()
    }
}

impl kit::Part for ExtractDialog {
    fn view(this: Self) -> AnyView {
        let ExtractDialog { ctx, open } = this;
        let (version, live) = (RwSignal::new(0), kit::use_live("factory.agent_suggestions"));
        let offer = kit::LocalData::new(move || {
            let (wanted, project) = (open.get(), ctx.project.get());
            live.track();
            version.track();
            async move { if wanted { Some(extraction_offer(project).await) } else { None } }
        });
        let text = || RwSignal::new(String::new());
        let desk = Desk {
            ctx,
            open,
            offer,
            version,
            choosing: RwSignal::new(false),
            chosen: RwSignal::default(),
            typed: text(),
            strategy: text(),
            template: text(),
            unticked: RwSignal::default(),
            fault: RwSignal::new(None),
            problems: RwSignal::default(),
            busy: RwSignal::new(false),
        };
        // What is on show is one of these; it is made anew only when it becomes another.
        let step = Memo::new(move |_| match desk.offer.get().flatten() {
            None => Step::Loading,
            Some(Err(AppError(fault))) => Step::Failed(fault),
            Some(Ok(offer)) if offer.blueprints.is_empty() => Step::Nothing,
            Some(Ok(_)) if desk.ticking() => Step::Tick,
            Some(Ok(_)) => Step::Choose,
        });
        let body = move || match step.get() {
            Step::Loading => view! { <Skeleton lines=6 /> }.into_any(),
            Step::Failed(fault) => failed(desk, fault),
            Step::Nothing => nothing(desk),
            Step::Tick => ticks::list(desk),
            Step::Choose => choose(desk),
        };
        let foot = move || match step.get() {
            Step::Tick => ticks::foot(desk),
            Step::Choose => choose_foot(desk),
            _ => view! { <Button on:click=move |_| open.set(false)>"Close"</Button> }.into_any(),
        };
        view! { <Dialog open=open title="Extract work orders" wide=true foot=foot>{body}</Dialog> }.into_any()
    }
}

#[derive(Clone, PartialEq)]
enum Step {
    Loading,
    Failed(Fault),
    Nothing,
    Tick,
    Choose,
}

fn failed(desk: Desk, fault: Fault) -> AnyView {
    view! {
        {kit::fault_panel(fault)}
        <div class="moves"><Button icon=Icon::RotateCcw on:click=move |_| desk.version.update(|n| *n += 1)>"Retry"</Button></div>
    }
    .into_any()
}

/// No blueprints: where they are made.
fn nothing(desk: Desk) -> AnyView {
    let foundry = format!("{}/foundry", desk.ctx.base.get_untracked().trim_end_matches("/planner"));
    view! {
        <Empty
            icon=Icon::Layers title="No blueprints yet"
            text="Work orders are drawn from blueprints: foundations, and one for each feature. Write the first in the Foundry."
            acts=move || view! { <a class="btn btn-primary" href=foundry.clone()>"Open the Foundry"</a> }
        />
    }
    .into_any()
}

/// What went wrong, above either step.
pub fn said(desk: Desk) -> AnyView {
    let fault = move || desk.fault.get().map(|f| view! { <Alert tone=Tone::Danger>{f.message}</Alert> });
    let problems = move || {
        let list = desk.problems.get();
        (!list.is_empty()).then(|| {
            let lines = list.into_iter().map(|(title, why)| view! { <li><b>{title}</b> ": " {why}</li> }.into_any()).collect_view();
            view! { <Alert tone=Tone::Warning title="Not everything could be drawn from"><ul>{lines}</ul></Alert> }
        })
    };
    view! { {fault} {problems} }.into_any()
}

fn offer_of(desk: Desk) -> Option<Offer> {
    desk.offer.get().flatten().and_then(Result::ok)
}

fn choose(desk: Desk) -> AnyView {
    let matching = move || {
        let typed = desk.typed.get().trim().to_lowercase();
        let all = offer_of(desk).map(|o| o.blueprints).unwrap_or_default();
        let fits = move |b: &Blueprint| {
            let feature = b.feature.as_ref().map(|(key, name)| format!("{key} {name}")).unwrap_or_default();
            typed.is_empty() || format!("{} {feature}", b.document.title).to_lowercase().contains(&typed)
        };
        all.into_iter().filter(fits).collect::<Vec<_>>()
    };
    let rows = move || {
        let list = matching();
        match list.is_empty() {
            true => view! { <p class="hint">"No blueprint has these words."</p> }.into_any(),
            false => view! { <ul class="ticks">{list.into_iter().map(|b| row(desk, b)).collect_view()}</ul> }.into_any(),
        }
    };
    let all = move |_| {
        let ids: Vec<Uuid> = matching().into_iter().map(|b| b.document.id).collect();
        desk.chosen.update(|c| c.extend(ids));
    };
    // Drawing from what nobody approved is a person's own decision; it is said before.
    let unapproved = move || {
        let chosen = desk.chosen.get();
        let all = offer_of(desk).map(|o| o.blueprints).unwrap_or_default();
        let names: Vec<String> = all
            .into_iter()
            .filter(|b| chosen.contains(&b.document.id) && b.approval != ApprovalState::Approved)
            .map(|b| b.document.title)
            .collect();
        (!names.is_empty())
            .then(|| view! { <Alert tone=Tone::Warning title="The latest version is not approved">{names.join(", ")}</Alert> })
    };
    let recipes = offer_of(desk).map(|o| o.recipes).unwrap_or_default();
    let holds = offer_of(desk).and_then(|o| o.holds);
    view! {
        {said(desk)}
        <div class="spread">
            <SearchField name="blueprints" label="Search blueprints" bind=desk.typed />
            <span class="acts">
                <Button size=Size::Sm on:click=all>"All"</Button>
                <Button size=Size::Sm on:click=move |_| desk.chosen.update(BTreeSet::clear)>"None"</Button>
            </span>
        </div>
        {rows}
        {unapproved}
        <div class="form form-wide">{template(desk, &recipes, holds)} {strategies(desk, recipes, holds)}</div>
    }
    .into_any()
}

fn row(desk: Desk, b: Blueprint) -> AnyView {
    let id = b.document.id;
    let what = match &b.feature {
        Some((key, name)) => format!("{key} {name}"),
        None => b.document.kind.words().to_owned(),
    };
    let orders = (b.orders > 0).then(|| format!(" · {}", kit::num::plural(b.orders, "work order", "work orders")));
    let approval = (b.approval != ApprovalState::Approved).then(|| format!(" · {}", b.approval.words().to_lowercase()));
    let waiting = (b.waiting > 0).then(|| format!(" · {} wait; drawn again, they are put aside", b.waiting));
    view! {
        <li>
            <label class="check">
                <input
                    type="checkbox" class="box" prop:checked=move || desk.chosen.with(|c| c.contains(&id))
                    on:change:target=move |event| {
                        let on = event.target().checked();
                        desk.chosen.update(|c| if on { c.insert(id); } else { c.remove(&id); });
                    }
                />
                <span>{b.document.title} <small>{what} {orders} {waiting} {approval}</small></span>
            </label>
        </li>
    }
    .into_any()
}

fn template(desk: Desk, recipes: &[Recipe], holds: Option<Uuid>) -> AnyView {
    let name = |r: &Recipe| format!("{} ({})", r.name, r.scope.words().to_lowercase());
    let held = recipes.iter().find(|r| Some(r.id) == holds).map_or_else(|| "Default".to_owned(), |r| format!("Default: {}", name(r)));
    let choices = recipes.iter().map(|r| Choice::new(r.id.to_string(), name(r))).collect::<Vec<_>>();
    view! { <SelectField name="template" label="Template" choices=choices empty=held bind=desk.template /> }.into_any()
}

/// The strategies: the template's, unless another is chosen.
fn strategies(desk: Desk, recipes: Vec<Recipe>, holds: Option<Uuid>) -> AnyView {
    let no_model = offer_of(desk).and_then(|o| o.no_model);
    let of_template = Memo::new(move |_| {
        let asked = desk.template.get().parse().ok().or(holds);
        recipes.iter().find(|r| Some(r.id) == asked).map(|r| r.strategy).unwrap_or_default()
    });
    let options = Strategy::ALL
        .into_iter()
        .map(|s| {
            let off = no_model.clone().filter(|_| s == Strategy::Custom);
            let hint = match (s, &off) {
                (_, Some(why)) => why.clone(),
                (Strategy::FeatureSlice, _) => "One for each thing people can do. Built-in rules.".to_owned(),
                (Strategy::Specialist, _) => "One for each discipline, each after the one before. Built-in rules.".to_owned(),
                (Strategy::Custom, _) => "By the model, after the template's instructions.".to_owned(),
            };
            let checked = move || match desk.strategy.get().as_str() {
                "" => of_template.get() == s,
                chosen => chosen == s.as_str(),
            };
            view! {
                <label class="check option-card">
                    <input
                        type="radio" class="box" name="strategy" value=s.as_str() disabled=off.is_some() prop:checked=checked
                        on:change=move |_| desk.strategy.set(s.as_str().to_owned())
                    />
                    <span>{s.words()} <small>{hint}</small></span>
                </label>
            }
            .into_any()
        })
        .collect_view();
    view! { <fieldset class="field form-all"><legend class="label">"Strategy"</legend><div class="options">{options}</div></fieldset> }
        .into_any()
}

fn choose_foot(desk: Desk) -> AnyView {
    let go = move |_| {
        if desk.busy.get_untracked() {
            return;
        }
        let wish = Wish {
            blueprint_ids: desk.chosen.get_untracked().into_iter().collect(),
            strategy: Strategy::parse(&desk.strategy.get_untracked()),
            template_id: desk.template.get_untracked().parse().ok(),
        };
        let project = desk.ctx.project.get_untracked();
        desk.busy.set(true);
        desk.fault.set(None);
        spawn_local(async move {
            match extraction_propose(project, wish).await {
                Ok(made) => {
                    desk.problems.try_set(made.problems);
                    desk.unticked.try_set(BTreeSet::new());
                    desk.chosen.try_set(BTreeSet::new());
                    desk.choosing.try_set(false);
                }
                Err(AppError(fault)) => drop(desk.fault.try_set(Some(fault))),
            }
            desk.busy.try_set(false);
            desk.version.try_update(|n| *n += 1);
        });
    };
    let none = Signal::derive(move || desk.chosen.with(BTreeSet::is_empty) || offer_of(desk).is_none_or(|o| !o.may_write));
    let waits = move || {
        offer_of(desk).is_some_and(|o| !o.waiting.is_empty()).then(|| {
            view! { <Button on:click=move |_| desk.choosing.set(false)>"Back to the proposals"</Button> }
        })
    };
    let words = move || match desk.chosen.with(BTreeSet::len) {
        0 => "Propose work orders".to_owned(),
        n => format!("Propose from {n}"),
    };
    view! {
        {waits}
        <Button on:click=move |_| desk.open.set(false)>"Cancel"</Button>
        <Button kind=ButtonKind::Primary icon=Icon::Sparkles busy=desk.busy disabled=none on:click=go>{words}</Button>
    }
    .into_any()
}
