//! `/` sends people where they work; `/o/{org}` shows the stream with live counts.
use factory::stream::{HomeActivity, HomeProject, HomeSummary, Waiting};
use kit::{Ago, AppError, Card, Client, DashboardPage, Donut, Empty, Hue, Icon, Loaded, PageHead, SkeletonTiles, Slice, Tile};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

/// Where `/` leads: the last organization, the list of organizations, or the sign-in.
#[server(client = Client, output = kit::Wire)]
pub async fn start() -> Result<String, AppError> {
    kit::call::as_visitor(async |request| {
        let to = match request.session().await? {
            None => "/login".to_owned(),
            Some(session) => session.organizations.first().map_or_else(|| "/orgs".to_owned(), |org| format!("/o/{}", org.slug)),
        };
        kit::call::redirect(&to);
        Ok(to)
    })
    .await
}

pub struct StartPage {
    to: kit::Data<String>,
}

impl kit::Page for StartPage {
    fn data() -> Self {
        Self { to: kit::Data::blocking(|| (), |()| start()) }
    }

    fn view(this: Self) -> AnyView {
        let StartPage { to } = this;
        view! {
            <Loaded from=to show=move |to: String| view! { <leptos_router::components::Redirect path=to /> }.into_any() />
        }
        .into_any()
    }
}

/// What home shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Home {
    pub members: i64,
    pub pending_invitations: i64,
    pub factory: HomeSummary,
}

/// The stream of the organization with counts.
#[server(client = Client, output = kit::Wire)]
pub async fn home_get() -> Result<Home, AppError> {
    kit::call::read_tenant(async |tx| {
        let seats = core_area::members::seats(tx).await?;
        Ok(Home { members: seats.members, pending_invitations: seats.pending, factory: factory::stream::home(tx).await? })
    })
    .await
}

pub struct HomePage {
    home: kit::Data<Home>,
}

impl kit::Page for HomePage {
    fn data() -> Self {
        let slug = kit::use_org_slug();
        let live = [
            kit::use_live("factory.features"),
            kit::use_live("factory.projects"),
            kit::use_live("factory.feedback_items"),
            kit::use_live("factory.drift_alerts"),
            kit::use_live("core.memberships"),
        ];
        let home = kit::Data::blocking(move || (slug.get(), live.map(|topic| topic.get())), |_| home_get());
        Self { home }
    }

    fn view(this: Self) -> AnyView {
        let HomePage { home } = this;
        view! {
            <Title text="Home" />
            <Loaded from=home skeleton=|| view! { <SkeletonTiles count=4 /> } show=show />
        }
        .into_any()
    }
}

fn show(home: Home) -> AnyView {
    let slug = kit::use_org_slug().get_untracked();
    let root = format!("/o/{slug}");
    if home.factory.projects == 0 {
        return first_steps(&root);
    }
    view! {
        <DashboardPage>
            <PageHead title="Home" text=|| "From idea to software to customers: where everything stands." />
            {tiles(&home, &root)}
            <div class="cols-2">
                {features_card(&home.factory)}
                {projects_card(home.factory.recent, &root)}
            </div>
            {activity_card(home.factory.activity, &root)}
        </DashboardPage>
    }
    .into_any()
}

/// Nothing exists yet: the one next action.
fn first_steps(root: &str) -> AnyView {
    let new = format!("{root}/factory?new=1");
    let invite = format!("{root}/settings/members?invite=1");
    view! {
        <DashboardPage>
            <PageHead title="Home" />
            <Empty
                icon=Icon::Rocket
                title="Start with a project"
                text="A project holds what you build: its features, how far they are, and everything that follows from them."
                acts=move || view! {
                    <a class="btn btn-primary" href=new.clone()>"Create project"</a>
                    <a class="btn" href=invite.clone()>"Invite a colleague"</a>
                }
            />
        </DashboardPage>
    }
    .into_any()
}

