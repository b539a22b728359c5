//! The card of the organization's GitHub App: registered once, installed on accounts, used by every project.
use super::{
    calls::{github_app_register, github_app_remove, github_app_uninstall},
    integrations::Desk,
};
use factory::code::github_app::{GithubApp, GithubAppAddresses, GithubAppInput, Installation};
use kernel::Fault;
use kit::{
    AppError, Badge, Button, ButtonKind, Card, Choice, Confirm, CopyField, FormAlert, FormScope, Icon, IconButton, LinkButton, Size,
    Submit, TextArea, TextField, Tone,
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// What of the app is open: kept outside of what is drawn anew.
#[derive(Clone, Copy)]
pub struct AppDesk {
    form: RwSignal<bool>,
    removing: RwSignal<bool>,
    ending: RwSignal<Option<(Uuid, String)>>,
}

impl AppDesk {
    pub fn new() -> Self {
        Self { form: RwSignal::new(false), removing: RwSignal::new(false), ending: RwSignal::new(None) }
    }
}

/// The ways into a repository at GitHub: a token of one's own, or an installation of the app.
pub fn ways(token: &str, accounts: impl IntoIterator<Item = (Uuid, String)>) -> Vec<Choice> {
    let installed = accounts.into_iter().map(|(id, name)| Choice::new(id.to_string(), format!("GitHub App, installed on {name}")));
    std::iter::once(Choice::new("", token)).chain(installed).collect()
}

/// The card.
pub fn card(desk: Desk, at: AppDesk, app: Option<GithubApp>, addresses: GithubAppAddresses, may_manage: bool) -> AnyView {
    let state = match &app {
        None => view! { <Badge text="Not registered" tone=Tone::Neutral /> }.into_any(),
        Some(a) if a.installations.is_empty() => view! { <Badge text="Not installed yet" tone=Tone::Warning /> }.into_any(),
        Some(_) => view! { <Badge text="Installed" tone=Tone::Success /> }.into_any(),
    };
    let facts = app.as_ref().map(|a| {
        let server = a.server.trim_start_matches("https://").to_owned();
        view! { <p class="hint">{a.name.clone()} " · " {server} " · App ID " <code>{a.app_id.clone()}</code></p> }
    });
    let list = app.as_ref().filter(|a| !a.installations.is_empty()).map(|a| {
        let lines = a.installations.iter().cloned().map(|i| line(at, i, may_manage)).collect_view();
        view! { <ul class="stack" aria-label="Accounts">{lines}</ul> }
    });
    let registered = app.is_some();
    let install =
        format!("/api/integrations/github/install?org={}&project={}", kit::use_org_slug().get_untracked(), desk.project.get_untracked());
    let acts = may_manage.then(|| {
        view! {
            <div class="row">
                {registered.then(|| view! { <LinkButton href=install size=Size::Sm kind=ButtonKind::Primary icon=Icon::Plus external=true>"Install on an account"</LinkButton> })}
                <Button size=Size::Sm on:click=move |_| at.form.update(|open| *open = !*open)>{if registered { "Change" } else { "Register" }}</Button>
                {registered.then(|| view! { <Button size=Size::Sm kind=ButtonKind::Ghost icon=Icon::Trash2 on:click=move |_| at.removing.set(true)>"Forget"</Button> })}
            </div>
        }
    });
    let known = StoredValue::new((app, addresses));
    let form = move || (may_manage && at.form.get()).then(|| known.with_value(|(app, addresses)| form(desk, at, app.as_ref(), addresses)));
    view! {
        <Card title="GitHub App">
            <div class="stack">
                <p class="row">{state} <span class="hint">"Without it: an access token for each repository."</span></p>
                <p>"Belongs to the organization. Projects read the repositories of the accounts it is installed on, with rights that end by themselves, and without anybody's own token."</p>
                {facts}
                {list}
                {acts}
                {form}
            </div>
        </Card>
    }
    .into_any()
}

fn line(at: AppDesk, i: Installation, may_manage: bool) -> AnyView {
    let used = match i.used_by {
        0 => "not used yet".to_owned(),
        1 => "used by 1 connection".to_owned(),
        n => format!("used by {n} connections"),
    };
    let suspended = i.suspended_at.map(|_| view! { <Badge text="Suspended" tone=Tone::Warning /> });
    let (id, account) = (i.id, i.account.clone());
    let label = format!("Forget {account}");
    let end = may_manage.then(|| {
        let account = account.clone();
        view! { <IconButton icon=Icon::Trash2 label=label kind=ButtonKind::Plain on:click=move |_| at.ending.set(Some((id, account.clone()))) /> }
    });
    view! { <li class="row"><b>{account}</b> {suspended} <span class="hint">{used} " · since " <kit::Ago at=i.created_at /></span> {end}</li> }.into_any()
}

fn form(desk: Desk, at: AppDesk, app: Option<&GithubApp>, addresses: &GithubAppAddresses) -> AnyView {
    let text = |value: String| RwSignal::new(value);
    let app_id = text(app.map(|a| a.app_id.clone()).unwrap_or_default());
    let server = text(app.map(|a| a.server.clone()).filter(|s| s != "https://github.com").unwrap_or_default());
    let key = text(String::new());
    let hint = if app.is_some() {
        "Empty keeps the one there is."
    } else {
        "The whole .pem file that GitHub gave you. It is kept sealed and never shown."
    };
    let (setup, webhook) = (addresses.setup.clone(), addresses.webhook.clone());
    let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let input = GithubAppInput { app_id: app_id.get_untracked(), private_key: key.get_untracked(), server: server.get_untracked() };
        busy.set(true);
        spawn_local(async move {
            match github_app_register(input).await {
                Ok(app) => {
                    at.form.set(false);
                    desk.toasts.success(format!("{} is registered", app.name));
                    desk.version.update(|n| *n += 1);
                }
                Err(AppError(f)) => fault.set(Some(f)),
            }
            busy.try_set(false);
        });
    };
    let fields = move || {
        view! {
            <TextField name="appId" label="App ID" bind=app_id required=true maxlength=255 autocomplete="off" placeholder="123456" />
            <TextArea name="privateKey" label="Private key" bind=key rows=5 mono=true maxlength=20000 placeholder="-----BEGIN RSA PRIVATE KEY-----" hint=hint />
            <TextField name="server" label="Server" note="optional" bind=server maxlength=255 autocomplete="off" placeholder="https://github.com" hint="Only for a GitHub Enterprise of your own." />
        }
        .into_any()
    };
    view! {
        <div class="stack">
            <p class="hint">"Make the app at GitHub under Settings, Developer settings, GitHub Apps. It needs to read contents and metadata, and to write issues if feedback becomes issues there. Give it these addresses:"</p>
            <CopyField label="Setup URL" value=setup hint="Tick “Redirect on update”." />
            <CopyField label="Webhook URL" value=webhook hint="Its secret is the setting git.webhook_secret of this installation. Events: push." />
            <FormScope fault=fault pending=busy>
                <form class="form" on:submit=send>
                    <FormAlert />
                    {fields()}
                    <div class="form-foot">
                        <Button on:click=move |_| at.form.set(false)>"Cancel"</Button>
                        <Submit>"Register"</Submit>
                    </div>
                </form>
            </FormScope>
        </div>
    }
    .into_any()
}

/// What asks before something is forgotten.
pub fn dialogs(desk: Desk, at: AppDesk) -> AnyView {
    let done = move |result: Result<(), AppError>, words: String| {
        match result {
            Ok(()) => desk.toasts.success(words),
            Err(AppError(fault)) => desk.toasts.fault(&fault),
        }
        desk.version.update(|n| *n += 1);
    };
    let forget = Callback::new(move |()| {
        at.removing.set(false);
        spawn_local(async move { done(github_app_remove().await, "The GitHub App is forgotten".to_owned()) });
    });
    let ending = kit::open_while(at.ending);
    let end = Callback::new(move |()| {
        let Some((id, account)) = at.ending.get_untracked() else { return };
        ending.set(false);
        spawn_local(async move { done(github_app_uninstall(id).await, format!("{account} is forgotten")) });
    });
    view! {
        <Confirm open=at.removing title="Forget the GitHub App?" text="Its key and its installations are forgotten here. At GitHub the app stays until you delete it there." verb="Forget it" on_confirm=forget />
        <Confirm open=ending title="Forget this account?" text="At GitHub the app stays installed until the owner of the account ends it there." verb="Forget it" on_confirm=end />
    }
    .into_any()
}
