//! Guessing is slowed down: per address by locks that double, per IP by a limit on failures (chapter 10, section 3).
//!
//! An address is locked whether or not anybody has it, so that a lock tells nothing. The chapter's "sign-in 5 per
//! 15 min per email" is this lock: a further answer 429 would tell a right password from a wrong one.
use crate::links;
use chrono::{DateTime, Utc};
use kernel::{
    Fault,
    access::Actor,
    app::App,
    audit::Audit,
    db::TenantTx,
    limits::{self, Rule},
    mail::Message,
    request::Request,
};
use uuid::Uuid;

/// Failures older than this do not count.
const WINDOW_MINUTES: i32 = 15;
/// The first lock; each further one within a day is twice as long as the one before.
const FIRST_LOCK_MINUTES: i32 = 15;
const LONGEST_LOCK_MINUTES: i32 = 4 * 60;

fn failures_per_ip(app: &App) -> Rule {
    Rule::per_quarter("signin.failures", app.config.limits.failures_per_quarter)
}

fn ip_key(request: &Request) -> Option<String> {
    request.info().ip.map(|ip| ip.to_string())
}

/// 429 when too many sign-ins failed from this IP.
pub(crate) async fn check_ip(request: &Request) -> Result<(), Fault> {
    if let Some(ip) = ip_key(request) {
        limits::peek(request.app(), failures_per_ip(request.app()), &ip).await?;
    }
    Ok(())
}

/// Until when the address is locked.
pub(crate) async fn locked_until(app: &App, email: &str) -> Result<Option<DateTime<Utc>>, Fault> {
    let now = app.clock.now();
    let until = sqlx::query_scalar!("select locked_until from core.login_attempts where email = $1 and locked_until > $2", email, now)
        .fetch_optional(app.db.pool())
        .await?;
    Ok(until.flatten())
}

/// Who failed to sign in, when the address belongs to somebody.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub user: Uuid,
    pub name: &'a str,
}

/// Counts one failure of an address and of an IP. When it locks the address, its owner is mailed, once per lock.
/// Runs outside of the caller's transaction: the failure stays counted.
pub(crate) async fn failed(request: &Request, email: &str, target: Option<Target<'_>>, how: &'static str) -> Result<(), Fault> {
    let app = request.app();
    count_for_ip(request).await;
    // Tries while locked do not make the lock longer.
    let before = locked_until(app, email).await?.is_some();
    let locked = if before { None } else { count(app, email).await? };
    let actor = Actor { request: request.info().clone(), ..Actor::system(None) };
    let mut tx = TenantTx::begin(app, actor).await?;
    if let (Some(until), Some(target)) = (locked, target) {
        let seconds = (until - app.clock.now()).num_seconds();
        let minutes = u32::try_from((seconds + 59) / 60).unwrap_or_default();
        let ip = request.info().ip.map(|ip| ip.to_string());
        let reset_link = links::url(app, "/forgot");
        links::mail(tx.conn(), email, Message::Locked { name: target.name.to_owned(), minutes, ip, reset_link }).await?;
    }
    let entry =
        Audit::new("signin.failure").failure().warning().meta(serde_json::json!({ "how": how, "locked": before || locked.is_some() }));
    let entry = match target {
        Some(target) => entry.target("user", target.user),
        None => entry,
    };
    tx.audit(entry).await?;
    tx.commit().await
}

/// Counts a failure; answers the end of the lock that it brings.
async fn count(app: &App, email: &str) -> Result<Option<DateTime<Utc>>, Fault> {
    let now = app.clock.now();
    let limit = i32::try_from(app.config.limits.signins_per_quarter).unwrap_or(i32::MAX);
    // One statement, so that guesses at the same moment are all counted.
    let row = sqlx::query!(
        r#"with counted as (
             insert into core.login_attempts as a (email, attempts, last_attempt_at) values ($1, 1, $2)
             on conflict (email) do update set
               attempts = case when a.last_attempt_at > $2::timestamptz - make_interval(mins => $3) then a.attempts + 1 else 1 end,
               last_attempt_at = $2
             returning a.email, a.attempts, a.locked_until
           )
           select attempts as "attempts!" from counted"#,
        email,
        now,
        WINDOW_MINUTES
    )
    .fetch_one(app.db.pool())
    .await?;
    if row.attempts < limit {
        return Ok(None);
    }
    let locked = sqlx::query_scalar!(
        r#"update core.login_attempts set
             locks = case when last_lock_at > $2::timestamptz - interval '24 hours' then locks + 1 else 1 end,
             last_lock_at = $2, attempts = 0,
             locked_until = $2::timestamptz + make_interval(mins => least($4::int, $3::int *
               (2 ^ least(case when last_lock_at > $2::timestamptz - interval '24 hours' then locks else 0 end, 10))::int))
           where email = $1 and attempts >= $5
           returning locked_until as "locked_until!""#,
        email,
        now,
        FIRST_LOCK_MINUTES,
        LONGEST_LOCK_MINUTES,
        limit
    )
    .fetch_optional(app.db.pool())
    .await?;
    Ok(locked)
}

/// A success or a reset ends the count and the lock, and forgets earlier locks.
pub(crate) async fn clear(app: &App, email: &str) -> Result<(), Fault> {
    sqlx::query!("delete from core.login_attempts where email = $1", email).execute(app.db.pool()).await?;
    Ok(())
}

/// A failure that counts for the IP alone: while an address is locked, or where none is known.
pub(crate) async fn count_for_ip(request: &Request) {
    // The answer of this try stays what it is; the next one is refused.
    if let Some(ip) = ip_key(request) {
        drop(limits::take(request.app(), failures_per_ip(request.app()), &ip).await);
    }
}

/// Forgets addresses nobody tried for two days; locks are long over by then. Answers how many.
pub(crate) async fn forget_old(app: &App) -> Result<u64, Fault> {
    let gone = sqlx::query!("delete from core.login_attempts where last_attempt_at < $1::timestamptz - interval '2 days'", app.clock.now())
        .execute(app.db.pool())
        .await?;
    Ok(gone.rows_affected())
}
