//! Making an issue of an item: in the tracker outside as a job, in the built-in one at once.
use super::{Category, Feedback, IssueBegun, store};
use crate::{
    activities::{self, Action, Changes, Entity},
    integrations::{self, Draft, Tracker},
    job_runs::{self, NewRun},
};
use kernel::{
    Code, Fault,
    db::TenantTx,
    jobs::{JobCtx, JobOptions, JobRegistry, give_up},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

const CREATE: &str = "issue_create";

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Payload {
    item: Uuid,
    tracker: Tracker,
}

/// The job of this module.
pub fn register(registry: &mut JobRegistry) {
    let options = JobOptions { max_attempts: 5, backoff: Some(Duration::from_secs(2)), ..JobOptions::timeout(10 * 60) };
    registry.add("factory.issue_create", options, run);
}

/// Makes an issue of an item, where the project's issues go or in the tracker named. 400 when that is not connected,
/// 409 with the link when there is one already.
pub async fn create_issue(tx: &mut TenantTx, id: Uuid, wanted: Option<Tracker>) -> Result<IssueBegun, Fault> {
    let (project, item) = store::lock(tx, id).await?;
    if let Some(url) = &item.issue_url {
        return Err(Fault::new(Code::Conflict, "This feedback has an issue already.").with_details(json!({ "url": url })));
    }
    let tracker = match wanted {
        Some(tracker) => tracker,
        None => integrations::tracker(tx, project.id).await?,
    };
    if let Some(kind) = integrations::connection(tracker) {
        let connected = integrations::open(tx, project.id, kind).await?.filter(|open| open.enabled && open.serves(tracker));
        if connected.is_none() {
            let words = format!("{} is not connected. An admin can connect it under Settings, Integrations.", tracker.words());
            return Err(Fault::new(Code::BadRequest, words));
        }
        let run = NewRun::new(project.id, CREATE, Payload { item: id, tracker }).unique(id.to_string());
        let job = job_runs::start(tx, run).await?;
        return Ok(IssueBegun { tracker, url: None, job: Some(job) });
    }
    let url = super::handover::work_item(tx, &project, &item).await?;
    Ok(IssueBegun { tracker, url: Some(url), job: None })
}

/// By this an issue is known as that of the item.
fn marker(id: Uuid) -> String {
    format!("millrace-feedback-{id}")
}

fn draft(item: &Feedback, link: &str) -> Draft {
    let mut body = item.description.clone();
    if let Some(user) = &item.external_user_id {
        body.push_str(&format!("\n\nReported by {user}"));
    }
    for (name, value) in [("Browser", &item.browser_info), ("Device", &item.device_info)] {
        if let Some(value) = value {
            body.push_str(&format!("\n\n{name}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
        }
    }
    body.push_str(&format!("\n\nFeedback: {link}"));
    Draft { title: item.headline(), body, category: item.category.unwrap_or(Category::Other), marker: marker(item.id) }
}

/// Makes the issue, unless it is found to be made: the job was tried before, or somebody asked before and it failed.
async fn run(ctx: JobCtx, payload: Payload) -> Result<(), Fault> {
    let mut tx = ctx.tx().await?;
    let item = store::one(&mut tx, payload.item).await?;
    if item.issue_url.is_some() {
        return Ok(());
    }
    let kind = integrations::connection(payload.tracker).ok_or_else(|| give_up("This tracker makes its issues itself."))?;
    let open = integrations::open(&mut tx, item.project_id, kind).await?.filter(|open| open.enabled);
    let open = open.ok_or_else(|| give_up(format!("{} is not connected any more.", payload.tracker.words())))?;
    let place = sqlx::query!(
        r#"select o.slug as org, p.slug as project,
             (select count(*) from factory.job_runs r where r.project_id = p.id and r.job_type = $3 and r.input ->> 'item' = $2 and r.attempts > 0) as "runs!"
           from factory.projects p join core.organizations o on o.id = p.organization_id where p.id = $1"#,
        item.project_id,
        item.id.to_string(),
        CREATE
    )
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    let base = ctx.app.config.public_url(ctx.app.config.http.port);
    let draft = draft(&item, &format!("{base}/o/{}/factory/{}/validator/{}", place.org, place.project, item.id));
    // This run counts as one.
    let tried = ctx.attempt > 1 || place.runs > 1;
    let known = if tried { integrations::find(&ctx.app, &open, &draft.marker).await? } else { None };
    let made = match known {
        Some(made) => made,
        None => integrations::create(&ctx.app, &open, &draft).await?,
    };
    let mut tx = ctx.tx().await?;
    keep(&mut tx, &item, payload.tracker, &made.id, &made.url).await?;
    job_runs::finish(&mut tx, &ctx, json!({ "url": made.url })).await?;
    tx.commit().await
}

/// Notes the issue on the item.
pub(super) async fn keep(tx: &mut TenantTx, item: &Feedback, tracker: Tracker, id: &str, url: &str) -> Result<(), Fault> {
    sqlx::query!(
        "update factory.feedback_items set generated_issue_id = $2, generated_issue_url = $3, issue_provider = $4 where id = $1",
        item.id,
        id,
        url,
        tracker.as_str()
    )
    .execute(tx.conn())
    .await?;
    let mut changes = Changes::default();
    changes.note("issue", &None, &Some(url));
    activities::record(tx, item.project_id, Entity::FeedbackItem, item.id, Action::Updated, changes, json!({ "tracker": tracker })).await
}
