//! Issues in Jira.
use super::{
    service::Open,
    tracker::{Draft, Made, call, labels, request},
};
use crate::feedback::Category;
use base64::{Engine, prelude::BASE64_STANDARD};
use kernel::{Fault, app::App, jobs::give_up};
use serde_json::{Value, json};

fn headers(open: &Open) -> Vec<(&'static str, String)> {
    let login = format!("{}:{}", open.config.email, open.secret.as_str());
    vec![("authorization", format!("Basic {}", BASE64_STANDARD.encode(login)))]
}

fn made(open: &Open, issue: &Value) -> Option<Made> {
    let key = issue["key"].as_str()?;
    Some(Made { id: key.to_owned(), url: format!("{}/browse/{key}", open.config.base_url) })
}

/// Plain paragraphs as Jira's document format.
fn adf(text: &str) -> Value {
    let paragraphs: Vec<Value> = text
        .split("\n\n")
        .filter(|p| !p.trim().is_empty())
        .map(|p| {
            let mut content = Vec::new();
            for (n, line) in p.lines().enumerate() {
                if n > 0 {
                    content.push(json!({ "type": "hardBreak" }));
                }
                if !line.is_empty() {
                    content.push(json!({ "type": "text", "text": line }));
                }
            }
            json!({ "type": "paragraph", "content": content })
        })
        .collect();
    json!({ "type": "doc", "version": 1, "content": paragraphs })
}

/// Makes an issue: a bug is a Bug, a feature request a Story, all else a Task. The marker is one of its labels.
pub async fn create(app: &App, open: &Open, draft: &Draft) -> Result<Made, Fault> {
    let kind = match draft.category {
        Category::Bug => "Bug",
        Category::FeatureRequest => "Story",
        Category::Performance | Category::Other => "Task",
    };
    // A label of Jira holds no blank.
    let mut labels: Vec<String> = labels(open, draft.category).into_iter().map(|l| l.replace(char::is_whitespace, "-")).collect();
    labels.push(draft.marker.clone());
    let body = json!({ "fields": {
        "project": { "key": open.config.project_key },
        "issuetype": { "name": kind },
        "summary": draft.title.chars().take(250).collect::<String>(),
        "description": adf(&draft.body),
        "labels": labels,
    } });
    let url = format!("{}/rest/api/3/issue", open.config.base_url);
    let issue = call(app, "Jira", request("POST", &url, &headers(open), Some(&body))?).await?;
    made(open, &issue).ok_or_else(|| give_up("Jira answered without the key of the issue."))
}

/// Searches for the marker's label.
pub async fn find(app: &App, open: &Open, marker: &str) -> Result<Option<Made>, Fault> {
    let url = format!("{}/rest/api/3/search/jql?fields=key&jql=labels%3D%22{marker}%22", open.config.base_url);
    let list = call(app, "Jira", request("GET", &url, &headers(open), None)?).await?;
    Ok(list["issues"].as_array().and_then(|issues| issues.first()).and_then(|issue| made(open, issue)))
}

/// Can issues be made?
pub async fn hello(app: &App, open: &Open) -> Result<String, Fault> {
    let url = format!("{}/rest/api/3/project/{}", open.config.base_url, open.config.project_key);
    let project = call(app, "Jira", request("GET", &url, &headers(open), None)?).await?;
    Ok(format!("Jira answers: issues go to {}.", project["name"].as_str().unwrap_or(&open.config.project_key)))
}
