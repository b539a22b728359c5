//! Reading one item for a change, and its embedding.
use super::{Category, Facts, Feedback, FeedbackStatus};
use crate::projects::{self, Project};
use chrono::{DateTime, Utc};
use kernel::{Fault, db::TenantTx};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

struct Row {
    id: Uuid,
    rev: String,
    project_id: Uuid,
    title: Option<String>,
    description: String,
    category: Option<Category>,
    priority_score: Option<f32>,
    scored_by_person: bool,
    triage: Option<Json<Facts>>,
    status: FeedbackStatus,
    browser_info: Option<Value>,
    device_info: Option<Value>,
    session_data: Option<Value>,
    source: Option<String>,
    external_user_id: Option<String>,
    issue_url: Option<String>,
    issue_id: Option<String>,
    issue_provider: Option<String>,
    tags: Vec<String>,
    merged_into: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// An item, or 404.
pub async fn one(tx: &mut TenantTx, id: Uuid) -> Result<Feedback, Fault> {
    let r = sqlx::query_as!(
        Row,
        r#"select f.id, f.xmin::text as "rev!", f.project_id, f.title, f.description, f.category as "category: Category", f.priority_score,
             f.scored_by_person, f.triage as "triage: Json<Facts>", f.status as "status: FeedbackStatus", f.browser_info, f.device_info,
             f.session_data, k.name as "source?", f.external_user_id, f.generated_issue_url as issue_url, f.generated_issue_id as issue_id,
             f.issue_provider, f.tags, f.merged_into, f.created_at, f.updated_at
           from factory.feedback_items f left join core.api_keys k on k.id = f.source_app_key_id
           where f.id = $1"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(missing)?;
    Ok(Feedback {
        id: r.id,
        rev: r.rev,
        project_id: r.project_id,
        title: r.title,
        description: r.description,
        category: r.category,
        priority_score: r.priority_score,
        scored_by_person: r.scored_by_person,
        triage: r.triage.map(|t| t.0),
        status: r.status,
        browser_info: r.browser_info,
        device_info: r.device_info,
        session_data: r.session_data,
        source: r.source,
        external_user_id: r.external_user_id,
        issue_url: r.issue_url,
        issue_id: r.issue_id,
        issue_provider: r.issue_provider,
        tags: r.tags,
        merged_into: r.merged_into,
        created_at: r.created_at,
        updated_at: r.updated_at,
    })
}

pub fn missing() -> Fault {
    Fault::not_found("The feedback")
}

/// Queues for the project of an item and reads it: 404 where it is none of ours, 409 where the project is archived.
pub async fn lock(tx: &mut TenantTx, id: Uuid) -> Result<(Project, Feedback), Fault> {
    let project = sqlx::query_scalar!("select project_id from factory.feedback_items where id = $1", id)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(missing)?;
    let project = projects::lock_id(tx, project).await?;
    Ok((project, one(tx, id).await?))
}

/// 409 `stale` with the current item, unless this is the version the change was made on.
pub fn check_rev(now: &Feedback, rev: &str) -> Result<(), Fault> {
    if now.rev == rev { Ok(()) } else { Err(Fault::stale("feedback").with_details(json!({ "current": now }))) }
}

/// The built-in embedding of a text, as the database reads vectors; `None` for a text without words.
pub fn embedding(title: &str, description: &str) -> Option<String> {
    let vector = indexing::embed::builtin(&format!("{title}\n{description}"));
    if vector.iter().all(|x| *x == 0.0) {
        return None;
    }
    let numbers: Vec<String> = vector.iter().map(f32::to_string).collect();
    Some(format!("[{}]", numbers.join(",")))
}
