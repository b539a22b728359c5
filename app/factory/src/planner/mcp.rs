//! "MCP setup": how a coding tool reads the plan and reports to it. A key with the right scopes in one step, and what to
//! paste where.
use super::Ctx;
use core_area::api_keys::{ApiKey, CreatedKey, KeyState};
use factory::planner::TOOLS;
use kernel::Fault;
use kit::{
    Ago, Alert, AppError, Badge, Button, Card, Checkbox, Client, CodeBlock, CopyField, Dialog, FormAlert, FormScope, Icon, Size, Skeleton,
    Submit, Tab, TabPanel, Tabs, TextField, Tone,
};
use leptos::{prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the dialog shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct McpSetup {
    /// The keys of tools in this project; `None` for those who do not manage keys.
    pub keys: Option<Vec<ApiKey>>,
}

/// The keys with which tools come into this project.
#[server(client = Client, output = kit::Wire)]
pub async fn mcp_get(project: String) -> Result<McpSetup, AppError> {
    kit::call::read_tenant(async |tx| {
        let project = factory::projects::by_slug(tx, &project).await?;
        if !tx.actor().may(kernel::Perm::OrgKeys) {
            return Ok(McpSetup { keys: None });
        }
        let of_tools = |key: &ApiKey| {
            key.project_id == Some(project.id) && key.revoked_at.is_none() && key.scopes.iter().any(|s| s.starts_with("mcp:"))
        };
        let keys = core_area::api_keys::list(tx).await?.into_iter().filter(of_tools).collect();
        Ok(McpSetup { keys: Some(keys) })
    })
    .await
}

/// Makes a key for tools in this project; its text is answered this once.
#[server(client = Client, output = kit::Wire)]
pub async fn mcp_key_create(project: String, name: String, #[server(default)] writes: bool) -> Result<CreatedKey, AppError> {
    kit::call::in_tenant(async |tx| {
        tx.require(kernel::Perm::OrgKeys)?;
        let project = factory::projects::by_slug(tx, &project).await?;
        let scopes: &[&str] = if writes { &["mcp:read", "mcp:write"] } else { &["mcp:read"] };
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let input = core_area::api_keys::NewApiKey { name, scopes, project_id: Some(project.id), ..Default::default() };
        core_area::api_keys::create(tx, &input).await
    })
    .await
}

/// Ends a key.
#[server(client = Client, output = kit::Wire)]
pub async fn mcp_key_revoke(id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| core_area::api_keys::revoke(tx, id).await).await
}

/// The dialog.
pub struct McpDialog {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
}

/// What its parts share.
#[derive(Clone, Copy)]
struct Setup {
    ctx: Ctx,
    made: RwSignal<Option<CreatedKey>>,
    /// The key that is about to be revoked.
    revoking: RwSignal<Option<Uuid>>,
    /// Counts the changes, so that the list is read again.
    version: RwSignal<u32>,
    /// Which configuration is on show. Kept here: the tabs are drawn anew with the key.
    tab: RwSignal<&'static str>,
}

impl kit::Part for McpDialog {
    fn view(this: Self) -> AnyView {
        let Self { ctx, open } = this;
        let setup =
            Setup { ctx, made: RwSignal::new(None), revoking: RwSignal::new(None), version: RwSignal::new(0), tab: RwSignal::new("json") };
        // Whoever opens it again does not see the key again.
        kit::effect(move || {
            if !open.get() {
                setup.made.set(None);
            }
        });
        view! { <Dialog open=open title="MCP setup" wide=true>{inside(setup)}</Dialog> }.into_any()
    }
}

