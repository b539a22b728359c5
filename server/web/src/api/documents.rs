//! `/api/projects/{project}/refinery/documents` and `/foundry/blueprints`: documents, their versions, files and comments.
use super::{
    Answer, Endpoint,
    files::disposition,
    openapi::{Doc, doc},
    project::{changing, reading},
};
use crate::{
    ApiFault,
    extract::{Json, Path, Query},
};
use axum::{
    Extension,
    body::Body,
    extract::Multipart,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{delete, get, patch, post},
};
use factory::{
    comments::{self, CommentInput, ParentType},
    documents::{self, Document, DocumentArea, DocumentInput, DocumentPatch, DocumentType, FileFormat},
    exports::{self, ExportScope},
    suggestions::{self, Decision},
    versions,
};
use kernel::{Code, Fault, db::TenantTx, request::Request};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// The two areas have the same endpoints under their own names.
macro_rules! area {
    ($base:literal, $area:ident) => {
        vec![
            ("GET", $base, get(async |r, p, q| list($area, r, p, q).await)),
            ("POST", $base, post(async |r, p, b| create($area, r, p, b).await)),
            ("GET", concat!($base, "/{id}"), get(one)),
            ("PATCH", concat!($base, "/{id}"), patch(update)),
            ("DELETE", concat!($base, "/{id}"), delete(remove)),
            ("POST", concat!($base, "/{id}/restore"), post(restore)),
            ("GET", concat!($base, "/{id}/versions"), get(history)),
            ("POST", concat!($base, "/{id}/versions"), post(save)),
            ("GET", concat!($base, "/{id}/versions/{number}"), get(version)),
            ("GET", concat!($base, "/{id}/versions/{number}/diff"), get(diff)),
            ("POST", concat!($base, "/{id}/versions/{number}/restore"), post(restore_version)),
            ("POST", concat!($base, "/{id}/import"), post(import)),
            ("GET", concat!($base, "/{id}/export"), get(export)),
            ("GET", concat!($base, "/{id}/comments"), get(threads)),
            ("POST", concat!($base, "/{id}/comments"), post(comment)),
        ]
    };
}

const REFINERY: DocumentArea = DocumentArea::Refinery;
const FOUNDRY: DocumentArea = DocumentArea::Foundry;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all: Vec<Endpoint> = area!("/api/projects/{project}/refinery/documents", REFINERY);
    all.extend(area!("/api/projects/{project}/foundry/blueprints", FOUNDRY) as Vec<Endpoint>);
    all.push(("POST", "/api/projects/{project}/foundry/initialize", post(initialise)));
    all.push(("GET", "/api/projects/{project}/suggestions", get(suggested)));
    all.push(("POST", "/api/projects/{project}/suggestions/{id}/decide", post(decide)));
    all.push(("POST", "/api/projects/{project}/export", post(export_all)));
    all.push(("GET", "/api/projects/{project}/exports", get(exports)));
    all
}