fn tiles(home: &Home, root: &str) -> AnyView {
    let f = &home.factory;
    let done = kit::num::percent(f.passing as f64, f.features() as f64);
    let curve = f.passing_by_day.clone();
    let waiting = match home.pending_invitations {
        0 => "Everyone invited has joined".to_owned(),
        n => kit::num::plural(n, "invitation pending", "invitations pending"),
    };
    let trouble = f.failing + f.blocked;
    let place = |waiting: &Waiting, page: &str| {
        waiting.slug.as_ref().map_or_else(|| format!("{root}/factory"), |slug| format!("{root}/factory/{slug}/{page}"))
    };
    let spread = |waiting: &Waiting, none: &'static str| match waiting.projects {
        0 => none.to_owned(),
        n => format!("In {}", kit::num::plural(n, "project", "projects")),
    };
    let (feedback, drift) = (place(&f.new_feedback, "validator"), place(&f.open_drift, "graph?view=drift"));
    let (said, stale) = (spread(&f.new_feedback, "Everything was looked at"), spread(&f.open_drift, "Nothing has drifted"));
    view! {
        <div class="tiles">
            <Tile label="Projects" value=kit::num::group(f.projects) icon=Icon::FolderKanban area="a-factory" href=format!("{root}/factory") />
            <Tile label="Features" value=kit::num::group(f.features()) icon=Icon::ListChecks area="a-factory" note=move || view! { {done} " passing" } trend=curve />
            <Tile label="Failing or blocked" value=kit::num::group(trouble) icon=Icon::CircleAlert area="a-factory" note=move || if trouble == 0 { "Nothing stands in the way" } else { "Need attention" } />
            <Tile label="New feedback" value=kit::num::group(f.new_feedback.count) icon=Icon::Inbox area="a-factory" href=feedback note=move || said />
            <Tile label="Open drift" value=kit::num::group(f.open_drift.count) icon=Icon::TriangleAlert area="a-factory" href=drift note=move || stale />
            <Tile label="Members" value=kit::num::group(home.members) icon=Icon::Users area="a-core" href=format!("{root}/settings/members") note=move || waiting />
        </div>
    }
    .into_any()
}

fn features_card(summary: &HomeSummary) -> AnyView {
    let slices = [
        ("Passing", summary.passing, Hue::Success),
        ("In progress", summary.in_progress, Hue::Info),
        ("Pending", summary.pending, Hue::Neutral),
        ("Failing", summary.failing, Hue::Danger),
        ("Blocked", summary.blocked, Hue::Warning),
    ]
    .into_iter()
    .map(|(label, n, hue)| Slice::new(label, n as f64).hue(hue))
    .collect::<Vec<_>>();
    view! {
        <Card title="Features by status">
            <Donut title="Features by status" slices=slices />
        </Card>
    }
    .into_any()
}

fn projects_card(projects: Vec<HomeProject>, root: &str) -> AnyView {
    let all = format!("{root}/factory");
    let lines = projects
        .into_iter()
        .map(|p| {
            let share = kit::num::percent(p.passing as f64, p.features as f64);
            view! {
                <li class="set-row">
                    <div>
                        <a class="strong" href=format!("{all}/{}", p.slug)>{p.name.clone()}</a>
                        <small>{format!("{} of {} passing", kit::num::group(p.passing), kit::num::group(p.features))}</small>
                    </div>
                    <span class="num">{share}</span>
                    <Ago at=p.updated_at />
                </li>
            }
        })
        .collect_view();
    let link = all.clone();
    view! {
        <Card title="Projects" flush=true acts=move || view! { <a class="btn btn-sm btn-ghost" href=link.clone()>"All projects"</a> }>
            <ul>{lines}</ul>
        </Card>
    }
    .into_any()
}

fn activity_card(activity: Vec<HomeActivity>, root: &str) -> AnyView {
    let lines = activity
        .into_iter()
        .map(|a| {
            let href = format!("{root}/factory/{}{}", a.project_slug, a.path);
            let actor = a.actor.unwrap_or_else(|| "Millrace".to_owned());
            let label = a.label.unwrap_or_else(|| format!("a {} since deleted", a.entity_type.replace('_', " ")));
            view! {
                <li class="set-row">
                    <kit::Avatar name=actor.clone() />
                    <div>
                        <span class="strong">{actor}</span> " " {words(&a.action)} " "
                        <a class="link" href=href>{label}</a>
                        <small>{a.project_name}</small>
                    </div>
                    <Ago at=a.at />
                </li>
            }
        })
        .collect_view();
    view! { <Card title="Recent activity" flush=true><ul>{lines}</ul></Card> }.into_any()
}

fn words(action: &str) -> String {
    match action {
        "status_changed" => "moved".to_owned(),
        "comment_added" => "commented on".to_owned(),
        "version_created" => "saved a version of".to_owned(),
        other => other.replace('_', " "),
    }
}
