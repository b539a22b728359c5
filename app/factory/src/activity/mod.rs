//! `/o/{org}/factory/{project}/activity`: what happened, newest first, by kind and by person.
use crate::words::{entry, noun};
use calls::{Feed, activity_feed};
use factory::{
    activities::Entity,
    feed::{FeedQuery, FeedRow, Who},
};
use kit::{
    Empty, Facet, Icon, ListPage, Loaded, PageHead, Pager, Skeleton, Timeline, facet_bar, facet_menu, facet_pills, query::question,
    use_live,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{SsrMode, components::Route, hooks::use_query_map, params::ParamsMap, path};

pub mod calls;

kit::split_pages!(activity, activity_piece: ActivityPage);

/// The feed of a project.
#[component(transparent)]
pub fn ActivityRoutes(ssr: SsrMode) -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!(":project/activity") view={kit::lazy::<ActivityPage>()} ssr=ssr />
    }
    .into_inner()
}

/// The feed of one project.
pub struct ActivityPage {
    base: Memo<String>,
    map: Memo<ParamsMap>,
    feed: kit::Data<Feed>,
}

/// The person of an address: an id, or one of those who are none.
fn who(text: &str) -> Option<Who> {
    match text {
        "" => None,
        "programs" => Some(Who::Programs),
        "millrace" => Some(Who::Server),
        id => id.parse().ok().map(Who::Person),
    }
}

impl kit::Page for ActivityPage {
    fn data() -> Self {
        let (org, project, live) = (kit::use_org_slug(), kit::use_text_param("project"), use_live("factory.activities"));
        let map = use_query_map();
        let asked = Memo::new(move |_| {
            map.with(|q| {
                let query = FeedQuery {
                    kind: Entity::parse(q.get_str("kind").unwrap_or_default()),
                    who: who(q.get_str("who").unwrap_or_default()),
                };
                (query, q.get("after").filter(|after| !after.is_empty()))
            })
        });
        let feed = kit::Data::blocking(
            move || (org.get(), project.get(), asked.get(), live.get()),
            |(_, project, (query, after), _)| activity_feed(project, query, after),
        );
        let path = kit::use_org_path();
        let base = Memo::new(move |_| path(&format!("/factory/{}", project.get())));
        Self { base, map, feed }
    }

    fn view(this: Self) -> AnyView {
        let ActivityPage { base, map, feed } = this;
        let tabs = move || crate::pages::tabs(&base.get(), None);
        view! {
            <Title text="Activity" />
            <ListPage>
                <PageHead title="Activity" text=|| "What happened in this project, newest first." />
                {tabs}
                <Loaded from=feed skeleton=|| view! { <Skeleton lines=12 /> } show={move |feed: Feed| show(&base.get_untracked(), map, feed)} />
            </ListPage>
        }
        .into_any()
    }
}

fn show(base: &str, map: Memo<ParamsMap>, feed: Feed) -> AnyView {
    let Feed { page, people } = feed;
    let at = |part: &str, value: Option<&str>| {
        let query = map.with_untracked(|m| kit::query::with(m, &[(part, value), ("after", None)]));
        format!("{base}/activity{}", question(&query))
    };
    let now = |part: &str| map.with_untracked(|m| m.get(part)).unwrap_or_default();
    let (kind, person) = (now("kind"), now("who"));
    let facet = |part: &str, chosen: &str, value: &str, words: String| {
        let on = chosen == value;
        Facet { href: at(part, (!on).then_some(value)), on, words, count: None }
    };
    let kinds: Vec<Facet> = Entity::ALL.into_iter().map(|e| facet("kind", &kind, e.as_str(), e.words().to_owned())).collect();
    let people = people
        .into_iter()
        .map(|p| (p.id.to_string(), p.name))
        .chain([("programs".to_owned(), "Programs".to_owned()), ("millrace".to_owned(), "Millrace itself".to_owned())])
        .map(|(id, name)| facet("who", &person, &id, name))
        .collect();
    let narrowed = !kind.is_empty() || !person.is_empty();
    let clear = narrowed.then(|| format!("{base}/activity"));
    let filters = view! { {facet_pills("Kind", kinds)} {facet_menu("by-person", "Person", people)} };
    let first = (!now("after").is_empty()).then(|| {
        let query = map.with_untracked(|m| kit::query::with(m, &[("after", None)]));
        format!("{base}/activity{}", question(&query))
    });
    let next = page.next.as_deref().map(|cursor| {
        let query = map.with_untracked(|m| kit::query::with(m, &[("after", Some(cursor))]));
        format!("{base}/activity{}", question(&query))
    });
    let body = match (page.rows.is_empty(), narrowed) {
        (true, true) => {
            view! { <Empty icon=Icon::Activity title="Nothing of this kind" text="Clear the filters to see the rest." /> }.into_any()
        }
        (true, false) => {
            let features = format!("{base}/features?new=1");
            view! {
                <Empty
                    icon=Icon::Activity title="Nothing happened yet" text="What people, programs and Millrace do in this project is noted here."
                    acts=move || view! { <a class="btn btn-primary" href=features.clone()>"New feature"</a> }
                />
            }
            .into_any()
        }
        (false, _) => {
            let entries = page.rows.into_iter().map(|row| line(base, row)).collect::<Vec<_>>();
            view! { <div class="feed"><Timeline entries=entries /></div> <Pager previous=first next=next text="" /> }.into_any()
        }
    };
    view! { {facet_bar(filters.into_any(), clear, String::new())} {body} }.into_any()
}

/// One line, and the way to what it is about.
fn line(base: &str, row: FeedRow) -> kit::Entry {
    let FeedRow { activity, path } = row;
    let entry = entry(&activity, false);
    let name = match (&activity.key, &activity.name) {
        (Some(key), Some(name)) => format!("{key} {name}"),
        (None, Some(name)) => format!("{} {name}", noun(&activity.entity)).trim().to_owned(),
        _ => return entry,
    };
    let what = match path {
        Some(path) => view! { <a class="link" href=format!("{base}{path}")>{name}</a> }.into_any(),
        None => view! { <span>{name}</span> }.into_any(),
    };
    entry.more(view! { " · " {what} }.into_any())
}
