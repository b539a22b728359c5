//! The JSON API. People call it with their session cookie, programs with `Authorization: Bearer` keys; both reach
//! the same services as the screens.

mod agents;
mod artifacts;
mod auth;
mod caller;
mod camel;
mod docs;
mod documents;
mod factory;
mod files;
mod github_app;
mod graph;
mod mcp;
mod openapi;
mod organizations;
mod planner;
mod project;
mod projects;
mod proof;
mod shape;
mod shapes;
mod templates;
mod validator;
mod webhooks;

pub use caller::bearer;
pub use docs::page as docs_page;
use openapi::{Doc, doc};

use crate::{ApiFault, collab, live};
use axum::{
    Router,
    routing::{MethodRouter, any, delete, get, patch, post},
};
use kernel::{Fault, app::App};

type Answer<T> = Result<T, ApiFault>;

/// One endpoint: method, path, handler.
type Endpoint = (&'static str, &'static str, MethodRouter<App>);

/// Every endpoint of the API. The router and the test of the permission matrix both walk this list.
fn endpoints() -> Vec<Endpoint> {
    use organizations as orgs;
    const ORG: &str = "/api/organizations/{org}";
    const MEMBERS: &str = "/api/organizations/{org}/members";
    const MEMBER: &str = "/api/organizations/{org}/members/{member}";
    const KEYS: &str = "/api/organizations/{org}/api-keys";
    vec![
        ("POST", "/api/auth/signup", post(auth::sign_up)),
        ("POST", "/api/auth/signin", post(auth::sign_in)),
        ("POST", "/api/auth/mfa", post(auth::mfa)),
        ("POST", "/api/auth/signout", post(auth::sign_out)),
        ("GET", "/api/auth/session", get(auth::session)),
        ("POST", "/api/auth/forgot-password", post(auth::forgot_password)),
        ("POST", "/api/auth/reset-password", post(auth::reset_password)),
        ("GET", "/api/auth/oauth/{provider}", get(auth::oauth_begin)),
        ("GET", "/api/auth/oauth/{provider}/callback", get(auth::oauth_callback)),
        ("GET", "/api/organizations", get(orgs::list)),
        ("POST", "/api/organizations", post(orgs::create)),
        ("GET", ORG, get(orgs::get_one)),
        ("PATCH", ORG, patch(orgs::update)),
        ("DELETE", ORG, delete(orgs::remove)),
        ("GET", MEMBERS, get(orgs::members)),
        ("POST", MEMBERS, post(orgs::invite)),
        ("PATCH", MEMBER, patch(orgs::change_role)),
        ("DELETE", MEMBER, delete(orgs::remove_member)),
        ("GET", KEYS, get(orgs::keys)),
        ("POST", KEYS, post(orgs::create_key)),
        ("DELETE", "/api/organizations/{org}/api-keys/{key}", delete(orgs::revoke_key)),
        ("GET", "/api/organizations/{org}/audit", get(orgs::audit)),
        ("GET", "/api/organizations/{org}/audit.csv", get(orgs::audit_csv)),
        ("GET", "/api/admin/audit.csv", get(orgs::audit_csv_of_all)),
        ("POST", "/api/projects/{project}/test-runs", post(factory::upload_tests)),
        ("GET", "/api/avatars/{sha256}", get(files::avatar)),
        ("GET", "/api/logos/{sha256}", get(files::logo)),
        ("GET", "/api/live", get(live::events)),
        ("GET", "/api/collab/{document}", get(collab::open)),
        ("GET", "/files/{sha256}", get(files::signed)),
        ("GET", "/api/openapi.json", get(openapi::document)),
    ]
    .into_iter()
    .chain(agents::endpoints())
    .chain(artifacts::endpoints())
    .chain(documents::endpoints())
    .chain(github_app::endpoints())
    .chain(graph::endpoints())
    .chain(validator::endpoints())
    .chain(webhooks::endpoints())
    .chain(mcp::endpoints())
    .chain(planner::endpoints())
    .chain(projects::endpoints())
    .chain(proof::endpoints())
    .chain(templates::endpoints())
    .collect()
}

/// What every endpoint says of itself; a test wants one description of each.
fn docs() -> impl Iterator<Item = &'static Doc> {
    let tables = [
        DOCS,
        agents::DOCS,
        artifacts::DOCS,
        documents::DOCS,
        github_app::DOCS,
        graph::DOCS,
        mcp::DOCS,
        planner::DOCS,
        projects::DOCS,
        proof::DOCS,
        templates::DOCS,
        validator::DOCS,
        webhooks::DOCS,
    ];
    tables.into_iter().flatten()
}

