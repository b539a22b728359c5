//! `/o/{org}/factory/{project}/validator`: what users say, as an inbox with one item open beside it.
use crate::pages::tabs;
use calls::{InboxView, feedback_list};
use factory::assistant::{Context, ContextKind};
use factory::feedback::{Category, FeedbackQuery, FeedbackRow, FeedbackStatus, triage};
use kit::{
    Button, ButtonKind, Cell, Column, DataTable, Empty, Icon, ListPage, ListSearch, Loaded, Menu, MenuLink, PageHead, Pager, Row,
    SkeletonTable, TabLink, TabLinks, Tone, use_live,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    components::Outlet,
    hooks::{use_location, use_query_map},
    params::ParamsMap,
};

mod add;
pub mod calls;
mod charts;
pub(crate) mod github_app;
mod integrations;
mod outbox;
mod panel;
mod panel_acts;
mod routes;

pub use add::AddDialog;
pub use integrations::IntegrationsPage;
pub use outbox::OutboxPage;
pub use panel::FeedbackPanel;
pub use routes::{ValidatorRoutes, validator_piece};

/// What inbox and drawer share.
#[derive(Clone, Copy)]
pub struct Ctx {
    pub project: Memo<String>,
    /// `/o/acme/factory/shop`
    pub base: Memo<String>,
    pub query: Memo<ParamsMap>,
    pub search: Signal<String>,
    pub toasts: kit::Toasts,
    /// Rises when something was changed here.
    pub version: RwSignal<u64>,
    /// The ids on show in their order, for the drawer's neighbours.
    pub ids: RwSignal<Vec<String>>,
}

impl Ctx {
    /// The inbox with some keys of the address changed.
    pub fn at(&self, change: &[(&str, Option<&str>)]) -> String {
        format!("{}/validator{}", self.base.get_untracked(), self.query.with_untracked(|q| kit::query::with(q, change)))
    }

    /// The address of an item in this inbox.
    pub fn item(&self, id: &str) -> String {
        format!("{}/validator/{id}{}", self.base.get_untracked(), crate::features::question(&self.search.get_untracked()))
    }
}

pub struct ValidatorPage {
    ctx: Ctx,
    view: kit::Data<InboxView>,
}

impl kit::Page for ValidatorPage {
    fn data() -> Self {
        let (org, project) = (kit::use_org_slug(), kit::use_text_param("project"));
        let map = use_query_map();
        let query = Memo::new(move |_| map.with(|q| FeedbackQuery::read(|name| q.get(name))));
        let path = kit::use_org_path();
        let search = use_location().search;
        let ctx = Ctx {
            project,
            base: Memo::new(move |_| path(&format!("/factory/{}", project.get()))),
            query: map,
            search: Signal::derive(move || search.get()),
            toasts: kit::use_toasts(),
            version: RwSignal::new(0),
            ids: RwSignal::default(),
        };
        let live = use_live("factory.feedback_items");
        let view = kit::Data::blocking(
            move || (org.get(), project.get(), query.get(), live.get(), ctx.version.get()),
            |(_, project, query, ..)| feedback_list(project, query),
        );
        // The drawer stands below this page and finds it.
        provide_context(ctx);
        Self { ctx, view }
    }

    fn view(this: Self) -> AnyView {
        let ValidatorPage { ctx, view } = this;
        provide_context(ctx);
        let base = ctx.base.get_untracked();
        let adding = kit::query::opened_by("new");
        kit::use_shortcut("c", "Validator", "Add feedback", move || adding.set(true));
        let open = open_item();
        let (outbox, voting) = (format!("{base}/outbox"), format!("{base}/voting"));
        view! {
            <Title text="Validator" />
            <ListPage drawer=|| view! { <Outlet /> }>
                <PageHead
                    title="Validator"
                    text=|| view! { "What users say, categorised and scored." }
                    acts=move || view! {
                        {crate::assistant::beside(ctx.project, factory::suggestions::AgentType::Validator, open)}
                        <a class="btn" href=voting.clone()>{kit::icon(Icon::Lightbulb)} "Voting"</a>
                        <a class="btn" href=outbox.clone()>{kit::icon(Icon::Send)} "Outbox"</a>
                        <Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| adding.set(true)>"Add feedback"</Button>
                    }
                />
                {tabs(&base, None)}
                {toolbar(ctx)}
                <Loaded from=view skeleton=|| view! { <SkeletonTable rows=10 columns=5 /> } show=move |v: InboxView| show(ctx, v, adding) />
                {kit::part(move || adding.get(), move || AddDialog { ctx, open: adding })}
            </ListPage>
        }
        .into_any()
    }
}

