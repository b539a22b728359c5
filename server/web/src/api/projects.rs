//! `/api/organizations/{org}/projects`, `/api/projects/{project}`: projects, their features and what happened lately.
use super::{
    Answer, Endpoint,
    caller::in_org,
    camel::{Input, Pages, Rev, made, page, shown},
    openapi::{Doc, doc},
    project::{changing, reading},
};
use crate::extract::{Json, Path, Query};
use axum::{
    Extension,
    response::Response,
    routing::{delete, get, patch, post},
};
use factory::{
    activities,
    features::{self, Feature, FeatureQuery, FeatureStatus},
    import,
    projects::{self, Project, ProjectInput, ProjectStatus},
};
use kernel::{Fault, db::TenantTx, request::Request};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        ("GET", "/api/organizations/{org}/projects", get(list)),
        ("POST", "/api/organizations/{org}/projects", post(create)),
        ("GET", "/api/projects/{project}", get(one)),
        ("PATCH", "/api/projects/{project}", patch(update)),
        ("POST", "/api/projects/{project}/archive", post(archive)),
        ("POST", "/api/projects/{project}/unarchive", post(unarchive)),
        ("GET", "/api/projects/{project}/activity", get(activity)),
        ("GET", "/api/projects/{project}/features", get(feature_list)),
        ("POST", "/api/projects/{project}/features", post(feature_create)),
        ("POST", "/api/projects/{project}/features/sync", post(sync)),
        ("GET", "/api/projects/{project}/features/{id}", get(feature_one)),
        ("PATCH", "/api/projects/{project}/features/{id}", patch(feature_update)),
        ("DELETE", "/api/projects/{project}/features/{id}", delete(feature_remove)),
    ]
}

/// What the endpoints above say of themselves: query, body, answer.
pub(super) const DOCS: &[Doc] = &[
    doc(
        "GET /api/organizations/{org}/projects",
        "The projects of an organization by name, with how their features stand.",
        "archived?: boolean, cursor?: string, limit?: integer",
        "",
        "200 list Project",
    ),
    doc(
        "POST /api/organizations/{org}/projects",
        "Starts a project; that of a member is a draft until an admin activates it.",
        "",
        "name: string, description?: string, repoUrl?: string, branch?: string",
        "201 Project",
    ),
    doc("GET /api/projects/{project}", "One project.", "", "", "200 Project"),
    doc(
        "PATCH /api/projects/{project}",
        "Changes name, description, repository, branch or status; what is left out stays.",
        "",
        "rev: string, name?: string, description?: string, repoUrl?: string, branch?: string, status?: ProjectStatus",
        "200 Project",
    ),
    doc("POST /api/projects/{project}/archive", "Puts the project away: it can be read and not changed.", "", "", "200 Project"),
    doc("POST /api/projects/{project}/unarchive", "Brings an archived project back.", "", "", "200 Project"),
    doc(
        "GET /api/projects/{project}/activity",
        "What happened in the project, latest first.",
        "cursor?: string, limit?: integer",
        "",
        "200 list Activity",
    ),
    doc(
        "GET /api/projects/{project}/features",
        "The features: fifty a page, filtered and sorted.",
        "q?: string, status?: string, priority?: string, category?: string, parent?: string, sort?: string, cursor?: string",
        "",
        "200 list FeatureRow",
    ),
    doc(
        "POST /api/projects/{project}/features",
        "Adds a feature; without a key it gets the next free one.",
        "",
        "name: string, key?: string, description?: string, category?: string, priority?: P0|P1|P2|P3, effort?: string, criteria?: string[], dependencies?: string[], parentId?: uuid",
        "201 Feature",
    ),
    doc(
        "POST /api/projects/{project}/features/sync",
        "Takes a feature list in: adds and updates by key, never deletes, and reports each entry.",
        "",
        "{ features: any[] }",
        "200 SyncReport",
    ),
    doc("GET /api/projects/{project}/features/{id}", "One feature.", "", "", "200 Feature"),
    doc(
        "PATCH /api/projects/{project}/features/{id}",
        "Changes fields, parent or status; to passing by hand with the note that says why.",
        "",
        "rev: string, name?: string, description?: string, category?: string, priority?: string, effort?: string, criteria?: string[], dependencies?: string[], parentId?: uuid, status?: FeatureStatus, note?: string",
        "200 Feature",
    ),
    doc(
        "DELETE /api/projects/{project}/features/{id}",
        "Deletes a feature with all below it; documents lose the link.",
        "rev?: string",
        "",
        "200 id: uuid, key: string, name: string, count: integer",
    ),
];

