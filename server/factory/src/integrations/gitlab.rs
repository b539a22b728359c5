//! Issues on GitLab.
use super::{
    service::Open,
    tracker::{Draft, Made, call, labels, request},
};
use kernel::{Fault, app::App, jobs::give_up};
use serde_json::{Value, json};

fn base(open: &Open) -> String {
    let base = if open.config.base_url.is_empty() { "https://gitlab.com" } else { &open.config.base_url };
    format!("{base}/api/v4/projects/{}", open.config.repository.replace('/', "%2F"))
}

fn headers(open: &Open) -> Vec<(&'static str, String)> {
    vec![("private-token", open.secret.as_str().to_owned())]
}

fn made(issue: &Value) -> Option<Made> {
    Some(Made { id: issue["iid"].as_i64()?.to_string(), url: issue["web_url"].as_str()?.to_owned() })
}

/// Makes an issue.
pub async fn create(app: &App, open: &Open, draft: &Draft) -> Result<Made, Fault> {
    let body = json!({
        "title": draft.title,
        "description": format!("{}\n\n<!-- {} -->", draft.body, draft.marker),
        "labels": labels(open, draft.category).join(","),
    });
    let issue = call(app, "GitLab", request("POST", &format!("{}/issues", base(open)), &headers(open), Some(&body))?).await?;
    made(&issue).ok_or_else(|| give_up("GitLab answered without the number of the issue."))
}

/// Searches the descriptions for the marker.
pub async fn find(app: &App, open: &Open, marker: &str) -> Result<Option<Made>, Fault> {
    let url = format!("{}/issues?scope=all&in=description&search={marker}", base(open));
    let list = call(app, "GitLab", request("GET", &url, &headers(open), None)?).await?;
    let found =
        list.as_array().and_then(|issues| issues.iter().find(|i| i["description"].as_str().is_some_and(|body| body.contains(marker))));
    Ok(found.and_then(made))
}

/// Can issues be made?
pub async fn hello(app: &App, open: &Open) -> Result<String, Fault> {
    let project = call(app, "GitLab", request("GET", &base(open), &headers(open), None)?).await?;
    match project["issues_enabled"].as_bool() {
        Some(false) => Err(give_up(format!("Issues are turned off in {}.", open.config.repository))),
        _ => Ok(format!("GitLab answers: issues can be made in {}.", open.config.repository)),
    }
}