/// The item of the address, for the assistant.
fn open_item() -> Signal<Option<Context>> {
    let path = leptos_router::hooks::use_location().pathname;
    Signal::derive(move || {
        let id = path.with(|path| path.rsplit('/').next().and_then(|last| last.parse().ok()))?;
        Some(Context { kind: ContextKind::FeedbackItem, id })
    })
}

/// The search, and the order of the list.
fn toolbar(ctx: Ctx) -> AnyView {
    let map = ctx.query;
    let by_priority = move || map.with(|q| q.get_str("sort") == Some("priority"));
    let link = move |sort: Option<&'static str>| move || map.with(|m| kit::query::with(m, &[("sort", sort), ("after", None)]));
    let base = Signal::derive(move || format!("{}/validator", ctx.base.get()));
    let orders = move || {
        view! {
            <nav class="seg" aria-label="Order">
                <a href=link(None) aria-current=move || (!by_priority()).then_some("page") data-noscroll="">{kit::icon(Icon::Clock)} "Newest"</a>
                <a href=link(Some("priority")) aria-current=move || by_priority().then_some("page") data-noscroll="">{kit::icon(Icon::Flame)} "Priority"</a>
            </nav>
        }
    };
    view! { <ListSearch label="Search feedback" group="Validator" base=base acts=orders /> }.into_any()
}

static COLUMNS: [Column; 6] = [
    Column::new("score", "Score").fit(),
    Column::new("headline", "Feedback").grow(),
    Column::new("category", "Category").fit().from_tablet(),
    Column::new("status", "Status").fit(),
    Column::new("tags", "Tags").from_desktop(),
    Column::new("created", "Received").number().from_tablet(),
];

fn show(ctx: Ctx, view: InboxView, adding: RwSignal<bool>) -> AnyView {
    let InboxView { page, stats, pulls, endpoint, .. } = view;
    ctx.ids.set(page.rows.iter().map(|r| r.id.to_string()).collect());
    if page.everything == 0 {
        return nothing_yet(&endpoint, adding);
    }
    let query = ctx.query.with_untracked(|q| FeedbackQuery::read(|name| q.get(name)));
    let tab = |value: &str, label: &str| {
        let href = ctx.at(&[("tab", Some(value).filter(|v| *v != "new")), ("after", None)]);
        let count = page.counts.get(value).copied().unwrap_or(0);
        let here = query.tab == value || value == "new" && query.tab.is_empty();
        (href, label.to_owned(), count, here)
    };
    let tabs = FeedbackStatus::ALL
        .into_iter()
        .map(|s| tab(s.as_str(), s.words()))
        .chain([tab("all", "All")])
        .map(|(href, label, count, here)| {
            view! { <a class="tab" href=href data-noscroll="" aria-current=here.then_some("page")>{label} <span class="count">{kit::num::group(count)}</span></a> }.into_any()
        })
        .collect_view();
    let body = if page.rows.is_empty() {
        let (title, text) = match query.narrows() {
            true => ("No feedback matches", "Change the search or take filters away."),
            false => ("Nothing here", "Feedback with this status appears here."),
        };
        view! { <Empty icon=Icon::Inbox title=title text=text /> }.into_any()
    } else {
        let now = kit::time::now();
        let rows = page.rows.iter().map(|r| row(ctx, r, now)).collect::<Vec<_>>();
        let open_id = kit::use_text_param("id");
        let open = Signal::derive(move || open_id.get());
        let text = kit::num::plural(page.counts.get("all").copied().unwrap_or(0), "item", "items");
        let next = page.next.as_ref().map(|cursor| ctx.at(&[("after", Some(cursor))]));
        let first = (!query.after.is_empty()).then(|| ctx.at(&[("after", None)]));
        view! { <DataTable columns=&COLUMNS rows=rows label="Feedback" open=open /> <Pager previous=first next=next text=text /> }
            .into_any()
    };
    view! {
        <nav class="tabs px-4" aria-label="Inbox">{tabs}</nav>
        {filters(ctx, &query, &page.tags)}
        {body}
        {charts::charts(ctx, &stats, &pulls)}
    }
    .into_any()
}

