//! One face for the trackers outside.
use super::{IntegrationType, Tracker, answers, github, gitlab, jira, service::Open};
use crate::feedback::Category;
use http::{Request, Response, header};
use kernel::{Code, Fault, app::App, jobs::give_up};
use serde_json::Value;

/// An issue to be made.
#[derive(Clone, Debug)]
pub struct Draft {
    pub title: String,
    /// Markdown.
    pub body: String,
    pub category: Category,
    /// A word that no other issue has: by it an issue is found that was made without our hearing of it.
    pub marker: String,
}

/// An issue that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    pub id: String,
    pub url: String,
}

/// Which connection a tracker needs.
pub const fn connection(tracker: Tracker) -> Option<IntegrationType> {
    match tracker {
        Tracker::Builtin => None,
        Tracker::Github | Tracker::Gitlab => Some(IntegrationType::GithubIssues),
        Tracker::Jira => Some(IntegrationType::Jira),
    }
}

/// The issue with this marker, if it was made.
pub async fn find(app: &App, open: &Open, marker: &str) -> Result<Option<Made>, Fault> {
    match (open.kind, open.config.provider.as_str()) {
        (IntegrationType::Jira, _) => jira::find(app, open, marker).await,
        (_, "gitlab") => gitlab::find(app, open, marker).await,
        _ => github::find(app, open, marker).await,
    }
}

/// Makes an issue.
pub async fn create(app: &App, open: &Open, draft: &Draft) -> Result<Made, Fault> {
    match (open.kind, open.config.provider.as_str()) {
        (IntegrationType::Jira, _) => jira::create(app, open, draft).await,
        (_, "gitlab") => gitlab::create(app, open, draft).await,
        _ => github::create(app, open, draft).await,
    }
}

/// Can issues be made there? A sentence for people.
pub async fn hello(app: &App, open: &Open) -> Result<String, Fault> {
    match (open.kind, open.config.provider.as_str()) {
        (IntegrationType::Jira, _) => jira::hello(app, open).await,
        (_, "gitlab") => gitlab::hello(app, open).await,
        _ => github::hello(app, open).await,
    }
}

/// The labels of an issue: its category's, and the one of the settings.
pub fn labels(open: &Open, category: Category) -> Vec<String> {
    let of_category = match category {
        Category::Bug => Some("bug"),
        Category::FeatureRequest => Some("enhancement"),
        Category::Performance => Some("performance"),
        Category::Other => None,
    };
    of_category.map(str::to_owned).into_iter().chain(Some(open.config.label.clone()).filter(|l| !l.is_empty())).collect()
}

/// Sends a request and reads JSON; what cannot get better by trying again gives up.
pub async fn call(app: &App, part: &'static str, request: Request<Vec<u8>>) -> Result<Value, Fault> {
    let answer = app.outbound.send(part, request).await?;
    let status = answer.status();
    if status.is_success() {
        return serde_json::from_slice(answer.body())
            .map_err(|_| Fault::new(Code::Upstream, format!("{part} answered something that is not JSON.")));
    }
    Err(refusal(part, &answer, app.clock.now().timestamp()))
}

fn refusal(part: &str, answer: &Response<bytes::Bytes>, now: i64) -> Fault {
    if let Some(seconds) = answers::wait(answer, now) {
        let mut fault = Fault::new(Code::Upstream, format!("{part} asks to wait before the next call."));
        fault.retry_after = Some(seconds);
        return fault;
    }
    let status = answer.status().as_u16();
    let said = answers::said(answer.body());
    let more = if said.is_empty() { String::new() } else { format!(": {said}") };
    match status {
        401 | 403 => give_up(format!("{part} refused the token ({status}){more}")),
        404 => give_up(format!("{part} knows no such project, or the token has no access to it.")),
        410 => give_up(format!("Issues are turned off in this {part} project.")),
        400..=499 => give_up(format!("{part} refused the issue ({status}){more}")),
        _ => Fault::new(Code::Upstream, format!("{part} answered {status}{more}")),
    }
}

/// A JSON request.
pub fn request(method: &str, url: &str, headers: &[(&str, String)], body: Option<&Value>) -> Result<Request<Vec<u8>>, Fault> {
    let mut builder = Request::builder().method(method).uri(url).header(header::ACCEPT, "application/json");
    for (name, value) in headers {
        builder = builder.header(*name, value);
    }
    let bytes = match body {
        Some(body) => {
            builder = builder.header(header::CONTENT_TYPE, "application/json");
            body.to_string().into_bytes()
        }
        None => Vec::new(),
    };
    builder.body(bytes).map_err(|_| give_up("The address of this integration is not valid."))
}
