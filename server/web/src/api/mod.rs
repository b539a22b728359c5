//! The JSON API. People call it with their session cookie, programs with `Authorization: Bearer` keys; both reach
//! the same services as the screens.

mod agents;
mod auth;
mod caller;
mod documents;
mod factory;
mod files;
mod graph;
mod organizations;
mod project;
mod validator;

pub use caller::bearer;

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
    ]
    .into_iter()
    .chain(agents::endpoints())
    .chain(documents::endpoints())
    .chain(graph::endpoints())
    .chain(validator::endpoints())
    .collect()
}

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
