//! `/api/projects/{project}/validator`: feedback of apps and what becomes of it; `/integrations`: where it goes on.
use super::{
    Answer, Endpoint,
    camel::{Input, made, whole},
    openapi::{Doc, doc},
    project::{changing, in_project, reading},
};
use crate::extract::{Json, Path, Query};
use axum::{
    Extension,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{delete, get, patch, post, put},
};
use chrono::NaiveDate;
use factory::{
    comments::{self, ParentType},
    feedback::{self, FeedbackInput, FeedbackPatch, FeedbackQuery, Receipt},
    integrations::{self, IntegrationInput, IntegrationType, Tracker},
    job_runs::{self, JobStatus},
};
use kernel::{
    Code, Fault, Perm, audit,
    db::TenantTx,
    idempotency::{self, Call},
    limits,
    request::Request,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        ("POST", "/api/projects/{project}/validator/feedback", post(receive)),
        ("GET", "/api/projects/{project}/validator/feedback", get(list)),
        ("GET", "/api/projects/{project}/validator/feedback/{id}", get(one)),
        ("PATCH", "/api/projects/{project}/validator/feedback/{id}", patch(update)),
        ("POST", "/api/projects/{project}/validator/feedback/{id}/generate-issue", post(issue)),
        ("POST", "/api/projects/{project}/validator/feedback/{id}/work-order", post(work_order)),
        ("POST", "/api/projects/{project}/validator/feedback/{id}/merge", post(merge)),
        ("GET", "/api/projects/{project}/validator/feedback/{id}/comments", get(threads)),
        ("POST", "/api/projects/{project}/validator/feedback/{id}/comments", post(comment)),
        ("GET", "/api/projects/{project}/validator/stats", get(stats)),
        ("GET", "/api/projects/{project}/integrations", get(connections)),
        ("PUT", "/api/projects/{project}/integrations/{type}", put(connect)),
        ("DELETE", "/api/projects/{project}/integrations/{type}", delete(disconnect)),
        ("POST", "/api/projects/{project}/integrations/{type}/test", post(test)),
    ]
}

/// What the endpoints above say of themselves: query, body, answer.
pub(super) const DOCS: &[Doc] = &[
    doc(
        "POST /api/projects/{project}/validator/feedback",
        "Takes feedback of an app in; repeated with the same Idempotency-Key it answers the same.",
        "",
        "description: string, title?: string, category?: string, browserInfo?: any, deviceInfo?: any, sessionData?: any, externalUserId?: string, tags?: string[], feature?: string",
        "201 id: uuid, status: FeedbackStatus, createdAt: date-time",
    ),
    doc(
        "GET /api/projects/{project}/validator/feedback",
        "The inbox, newest first: 30 a page, at most 100.",
        "status?: string, category?: string, q?: string, tag?: string, sort?: string, cursor?: string, limit?: integer",
        "",
        "200 list { id: uuid, rev: string, headline: string, category?: string, priorityScore?: number, status: FeedbackStatus, tags: string[], externalUserId?: string, issueUrl?: string, createdAt: date-time }",
    ),
    doc("GET /api/projects/{project}/validator/feedback/{id}", "One item with its surroundings.", "", "", "200 item: Feedback"),
    doc(
        "PATCH /api/projects/{project}/validator/feedback/{id}",
        "Changes status, category, score, tags or title.",
        "",
        "rev: string, status?: FeedbackStatus, category?: bug|feature_request|performance|other, scorePercent?: integer, tags?: string, title?: string",
        "200 Feedback",
    ),
    doc(
        "POST /api/projects/{project}/validator/feedback/{id}/generate-issue",
        "Makes an issue of an item in the connected tracker.",
        "",
        "tracker?: string",
        "201 tracker: string, url?: string, job?: uuid",
    ),
    doc(
        "GET /api/projects/{project}/validator/feedback/{id}/comments",
        "The threads of an item, the open ones first.",
        "",
        "",
        "200 list Thread",
    ),
    doc(
        "POST /api/projects/{project}/validator/feedback/{id}/comments",
        "Comments on an item, or answers a thread.",
        "",
        "text: string, threadId?: uuid, named?: any[], anchor?: any",
        "201 Comment",
    ),
    doc("POST /api/projects/{project}/validator/feedback/{id}/work-order", "Makes a work order of an item.", "", "", "201 object"),
    doc(
        "POST /api/projects/{project}/validator/feedback/{id}/merge",
        "Merges an item into another.",
        "",
        "rev: string, into: uuid",
        "200 Feedback",
    ),
    doc(
        "GET /api/projects/{project}/validator/stats",
        "Counts, tags and a line by day: 30 days unless asked for.",
        "since?: date",
        "",
        "200 total: integer, open: integer, critical: integer, averageScore?: number, byStatus: object, byCategory: object, topTags: any[], daily: any[]",
    ),
    doc("GET /api/projects/{project}/integrations", "The connections, without their secrets.", "", "", "200 list Integration"),
    doc(
        "PUT /api/projects/{project}/integrations/{type}",
        "Keeps a connection; an empty secret keeps the one there is.",
        "",
        "enabled?: boolean, provider?: string, repository?: string, baseUrl?: string, installation?: uuid, label?: string, email?: string, projectKey?: string, muted?: string[], secret?: string",
        "200 Integration",
    ),
    doc("DELETE /api/projects/{project}/integrations/{type}", "Forgets a connection.", "", "", "204"),
    doc("POST /api/projects/{project}/integrations/{type}/test", "Tries a connection.", "", "", "200 ok: boolean, message: string"),
];

