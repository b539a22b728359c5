//! What is thrown away, and when: the nightly job `retention.purge`. Each part stands alone and finds nothing the second
//! time, so a crash in between costs nothing.
use kernel::{Fault, access::Actor, app::App, db::TenantTx, files, limits};

/// A deleted organization is gone for good after this many days.
const ORGANIZATION_DAYS: i32 = 30;
/// Ended jobs stay on the jobs page this long.
const JOB_DAYS: i32 = 30;
/// Sent and failed mails stay in the mailbox this long.
const MAIL_DAYS: i32 = 90;
/// Dispatched events, which nobody reads again.
const EVENT_DAYS: i32 = 7;

/// Runs every part; answers how many rows and files went.
pub async fn purge(app: &App) -> Result<u64, Fault> {
    let mut gone = 0;
    gone += organizations(app).await?;
    gone += audit(app).await?;
    gone += work(app).await?;
    gone += exports(app).await?;
    gone += app.files.drop_unfinished(app.clock.now()).await? as u64;
    gone += limits::forget_idle(app).await?;
    Ok(gone)
}

async fn organizations(app: &App) -> Result<u64, Fault> {
    let before = app.clock.now() - chrono::Duration::days(ORGANIZATION_DAYS.into());
    let due = sqlx::query_scalar!(r#"select core.organizations_to_purge($1) as "id!""#, before).fetch_all(app.db.pool()).await?;
    let mut gone = 0;
    for org in due {
        // One statement each: an organization can be large, and the others need not wait for it.
        let purged =
            sqlx::query_scalar!(r#"select core.purge_organization($1, $2) as "gone!""#, org, before).fetch_one(app.db.pool()).await?;
        gone += u64::from(purged);
    }
    Ok(gone)
}

/// The log keeps twelve months, by the clock of the database as well: no process with a wrong clock shortens it.
async fn audit(app: &App) -> Result<u64, Fault> {
    let now = app.clock.now();
    let gone = sqlx::query_scalar!(
        r#"select core.audit_purge(least($1::timestamptz - interval '366 days', now() - interval '366 days')) as "n!""#,
        now
    )
    .fetch_one(app.db.pool())
    .await?;
    Ok(gone as u64)
}

async fn work(app: &App) -> Result<u64, Fault> {
    let now = app.clock.now();
    let notices = sqlx::query_scalar!(r#"select core.notices_purge($1) as "n!""#, now).fetch_one(app.db.pool()).await? as u64;
    let admin = app.db.admin_pool();
    let jobs = sqlx::query!(
        "delete from core.jobs where status in ('succeeded', 'failed', 'dead', 'cancelled')
           and finished_at < $1::timestamptz - make_interval(days => $2)",
        now,
        JOB_DAYS
    )
    .execute(admin)
    .await?;
    let mails = sqlx::query!(
        "delete from core.mail_queue where status <> 'queued' and created_at < $1::timestamptz - make_interval(days => $2)",
        now,
        MAIL_DAYS
    )
    .execute(admin)
    .await?;
    let events =
        sqlx::query!("delete from core.event_outbox where dispatched_at < $1::timestamptz - make_interval(days => $2)", now, EVENT_DAYS)
            .execute(admin)
            .await?;
    Ok(notices + jobs.rows_affected() + mails.rows_affected() + events.rows_affected())
}

/// Exports whose seven days are over: the file goes, the line of the request stays.
async fn exports(app: &App) -> Result<u64, Fault> {
    let due = sqlx::query!(
        r#"select id as "id!", user_id as "user_id!", file_sha256 as "sha256!" from core.exports_expired($1)"#,
        app.clock.now()
    )
    .fetch_all(app.db.pool())
    .await?;
    for row in &due {
        let mut tx = TenantTx::begin(app, Actor { user: Some(row.user_id), ..Actor::system(None) }).await?;
        sqlx::query!("update core.data_export_requests set file_sha256 = null, download_url = null where id = $1", row.id)
            .execute(tx.conn())
            .await?;
        files::remove_unnamed(&mut tx, &row.sha256).await?;
        tx.commit().await?;
    }
    Ok(due.len() as u64)
}
