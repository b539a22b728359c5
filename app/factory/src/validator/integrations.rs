//! `/o/{org}/factory/{project}/settings/integrations`: Slack, issues on GitHub or GitLab, Jira.
use super::{
    calls::{IntegrationsView, integration_remove, integration_save, integration_try, integrations_list},
    github_app::{self, AppDesk},
};
use factory::integrations::{Integration, IntegrationInput, IntegrationTest, IntegrationType, outbox::MessageType};

use kernel::Fault;
use kit::{
    Alert, AppError, Badge, Button, ButtonKind, Card, Choice, Confirm, FormAlert, FormScope, Icon, Loaded, PasswordField, SelectField,
    SettingsPage, Size, Skeleton, Submit, Switch, TextField, Tone, use_live,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use uuid::Uuid;

pub struct IntegrationsPage {
    project: Memo<String>,
    view: kit::Data<IntegrationsView>,
    version: RwSignal<u64>,
}

impl kit::Page for IntegrationsPage {
    fn data() -> Self {
        let (org, project) = (kit::use_org_slug(), kit::use_text_param("project"));
        let (live, version) = (use_live("factory.integration_configs"), RwSignal::new(0));
        let view = kit::Data::blocking(
            move || (org.get(), project.get(), live.get(), version.get()),
            |(_, project, ..)| integrations_list(project),
        );
        Self { project, view, version }
    }

    fn view(this: Self) -> AnyView {
        let IntegrationsPage { project, view, version } = this;
        let base = kit::use_org_path()(&format!("/factory/{}", project.get_untracked()));
        // Forms stand outside of what is drawn anew with every change.
        let desk = Desk {
            project,
            version,
            open: RwSignal::new(None),
            removing: RwSignal::new(None),
            said: RwSignal::new(None),
            testing: RwSignal::new(None),
            toasts: kit::use_toasts(),
        };
        let app = AppDesk::new();
        view! {
            <Title text="Integrations" />
            <SettingsPage title="Integrations">
                {crate::settings::tabs(&base)}
                <Loaded from=view skeleton=|| view! { <Skeleton lines=8 /> } show=move |v: IntegrationsView| show(desk, app, v) />
                {remove_dialog(desk)}
                {github_app::dialogs(desk, app)}
            </SettingsPage>
        }
        .into_any()
    }
}

#[derive(Clone, Copy)]
pub struct Desk {
    pub project: Memo<String>,
    pub version: RwSignal<u64>,
    /// The kind whose form is open.
    open: RwSignal<Option<IntegrationType>>,
    removing: RwSignal<Option<IntegrationType>>,
    testing: RwSignal<Option<IntegrationType>>,
    said: RwSignal<Option<(IntegrationType, IntegrationTest)>>,
    pub toasts: kit::Toasts,
}

const fn purpose(kind: IntegrationType) -> (&'static str, &'static str) {
    match kind {
        IntegrationType::Slack => (
            "Critical feedback, drift and moving work orders, at most one message a minute of each; what is more comes as one digest.",
            "Without it: the built-in Outbox.",
        ),
        IntegrationType::GithubIssues => {
            ("Issues made of feedback, with labels of its category.", "Without it: the built-in tracker makes a work item.")
        }
        IntegrationType::Jira => (
            "Issues made of feedback: a bug is a Bug, a wish a Story, all else a Task.",
            "Without it: the built-in tracker makes a work item.",
        ),
    }
}

fn show(desk: Desk, at: AppDesk, view: IntegrationsView) -> AnyView {
    let IntegrationsView { list, app, addresses, may_manage } = view;
    let accounts: Vec<(Uuid, String)> =
        app.iter().flat_map(|a| &a.installations).filter(|i| i.suspended_at.is_none()).map(|i| (i.id, i.account.clone())).collect();
    let cards = IntegrationType::ALL
        .into_iter()
        .map(|kind| {
            let found = list.iter().find(|i| i.kind == kind).cloned();
            card(desk, kind, found, &accounts, may_manage)
        })
        .collect_view();
    let note = (!may_manage).then(
        || view! { <Alert tone=Tone::Info title="Only admins change integrations.">"Ask an owner or admin of the organization."</Alert> },
    );
    view! { <div class="stack">{note}{cards}{github_app::card(desk, at, app, addresses, may_manage)}</div> }.into_any()
}

/// `accounts`: those the GitHub App is installed on.
fn card(desk: Desk, kind: IntegrationType, found: Option<Integration>, accounts: &[(Uuid, String)], may_manage: bool) -> AnyView {
    let accounts = accounts.to_vec();
    let (does, without) = purpose(kind);
    let state = match &found {
        None => view! { <Badge text="Not connected" tone=Tone::Neutral /> }.into_any(),
        Some(i) if !i.enabled => view! { <Badge text="Off" tone=Tone::Warning /> }.into_any(),
        Some(_) => view! { <Badge text="Connected" tone=Tone::Success /> }.into_any(),
    };
    let facts = found.as_ref().map(|i| {
        let place = [&i.config.repository, &i.config.project_key, &i.config.base_url]
            .into_iter()
            .filter(|t| !t.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(" · ");
        let tested = i.tested_at.map(|at| view! { " · tested " <kit::Ago at=at /> });
        let account = i.config.installation.and_then(|id| accounts.iter().find(|(of, _)| *of == id));
        let way = match account {
            Some((_, name)) => view! { " · GitHub App, installed on " {name.clone()} }.into_any(),
            None => view! { " " <code>{i.secret.clone()}</code> }.into_any(),
        };
        view! { <p class="hint">{place} {way} {tested}</p> }
    });
    let problem = found
        .as_ref()
        .and_then(|i| i.last_error.clone())
        .map(|e| view! { <Alert tone=Tone::Danger title="The last call failed.">{e}</Alert> });
    let said = move || {
        desk.said.get().filter(|(of, _)| *of == kind).map(|(_, t)| {
            let tone = if t.ok { Tone::Success } else { Tone::Danger };
            view! { <Alert tone=tone title=if t.ok { "It works." } else { "It does not work." }>{t.message}</Alert> }
        })
    };
    let connected = found.is_some();
    let acts = may_manage.then(|| {
        let busy = Signal::derive(move || desk.testing.get() == Some(kind));
        view! {
            <div class="row">
                <Button size=Size::Sm on:click=move |_| desk.open.update(|o| *o = if *o == Some(kind) { None } else { Some(kind) })>
                    {if connected { "Change" } else { "Connect" }}
                </Button>
                {connected.then(|| view! {
                    <Button size=Size::Sm icon=Icon::Zap busy=busy on:click=move |_| test(desk, kind)>"Test"</Button>
                    <Button size=Size::Sm kind=ButtonKind::Ghost icon=Icon::Trash2 on:click=move |_| desk.removing.set(Some(kind))>"Disconnect"</Button>
                })}
            </div>
        }
    });
    let form = move || (may_manage && desk.open.get() == Some(kind)).then(|| form(desk, kind, found.clone(), accounts.clone()));
    view! {
        <Card title=kind.words()>
            <div class="stack">
                <p class="row">{state} <span class="hint">{without}</span></p>
                <p>{does}</p>
                {facts}
                {problem}
                {said}
                {acts}
                {form}
            </div>
        </Card>
    }
    .into_any()
}

fn test(desk: Desk, kind: IntegrationType) {
    desk.testing.set(Some(kind));
    desk.said.set(None);
    let project = desk.project.get_untracked();
    spawn_local(async move {
        match integration_try(project, kind).await {
            Ok(said) => desk.said.set(Some((kind, said))),
            Err(AppError(fault)) => desk.toasts.fault(&fault),
        }
        desk.testing.set(None);
        desk.version.update(|n| *n += 1);
    });
}

fn form(desk: Desk, kind: IntegrationType, found: Option<Integration>, accounts: Vec<(Uuid, String)>) -> AnyView {
    let config = found.as_ref().map(|i| i.config.clone()).unwrap_or_default();
    let text = |value: &str| RwSignal::new(value.to_owned());
    let (provider, repository, base_url) =
        (text(if config.provider.is_empty() { "github" } else { &config.provider }), text(&config.repository), text(&config.base_url));
    let account = text(&config.installation.map(|id| id.to_string()).unwrap_or_default());
    let label = text(if found.is_some() { &config.label } else { "openfactory" });
    let (email, project_key, secret) = (text(&config.email), text(&config.project_key), text(""));
    let enabled = RwSignal::new(found.as_ref().is_none_or(|i| i.enabled));
    let wanted: Vec<(MessageType, RwSignal<bool>)> =
        MessageType::CHOICES.into_iter().map(|m| (m, RwSignal::new(!config.muted.iter().any(|w| w == m.as_str())))).collect();
    let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
    let kept = found.map(|i| i.secret).unwrap_or_default();
    let switches = wanted.clone();
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let input = IntegrationInput {
            enabled: enabled.get_untracked(),
            provider: provider.get_untracked(),
            repository: repository.get_untracked(),
            base_url: base_url.get_untracked(),
            installation: account.get_untracked().parse().ok(),
            label: label.get_untracked(),
            email: email.get_untracked(),
            project_key: project_key.get_untracked(),
            muted: wanted.iter().filter(|(_, on)| !on.get_untracked()).map(|(m, _)| m.as_str().to_owned()).collect(),
            secret: secret.get_untracked(),
        };
        let project = desk.project.get_untracked();
        busy.set(true);
        spawn_local(async move {
            match integration_save(project, kind, input).await {
                Ok(_) => {
                    desk.open.set(None);
                    desk.said.set(None);
                    desk.toasts.success(format!("{} is connected", kind.words()));
                    desk.version.update(|n| *n += 1);
                }
                Err(AppError(f)) => fault.set(Some(f)),
            }
            busy.set(false);
        });
    };
    let hint = if kept.is_empty() { String::new() } else { format!("Empty keeps {kept}.") };
    let some_account = !accounts.is_empty();
    let choices = super::github_app::ways("Token", accounts);
    // Fields look for the form they are in: they are made inside of it.
    let fields = move || match kind {
        IntegrationType::Slack => view! {
            <PasswordField name="secret" label="Webhook address" autocomplete="off" bind=secret hint=hint />
            {switches.into_iter().map(|(m, on)| view! { <Switch name=m.as_str() label=m.words() bind=on /> }.into_any()).collect_view()}
        }
        .into_any(),
        IntegrationType::GithubIssues => {
            let by_app = Memo::new(move |_| some_account && provider.with(|p| p == "github"));
            let ways = move || {
                by_app.get().then(|| view! { <SelectField name="installation" label="Way in" choices=choices.clone() bind=account /> })
            };
            let token = move || {
                (!by_app.get() || account.with(String::is_empty)).then(|| view! {
                <PasswordField name="secret" label="Token" autocomplete="off" bind=secret hint=hint.clone() />
                <TextField name="base_url" label="Address of the API" note="optional" bind=base_url placeholder="https://api.github.com" hint="Only for a GitHub Enterprise or GitLab of your own." />
            })
            };
            view! {
                <SelectField name="provider" label="Where" choices=vec![Choice::new("github", "GitHub"), Choice::new("gitlab", "GitLab")] bind=provider />
                <TextField name="repository" label="Repository" bind=repository placeholder="owner/name" />
                {ways}
                {token}
                <TextField name="label" label="Label" note="optional" bind=label hint="Every issue gets it, besides that of its category." />
            }
            .into_any()
        }
        IntegrationType::Jira => view! {
            <TextField name="base_url" label="Address" bind=base_url placeholder="https://your-team.atlassian.net" />
            <TextField name="email" label="Email" kind="email" bind=email autocomplete="off" />
            <PasswordField name="secret" label="API token" autocomplete="off" bind=secret hint=hint />
            <TextField name="project_key" label="Project key" bind=project_key placeholder="SHOP" />
            <TextField name="label" label="Label" note="optional" bind=label />
        }
        .into_any(),
    };
    view! {
        <FormScope fault=fault pending=busy>
            <form class="form" on:submit=send>
                <FormAlert />
                {fields()}
                <Switch name="enabled" label="On" bind=enabled />
                <div class="form-foot">
                    <Button on:click=move |_| desk.open.set(None)>"Cancel"</Button>
                    <Submit>"Save"</Submit>
                </div>
            </form>
        </FormScope>
    }
    .into_any()
}

fn remove_dialog(desk: Desk) -> AnyView {
    let open = kit::open_while(desk.removing);
    let go = Callback::new(move |()| {
        let Some(kind) = desk.removing.get_untracked() else { return };
        let project = desk.project.get_untracked();
        open.set(false);
        spawn_local(async move {
            match integration_remove(project, kind).await {
                Ok(()) => desk.toasts.success(format!("{} is disconnected", kind.words())),
                Err(AppError(fault)) => desk.toasts.fault(&fault),
            }
            desk.version.update(|n| *n += 1);
        });
    });
    view! { <Confirm open=open title="Disconnect?" text="Its secret is forgotten. Issues that were made stay where they are." verb="Disconnect" danger=true on_confirm=go /> }.into_any()
}
