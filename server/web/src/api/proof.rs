//! `/api/projects/{project}/test-runs`, `/test-cases`, `/codebase`, `/code`: what was built and whether it works.
use super::{
    Answer, Endpoint,
    camel::{Input, Pages, Rev, made, page, shown, whole},
    openapi::{Doc, doc},
    project::{changing, reading},
};
use crate::extract::{Json, Path, Query};
use axum::{
    Extension,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{delete, get, patch, post, put},
};
use factory::{
    code::{self, CodeQuery, ConnectInput, RelatedTo},
    tests::{self, TestCase, TestCaseQuery, TestStatus},
};
use kernel::{Fault, db::TenantTx, request::Request};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        ("GET", "/api/projects/{project}/test-runs", get(runs)),
        ("GET", "/api/projects/{project}/test-runs/{id}", get(run)),
        ("GET", "/api/projects/{project}/test-cases", get(cases)),
        ("POST", "/api/projects/{project}/test-cases", post(case_create)),
        ("GET", "/api/projects/{project}/test-cases/{id}", get(case_one)),
        ("PATCH", "/api/projects/{project}/test-cases/{id}", patch(case_update)),
        ("DELETE", "/api/projects/{project}/test-cases/{id}", delete(case_remove)),
        ("GET", "/api/projects/{project}/codebase", get(codebase)),
        ("PUT", "/api/projects/{project}/codebase", put(connect)),
        ("DELETE", "/api/projects/{project}/codebase", delete(disconnect)),
        ("POST", "/api/projects/{project}/codebase/reindex", post(reindex)),
        ("GET", "/api/projects/{project}/codebase/files", get(files)),
        ("GET", "/api/projects/{project}/codebase/file", get(file)),
        ("GET", "/api/projects/{project}/codebase/commits", get(commits)),
        ("GET", "/api/projects/{project}/code/search", get(search)),
        ("GET", "/api/projects/{project}/code/related", get(related)),
    ]
}

/// What the endpoints above say of themselves: query, body, answer.
pub(super) const DOCS: &[Doc] = &[
    doc(
        "GET /api/projects/{project}/test-runs",
        "The test runs, latest first.",
        "cursor?: string, limit?: integer",
        "",
        "200 list TestRun",
    ),
    doc(
        "GET /api/projects/{project}/test-runs/{id}",
        "One run with a page of its results: failures first.",
        "cursor?: string, limit?: integer",
        "",
        "200 TestRun",
    ),
    doc(
        "GET /api/projects/{project}/test-cases",
        "The test cases by feature.",
        "q?: string, featureId?: uuid, status?: pending|passed|failed|skipped|error, cursor?: string, limit?: integer",
        "",
        "200 list TestCase",
    ),
    doc(
        "POST /api/projects/{project}/test-cases",
        "Adds a test case.",
        "",
        "name: string, type?: string, codePath?: string, description?: string, tool?: string, isRequired?: boolean, featureId?: uuid",
        "201 TestCase",
    ),
    doc("GET /api/projects/{project}/test-cases/{id}", "One test case.", "", "", "200 TestCase"),
    doc(
        "PATCH /api/projects/{project}/test-cases/{id}",
        "Changes a test case.",
        "",
        "rev: string, name?: string, type?: string, codePath?: string, description?: string, tool?: string, isRequired?: boolean, featureId?: uuid",
        "200 TestCase",
    ),
    doc("DELETE /api/projects/{project}/test-cases/{id}", "Deletes a test case; its results stay.", "rev?: string", "", "204"),
    doc("GET /api/projects/{project}/codebase", "The connected repository and how far its index is.", "", "", "200 Codebase"),
    doc(
        "PUT /api/projects/{project}/codebase",
        "Connects a repository, or another in its place, and indexes it.",
        "",
        "provider?: local|github|gitlab|bitbucket, location: string, branch?: string",
        "200 Codebase",
    ),
    doc("DELETE /api/projects/{project}/codebase", "Takes the connection and its index away.", "", "", "204"),
    doc("POST /api/projects/{project}/codebase/reindex", "Queues a run of the index.", "", "", "202 Codebase"),
    doc(
        "GET /api/projects/{project}/codebase/files",
        "The entries of a folder.",
        "path?: string",
        "",
        "200 list { name: string, path: string, files?: integer, language?: string }",
    ),
    doc(
        "GET /api/projects/{project}/codebase/file",
        "One file as it is indexed.",
        "path: string",
        "",
        "200 id: uuid, path: string, language?: string, hash: string, text: string, symbols: any[], fromIndex: boolean",
    ),
    doc(
        "GET /api/projects/{project}/codebase/commits",
        "The commits, latest first.",
        "cursor?: string, limit?: integer",
        "",
        "200 list Commit",
    ),
    doc(
        "GET /api/projects/{project}/code/search",
        "Searches the code by words and meaning.",
        "q?: string, glob?: string, language?: string, symbol?: string, limit?: integer",
        "",
        "200 CodeHits",
    ),
    doc(
        "GET /api/projects/{project}/code/related",
        "Code that belongs to a file, a document or a work order: name one of them.",
        "path?: string, documentId?: uuid, workOrderId?: uuid, limit?: integer",
        "",
        "200 CodeHits",
    ),
];

