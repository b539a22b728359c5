//! `/o/{org}/factory/{project}/voting`: what the team shows outside, and what is wished for most.
use super::calls::{VotingView, voting_get, voting_renew, voting_settings, voting_show};
use crate::{calls::feature_suggest, pages::tabs, validator::outside_tabs, words::status_tone};
use factory::voting::{Settings, VotedFeature, VotingTeam};
use kernel::Fault;
use kit::{
    Alert, AppError, Button, ButtonKind, Card, Choice, Combobox, Confirm, CopyField, Empty, FormAlert, FormScope, Icon, IconButton, Loaded,
    SettingsPage, Size, Skeleton, Status, Submit, Switch, TextArea, Tone, use_live,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use uuid::Uuid;

/// The team's page.
pub struct VotingPage {
    project: Memo<String>,
    view: kit::Data<VotingView>,
    version: RwSignal<u64>,
}

impl kit::Page for VotingPage {
    fn data() -> Self {
        let (org, project, version) = (kit::use_org_slug(), kit::use_text_param("project"), RwSignal::new(0));
        let live = [use_live("factory.feature_votes"), use_live("factory.voting_pages"), use_live("factory.voting_features")];
        let view = kit::Data::blocking(
            move || (org.get(), project.get(), live.map(|topic| topic.get()), version.get()),
            |(_, project, ..)| voting_get(project),
        );
        Self { project, view, version }
    }

    fn view(this: Self) -> AnyView {
        let VotingPage { project, view, version } = this;
        let base = kit::use_org_path()(&format!("/factory/{}", project.get_untracked()));
        let desk = Desk {
            project,
            version,
            toasts: kit::use_toasts(),
            renewing: RwSignal::new(false),
            editing: RwSignal::new(false),
            picked: RwSignal::new(Vec::new()),
        };
        let of_lists = base.clone();
        view! {
            <Title text="Voting" />
            <SettingsPage title="Voting" text=|| view! { "Let people outside say what they wish for most, and tell them when it ships." }>
                {tabs(&base, None)}
                {outside_tabs(&base)}
                <Loaded from=view skeleton=|| view! { <Skeleton lines=8 /> } show={move |v: VotingView| show(desk, &of_lists, v)} />
                {add(desk)}
                {renew(desk)}
            </SettingsPage>
        }
        .into_any()
    }
}

#[derive(Clone, Copy)]
struct Desk {
    project: Memo<String>,
    version: RwSignal<u64>,
    toasts: kit::Toasts,
    renewing: RwSignal<bool>,
    /// The head of the page is being changed.
    editing: RwSignal<bool>,
    picked: RwSignal<Vec<Choice>>,
}

impl Desk {
    fn after(self, result: Result<VotingTeam, AppError>, done: &'static str) {
        match result {
            Ok(_) => self.toasts.success(done),
            Err(AppError(fault)) => self.toasts.fault(&fault),
        }
        self.version.update(|n| *n += 1);
    }

    fn put(self, feature: Uuid, shown: bool) {
        spawn_local(async move {
            let result = voting_show(self.project.get_untracked(), feature, shown).await;
            self.after(result, if shown { "It stands on the page" } else { "Taken off the page" });
        });
    }
}

fn show(desk: Desk, base: &str, view: VotingView) -> AnyView {
    let VotingView { team, base: site, may_manage } = view;
    let address = team.path.as_ref().filter(|_| team.enabled).map(|path| format!("{site}{path}"));
    let open = team.path.clone().filter(|_| team.enabled);
    let state = match &address {
        Some(url) => view! { <CopyField label="Address of the page" value=url.clone() hint="Whoever has it can vote. Search engines are asked not to list it." /> }.into_any(),
        None => view! { <p class="hint">"The page is closed: nobody outside sees it."</p> }.into_any(),
    };
    let look = open.map(
        |path| view! { <a class="btn btn-sm" href=path target="_blank" rel="external">{kit::icon(Icon::ExternalLink)} "Open the page"</a> },
    );
    let acts = may_manage.then(|| {
        let words = if team.path.is_none() { "Open the page to voters" } else { "Change" };
        let kind = if team.enabled { ButtonKind::Plain } else { ButtonKind::Primary };
        let renew = team.enabled.then(|| view! { <Button size=Size::Sm kind=ButtonKind::Ghost icon=Icon::RefreshCw on:click=move |_| desk.renewing.set(true)>"New address"</Button> });
        view! { <Button size=Size::Sm kind=kind on:click=move |_| desk.editing.update(|on| *on = !*on)>{words}</Button> {renew} }
    });
    let note = (!may_manage).then(|| view! { <Alert tone=Tone::Info title="Only admins open and close the page.">"You can choose which features stand on it."</Alert> });
    let (enabled, intro) = (team.enabled || team.path.is_none(), team.intro.clone());
    let form = move || (may_manage && desk.editing.get()).then(|| form(desk, enabled, &intro));
    let list = if team.features.is_empty() {
        view! { <Empty icon=Icon::Lightbulb title="No features on the page" text="Choose the features people may vote on. Nothing else of the project is shown." /> }.into_any()
    } else {
        let lines = team.features.iter().map(|f| line(desk, base, f)).collect_view();
        view! { <ul>{lines}</ul> }.into_any()
    };
    view! {
        <div class="stack">
            {note}
            <Card title="Page">
                <div class="stack">{state}<div class="row">{look}{acts}</div>{form}</div>
            </Card>
            <Card title="Features" flush=true>{list}</Card>
        </div>
    }
    .into_any()
}

fn line(desk: Desk, base: &str, f: &VotedFeature) -> AnyView {
    let (key, name) = (f.feature.key.clone(), f.feature.name.clone());
    let href = format!("{base}/features/{key}");
    let tone = f.feature.status.map_or(Tone::Neutral, status_tone);
    let waiting = match (f.shipped_at, f.listening, f.told) {
        (Some(at), _, told) => {
            let told = (told > 0).then(|| format!(", {} told", kit::num::plural(told, "voter", "voters")));
            view! { "Shipped " <kit::Ago at=at /> {told} }.into_any()
        }
        (None, 0, _) => "Nobody asked to be told".into_any(),
        (None, n, _) => format!("{} to be told when it ships", kit::num::plural(n, "voter", "voters")).into_any(),
    };
    let take = f.feature.id.map(|id| {
        let label = format!("Take {name} off the page");
        view! { <IconButton icon=Icon::X label=label size=Size::Sm tip_at="left" on:click=move |_| desk.put(id, false) /> }
    });
    view! {
        <li class="set-row">
            <div class="min-w-0">
                <a class="strong" href=href><Status text=key tone=tone /> " " {name}</a>
                <small>{waiting}</small>
            </div>
            <span class="num">{kit::num::plural(f.votes, "vote", "votes")}</span>
            {take}
        </li>
    }
    .into_any()
}

/// Choosing another feature. It stands outside of what is loaded, so that typing is never interrupted.
fn add(desk: Desk) -> AnyView {
    let typed = RwSignal::new(String::new());
    let found = kit::LocalData::new(move || {
        let (project, typed) = (desk.project.get(), typed.get());
        async move { if typed.trim().is_empty() { Vec::new() } else { feature_suggest(project, typed).await.unwrap_or_default() } }
    });
    let choices = Signal::derive(move || {
        let list = found.get().unwrap_or_default();
        list.into_iter().filter_map(|f| f.id.map(|id| Choice::new(id.to_string(), format!("{} {}", f.key, f.name)))).collect::<Vec<_>>()
    });
    kit::effect(move || {
        let chosen = desk.picked.with(|p| p.first().and_then(|c| c.value.parse().ok()));
        if let Some(feature) = chosen {
            desk.picked.set(Vec::new());
            desk.put(feature, true);
        }
    });
    view! {
        <div class="vote-add">
            <Combobox name="feature" label="Add a feature" choices=choices picked=desk.picked on_query=Callback::new(move |q: String| typed.set(q)) placeholder="Name or key" />
        </div>
    }
    .into_any()
}

fn form(desk: Desk, enabled: bool, intro: &str) -> AnyView {
    let (enabled, intro) = (RwSignal::new(enabled), RwSignal::new(intro.to_owned()));
    let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let settings = Settings { enabled: enabled.get_untracked(), intro: intro.get_untracked() };
        let project = desk.project.get_untracked();
        busy.set(true);
        spawn_local(async move {
            match voting_settings(project, settings).await {
                Ok(team) => {
                    desk.editing.set(false);
                    desk.toasts.success(if team.enabled { "The page is open" } else { "The page is closed" });
                    desk.version.update(|n| *n += 1);
                }
                Err(AppError(f)) => {
                    fault.try_set(Some(f));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <FormScope fault=fault pending=busy>
            <form class="form" on:submit=send>
                <FormAlert />
                <Switch name="enabled" label="Open to everybody with the address" bind=enabled />
                <TextArea name="intro" label="What stands at its head" note="optional" bind=intro rows=3 maxlength=1000 />
                <div class="form-foot">
                    <Button on:click=move |_| desk.editing.set(false)>"Cancel"</Button>
                    <Submit kind=ButtonKind::Primary>"Save"</Submit>
                </div>
            </form>
        </FormScope>
    }
    .into_any()
}

fn renew(desk: Desk) -> AnyView {
    let go = Callback::new(move |()| {
        desk.renewing.set(false);
        spawn_local(async move {
            let result = voting_renew(desk.project.get_untracked()).await;
            desk.after(result, "The page has a new address");
        });
    });
    view! { <Confirm open=desk.renewing title="New address?" text="The address in use leads nowhere from then on. Votes stay." verb="Give a new address" danger=true on_confirm=go /> }.into_any()
}
