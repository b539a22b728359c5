//! `/api/organizations`: organizations, members, keys and the audit log.
use super::{
    Answer,
    caller::{in_org, person},
};
use crate::extract::{Json, Path, Query};
use axum::{
    Extension,
    body::{Body, Bytes},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use core_area::{
    api_keys, audit_view,
    invitations::{self, InviteRole, NewInvitation},
    members::{self, MemberQuery, RoleChange},
    organizations::{self, NewOrganization, OrgDelete, Sharing},
};
use futures::Stream;
use kernel::{
    Fault,
    access::{Actor, Role},
    db::TenantTx,
    idempotency::{self, Call},
    record::PageRequest,
    request::Request,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

/// Reads in one transaction that writes nothing.
async fn reading<T>(request: &Request, actor: Actor, work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, Fault>) -> Result<T, Fault> {
    let mut tx = TenantTx::read(request.app(), actor).await?;
    work(&mut tx).await
}

/// The same; with an `Idempotency-Key`, at most once.
async fn writing<T: Serialize + DeserializeOwned>(
    request: &Request,
    actor: Actor,
    call: &Written,
    work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, Fault>,
) -> Result<(StatusCode, T), Fault> {
    let Some(key) = &call.key else {
        return Ok((call.status, TenantTx::write(request.app(), actor, work).await?));
    };
    let once = Call { key, path: &call.path, body: call.body.as_bytes(), status: call.status.as_u16() };
    let answer = TenantTx::write(request.app(), actor, async |tx| idempotency::once(tx, once, work).await).await?;
    Ok((StatusCode::from_u16(answer.status).unwrap_or(call.status), answer.value))
}

/// What makes two writes the same.
struct Written {
    key: Option<String>,
    path: String,
    body: String,
    status: StatusCode,
}

fn written(headers: &HeaderMap, path: String, body: &impl Serialize, status: StatusCode) -> Written {
    let key = headers.get("idempotency-key").and_then(|v| v.to_str().ok()).map(str::to_owned);
    Written { key, path, body: serde_json::to_string(body).unwrap_or_default(), status }
}

/// The caller's organizations.
pub async fn list(Extension(request): Extension<Request>) -> Answer<Json<Value>> {
    let actor = person(&request).await?;
    let items = reading(&request, actor, async |tx| organizations::mine(tx).await).await?;
    Ok(Json(json!({ "items": items, "nextCursor": null })))
}

#[derive(Serialize, Deserialize)]
pub struct Create {
    name: String,
    #[serde(default)]
    slug: String,
}

/// A new organization of the caller.
pub async fn create(Extension(request): Extension<Request>, headers: HeaderMap, Json(input): Json<Create>) -> Answer<Response> {
    let actor = person(&request).await?;
    let call = written(&headers, "POST /api/organizations".to_owned(), &input, StatusCode::CREATED);
    let new = NewOrganization { name: input.name, slug: input.slug };
    let (status, made) = writing(&request, actor, &call, async |tx| organizations::create(tx, &new).await).await?;
    Ok((status, Json(made)).into_response())
}

/// Profile and settings.
pub async fn get_one(Extension(request): Extension<Request>, Path(org): Path<Uuid>) -> Answer<Response> {
    let actor = in_org(&request, org).await?;
    Ok(Json(reading(&request, actor, async |tx| organizations::get(tx).await).await?).into_response())
}

/// What a PATCH may change; what is left out stays.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Patch {
    name: Option<String>,
    slug: Option<String>,
    logo_url: Option<String>,
    timezone: Option<String>,
    sharing: Option<Sharing>,
    seat_limit: Option<Option<u32>>,
    allowed_email_domains: Option<Vec<String>>,
    member_grants: Option<Vec<String>>,
    /// The version the caller saw; without it the present one.
    rev: Option<String>,
}

/// Changes profile and settings.
pub async fn update(
    Extension(request): Extension<Request>,
    Path(org): Path<Uuid>,
    headers: HeaderMap,
    Json(patch): Json<Patch>,
) -> Answer<Response> {
    let actor = in_org(&request, org).await?;
    let call = written(&headers, format!("PATCH /api/organizations/{org}"), &patch, StatusCode::OK);
    let (status, saved) = writing(&request, actor, &call, async |tx| {
        let now = organizations::get(tx).await?;
        let mut edit = now.edit();
        let Patch { name, slug, logo_url, timezone, sharing, seat_limit, allowed_email_domains, member_grants, rev } = patch;
        edit.rev = rev.unwrap_or(edit.rev);
        edit.name = name.unwrap_or(edit.name);
        edit.slug = slug.unwrap_or(edit.slug);
        edit.logo_url = logo_url.unwrap_or(edit.logo_url);
        edit.timezone = timezone.unwrap_or(edit.timezone);
        edit.sharing = sharing.unwrap_or(edit.sharing);
        edit.seat_limit = seat_limit.unwrap_or(edit.seat_limit);
        edit.allowed_email_domains = allowed_email_domains.unwrap_or(edit.allowed_email_domains);
        edit.member_grants = member_grants.unwrap_or(edit.member_grants);
        organizations::save(tx, &edit).await
    })
    .await?;
    Ok((status, Json(saved)).into_response())
}

#[derive(Deserialize)]
pub struct Remove {
    name: String,
}

/// Ends the organization; its name must be sent, and the caller must have confirmed who they are.
pub async fn remove(Extension(request): Extension<Request>, Path(org): Path<Uuid>, Json(input): Json<Remove>) -> Answer<StatusCode> {
    let actor = in_org(&request, org).await?;
    TenantTx::write(request.app(), actor, async |tx| organizations::delete(tx, &OrgDelete { name: input.name }).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One page of a list.
#[derive(Deserialize)]
pub struct Page {
    cursor: Option<String>,
    limit: Option<u32>,
    #[serde(default)]
    q: String,
}

impl Page {
    fn request(&self) -> PageRequest {
        PageRequest { after: self.cursor.clone(), limit: self.limit }
    }
}

/// The members, a page at a time.
pub async fn members(Extension(request): Extension<Request>, Path(org): Path<Uuid>, Query(page): Query<Page>) -> Answer<Json<Value>> {
    let actor = in_org(&request, org).await?;
    let query = MemberQuery { search: page.q.clone(), role: None, page: page.request() };
    let found = reading(&request, actor, async |tx| members::list(tx, &query).await).await?;
    Ok(Json(json!({ "items": found.rows, "nextCursor": found.next })))
}

#[derive(Serialize, Deserialize)]
pub struct Invite {
    email: String,
    role: InviteRole,
}

/// Invites somebody: 201; 409 for a member, 402 without a free seat.
pub async fn invite(
    Extension(request): Extension<Request>,
    Path(org): Path<Uuid>,
    headers: HeaderMap,
    Json(input): Json<Invite>,
) -> Answer<Response> {
    let actor = in_org(&request, org).await?;
    let call = written(&headers, format!("POST /api/organizations/{org}/members"), &input, StatusCode::CREATED);
    let new = NewInvitation { email: input.email, role: input.role };
    let (status, invited) = writing(&request, actor, &call, async |tx| invitations::invite(tx, &new).await).await?;
    Ok((status, Json(invited)).into_response())
}

#[derive(Serialize, Deserialize)]
pub struct NewRole {
    role: Role,
}

/// Gives a member another role.
pub async fn change_role(
    Extension(request): Extension<Request>,
    Path((org, member_id)): Path<(Uuid, Uuid)>,
    headers: HeaderMap,
    Json(input): Json<NewRole>,
) -> Answer<Response> {
    let actor = in_org(&request, org).await?;
    let call = written(&headers, format!("PATCH /api/organizations/{org}/members/{member_id}"), &input, StatusCode::OK);
    let change = RoleChange { member_id, role: input.role };
    let (status, member) = writing(&request, actor, &call, async |tx| members::change_role(tx, &change).await).await?;
    Ok((status, Json(member)).into_response())
}

/// Takes a member out.
pub async fn remove_member(Extension(request): Extension<Request>, Path((org, member)): Path<(Uuid, Uuid)>) -> Answer<StatusCode> {
    let actor = in_org(&request, org).await?;
    TenantTx::write(request.app(), actor, async |tx| members::remove(tx, member).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The organization's keys, without their secrets.
pub async fn keys(Extension(request): Extension<Request>, Path(org): Path<Uuid>) -> Answer<Json<Value>> {
    let actor = in_org(&request, org).await?;
    let items = reading(&request, actor, async |tx| api_keys::list(tx).await).await?;
    Ok(Json(json!({ "items": items, "nextCursor": null })))
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewKey {
    name: String,
    scopes: Vec<String>,
    project_id: Option<Uuid>,
    expires_at: Option<DateTime<Utc>>,
    #[serde(default)]
    allowed_ips: Vec<String>,
    rate_limit_per_min: Option<u32>,
}

/// A new key; the answer holds it, once. Not repeatable by `Idempotency-Key`: its secret is kept nowhere.
pub async fn create_key(Extension(request): Extension<Request>, Path(org): Path<Uuid>, Json(input): Json<NewKey>) -> Answer<Response> {
    let actor = in_org(&request, org).await?;
    let NewKey { name, scopes, project_id, expires_at, allowed_ips, rate_limit_per_min } = input;
    let new = api_keys::NewApiKey { name, scopes, project_id, expires_at, allowed_ips, rate_limit_per_min };
    let created = TenantTx::write(request.app(), actor, async |tx| api_keys::create(tx, &new).await).await?;
    Ok((StatusCode::CREATED, Json(created)).into_response())
}

/// Ends a key at once.
pub async fn revoke_key(Extension(request): Extension<Request>, Path((org, key)): Path<(Uuid, Uuid)>) -> Answer<StatusCode> {
    let actor = in_org(&request, org).await?;
    TenantTx::write(request.app(), actor, async |tx| api_keys::revoke(tx, key).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The filters of the audit log, as in the address of its page.
#[derive(Deserialize)]
pub struct AuditFilter {
    actor: Option<Uuid>,
    #[serde(default)]
    action: String,
    #[serde(default)]
    result: String,
    #[serde(default)]
    severity: String,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    cursor: Option<String>,
    limit: Option<u32>,
}

impl AuditFilter {
    fn query(self) -> audit_view::AuditQuery {
        let Self { actor, action, result, severity, from, to, cursor, limit } = self;
        audit_view::AuditQuery { actor, action, result, severity, from, to, page: PageRequest { after: cursor, limit } }
    }
}

/// The audit log, newest first.
pub async fn audit(
    Extension(request): Extension<Request>,
    Path(org): Path<Uuid>,
    Query(filter): Query<AuditFilter>,
) -> Answer<Json<Value>> {
    let actor = in_org(&request, org).await?;
    let query = filter.query();
    let found = reading(&request, actor, async |tx| audit_view::list(tx, &query).await).await?;
    Ok(Json(json!({ "items": found.rows, "nextCursor": found.next })))
}

/// The same as CSV, streamed.
pub async fn audit_csv(
    Extension(request): Extension<Request>,
    Path(org): Path<Uuid>,
    Query(filter): Query<AuditFilter>,
) -> Answer<Response> {
    let actor = in_org(&request, org).await?;
    Ok(csv(audit_view::export_csv(request.app(), actor, filter.query()).await?))
}

/// That of the whole installation, for its administrators.
pub async fn audit_csv_of_all(Extension(request): Extension<Request>, Query(filter): Query<AuditFilter>) -> Answer<Response> {
    Ok(csv(audit_view::export_all_csv(&request, filter.query()).await?))
}

fn csv(stream: impl Stream<Item = Result<Bytes, Fault>> + Send + 'static) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\"")];
    (headers, Body::from_stream(stream)).into_response()
}