/// What the endpoints above say of themselves: query, body, answer.
pub(super) const DOCS: &[Doc] = &[
    doc(
        "GET /api/projects/{project}/refinery/documents",
        "The documents in the order of their tree.",
        "type?: DocumentType, featureId?: uuid",
        "",
        "200 list DocumentRow",
    ),
    doc(
        "POST /api/projects/{project}/refinery/documents",
        "Writes a document, from a template unless it is to be blank.",
        "",
        "type: DocumentType, title?: string, featureId?: uuid, templateId?: uuid, blank?: boolean",
        "201 Document",
    ),
    doc("GET /api/projects/{project}/refinery/documents/{id}", "One document with its text as it is now.", "", "", "200 Document"),
    doc(
        "PATCH /api/projects/{project}/refinery/documents/{id}",
        "Changes title, place or diagram; the text is written by live editing or import.",
        "",
        "rev: string, title?: string, sortOrder?: integer, diagramSource?: string",
        "200 Document",
    ),
    doc("DELETE /api/projects/{project}/refinery/documents/{id}", "Deletes a document; it can be restored.", "rev?: string", "", "204"),
    doc("POST /api/projects/{project}/refinery/documents/{id}/restore", "Brings a deleted document back.", "", "", "200 Document"),
    doc(
        "GET /api/projects/{project}/refinery/documents/{id}/versions",
        "The versions, the latest first: 20 a page, at most 100.",
        "cursor?: integer, limit?: integer",
        "",
        "200 list Version",
    ),
    doc(
        "POST /api/projects/{project}/refinery/documents/{id}/versions",
        "Saves what it says now as a version.",
        "",
        "changeSummary?: string",
        "201 Version",
    ),
    doc("GET /api/projects/{project}/refinery/documents/{id}/versions/{number}", "One version with its text.", "", "", "200 Version"),
    doc(
        "GET /api/projects/{project}/refinery/documents/{id}/versions/{number}/diff",
        "What differs between two versions; without the other: what it says now.",
        "compareWith?: integer",
        "",
        "200 from: integer, to?: integer, diff: any",
    ),
    doc(
        "POST /api/projects/{project}/refinery/documents/{id}/versions/{number}/restore",
        "Makes it say again what a version says, as a new version.",
        "",
        "",
        "201 Version",
    ),
    doc(
        "POST /api/projects/{project}/refinery/documents/{id}/import",
        "A .md or .docx file becomes its text, as a new version.",
        "",
        "file",
        "201 object",
    ),
    doc(
        "GET /api/projects/{project}/refinery/documents/{id}/export",
        "The file of it; diagrams stand there as their source.",
        "format: md|docx",
        "",
        "200 file",
    ),
    doc("GET /api/projects/{project}/refinery/documents/{id}/comments", "The threads, the open ones first.", "", "", "200 list Thread"),
    doc(
        "POST /api/projects/{project}/refinery/documents/{id}/comments",
        "Comments, or answers a thread.",
        "",
        "text: string, threadId?: uuid, named?: any[], anchor?: any",
        "201 Comment",
    ),
    doc(
        "GET /api/projects/{project}/foundry/blueprints",
        "The blueprints in the order of their tree.",
        "type?: DocumentType, featureId?: uuid",
        "",
        "200 list DocumentRow",
    ),
    doc(
        "POST /api/projects/{project}/foundry/blueprints",
        "Writes a blueprint, from a template unless it is to be blank.",
        "",
        "type: DocumentType, title?: string, featureId?: uuid, templateId?: uuid, blank?: boolean",
        "201 Document",
    ),
    doc("GET /api/projects/{project}/foundry/blueprints/{id}", "One blueprint with its text as it is now.", "", "", "200 Document"),
    doc(
        "PATCH /api/projects/{project}/foundry/blueprints/{id}",
        "Changes title, place or diagram; the text is written by live editing or import.",
        "",
        "rev: string, title?: string, sortOrder?: integer, diagramSource?: string",
        "200 Document",
    ),
    doc("DELETE /api/projects/{project}/foundry/blueprints/{id}", "Deletes a blueprint; it can be restored.", "rev?: string", "", "204"),
    doc("POST /api/projects/{project}/foundry/blueprints/{id}/restore", "Brings a deleted blueprint back.", "", "", "200 Document"),
    doc(
        "GET /api/projects/{project}/foundry/blueprints/{id}/versions",
        "The versions, the latest first: 20 a page, at most 100.",
        "cursor?: integer, limit?: integer",
        "",
        "200 list Version",
    ),
    doc(
        "POST /api/projects/{project}/foundry/blueprints/{id}/versions",
        "Saves what it says now as a version.",
        "",
        "changeSummary?: string",
        "201 Version",
    ),
    doc("GET /api/projects/{project}/foundry/blueprints/{id}/versions/{number}", "One version with its text.", "", "", "200 Version"),
    doc(
        "GET /api/projects/{project}/foundry/blueprints/{id}/versions/{number}/diff",
        "What differs between two versions; without the other: what it says now.",
        "compareWith?: integer",
        "",
        "200 from: integer, to?: integer, diff: any",
    ),
    doc(
        "POST /api/projects/{project}/foundry/blueprints/{id}/versions/{number}/restore",
        "Makes it say again what a version says, as a new version.",
        "",
        "",
        "201 Version",
    ),
    doc(
        "POST /api/projects/{project}/foundry/blueprints/{id}/import",
        "A .md or .docx file becomes its text, as a new version.",
        "",
        "file",
        "201 object",
    ),
    doc(
        "GET /api/projects/{project}/foundry/blueprints/{id}/export",
        "The file of it; diagrams stand there as their source.",
        "format: md|docx",
        "",
        "200 file",
    ),
    doc("GET /api/projects/{project}/foundry/blueprints/{id}/comments", "The threads, the open ones first.", "", "", "200 list Thread"),
    doc(
        "POST /api/projects/{project}/foundry/blueprints/{id}/comments",
        "Comments, or answers a thread.",
        "",
        "text: string, threadId?: uuid, named?: any[], anchor?: any",
        "201 Comment",
    ),
    doc(
        "POST /api/projects/{project}/foundry/initialize",
        "Adds the blueprints and diagrams a template lists and that are not there yet.",
        "",
        "templateId?: uuid",
        "200 blueprintsCreated: integer, blueprints: any[]",
    ),
    doc(
        "GET /api/projects/{project}/suggestions",
        "The suggestions of a document, those with something to decide first.",
        "documentId: uuid",
        "",
        "200 list Suggestion",
    ),
    doc(
        "POST /api/projects/{project}/suggestions/{id}/decide",
        "Takes and leaves parts of a suggestion.",
        "",
        "accept?: uuid[], reject?: uuid[], force?: boolean",
        "200 Suggestion",
    ),
    doc(
        "POST /api/projects/{project}/export",
        "Queues an export of the project as a file.",
        "",
        "format: md|docx|pdf, scope?: any",
        "202 jobId: uuid",
    ),
    doc("GET /api/projects/{project}/exports", "The latest exports with their files.", "", "", "200 list Export"),
];

