//! Check a10_08: every server function and every endpoint, called over HTTP as every role and with keys, lets in and
//! refuses as the registry (`core_area::matrix`) says.
use crate::support::*;
use core_area::{
    api_keys::{self, NewApiKey},
    matrix::{self, Access, Line, Sample, Viewer},
};
use kernel::{
    Perm,
    access::{KEY_SCOPES, Role},
    testing::{Org, Person},
};
use leptos::server_fn;
use reqwest::{Method, RequestBuilder, header};
use uuid::Uuid;

/// An endpoint as the server registers it.
struct Endpoint {
    method: Method,
    path: String,
    line: &'static Line,
    /// Keys are for endpoints; server functions belong to our own pages.
    rest: bool,
}

/// The name of an endpoint in the registry: server functions by path, all others by method and path.
fn registered() -> Vec<(Method, String, bool)> {
    let functions = server_fn::axum::server_fn_paths().map(|(path, method)| (method, path.to_owned(), false));
    let rest = web::paths().into_iter().map(|named| {
        let (method, path) = named.split_once(' ').expect("method and path");
        (method.parse().unwrap(), path.to_owned(), true)
    });
    functions.chain(rest).collect()
}

fn name((method, path, rest): &(Method, String, bool)) -> String {
    match rest {
        true => format!("{method} {path}"),
        false => path.clone(),
    }
}

fn endpoints() -> Vec<Endpoint> {
    let of_line = |all: (Method, String, bool)| {
        let line = matrix::line_of(&name(&all))?;
        let (method, path, rest) = all;
        Some(Endpoint { method, path, line, rest })
    };
    registered().into_iter().filter_map(of_line).collect()
}

impl Endpoint {
    /// The call of the sample, in the organization.
    fn call(&self, site: &Site, org: &Org, project: Uuid) -> RequestBuilder {
        let nobody = "00000000-0000-0000-0000-000000000000";
        let path = self
            .path
            .replace("{org}", &org.id.to_string())
            .replace("{member}", nobody)
            .replace("{key}", nobody)
            .replace("{project}", &project.to_string())
            .replace("{id}", nobody)
            .replace("{link}", nobody)
            .replace("{number}", "1")
            .replace("{type}", "slack")
            .replace("{provider}", "github")
            .replace("{sha256}", &"0".repeat(64));
        let reads = self.method == Method::GET;
        let path = match self.line.sample {
            Sample::Form(form) if reads && !form.is_empty() => format!("{path}?{form}"),
            _ => path,
        };
        let call = site.call(self.method.clone(), &path);
        let call = match self.rest {
            true => call,
            false => call.header("x-organization", &org.slug),
        };
        let call = call.header(header::ACCEPT, "application/json");
        let typed = |kind: &str, body: &'static str| call.try_clone().unwrap().header(header::CONTENT_TYPE, kind).body(body);
        match self.line.sample {
            Sample::Form(_) if reads => call,
            Sample::Form(form) => typed("application/x-www-form-urlencoded", form),
            Sample::Json(json) => typed("application/json", json),
            Sample::Upload => typed(
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.png\"\r\nContent-Type: image/png\r\n\r\nx\r\n--x--\r\n",
            ),
        }
    }

    /// What is wrong with the answer, given the status of the refusal the registry asks for.
    fn verdict(&self, answer: &Answer, refusal: Option<u16>) -> Option<String> {
        let fault = answer.fault();
        let says = |text: &str| fault["message"].as_str() == Some(text);
        let not_there = says("The organization was not found.") || self.path.contains("{project}") && says("The project was not found.");
        let missing = fault["details"]["permission"].as_str();
        let wrong = match refusal {
            _ if answer.status >= 500 => Some("failed"),
            Some(401) => (answer.status != 401).then_some("let a visitor in"),
            Some(404) => (answer.status != 404 || !not_there).then_some("shows that the organization exists"),
            Some(403) => {
                let named = match self.line.access {
                    Access::Member(perm) => missing == Some(&perm.name()),
                    Access::Platform => missing == Some(&Perm::Platform.name()),
                    _ => false,
                };
                (answer.status != 403 || !named).then_some("does not refuse by the permission")
            }
            Some(_) => Some("has a refusal this test does not know"),
            None if fault["code"] == "unauthenticated" && self.line.access != Access::Public => Some("asks to sign in"),
            None if answer.status == 403 && missing.is_some() => Some("refuses"),
            None if not_there && matches!(self.line.access, Access::Member(_)) => Some("hides the organization"),
            None => None,
        }?;
        let text: String = answer.text.chars().take(200).collect();
        Some(format!("{wrong}: {} {text}", answer.status))
    }
}

/// Somebody of each kind.
struct Cast {
    acme: Org,
    /// A project of acme.
    project: Uuid,
    stranger: Person,
    platform: Person,
}

impl Cast {
    async fn new(site: &Site) -> Self {
        let (acme, globex) = (site.db.org("acme").await, site.db.org("globex").await);
        let platform = site.db.person("root@platform.test").await;
        sqlx::query("update core.users set is_platform_admin = true where id = $1")
            .bind(platform.id)
            .execute(site.db.admin())
            .await
            .unwrap();
        Self { project: project(&acme).await, acme, stranger: globex.user(Role::Owner).clone(), platform }
    }

    fn person(&self, viewer: Viewer) -> Option<&Person> {
        match viewer {
            Viewer::Visitor => None,
            Viewer::Stranger => Some(&self.stranger),
            Viewer::Member(role) => Some(self.acme.user(role)),
            Viewer::Platform => Some(&self.platform),
        }
    }
}

