//! `/o/{org}/factory/{project}/validator/{id}`: one item in the drawer.
use super::{
    Ctx,
    calls::{feedback_get, feedback_update},
    category_icon, panel_acts, score_tone, status_tone,
};
use crate::{
    threads::{self, Talk},
    words::entry,
};
use factory::{
    comments::ParentType,
    feedback::{Category, Facts as Triage, Feedback, FeedbackDetail, FeedbackPatch, FeedbackStatus},
};
use kernel::Code;
use kit::{
    AppError, Badge, Button, ButtonKind, Drawer, Fact, Facts, Icon, Loaded, Menu, MenuItem, Progress, Size, Skeleton, Status, TextField,
    Timeline, use_live,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use serde_json::Value;

/// One item beside the inbox.
pub struct FeedbackPanel {
    id: Memo<uuid::Uuid>,
    detail: kit::Data<FeedbackDetail>,
    version: RwSignal<u64>,
}

impl kit::Page for FeedbackPanel {
    fn data() -> Self {
        let (org, project, id) = (kit::use_org_slug(), kit::use_text_param("project"), kit::use_id());
        let live = [use_live("factory.feedback_items"), use_live("factory.graph_edges"), use_live("factory.job_runs")];
        let version = RwSignal::new(0);
        let detail = kit::Data::blocking(
            move || (org.get(), project.get(), id.get(), live.map(|topic| topic.get()), version.get()),
            |(_, project, id, ..)| feedback_get(project, id),
        );
        Self { id, detail, version }
    }

    fn view(this: Self) -> AnyView {
        let FeedbackPanel { id, detail, version } = this;
        let ctx = expect_context::<Ctx>();
        let desk = Desk { ctx, version, tags: RwSignal::new(None), linking: RwSignal::new(false) };
        // Another item is not edited because the one before it was.
        kit::effect(move || {
            id.track();
            desk.tags.set(None);
        });
        let (shown, said) = (RwSignal::new(None), RwSignal::new(0));
        let talk =
            move |id| Talk { kind: ParentType::FeedbackItem, id, project: ctx.project, version: said, toasts: ctx.toasts, places: None };
        let show = move |d: FeedbackDetail| {
            shown.set(Some(d.item.id));
            show(desk, d)
        };
        let taken_over = RwSignal::new(false);
        kit::effect(move || {
            kit::dom::after_render(move || {
                taken_over.try_set(true);
            });
        });
        let neighbour = move |step: i64| {
            Signal::derive(move || {
                if !taken_over.get() {
                    return None;
                }
                let id = id.get().to_string();
                ctx.ids.with(|ids| {
                    let at = ids.iter().position(|i| *i == id)? as i64 + step;
                    ids.get(usize::try_from(at).ok()?).map(|id| ctx.item(id))
                })
            })
        };
        let close = Signal::derive(move || {
            ctx.search.track();
            ctx.at(&[])
        });
        view! {
            <Title text="Feedback" />
            <Drawer title="Feedback" close=close previous=neighbour(-1) next=neighbour(1)>
                <Loaded from=detail skeleton=|| view! { <Skeleton lines=10 /> } show=show />
                {threads::beside(shown, talk)}
            </Drawer>
            {panel_acts::link_dialog(desk, id)}
        }
        .into_any()
    }
}

/// What stands outside of what is loaded.
#[derive(Clone, Copy)]
pub struct Desk {
    pub ctx: Ctx,
    pub version: RwSignal<u64>,
    /// Tags while they are edited.
    pub tags: RwSignal<Option<RwSignal<String>>>,
    pub linking: RwSignal<bool>,
}

impl Desk {
    /// After a change: drawer and inbox are loaded anew.
    pub fn changed(self) {
        self.version.update(|n| *n += 1);
        self.ctx.version.update(|n| *n += 1);
    }

    /// Sends a change of the item.
    pub fn patch(self, item: &Feedback, patch: FeedbackPatch, done: &'static str) {
        let (id, rev) = (item.id, item.rev.clone());
        spawn_local(async move {
            match feedback_update(id, rev, patch).await {
                Ok(_) => self.ctx.toasts.success(done),
                // Somebody was faster: what is there now is shown, and the person decides again.
                Err(AppError(fault)) if fault.code == Code::Stale => {
                    self.ctx.toasts.info("Somebody changed this in the meantime. Look again and repeat it.")
                }
                Err(AppError(fault)) => self.ctx.toasts.fault(&fault),
            }
            self.changed();
        });
    }
}

fn show(desk: Desk, d: FeedbackDetail) -> AnyView {
    let item = &d.item;
    let (status, at) = (item.status, item.created_at);
    let title = item.title.clone().map(|t| view! { <h3 class="feature-name">{t}</h3> });
    let merged = item.merged_into.map(|into| {
        let href = desk.ctx.item(&into.to_string());
        view! { <p class="hint">"Merged into " <a href=href data-noscroll="">"another item"</a></p> }
    });
    let history: Vec<_> = d.history.iter().map(|a| entry(a, false)).collect();
    let (category, score) = (category(desk, item), score(desk, item));
    let from = item.external_user_id.clone().unwrap_or_else(|| "Unknown".to_owned());
    let source = item.source.clone().unwrap_or_else(|| "By hand".to_owned());
    view! {
        {title}
        {merged}
        {moves(desk, item)}
        <div class="feature-sec"><p class="said text-base">{item.description.clone()}</p></div>
        <div class="feature-sec">
            <Facts>
                <Fact name="Status"><Status text=status.words() tone=status_tone(status) /></Fact>
                <Fact name="Category">{category}</Fact>
                <Fact name="Score">{score}</Fact>
                <Fact name="From">{from}</Fact>
                <Fact name="Source">{source}</Fact>
                <Fact name="Received"><kit::Ago at=at /></Fact>
            </Facts>
        </div>
        {item.triage.map(|facts| made_of(&facts))}
        {tags(desk, item)}
        {panel_acts::features(desk, &d)}
        {panel_acts::onward(desk, &d)}
        {panel_acts::similar(desk, &d)}
        {raw(item)}
        {(!history.is_empty()).then(|| view! { <section class="feature-sec"><h3>"History"</h3><Timeline entries=history /></section> })}
    }
    .into_any()
}

fn verb(to: FeedbackStatus, from: FeedbackStatus) -> &'static str {
    match (from, to) {
        (_, FeedbackStatus::Triaged) if from == FeedbackStatus::Dismissed => "Bring back",
        (_, FeedbackStatus::Triaged) => "Mark as triaged",
        (FeedbackStatus::Resolved, FeedbackStatus::InProgress) => "Reopen",
        (_, FeedbackStatus::InProgress) => "Start",
        (_, FeedbackStatus::Resolved) => "Resolve",
        (_, FeedbackStatus::Dismissed) => "Dismiss",
        (_, FeedbackStatus::New) => "Set new",
    }
}