type Req = Extension<Request>;
type In = Path<Uuid>;
type Of = Path<(Uuid, Uuid)>;

/// The test runs, latest first.
async fn runs(Extension(request): Req, Path(project): In, Query(p): Query<Pages>) -> Answer<Json<Value>> {
    let asked = p.request();
    let (found, total) =
        reading(&request, project, async |tx, slug| Ok((tests::runs(tx, slug, &asked).await?, tests::run_count(tx, slug).await?))).await?;
    Ok(Json(page(found, total)))
}

/// One run with a page of its results: failures first.
async fn run(Extension(request): Req, Path((project, id)): Of, Query(p): Query<Pages>) -> Answer<Json<Value>> {
    let asked = p.request();
    let found = reading(&request, project, async |tx, _| {
        let found = tests::run(tx, id, &asked).await?;
        if found.run.project_id == project { Ok(found) } else { Err(Fault::not_found("The test run")) }
    })
    .await?;
    let rate = found.run.pass_rate();
    let mut answer = shown(&found.run);
    answer["passRate"] = rate.into();
    answer["unlinked"] = found.unlinked.into();
    answer["results"] = shown(found.results);
    answer["nextCursor"] = found.next.into();
    Ok(Json(answer))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CaseFilter {
    q: String,
    #[serde(rename = "featureId")]
    feature_id: Option<Uuid>,
    status: Option<TestStatus>,
    cursor: Option<String>,
    limit: Option<u32>,
}

async fn cases(Extension(request): Req, Path(project): In, Query(f): Query<CaseFilter>) -> Answer<Json<Value>> {
    let CaseFilter { q, feature_id, status, cursor, limit } = f;
    let query = TestCaseQuery { q, feature_id, status, page: Pages { cursor, limit }.request() };
    let (found, total) =
        reading(&request, project, async |tx, slug| Ok((tests::page(tx, slug, &query).await?, tests::count(tx, slug, &query).await?)))
            .await?;
    Ok(Json(page(found, total)))
}

async fn in_it(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<TestCase, Fault> {
    tests::get(tx, id).await.ok().filter(|c| c.project_id == project).ok_or_else(|| Fault::not_found("The test case"))
}

async fn case_create(Extension(request): Req, Path(project): In, Json(input): Json<Input>) -> Answer<Response> {
    let case = changing(&request, project, async |tx, slug| tests::create(tx, slug, &input.rest()?).await).await?;
    Ok(made(case))
}

async fn case_one(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let case = reading(&request, project, async |tx, _| in_it(tx, project, id).await).await?;
    Ok(Json(shown(case)))
}

async fn case_update(Extension(request): Req, Path((project, id)): Of, Json(mut input): Json<Input>) -> Answer<Json<Value>> {
    let case = changing(&request, project, async |tx, _| {
        let rev: String = input.need("rev")?;
        in_it(tx, project, id).await?;
        tests::update(tx, id, &rev, &input.rest()?).await
    })
    .await?;
    Ok(Json(shown(case)))
}

async fn case_remove(Extension(request): Req, Path((project, id)): Of, Query(rev): Query<Rev>) -> Answer<StatusCode> {
    changing(&request, project, async |tx, _| {
        let now = in_it(tx, project, id).await?;
        tests::remove(tx, id, &rev.or(&now.rev)).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The connection of the project; 404 without one.
async fn codebase(Extension(request): Req, Path(project): In) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| {
        code::connection(tx, slug).await?.ok_or_else(|| Fault::not_found("The code connection"))
    })
    .await?;
    Ok(Json(shown(found)))
}

/// Connects a repository, or another one in its place, and indexes it.
async fn connect(Extension(request): Req, Path(project): In, Json(input): Json<ConnectInput>) -> Answer<Json<Value>> {
    let found = changing(&request, project, async |tx, slug| code::connect(tx, slug, &input).await).await?;
    Ok(Json(shown(found)))
}

async fn disconnect(Extension(request): Req, Path(project): In) -> Answer<StatusCode> {
    changing(&request, project, async |tx, slug| code::disconnect(tx, slug).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Queues a run of the index.
async fn reindex(Extension(request): Req, Path(project): In) -> Answer<Response> {
    let found = changing(&request, project, async |tx, slug| code::reindex(tx, slug).await).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(shown(found))).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct At {
    path: String,
}

/// The entries of a folder.
async fn files(Extension(request): Req, Path(project): In, Query(at): Query<At>) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| code::folder(tx, slug, &at.path).await).await?;
    Ok(Json(whole(found)))
}

/// One file as it is indexed.
async fn file(Extension(request): Req, Path(project): In, Query(at): Query<At>) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| code::file(tx, slug, &at.path).await).await?;
    let mut answer = shown(found);
    // How a line is painted is for our own page.
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("paint");
    }
    Ok(Json(answer))
}