/// Takes an item in. A key with scope `validator:write`, at most 60 a minute and 256 KiB each.
pub async fn receive(
    Extension(request): Extension<Request>,
    Path(project): Path<Uuid>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let actor = in_project(&request, project).await?;
    audit::outcome(request.app(), &actor, actor.require(Perm::FeedbackWrite)).await?;
    if actor.project.is_some_and(|bound| bound != project) {
        return Err(Fault::new(Code::Forbidden, "This key belongs to another project.").into());
    }
    if body.len() > feedback::MAX_BYTES {
        return Err(Fault::new(Code::TooLarge, "Feedback has at most 256 KiB.").into());
    }
    let who = actor.id.or(actor.user).unwrap_or_default();
    limits::take(request.app(), feedback::RATE, &who.to_string()).await?;
    let input: FeedbackInput = serde_json::from_slice(&body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Fault::new(Code::Validation, format!("The body does not fit: {error}.")),
        _ => Fault::new(Code::BadRequest, format!("The body is not JSON: {error}.")),
    })?;
    let key = headers.get("idempotency-key").and_then(|v| v.to_str().ok());
    let mut tx = TenantTx::begin(request.app(), actor).await?;
    let (status, receipt): (u16, Receipt) = match key {
        None => (201, feedback::receive(&mut tx, project, &input, None).await?),
        Some(key) => {
            let path = format!("POST /api/projects/{project}/validator/feedback");
            let call = Call { key, path: &path, body: &body, status: 201 };
            let answer = idempotency::once(&mut tx, call, async |tx| feedback::receive(tx, project, &input, Some(key)).await).await?;
            (answer.status, answer.value)
        }
    };
    tx.commit().await?;
    Ok((StatusCode::from_u16(status).unwrap_or(StatusCode::CREATED), Json(receipt)).into_response())
}

#[derive(Deserialize)]
pub struct Filter {
    /// A status or `all`, which it is unless named.
    status: Option<String>,
    #[serde(default)]
    category: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    tag: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    cursor: String,
    limit: Option<u32>,
}

/// The items, newest first.
pub async fn list(Extension(request): Extension<Request>, Path(project): Path<Uuid>, Query(f): Query<Filter>) -> Answer<Json<Value>> {
    let tab = f.status.filter(|s| !s.is_empty()).unwrap_or_else(|| "all".into());
    let query = FeedbackQuery { tab: tab.clone(), category: f.category, q: f.q, tag: f.tag, sort: f.sort, after: f.cursor };
    let page = reading(&request, project, async |tx, slug| feedback::page(tx, slug, &query, f.limit).await).await?;
    let total = page.counts.get(&tab).copied().unwrap_or(0);
    Ok(Json(json!({ "items": page.rows, "nextCursor": page.next, "totalCount": total })))
}

/// One item with its surroundings.
pub async fn one(Extension(request): Extension<Request>, Path((project, id)): Path<(Uuid, Uuid)>) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| feedback::detail(tx, slug, id).await).await?;
    Ok(Json(json!(found)))
}

async fn threads(Extension(request): Extension<Request>, Path((project, id)): Path<(Uuid, Uuid)>) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| {
        feedback::detail(tx, slug, id).await?;
        comments::threads(tx, ParentType::FeedbackItem, id).await
    })
    .await?;
    Ok(Json(whole(found.threads)))
}

async fn comment(
    Extension(request): Extension<Request>,
    Path((project, id)): Path<(Uuid, Uuid)>,
    Json(input): Json<Input>,
) -> Answer<Response> {
    let comment = changing(&request, project, async |tx, slug| {
        feedback::detail(tx, slug, id).await?;
        comments::add(tx, ParentType::FeedbackItem, id, &input.rest()?).await
    })
    .await?;
    Ok(made(json!({ "id": comment })))
}

#[derive(Deserialize)]
pub struct Change {
    rev: String,
    #[serde(flatten)]
    patch: FeedbackPatch,
}