fn moves(desk: Desk, item: &Feedback) -> AnyView {
    if item.merged_into.is_some() {
        return ().into_any();
    }
    let from = item.status;
    let buttons = from
        .moves()
        .enumerate()
        .map(|(n, to)| {
            let item = item.clone();
            let kind = if n == 0 { ButtonKind::Primary } else { ButtonKind::Plain };
            let press = move |_| desk.patch(&item, FeedbackPatch { status: Some(to), ..Default::default() }, "Moved");
            view! { <Button kind=kind size=Size::Sm on:click=press>{verb(to, from)}</Button> }.into_any()
        })
        .collect_view();
    view! { <div class="moves">{buttons}</div> }.into_any()
}

fn category(desk: Desk, item: &Feedback) -> AnyView {
    let now = item.category;
    let label = now.map_or("Not yet known", Category::words);
    let items = Category::ALL
        .into_iter()
        .map(|c| {
            let item = item.clone();
            let press = move |_| desk.patch(&item, FeedbackPatch { category: Some(c), ..Default::default() }, "Category changed");
            view! { <MenuItem icon=category_icon(c) on:click=press>{c.words()}</MenuItem> }.into_any()
        })
        .collect_view();
    view! { <Menu id="feedback-category" label=label size=Size::Sm kind=ButtonKind::Ghost>{items}</Menu> }.into_any()
}

