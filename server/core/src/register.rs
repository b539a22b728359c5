//! The jobs of this area and when they run (chapter 10, section 6). Those of mail, secrets and the queue are the kernel's.
use crate::{hygiene, notifications, privacy, retention};
use kernel::{
    cron::Schedule,
    jobs::{JobCtx, JobOptions, JobRegistry},
};
use serde_json::Value;

/// When the area's recurring jobs run, in UTC.
pub const SCHEDULES: &[Schedule] = &[
    Schedule { name: "sessions-gc", cron: "7 * * * *", kind: "sessions.gc" },
    Schedule { name: "retention-purge", cron: "30 3 * * *", kind: "retention.purge" },
    Schedule { name: "notify-digest", cron: "0 * * * *", kind: "notify.digest" },
    Schedule { name: "invitations-expire", cron: "5 * * * *", kind: "invitations.expire" },
    Schedule { name: "keys-hygiene", cron: "10 6 * * *", kind: "keys.hygiene" },
    Schedule { name: "privacy-sweep", cron: "15 * * * *", kind: "privacy.sweep" },
];

/// Adds the area's handlers. Each is safe to run twice.
pub fn register(registry: &mut JobRegistry) {
    let half_an_hour = JobOptions::timeout(30 * 60);
    registry
        .add(privacy::EXPORT, half_an_hour, privacy::run_export)
        .add(privacy::DELETE, half_an_hour, privacy::run_deletion)
        .add("privacy.sweep", JobOptions::timeout(60), |ctx: JobCtx, _: Value| async move {
            privacy::sweep(&ctx.app).await.map(|n| tracing::info!(deletions = n, "queued due deletions"))
        })
        .add("retention.purge", half_an_hour, |ctx: JobCtx, _: Value| async move {
            retention::purge(&ctx.app).await.map(|n| tracing::info!(gone = n, "threw away what is old"))
        })
        .add("sessions.gc", half_an_hour, |ctx: JobCtx, _: Value| async move {
            crate::session_store::gc(&ctx.app).await.map(|n| tracing::info!(gone = n, "dropped ended sessions"))
        })
        .add("notify.digest", JobOptions::timeout(60), |ctx: JobCtx, _: Value| async move {
            notifications::send_due(&ctx.app).await.map(|n| tracing::info!(mails = n, "queued digests"))
        })
        .add("invitations.expire", JobOptions::timeout(60), |ctx: JobCtx, _: Value| async move {
            let now = ctx.app.clock.now();
            sqlx::query_scalar!("select core.invitations_expire($1)", now).fetch_one(ctx.app.db.pool()).await?;
            Ok(())
        })
        .add("keys.hygiene", JobOptions::timeout(10 * 60), |ctx: JobCtx, _: Value| async move {
            hygiene::warn(&ctx.app).await.map(|n| tracing::info!(keys = n, "warned of keys"))
        });
}
