//! What there is to read without asking for it: the project at a glance, and its features.
use crate::server::Server;
use factory::{
    documents::{self, DocumentArea, DocumentType},
    export::{self, Format},
    overview,
};
use kernel::{Fault, db::TenantTx};
use rmcp::model::{Resource, ResourceContents};

const OVERVIEW: &str = "project://overview";
const FEATURES: &str = "project://features";

pub(crate) fn list() -> Vec<Resource> {
    vec![
        Resource::new(OVERVIEW, "overview")
            .with_title("Project overview")
            .with_description("What the project is, how its features stand, and its overview document.")
            .with_mime_type("text/markdown"),
        Resource::new(FEATURES, "features")
            .with_title("Features")
            .with_description("Every feature with key, status, priority and acceptance criteria.")
            .with_mime_type("application/json"),
    ]
}

/// The text of a resource; `None`: there is none of this name.
pub(crate) async fn read(server: &Server, uri: &str) -> Option<Result<ResourceContents, Fault>> {
    let (text, kind) = match uri {
        OVERVIEW => (server.reading(overview_of).await, "text/markdown"),
        FEATURES => {
            let file = server.reading(async |tx, slug| export::export(tx, slug, Format::Json).await).await;
            (file.map(|file| file.text), "application/json")
        }
        _ => return None,
    };
    Some(text.map(|text| ResourceContents::text(text, uri).with_mime_type(kind)))
}

async fn overview_of(tx: &mut TenantTx, slug: &str) -> Result<String, Fault> {
    let seen = overview::overview(tx, slug).await?;
    let (project, counts) = (&seen.project, &seen.counts);
    let mut text = format!("# {}\n\n", project.name);
    if let Some(about) = &project.description {
        text.push_str(&format!("{about}\n\n"));
    }
    text.push_str(&format!("- Status: {}\n", project.status.words()));
    if let Some(repository) = &project.repo_url {
        text.push_str(&format!("- Repository: {repository} (branch {})\n", project.branch));
    }
    text.push_str(&format!(
        "- Features: {} ({} passing, {} failing, {} in progress, {} pending, {} blocked)\n",
        counts.total(),
        counts.passing,
        counts.failing,
        counts.in_progress,
        counts.pending,
        counts.blocked
    ));
    let tree = documents::tree(tx, slug, DocumentArea::Refinery).await?;
    for document in tree.documents.iter().filter(|d| d.kind == DocumentType::ProductOverview) {
        let content = documents::content(tx, document.id).await?.content;
        let body = richtext::markdown::document(&richtext::Doc::salvage(&content).0);
        text.push_str(&format!("\n## {}\n\n{body}\n", document.title));
    }
    Ok(text)
}