fn score(desk: Desk, item: &Feedback) -> AnyView {
    let badge = item.priority_score.map(|s| view! { <Badge text=format!("{s:.2}") tone=score_tone(s) /> });
    let by = item.scored_by_person.then(|| view! { <Badge text="By a person" line=true /> });
    let choices = [(100, "1.00 Critical"), (80, "0.80 Critical"), (60, "0.60 High"), (40, "0.40 Medium"), (20, "0.20 Low")]
        .into_iter()
        .map(|(percent, words)| {
            let item = item.clone();
            let press = move |_| desk.patch(&item, FeedbackPatch { score_percent: Some(percent), ..Default::default() }, "Score set");
            view! { <MenuItem on:click=press>{words}</MenuItem> }.into_any()
        })
        .collect_view();
    let back = item.scored_by_person.then(|| {
        let item = item.clone();
        let press = move |_| desk.patch(&item, FeedbackPatch { score_percent: Some(-1), ..Default::default() }, "Triage scores it again");
        view! { <MenuItem icon=Icon::Undo2 on:click=press>"Let triage score it"</MenuItem> }.into_any()
    });
    view! { <span class="row">{badge} {by} <Menu id="feedback-score" label="Set" size=Size::Sm kind=ButtonKind::Ghost>{choices}{back}</Menu></span> }.into_any()
}

/// What triage made the score of.
fn made_of(facts: &Triage) -> AnyView {
    #[expect(clippy::cast_precision_loss, reason = "counts of items")]
    let (frequency, reach) = (((1.0 + facts.similar as f64).ln() / 11_f64.ln()).min(1.0), (facts.users as f64 / 10.0).min(1.0));
    let lines = [
        ("Severity", 45, facts.severity, String::new()),
        ("Frequency", 20, frequency, format!("{} similar in 30 days", facts.similar)),
        ("Reach", 20, reach, kit::num::plural(facts.users, "user", "users")),
        ("Alignment", 15, facts.alignment, String::new()),
    ]
    .into_iter()
    .map(|(name, weight, value, note)| {
        view! {
            <span data-tip=note>{name} " " <small class="hint">{weight} " %"</small></span>
            <Progress label=name value=Signal::stored(value * 100.0) />
            <span class="num">{format!("{value:.2}")}</span>
        }
        .into_any()
    })
    .collect_view();
    view! { <section class="feature-sec"><h3>"What triage found"</h3><div class="score">{lines}</div></section> }.into_any()
}

fn tags(desk: Desk, item: &Feedback) -> AnyView {
    let item = StoredValue::new(item.clone());
    let body = move || match desk.tags.get() {
        None => {
            let tags = item.with_value(|i| i.tags.clone());
            let badges = tags.iter().map(|t| view! { <Badge text=t.clone() line=true /> }.into_any()).collect_view();
            let begin = move |_| desk.tags.set(Some(RwSignal::new(tags.join(", "))));
            view! { <div class="row">{badges}<Button size=Size::Sm kind=ButtonKind::Ghost icon=Icon::Tag on:click=begin>"Edit tags"</Button></div> }.into_any()
        }
        Some(typed) => {
            let save = move |event: leptos::ev::SubmitEvent| {
                event.prevent_default();
                let patch = FeedbackPatch { tags: Some(typed.get_untracked()), ..Default::default() };
                desk.tags.set(None);
                item.with_value(|i| desk.patch(i, patch, "Tags changed"));
            };
            view! {
                <form class="form" on:submit=save>
                    <TextField name="feedback-tags" label="Tags" bind=typed autofocus=true hint="Separated by commas, at most 20." />
                    <div class="form-foot">
                        <Button size=Size::Sm on:click=move |_| desk.tags.set(None)>"Cancel"</Button>
                        <Button size=Size::Sm kind=ButtonKind::Primary submit=true>"Save tags"</Button>
                    </div>
                </form>
            }
            .into_any()
        }
    };
    view! { <section class="feature-sec"><h3>"Tags"</h3>{body}</section> }.into_any()
}

/// What the app sent along.
fn raw(item: &Feedback) -> AnyView {
    let parts = [("Browser", &item.browser_info), ("Device", &item.device_info), ("Session", &item.session_data)];
    let blocks = parts
        .into_iter()
        .filter_map(|(name, value)| value.as_ref().map(|v| (name, v)))
        .map(|(name, value)| {
            let code = match value {
                Value::String(text) => text.clone(),
                other => serde_json::to_string_pretty(other).unwrap_or_default(),
            };
            view! { <kit::CodeBlock code=code name=name /> }.into_any()
        })
        .collect::<Vec<_>>();
    if blocks.is_empty() {
        return ().into_any();
    }
    view! { <section class="feature-sec"><h3>"Sent along"</h3><div class="stack">{blocks}</div></section> }.into_any()
}