/// A project of the organization.
async fn project(org: &Org) -> Uuid {
    let mut tx = org.tx(Role::Owner).await;
    let input = factory::projects::ProjectInput { name: "Shop".into(), ..Default::default() };
    let made = factory::projects::create(&mut tx, &input).await.unwrap();
    tx.commit().await.unwrap();
    made.id
}

#[tokio::test]
async fn a10_08_every_endpoint_has_its_line_and_every_line_its_endpoint() {
    // Registers what the pages bring along.
    let _site = Site::new().await;
    let names: Vec<String> = registered().iter().map(name).collect();
    assert!(names.len() > 50, "server functions are registered");
    let names = || names.iter().map(String::as_str);
    let unlisted = matrix::unlisted(names());
    assert!(unlisted.is_empty(), "endpoints without a line in server/core/src/matrix: {unlisted:#?}");
    let dead = matrix::dead(names());
    assert!(dead.is_empty(), "lines without an endpoint: {dead:#?}");
}

#[tokio::test]
async fn a10_08_every_endpoint_lets_in_and_refuses_every_role_as_the_matrix_says() {
    let site = Site::with(|config| {
        config.limits.web_per_minute = 1_000_000;
        config.identity.github.client_id = Some("client-1".into());
        config.identity.github.client_secret = Some(kernel::config::Hidden::new("secret"));
    })
    .await;
    let cast = Cast::new(&site).await;
    let (mut wrong, mut refused) = (Vec::new(), 0);
    for endpoint in endpoints() {
        for viewer in Viewer::ALL {
            let mut call = endpoint.call(&site, &cast.acme, cast.project);
            if let Some(person) = cast.person(viewer) {
                // Whatever an earlier call ended (a session, a membership) stands again.
                if let Viewer::Member(role) = viewer {
                    site.db.join(cast.acme.id, person, role).await;
                }
                call = call.header(header::COOKIE, site.cookie(person).await);
            }
            let answer = Answer::of(call).await;
            let refusal = matrix::refusal(endpoint.line.access, viewer);
            refused += u32::from(refusal.is_some());
            if let Some(verdict) = endpoint.verdict(&answer, refusal) {
                wrong.push(format!("{} {} as {viewer:?} {verdict}", endpoint.method, endpoint.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{} answers differ from the matrix:\n{}", wrong.len(), wrong.join("\n"));
    assert!(refused > 200, "this test sees refusals: {refused}");
}

/// What a key needs for this endpoint; people see their own lines of the audit log without a permission, keys do not.
fn key_perm(endpoint: &Endpoint) -> Option<Perm> {
    match endpoint.line.access {
        Access::Member(_) if endpoint.path.contains("/audit") => Some(Perm::AuditRead),
        Access::Member(perm) => Some(perm),
        _ => None,
    }
}

async fn key(org: &Org, scopes: &[&str]) -> String {
    let mut tx = org.tx(Role::Owner).await;
    let new = NewApiKey {
        name: "Robot".into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        rate_limit_per_min: Some(10_000),
        ..NewApiKey::default()
    };
    let made = api_keys::create(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    made.secret
}

#[tokio::test]
async fn a10_08_keys_reach_what_their_scopes_carry_and_nothing_else() {
    let site = Site::with(|config| config.limits.web_per_minute = 1_000_000).await;
    let cast = Cast::new(&site).await;
    let globex = site.db.org("globex").await;
    let every = key(&cast.acme, KEY_SCOPES).await;
    let (other, reader) = (key(&cast.acme, &["validator:write"]).await, key(&cast.acme, &["org:read"]).await);
    let theirs = project(&globex).await;
    let mut wrong = Vec::new();
    for endpoint in endpoints() {
        let perm = key_perm(&endpoint);
        let call = async |secret: &str, org: &Org| {
            let project = if org.id == globex.id { theirs } else { cast.project };
            // The `Origin` of `call` does no harm; a key counts more.
            Answer::of(endpoint.call(&site, org, project).bearer_auth(secret)).await
        };
        let mut expect = |who: &str, answer: &Answer, statuses: &[u16]| {
            if !statuses.contains(&answer.status) {
                let text: String = answer.text.chars().take(200).collect();
                wrong.push(format!("{} {} with {who}: {} {text}", endpoint.method, endpoint.path, answer.status));
            }
        };
        match (endpoint.rest, perm) {
            // Server functions know no keys: whoever sends one is a visitor.
            (false, _) if endpoint.line.access != Access::Public => {
                expect("a key", &call(&every, &cast.acme).await, &[401]);
            }
            (true, Some(perm)) => {
                let all = call(&every, &cast.acme).await;
                match perm.scopes().is_empty() {
                    true => expect("every scope", &all, &[403]),
                    false => expect("every scope", &all, &[200, 201, 202, 204, 404, 409, 415, 422]),
                }
                let other = if perm == Perm::FeedbackWrite { &reader } else { &other };
                expect("another scope", &call(other, &cast.acme).await, &[403]);
                expect("a key of another organization", &call(&every, &globex).await, &[404]);
            }
            // What is a person's own needs one; live events are filtered by scope, topic by topic.
            (true, None) if endpoint.line.access == Access::SignedIn => {
                let live = endpoint.path == "/api/live";
                let statuses: &[u16] = if live { &[200] } else { &[401, 403] };
                expect("every scope", &call(&every, &cast.acme).await, statuses);
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