/// Changes status, category, score, tags or title.
pub async fn update(
    Extension(request): Extension<Request>,
    Path((project, id)): Path<(Uuid, Uuid)>,
    Json(change): Json<Change>,
) -> Answer<Json<Value>> {
    let item = changing(&request, project, async |tx, slug| {
        feedback::detail(tx, slug, id).await?;
        feedback::update(tx, id, &change.rev, &change.patch).await
    })
    .await?;
    Ok(Json(json!(item)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NewIssue {
    tracker: Option<Tracker>,
}

/// Makes an issue of an item: 201 with its address. The tracker outside is called by a job, whose first try this waits
/// for: an error of the tracker is 502 and the item unchanged, while the job tries again by itself.
pub async fn issue(
    Extension(request): Extension<Request>,
    Path((project, id)): Path<(Uuid, Uuid)>,
    Json(new): Json<NewIssue>,
) -> Answer<Response> {
    let begun = changing(&request, project, async |tx, slug| {
        feedback::detail(tx, slug, id).await?;
        feedback::create_issue(tx, id, new.tracker).await
    })
    .await?;
    let Some(job) = begun.job else { return Ok((StatusCode::CREATED, Json(begun)).into_response()) };
    for _ in 0..40 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let run = reading(&request, project, async |tx, _| job_runs::get(tx, job).await).await?;
        match (run.status, run.error) {
            (JobStatus::Completed, _) => {
                let url = run.output.and_then(|o| o["url"].as_str().map(str::to_owned));
                return Ok((StatusCode::CREATED, Json(feedback::IssueBegun { url, ..begun })).into_response());
            }
            (status, Some(error)) => {
                let details = json!({ "jobId": job, "triedAgain": status != JobStatus::Failed });
                return Err(Fault::new(Code::Upstream, error).with_details(details).into());
            }
            _ => {}
        }
    }
    Ok((StatusCode::ACCEPTED, Json(begun)).into_response())
}

/// Makes a work order of an item.
pub async fn work_order(Extension(request): Extension<Request>, Path((project, id)): Path<(Uuid, Uuid)>) -> Answer<Response> {
    let made = changing(&request, project, async |tx, slug| {
        feedback::detail(tx, slug, id).await?;
        feedback::create_work_order(tx, id).await
    })
    .await?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

#[derive(Deserialize)]
pub struct MergeInto {
    rev: String,
    into: Uuid,
}

/// Merges an item into another.
pub async fn merge(
    Extension(request): Extension<Request>,
    Path((project, id)): Path<(Uuid, Uuid)>,
    Json(m): Json<MergeInto>,
) -> Answer<Json<Value>> {
    let kept = changing(&request, project, async |tx, slug| {
        feedback::detail(tx, slug, id).await?;
        feedback::merge(tx, id, &m.rev, m.into).await
    })
    .await?;
    Ok(Json(json!(kept)))
}

#[derive(Deserialize)]
pub struct Since {
    since: Option<NaiveDate>,
}

/// Counts, tags and a line by day.
pub async fn stats(Extension(request): Extension<Request>, Path(project): Path<Uuid>, Query(s): Query<Since>) -> Answer<Json<Value>> {
    let stats = reading(&request, project, async |tx, slug| feedback::stats(tx, slug, s.since).await).await?;
    Ok(Json(json!(stats)))
}

/// The connections, without their secrets.
pub async fn connections(Extension(request): Extension<Request>, Path(project): Path<Uuid>) -> Answer<Json<Value>> {
    let items = reading(&request, project, async |tx, slug| integrations::list(tx, slug).await).await?;
    Ok(Json(json!({ "items": items, "nextCursor": null, "totalCount": items.len() })))
}

fn kind(word: &str) -> Result<IntegrationType, Fault> {
    IntegrationType::parse(word).ok_or_else(|| Fault::not_found("The integration"))
}

/// Keeps a connection.
pub async fn connect(
    Extension(request): Extension<Request>,
    Path((project, word)): Path<(Uuid, String)>,
    Json(input): Json<IntegrationInput>,
) -> Answer<Json<Value>> {
    let kept = changing(&request, project, async |tx, slug| integrations::save(tx, slug, kind(&word)?, &input).await).await?;
    Ok(Json(json!(kept)))
}

/// Forgets a connection.
pub async fn disconnect(Extension(request): Extension<Request>, Path((project, word)): Path<(Uuid, String)>) -> Answer<StatusCode> {
    changing(&request, project, async |tx, slug| integrations::remove(tx, slug, kind(&word)?).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tries a connection.
pub async fn test(Extension(request): Extension<Request>, Path((project, word)): Path<(Uuid, String)>) -> Answer<Json<Value>> {
    let slug = reading(&request, project, async |tx, slug| {
        tx.require(Perm::FactoryManage)?;
        Ok(slug.to_owned())
    })
    .await?;
    let actor = in_project(&request, project).await?;
    let answer = integrations::test(request.app(), &actor, &slug, kind(&word)?).await?;
    Ok(Json(json!(answer)))
}
