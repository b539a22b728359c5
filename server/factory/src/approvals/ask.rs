//! Asking named members to approve a version.
use super::{DocumentApprovals, read::of_document};
use crate::{
    activities::{self, Action, Changes, Entity},
    documents::{Document, store},
    mentions, notices,
    work_orders::store::members,
};
use core_area::notifications::{NewNotice, NoticeType};
use kernel::{Code, Fault, audit::Audit, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// Members asked about one version.
const MOST: usize = 20;

/// The id of a version of a document, or 404.
pub(super) async fn version(tx: &mut TenantTx, document: Uuid, number: i32) -> Result<Uuid, Fault> {
    sqlx::query_scalar!("select id from factory.document_versions where document_id = $1 and version_number = $2", document, number)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(|| Fault::not_found("The version"))
}

/// Asks these members about a version (`None`: the latest). Whoever was asked before and has not answered is asked no
/// longer unless named again; answers stay.
pub async fn ask(tx: &mut TenantTx, document: Uuid, number: Option<i32>, people: &[Uuid]) -> Result<DocumentApprovals, Fault> {
    let (project, document) = store::lock(tx, document).await?;
    let people = members(tx, "people", people).await?;
    if people.is_empty() || people.len() > MOST {
        return Err(Fault::field("people", format!("are {}; name 1 to {MOST} members", people.len())));
    }
    let latest = sqlx::query_scalar!("select max(version_number) from factory.document_versions where document_id = $1", document.id)
        .fetch_one(tx.conn())
        .await?;
    let Some(number) = number.or(latest) else {
        return Err(Fault::new(Code::Validation, "Save a version first: what is approved is what a version says."));
    };
    let version = version(tx, document.id, number).await?;
    sqlx::query!(
        "delete from factory.version_approvals where version_id = $1 and status = 'waiting' and not approver_id = any ($2)",
        version,
        &people
    )
    .execute(tx.conn())
    .await?;
    let by = tx.actor().user;
    let new = sqlx::query_scalar!(
        "insert into factory.version_approvals (project_id, document_id, version_id, approver_id, asked_by)
         select $1, $2, $3, x.id, $4 from unnest($5::uuid[]) x (id) on conflict (version_id, approver_id) do nothing returning approver_id",
        project.id,
        document.id,
        version,
        by,
        &people
    )
    .fetch_all(tx.conn())
    .await?;
    let metadata = json!({ "approval": "asked", "version": number, "people": people.len() });
    activities::record(tx, project.id, Entity::Document, document.id, Action::Updated, Changes::default(), metadata).await?;
    tx.audit(Audit::new("approval.ask").target("document", document.id).meta(json!({ "version": number }))).await?;
    let who = mentions::name_of(tx, by).await?;
    let title = format!("{who} asks you to approve version {number} of {}", document.title);
    let notice = notice(tx, &document, version, NoticeType::ApprovalRequest, "factory.approval_asked", title).await?;
    notices::tell(tx, &new, &notice).await?;
    of_document(tx, document.id).await
}

/// A notice about a version: it leads to the history of the document.
pub(super) async fn notice(
    tx: &mut TenantTx,
    document: &Document,
    version: Uuid,
    kind: NoticeType,
    topic: &'static str,
    title: String,
) -> Result<NewNotice, Fault> {
    let href = mentions::href(tx, document.project_id, &format!("{}?show=history", document.path())).await?;
    Ok(NewNotice {
        // Another version is other news, also within five minutes.
        entity_type: Some("document_version"),
        entity_id: Some(version),
        project_id: Some(document.project_id),
        href: Some(href),
        ..NewNotice::new(Uuid::nil(), kind, topic, title)
    })
}
