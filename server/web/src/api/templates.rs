//! Templates of a project and of an organization.
use super::{
    Answer, Endpoint,
    caller::in_org,
    camel::{Input, Rev, made, shown, whole},
    openapi::{Doc, doc},
    project::{changing, reading},
};
use crate::extract::{Json, Path, Query};
use axum::{
    Extension,
    http::StatusCode,
    response::Response,
    routing::{delete, get, patch, post},
};
use factory::templates::{self, Scope, Template, TemplateInput};
use kernel::{Fault, db::TenantTx, request::Request};
use serde_json::Value;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        ("GET", "/api/projects/{project}/templates", get(list)),
        ("POST", "/api/projects/{project}/templates", post(create)),
        ("GET", "/api/projects/{project}/templates/{id}", get(one)),
        ("PATCH", "/api/projects/{project}/templates/{id}", patch(update)),
        ("DELETE", "/api/projects/{project}/templates/{id}", delete(remove)),
        ("POST", "/api/projects/{project}/templates/{id}/promote", post(promote)),
        ("GET", "/api/organizations/{org}/templates", get(org_list)),
        ("POST", "/api/organizations/{org}/templates", post(org_create)),
        ("GET", "/api/organizations/{org}/templates/{id}", get(org_one)),
        ("PATCH", "/api/organizations/{org}/templates/{id}", patch(org_update)),
        ("DELETE", "/api/organizations/{org}/templates/{id}", delete(org_remove)),
    ]
}

/// What the endpoints above say of themselves: query, body, answer.
pub(super) const DOCS: &[Doc] = &[
    doc(
        "GET /api/projects/{project}/templates",
        "The templates of the project, of its organization, and those that ship with Millrace.",
        "",
        "",
        "200 list Template",
    ),
    doc(
        "POST /api/projects/{project}/templates",
        "Adds a template to the project.",
        "",
        "type: string, name: string, description?: string, content: any, isDefault?: boolean",
        "201 Template",
    ),
    doc("GET /api/projects/{project}/templates/{id}", "One template.", "", "", "200 Template"),
    doc(
        "PATCH /api/projects/{project}/templates/{id}",
        "Changes a template of the project.",
        "",
        "rev: string, name?: string, description?: string, content?: any, isDefault?: boolean",
        "200 Template",
    ),
    doc("DELETE /api/projects/{project}/templates/{id}", "Deletes a template of the project.", "rev?: string", "", "204"),
    doc(
        "POST /api/projects/{project}/templates/{id}/promote",
        "Copies a template of the project to the organization.",
        "",
        "",
        "201 Template",
    ),
    doc(
        "GET /api/organizations/{org}/templates",
        "The templates of the organization, and those that ship with Millrace.",
        "",
        "",
        "200 list Template",
    ),
    doc(
        "POST /api/organizations/{org}/templates",
        "Adds a template to the organization.",
        "",
        "type: string, name: string, description?: string, content: any, isDefault?: boolean",
        "201 Template",
    ),
    doc("GET /api/organizations/{org}/templates/{id}", "One template.", "", "", "200 Template"),
    doc(
        "PATCH /api/organizations/{org}/templates/{id}",
        "Changes a template of the organization.",
        "",
        "rev: string, name?: string, description?: string, content?: any, isDefault?: boolean",
        "200 Template",
    ),
    doc("DELETE /api/organizations/{org}/templates/{id}", "Deletes a template of the organization.", "rev?: string", "", "204"),
];

type Req = Extension<Request>;
type In = Path<Uuid>;
type Of = Path<(Uuid, Uuid)>;

/// A template as the API shows it.
fn told(template: Template) -> Value {
    let mut value = shown(template);
    if let Some(fields) = value.as_object_mut()
        && let Some(kind) = fields.remove("kind")
    {
        fields.insert("type".to_owned(), kind);
    }
    value
}

fn input(mut input: Input) -> Result<TemplateInput, Fault> {
    input.rename("type", "kind");
    input.rest()
}

/// What a change leaves out stays.
fn patched(mut input: Input, now: Template) -> Result<TemplateInput, Fault> {
    Ok(TemplateInput {
        kind: now.kind,
        name: input.take("name")?.unwrap_or(now.name),
        description: input.take("description")?.or(now.description).unwrap_or_default(),
        content: input.take("content")?.unwrap_or(now.content),
        is_default: input.take("isDefault")?.unwrap_or(now.is_default),
    })
}

