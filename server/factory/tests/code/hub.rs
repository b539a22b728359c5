//! A GitHub and a GitLab that serve one real repository from a local listener, and note who asked for what.
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use indexing::{Source, git::LocalGit, testing::TestRepo};
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex},
};

/// What the double does besides serving.
#[derive(Default)]
struct Mood {
    calls: Vec<String>,
    tokens: BTreeSet<String>,
    /// Trees of several folders come cut off.
    truncates: bool,
    /// Every call is answered like this.
    refuses: Option<(u16, HeaderMap)>,
    /// The proofs a GitHub App came with, and when the passes it was given end.
    proofs: Vec<String>,
    passes_until: Option<DateTime<Utc>>,
    passes: usize,
    issues: Vec<Value>,
}

#[derive(Clone)]
pub struct Hub {
    root: PathBuf,
    mood: Arc<Mutex<Mood>>,
    pub url: String,
}

type Asked = Query<HashMap<String, String>>;

impl Hub {
    pub async fn start(repo: &TestRepo) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let hub = Self { root: repo.root().to_owned(), mood: Arc::default(), url };
        let github = Router::new()
            .route("/branches", get(branches))
            .route("/branches/{branch}", get(branch))
            .route("/git/trees/{id}", get(tree))
            .route("/git/blobs/{id}", get(blob))
            .route("/commits", get(commits))
            .route("/commits/{sha}", get(commit))
            .route("/compare/{range}", get(compare))
            .route("/issues", axum::routing::post(issue));
        let app = Router::new()
            .route("/", get(app_itself))
            .route("/installations/{number}", get(installation))
            .route("/installations/{number}/access_tokens", axum::routing::post(access_token));
        let gitlab = Router::new()
            .route("/branches", get(lab_branches))
            .route("/branches/{branch}", get(lab_branch))
            .route("/tree", get(lab_tree))
            .route("/blobs/{id}", get(blob))
            .route("/commits", get(lab_commits))
            .route("/commits/{sha}/diff", get(lab_diff))
            .route("/merge_base", get(merge_base));
        let router = Router::new()
            .nest("/api/v3/repos/acme/shop", github)
            .nest("/api/v3/app", app)
            .nest("/api/v4/projects/acme%2Fshop/repository", gitlab)
            .layer(axum::middleware::from_fn_with_state(hub.clone(), note))
            .with_state(hub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        hub
    }

    /// The address people would copy.
    pub fn page(&self) -> String {
        format!("{}/acme/shop", self.url)
    }

    pub fn truncate(&self) {
        self.mood.lock().unwrap().truncates = true;
    }

    pub fn refuse(&self, status: u16, headers: &[(&'static str, &'static str)]) {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect();
        self.mood.lock().unwrap().refuses = Some((status, headers));
    }

    pub fn serve(&self) {
        self.mood.lock().unwrap().refuses = None;
    }

    /// The paths asked for since the last look.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.mood.lock().unwrap().calls)
    }

    /// What GitHub Apps proved themselves with since the last look.
    pub fn proofs(&self) -> Vec<String> {
        std::mem::take(&mut self.mood.lock().unwrap().proofs)
    }

    /// Passes for installations are good until then.
    pub fn pass_until(&self, end: DateTime<Utc>) {
        self.mood.lock().unwrap().passes_until = Some(end);
    }

    pub fn tokens(&self) -> Vec<String> {
        self.mood.lock().unwrap().tokens.iter().cloned().collect()
    }

    /// The issues that were made.
    pub fn issues(&self) -> Vec<Value> {
        self.mood.lock().unwrap().issues.clone()
    }

    fn git(&self) -> LocalGit {
        LocalGit::open(&self.root, TestRepo::NAME).unwrap()
    }
}

async fn note(
    State(hub): State<Hub>,
    uri: Uri,
    headers: HeaderMap,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    {
        let mut mood = hub.mood.lock().unwrap();
        mood.calls.push(uri.to_string());
        for name in ["authorization", "private-token"] {
            mood.tokens.extend(headers.get(name).map(|v| v.to_str().unwrap().to_owned()));
        }
        if let Some((status, headers)) = mood.refuses.clone() {
            return (StatusCode::from_u16(status).unwrap(), headers, Json(json!({ "message": "no" }))).into_response();
        }
    }
    next.run(request).await
}

fn absent() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "message": "Not Found" }))).into_response()
}

/// Two entries a page, and where the next one is.
fn paged(hub: &Hub, path: &str, asked: &HashMap<String, String>, all: Vec<Value>) -> Response {
    let page: usize = asked.get("page").map_or(1, |page| page.parse().unwrap());
    let mut headers = HeaderMap::new();
    if page * 2 < all.len() {
        let kept: Vec<String> = asked.iter().filter(|(k, _)| *k != "page").map(|(k, v)| format!("{k}={v}")).collect();
        let link = format!("<{}{path}?{}&page={}>; rel=\"next\"", hub.url, kept.join("&"), page + 1);
        headers.insert("link", link.parse().unwrap());
    }
    (headers, Json(all.into_iter().skip(page * 2 - 2).take(2).collect::<Vec<_>>())).into_response()
}

