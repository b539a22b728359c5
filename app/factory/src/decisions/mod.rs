//! `/o/{org}/factory/{project}/decisions`: the decision log of the foundations.
use calls::{decision_remove, decision_restore, decisions_list};
use factory::decisions::{Decision, DecisionPage};
use kit::{
    AppError, Button, ButtonKind, Empty, Icon, IconButton, ListPage, Loaded, PageHead, Pager, Size, Skeleton, query::question, use_live,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

pub mod calls;
mod form;
pub use form::DecisionDialog;

/// The log of one project.
pub struct DecisionsPage {
    desk: Desk,
    page: kit::Data<DecisionPage>,
}

/// What stands outside of what is loaded.
#[derive(Clone, Copy)]
pub struct Desk {
    pub project: Memo<String>,
    /// `/o/acme/factory/shop`
    pub home: Memo<String>,
    pub version: RwSignal<u64>,
    /// The decision that is written: `Some(None)` is a new one.
    pub editing: RwSignal<Option<Option<Decision>>>,
    pub toasts: kit::Toasts,
}

impl kit::Page for DecisionsPage {
    fn data() -> Self {
        let (org, project, live) = (kit::use_org_slug(), kit::use_text_param("project"), use_live("factory.decisions"));
        let (after, version) = (kit::query::use_query_param("after"), RwSignal::new(0));
        let page = kit::Data::blocking(
            move || (org.get(), project.get(), after.get(), live.get(), version.get()),
            |(_, project, after, ..)| decisions_list(project, Some(after).filter(|a| !a.is_empty())),
        );
        let path = kit::use_org_path();
        let home = Memo::new(move |_| path(&format!("/factory/{}", project.get())));
        Self { desk: Desk { project, home, version, editing: RwSignal::new(None), toasts: kit::use_toasts() }, page }
    }

    fn view(this: Self) -> AnyView {
        let DecisionsPage { desk, page } = this;
        let asked = kit::query::opened_by("new");
        kit::effect(move || {
            if asked.get() {
                asked.set(false);
                desk.editing.set(Some(None));
            }
        });
        kit::use_shortcut("c", "Decisions", "New decision", move || desk.editing.set(Some(None)));
        let tabs = move || crate::pages::tabs(&desk.home.get(), None);
        let foundry = move || format!("{}/foundry", desk.home.get());
        view! {
            <Title text="Decisions" />
            <ListPage>
                <PageHead
                    title="Decisions"
                    text=|| view! { "What was decided between which options, why, and what follows from it." }
                    acts=move || view! {
                        <a class="btn" href=foundry>{kit::icon(Icon::Layers)} "Foundry"</a>
                        <Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| desk.editing.set(Some(None))>"New decision"</Button>
                    }
                />
                {tabs}
                <Loaded from=page skeleton=|| view! { <Skeleton lines=10 /> } show={move |page: DecisionPage| show(desk, page)} />
                {kit::part(move || desk.editing.with(Option::is_some), move || DecisionDialog(desk))}
            </ListPage>
        }
        .into_any()
    }
}

fn show(desk: Desk, page: DecisionPage) -> AnyView {
    let DecisionPage { items, next, total_count, may_write, .. } = page;
    if items.is_empty() {
        let new = move || {
            may_write.then(|| view! { <Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| desk.editing.set(Some(None))>"New decision"</Button> })
        };
        return view! {
            <Empty
                icon=Icon::CircleCheck title="No decisions yet"
                text="Write down what was decided, between which options and why, while everybody still knows." acts=new
            />
        }
        .into_any();
    }
    let map = use_query_map();
    let at = |after: Option<&str>| {
        let query = map.with_untracked(|m| kit::query::with(m, &[("after", after)]));
        format!("{}/decisions{}", desk.home.get_untracked(), question(&query))
    };
    let first = map.with_untracked(|m| m.get_str("after").is_some_and(|a| !a.is_empty())).then(|| at(None));
    let (next, text) = (next.as_deref().map(|cursor| at(Some(cursor))), kit::num::plural(total_count, "decision", "decisions"));
    let list = items.into_iter().map(|d| one(desk, d, may_write)).collect_view();
    view! { {list} <Pager previous=first next=next text=text /> }.into_any()
}

fn one(desk: Desk, d: Decision, may_write: bool) -> AnyView {
    let (key, date) = (d.key(), d.decided_on.format("%-d %B %Y").to_string());
    let acts = may_write.then(|| {
        let (edit, gone) = (d.clone(), (d.id, d.rev.clone(), d.key()));
        let remove = move |_| {
            let (id, rev, key) = gone.clone();
            spawn_local(async move {
                match decision_remove(id, rev).await {
                    Ok(_) => desk.toasts.undo(format!("{key} deleted"), move || restore(desk, id)),
                    Err(AppError(fault)) => desk.toasts.fault(&fault),
                }
                desk.version.try_update(|n| *n += 1);
            });
        };
        view! {
            <IconButton icon=Icon::Pencil label=format!("Change {key}") size=Size::Sm tip_at="left" on:click=move |_| desk.editing.set(Some(Some(edit.clone()))) />
            <IconButton icon=Icon::Trash2 label=format!("Delete {key}") size=Size::Sm tip_at="left" on:click=remove />
        }
    });
    let options = d.options.iter().map(|o| view! { <li>{o.clone()}</li> }.into_any()).collect::<Vec<_>>();
    let options = (!options.is_empty()).then(|| view! { <dt>"Options"</dt> <dd><ul class="list-disc pl-4">{options}</ul></dd> });
    let context = d.context.clone().map(|c| view! { <dt>"Context"</dt> <dd>{c}</dd> });
    let home = desk.home.get_untracked();
    let links = d
        .links
        .iter()
        .map(|l| match &l.path {
            Some(path) => view! { <li><a class="link" href=format!("{home}{path}")>{l.label.clone()}</a></li> }.into_any(),
            None => view! { <li>{l.label.clone()}</li> }.into_any(),
        })
        .collect::<Vec<_>>();
    let links = (!links.is_empty()).then(|| view! { <dt>"Linked to"</dt> <dd><ul>{links}</ul></dd> });
    let author = d.author.clone().map(|who| format!(" · {who}"));
    view! {
        <article class="decision" aria-label=format!("{key} {}", d.title)>
            <header><h2><span class="num hint">{key.clone()}</span> " " {d.title.clone()}</h2> <span class="acts">{acts}</span> <p class="hint">{date} {author}</p></header>
            <dl>{context} {options} <dt>"Choice"</dt> <dd>{d.choice.clone()}</dd> {links}</dl>
        </article>
    }
    .into_any()
}

fn restore(desk: Desk, id: uuid::Uuid) {
    spawn_local(async move {
        if let Err(AppError(fault)) = decision_restore(id).await {
            desk.toasts.fault(&fault);
        }
        desk.version.try_update(|n| *n += 1);
    });
}