type Req = Extension<Request>;
type In = Path<Uuid>;
type Of = Path<(Uuid, Uuid)>;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Which {
    archived: bool,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// The projects of an organization by name.
async fn list(Extension(request): Req, Path(org): In, Query(w): Query<Which>) -> Answer<Json<Value>> {
    let actor = in_org(&request, org).await?;
    let asked = Pages { cursor: w.cursor, limit: w.limit }.request();
    let mut tx = TenantTx::read(request.app(), actor).await?;
    let found = projects::list(&mut tx, w.archived, &asked).await?;
    Ok(Json(page(found, projects::count(&mut tx, w.archived).await?)))
}

async fn create(Extension(request): Req, Path(org): In, Json(input): Json<Input>) -> Answer<Response> {
    let actor = in_org(&request, org).await?;
    let input: ProjectInput = input.rest()?;
    Ok(made(TenantTx::write(request.app(), actor, async |tx| projects::create(tx, &input).await).await?))
}

async fn one(Extension(request): Req, Path(project): In) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, _| projects::get(tx, project).await).await?;
    Ok(Json(shown(found)))
}

/// Fields that are left out stay; a status moves the project.
async fn update(Extension(request): Req, Path(project): In, Json(mut input): Json<Input>) -> Answer<Json<Value>> {
    let after = changing(&request, project, async |tx, _| {
        tx.require(kernel::Perm::FactoryWrite)?;
        let mut rev: String = input.need("rev")?;
        let status: Option<ProjectStatus> = input.take("status")?;
        let mut now = projects::get(tx, project).await?;
        if !input.is_empty() {
            let text = |taken: Option<String>, old: Option<&str>| taken.unwrap_or_else(|| old.unwrap_or_default().to_owned());
            let input = ProjectInput {
                name: text(input.take("name")?, Some(&now.name)),
                description: text(input.take("description")?, now.description.as_deref()),
                repo_url: text(input.take("repoUrl")?, now.repo_url.as_deref()),
                branch: text(input.take("branch")?, Some(&now.branch)),
            };
            now = projects::update(tx, project, &rev, &input).await?;
            rev.clone_from(&now.rev);
        }
        match status {
            Some(next) => projects::set_status(tx, project, &rev, next).await,
            None => Ok(now),
        }
    })
    .await?;
    Ok(Json(shown(after)))
}

async fn archive(Extension(request): Req, Path(project): In) -> Answer<Json<Value>> {
    moved(&request, project, ProjectStatus::Archived).await
}

async fn unarchive(Extension(request): Req, Path(project): In) -> Answer<Json<Value>> {
    moved(&request, project, ProjectStatus::Active).await
}

async fn moved(request: &Request, project: Uuid, next: ProjectStatus) -> Answer<Json<Value>> {
    let after: Project = changing(request, project, async |tx, _| {
        tx.require(kernel::Perm::FactoryManage)?;
        let rev = projects::get(tx, project).await?.rev;
        projects::set_status(tx, project, &rev, next).await
    })
    .await?;
    Ok(Json(shown(after)))
}