fn inside(setup: Setup) -> AnyView {
    let live = kit::use_live("core.api_keys");
    let loaded = kit::LocalData::new(move || {
        let (project, _) = (setup.ctx.project.get(), (live.get(), setup.version.get()));
        mcp_get(project)
    });
    let keys = move || match loaded.get() {
        None => view! { <Skeleton lines=4 /> }.into_any(),
        Some(Err(AppError(fault))) => {
            let again = move |_| setup.version.update(|n| *n += 1);
            view! { <Alert tone=Tone::Danger title=fault.message acts=move || view! { <Button size=Size::Sm on:click=again>"Retry"</Button> }>""</Alert> }
                .into_any()
        }
        Some(Ok(McpSetup { keys: None })) => {
            view! { <Alert>"Keys are made by owners and admins of the organization. Ask one of them for the key of your tool."</Alert> }
                .into_any()
        }
        Some(Ok(McpSetup { keys: Some(keys) })) => list(setup, keys),
    };
    let may = Memo::new(move |_| matches!(loaded.get(), Some(Ok(McpSetup { keys: Some(_) }))));
    view! {
        <div class="stack">
            <p>"Coding tools that speak MCP read the work orders assigned to whoever made their key, look up requirements, blueprints and code, and report how far they are. The board moves while they work."</p>
            {move || match setup.made.get() {
                Some(made) => view! {
                    <Alert tone=Tone::Warning title="Copy it now.">"It is shown only this once. The configurations below hold it already."</Alert>
                    <CopyField label=made.key.name.clone() value=made.secret />
                }.into_any(),
                None => may.get().then(|| form(setup)).into_any(),
            }}
            {move || configurations(setup.tab, setup.made.with(|made| made.as_ref().map(|m| m.secret.clone())))}
            <h3>"What a tool can do"</h3>
            <dl class="mcp-tools">
                {TOOLS.iter().map(|tool| view! {
                    <dt><code>{tool.name}</code> " " {tool.writes.then(|| view! { <Badge text="Needs mcp:write" /> })}</dt>
                    <dd>{tool.about}</dd>
                }).collect_view()}
            </dl>
            <h3>"Keys of tools"</h3>
            {keys}
        </div>
    }
    .into_any()
}

fn form(setup: Setup) -> AnyView {
    let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
    let (name, writes) = (RwSignal::new("Coding tool".to_owned()), RwSignal::new(true));
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        let asked = mcp_key_create(setup.ctx.project.get_untracked(), name.get_untracked(), writes.get_untracked());
        spawn_local(async move {
            match asked.await {
                Ok(made) => {
                    fault.set(None);
                    setup.made.set(Some(made));
                    setup.version.update(|n| *n += 1);
                }
                Err(AppError(f)) => fault.set(Some(f)),
            }
            busy.set(false);
        });
    };
    view! {
        <form class="form" on:submit=send>
            <FormScope fault=fault pending=busy>
                <FormAlert />
                <TextField name="name" label="Name of the key" bind=name required=true maxlength=100 hint="What uses it, so that you know it later." />
                <Checkbox name="writes" label="It may report progress" hint="Start work orders, hand them in for review, finish them." bind=writes />
                <div class="form-foot"><Submit icon=Icon::KeyRound>"Create key"</Submit></div>
            </FormScope>
        </form>
    }
    .into_any()
}

