//! The server functions of refinery and foundry. Each reaches one service in one transaction.
use factory::{
    artifacts::Picture,
    comments::{CommentInput, ParentType, Threads},
    documents::{
        DeletedDocument, Document, DocumentArea, DocumentDetail, DocumentInput, DocumentPatch, DocumentTree, FileFormat, Initialised,
    },
    drift::DriftAlert,
    exports::{ExportRun, ExportScope},
    mentions::MentionTarget,
    review::{Answers, Suggested},
    suggestions::{Decision, Suggestion},
    templates::{Strategy, Template, TemplateInput},
    versions::{Version, VersionDiff, VersionPage, VersionRow},
};
use kit::{AppError, Client};
use leptos::{
    prelude::*,
    server_fn::codec::{Json, MultipartData, MultipartFormData},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

/// The documents of an area as a tree.
#[server(client = Client, output = kit::Wire)]
pub async fn documents_tree(project: String, area: DocumentArea) -> Result<DocumentTree, AppError> {
    kit::call::read_tenant(async |tx| factory::documents::tree(tx, &project, area).await).await
}

/// One document with its surroundings.
#[server(client = Client, output = kit::Wire)]
pub async fn document_get(project: String, area: DocumentArea, slug: String) -> Result<DocumentDetail, AppError> {
    kit::call::read_tenant(async |tx| factory::documents::by_slug(tx, &project, area, &slug).await).await
}

/// Adds a document.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn document_create(project: String, input: DocumentInput) -> Result<Document, AppError> {
    kit::call::in_tenant(async |tx| factory::documents::create(tx, &project, &input).await).await
}

/// Changes title, place or diagram of a document.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn document_update(id: Uuid, rev: String, patch: DocumentPatch) -> Result<Document, AppError> {
    kit::call::in_tenant(async |tx| factory::documents::update(tx, id, &rev, &patch).await).await
}

/// Puts a document after another of its type.
#[server(client = Client, output = kit::Wire)]
pub async fn document_place(id: Uuid, rev: String, after: Option<Uuid>) -> Result<Document, AppError> {
    kit::call::in_tenant(async |tx| factory::documents::place(tx, id, &rev, after).await).await
}

/// Deletes a document.
#[server(client = Client, output = kit::Wire)]
pub async fn document_remove(id: Uuid, rev: String) -> Result<Document, AppError> {
    kit::call::in_tenant(async |tx| factory::documents::remove(tx, id, &rev).await).await
}

/// Brings a deleted document back.
#[server(client = Client, output = kit::Wire)]
pub async fn document_restore(id: Uuid) -> Result<Document, AppError> {
    kit::call::in_tenant(async |tx| factory::documents::restore(tx, id).await).await
}

/// The deleted documents of a project.
#[server(client = Client, output = kit::Wire)]
pub async fn documents_deleted(project: String) -> Result<Vec<DeletedDocument>, AppError> {
    kit::call::read_tenant(async |tx| factory::documents::deleted(tx, &project).await).await
}

/// Adds the foundations and diagrams of a template that are missing.
#[server(client = Client, output = kit::Wire)]
pub async fn foundry_initialise(project: String, template: Option<Uuid>) -> Result<Initialised, AppError> {
    kit::call::in_tenant(async |tx| factory::documents::initialise(tx, &project, template).await).await
}

/// A page of the history of a document.
#[server(client = Client, output = kit::Wire)]
pub async fn versions_list(document: Uuid, before: Option<i32>) -> Result<VersionPage, AppError> {
    kit::call::read_tenant(async |tx| factory::versions::list(tx, document, before, None).await).await
}

/// One version of a document.
#[server(client = Client, output = kit::Wire)]
pub async fn version_get(document: Uuid, number: i32) -> Result<Version, AppError> {
    kit::call::read_tenant(async |tx| factory::versions::get(tx, document, number).await).await
}

