//! The job that deletes an account: organization by organization, each in one transaction that also notes how far it
//! came, so that a crash resumes and leaves no half row. What others wrote together with the person stays, without a name.
use super::{
    consents::note,
    tables::{marked, on_behalf, organizations},
};
use kernel::{
    Fault,
    app::App,
    audit::Audit,
    db::TenantTx,
    files, ids,
    jobs::{self, JobCtx, NewJob},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The kind of the job that deletes an account.
pub const DELETE: &str = "privacy.delete";

/// The payload of a deletion job.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct DeletionJob {
    pub request: Uuid,
    pub user: Uuid,
}

/// How far a deletion came; column `result` while it runs and when it is done.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    with_organizations: bool,
    /// The last organization that is done; they go in the order of their ids.
    after: Option<Uuid>,
    /// Rows deleted, by table.
    deleted: BTreeMap<String, i64>,
    /// Rows that forgot their author, by table and column.
    blanked: BTreeMap<String, i64>,
    /// Organizations that went with their only member.
    organizations: i64,
    files: i64,
}

/// The hourly job `privacy.sweep`: queues every deletion whose fourteen days are over. Answers how many.
pub async fn sweep(app: &App) -> Result<usize, Fault> {
    let due = sqlx::query!(r#"select id as "id!", user_id as "user_id!" from core.deletions_due($1)"#, app.clock.now())
        .fetch_all(app.db.pool())
        .await?;
    for row in &due {
        let mut tx = on_behalf(app, row.user_id, None).await?;
        let job = NewJob::new(DELETE, DeletionJob { request: row.id, user: row.user_id }).unique(row.id.to_string());
        jobs::enqueue(tx.conn(), job).await?;
        tx.commit().await?;
    }
    Ok(due.len())
}

/// The handler of `privacy.delete`.
pub async fn run_deletion(ctx: JobCtx, job: DeletionJob) -> Result<(), Fault> {
    let app = &ctx.app;
    let Some((email, mut progress)) = start(app, job).await? else {
        return Ok(());
    };
    let done = async {
        remove_files(app, job.user, &mut progress).await?;
        hand_over(app, job, &mut progress).await?;
        loop {
            let batch = organizations(app, progress.after).await?;
            if batch.is_empty() {
                break;
            }
            for org in batch {
                if ctx.cancelled() {
                    return Err(Fault::new(kernel::Code::Unavailable, "Stopped; the deletion goes on from here."));
                }
                erase_in(app, job, &email, org, &mut progress).await?;
            }
        }
        finish(app, job, &email, progress).await
    };
    match done.await {
        Ok(()) => Ok(()),
        Err(fault) if ctx.attempt >= ctx.max_attempts => {
            let mut tx = on_behalf(app, job.user, None).await?;
            // The sweep queues it again: it stays in processing, with the reason beside it.
            sqlx::query!(
                "update core.data_deletion_requests set result = coalesce(result, '{}') || jsonb_build_object('error', $2::text) where id = $1",
                job.request,
                fault.message
            )
            .execute(tx.conn())
            .await?;
            tx.commit().await?;
            Err(fault)
        }
        Err(fault) => Err(fault),
    }
}

/// Marks the request as running; nothing to do when it was cancelled, is done, or is not due.
async fn start(app: &App, job: DeletionJob) -> Result<Option<(String, Progress)>, Fault> {
    let mut tx = on_behalf(app, job.user, None).await?;
    let now = tx.now();
    let row = sqlx::query!(
        r#"update core.data_deletion_requests set status = 'processing'
           where id = $1 and user_id = $2 and status in ('pending', 'processing') and confirmed_at is not null and execute_after <= $3
           returning coalesce(result, '{}') as "result!""#,
        job.request,
        job.user,
        now
    )
    .fetch_optional(tx.conn())
    .await?;
    let email = sqlx::query_scalar!("select email from core.users where id = $1", job.user).fetch_optional(tx.conn()).await?;
    tx.commit().await?;
    let (Some(row), Some(email)) = (row, email) else {
        return Ok(None);
    };
    Ok(Some((email, serde_json::from_value(row.result).unwrap_or_default())))
}

/// Keeps how far the deletion came, in the transaction of the work itself.
async fn keep(tx: &mut TenantTx, job: DeletionJob, progress: &Progress) -> Result<(), Fault> {
    sqlx::query!("update core.data_deletion_requests set result = $2 where id = $1", job.request, json!(progress))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The person's avatar and exports. Files are named by their content: one that somebody else names too stays.
async fn remove_files(app: &App, user: Uuid, progress: &mut Progress) -> Result<(), Fault> {
    let mut tx = on_behalf(app, user, None).await?;
    let mut named = sqlx::query_scalar!(
        r#"with mine as (select id, file_sha256 from core.data_export_requests where user_id = $1 and file_sha256 is not null for update)
           update core.data_export_requests r set file_sha256 = null, download_url = null from mine where r.id = mine.id
           returning mine.file_sha256 as "sha256!""#,
        user
    )
    .fetch_all(tx.conn())
    .await?;
    let avatar = sqlx::query_scalar!(
        r#"with mine as (select id, avatar_url from core.users where id = $1 and avatar_url is not null for update)
           update core.users u set avatar_url = null from mine where u.id = mine.id returning mine.avatar_url as "url!""#,
        user
    )
    .fetch_optional(tx.conn())
    .await?;
    named.extend(avatar.and_then(|url| url.strip_prefix("/api/avatars/").map(str::to_owned)));
    for sha256 in named {
        if files::remove_unnamed(&mut tx, &sha256).await? {
            progress.files += 1;
        }
    }
    tx.commit().await
}

/// Organizations without another member go; where the person became the only owner while the fourteen days ran, whoever
/// has been there longest (admins first) owns it from now on: an organization never stands without an owner.
async fn hand_over(app: &App, job: DeletionJob, progress: &mut Progress) -> Result<(), Fault> {
    let mut tx = on_behalf(app, job.user, None).await?;
    let mine =
        sqlx::query!(r#"select id as "id!", role as "role!", members as "members!", owners as "owners!" from core.my_organizations()"#)
            .fetch_all(tx.conn())
            .await?;
    drop(tx);
    for org in mine {
        let mut tx = on_behalf(app, job.user, Some(org.id)).await?;
        if org.members == 1 {
            let now = tx.now();
            tx.audit(Audit::new("organization.delete").critical().target("organization", org.id)).await?;
            let gone =
                sqlx::query_scalar!(r#"select core.purge_organization($1, $2) as "gone!""#, org.id, now).fetch_one(tx.conn()).await?;
            progress.organizations += i64::from(gone);
        } else if org.role == "owner" && org.owners == 1 {
            let heir = sqlx::query_scalar!(
                "update core.memberships set role = 'owner' where id = (
                   select id from core.memberships where org_id = $1 and user_id <> $2
                   order by (role = 'admin') desc, created_at, id limit 1) returning user_id",
                org.id,
                job.user
            )
            .fetch_one(tx.conn())
            .await?;
            tx.audit(Audit::new("organization.transfer").critical().target("user", heir)).await?;
        }
        keep(&mut tx, job, progress).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// One organization in one transaction.
async fn erase_in(app: &App, job: DeletionJob, email: &str, org: Uuid, progress: &mut Progress) -> Result<(), Fault> {
    let mut tx = on_behalf(app, job.user, Some(org)).await?;
    erase(&mut tx, job.user, email, progress).await?;
    progress.after = Some(org);
    keep(&mut tx, job, progress).await?;
    tx.commit().await
}

/// Deletes the rows and blanks the authorship that this transaction shows.
async fn erase(tx: &mut TenantTx, user: Uuid, email: &str, progress: &mut Progress) -> Result<(), Fault> {
    // Blank first: a deleted row may be what another one names.
    let blanked = sqlx::query!(
        r#"select a.table_name || '.' || a.column_name as "column!", core.privacy_blank(a.table_name::regclass, a.column_name, $1) as "n!"
           from core.privacy_authors() a"#,
        user
    )
    .fetch_all(tx.conn())
    .await?;
    for row in blanked.into_iter().filter(|row| row.n > 0) {
        *progress.blanked.entry(row.column).or_default() += row.n;
    }
    // The request itself and the memberships last: what stands before may depend on them.
    let mut tables: Vec<_> = marked(tx.conn()).await?.into_iter().filter(|table| !table.keep).collect();
    tables.sort_by_key(|table| table.table == "core.memberships");
    for table in tables {
        let n = sqlx::query_scalar!(
            r#"select core.privacy_erase($1::text::regclass, $2, $3, $4, $5) as "n!""#,
            table.table,
            table.user_column,
            table.email_column,
            user,
            email
        )
        .fetch_one(tx.conn())
        .await?;
        if n > 0 {
            *progress.deleted.entry(table.table).or_default() += n;
        }
    }
    Ok(())
}

/// The last transaction: what belongs to no organization, and the name and address themselves.
async fn finish(app: &App, job: DeletionJob, email: &str, mut progress: Progress) -> Result<(), Fault> {
    let mut tx = on_behalf(app, job.user, None).await?;
    let now = tx.now();
    erase(&mut tx, job.user, email, &mut progress).await?;
    let nobody = format!("deleted-{}", ids::random_text(b"0123456789abcdef", 8));
    sqlx::query!(
        "update core.users set email = $2, name = $2, password_hash = null, avatar_url = null, email_verified = false, locked_until = null,
            last_login_at = null, deleted_at = $3 where id = $1",
        job.user,
        nobody,
        now
    )
    .execute(tx.conn())
    .await?;
    let result = json!({
        "deleted": progress.deleted,
        "blanked": progress.blanked,
        "organizations": progress.organizations,
        "files": progress.files,
    });
    sqlx::query!(
        "update core.data_deletion_requests set status = 'completed', completed_at = $2, result = $3 where id = $1",
        job.request,
        now,
        result
    )
    .execute(tx.conn())
    .await?;
    note(&mut tx, "deletion.completed", result).await?;
    tx.audit(Audit::new("privacy.deletion_done").critical().target("user", job.user)).await?;
    tx.commit().await
}
