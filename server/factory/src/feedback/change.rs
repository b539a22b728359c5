//! What people do with an item: status, category, score, tags, features.
use super::{Category, Feedback, FeedbackPatch, FeedbackStatus, score, store};
use crate::{
    activities::{self, Action, Changes, Entity},
    graph::{self, EdgeType, EntityKind, EntityRef},
    moves,
};
use kernel::{Fault, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

impl FeedbackStatus {
    /// 409 naming the allowed moves.
    pub fn refuse(self, next: Self) -> Fault {
        let moves: Vec<_> = self.moves().map(|s| (s, s.words())).collect();
        moves::refuse((&format!("{} feedback", self.words()), next.words()), &moves)
    }
}

/// Changes the fields that the patch names. 409 `stale` carries the current item; 409 `invalid_transition` the moves.
pub async fn update(tx: &mut TenantTx, id: Uuid, rev: &str, patch: &FeedbackPatch) -> Result<Feedback, Fault> {
    let (project, before) = store::lock(tx, id).await?;
    store::check_rev(&before, rev)?;
    let FeedbackPatch { status, category, score_percent, tags, title } = patch;
    let mut after = before.clone();
    if let Some(next) = status
        && *next != before.status
    {
        if !before.status.may_become(*next) {
            return Err(before.status.refuse(*next));
        }
        after.status = *next;
    }
    if let Some(category) = category {
        after.category = Some(*category);
    }
    match score_percent {
        None => {}
        Some(-1) => after.scored_by_person = false,
        Some(percent @ 0..=100) => {
            after.scored_by_person = true;
            after.priority_score = Some(*percent as f32 / 100.0);
        }
        Some(_) => return Err(Fault::field("score_percent", "is 0 to 100")),
    }
    if let Some(tags) = tags {
        after.tags = read_tags(tags)?;
    }
    if let Some(title) = title {
        let n = title.trim().chars().count();
        if n > 500 {
            return Err(Fault::field("title", format!("has {n} characters; the most is 500")));
        }
        after.title = Some(title.trim().to_owned()).filter(|t| !t.is_empty());
    }
    save(tx, project.id, &before, &after).await?;
    if before.scored_by_person && !after.scored_by_person {
        score::rescore(tx, &after).await?;
    }
    store::one(tx, id).await
}

fn read_tags(text: &str) -> Result<Vec<String>, Fault> {
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split(',').map(str::trim).filter(|t| !t.is_empty()) {
        if tag.chars().count() > 100 {
            return Err(Fault::field("tags", "are at most 100 characters each"));
        }
        if !tags.iter().any(|t| t == tag) {
            tags.push(tag.to_owned());
        }
    }
    if tags.len() > 20 {
        return Err(Fault::field("tags", format!("are {}; the most is 20", tags.len())));
    }
    Ok(tags)
}

/// Writes an item with its history and its node.
pub(super) async fn save(tx: &mut TenantTx, project: Uuid, before: &Feedback, after: &Feedback) -> Result<(), Fault> {
    let mut changes = Changes::default();
    changes.note("status", &before.status, &after.status);
    changes.note("category", &before.category, &after.category);
    changes.note("priority_score", &before.priority_score, &after.priority_score);
    changes.note("tags", &before.tags, &after.tags);
    changes.note("title", &before.title, &after.title);
    changes.note("merged_into", &before.merged_into, &after.merged_into);
    if changes.is_empty() && before.scored_by_person == after.scored_by_person {
        return Ok(());
    }
    sqlx::query!(
        "update factory.feedback_items set status = $2, category = $3, priority_score = $4, scored_by_person = $5, tags = $6, title = $7,
           merged_into = $8 where id = $1",
        after.id,
        after.status as FeedbackStatus,
        after.category as Option<Category>,
        after.priority_score,
        after.scored_by_person,
        &after.tags,
        after.title,
        after.merged_into
    )
    .execute(tx.conn())
    .await?;
    let action = if before.status == after.status { Action::Updated } else { Action::StatusChanged };
    activities::record(tx, project, Entity::FeedbackItem, after.id, action, changes, json!({})).await?;
    graph::keep_feedback(tx, &[after.id]).await
}

/// Says which feature an item is about, and scores it anew.
pub async fn link_feature(tx: &mut TenantTx, id: Uuid, feature: Uuid) -> Result<Feedback, Fault> {
    let (project, item) = store::lock(tx, id).await?;
    let (from, to) = ends(id, feature);
    graph::link(tx, project.id, from, EdgeType::FeedbackOn, to).await?;
    linked(tx, project.id, &item, json!({ "linked": feature })).await
}

/// Takes that back.
pub async fn unlink_feature(tx: &mut TenantTx, id: Uuid, feature: Uuid) -> Result<Feedback, Fault> {
    let (project, item) = store::lock(tx, id).await?;
    let (from, to) = ends(id, feature);
    graph::unlink_between(tx, project.id, from, EdgeType::FeedbackOn, to).await?;
    linked(tx, project.id, &item, json!({ "unlinked": feature })).await
}

fn ends(item: Uuid, feature: Uuid) -> (EntityRef, EntityRef) {
    (EntityRef::new(EntityKind::FeedbackItem, item), EntityRef::new(EntityKind::Feature, feature))
}

async fn linked(tx: &mut TenantTx, project: Uuid, item: &Feedback, facts: serde_json::Value) -> Result<Feedback, Fault> {
    activities::record(tx, project, Entity::FeedbackItem, item.id, Action::Updated, Changes::default(), facts).await?;
    score::rescore(tx, item).await?;
    store::one(tx, item.id).await
}