/// The app that comes with this proof, or a refusal.
fn proven(hub: &Hub, headers: &HeaderMap) -> Result<(), Response> {
    let proof = headers.get("authorization").and_then(|v| v.to_str().ok()?.strip_prefix("Bearer ")).filter(|proof| proof.contains('.'));
    match proof {
        Some(proof) => {
            hub.mood.lock().unwrap().proofs.push(proof.to_owned());
            Ok(())
        }
        None => Err((StatusCode::UNAUTHORIZED, Json(json!({ "message": "A JSON web token could not be decoded" }))).into_response()),
    }
}

async fn app_itself(State(hub): State<Hub>, headers: HeaderMap) -> Response {
    match proven(&hub, &headers) {
        Ok(()) => {
            Json(json!({ "id": 1, "name": "Millrace of Acme", "html_url": format!("{}/apps/millrace-of-acme", hub.url) })).into_response()
        }
        Err(refusal) => refusal,
    }
}

async fn installation(State(hub): State<Hub>, headers: HeaderMap, Path(number): Path<u64>) -> Response {
    match proven(&hub, &headers) {
        Err(refusal) => refusal,
        Ok(()) if number != 7 => absent(),
        Ok(()) => {
            let account = json!({ "login": "acme", "type": "Organization" });
            Json(json!({ "id": 7, "account": account, "permissions": { "contents": "read" }, "suspended_at": null })).into_response()
        }
    }
}

async fn access_token(State(hub): State<Hub>, headers: HeaderMap, Path(number): Path<u64>) -> Response {
    match proven(&hub, &headers) {
        Err(refusal) => refusal,
        Ok(()) if number != 7 => absent(),
        Ok(()) => {
            let mut mood = hub.mood.lock().unwrap();
            mood.passes += 1;
            let until = mood.passes_until.unwrap_or_else(Utc::now);
            (StatusCode::CREATED, Json(json!({ "token": format!("ghs_pass{}", mood.passes), "expires_at": until }))).into_response()
        }
    }
}

/// Takes issues with a pass of the app alone.
async fn issue(State(hub): State<Hub>, headers: HeaderMap, Json(issue): Json<Value>) -> Response {
    let token = headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !token.starts_with("Bearer ghs_pass") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    hub.mood.lock().unwrap().issues.push(issue);
    (StatusCode::CREATED, Json(json!({ "number": 12, "html_url": format!("{}/issues/12", hub.page()) }))).into_response()
}

async fn branches(State(hub): State<Hub>, Query(asked): Asked) -> Response {
    let all = hub.git().branches().await.unwrap();
    let all = all.iter().map(|b| json!({ "name": b.name, "commit": { "sha": b.head } })).collect();
    paged(&hub, "/api/v3/repos/acme/shop/branches", &asked, all)
}

async fn head(hub: &Hub, name: &str) -> Option<String> {
    hub.git().branches().await.unwrap().into_iter().find(|b| b.name == name).map(|b| b.head)
}

async fn branch(State(hub): State<Hub>, Path(name): Path<String>) -> Response {
    match head(&hub, &name).await {
        Some(head) => Json(json!({ "name": name, "commit": { "sha": head } })).into_response(),
        None => absent(),
    }
}

/// A tree of GitHub. Folders have ids of the double's own: commit, then path.
async fn tree(State(hub): State<Hub>, Path(id): Path<String>, Query(asked): Asked) -> Response {
    let (commit, folder) = id.split_once('-').map_or((id.as_str(), String::new()), |(c, f)| (c, f.replace('-', "/") + "/"));
    let files = hub.git().tree(commit).await.unwrap();
    let deep = asked.contains_key("recursive");
    let cut = deep && folder.is_empty() && hub.mood.lock().unwrap().truncates;
    let (mut entries, mut folders) = (Vec::new(), BTreeSet::new());
    for file in &files {
        let Some(rest) = file.path.strip_prefix(&folder) else { continue };
        match rest.split_once('/') {
            Some((below, _)) if !deep => drop(folders.insert(below.to_owned())),
            _ => entries.push(json!({ "path": rest, "mode": "100644", "type": "blob", "sha": file.blob })),
        }
    }
    entries
        .extend(folders.iter().map(|f| json!({ "path": f, "type": "tree", "sha": format!("{commit}-{}{f}", folder.replace('/', "-")) })));
    if folder.is_empty() && deep {
        // What is not indexed: somebody else's code, a link, another repository.
        entries.push(json!({ "path": "node_modules/a.js", "mode": "100644", "type": "blob", "sha": "0".repeat(40) }));
        entries.push(json!({ "path": "link", "mode": "120000", "type": "blob", "sha": "0".repeat(40) }));
        entries.push(json!({ "path": "other", "mode": "160000", "type": "commit", "sha": "0".repeat(40) }));
    }
    if cut {
        entries.truncate(1);
    }
    Json(json!({ "sha": id, "tree": entries, "truncated": cut })).into_response()
}

