//! Connecting a project to a repository, and asking for its index.
use super::{
    ConnectInput, Connection, Delivery, IndexStatus, RepoProvider, WebhookSetup, github_app, index,
    remote::Address,
    source::{self, Repo},
    webhook,
};
use crate::{
    embedding, graph,
    job_runs::JobStatus,
    projects::{self, Project},
};
use garde::Validate;
use kernel::{Fault, Perm, audit::Audit, db::TenantTx};
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The connection of a project; `None` when it has none.
pub async fn connection(tx: &mut TenantTx, project: &str) -> Result<Option<Connection>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    of_project(tx, project.id).await
}

pub(super) async fn of_project(tx: &mut TenantTx, project: Uuid) -> Result<Option<Connection>, Fault> {
    let row = sqlx::query!(
        r#"select c.id, r.provider as "provider?: RepoProvider", c.repository_url, c.repository_name, c.default_branch,
             c.index_status as "status: IndexStatus", c.last_error, coalesce(c.file_count, 0) as "files!", c.chunk_count, c.last_indexed_commit,
             c.last_indexed_at, c.embedding_model, j.status as "run?: JobStatus", j.error as "run_error?", j.progress as "progress?",
             r.token_hint as "token?", i.id as "installation?", i.account_name as "account?", d.event as "event?", d.outcome as "outcome?", d.received_at as "received_at?"
           from factory.codebase_connections c
             left join factory.repos r on r.id = c.repo_id
             left join factory.git_installations i on i.installation_id = r.installation_id and r.provider = 'github'
             left join lateral (select * from factory.job_runs x where x.project_id = c.project_id and x.job_type = $2
               order by x.created_at desc limit 1) j on true
             left join lateral (select * from factory.webhook_deliveries x where x.project_id = c.project_id order by x.received_at desc limit 1) d on true
           where c.project_id = $1"#,
        project,
        index::INDEX
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    // A run that was killed for the last time could not say so itself.
    let lost = row.status == IndexStatus::Indexing && row.run == Some(JobStatus::Failed);
    let model = embedding::model(tx.app()).to_owned();
    Ok(Some(Connection {
        id: row.id,
        provider: row.provider.unwrap_or_default(),
        location: row.repository_url,
        name: row.repository_name,
        branch: row.default_branch,
        status: if lost { IndexStatus::Failed } else { row.status },
        progress: if row.status == IndexStatus::Indexing { row.progress.unwrap_or(0) } else { 0 },
        error: if lost { row.run_error } else { row.last_error },
        files: row.files,
        chunks: row.chunk_count,
        indexed_commit: row.last_indexed_commit,
        indexed_at: row.last_indexed_at,
        embedding_stale: row.embedding_model.is_some_and(|of| of != model),
        model,
        token: row.token.map(|end| format!("••••{end}")),
        account: row.installation.map(|id| (id, row.account.unwrap_or_default())),
        webhook: row.event.zip(row.outcome).zip(row.received_at).map(|((event, outcome), at)| Delivery { event, outcome, at }),
    }))
}

/// Connects a project to a repository, or to another branch of the one it has, and asks for its index. Another
/// repository than before begins with an empty index.
pub async fn connect(tx: &mut TenantTx, project: &str, input: &ConnectInput) -> Result<Connection, Fault> {
    tx.require(Perm::FactoryManage)?;
    input.validate()?;
    let location = match input.provider {
        RepoProvider::Local => input.location.trim().trim_matches('/').to_owned(),
        provider => Address::parse(provider, &input.location).map_err(|words| Fault::field("location", words))?.page,
    };
    let branch = Some(input.branch.trim()).filter(|branch| !branch.is_empty()).unwrap_or("main");
    let known = known(tx, project).await?;
    let same = known.as_ref().filter(|known| known.repo.location == location && known.repo.provider == input.provider);
    let token = match (input.token.trim(), same) {
        ("", Some(known)) => known.repo.token.clone(),
        (token, _) => token.to_owned().into(),
    };
    let installation = match input.installation.filter(|_| input.provider == RepoProvider::Github) {
        Some(id) => Some((tx.actor().org()?, github_app::number(tx, id, &location).await?)),
        None => None,
    };
    let token = if installation.is_some() { Zeroizing::default() } else { token };
    let repo = Repo { provider: input.provider, location, token, installation };
    // Before anything is locked: the other side may take its time.
    check(tx, &repo, branch).await?;
    let project = projects::lock(tx, project).await?;
    let id = match same {
        Some(known) => {
            // Another branch is another history, and wanted.
            sqlx::query!(
                "update factory.codebase_connections set default_branch = $2, accept_rewritten = true where id = $1",
                known.id,
                branch
            )
            .execute(tx.conn())
            .await?;
            if let Some(repo_id) = known.repo_id {
                keep_entry(tx, repo_id, &repo).await?;
            }
            known.id
        }
        None => {
            if known.is_some() {
                remove(tx, &project).await?;
            }
            create(tx, &project, &repo, branch).await?
        }
    };
    index::request(tx, id).await?;
    tx.audit(Audit::new("codebase.connect").target("project", project.id).meta(json!({ "location": repo.location, "branch": branch })))
        .await?;
    of_project(tx, project.id).await?.ok_or_else(|| Fault::not_found("The connection"))
}

/// The connection a project has.
struct Known {
    id: Uuid,
    repo_id: Option<Uuid>,
    repo: Repo,
}

async fn known(tx: &mut TenantTx, project: &str) -> Result<Option<Known>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let row = sqlx::query!("select id, repo_id from factory.codebase_connections where project_id = $1", project.id)
        .fetch_optional(tx.conn())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let repo = source::of_connection(tx, row.id).await?;
    Ok(Some(Known { id: row.id, repo_id: row.repo_id, repo: repo.unwrap_or_default() }))
}

