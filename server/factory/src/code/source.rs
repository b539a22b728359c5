//! Opening the repository of a project, whoever keeps it.
use super::RepoProvider;
use indexing::{Source, SourceFault, git::LocalGit};
use kernel::{Code, Fault, app::App};
use serde_json::json;
use std::sync::Arc;

/// A repository as its row says.
#[derive(Clone, Debug)]
pub struct Repo {
    pub provider: RepoProvider,
    pub location: String,
}

/// The repository, ready to be read.
pub async fn open(app: &App, repo: &Repo) -> Result<Arc<dyn Source>, SourceFault> {
    match repo.provider {
        RepoProvider::Local => {
            let (root, location) = (app.config.git.root.clone(), repo.location.clone());
            let opened = tokio::task::spawn_blocking(move || LocalGit::open(&root, &location)).await;
            Ok(Arc::new(opened.map_err(|error| SourceFault::Unreadable(error.to_string()))??))
        }
        other => Err(SourceFault::Unreadable(format!("{} is not set up for this organization.", other.words()))),
    }
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
        SourceFault::OutsideRoot | SourceFault::NotFound => Fault::field("location", message),
        SourceFault::TooManyFiles { .. } => Fault::new(Code::Validation, message),
        SourceFault::Unreadable(_) => Fault::new(Code::Upstream, message),
    }
}