async fn blob(State(hub): State<Hub>, Path(id): Path<String>) -> Response {
    match hub.git().blobs(&[id]).await.unwrap().remove(0) {
        // Broken into lines, as they come.
        Ok(Some(bytes)) => {
            let packed = BASE64_STANDARD.encode(&bytes);
            let lines: Vec<&str> = packed.as_bytes().chunks(60).map(|line| std::str::from_utf8(line).unwrap()).collect();
            Json(json!({ "size": bytes.len(), "encoding": "base64", "content": lines.join("\n") })).into_response()
        }
        Ok(None) => Json(json!({ "size": 2_000_000, "encoding": "base64", "content": "" })).into_response(),
        Err(_) => absent(),
    }
}

async fn history(hub: &Hub, head: &str, since: Option<&str>) -> indexing::source::History {
    hub.git().commits(head, since, 1_000).await.unwrap()
}

async fn commits(State(hub): State<Hub>, Query(asked): Asked) -> Response {
    let history = history(&hub, &asked["sha"], None).await;
    let all = history
        .commits
        .iter()
        .map(|c| {
            let author = json!({ "name": c.author, "email": c.author_email, "date": c.time });
            json!({ "sha": c.sha, "commit": { "message": c.message, "author": author, "committer": author } })
        })
        .collect();
    paged(&hub, "/api/v3/repos/acme/shop/commits", &asked, all)
}

async fn commit(State(hub): State<Hub>, Path(sha): Path<String>) -> Response {
    let found = history(&hub, &sha, None).await.commits.remove(0);
    let files: Vec<Value> = (0..found.files_changed).map(|n| json!({ "filename": n.to_string() })).collect();
    Json(json!({ "sha": sha, "files": files, "stats": { "additions": found.additions, "deletions": found.deletions } })).into_response()
}

async fn compare(State(hub): State<Hub>, Path(range): Path<String>) -> Response {
    let (since, head) = range.split_once("...").unwrap();
    let history = history(&hub, head, Some(since)).await;
    let status = match (history.rewritten, history.commits.len()) {
        (true, _) => "diverged",
        (false, 0) => "identical",
        _ => "ahead",
    };
    Json(json!({ "status": status, "ahead_by": history.commits.len() })).into_response()
}

async fn lab_branches(State(hub): State<Hub>, Query(asked): Asked) -> Response {
    let all = hub.git().branches().await.unwrap();
    let all = all.iter().map(|b| json!({ "name": b.name, "commit": { "id": b.head } })).collect();
    paged(&hub, "/api/v4/projects/acme%2Fshop/repository/branches", &asked, all)
}

async fn lab_branch(State(hub): State<Hub>, Path(name): Path<String>) -> Response {
    match head(&hub, &name).await {
        Some(head) => Json(json!({ "name": name, "commit": { "id": head } })).into_response(),
        None => absent(),
    }
}

async fn lab_tree(State(hub): State<Hub>, Query(asked): Asked) -> Response {
    let files = hub.git().tree(&asked["ref"]).await.unwrap();
    let mut all: Vec<Value> = files.iter().map(|f| json!({ "id": f.blob, "type": "blob", "path": f.path, "mode": "100644" })).collect();
    all.push(json!({ "id": "0", "type": "tree", "path": "src", "mode": "040000" }));
    paged(&hub, "/api/v4/projects/acme%2Fshop/repository/tree", &asked, all)
}

async fn lab_commits(State(hub): State<Hub>, Query(asked): Asked) -> Response {
    let range = &asked["ref_name"];
    let (since, head) = range.split_once("..").map_or((None, range.as_str()), |(since, head)| (Some(since), head));
    let history = history(&hub, head, since).await;
    let all = history
        .commits
        .iter()
        .map(|c| {
            json!({ "id": c.sha, "message": c.message, "author_name": c.author, "author_email": c.author_email, "committed_date": c.time,
                "stats": { "additions": c.additions, "deletions": c.deletions } })
        })
        .collect();
    paged(&hub, "/api/v4/projects/acme%2Fshop/repository/commits", &asked, all)
}

async fn lab_diff(State(hub): State<Hub>, Path(sha): Path<String>) -> Response {
    let found = history(&hub, &sha, None).await.commits.remove(0);
    Json((0..found.files_changed).map(|n| json!({ "new_path": n.to_string() })).collect::<Vec<_>>()).into_response()
}

async fn merge_base(State(hub): State<Hub>, uri: Uri) -> Response {
    let refs: Vec<String> = uri.query().unwrap().split('&').map(|pair| pair.split_once('=').unwrap().1.to_owned()).collect();
    match history(&hub, &refs[1], Some(&refs[0])).await.rewritten {
        false => Json(json!({ "id": refs[0] })).into_response(),
        true => absent(),
    }
}