/// A document as the API shows it.
fn shown(d: &Document) -> Value {
    json!({
        "id": d.id, "rev": d.rev, "projectId": d.project_id, "featureId": d.feature_id, "type": d.kind, "title": d.title, "slug": d.slug,
        "templateId": d.template_id, "sortOrder": d.sort_order, "createdAt": d.created_at, "updatedAt": d.updated_at,
    })
}

/// A live document of the project in the address, or 404.
async fn in_it(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<Document, Fault> {
    documents::get(tx, id).await.ok().filter(|d| d.project_id == project).ok_or_else(|| Fault::not_found("The document"))
}

type Req = Extension<Request>;
type Of = Path<(Uuid, Uuid)>;

#[derive(Deserialize)]
struct Filter {
    #[serde(rename = "type")]
    kind: Option<DocumentType>,
    #[serde(rename = "featureId")]
    feature: Option<Uuid>,
}

/// The documents of an area in the order of its tree.
async fn list(area: DocumentArea, Extension(request): Req, Path(project): Path<Uuid>, Query(f): Query<Filter>) -> Answer<Json<Value>> {
    let tree = reading(&request, project, async |tx, slug| documents::tree(tx, slug, area).await).await?;
    let fits = |d: &&documents::DocumentRow| f.kind.is_none_or(|k| d.kind == k) && f.feature.is_none_or(|id| d.feature_id == Some(id));
    let items: Vec<Value> = tree
        .documents
        .iter()
        .filter(fits)
        .map(|d| {
            json!({
                "id": d.id, "rev": d.rev, "type": d.kind, "title": d.title, "slug": d.slug, "featureId": d.feature_id,
                "updatedAt": d.updated_at, "drifted": d.drifted, "pendingSuggestions": d.suggestions,
            })
        })
        .collect();
    let total = items.len();
    Ok(Json(json!({ "items": items, "nextCursor": null, "totalCount": total })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct New {
    #[serde(rename = "type")]
    kind: DocumentType,
    #[serde(default)]
    title: String,
    feature_id: Option<Uuid>,
    template_id: Option<Uuid>,
    #[serde(default)]
    blank: bool,
}

async fn create(area: DocumentArea, Extension(request): Req, Path(project): Path<Uuid>, Json(new): Json<New>) -> Answer<Response> {
    let input =
        DocumentInput { kind: new.kind, title: new.title, feature_id: new.feature_id, template_id: new.template_id, blank: new.blank };
    let made = changing(&request, project, async |tx, slug| {
        if input.kind.area() != area {
            return Err(Fault::field("type", format!("belongs to the {}", input.kind.area().as_str())));
        }
        documents::create(tx, slug, &input).await
    })
    .await?;
    Ok((StatusCode::CREATED, Json(shown(&made))).into_response())
}

/// One document with its text.
async fn one(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let (document, text) = reading(&request, project, async |tx, _| {
        let document = in_it(tx, project, id).await?;
        let text = documents::content(tx, id).await?;
        Ok((document, text))
    })
    .await?;
    let mut answer = shown(&document);
    answer["content"] = text.content;
    answer["diagramSource"] = json!(text.diagram);
    answer["contentHash"] = json!(text.hash);
    Ok(Json(answer))
}

#[derive(Deserialize)]
struct Change {
    rev: String,
    #[serde(flatten)]
    patch: DocumentPatch,
}

async fn update(Extension(request): Req, Path((project, id)): Of, Json(change): Json<Change>) -> Answer<Json<Value>> {
    let document = changing(&request, project, async |tx, _| {
        in_it(tx, project, id).await?;
        documents::update(tx, id, &change.rev, &change.patch).await
    })
    .await?;
    Ok(Json(shown(&document)))
}

#[derive(Deserialize)]
struct Rev {
    /// Without it the document goes as it is now.
    rev: Option<String>,
}

async fn remove(Extension(request): Req, Path((project, id)): Of, Query(Rev { rev }): Query<Rev>) -> Answer<StatusCode> {
    changing(&request, project, async |tx, _| {
        let now = in_it(tx, project, id).await?;
        documents::remove(tx, id, rev.as_deref().unwrap_or(&now.rev)).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn restore(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let document = changing(&request, project, async |tx, slug| {
        if !documents::deleted(tx, slug).await?.iter().any(|d| d.id == id) {
            in_it(tx, project, id).await?;
        }
        documents::restore(tx, id).await
    })
    .await?;
    Ok(Json(shown(&document)))
}

#[derive(Deserialize)]
struct History {
    cursor: Option<i32>,
    limit: Option<u32>,
}

/// The versions, the latest first.
async fn history(Extension(request): Req, Path((project, id)): Of, Query(h): Query<History>) -> Answer<Json<Value>> {
    let page = reading(&request, project, async |tx, _| {
        in_it(tx, project, id).await?;
        versions::list(tx, id, h.cursor, h.limit).await
    })
    .await?;
    Ok(Json(json!({ "items": page.items, "nextCursor": page.next.map(|n| n.to_string()), "totalCount": page.total_count })))
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Summary {
    change_summary: String,
}

async fn save(Extension(request): Req, Path((project, id)): Of, Json(s): Json<Summary>) -> Answer<Response> {
    let made = changing(&request, project, async |tx, _| {
        in_it(tx, project, id).await?;
        versions::save(tx, id, &s.change_summary).await
    })
    .await?;
    Ok((StatusCode::CREATED, Json(json!(made))).into_response())
}

type OfVersion = Path<(Uuid, Uuid, i32)>;

async fn version(Extension(request): Req, Path((project, id, number)): OfVersion) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, _| {
        in_it(tx, project, id).await?;
        versions::get(tx, id, number).await
    })
    .await?;
    Ok(Json(json!(found)))
}

#[derive(Deserialize)]
struct With {
    /// Without it: what the document says now.
    #[serde(rename = "compareWith")]
    other: Option<i32>,
}

async fn diff(Extension(request): Req, Path((project, id, number)): OfVersion, Query(With { other }): Query<With>) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, _| {
        in_it(tx, project, id).await?;
        versions::diff(tx, id, number, other).await
    })
    .await?;
    Ok(Json(json!(found)))
}

async fn restore_version(Extension(request): Req, Path((project, id, number)): OfVersion) -> Answer<Response> {
    let made = changing(&request, project, async |tx, _| {
        in_it(tx, project, id).await?;
        versions::restore(tx, id, number).await
    })
    .await?;
    Ok((StatusCode::CREATED, Json(json!(made))).into_response())
}

/// A file (`multipart/form-data`, field `file`) becomes the text, as a new version.
async fn import(
    Extension(request): Req,
    Path((project, id)): Of,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Answer<Response> {
    let file = match form {
        Ok(form) => file(form).await,
        Err(error) => Err(Fault::new(Code::UnsupportedMedia, error.body_text())),
    };
    let made = changing(&request, project, async |tx, _| {
        in_it(tx, project, id).await?;
        let (name, bytes) = file?;
        documents::import(tx, id, &name, bytes).await
    })
    .await?;
    Ok((StatusCode::CREATED, Json(json!(made))).into_response())
}

async fn file(mut form: Multipart) -> Result<(String, Vec<u8>), Fault> {
    let unread = |_| Fault::new(Code::BadRequest, "The file could not be read.");
    while let Some(mut field) = form.next_field().await.map_err(unread)? {
        let Some(name) = field.file_name().map(str::to_owned) else { continue };
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(unread)? {
            if bytes.len() + chunk.len() > documents::MAX_IMPORT {
                return Err(Fault::new(Code::TooLarge, "The file is larger than 10 MB."));
            }
            bytes.extend_from_slice(&chunk);
        }
        return Ok((name, bytes));
    }
    Err(Fault::field("file", "is required: send a form with a .md or .docx file"))
}

#[derive(Deserialize)]
struct Format {
    #[serde(default)]
    format: String,
}

/// The document as a file; diagrams stand there as their source.
async fn export(Extension(request): Req, Path((project, id)): Of, Query(f): Query<Format>) -> Answer<Response> {
    let format = FileFormat::parse(&f.format).ok_or_else(|| ApiFault(Fault::field("format", "is md or docx")));
    let file = reading(&request, project, async |tx, _| {
        in_it(tx, project, id).await?;
        documents::export(tx, id, format.map_err(|fault| fault.0)?, HashMap::new()).await
    })
    .await?;
    Ok(attachment(&file.name, file.mime, Body::from(file.bytes)))
}

async fn threads(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, _| {
        in_it(tx, project, id).await?;
        comments::threads(tx, ParentType::Document, id).await
    })
    .await?;
    Ok(Json(json!({ "items": found.threads, "nextCursor": null, "totalCount": found.open + found.resolved })))
}

async fn comment(Extension(request): Req, Path((project, id)): Of, Json(input): Json<CommentInput>) -> Answer<Response> {
    let made = changing(&request, project, async |tx, _| {
        in_it(tx, project, id).await?;
        comments::add(tx, ParentType::Document, id, &input).await
    })
    .await?;
    Ok((StatusCode::CREATED, Json(json!({ "id": made }))).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct From {
    template_id: Option<Uuid>,
}

/// Adds what a template lists and is not there yet.
async fn initialise(Extension(request): Req, Path(project): Path<Uuid>, Json(f): Json<From>) -> Answer<Json<Value>> {
    let made = changing(&request, project, async |tx, slug| documents::initialise(tx, slug, f.template_id).await).await?;
    Ok(Json(json!(made)))
}

#[derive(Deserialize)]
struct About {
    #[serde(rename = "documentId")]
    document: Uuid,
}

/// The suggestions of a document, those with something to decide first.
async fn suggested(Extension(request): Req, Path(project): Path<Uuid>, Query(about): Query<About>) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, _| {
        in_it(tx, project, about.document).await?;
        suggestions::list(tx, about.document).await
    })
    .await?;
    let total = found.len();
    Ok(Json(json!({ "items": found, "nextCursor": null, "totalCount": total })))
}

/// Takes and leaves parts.
async fn decide(Extension(request): Req, Path((project, id)): Of, Json(decision): Json<Decision>) -> Answer<Json<Value>> {
    let after = changing(&request, project, async |tx, _| {
        let document = suggestions::get(tx, id).await?.document_id;
        in_it(tx, project, document).await.map_err(|_| Fault::not_found("The suggestion"))?;
        suggestions::decide(tx, id, &decision).await
    })
    .await?;
    Ok(Json(json!(after)))
}

#[derive(Deserialize)]
struct Whole {
    format: FileFormat,
    #[serde(default)]
    scope: ExportScope,
}

/// Queues an export of the project; `/exports` and `/jobs` tell how far it is.
async fn export_all(Extension(request): Req, Path(project): Path<Uuid>, Json(w): Json<Whole>) -> Answer<Response> {
    let job = changing(&request, project, async |tx, slug| exports::start(tx, slug, w.scope, w.format).await).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "jobId": job }))).into_response())
}

/// The latest exports with their files.
async fn exports(Extension(request): Req, Path(project): Path<Uuid>) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| exports::list(tx, slug).await).await?;
    let total = found.len();
    Ok(Json(json!({ "items": found, "nextCursor": null, "totalCount": total })))
}

pub(super) fn attachment(name: &str, mime: &str, body: Body) -> Response {
    let headers = [(header::CONTENT_TYPE, mime.to_owned()), (header::CONTENT_DISPOSITION, disposition(name))];
    (headers, body).into_response()
}
