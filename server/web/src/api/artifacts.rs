//! `/api/projects/{project}/artifacts`: files and their folders; `/search`: everything of a project.
use super::{
    Answer, Endpoint,
    documents::attachment,
    openapi::{Doc, doc},
    project::{changing, reading},
};
use crate::extract::{Json, Path, Query};
use axum::{
    Extension,
    body::Body,
    extract::{Multipart, multipart::MultipartRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{delete, get, patch, post},
};
use factory::{
    artifacts::{self, ArtifactPatch, ArtifactQuery, FolderInput, FolderPatch, MAX_FILE},
    search::{self, SearchAnswer, SearchType},
};
use kernel::{Code, Fault, db::TenantTx, request::Request};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

const ALL: &str = "/api/projects/{project}/artifacts";
const ONE: &str = "/api/projects/{project}/artifacts/{id}";
const FOLDERS: &str = "/api/projects/{project}/artifacts/folders";
const FOLDER: &str = "/api/projects/{project}/artifacts/folders/{id}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        ("GET", ALL, get(list)),
        ("POST", ALL, post(upload)),
        ("GET", ONE, get(one)),
        ("PATCH", ONE, patch(update)),
        ("DELETE", ONE, delete(remove)),
        ("POST", "/api/projects/{project}/artifacts/{id}/restore", post(restore)),
        ("POST", "/api/projects/{project}/artifacts/{id}/reprocess", post(reprocess)),
        ("GET", "/api/projects/{project}/artifacts/{id}/download", get(download)),
        ("GET", "/api/projects/{project}/artifacts/{id}/preview", get(preview)),
        ("GET", FOLDERS, get(folders)),
        ("POST", FOLDERS, post(folder_create)),
        ("GET", FOLDER, get(folder)),
        ("PATCH", FOLDER, patch(folder_update)),
        ("DELETE", FOLDER, delete(folder_remove)),
        ("GET", "/api/projects/{project}/search", get(find)),
    ]
}

/// What the endpoints above say of themselves: query, body, answer.
pub(super) const DOCS: &[Doc] = &[
    doc(
        "GET /api/projects/{project}/artifacts",
        "The files, newest first: of a folder, of none (root), or all.",
        "folderId?: string, q?: string, cursor?: string, limit?: integer",
        "",
        "200 list Artifact",
    ),
    doc(
        "POST /api/projects/{project}/artifacts",
        "Takes a file of at most 50 MB in; folderId stands before it in the form. Its text is read in a job.",
        "",
        "file",
        "201 Artifact",
    ),
    doc("GET /api/projects/{project}/artifacts/{id}", "One file, with the beginning of its text.", "", "", "200 ArtifactDetail"),
    doc(
        "PATCH /api/projects/{project}/artifacts/{id}",
        "Gives a file another name or folder; folderId null is none.",
        "",
        "rev: string, name?: string, folderId?: uuid",
        "200 Artifact",
    ),
    doc("DELETE /api/projects/{project}/artifacts/{id}", "Deletes a file; it can be brought back for 30 days.", "", "", "204"),
    doc("POST /api/projects/{project}/artifacts/{id}/restore", "Brings a deleted file back.", "", "", "200 Artifact"),
    doc("POST /api/projects/{project}/artifacts/{id}/reprocess", "Reads a file that failed once more.", "", "", "200 Artifact"),
    doc("GET /api/projects/{project}/artifacts/{id}/download", "The bytes of a file.", "", "", "200 file"),
    doc(
        "GET /api/projects/{project}/artifacts/{id}/preview",
        "A page of a PDF as PNG; 404 beyond the last.",
        "page?: integer",
        "",
        "200 file",
    ),
    doc("GET /api/projects/{project}/artifacts/folders", "All folders of the project.", "", "", "200 list Folder"),
    doc("POST /api/projects/{project}/artifacts/folders", "Makes a folder.", "", "name: string, parentId?: uuid", "201 Folder"),
    doc("GET /api/projects/{project}/artifacts/folders/{id}", "One folder.", "", "", "200 Folder"),
    doc(
        "PATCH /api/projects/{project}/artifacts/folders/{id}",
        "Gives a folder another name, parent or place; parentId null is the top.",
        "",
        "rev: string, name?: string, parentId?: uuid, sortOrder?: integer",
        "200 Folder",
    ),
    doc(
        "DELETE /api/projects/{project}/artifacts/folders/{id}",
        "Removes a folder and its folders; their files stay, unfiled.",
        "rev?: string",
        "",
        "204",
    ),
    doc(
        "GET /api/projects/{project}/search",
        "What of the project answers a question, best first; types with commas between.",
        "q: string, types?: string, limit?: integer",
        "",
        "200 items: SearchHit[], nextCursor?: string, totalCount: integer, reEmbedding: boolean",
    ),
];

