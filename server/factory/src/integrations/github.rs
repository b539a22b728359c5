//! Issues on GitHub.
use super::{
    service::Open,
    tracker::{Draft, Made, call, labels, request},
};
use crate::code::github_app;
use indexing::SourceFault;
use kernel::{Code, Fault, app::App, jobs::give_up};
use serde_json::{Value, json};

/// The address of the repository in the API, and what opens it: the token, or a pass of the organization's GitHub App.
async fn access(app: &App, open: &Open) -> Result<(String, Vec<(&'static str, String)>), Fault> {
    let (base, token) = match open.config.installation {
        Some(installation) => github_app::access(app, open.org, installation).await.map_err(refused)?,
        None if open.config.base_url.is_empty() => ("https://api.github.com".to_owned(), open.secret.clone()),
        None => (open.config.base_url.clone(), open.secret.clone()),
    };
    let headers = vec![("authorization", format!("Bearer {}", token.as_str())), ("x-github-api-version", "2022-11-28".to_owned())];
    Ok((format!("{base}/repos/{}", open.config.repository), headers))
}

fn refused(fault: SourceFault) -> Fault {
    match fault {
        SourceFault::Refused(words) => give_up(words),
        SourceFault::Busy { part, seconds } => {
            let mut fault = Fault::new(Code::Upstream, format!("{part} asks to wait before the next call."));
            fault.retry_after = Some(seconds);
            fault
        }
        other => Fault::new(Code::Upstream, other.to_string()),
    }
}

fn made(issue: &Value) -> Option<Made> {
    Some(Made { id: issue["number"].as_i64()?.to_string(), url: issue["html_url"].as_str()?.to_owned() })
}

/// Makes an issue; labels that are not there yet GitHub makes by itself.
pub async fn create(app: &App, open: &Open, draft: &Draft) -> Result<Made, Fault> {
    let (repository, headers) = access(app, open).await?;
    let body = json!({
        "title": draft.title,
        "body": format!("{}\n\n<!-- {} -->", draft.body, draft.marker),
        "labels": labels(open, draft.category),
    });
    let issue = call(app, "GitHub", request("POST", &format!("{repository}/issues"), &headers, Some(&body))?).await?;
    made(&issue).ok_or_else(|| give_up("GitHub answered without the number of the issue."))
}

/// Looks through the newest issues for the marker. (The search of GitHub lags behind; the list does not.)
pub async fn find(app: &App, open: &Open, marker: &str) -> Result<Option<Made>, Fault> {
    let (repository, headers) = access(app, open).await?;
    let url = format!("{repository}/issues?state=all&sort=created&direction=desc&per_page=100");
    let list = call(app, "GitHub", request("GET", &url, &headers, None)?).await?;
    let found = list.as_array().and_then(|issues| issues.iter().find(|i| i["body"].as_str().is_some_and(|body| body.contains(marker))));
    Ok(found.and_then(made))
}

/// Can issues be made?
pub async fn hello(app: &App, open: &Open) -> Result<String, Fault> {
    let (repository, headers) = access(app, open).await?;
    let repo = call(app, "GitHub", request("GET", &repository, &headers, None)?).await?;
    match repo["has_issues"].as_bool() {
        Some(false) => Err(give_up(format!("Issues are turned off in {}.", open.config.repository))),
        _ => Ok(format!("GitHub answers: issues can be made in {}.", open.config.repository)),
    }
}
