//! Who said what to which version.
use super::{Approval, ApprovalState, ApprovalStatus, DocumentApprovals, VersionApprovals};
use crate::{
    documents::store,
    projects::{self, ProjectStatus},
    work_orders,
};
use kernel::{Fault, Perm, db::TenantTx};
use std::collections::HashMap;
use uuid::Uuid;

/// Answers of one reading.
const MOST: i64 = 500;

/// The approvals of a document.
pub async fn of_document(tx: &mut TenantTx, document: Uuid) -> Result<DocumentApprovals, Fault> {
    let document = store::read(tx, document).await?;
    let project = projects::get(tx, document.project_id).await?;
    let me = tx.actor().user;
    let latest = sqlx::query_scalar!("select max(version_number) from factory.document_versions where document_id = $1", document.id)
        .fetch_one(tx.conn())
        .await?;
    let rows = sqlx::query!(
        r#"select v.version_number, a.approver_id, u.name as "person", b.name as "asked_by?", a.status as "status: ApprovalStatus", a.note,
             a.decided_at
           from factory.version_approvals a
             join factory.document_versions v on v.id = a.version_id
             join core.users u on u.id = a.approver_id
             left join core.users b on b.id = a.asked_by
           where a.document_id = $1 order by v.version_number desc, lower(u.name), a.id limit $2"#,
        document.id,
        MOST
    )
    .fetch_all(tx.conn())
    .await?;
    let mut versions: Vec<VersionApprovals> = Vec::new();
    for row in rows {
        if versions.last().is_none_or(|v| v.version != row.version_number) {
            let (state, approvals, waits_for_me) = (ApprovalState::None, Vec::new(), false);
            versions.push(VersionApprovals { version: row.version_number, state, approvals, waits_for_me });
        }
        let Some(version) = versions.last_mut() else { continue };
        version.waits_for_me |= row.status == ApprovalStatus::Waiting && Some(row.approver_id) == me;
        version.approvals.push(Approval {
            person_id: row.approver_id,
            person: row.person,
            asked_by: row.asked_by,
            status: row.status,
            note: row.note,
            decided_at: row.decided_at,
        });
    }
    for version in &mut versions {
        version.state = ApprovalState::of(version.approvals.iter().map(|a| a.status));
    }
    let may_write = project.status != ProjectStatus::Archived && tx.actor().may(Perm::FactoryWrite);
    Ok(DocumentApprovals { latest, versions, people: work_orders::people(tx).await?, may_write })
}

/// How the latest version of each of these documents stands; what has no version stands like one nobody was asked about.
pub(crate) async fn latest(tx: &mut TenantTx, documents: &[Uuid]) -> Result<HashMap<Uuid, ApprovalState>, Fault> {
    let rows = sqlx::query!(
        r#"select a.document_id, a.status as "status: ApprovalStatus"
           from factory.version_approvals a join factory.document_versions v on v.id = a.version_id
           where a.document_id = any ($1)
             and v.version_number = (select max(l.version_number) from factory.document_versions l where l.document_id = a.document_id)"#,
        documents
    )
    .fetch_all(tx.conn())
    .await?;
    let mut said: HashMap<Uuid, Vec<ApprovalStatus>> = HashMap::new();
    for row in rows {
        said.entry(row.document_id).or_default().push(row.status);
    }
    Ok(documents.iter().map(|id| (*id, ApprovalState::of(said.remove(id).unwrap_or_default()))).collect())
}
