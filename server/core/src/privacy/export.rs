//! Asking for one's data, and fetching it.
use super::{ExportRequest, RequestStatus, consents::note};
use chrono::{DateTime, Duration, Utc};
use kernel::{
    Code, Fault, Perm,
    audit::Audit,
    db::TenantTx,
    files,
    jobs::{self, NewJob},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// The kind of the job that packs an export.
pub const EXPORT: &str = "privacy.export";

/// The payload of an export job.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ExportJob {
    pub request: Uuid,
    pub user: Uuid,
}

/// The exports of the acting person, the newest first.
pub async fn exports(tx: &mut TenantTx) -> Result<Vec<ExportRequest>, Fault> {
    tx.require(Perm::SelfManage)?;
    let (user, now) = (tx.actor().user()?, tx.now());
    let rows = sqlx::query!(
        r#"select id, status as "status: RequestStatus", requested_at, completed_at, expires_at, file_sha256, error
           from core.data_export_requests where user_id = $1 order by requested_at desc, id desc limit 20"#,
        user
    )
    .fetch_all(tx.conn())
    .await?;
    let requests = rows.into_iter().map(|row| ExportRequest {
        id: row.id,
        status: row.status,
        requested_at: row.requested_at,
        completed_at: row.completed_at,
        expires_at: row.expires_at,
        downloadable: row.file_sha256.is_some() && row.expires_at.is_some_and(|at| at > now),
        sha256: row.file_sha256,
        error: row.error,
    });
    Ok(requests.collect())
}

/// Asks for an export; one in 24 hours.
pub async fn request_export(tx: &mut TenantTx) -> Result<ExportRequest, Fault> {
    tx.require(Perm::SelfManage)?;
    let (user, now) = (tx.actor().user()?, tx.now());
    // Two clicks at once: the second one waits here and then finds the first.
    sqlx::query!("select id from core.users where id = $1 for no key update", user).fetch_one(tx.conn()).await?;
    let last: Option<DateTime<Utc>> =
        sqlx::query_scalar!("select max(requested_at) from core.data_export_requests where user_id = $1 and status <> 'failed'", user)
            .fetch_one(tx.conn())
            .await?;
    if let Some(wait) = last.map(|at| at + Duration::hours(24) - now).filter(|wait| *wait > Duration::zero()) {
        let mut fault = Fault::new(Code::RateLimited, "You can ask for one export in 24 hours.");
        fault.retry_after = Some(wait.num_seconds().max(1) as u64);
        return Err(fault);
    }
    let id = sqlx::query_scalar!("insert into core.data_export_requests (user_id, requested_at) values ($1, $2) returning id", user, now)
        .fetch_one(tx.conn())
        .await?;
    jobs::enqueue(tx.conn(), NewJob::new(EXPORT, ExportJob { request: id, user }).unique(id.to_string())).await?;
    note(tx, "export.requested", json!({ "request": id })).await?;
    tx.audit(Audit::new("privacy.export_request").target("export", id)).await?;
    exports(tx).await?.into_iter().find(|request| request.id == id).ok_or_else(Fault::internal)
}

/// The link of a finished export, which works until the export expires. Needs a fresh proof of identity: the file is
/// all there is to know about a person.
pub async fn download_export(tx: &mut TenantTx, id: Uuid) -> Result<String, Fault> {
    tx.require(Perm::SelfManage)?;
    tx.require_reauth()?;
    let (user, now) = (tx.actor().user()?, tx.now());
    let row = sqlx::query!(
        "select file_sha256, expires_at, requested_at from core.data_export_requests where id = $1 and user_id = $2",
        id,
        user
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The export"))?;
    let (Some(sha256), Some(expires)) = (row.file_sha256, row.expires_at) else {
        return Err(Fault::new(Code::InvalidTransition, "This export is not ready yet."));
    };
    if expires <= now {
        return Err(Fault::new(Code::Gone, "This export has expired. Ask for a new one."));
    }
    note(tx, "export.downloaded", json!({ "request": id })).await?;
    tx.audit(Audit::new("privacy.export_download").warning().target("export", id)).await?;
    let name = format!("millrace-export-{}.zip", row.requested_at.format("%Y-%m-%d"));
    Ok(files::link(&tx.app().pepper, &sha256, &name, expires))
}
