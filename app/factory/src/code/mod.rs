//! `/o/{org}/factory/{project}/code`: the repository, its files with their symbols, search, and its commits.
use crate::pages::tabs;
use calls::{CodeView, code_connection, code_disconnect, code_reindex};
use factory::code::{Connection, IndexStatus, RepoProvider};
use kit::{
    Alert, AppError, Badge, Button, ButtonKind, Confirm, Empty, Icon, ListPage, Loaded, Menu, MenuItem, PageHead, Progress, Size, Skeleton,
    Tone, use_live,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

pub mod calls;
mod commits;
mod connect;
mod files;
mod paint;
mod routes;
mod search;
mod webhook;

pub use connect::ConnectDialog;
pub use routes::{CodeRoutes, code_piece};
pub use webhook::WebhookDialog;

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Ctx {
    pub project: Memo<String>,
    /// `/o/acme/factory/shop`
    pub base: Memo<String>,
    pub query: Memo<ParamsMap>,
    pub toasts: kit::Toasts,
    /// Rises with each own change.
    pub version: RwSignal<u64>,
    /// Rises with every finished run of the index: what was read of it is old.
    pub index: Memo<String>,
    pub connecting: RwSignal<bool>,
    disconnecting: RwSignal<bool>,
    pub hooking: RwSignal<bool>,
    /// The connection as it came last, for the form.
    pub connection: RwSignal<Option<Connection>>,
    /// The folder the operator allows.
    pub root: RwSignal<String>,
    pub accounts: RwSignal<Vec<(uuid::Uuid, String)>>,
}

impl Ctx {
    /// The present address with some keys changed.
    pub fn at(&self, change: &[(&str, Option<&str>)]) -> String {
        format!("{}/code{}", self.base.get_untracked(), self.query.with_untracked(|q| kit::query::with(q, change)))
    }

    /// The address of a line of a file.
    pub fn line(&self, path: &str, line: Option<i64>) -> String {
        let line = line.map(|line| line.to_string());
        self.at(&[("view", None), ("q", None), ("symbol", None), ("after", None), ("path", Some(path)), ("line", line.as_deref())])
    }
}

/// The code of a project.
pub struct CodePage {
    ctx: Ctx,
    connection: kit::Data<CodeView>,
    parts: Parts,
}

/// What the views load; each only while it is on show.
#[derive(Clone, Copy)]
struct Parts {
    files: files::Files,
    search: search::Found,
    commits: commits::Commits,
}

impl kit::Page for CodePage {
    fn data() -> Self {
        let (org, project) = (kit::use_org_slug(), kit::use_text_param("project"));
        let (live, runs, version) = (use_live("factory.codebase_connections"), use_live("factory.job_runs"), RwSignal::new(0));
        let connection = kit::Data::blocking(
            move || (org.get(), project.get(), live.get(), runs.get(), version.get()),
            |(_, project, ..)| code_connection(project),
        );
        let path = kit::use_org_path();
        let index = Memo::new(move |_| match connection.get() {
            Some(Ok(CodeView { connection: Some(c), .. })) => {
                format!("{}{}", c.id, c.indexed_at.map(|at| at.to_string()).unwrap_or_default())
            }
            _ => String::new(),
        });
        let ctx = Ctx {
            project,
            base: Memo::new(move |_| path(&format!("/factory/{}", project.get()))),
            query: use_query_map(),
            toasts: kit::use_toasts(),
            version,
            index,
            connecting: RwSignal::new(false),
            disconnecting: RwSignal::new(false),
            hooking: RwSignal::new(false),
            connection: RwSignal::new(None),
            root: RwSignal::new(String::new()),
            accounts: RwSignal::default(),
        };
        let parts = Parts { files: files::Files::new(ctx), search: search::Found::new(ctx), commits: commits::Commits::new(ctx) };
        Self { ctx, connection, parts }
    }

    fn view(this: Self) -> AnyView {
        let CodePage { ctx, connection, parts } = this;
        let base = ctx.base.get_untracked();
        kit::effect(move || {
            if let Some(Ok(view)) = connection.get() {
                ctx.connection.set(view.connection);
                ctx.root.set(view.root);
                ctx.accounts.set(view.accounts);
            }
        });
        view! {
            <Title text="Code" />
            <ListPage>
                <PageHead title="Code" text=|| view! { "The repository this project is built in: read, searched, and watched for drift." } />
                {tabs(&base, None)}
                <Loaded from=connection skeleton=|| view! { <Skeleton lines=8 /> } show=move |view: CodeView| show(ctx, parts, view) />
                {kit::part(move || ctx.connecting.get(), move || ConnectDialog(ctx))}
                {kit::part(move || ctx.hooking.get(), move || WebhookDialog(ctx))}
                {disconnect(ctx)}
            </ListPage>
        }
        .into_any()
    }
}

fn show(ctx: Ctx, parts: Parts, view: CodeView) -> AnyView {
    let CodeView { connection, may_manage, .. } = view;
    let Some(connection) = connection else { return empty(ctx, may_manage) };
    let has_files = connection.files > 0;
    let strip = strip(ctx, &connection, may_manage);
    let body = match (has_files, connection.status) {
        (false, IndexStatus::Completed) => view! {
            <Empty icon=Icon::FolderOpen title="The repository is empty" text=format!("Branch {} has no files to index yet. They appear here once they are pushed.", connection.branch) />
        }
        .into_any(),
        (false, IndexStatus::Pending | IndexStatus::Indexing) => view! {
            <Empty icon=Icon::FolderOpen title="Reading the repository" text="Files can be opened and searched as soon as the first run is done." />
        }
        .into_any(),
        (false, IndexStatus::Failed) => ().into_any(),
        (true, _) => shown(ctx, parts),
    };
    view! { {strip} {body} }.into_any()
}

fn empty(ctx: Ctx, may_manage: bool) -> AnyView {
    let text = if may_manage {
        "Connect the repository of this project. Its files are indexed on this machine and nothing leaves it: then they can be searched by meaning, and blueprints say when code moved away from them."
    } else {
        "An admin of the organization can connect the repository of this project."
    };
    let connect = move || {
        may_manage.then(|| view! { <Button kind=ButtonKind::Primary icon=Icon::GitBranch on:click=move |_| ctx.connecting.set(true)>"Connect a repository"</Button> })
    };
    view! { <Empty icon=Icon::GitBranch title="No repository yet" text=text acts=connect /> }.into_any()
}

/// The connection and the state of its index.
fn strip(ctx: Ctx, c: &Connection, may_manage: bool) -> AnyView {
    let tone = match c.status {
        IndexStatus::Completed => Tone::Success,
        IndexStatus::Failed => Tone::Danger,
        IndexStatus::Indexing | IndexStatus::Pending => Tone::Info,
    };
    let commit = c.indexed_commit.clone().map(|sha| view! { <span>"at " <code>{sha[..sha.len().min(8)].to_owned()}</code></span> });
    let at = c.indexed_at.map(|at| view! { <span>"indexed " <kit::Ago at=at /></span> });
    let counts = format!(
        "{}, {}",
        kit::num::plural(c.files.into(), "file", "files"),
        kit::num::plural(c.chunks.into(), "piece of code", "pieces of code")
    );
    let working = c.status == IndexStatus::Indexing;
    let (progress, location, branch, provider) = (f64::from(c.progress), c.location.clone(), c.branch.clone(), c.provider.words());
    let run = working.then(|| view! { <Progress label="Indexing" value=Signal::derive(move || progress) /> });
    let failed = (c.status == IndexStatus::Failed).then(|| {
        let why = c.error.clone().unwrap_or_else(|| "The reason is not known.".to_owned());
        let kept = if c.files > 0 { " What was indexed before is still here." } else { "" };
        view! {
            <Alert tone=Tone::Danger title="The repository could not be indexed." acts=move || view! { <Button size=Size::Sm icon=Icon::RefreshCw on:click=move |_| reindex(ctx)>"Retry"</Button> }>
                {why} {kept}
            </Alert>
        }
    });
    let stale = c.embedding_stale.then(|| {
        view! { <Alert tone=Tone::Info title="Search goes by words for now.">"The embedding model has changed; the index is made anew."</Alert> }
    });
    let hook = c.provider == RepoProvider::Github;
    let acts = may_manage.then(|| {
        view! {
            <Menu id="connection" label="Connection" icon=Icon::Settings size=Size::Sm>
                <MenuItem icon=Icon::Pencil on:click=move |_| ctx.connecting.set(true)>"Change repository or branch"</MenuItem>
                {hook.then(|| view! { <MenuItem icon=Icon::Zap on:click=move |_| ctx.hooking.set(true)>"Webhook"</MenuItem> })}
                <MenuItem icon=Icon::Trash2 danger=true on:click=move |_| ctx.disconnecting.set(true)>"Disconnect"</MenuItem>
            </Menu>
        }
    });
    view! {
        <section class="repo" aria-label="Repository">
            <div class="repo-line">
                {kit::icon(Icon::GitBranch)}
                <b>{location}</b>
                <code>{branch}</code>
                <Badge text=c.status.words() tone=tone />
                <span class="repo-facts hint">{provider} " · " {counts} {commit} {at}</span>
                <span class="repo-acts">
                    <Button size=Size::Sm icon=Icon::RefreshCw disabled=working on:click=move |_| reindex(ctx)>"Index again"</Button>
                    {acts}
                </span>
            </div>
            {run}
            {failed}
            {stale}
        </section>
    }
    .into_any()
}

fn reindex(ctx: Ctx) {
    let project = ctx.project.get_untracked();
    spawn_local(async move {
        match code_reindex(project).await {
            Ok(_) => ctx.toasts.success("The index is being brought up to date"),
            Err(AppError(fault)) => ctx.toasts.fault(&fault),
        }
        ctx.version.update(|n| *n += 1);
    });
}

fn disconnect(ctx: Ctx) -> AnyView {
    let go = Callback::new(move |()| {
        let project = ctx.project.get_untracked();
        ctx.disconnecting.set(false);
        spawn_local(async move {
            match code_disconnect(project).await {
                Ok(()) => ctx.toasts.success("The repository is disconnected"),
                Err(AppError(fault)) => ctx.toasts.fault(&fault),
            }
            ctx.version.update(|n| *n += 1);
        });
    });
    view! {
        <Confirm open=ctx.disconnecting title="Disconnect the repository?" text="Its index goes. The repository itself is not touched, and the commits that were seen stay." verb="Disconnect" danger=true on_confirm=go />
    }
    .into_any()
}

/// The three views of a repository.
fn shown(ctx: Ctx, parts: Parts) -> AnyView {
    let which = Memo::new(move |_| ctx.query.with(|q| q.get("view").unwrap_or_default()));
    let link = move |view: Option<&'static str>, icon: Icon, words: &'static str| {
        let href = move || {
            ctx.query.track();
            ctx.at(&[("view", view), ("after", None), ("q", None), ("symbol", None)])
        };
        let here = move || (which.with(|w| w == view.unwrap_or_default())).then_some("page");
        view! { <a href=href aria-current=here data-noscroll="">{kit::icon(icon)} <span>{words}</span></a> }.into_any()
    };
    let body = move || match which.get().as_str() {
        "search" => search::view(ctx, parts.search),
        "commits" => commits::view(ctx, parts.commits),
        _ => files::view(ctx, parts.files),
    };
    view! {
        <kit::Toolbar acts=move || view! {
            <nav class="seg" aria-label="View">
                {link(None, Icon::FolderOpen, "Files")}
                {link(Some("search"), Icon::Search, "Search")}
                {link(Some("commits"), Icon::GitCommitHorizontal, "Commits")}
            </nav>
        }>
            {search::field(ctx)}
        </kit::Toolbar>
        {body}
    }
    .into_any()
}