/// What the endpoints of the list itself say of themselves: query, body, answer.
const DOCS: &[Doc] = &[
    doc(
        "POST /api/auth/signup",
        "Makes an account and an organization; the address is to be confirmed.",
        "",
        "email: string, password: string, name: string, organizationName: string",
        "201 userId: uuid, verificationRequired: boolean",
    ),
    doc(
        "POST /api/auth/signin",
        "Signs in, or says which second factors are waited for.",
        "",
        "email: string, password: string, redirectTo?: string",
        "200 redirectTo: string",
    ),
    doc(
        "POST /api/auth/mfa",
        "The second factor of a sign-in that waits for it.",
        "",
        "code: string, redirectTo?: string",
        "200 redirectTo: string",
    ),
    doc("POST /api/auth/signout", "Ends the session.", "", "", "204"),
    doc("GET /api/auth/session", "Who is signed in.", "", "", "200 user: any, organizations: any[]"),
    doc(
        "POST /api/auth/forgot-password",
        "Sends a link by mail; the answer is the same whether or not the address is known.",
        "",
        "email: string",
        "200 message: string",
    ),
    doc(
        "POST /api/auth/reset-password",
        "Sets a new password by the link of the mail.",
        "",
        "token: string, newPassword: string",
        "200 redirectTo: string",
    ),
    doc(
        "GET /api/auth/oauth/{provider}",
        "Sends the browser to another sign-in service.",
        "redirect_to?: string, intent?: link|reauth, login_hint?: string",
        "",
        "302",
    ),
    doc(
        "GET /api/auth/oauth/{provider}/callback",
        "The browser comes back from it.",
        "code?: string, state?: string, error?: string",
        "",
        "302",
    ),
    doc("GET /api/organizations", "The organizations of the caller.", "", "", "200 list Organization"),
    doc("POST /api/organizations", "Makes an organization of the caller.", "", "name: string, slug?: string", "201 Organization"),
    doc("GET /api/organizations/{org}", "One organization with its settings.", "", "", "200 OrganizationProfile"),
    doc(
        "PATCH /api/organizations/{org}",
        "Changes profile and settings; what is left out stays.",
        "",
        "name?: string, slug?: string, logoUrl?: string, timezone?: string, sharing?: any, seatLimit?: integer, allowedEmailDomains?: string[], memberGrants?: string[], rev?: string",
        "200 OrganizationProfile",
    ),
    doc("DELETE /api/organizations/{org}", "Ends the organization; its name must be sent.", "", "name: string", "204"),
    doc("GET /api/organizations/{org}/members", "The members.", "q?: string, cursor?: string, limit?: integer", "", "200 list Member"),
    doc("POST /api/organizations/{org}/members", "Invites somebody by mail.", "", "email: string, role: admin|member", "201 object"),
    doc("PATCH /api/organizations/{org}/members/{member}", "Gives a member another role.", "", "role: owner|admin|member", "200 Member"),
    doc("DELETE /api/organizations/{org}/members/{member}", "Removes a member.", "", "", "204"),
    doc("GET /api/organizations/{org}/api-keys", "The keys, without their secrets.", "", "", "200 list ApiKey"),
    doc(
        "POST /api/organizations/{org}/api-keys",
        "Makes a key; the answer holds its secret, this once.",
        "",
        "name: string, scopes: string[], projectId?: uuid, expiresAt?: date-time, allowedIps?: string[], rateLimitPerMin?: integer",
        "201 key: ApiKey, secret: string",
    ),
    doc("DELETE /api/organizations/{org}/api-keys/{key}", "Revokes a key: its next call is refused.", "", "", "204"),
    doc(
        "GET /api/organizations/{org}/audit",
        "The audit log, latest first.",
        "actor?: uuid, action?: string, result?: string, severity?: string, from?: date-time, to?: date-time, cursor?: string, limit?: integer",
        "",
        "200 list AuditLine",
    ),
    doc(
        "GET /api/organizations/{org}/audit.csv",
        "The same as a table.",
        "actor?: uuid, action?: string, result?: string, severity?: string, from?: date-time, to?: date-time",
        "",
        "200 file",
    ),
    doc(
        "GET /api/admin/audit.csv",
        "The audit log of the whole installation.",
        "actor?: uuid, action?: string, result?: string, severity?: string, from?: date-time, to?: date-time",
        "",
        "200 file",
    ),
    doc(
        "POST /api/projects/{project}/test-runs",
        "Takes a report of test results in: JSON, or JUnit XML.",
        "commitSha?: string, branch?: string, triggeredBy?: user|agent|ci|schedule",
        "results: { name: string, status: passed|failed|skipped|error, codePath?: string, durationMs?: integer, message?: string, stackTrace?: string }[]",
        "201 object",
    ),
    doc("GET /api/avatars/{sha256}", "A person's picture.", "", "", "200 file"),
    doc("GET /api/logos/{sha256}", "An organization's logo.", "", "", "200 file"),
    doc("GET /api/live", "What changes, as it changes: topics and ids, by server-sent events.", "", "", "200 events"),
    doc("GET /api/collab/{document}", "The socket of a document's live editing (Yjs).", "", "", "101"),
    doc("GET /files/{sha256}", "A stored file, by its signed link.", "name: string, until: integer, sig: string", "", "200 file"),
    doc("GET /api/openapi.json", "This description, as OpenAPI 3.1.", "", "", "200 object"),
];

/// Method and path of every endpoint: `GET /api/organizations`.
pub fn paths() -> Vec<String> {
    endpoints().into_iter().map(|(method, path, _)| format!("{method} {path}")).collect()
}

/// The router of the API. Whatever else begins with `/api/` is 404 in the envelope, not a page.
pub fn routes() -> Router<App> {
    endpoints()
        .into_iter()
        .fold(Router::new(), |router, (_, path, handler)| router.route(path, handler))
        .route("/api/{*rest}", any(nothing))
}

async fn nothing() -> ApiFault {
    ApiFault(Fault::not_found("This address"))
}
