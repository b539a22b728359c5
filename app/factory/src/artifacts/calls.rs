//! The server functions of artifacts.
use factory::artifacts::{Artifact, ArtifactDetail, ArtifactPage, ArtifactPatch, ArtifactQuery, Folder, FolderInput, FolderPatch};
use kit::{AppError, Client};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A folder on screen, with all folders that files may be moved to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArtifactsView {
    pub project: Uuid,
    pub page: ArtifactPage,
    pub folders: Vec<Folder>,
    /// The reader may bring and change files.
    pub may_write: bool,
}

/// A file in its drawer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenArtifact {
    pub project: Uuid,
    pub may_write: bool,
    pub detail: ArtifactDetail,
}

/// The content of a folder.
#[server(client = Client, input = Json, output = kit::Wire)]
pub async fn artifacts_show(project: String, query: ArtifactQuery) -> Result<ArtifactsView, AppError> {
    kit::call::read_tenant(async |tx| {
        let found = factory::projects::by_slug(tx, &project).await?;
        let may_write = tx.actor().may(kernel::Perm::FactoryWrite);
        Ok(ArtifactsView {
            project: found.id,
            page: factory::artifacts::page(tx, &project, &query, None).await?,
            folders: factory::artifacts::folders(tx, &project).await?,
            may_write,
        })
    })
    .await
}

/// One file with the beginning of its text.
#[server(client = Client, output = kit::Wire)]
pub async fn artifact_get(project: String, id: Uuid) -> Result<OpenArtifact, AppError> {
    kit::call::read_tenant(async |tx| {
        let found = factory::projects::by_slug(tx, &project).await?;
        let may_write = tx.actor().may(kernel::Perm::FactoryWrite);
        Ok(OpenArtifact { project: found.id, may_write, detail: factory::artifacts::detail(tx, &project, id).await? })
    })
    .await
}

/// How many pages a PDF has.
#[server(client = Client, output = kit::Wire)]
pub async fn artifact_pages(project: Uuid, id: Uuid) -> Result<usize, AppError> {
    kit::call::as_member(async |app, actor| factory::artifacts::count(app, actor, project, id).await).await
}

/// Renames or moves a file.
#[server(client = Client, input = Json, output = kit::Wire)]
pub async fn artifact_update(id: Uuid, rev: String, patch: ArtifactPatch) -> Result<Artifact, AppError> {
    kit::call::in_tenant(async |tx| factory::artifacts::update(tx, id, &rev, &patch).await).await
}

/// Deletes a file; it can be brought back.
#[server(client = Client, output = kit::Wire)]
pub async fn artifact_remove(id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::artifacts::remove(tx, id).await).await
}

/// Brings a file back.
#[server(client = Client, output = kit::Wire)]
pub async fn artifact_restore(id: Uuid) -> Result<Artifact, AppError> {
    kit::call::in_tenant(async |tx| factory::artifacts::restore(tx, id).await).await
}

/// Reads a file that failed once more.
#[server(client = Client, output = kit::Wire)]
pub async fn artifact_reprocess(id: Uuid) -> Result<Artifact, AppError> {
    kit::call::in_tenant(async |tx| factory::artifacts::reprocess(tx, id).await).await
}

/// Makes a folder.
#[server(client = Client, input = Json, output = kit::Wire)]
pub async fn folder_create(project: String, input: FolderInput) -> Result<Folder, AppError> {
    kit::call::in_tenant(async |tx| factory::artifacts::folder_create(tx, &project, &input).await).await
}

/// Renames or moves a folder.
#[server(client = Client, input = Json, output = kit::Wire)]
pub async fn folder_update(id: Uuid, rev: String, patch: FolderPatch) -> Result<Folder, AppError> {
    kit::call::in_tenant(async |tx| factory::artifacts::folder_update(tx, id, &rev, &patch).await).await
}

/// Takes a folder away; its files stay.
#[server(client = Client, output = kit::Wire)]
pub async fn folder_remove(id: Uuid, rev: String) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::artifacts::folder_remove(tx, id, &rev).await).await
}