/// The repository and the branch have to be there. One without any branch is empty, and fine.
async fn check(tx: &mut TenantTx, repo: &Repo, branch: &str) -> Result<(), Fault> {
    let head = match source::open(tx.app(), repo).await {
        Ok(opened) => opened.head(branch).await.map(|_| ()),
        Err(fault) => Err(fault),
    };
    head.map_err(source::fault)
}

/// Keeps what opens a repository: its token, sealed, or the number of an installation.
async fn keep_entry(tx: &mut TenantTx, id: Uuid, repo: &Repo) -> Result<(), Fault> {
    let sealed = source::seal(tx, id, &repo.token)?;
    // So short a token would be shown whole.
    let from = repo.token.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    let hint = (repo.token.chars().count() > 8).then(|| repo.token[from..].to_owned());
    let hint = sealed.is_some().then(|| hint.unwrap_or_default());
    let number = repo.installation.as_ref().map(|(_, number)| number);
    sqlx::query!(
        "update factory.repos set access_token_encrypted = $2, token_hint = $3, installation_id = $4 where id = $1",
        id,
        sealed,
        hint,
        number
    )
    .execute(tx.conn())
    .await?;
    // The same number stands beside the connection; 0 is none.
    let number: i64 = number.and_then(|number| number.parse().ok()).unwrap_or(0);
    sqlx::query!("update factory.codebase_connections set github_installation_id = $2 where repo_id = $1", id, number)
        .execute(tx.conn())
        .await?;
    Ok(())
}