/// The commits, latest first.
async fn commits(Extension(request): Req, Path(project): In, Query(p): Query<Pages>) -> Answer<Json<Value>> {
    let asked = p.request();
    let (found, total) =
        reading(&request, project, async |tx, slug| Ok((code::commits(tx, slug, &asked).await?, code::commit_count(tx, slug).await?)))
            .await?;
    Ok(Json(page(found, total)))
}

async fn search(Extension(request): Req, Path(project): In, Query(query): Query<CodeQuery>) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| code::search(tx, slug, &query).await).await?;
    Ok(Json(hits(found)))
}

fn hits(found: code::CodeHits) -> Value {
    let mut answer = whole(found.hits);
    answer["model"] = found.model.into();
    answer["wordsOnly"] = found.words_only.into();
    answer
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Related {
    path: Option<String>,
    document_id: Option<Uuid>,
    work_order_id: Option<Uuid>,
    limit: Option<u32>,
}

/// Code that belongs to a file, a document or a work order.
async fn related(Extension(request): Req, Path(project): In, Query(r): Query<Related>) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| {
        let to = match (r.path, r.document_id, r.work_order_id) {
            (Some(path), None, None) => RelatedTo::File(path),
            (None, Some(id), None) => RelatedTo::Document(id),
            (None, None, Some(id)) => RelatedTo::WorkOrder(id),
            _ => return Err(Fault::field("path", "or documentId or workOrderId is required, one of them")),
        };
        code::related(tx, slug, &to, r.limit).await
    })
    .await?;
    Ok(Json(hits(found)))
}
