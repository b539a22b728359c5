//! `/o/{org}/factory/{project}`: a project at a glance.
use crate::{
    calls::project_overview,
    pages::tabs,
    setup,
    words::{entry, project_tone, slices},
};
use factory::{
    overview::{Day, Overview},
    projects::{ProjectStatus, StatusCounts},
};
use kit::{
    Alert, Badge, Card, ChartData, DashboardPage, Donut, Empty, Hue, Icon, LineChart, Loaded, PageHead, Series, SkeletonTiles, Tile,
    Timeline, Tone, use_live,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The overview of one project.
pub struct OverviewPage {
    overview: kit::Data<Overview>,
}

impl kit::Page for OverviewPage {
    fn data() -> Self {
        let (org, project) = (kit::use_org_slug(), kit::use_text_param("project"));
        let live =
            ["factory.projects", "factory.features", "factory.documents", "factory.codebase_connections", "core.api_keys"].map(use_live);
        let overview = kit::Data::blocking(
            move || (org.get(), project.get(), live.map(|topic| topic.get())),
            |(_, project, _)| project_overview(project),
        );
        Self { overview }
    }

    fn view(this: Self) -> AnyView {
        let OverviewPage { overview } = this;
        view! {
            <DashboardPage>
                <Loaded from=overview skeleton=|| view! { <SkeletonTiles count=4 /> } show=show />
            </DashboardPage>
        }
        .into_any()
    }
}

fn show(overview: Overview) -> AnyView {
    let Overview { project, counts, days, passed_in_week, activity, onboarding } = overview;
    let base = kit::use_org_path()(&format!("/factory/{}", project.slug));
    let features = format!("{base}/features");
    let status = (project.status != ProjectStatus::Active)
        .then(|| view! { <Badge text=project.status.words() tone=project_tone(project.status) /> });
    let (import, new) = (format!("{features}?import=1"), format!("{features}?new=1"));
    let archived = project.status == ProjectStatus::Archived;
    let text = project.description.clone().unwrap_or_default();
    let body = if counts.total() == 0 {
        let import = import.clone();
        view! {
            <Empty
                icon=Icon::ListChecks title="No features yet"
                text="Import a feature list from a file, or write the first feature."
                acts=move || view! { <a class="btn btn-primary" href=import.clone()>"Import features"</a> <a class="btn" href=new.clone()>"New feature"</a> }
            />
        }
        .into_any()
    } else {
        let (slices, chart) = (slices(&counts, &features), burn_up(&days));
        view! {
            {tiles(&counts, passed_in_week, &features)}
            <div class="cols-2">
                <Card title="Features by status"><Donut title="Features by status" slices=slices unit="features" /></Card>
                <Card title="Burn-up">{chart}</Card>
            </div>
        }
        .into_any()
    };
    let feed = format!("{base}/activity");
    let entries = activity.iter().map(|a| entry(a, true)).collect::<Vec<_>>();
    view! {
        <Title text=project.name.clone() />
        <PageHead
            title=project.name.clone()
            text=move || view! { {status} " " {text} }
            acts=move || (!archived).then(|| view! { <a class="btn" href=import>"Import"</a> <a class="btn btn-primary" href=features.clone()>"Open features"</a> })
        />
        {tabs(&base, Some(counts.total()))}
        {archived.then(|| view! { <Alert tone=Tone::Warning title="Archived.">"This project is kept as it was. An admin can bring it back under Software, Archived."</Alert> })}
        {(!archived && onboarding.is_shown()).then(|| setup::card(&base, &project.slug, &onboarding))}
        {body}
        {(!entries.is_empty()).then(|| view! { <Card title="Recent activity" acts=move || view! { <a class="btn btn-ghost btn-sm" href=feed.clone()>"All activity"</a> }><Timeline entries=entries /></Card> })}
    }
    .into_any()
}

fn tiles(counts: &StatusCounts, week: i64, features: &str) -> AnyView {
    let to = |status: &str| format!("{features}?status={status}");
    let percent = counts.percent();
    let note = match week {
        0 => "No change in seven days".to_owned(),
        n if n > 0 => format!("{} more than seven days ago", kit::num::group(n)),
        n => format!("{} fewer than seven days ago", kit::num::group(-n)),
    };
    view! {
        <div class="tiles">
            <Tile label="Features" value=kit::num::group(counts.total()) icon=Icon::ListChecks area="a-factory" href=features.to_owned() note=move || format!("{percent} % passing") />
            <Tile label="Passing" value=kit::num::group(counts.passing) icon=Icon::CircleCheck area="a-factory" href=to("passing") note=move || note />
            <Tile label="In progress" value=kit::num::group(counts.in_progress) icon=Icon::CircleDot area="a-factory" href=to("in_progress") />
            <Tile label="Failing" value=kit::num::group(counts.failing) icon=Icon::CircleX area="a-factory" href=to("failing") />
            <Tile label="Blocked" value=kit::num::group(counts.blocked) icon=Icon::Ban area="a-factory" href=to("blocked") />
        </div>
    }
    .into_any()
}

/// What there is to do, and how much of it passes, day by day.
fn burn_up(days: &[Day]) -> AnyView {
    let data = ChartData {
        labels: days.iter().map(|d| kit::time::short_day(&d.day)).collect(),
        series: vec![
            Series::new("All features", days.iter().map(|d| d.counts.total() as f64)).hue(Hue::Neutral),
            Series::new("Passing", days.iter().map(|d| d.counts.passing as f64)).hue(Hue::Success),
        ],
    };
    view! { <LineChart title="Burn-up: all and passing features by day" data=data unit="features" area=true /> }.into_any()
}
