//! `/o/{org}/factory/{project}/planner/{number}`: one work order in the drawer.
use super::{
    Ctx, bulk,
    calls::{work_order_block, work_order_get, work_order_move, work_order_remove, work_order_suggest},
    draft::{self, Drafted},
    items,
    moves::Stopped,
    panel_form::{self, Form},
    panel_parts, question,
    words::{tone, verb},
};
use crate::{
    threads::{self, Talk},
    words::{entry, status_tone},
};
use factory::{
    comments::ParentType,
    projects::ProjectStatus,
    work_orders::{Drop, RichShown, WorkOrder, WorkOrderDetail, WorkOrderRef, key},
};
use kernel::Code;
use kit::{
    AppError, Button, ButtonKind, Drawer, Fact, Facts, Icon, IconButton, Loaded, Size, Skeleton, Status, TextField, Timeline, use_live,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// One work order beside the plan.
pub struct WorkOrderPanel {
    number: Memo<String>,
    detail: kit::Data<WorkOrderDetail>,
    /// Rises when something was changed here.
    version: RwSignal<u64>,
}

impl kit::Page for WorkOrderPanel {
    fn data() -> Self {
        let (org, project, number) = (kit::use_org_slug(), kit::use_text_param("project"), kit::use_text_param("number"));
        let live = ["factory.work_orders", "factory.work_items", "factory.graph_edges", "factory.test_cases", "factory.drift_alerts"]
            .map(use_live);
        let version = RwSignal::new(0);
        let detail = kit::Data::blocking(
            move || (org.get(), project.get(), number.get(), live.map(|topic| topic.get()), version.get()),
            // What is no number is no work order: 404.
            |(_, project, number, ..)| work_order_get(project, number.parse().unwrap_or(0)),
        );
        Self { number, detail, version }
    }

    fn view(this: Self) -> AnyView {
        let WorkOrderPanel { number, detail, version } = this;
        let ctx = expect_context::<Ctx>();
        let form = Form::new();
        // Another work order is not edited because the one before it was.
        Effect::new(move |before: Option<String>| {
            let now = number.get();
            if before.is_some_and(|b| b != now) {
                form.editing.set(None);
            }
            now
        });
        let numbers = move || ctx.moves.rows.with(|rows| rows.iter().map(|r| r.number.to_string()).collect());
        let href = move |number: &str| format!("{}/{number}{}", ctx.base.get_untracked(), question(&ctx.search.get()));
        let [previous, next] = kit::neighbours(number, numbers, href);
        let close = Signal::derive(move || format!("{}{}", ctx.base.get(), question(&ctx.search.get())));
        let title = Signal::derive(move || format!("WO-{}", number.get()));
        let desk = Desk { ctx, form, version, drafted: RwSignal::new(None), shown: RwSignal::new(None), close };
        let said = RwSignal::new(0);
        let talk = move |id| Talk {
            kind: ParentType::WorkOrder,
            id,
            project: ctx.project,
            version: said,
            toasts: ctx.moves.toasts(),
            places: None,
        };
        view! {
            <Title text=title />
            <Drawer title=title close=close previous=previous next=next>
                <Loaded from=detail skeleton=|| view! { <Skeleton lines=8 /> } show=move |d: WorkOrderDetail| show(desk, d) />
                {threads::beside(desk.shown, talk)}
            </Drawer>
        }
        .into_any()
    }
}

/// What stands outside of what is loaded.
#[derive(Clone, Copy)]
struct Desk {
    ctx: Ctx,
    form: Form,
    version: RwSignal<u64>,
    /// A plan that was drafted and is not decided.
    drafted: Drafted,
    /// The work order on show.
    shown: RwSignal<Option<uuid::Uuid>>,
    close: Signal<String>,
}

fn show(desk: Desk, detail: WorkOrderDetail) -> AnyView {
    let Desk { ctx, form, version, .. } = desk;
    desk.shown.set(Some(detail.order.id));
    let detail = StoredValue::new(detail);
    let body = move || {
        // While it is edited, changes of others do not touch the form: they show when it is saved.
        match form.editing.get() {
            Some(_) => panel_form::form(ctx, form, version),
            None => detail.with_value(|d| read(desk, d)),
        }
    };
    view! { {body} }.into_any()
}

fn read(desk: Desk, d: &WorkOrderDetail) -> AnyView {
    let Desk { ctx, form, version, drafted, close, .. } = desk;
    let w = &d.order;
    let frozen = d.project.status == ProjectStatus::Archived;
    let phase = d.phases.iter().find(|p| Some(p.id) == w.phase_id).map_or("None", |p| p.name.as_str()).to_owned();
    let who: Vec<&str> = w.assignee_ids.iter().filter_map(|id| d.people.iter().find(|p| p.id == *id)).map(|p| p.name.as_str()).collect();
    let who = if who.is_empty() { "Nobody".to_owned() } else { who.join(", ") };
    let feature = d.feature.as_ref().map(|f| {
        let href = format!("{}/features/{}", ctx.base.get_untracked().trim_end_matches("/planner"), f.key);
        let mark = f.status.map(|s| view! { <Status text=f.key.clone() tone=status_tone(s) /> });
        view! { <a class="st-link" href=href>{mark} " " {f.name.clone()}</a> }.into_any()
    });
    let history: Vec<_> = d.history.iter().map(|a| entry(a, false)).collect();
    let creator = d.creator.clone().unwrap_or_else(|| "A program".to_owned());
    let (status, updated_at) = (w.status, w.updated_at);
    let kind = w.deliverable_type.clone().map(|kind| view! { <Fact name="Deliverable">{kind}</Fact> });
    view! {
        <h3 class="feature-name">{w.title.clone()}</h3>
        {(!frozen).then(|| moves(ctx, form, version, d, close))}
        <div class="feature-sec">
            <Facts>
                <Fact name="Status"><Status text=status.words() tone=tone(status) /></Fact>
                <Fact name="Phase">{phase}</Fact>
                <Fact name="Assignees">{who}</Fact>
                <Fact name="Feature">{feature.unwrap_or_else(|| "None".into_any())}</Fact>
                {kind}
                <Fact name="Written by">{creator}</Fact>
                <Fact name="Updated"><kit::Ago at=updated_at /></Fact>
            </Facts>
        </div>
        {panel_parts::stale(ctx, &d.drift)}
        {text("Description", d.texts.description.as_ref())}
        {text("Acceptance criteria", d.texts.acceptance_criteria.as_ref())}
        {text("Out of scope", d.texts.out_of_scope.as_ref())}
        {text("Implementation plan", d.texts.implementation_plan.as_ref())}
        {(!frozen).then(|| draft::suggestion(ctx, w.id, drafted, version))}
        {(!frozen).then(|| draft::button(ctx, w.id, drafted))}
        {items::list(ctx, version, w, &d.items, frozen)}
        {blockers(ctx, version, d, frozen)}
        {panel_parts::lineage(ctx, &d.lineage)}
        {panel_parts::tests(&d.tests)}
        {panel_parts::commits(&d.commits)}
        <section class="feature-sec"><h3>"Activity"</h3><Timeline entries=history /></section>
    }
    .into_any()
}

/// The HTML is the server's own: it escapes whatever people wrote.
fn text(title: &'static str, text: Option<&RichShown>) -> AnyView {
    let html = text.map(|t| t.html.clone());
    html.map(|html| view! { <section class="feature-sec"><h3>{title}</h3><div class="prose" inner_html=html></div></section> }).into_any()
}

/// The moves that are open, then edit and delete.
fn moves(ctx: Ctx, form: Form, version: RwSignal<u64>, d: &WorkOrderDetail, close: Signal<String>) -> AnyView {
    let w = &d.order;
    let mut steps: Vec<_> = w.status.moves().collect();
    // Forward first.
    steps.sort_by_key(|next| *next < w.status);
    let buttons = steps
        .into_iter()
        .enumerate()
        .map(|(i, next)| {
            let (id, rev) = (w.id, w.rev.clone());
            let kind = if i == 0 { ButtonKind::Primary } else { ButtonKind::Plain };
            let press = move |_| {
                let rev = rev.clone();
                spawn_local(async move {
                    if let Err(AppError(fault)) = work_order_move(id, rev.clone(), next, false).await {
                        match fault.code {
                            Code::Blocked | Code::OpenWorkItems => {
                                let to = Drop { status: Some(next), ..Default::default() };
                                ctx.moves.stopped.set(Some(Stopped { id, rev, to, fault }));
                            }
                            _ => ctx.moves.toasts().fault(&fault),
                        }
                    }
                    version.update(|n| *n += 1);
                    ctx.moves.again();
                });
            };
            let words = verb(w.status, next);
            view! { <Button size=Size::Sm kind=kind on:click=press>{words}</Button> }.into_any()
        })
        .collect_view();
    let (edit, gone) = (d.clone(), w.clone());
    let navigate = use_navigate();
    let remove = move |_| {
        let (w, navigate, close): (WorkOrder, _, _) = (gone.clone(), navigate.clone(), close.get_untracked());
        spawn_local(async move {
            match work_order_remove(w.id, w.rev.clone()).await {
                Ok(_) => {
                    navigate(&close, NavigateOptions { scroll: false, ..Default::default() });
                    ctx.moves.toasts().undo(format!("{} deleted", w.key()), move || bulk::restore(ctx, vec![w.id]));
                }
                Err(AppError(fault)) => ctx.moves.toasts().fault(&fault),
            }
            ctx.moves.again();
        });
    };
    view! {
        <div class="moves">
            {buttons}
            <span class="grow"></span>
            <IconButton icon=Icon::Pencil label="Edit" size=Size::Sm on:click=move |_| form.begin(&edit) />
            <IconButton icon=Icon::Trash2 label="Delete" size=Size::Sm tip_at="left" on:click=remove />
        </div>
    }
    .into_any()
}

fn blockers(ctx: Ctx, version: RwSignal<u64>, d: &WorkOrderDetail, frozen: bool) -> AnyView {
    let id = d.order.id;
    let change = move |by: uuid::Uuid, waits: bool| {
        spawn_local(async move {
            if let Err(AppError(fault)) = work_order_block(id, by, waits).await {
                ctx.moves.toasts().fault(&fault);
            }
            version.update(|n| *n += 1);
            ctx.moves.again();
        });
    };
    let first = d
        .blocked_by
        .iter()
        .map(|b| {
            let by = b.id;
            let label = format!("No longer wait for {}", key(b.number));
            let off = (!frozen)
                .then(|| view! { <IconButton icon=Icon::X label=label size=Size::Sm tip_at="left" on:click=move |_| change(by, false) /> });
            view! { <li class="spread">{link(ctx, b)} {off}</li> }.into_any()
        })
        .collect_view();
    let typed = RwSignal::new(String::new());
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (wanted, project) = (typed.get_untracked().trim().to_uppercase(), ctx.project.get_untracked());
        spawn_local(async move {
            let found = work_order_suggest(project, wanted.clone()).await.unwrap_or_default();
            match found.into_iter().find(|w| key(w.number) == wanted || w.number.to_string() == wanted) {
                Some(w) => {
                    typed.set(String::new());
                    change(w.id, true);
                }
                None => ctx.moves.toasts().info(format!("There is no work order \"{wanted}\" in this project.")),
            }
        });
    };
    let form = (!frozen).then(|| {
        view! {
            <form class="inline-form" on:submit=add>
                <TextField name="blocker" label="Has to wait for" bind=typed placeholder="WO-1" autocomplete="off" />
                <Button submit=true size=Size::Sm>"Add"</Button>
            </form>
        }
    });
    let behind = d.blocks.iter().map(|b| view! { <li>{link(ctx, b)}</li> }.into_any()).collect_view();
    let behind = (!d.blocks.is_empty()).then(|| view! { <h4>"Waiting for this"</h4><ul class="stack">{behind}</ul> });
    view! { <section class="feature-sec"><h3>"Blockers"</h3><ul class="stack">{first}</ul> {form} {behind}</section> }.into_any()
}

fn link(ctx: Ctx, w: &WorkOrderRef) -> AnyView {
    view! { <a class="st-link" href=ctx.href(w.number) data-noscroll=""><Status text=key(w.number) tone=tone(w.status) /> " " {w.title.clone()}</a> }.into_any()
}
