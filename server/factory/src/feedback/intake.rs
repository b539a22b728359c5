//! Taking in what an app or a person reports.
use super::{Category, FeedbackInput, FeedbackStatus, Receipt, score, store};
use crate::{
    activities::{self, Action, Changes, Entity},
    graph::{self, EdgeType, EntityKind, EntityRef},
    projects::ProjectStatus,
};
use kernel::{Code, Fault, Perm, access::ActorKind, db::TenantTx, limits::Rule};
use serde_json::{Value, json};
use uuid::Uuid;

/// The largest body of a call.
pub const MAX_BYTES: usize = 256 * 1024;
/// How often one key may report.
pub const RATE: Rule = Rule::per_minute("feedback", 60);

/// Stores an item and queues its triage. `once` is the `Idempotency-Key` of the call.
pub async fn receive(tx: &mut TenantTx, project: Uuid, input: &FeedbackInput, once: Option<&str>) -> Result<Receipt, Fault> {
    tx.require(Perm::FeedbackWrite)?;
    let bound = tx.actor().project;
    if bound.is_some_and(|bound| bound != project) {
        return Err(Fault::new(Code::Forbidden, "This key belongs to another project."));
    }
    let status = sqlx::query_scalar!(r#"select status as "status: ProjectStatus" from factory.projects where id = $1"#, project)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(|| Fault::not_found("The project"))?;
    if status == ProjectStatus::Archived {
        return Err(Fault::new(Code::ProjectArchived, "This project is archived: it takes no feedback."));
    }
    let clean = check(input)?;
    let feature = match input.feature.as_deref().map(str::trim).filter(|key| !key.is_empty()) {
        None => None,
        Some(key) => Some(
            sqlx::query_scalar!(
                "select id from factory.features where project_id = $1 and feature_id = $2 and deleted_at is null",
                project,
                key
            )
            .fetch_optional(tx.conn())
            .await?
            .ok_or_else(|| Fault::field("feature", format!("{key} is not a feature of this project")))?,
        ),
    };
    let key = (tx.actor().kind == ActorKind::ApiKey).then_some(tx.actor().id).flatten();
    let embedding = store::embedding(clean.title.as_deref().unwrap_or_default(), &clean.description);
    let made = sqlx::query_as!(
        Receipt,
        r#"insert into factory.feedback_items (project_id, title, description, category, browser_info, device_info, session_data, source_app_key_id,
             external_user_id, tags, idempotency_key, embedding)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::public.vector)
           returning id, status as "status: FeedbackStatus", created_at"#,
        project,
        clean.title,
        clean.description,
        clean.category as Option<Category>,
        input.browser_info,
        input.device_info,
        input.session_data,
        key,
        clean.external_user_id,
        &clean.tags,
        once,
        embedding
    )
    .fetch_one(tx.conn())
    .await
    .map_err(|error| match error.as_database_error().and_then(|db| db.constraint()) {
        Some("feedback_items_source_app_key_id_idempotency_key_key") => {
            Fault::new(Code::Conflict, "This Idempotency-Key was used for another call.")
        }
        _ => error.into(),
    })?;
    let mut changes = Changes::default();
    changes.note("status", &None, &Some(made.status));
    activities::record(tx, project, Entity::FeedbackItem, made.id, Action::Created, changes, json!({})).await?;
    graph::keep_feedback(tx, &[made.id]).await?;
    if let Some(feature) = feature {
        graph::keep_link(
            tx,
            project,
            EntityRef::new(EntityKind::FeedbackItem, made.id),
            EdgeType::FeedbackOn,
            EntityRef::new(EntityKind::Feature, feature),
        )
        .await?;
    }
    score::queue(tx, project, made.id).await?;
    Ok(made)
}

struct Clean {
    title: Option<String>,
    description: String,
    category: Option<Category>,
    external_user_id: Option<String>,
    tags: Vec<String>,
}

/// 422 with every field that is wrong.
fn check(input: &FeedbackInput) -> Result<Clean, Fault> {
    let mut fault = Fault::new(Code::Validation, "Please check the marked fields.");
    let mut text = |name: &str, value: Option<&str>, max: usize| -> Option<String> {
        let value = value.unwrap_or_default().replace('\0', "").trim().to_owned();
        let n = value.chars().count();
        if n > max {
            fault.fields.insert(name.to_owned(), format!("has {n} characters; the most is {max}"));
        }
        (n > 0).then_some(value)
    };
    let title = text("title", input.title.as_deref(), 500);
    let description = text("description", Some(&input.description), 10_000);
    let external_user_id = text("externalUserId", input.external_user_id.as_deref(), 255);
    let mut tags: Vec<String> = Vec::new();
    for tag in &input.tags {
        if let Some(tag) = text("tags", Some(tag), 100)
            && !tags.contains(&tag)
        {
            tags.push(tag);
        }
    }
    if tags.len() > 20 {
        fault.fields.insert("tags".into(), format!("are {}; the most is 20", tags.len()));
    }
    if description.is_none() {
        fault.fields.insert("description".into(), "is required".into());
    }
    let category = match input.category.as_deref().map(str::trim).filter(|c| !c.is_empty()) {
        None => None,
        Some(word) => {
            let found = Category::parse(word);
            if found.is_none() {
                fault.fields.insert("category".into(), "is bug, feature_request, performance or other".into());
            }
            found
        }
    };
    for (name, value) in [("browserInfo", &input.browser_info), ("deviceInfo", &input.device_info), ("sessionData", &input.session_data)] {
        if value.as_ref().is_some_and(nul) {
            fault.fields.insert(name.into(), "holds a character that cannot be stored".into());
        }
    }
    match (description, fault.fields.is_empty()) {
        (Some(description), true) => Ok(Clean { title, description, category, external_user_id, tags }),
        _ => Err(fault),
    }
}

/// Postgres keeps no NUL in JSON.
fn nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(nul),
        Value::Object(map) => map.iter().any(|(key, value)| key.contains('\0') || nul(value)),
        _ => false,
    }
}
