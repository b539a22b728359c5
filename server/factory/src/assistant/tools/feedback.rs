//! Feedback: reading it, proposing its category.
use super::{Outcome, documents::count};
use crate::{
    assistant::{FieldChange, Seen, run::Talk},
    feedback::{self, Category, FeedbackPatch, FeedbackQuery},
    projects::Project,
};
use kernel::{Code, Fault, db::TenantTx};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct List {
    status: String,
    category: Option<Category>,
    query: String,
    limit: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Categorize {
    feedback: Vec<Uuid>,
    category: Category,
}

pub async fn list(tx: &mut TenantTx, talk: &Talk, args: &List) -> Result<Outcome, Fault> {
    let asked = FeedbackQuery {
        tab: args.status.clone(),
        category: args.category.map(|c| c.as_str().to_owned()).unwrap_or_default(),
        q: args.query.clone(),
        ..FeedbackQuery::default()
    };
    let found = feedback::page(tx, &talk.project.slug, &asked, Some(args.limit.unwrap_or(20).clamp(1, 100))).await?;
    let items: Vec<Value> = found
        .rows
        .iter()
        .map(|f| {
            json!({
                "id": f.id, "headline": f.headline, "category": f.category, "status": f.status, "priority": f.priority_score,
                "tags": f.tags, "link": format!("{}/validator/{}", talk.base, f.id),
            })
        })
        .collect();
    Ok(Outcome {
        title: format!("Listed {} of feedback", count(items.len(), "item", "items")),
        data: json!({ "items": items, "counts": found.counts }),
        link: Some("/validator".to_owned()),
        ..Outcome::default()
    })
}

pub async fn categorize(tx: &mut TenantTx, project: &Project, args: &Categorize) -> Result<Outcome, Fault> {
    if args.feedback.is_empty() || args.feedback.len() > 50 {
        return Err(Fault::field("feedback", format!("are {}; 1 to 50 can be categorised at once", args.feedback.len())));
    }
    let (mut changes, mut targets, mut first) = (Vec::new(), Vec::new(), String::new());
    for id in &args.feedback {
        let now = feedback::store::one(tx, *id).await?;
        if now.project_id != project.id {
            return Err(feedback::store::missing());
        }
        if now.category == Some(args.category) || targets.iter().any(|seen: &Seen| seen.id == *id) {
            continue;
        }
        if first.is_empty() {
            first = now.headline();
        }
        changes.push(FieldChange {
            field: now.headline(),
            old: now.category.map(|c| c.words().to_owned()),
            new: args.category.words().to_owned(),
        });
        targets.push(Seen { id: *id, rev: now.rev });
    }
    let title = match targets.len() {
        0 => return Err(Fault::new(Code::Validation, format!("That is {} already.", args.category.words().to_lowercase()))),
        1 => format!("Categorise “{first}” as {}", args.category.words().to_lowercase()),
        n => format!("Categorise {} as {}", count(n, "item", "items"), args.category.words().to_lowercase()),
    };
    let link = match targets.as_slice() {
        [one] => Some(format!("/validator/{}", one.id)),
        _ => Some("/validator".to_owned()),
    };
    Ok(Outcome { title, changes, targets, link, ..Outcome::default() })
}

pub async fn categorized(tx: &mut TenantTx, args: &Categorize, seen: &[Seen]) -> Result<Outcome, Fault> {
    let patch = FeedbackPatch { category: Some(args.category), ..FeedbackPatch::default() };
    for seen in seen {
        feedback::update(tx, seen.id, &seen.rev, &patch).await?;
    }
    let what = count(seen.len(), "item", "items");
    Ok(Outcome {
        title: format!("Categorised {what} as {}", args.category.words().to_lowercase()),
        link: match seen {
            [one] => Some(format!("/validator/{}", one.id)),
            _ => Some("/validator".to_owned()),
        },
        data: json!({ "categorized": seen.len() }),
        ..Outcome::default()
    })
}
