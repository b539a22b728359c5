//! Saying yes or no to a version.
use super::{
    ApprovalStatus, DocumentApprovals,
    ask::{notice, version},
    read::of_document,
};
use crate::{
    activities::{self, Action, Changes, Entity},
    documents::store,
    features::store::text,
    mentions, notices,
};
use core_area::notifications::NoticeType;
use kernel::{Code, Fault, audit::Audit, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// Approves or declines a version one was asked about, with a word; a no needs one. Whoever thinks better of it says so
/// the same way. 403 for somebody who was not asked.
pub async fn decide(tx: &mut TenantTx, document: Uuid, number: i32, approve: bool, note: &str) -> Result<DocumentApprovals, Fault> {
    let (project, document) = store::lock(tx, document).await?;
    let me = tx.actor().user()?;
    let note = text("note", note, 1000)?;
    if !approve && note.is_none() {
        return Err(Fault::field("note", "says what is missing: it is required to decline"));
    }
    let version = version(tx, document.id, number).await?;
    let before = sqlx::query!(
        r#"select id, status as "status: ApprovalStatus", asked_by from factory.version_approvals where version_id = $1 and approver_id = $2"#,
        version,
        me
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::new(Code::Forbidden, "You were not asked to approve this version."))?;
    let status = if approve { ApprovalStatus::Approved } else { ApprovalStatus::Declined };
    let now = tx.now();
    sqlx::query!(
        "update factory.version_approvals set status = $2, note = $3, decided_at = $4 where id = $1",
        before.id,
        status as ApprovalStatus,
        note,
        now
    )
    .execute(tx.conn())
    .await?;
    let mut changes = Changes::default();
    changes.note("approval", &before.status, &status);
    let metadata = json!({ "approval": status, "version": number, "note": note });
    activities::record(tx, project.id, Entity::Document, document.id, Action::Updated, changes, metadata).await?;
    tx.audit(Audit::new("approval.decide").target("document", document.id).meta(json!({ "version": number, "status": status }))).await?;
    if let Some(asker) = before.asked_by {
        let who = mentions::name_of(tx, Some(me)).await?;
        let verb = if approve { "approved" } else { "declined" };
        let title = format!("{who} {verb} version {number} of {}", document.title);
        let mut notice = notice(tx, &document, version, NoticeType::ApprovalResolved, "factory.approval_decided", title).await?;
        notice.body = note;
        // Each answer is news of its own.
        notice.entity_id = Some(before.id);
        notices::tell(tx, &[asker], &notice).await?;
    }
    of_document(tx, document.id).await
}