type Req = Extension<Request>;
type Of = Path<(Uuid, Uuid)>;

/// A live artifact of the project in the address, or 404.
async fn in_it(tx: &mut TenantTx, project: &str, id: Uuid) -> Result<(), Fault> {
    artifacts::detail(tx, project, id).await.map(drop)
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct Filter {
    /// A folder, or `root` for what lies in none; all unless named.
    folder_id: String,
    q: String,
    cursor: String,
    limit: Option<u32>,
}

/// Artifacts, newest first.
async fn list(Extension(request): Req, Path(project): Path<Uuid>, Query(f): Query<Filter>) -> Answer<Json<Value>> {
    let query = ArtifactQuery { folder: f.folder_id, q: f.q, after: f.cursor };
    let page = reading(&request, project, async |tx, slug| artifacts::page(tx, slug, &query, f.limit).await).await?;
    Ok(Json(json!({ "items": page.rows, "nextCursor": page.next, "totalCount": page.total })))
}

/// A file as a multipart form: `folderId` (before the file) and `file`.
async fn upload(Extension(request): Req, Path(project): Path<Uuid>, form: Result<Multipart, MultipartRejection>) -> Answer<Response> {
    // Who may not is refused before anything is read.
    reading(&request, project, async |tx, _| tx.require(kernel::Perm::FactoryRead)).await?;
    let file = match form {
        Ok(form) => file(form).await,
        Err(error) => Err(Fault::new(Code::UnsupportedMedia, error.body_text())),
    };
    let made = changing(&request, project, async |tx, slug| {
        tx.require(kernel::Perm::FactoryWrite)?;
        let (folder, name, bytes) = file?;
        artifacts::upload(tx, slug, folder, &name, bytes).await
    })
    .await?;
    Ok((StatusCode::CREATED, Json(json!(made))).into_response())
}

async fn file(mut form: Multipart) -> Result<(Option<Uuid>, String, Vec<u8>), Fault> {
    let unread = |_| Fault::new(Code::BadRequest, "The file could not be read.");
    let mut folder = None;
    while let Some(mut field) = form.next_field().await.map_err(unread)? {
        let Some(name) = field.file_name().map(str::to_owned) else {
            if field.name() == Some("folderId") {
                let id = field.text().await.map_err(unread)?;
                folder = match id.as_str() {
                    "" | "root" => None,
                    id => Some(id.parse().map_err(|_| Fault::not_found("The folder"))?),
                };
            }
            continue;
        };
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(unread)? {
            if bytes.len() + chunk.len() > MAX_FILE {
                return Err(Fault::new(Code::TooLarge, "The file is larger than 50 MB."));
            }
            bytes.extend_from_slice(&chunk);
        }
        return Ok((folder, name, bytes));
    }
    Err(Fault::new(Code::BadRequest, "There is no file in this form."))
}

/// One artifact with the beginning of its text.
async fn one(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| artifacts::detail(tx, slug, id).await).await?;
    Ok(Json(json!(found)))
}

#[derive(Deserialize)]
struct Change {
    rev: String,
    #[serde(flatten)]
    patch: ArtifactPatch,
}

/// Another name or folder.
async fn update(Extension(request): Req, Path((project, id)): Of, Json(change): Json<Change>) -> Answer<Json<Value>> {
    let changed = changing(&request, project, async |tx, slug| {
        tx.require(kernel::Perm::FactoryWrite)?;
        in_it(tx, slug, id).await?;
        artifacts::update(tx, id, &change.rev, &change.patch).await
    })
    .await?;
    Ok(Json(json!(changed)))
}