/// One of those that may be used here; changes ask for one of this scope.
async fn find(tx: &mut TenantTx, project: Option<&str>, id: Uuid, of: Option<Scope>) -> Result<Template, Fault> {
    let all = templates::list(tx, project).await?;
    let found = all.into_iter().find(|t| t.id == id && of.is_none_or(|scope| t.scope == scope));
    found.ok_or_else(|| Fault::not_found("The template"))
}

/// Those of the project, of its organization, and those that ship with Millrace.
async fn list(Extension(request): Req, Path(project): In) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| templates::list(tx, Some(slug)).await).await?;
    Ok(Json(whole(found.into_iter().map(told).collect())))
}

async fn create(Extension(request): Req, Path(project): In, Json(body): Json<Input>) -> Answer<Response> {
    let template = changing(&request, project, async |tx, slug| templates::create(tx, Some(slug), &input(body)?).await).await?;
    Ok(made(told(template)))
}

async fn one(Extension(request): Req, Path((project, id)): Of) -> Answer<Json<Value>> {
    let found = reading(&request, project, async |tx, slug| find(tx, Some(slug), id, None).await).await?;
    Ok(Json(told(found)))
}

async fn update(Extension(request): Req, Path((project, id)): Of, Json(mut body): Json<Input>) -> Answer<Json<Value>> {
    let template = changing(&request, project, async |tx, slug| {
        let rev: String = body.need("rev")?;
        let now = find(tx, Some(slug), id, Some(Scope::Project)).await?;
        templates::update(tx, id, &rev, &patched(body, now)?).await
    })
    .await?;
    Ok(Json(told(template)))
}

async fn remove(Extension(request): Req, Path((project, id)): Of, Query(rev): Query<Rev>) -> Answer<StatusCode> {
    changing(&request, project, async |tx, slug| {
        let now = find(tx, Some(slug), id, Some(Scope::Project)).await?;
        templates::remove(tx, id, &rev.or(&now.rev)).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Copies a template of the project to the organization.
async fn promote(Extension(request): Req, Path((project, id)): Of) -> Answer<Response> {
    let template = changing(&request, project, async |tx, slug| {
        tx.require(kernel::Perm::FactoryManage)?;
        find(tx, Some(slug), id, Some(Scope::Project)).await?;
        templates::promote(tx, id).await
    })
    .await?;
    Ok(made(told(template)))
}

/// Reads among those of the organization.
async fn org_reading<T>(request: &Request, org: Uuid, work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, Fault>) -> Result<T, Fault> {
    let mut tx = TenantTx::read(request.app(), in_org(request, org).await?).await?;
    work(&mut tx).await
}

/// Changes them; a refusal is audited although nothing was done.
async fn org_changing<T>(request: &Request, org: Uuid, work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, Fault>) -> Result<T, Fault> {
    let actor = in_org(request, org).await?;
    TenantTx::write(request.app(), actor, async |tx| {
        tx.require(kernel::Perm::FactoryManage)?;
        work(tx).await
    })
    .await
}

async fn org_list(Extension(request): Req, Path(org): In) -> Answer<Json<Value>> {
    let found = org_reading(&request, org, async |tx| templates::list(tx, None).await).await?;
    Ok(Json(whole(found.into_iter().map(told).collect())))
}

async fn org_create(Extension(request): Req, Path(org): In, Json(body): Json<Input>) -> Answer<Response> {
    let template = org_changing(&request, org, async |tx| templates::create(tx, None, &input(body)?).await).await?;
    Ok(made(told(template)))
}

async fn org_one(Extension(request): Req, Path((org, id)): Of) -> Answer<Json<Value>> {
    let found = org_reading(&request, org, async |tx| find(tx, None, id, None).await).await?;
    Ok(Json(told(found)))
}

async fn org_update(Extension(request): Req, Path((org, id)): Of, Json(mut body): Json<Input>) -> Answer<Json<Value>> {
    let template = org_changing(&request, org, async |tx| {
        let rev: String = body.need("rev")?;
        let now = find(tx, None, id, Some(Scope::Organization)).await?;
        templates::update(tx, id, &rev, &patched(body, now)?).await
    })
    .await?;
    Ok(Json(told(template)))
}

async fn org_remove(Extension(request): Req, Path((org, id)): Of, Query(rev): Query<Rev>) -> Answer<StatusCode> {
    org_changing(&request, org, async |tx| {
        let now = find(tx, None, id, Some(Scope::Organization)).await?;
        templates::remove(tx, id, &rev.or(&now.rev)).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