/// Saves what the document says as a version.
#[server(client = Client, output = kit::Wire)]
pub async fn version_save(document: Uuid, #[server(default)] summary: String) -> Result<VersionRow, AppError> {
    kit::call::in_tenant(async |tx| factory::versions::save(tx, document, &summary).await).await
}

/// Goes back to a version.
#[server(client = Client, output = kit::Wire)]
pub async fn version_restore(document: Uuid, number: i32) -> Result<VersionRow, AppError> {
    kit::call::in_tenant(async |tx| factory::versions::restore(tx, document, number).await).await
}

/// Compares a version with another, or with what the document says now.
#[server(client = Client, output = kit::Wire)]
pub async fn document_version_diff(document: Uuid, number: i32, with: Option<i32>) -> Result<VersionDiff, AppError> {
    kit::call::read_tenant(async |tx| factory::versions::diff(tx, document, number, with).await).await
}

/// The threads of a document, work order or feedback item.
#[server(client = Client, output = kit::Wire)]
pub async fn comments_list(kind: ParentType, parent: Uuid) -> Result<Threads, AppError> {
    kit::call::read_tenant(async |tx| factory::comments::threads(tx, kind, parent).await).await
}

/// Adds a comment or an answer.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn comment_add(kind: ParentType, parent: Uuid, input: CommentInput) -> Result<Uuid, AppError> {
    kit::call::in_tenant(async |tx| factory::comments::add(tx, kind, parent, &input).await).await
}

/// Changes one's own comment.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn comment_edit(id: Uuid, input: CommentInput) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::comments::edit(tx, id, &input).await).await
}

/// Deletes one's own comment.
#[server(client = Client, output = kit::Wire)]
pub async fn comment_remove(id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::comments::remove(tx, id).await).await
}

/// Resolves a thread or opens it again.
#[server(client = Client, output = kit::Wire)]
pub async fn comment_resolve(id: Uuid, resolved: bool) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::comments::resolve(tx, id, resolved).await).await
}

/// Who and what can be mentioned.
#[server(client = Client, output = kit::Wire)]
pub async fn mentions_search(project: String, typed: String) -> Result<Vec<MentionTarget>, AppError> {
    kit::call::read_tenant(async |tx| factory::mentions::search(tx, &project, &typed).await).await
}

/// The latest suggestions of a document.
#[server(client = Client, output = kit::Wire)]
pub async fn suggestions_list(document: Uuid) -> Result<Vec<Suggestion>, AppError> {
    kit::call::read_tenant(async |tx| factory::suggestions::list(tx, document).await).await
}

/// Takes and leaves parts of a suggestion.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn suggestion_decide(id: Uuid, decision: Decision) -> Result<Suggestion, AppError> {
    kit::call::in_tenant(async |tx| factory::suggestions::decide(tx, id, &decision).await).await
}

/// Reviews a document; answers how many findings there are.
#[server(client = Client, output = kit::Wire)]
pub async fn review_run(document: Uuid) -> Result<usize, AppError> {
    kit::call::in_tenant(async |tx| factory::review::review(tx, document).await).await
}

/// Makes a draft of the overview and proposed features from four answers.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn interview_start(project: String, answers: Answers) -> Result<Suggested, AppError> {
    kit::call::in_tenant(async |tx| factory::review::interview(tx, &project, &answers).await).await
}

/// What may be stale in a document, and why.
#[server(client = Client, output = kit::Wire)]
pub async fn document_drift(document: Uuid) -> Result<Vec<DriftAlert>, AppError> {
    kit::call::read_tenant(async |tx| {
        factory::documents::get(tx, document).await?;
        let found = factory::drift::of_entities(tx, factory::graph::EntityKind::Document, &[document]).await?;
        Ok(found.into_iter().map(|(_, alert)| alert).collect())
    })
    .await
}

/// A file for the browser to save.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedFile {
    pub name: String,
    pub mime: String,
    /// In base64.
    pub bytes: String,
}

