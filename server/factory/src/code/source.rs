//! Opening the repository of a project, whoever keeps it.
use super::{
    RepoProvider, github_app,
    remote::{Address, Github, Gitlab},
};
use indexing::{Source, SourceFault, git::LocalGit};
use kernel::{Code, Fault, app::App, db::TenantTx, keys};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

/// A repository as its row says.
#[derive(Clone, Default)]
pub struct Repo {
    pub provider: RepoProvider,
    /// A path below the allowed folder, or an address.
    pub location: String,
    /// Opens what is not public; empty where none is kept.
    pub token: Zeroizing<String>,
    /// The organization, and GitHub's number of the installation of its app that opens the repository instead.
    pub installation: Option<(Uuid, String)>,
}

fn aad(org: Uuid, id: Uuid) -> String {
    keys::aad("factory.repos", org, &id.to_string())
}

/// The token of a repository, sealed for its row.
pub fn seal(tx: &TenantTx, id: Uuid, token: &str) -> Result<Option<String>, Fault> {
    if token.is_empty() {
        return Ok(None);
    }
    Ok(Some(tx.app().keys.seal_text(&aad(tx.actor().org()?, id), token)?))
}

/// The repository of a connection, with the token that opens it; `None` where there is no such connection.
pub async fn of_connection(tx: &mut TenantTx, connection: Uuid) -> Result<Option<Repo>, Fault> {
    let row = sqlx::query!(
        r#"select r.id, r.provider as "provider: RepoProvider", r.repo_url, r.access_token_encrypted, r.installation_id
           from factory.codebase_connections c join factory.repos r on r.id = c.repo_id where c.id = $1"#,
        connection
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let token = match &row.access_token_encrypted {
        Some(sealed) => tx.app().keys.open_text(&aad(tx.actor().org()?, row.id), sealed)?,
        None => Zeroizing::default(),
    };
    let org = tx.actor().org()?;
    let installation = row.installation_id.map(|number| (org, number));
    Ok(Some(Repo { provider: row.provider, location: row.repo_url, token, installation }))
}

/// The repository, ready to be read.
pub async fn open(app: &App, repo: &Repo) -> Result<Arc<dyn Source>, SourceFault> {
    match repo.provider {
        RepoProvider::Local => {
            let (root, location) = (app.config.git.root.clone(), repo.location.clone());
            let opened = tokio::task::spawn_blocking(move || LocalGit::open(&root, &location)).await;
            Ok(Arc::new(opened.map_err(|error| SourceFault::Unreadable(error.to_string()))??))
        }
        RepoProvider::Github => {
            let token = match &repo.installation {
                Some((org, number)) => github_app::pass(app, *org, number).await?,
                None => repo.token.clone(),
            };
            Ok(Arc::new(Github::new(app, &address(repo)?, &token)))
        }
        RepoProvider::Gitlab => Ok(Arc::new(Gitlab::new(app, &address(repo)?, &repo.token))),
        RepoProvider::Bitbucket => Err(SourceFault::Refused("Bitbucket cannot be read yet.".to_owned())),
    }
}

fn address(repo: &Repo) -> Result<Address, SourceFault> {
    Address::parse(repo.provider, &repo.location).map_err(|words| SourceFault::Refused(format!("The address of the repository {words}.")))
}

/// What the person who connects a repository reads, beside the field it is about.
pub fn fault(fault: SourceFault) -> Fault {
    let message = fault.to_string();
    match fault {
        SourceFault::NoBranch { branches, .. } => {
            let shown = branches.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if branches.len() > 20 { ", .." } else { "" };
            Fault::field("branch", format!("is not there; there are: {shown}{more}")).with_details(json!({ "branches": branches }))
        }
        SourceFault::OutsideRoot | SourceFault::NotFound | SourceFault::Refused(_) => Fault::field("location", message),
        SourceFault::TooManyFiles { .. } => Fault::new(Code::Validation, message),
        SourceFault::Unreadable(_) => Fault::new(Code::Upstream, message),
        SourceFault::Busy { seconds, .. } => {
            let mut fault = Fault::new(Code::Upstream, message);
            fault.retry_after = Some(seconds);
            fault
        }
    }
}
