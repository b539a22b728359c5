//! Schedules: `core.job_schedules` says when (cron, UTC), a tick every 10 s queues what is due.
//!
//! One run for each due time, however many processes tick and however often (an advisory lock and `last_due_at`).
//! After an outage only the newest missed time runs, and none that is more than a day late.
use crate::{
    app::App,
    fault::{Code, Fault},
    jobs::{self, NewJob},
};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use croner::{
    Cron,
    parser::{CronParser, Seconds},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

/// One schedule of the code: at these times a job of this kind is queued.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    pub name: &'static str,
    /// Five fields, UTC.
    pub cron: &'static str,
    /// The handler must take a `Due`, or ignore its payload.
    pub kind: &'static str,
}

/// The payload of a scheduled job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Due {
    pub jobname: String,
    /// The time the schedule names, which may be long past.
    pub due_at: DateTime<Utc>,
}

/// How late a missed run may still run.
const LATEST: Duration = Duration::hours(24);

/// Writes the code's schedules to `core.job_schedules`; `active` stays as the administrator set it.
pub async fn ensure(app: &App, schedules: &[Schedule]) -> Result<(), Fault> {
    let now = app.clock.now();
    let mut tx = app.db.begin_server().await?;
    for Schedule { name, cron, kind } in schedules {
        let next = next(&parse(cron)?, now)?;
        sqlx::query!(
            "insert into core.job_schedules as s (jobname, schedule, kind, next_due_at) values ($1, $2, $3, $4)
             on conflict (jobname) do update set schedule = excluded.schedule, kind = excluded.kind,
               next_due_at = case when s.schedule = excluded.schedule then s.next_due_at else excluded.next_due_at end
             where (s.schedule, s.kind) is distinct from (excluded.schedule, excluded.kind)",
            name,
            cron,
            kind,
            next
        )
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Queues what is due; answers how many jobs that were.
pub async fn tick(app: &App, now: DateTime<Utc>) -> Result<usize, Fault> {
    let mut tx = app.db.begin_server().await?;
    let alone = sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock(hashtext('millrace.schedule.tick')) as "alone!""#)
        .fetch_one(&mut *tx)
        .await?;
    if !alone {
        return Ok(0);
    }
    let due = sqlx::query!(
        "select jobname, schedule, kind, last_due_at from core.job_schedules where active and next_due_at <= $1 order by next_due_at",
        now
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut queued = 0;
    for row in due {
        // A person may have typed the schedule: a bad one must not stop the others.
        let times = parse(&row.schedule).and_then(|cron| Ok((previous(&cron, now)?, next(&cron, now)?)));
        let Ok((newest, next_due)) = times else {
            tracing::error!(cron.jobname = row.jobname, cron.schedule = row.schedule, "schedule not understood");
            continue;
        };
        let missed = now - newest <= LATEST && row.last_due_at.is_none_or(|last| last < newest);
        if missed {
            queue(&mut tx, &row.jobname, &row.kind, newest).await?;
            queued += 1;
        }
        sqlx::query!(
            "update core.job_schedules set next_due_at = $2, last_due_at = case when $3 then $4 else last_due_at end,
               last_status = case when $3 then 'queued' else last_status end where jobname = $1",
            row.jobname,
            next_due,
            missed,
            newest
        )
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(queued)
}

/// Queues a run of the schedule at once, beside its due times.
pub async fn run_now(conn: &mut PgConnection, jobname: &str, now: DateTime<Utc>) -> Result<Uuid, Fault> {
    let kind = sqlx::query_scalar!("select kind from core.job_schedules where jobname = $1", jobname)
        .fetch_optional(&mut *conn)
        .await?
        .ok_or_else(|| Fault::not_found("This schedule"))?;
    queue(conn, jobname, &kind, now).await
}

/// The key ties the job to its schedule: `core.job_end` writes the outcome back.
async fn queue(conn: &mut PgConnection, jobname: &str, kind: &str, due_at: DateTime<Utc>) -> Result<Uuid, Fault> {
    let key = format!("cron:{jobname}@{}", due_at.to_rfc3339_opts(SecondsFormat::Millis, true));
    jobs::enqueue(conn, NewJob::new(kind, Due { jobname: jobname.to_owned(), due_at }).unique(key)).await
}

/// The times of a schedule; a 422 beside `schedule` for what is none.
pub fn parse(schedule: &str) -> Result<Cron, Fault> {
    CronParser::builder()
        .seconds(Seconds::Disallowed)
        .build()
        .parse(schedule)
        .map_err(|error| Fault::field("schedule", format!("is not a schedule of five fields: {error}")))
}

/// The first time after `now`.
pub fn next(cron: &Cron, now: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
    cron.find_next_occurrence(&now, false).map_err(|_| never())
}

/// The newest time up to `now`.
fn previous(cron: &Cron, now: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
    cron.find_previous_occurrence(&now, true).map_err(|_| never())
}

fn never() -> Fault {
    Fault::new(Code::Validation, "This schedule names no time.").and_field("schedule", "names no time")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn schedules_are_read_in_utc() {
        let nightly = parse("30 3 * * *").unwrap();
        assert_eq!(next(&nightly, at("2026-11-21T03:30:00Z")).unwrap(), at("2026-11-22T03:30:00Z"));
        assert_eq!(previous(&nightly, at("2026-11-21T03:30:00Z")).unwrap(), at("2026-11-21T03:30:00Z"));
        assert_eq!(previous(&nightly, at("2026-11-21T03:29:59Z")).unwrap(), at("2026-11-20T03:30:00Z"));
    }

    #[test]
    fn what_is_no_schedule_is_said_beside_the_field() {
        for text in ["", "* * *", "61 * * * *", "* * * * * *", "every day"] {
            assert!(parse(text).unwrap_err().fields.contains_key("schedule"), "{text}");
        }
    }
}