fn filters(ctx: Ctx, query: &FeedbackQuery, tags: &[String]) -> AnyView {
    let chosen: Vec<&str> = query.category.split(',').filter(|c| !c.is_empty()).collect();
    let pills = Category::ALL
        .into_iter()
        .map(|c| {
            let on = chosen.contains(&c.as_str());
            let list: Vec<&str> = match on {
                true => chosen.iter().copied().filter(|w| *w != c.as_str()).collect(),
                false => chosen.iter().copied().chain([c.as_str()]).collect(),
            };
            let href = ctx.at(&[("category", Some(&list.join(","))), ("after", None)]);
            view! { <a class="pill" data-noscroll="" href=href aria-current=on.then_some("true")>{kit::icon(category_icon(c))} {c.words()}</a> }.into_any()
        })
        .collect_view();
    let by_tag = (!tags.is_empty()).then(|| {
        let links = tags
            .iter()
            .map(|tag| {
                let on = query.tag == *tag;
                let href = ctx.at(&[("tag", (!on).then_some(tag.as_str())), ("after", None)]);
                let mark = if on { Icon::Check } else { Icon::Square };
                let tag = tag.clone();
                view! { <MenuLink href=href icon=mark>{tag}</MenuLink> }.into_any()
            })
            .collect_view();
        let title = if query.tag.is_empty() { "Tag".to_owned() } else { format!("Tag: {}", query.tag) };
        view! { <Menu id="by-tag" label=title icon=Icon::Tag size=kit::Size::Sm>{links}</Menu> }
    });
    let clear = query.narrows().then(|| {
        let href = ctx.at(&[("category", None), ("tag", None), ("q", None), ("after", None)]);
        view! { <a class="btn btn-ghost btn-sm" href=href data-noscroll="">"Clear filters"</a> }
    });
    view! { <div class="facets"><span class="contents" role="group" aria-label="Category">{pills}</span> {by_tag} {clear}</div> }.into_any()
}

fn row(ctx: Ctx, r: &FeedbackRow, now: chrono::DateTime<chrono::Utc>) -> Row {
    let score = match r.priority_score {
        Some(score) => Cell::badge(&format!("{score:.2}"), score_tone(score)),
        None => Cell::none(),
    };
    let tags = r.tags.join(", ");
    let cells = vec![
        score,
        Cell::title(&r.headline),
        Cell::maybe(r.category.map(Category::words)),
        Cell::status(r.status.words(), status_tone(r.status)),
        Cell::maybe(Some(tags.as_str()).filter(|t| !t.is_empty())),
        Cell::ago(r.created_at, now),
    ];
    let id = r.id.to_string();
    let row = Row::new(id.clone(), cells).href(ctx.item(&id));
    if (now - r.created_at).num_seconds() < 5 { row.fresh() } else { row }
}

/// The first look: how an app sends the first item.
fn nothing_yet(endpoint: &str, adding: RwSignal<bool>) -> AnyView {
    let keys = kit::use_org_path()("/settings/keys");
    let code = format!(
        "curl -X POST {endpoint} \\\n  -H 'Authorization: Bearer YOUR_KEY' \\\n  -H 'Content-Type: application/json' \\\n  -d '{{\"title\":\"Export fails\",\"description\":\"The export stops with an error.\",\"externalUserId\":\"user-1\"}}'"
    );
    view! {
        <Empty
            icon=Icon::Inbox title="No feedback yet"
            text="Let your app send what its users say: with a key of scope validator:write, one call is enough. It appears here at once."
            acts=move || view! {
                <a class="btn btn-primary" href=keys.clone()>{kit::icon(Icon::KeyRound)} "Create key"</a>
                <Button icon=Icon::Plus on:click=move |_| adding.set(true)>"Add feedback"</Button>
            }
        />
        <div class="curl"><kit::CodeBlock code=code name="Send feedback" /></div>
    }
    .into_any()
}

pub const fn status_tone(status: FeedbackStatus) -> Tone {
    match status {
        FeedbackStatus::New => Tone::Accent,
        FeedbackStatus::Triaged => Tone::Violet,
        FeedbackStatus::InProgress => Tone::Info,
        FeedbackStatus::Resolved => Tone::Success,
        FeedbackStatus::Dismissed => Tone::Neutral,
    }
}

pub fn score_tone(score: f32) -> Tone {
    match f64::from(score) {
        s if s >= triage::CRITICAL => Tone::Danger,
        s if s >= 0.5 => Tone::Warning,
        s if s >= 0.25 => Tone::Info,
        _ => Tone::Neutral,
    }
}

pub const fn category_icon(category: Category) -> Icon {
    match category {
        Category::Bug => Icon::Bug,
        Category::FeatureRequest => Icon::Lightbulb,
        Category::Performance => Icon::Timer,
        Category::Other => Icon::MessageSquare,
    }
}

/// The pages that belong to where news and issues go.
pub fn outside_tabs(base: &str) -> AnyView {
    let tabs = vec![
        TabLink::new("Integrations", format!("{base}/settings/integrations")),
        TabLink::new("Outbox", format!("{base}/outbox")),
        TabLink::new("Voting", format!("{base}/voting")),
    ];
    view! { <TabLinks label="Outside" tabs=tabs /> }.into_any()
}