async fn create(tx: &mut TenantTx, project: &Project, repo: &Repo, branch: &str) -> Result<Uuid, Fault> {
    let row = sqlx::query_scalar!(
        "insert into factory.repos (project_id, provider, repo_url, default_branch, workspace_path) values ($1, $2, $3, $4, $5) returning id",
        project.id,
        repo.provider as RepoProvider,
        repo.location,
        branch,
        (repo.provider == RepoProvider::Local).then_some(repo.location.as_str())
    )
    .fetch_one(tx.conn())
    .await?;
    let path = match repo.provider {
        RepoProvider::Local => repo.location.clone(),
        provider => Address::parse(provider, &repo.location).map_err(|words| Fault::field("location", words))?.path,
    };
    let (owner, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let id = sqlx::query_scalar!(
        "insert into factory.codebase_connections (project_id, repo_id, github_installation_id, repository_url, repository_owner, repository_name, default_branch)
         values ($1, $2, 0, $3, $4, $5, $6) returning id",
        project.id,
        row,
        repo.location,
        owner,
        name.trim_end_matches(".git"),
        branch
    )
    .fetch_one(tx.conn())
    .await?;
    keep_entry(tx, row, repo).await?;
    Ok(id)
}

/// Makes a new secret for the webhook of the connection. The one before opens nothing any more.
pub async fn renew_webhook(tx: &mut TenantTx, project: &str) -> Result<WebhookSetup, Fault> {
    tx.require(Perm::FactoryManage)?;
    let project = projects::lock(tx, project).await?;
    let row = sqlx::query!(
        r#"select c.id, r.provider as "provider: RepoProvider" from factory.codebase_connections c join factory.repos r on r.id = c.repo_id
           where c.project_id = $1"#,
        project.id
    )
    .fetch_optional(tx.conn())
    .await?
    .filter(|row| row.provider == RepoProvider::Github)
    .ok_or_else(|| Fault::not_found("The connection to GitHub"))?;
    let secret = kernel::ids::token();
    let sealed = tx.app().keys.seal_text(&webhook::aad(tx.actor().org()?, row.id), &secret)?;
    sqlx::query!("update factory.codebase_connections set webhook_secret = $2 where id = $1", row.id, sealed).execute(tx.conn()).await?;
    tx.audit(Audit::new("codebase.webhook_secret").target("project", project.id)).await?;
    let config = &tx.app().config;
    Ok(WebhookSetup { address: format!("{}{}", config.public_url(config.http.port), webhook::PATH), secret })
}

/// Ends the connection; its index goes with it, its commits stay.
pub async fn disconnect(tx: &mut TenantTx, project: &str) -> Result<(), Fault> {
    tx.require(Perm::FactoryManage)?;
    let project = projects::lock(tx, project).await?;
    if !remove(tx, &project).await? {
        return Err(Fault::not_found("The connection"));
    }
    tx.audit(Audit::new("codebase.disconnect").target("project", project.id)).await
}

async fn remove(tx: &mut TenantTx, project: &Project) -> Result<bool, Fault> {
    let files = sqlx::query_scalar!(
        r#"select n.entity_id from factory.graph_nodes n
           where n.project_id = $1 and n.entity_type = 'codebase_file' and n.deleted_at is null"#,
        project.id
    )
    .fetch_all(tx.conn())
    .await?;
    let gone = sqlx::query_scalar!("delete from factory.codebase_connections where project_id = $1 returning repo_id", project.id)
        .fetch_optional(tx.conn())
        .await?;
    let Some(repo) = gone else { return Ok(false) };
    if let Some(repo) = repo {
        sqlx::query!("delete from factory.repos where id = $1", repo).execute(tx.conn()).await?;
    }
    graph::keep_files(tx, project.id, &files).await?;
    Ok(true)
}

/// Asks for the index anew, also where the history of the branch was rewritten.
pub async fn reindex(tx: &mut TenantTx, project: &str) -> Result<Connection, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let project = projects::lock(tx, project).await?;
    let id = sqlx::query_scalar!(
        "update factory.codebase_connections set accept_rewritten = true where project_id = $1 returning id",
        project.id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The connection"))?;
    index::request(tx, id).await?;
    tx.audit(Audit::new("codebase.reindex").target("project", project.id)).await?;
    of_project(tx, project.id).await?.ok_or_else(|| Fault::not_found("The connection"))
}
