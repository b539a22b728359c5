//! Issues on GitHub.
use super::{
    service::Open,
    tracker::{Draft, Made, call, labels, request},
};
use kernel::{Fault, app::App, jobs::give_up};
use serde_json::{Value, json};

fn base(open: &Open) -> &str {
    if open.config.base_url.is_empty() { "https://api.github.com" } else { &open.config.base_url }
}

fn headers(open: &Open) -> Vec<(&'static str, String)> {
    vec![("authorization", format!("Bearer {}", open.secret.as_str())), ("x-github-api-version", "2022-11-28".to_owned())]
}

fn made(issue: &Value) -> Option<Made> {
    Some(Made { id: issue["number"].as_i64()?.to_string(), url: issue["html_url"].as_str()?.to_owned() })
}

/// Makes an issue; labels that are not there yet GitHub makes by itself.
pub async fn create(app: &App, open: &Open, draft: &Draft) -> Result<Made, Fault> {
    let url = format!("{}/repos/{}/issues", base(open), open.config.repository);
    let body = json!({
        "title": draft.title,
        "body": format!("{}\n\n<!-- {} -->", draft.body, draft.marker),
        "labels": labels(open, draft.category),
    });
    let issue = call(app, "GitHub", request("POST", &url, &headers(open), Some(&body))?).await?;
    made(&issue).ok_or_else(|| give_up("GitHub answered without the number of the issue."))
}

/// Looks through the newest issues for the marker. (The search of GitHub lags behind; the list does not.)
pub async fn find(app: &App, open: &Open, marker: &str) -> Result<Option<Made>, Fault> {
    let url = format!("{}/repos/{}/issues?state=all&sort=created&direction=desc&per_page=100", base(open), open.config.repository);
    let list = call(app, "GitHub", request("GET", &url, &headers(open), None)?).await?;
    let found = list.as_array().and_then(|issues| issues.iter().find(|i| i["body"].as_str().is_some_and(|body| body.contains(marker))));
    Ok(found.and_then(made))
}

/// Can issues be made?
pub async fn hello(app: &App, open: &Open) -> Result<String, Fault> {
    let url = format!("{}/repos/{}", base(open), open.config.repository);
    let repo = call(app, "GitHub", request("GET", &url, &headers(open), None)?).await?;
    match repo["has_issues"].as_bool() {
        Some(false) => Err(give_up(format!("Issues are turned off in {}.", open.config.repository))),
        _ => Ok(format!("GitHub answers: issues can be made in {}.", open.config.repository)),
    }
}