/// What to paste where.
fn configurations(tab: RwSignal<&'static str>, secret: Option<String>) -> AnyView {
    let origin = window().location().origin().unwrap_or_default();
    let url = format!("{origin}/api/mcp");
    let key = secret.unwrap_or_else(|| "of-key-…".to_owned());
    let server = format!("{{ \"type\": \"http\", \"url\": \"{url}\", \"headers\": {{ \"Authorization\": \"Bearer {key}\" }} }}");
    let json = |group: &str| {
        format!(
            "{{\n  \"{group}\": {{\n    \"millrace\": {{\n      \"type\": \"http\",\n      \"url\": \"{url}\",\n      \"headers\": {{ \"Authorization\": \"Bearer {key}\" }}\n    }}\n  }}\n}}"
        )
    };
    let (common, editor) = (json("mcpServers"), json("servers"));
    let add = format!("code --add-mcp '{}'", server.replacen("{ ", "{ \"name\": \"millrace\", ", 1));
    let gemini = format!("gemini mcp add --transport http --header \"Authorization: Bearer {key}\" millrace {url}");
    let toml = format!("[mcp_servers.millrace]\nurl = \"{url}\"\nhttp_headers = {{ Authorization = \"Bearer {key}\" }}");
    let curl = format!(
        "curl {url} -H \"Authorization: Bearer {key}\" -H \"Content-Type: application/json\" \\\n  -d '{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}}'"
    );
    view! {
        <Tabs label="Configuration" tabs=vec![Tab::new("json", "mcp.json"), Tab::new("editor", "VS Code"), Tab::new("line", "Command line")] active=tab />
        <TabPanel key="json" active=tab>
            <div class="stack">
                <p class="hint">"Most tools read this from a file of the repository or of your home folder, such as .mcp.json or .cursor/mcp.json. Keep the key out of what you commit."</p>
                <CodeBlock name="mcp.json" code=common.clone() />
                <CodeBlock name="config.toml" code=toml.clone() />
            </div>
        </TabPanel>
        <TabPanel key="editor" active=tab>
            <div class="stack"><CodeBlock name=".vscode/mcp.json" code=editor.clone() /> <CodeBlock name="Or in one line" code=add.clone() /></div>
        </TabPanel>
        <TabPanel key="line" active=tab>
            <div class="stack"><CodeBlock name="Gemini CLI" code=gemini.clone() /> <CodeBlock name="Try it" code=curl.clone() /></div>
        </TabPanel>
    }
    .into_any()
}

fn list(setup: Setup, keys: Vec<ApiKey>) -> AnyView {
    if keys.is_empty() {
        return view! { <p class="hint">"No tool has a key of this project yet."</p> }.into_any();
    }
    let rows = keys.into_iter().map(|key| row(setup, key)).collect_view();
    view! { <Card flush=true><ul class="keys">{rows}</ul></Card> }.into_any()
}

fn row(setup: Setup, key: ApiKey) -> AnyView {
    let id = key.id;
    let used = match key.last_used_at {
        Some(at) => view! { "Used " <Ago at=at /> }.into_any(),
        None => "Never used".into_any(),
    };
    let by = key.created_by.clone().map(|name| format!(" · by {name}"));
    let tone = if key.state == KeyState::Active { Tone::Success } else { Tone::Warning };
    let words = key.words(kit::time::now());
    let name = key.name.clone();
    let revoke = move |_| {
        setup.revoking.set(None);
        spawn_local(async move {
            match mcp_key_revoke(id).await {
                Ok(()) => setup.ctx.moves.toasts().success("The key is revoked"),
                Err(AppError(fault)) => setup.ctx.moves.toasts().fault(&fault),
            }
            setup.version.update(|n| *n += 1);
        });
    };
    let acts = move || match setup.revoking.get() == Some(id) {
        true => view! {
            <span class="row" role="group" aria-label=format!("Revoke {name}?")>
                <span class="hint">"Its next call is refused."</span>
                <Button size=Size::Sm on:click=move |_| setup.revoking.set(None)>"Keep"</Button>
                <Button size=Size::Sm kind=kit::ButtonKind::Danger on:click=revoke>"Revoke now"</Button>
            </span>
        }
        .into_any(),
        false => view! {
            <Button size=Size::Sm attr:aria-label=format!("Revoke {name}") on:click=move |_| setup.revoking.set(Some(id))>"Revoke"</Button>
        }
        .into_any(),
    };
    view! {
        <li class="set-row" data-key=key.prefix.clone()>
            <div>
                <span class="row"><b class="strong">{key.name.clone()}</b> <Badge text=words tone=tone /></span>
                <small><code>{key.prefix.clone()} "…"</code> " · " {used} {by}</small>
                <small class="scopes">{key.scopes.join("  ")}</small>
            </div>
            {acts}
        </li>
    }
    .into_any()
}
