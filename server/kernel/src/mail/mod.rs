//! Mail: written to `core.mail_queue` in the transaction of its work, then carried away by a job: to an SMTP server, or
//! into the built-in mailbox that `/admin/mailbox` shows under "Not sent outside this machine".
mod body;
mod dkim;
mod message;
mod smtp;

pub use dkim::dkim_record;
pub use message::{DigestItem, Message};
pub use smtp::{check, smtp_label};

use crate::{
    access::Actor,
    app::App,
    config::MailProvider,
    db::TenantTx,
    fault::{Code, Fault},
    jobs::{self, JobCtx, JobOptions, JobRegistry, NewJob},
    telemetry,
};
use serde::{Deserialize, Serialize};
use smtp::Outcome;
use sqlx::PgConnection;
use std::time::Duration;
use uuid::Uuid;

/// The kind of the job that sends.
pub const SEND: &str = "mail.send";

/// Tries of one mail: with growing pauses they span most of an hour, longer than servers greylist.
const ATTEMPTS: i32 = 10;

/// One mail to one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    /// The organization on whose behalf it goes, which must be that of the transaction; `None`: whatever that is.
    pub org: Option<Uuid>,
    pub to: String,
    pub message: Message,
}

/// A mail as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

#[derive(Serialize, Deserialize)]
struct Send {
    mail: Uuid,
}

/// Writes the mail and its job in the caller's transaction: it is sent if and only if that commits.
pub async fn enqueue(conn: &mut PgConnection, mail: Mail) -> Result<Uuid, Fault> {
    let Rendered { subject, text, html } = mail.message.render();
    let queued = sqlx::query!(
        r#"select core.queue_mail(null, $1, $2, $3, $4, $5, $6) as "id!", core.tenant() as org"#,
        mail.to,
        mail.message.template(),
        mail.message.data(),
        subject,
        text,
        html
    )
    .fetch_one(&mut *conn)
    .await?;
    if mail.org.is_some() && mail.org != queued.org {
        tracing::error!(mail.template = mail.message.template(), "a mail of another organization than its transaction's");
        return Err(Fault::internal());
    }
    let mut job = NewJob::new(SEND, Send { mail: queued.id }).unique(queued.id.to_string()).attempts(ATTEMPTS);
    // The job must find the row under row security, so it belongs where the row does.
    job.org = queued.org;
    jobs::enqueue(conn, job).await?;
    Ok(queued.id)
}

/// Adds the job that sends.
pub fn register(registry: &mut JobRegistry) {
    let options = JobOptions { timeout: Duration::from_secs(60), max_attempts: ATTEMPTS, ..JobOptions::default() };
    registry.add(SEND, options, |ctx: JobCtx, job: Send| async move {
        let last = ctx.attempt >= ctx.max_attempts;
        send(&ctx.app, ctx.org, job.mail, last).await
    });
}

/// Sends one queued mail; a repeated call for a mail that is sent does nothing. A temporary refusal is an error, so
/// that the job comes again, unless this try is the `last`.
pub async fn send(app: &App, org: Option<Uuid>, id: Uuid, last: bool) -> Result<(), Fault> {
    let mut tx = TenantTx::begin(app, Actor::system(org)).await?;
    let queued = sqlx::query!(
        "update core.mail_queue set attempts = attempts + 1 where id = $1 and status = 'queued'
         returning to_email, subject, text_body, html_body",
        id
    )
    .fetch_optional(tx.conn())
    .await?;
    tx.commit().await?;
    // Sent by an earlier run of this job, or deleted with its organization.
    let Some(mail) = queued else { return Ok(()) };
    let rendered = Rendered { subject: mail.subject, text: mail.text_body, html: mail.html_body.unwrap_or_default() };
    let config = &app.config.mail;
    let (provider, outcome) = match config.provider {
        MailProvider::Builtin => ("builtin", Outcome::Sent),
        MailProvider::Smtp => ("smtp", smtp::send(config, id, &mail.to_email, rendered).await),
    };
    let (status, error) = match &outcome {
        Outcome::Sent => ("sent", None),
        Outcome::Refused(why) => ("failed", Some(why.clone())),
        Outcome::Later(why) => (if last { "failed" } else { "queued" }, Some(why.clone())),
    };
    let word = if status == "queued" { "retried" } else { status };
    metrics::counter!(telemetry::MAILS, "provider" => provider, "outcome" => word).increment(1);
    let mut tx = TenantTx::begin(app, Actor::system(org)).await?;
    let sent_at = (status == "sent").then(|| tx.now());
    // What went out by SMTP need not lie here with its links and codes; the built-in mailbox is where they are read.
    let spent = provider == "smtp" && status == "sent";
    sqlx::query!(
        "update core.mail_queue
         set status = $2, provider = $3, last_error = $4, sent_at = $5,
             data = case when $6::bool then '{}' else data end,
             text_body = case when $6::bool then '' else text_body end, html_body = case when $6 then null else html_body end
         where id = $1",
        id,
        status,
        provider,
        error,
        sent_at,
        spent
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    match outcome {
        Outcome::Later(why) => Err(Fault::new(Code::Upstream, format!("The mail server could not take the mail: {why}"))),
        Outcome::Refused(why) => {
            tracing::warn!(mail.id = %id, "a mail was refused for good: {why}");
            Ok(())
        }
        Outcome::Sent => Ok(()),
    }
}