/// A document as a file. `drawn`: its diagrams as the browser drew them, SVG by source.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn document_export(document: Uuid, format: FileFormat, drawn: HashMap<String, String>) -> Result<SavedFile, AppError> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let file = kit::call::read_tenant(async |tx| factory::documents::export(tx, document, format, drawn).await).await?;
    Ok(SavedFile { name: file.name, mime: file.mime.to_owned(), bytes: STANDARD.encode(file.bytes) })
}

/// The latest exports of a project.
#[server(client = Client, output = kit::Wire)]
pub async fn exports_list(project: String) -> Result<Vec<ExportRun>, AppError> {
    kit::call::read_tenant(async |tx| factory::exports::list(tx, &project).await).await
}

/// Queues an export of a project.
#[server(client = Client, output = kit::Wire)]
pub async fn export_start(project: String, scope: ExportScope, format: FileFormat) -> Result<Uuid, AppError> {
    kit::call::in_tenant(async |tx| factory::exports::start(tx, &project, scope, format).await).await
}

/// Lets a document say what a file says, as its next version.
#[server(client = Client, output = kit::Wire, input = MultipartFormData)]
pub async fn document_import(data: MultipartData) -> Result<VersionRow, AppError> {
    let file = kit::upload::read(data, "document", factory::documents::MAX_IMPORT).await?;
    kit::call::in_tenant(async |tx| factory::documents::import(tx, named(&file.text)?, &file.name, file.bytes).await).await
}

/// Stores a picture of a document.
#[server(client = Client, output = kit::Wire, input = MultipartFormData)]
pub async fn picture_add(data: MultipartData) -> Result<Picture, AppError> {
    let file = kit::upload::read(data, "document", factory::artifacts::MAX_PICTURE).await?;
    kit::call::in_tenant(async |tx| factory::artifacts::add_picture(tx, named(&file.text)?, &file.name, file.bytes).await).await
}

/// The document a form is about.
#[cfg(feature = "ssr")]
fn named(id: &str) -> Result<Uuid, kernel::Fault> {
    id.parse().map_err(|_| kernel::Fault::not_found("The document"))
}

/// Proposes work orders for a blueprint.
#[server(client = Client, output = kit::Wire)]
pub async fn orders_extract(document: Uuid, strategy: Option<Strategy>) -> Result<Suggested, AppError> {
    kit::call::in_tenant(async |tx| factory::review::extract(tx, document, strategy).await).await
}

/// Templates, and whether the reader may write those of the organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplatesView {
    pub templates: Vec<Template>,
    pub may_manage: bool,
}

/// The templates a project may use.
#[server(client = Client, output = kit::Wire)]
pub async fn templates_list(project: String) -> Result<TemplatesView, AppError> {
    kit::call::read_tenant(async |tx| {
        let may_manage = tx.actor().may(kernel::Perm::FactoryManage);
        Ok(TemplatesView { templates: factory::templates::list(tx, Some(&project)).await?, may_manage })
    })
    .await
}

/// Adds a template to a project.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn template_create(project: String, input: TemplateInput) -> Result<Template, AppError> {
    kit::call::in_tenant(async |tx| factory::templates::create(tx, Some(&project), &input).await).await
}

/// Changes a template.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn template_update(id: Uuid, rev: String, input: TemplateInput) -> Result<Template, AppError> {
    kit::call::in_tenant(async |tx| factory::templates::update(tx, id, &rev, &input).await).await
}

/// Deletes a template.
#[server(client = Client, output = kit::Wire)]
pub async fn template_remove(id: Uuid, rev: String) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::templates::remove(tx, id, &rev).await).await
}

/// Copies a project's template into the organization.
#[server(client = Client, output = kit::Wire)]
pub async fn template_promote(id: Uuid) -> Result<Template, AppError> {
    kit::call::in_tenant(async |tx| factory::templates::promote(tx, id).await).await
}