async fn remove(Extension(request): Req, Path((project, id)): Of) -> Answer<StatusCode> {
    changing(&request, project, async |tx, slug| {
        tx.require(kernel::Perm::FactoryWrite)?;
        in_it(tx, slug, id).await?;
        artifacts::remove(tx, id).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a deleted artifact back.
async fn restore(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let back = changing(&request, project, async |tx, slug| {
        let back = artifacts::restore(tx, id).await?;
        // Undone again where it is another project's.
        in_it(tx, slug, id).await?;
        Ok(back)
    })
    .await?;
    Ok(Json(json!(back)))
}

/// Reads a file that failed once more.
async fn reprocess(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let queued = changing(&request, project, async |tx, slug| {
        tx.require(kernel::Perm::FactoryWrite)?;
        in_it(tx, slug, id).await?;
        artifacts::reprocess(tx, id).await
    })
    .await?;
    Ok(Json(json!(queued)))
}

/// The bytes of a file: always a download, never guessed at. A picture in a page shows all the same.
async fn download(Extension(request): Req, Path((project, id)): Of) -> Answer<Response> {
    let file = reading(&request, project, async |tx, _| artifacts::download(tx, project, id).await).await?;
    let (size, stream) = request.app().files.read(&file.sha256).await?;
    let mut answer = attachment(&file.name, &file.mime, Body::from_stream(stream));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_LENGTH, size.into());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // What an id names never changes.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable"));
    Ok(answer)
}

#[derive(Deserialize)]
struct Which {
    page: Option<usize>,
}

async fn preview(Extension(request): Req, Path((project, id)): Of, Query(which): Query<Which>) -> Answer<Response> {
    let file = reading(&request, project, async |tx, _| artifacts::download(tx, project, id).await).await?;
    let png = artifacts::draw(request.app(), &file, which.page.unwrap_or(1)).await?;
    let headers = [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "private, max-age=31536000, immutable")];
    Ok((headers, png).into_response())
}

/// All folders of the project.
async fn folders(Extension(request): Req, Path(project): Path<Uuid>) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| artifacts::folders(tx, slug).await).await?;
    let total = found.len();
    Ok(Json(json!({ "items": found, "nextCursor": null, "totalCount": total })))
}

async fn folder_create(Extension(request): Req, Path(project): Path<Uuid>, Json(input): Json<FolderInput>) -> Answer<Response> {
    let made = changing(&request, project, async |tx, slug| artifacts::folder_create(tx, slug, &input).await).await?;
    Ok((StatusCode::CREATED, Json(json!(made))).into_response())
}

async fn folder(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| artifacts::folder(tx, slug, id).await).await?;
    Ok(Json(json!(found)))
}

#[derive(Deserialize)]
struct FolderChange {
    rev: String,
    #[serde(flatten)]
    patch: FolderPatch,
}

/// Another name, parent or place.
async fn folder_update(Extension(request): Req, Path((project, id)): Of, Json(change): Json<FolderChange>) -> Answer<Json<Value>> {
    let changed = changing(&request, project, async |tx, slug| {
        tx.require(kernel::Perm::FactoryWrite)?;
        artifacts::folder(tx, slug, id).await?;
        artifacts::folder_update(tx, id, &change.rev, &change.patch).await
    })
    .await?;
    Ok(Json(json!(changed)))
}

#[derive(Deserialize)]
struct Rev {
    /// Of the folder as it was seen; none removes it as it is.
    rev: Option<String>,
}

/// Its files stay, unfiled.
async fn folder_remove(Extension(request): Req, Path((project, id)): Of, Query(seen): Query<Rev>) -> Answer<StatusCode> {
    changing(&request, project, async |tx, slug| {
        tx.require(kernel::Perm::FactoryWrite)?;
        let now = artifacts::folder(tx, slug, id).await?;
        artifacts::folder_remove(tx, id, seen.rev.as_deref().unwrap_or(&now.rev)).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Question {
    #[serde(default)]
    q: String,
    /// Types with commas between; all unless named.
    #[serde(default)]
    types: String,
    limit: Option<i64>,
}

/// What of the project answers a question, best first.
async fn find(Extension(request): Req, Path(project): Path<Uuid>, Query(asked): Query<Question>) -> Answer<Json<Value>> {
    let types = asked
        .types
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| SearchType::parse(name).ok_or_else(|| Fault::field("types", format!("does not know \"{name}\""))))
        .collect::<Result<Vec<_>, _>>();
    let SearchAnswer { items, re_embedding } =
        reading(&request, project, async |tx, _| search::answer(tx, project, &asked.q, &types?, asked.limit).await).await?;
    let total = items.len();
    Ok(Json(json!({ "items": items, "nextCursor": null, "totalCount": total, "reEmbedding": re_embedding })))
}