/// What happened in the project, latest first.
async fn activity(Extension(request): Req, Path(project): In, Query(p): Query<Pages>) -> Answer<Json<Value>> {
    let asked = p.request();
    let (found, total) = reading(&request, project, async |tx, _| {
        Ok((activities::recent(tx, project, &asked).await?, activities::count(tx, project).await?))
    })
    .await?;
    Ok(Json(page(found, total)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FeatureFilter {
    q: String,
    status: String,
    priority: String,
    category: String,
    parent: String,
    sort: String,
    cursor: String,
}

/// One page of the features: fifty, in the order asked for.
async fn feature_list(Extension(request): Req, Path(project): In, Query(f): Query<FeatureFilter>) -> Answer<Json<Value>> {
    let FeatureFilter { q, status, priority, category, parent, sort, cursor } = f;
    let query = FeatureQuery { q, status, priority, category, parent, sort, after: cursor, before: String::new() };
    let found = reading(&request, project, async |tx, slug| features::page(tx, slug, &query).await).await?;
    let items: Vec<Value> = found
        .rows
        .iter()
        .map(|f| {
            json!({
                "id": f.id, "rev": f.rev, "key": f.key, "name": f.name, "status": f.status, "priority": f.priority, "category": f.category,
                "criteriaMet": f.criteria_met, "criteriaTotal": f.criteria_total, "dependencies": f.depends, "updatedAt": f.updated_at,
            })
        })
        .collect();
    Ok(Json(json!({ "items": items, "nextCursor": found.next, "totalCount": found.matching })))
}

/// A live feature of the project in the address, or 404.
async fn in_it(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<Feature, Fault> {
    features::get(tx, id).await.ok().filter(|f| f.project_id == project).ok_or_else(|| Fault::not_found("The feature"))
}

async fn feature_create(Extension(request): Req, Path(project): In, Json(mut input): Json<Input>) -> Answer<Response> {
    input.lines("criteria");
    input.lines("dependencies");
    let feature = changing(&request, project, async |tx, slug| features::create(tx, slug, &input.rest()?).await).await?;
    Ok(made(feature))
}

async fn feature_one(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let feature = reading(&request, project, async |tx, _| in_it(tx, project, id).await).await?;
    Ok(Json(shown(feature)))
}

/// Fields that are left out stay; a status moves the feature (to passing by hand with the note that says why), a parent
/// puts it elsewhere in the tree.
async fn feature_update(Extension(request): Req, Path((project, id)): Of, Json(mut input): Json<Input>) -> Answer<Json<Value>> {
    input.lines("criteria");
    input.lines("dependencies");
    let feature = changing(&request, project, async |tx, _| {
        tx.require(kernel::Perm::FactoryWrite)?;
        let mut rev: String = input.need("rev")?;
        let status: Option<FeatureStatus> = input.take("status")?;
        let note: Option<String> = input.take("note")?;
        let parent: Option<Uuid> = input.take("parentId")?;
        let mut now = in_it(tx, project, id).await?;
        if !input.is_empty() {
            now = features::update(tx, id, &rev, &input.rest()?).await?;
            rev.clone_from(&now.rev);
        }
        if let Some(parent) = parent {
            now = features::place(tx, id, &rev, Some(parent), None).await?;
            rev.clone_from(&now.rev);
        }
        match (status, note) {
            (None, _) => Ok(now),
            (Some(FeatureStatus::Passing), Some(note)) => features::pass(tx, id, &rev, &note).await,
            (Some(next), _) => features::move_to(tx, id, &rev, next).await,
        }
    })
    .await?;
    Ok(Json(shown(feature)))
}

/// Deletes a feature with all below it; documents lose the link.
async fn feature_remove(Extension(request): Req, Path((project, id)): Of, Query(rev): Query<Rev>) -> Answer<Json<Value>> {
    let gone = changing(&request, project, async |tx, _| {
        let now = in_it(tx, project, id).await?;
        features::remove(tx, id, &rev.or(&now.rev)).await
    })
    .await?;
    Ok(Json(shown(gone)))
}

/// Takes a feature list in, as the screens' import does: adds and updates, never deletes.
async fn sync(Extension(request): Req, Path(project): In, body: String) -> Answer<Json<Value>> {
    let report = changing(&request, project, async |tx, slug| import::apply(tx, slug, &body).await).await?;
    Ok(Json(shown(report)))
}
