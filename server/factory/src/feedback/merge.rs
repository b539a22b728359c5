//! Two items that say the same become one.
use super::{Feedback, FeedbackStatus, change, score, store};
use crate::graph::{self, EdgeType, EntityKind, EntityRef};
use kernel::{Code, Fault, db::TenantTx};
use uuid::Uuid;

/// Merges an item into another of the project: the first is dismissed and related to the second, whose reach counts its
/// user from now on. Answers the second.
pub async fn merge(tx: &mut TenantTx, id: Uuid, rev: &str, into: Uuid) -> Result<Feedback, Fault> {
    let (project, item) = store::lock(tx, id).await?;
    store::check_rev(&item, rev)?;
    if id == into {
        return Err(Fault::new(Code::Validation, "An item cannot be merged into itself."));
    }
    let target = store::one(tx, into).await?;
    if target.project_id != project.id {
        return Err(store::missing());
    }
    if target.merged_into.is_some() {
        return Err(Fault::new(Code::Conflict, "That item was merged into another itself. Merge into that one."));
    }
    if item.merged_into.is_some() {
        return Err(Fault::new(Code::Conflict, "This item was merged already."));
    }
    if item.status != FeedbackStatus::Dismissed && !item.status.may_become(FeedbackStatus::Dismissed) {
        return Err(item.status.refuse(FeedbackStatus::Dismissed));
    }
    let node = |id| EntityRef::new(EntityKind::FeedbackItem, id);
    graph::keep_link(tx, project.id, node(id), EdgeType::RelatedTo, node(into)).await?;
    let after = Feedback { status: FeedbackStatus::Dismissed, merged_into: Some(into), ..item.clone() };
    change::save(tx, project.id, &item, &after).await?;
    // What was merged into this one follows.
    sqlx::query!("update factory.feedback_items set merged_into = $2 where merged_into = $1", id, into).execute(tx.conn()).await?;
    score::rescore(tx, &target).await?;
    store::one(tx, into).await
}
