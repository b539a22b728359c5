//! Posting to Slack: at most ten posts a minute for a project and one for each type; what is more waits and goes out
//! together. Slack knows no idempotency keys: a post whose answer was lost is marked, not repeated.
use super::{
    IntegrationType,
    outbox::{MessageStatus, MessageType},
    service::{self, Open},
    tracker::request,
};
use chrono::{DateTime, Duration, Utc};
use kernel::{
    Code, Fault,
    app::App,
    db::TenantTx,
    jobs::{self, JobCtx, JobOptions, JobRegistry, NewJob, give_up},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

const KIND: &str = "factory.notify_slack";
/// Posts of a project in a minute.
const A_MINUTE: i64 = 10;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Payload {
    project: Uuid,
}

/// The job of this module.
pub fn register(registry: &mut JobRegistry) {
    let options = JobOptions { backoff: Some(std::time::Duration::from_secs(2)), ..JobOptions::timeout(10 * 60) };
    registry.add(KIND, options, run);
}

/// Queues a look at what waits. Each message queues one: a job that runs already may have looked before it came.
pub(super) async fn queue(tx: &mut TenantTx, project: Uuid, at: Option<DateTime<Utc>>) -> Result<(), Fault> {
    let mut job = NewJob::new(KIND, Payload { project });
    if let Some(at) = at {
        job = job.at(at).unique(format!("{project}:{}", at.timestamp() / 60));
    }
    jobs::enqueue(tx.conn(), job).await?;
    Ok(())
}

struct Waiting {
    id: Uuid,
    kind: MessageType,
    text: String,
    href: Option<String>,
}

/// One post and the messages in it.
struct Post {
    id: Uuid,
    messages: Vec<Waiting>,
}

async fn run(ctx: JobCtx, payload: Payload) -> Result<(), Fault> {
    let project = payload.project;
    let mut tx = ctx.tx().await?;
    let (open, posts) = take(&mut tx, project).await?;
    let slug = sqlx::query_scalar!("select slug from core.organizations where id = $1", tx.actor().org).fetch_optional(tx.conn()).await?;
    tx.commit().await?;
    let (Some(open), Some(slug)) = (open, slug) else { return Ok(()) };
    let mut failed = None;
    for post in posts {
        let result = send(&ctx.app, &open, &text_of(&ctx.app, &slug, &post.messages)).await;
        let again = result.as_ref().is_err_and(|fault| fault.code == Code::Upstream && ctx.attempt < ctx.max_attempts && is_refusal(fault));
        let (status, error) = match &result {
            Ok(()) => (MessageStatus::Sent, None),
            Err(_) if again => (MessageStatus::Queued, None),
            Err(fault) if fault.code == Code::Upstream && !is_refusal(fault) => (MessageStatus::Unsure, Some(fault.message.clone())),
            Err(fault) => (MessageStatus::Failed, Some(fault.message.clone())),
        };
        let mut tx = ctx.tx().await?;
        let ids: Vec<Uuid> = post.messages.iter().map(|m| m.id).collect();
        let now = tx.now();
        sqlx::query!(
            "update factory.outbox_messages set status = $2, error = $3, sent_at = case when $2 = 'sent' then $4::timestamptz end,
               post = case when $2 = 'queued' then null else post end where id = any ($1)",
            &ids,
            status as MessageStatus,
            error,
            now
        )
        .execute(tx.conn())
        .await?;
        sqlx::query!("update factory.integration_configs set last_error = $2 where id = $1", open.id, error).execute(tx.conn()).await?;
        tx.commit().await?;
        if again {
            failed = result.err();
        }
    }
    match failed {
        Some(fault) => Err(fault),
        None => Ok(()),
    }
}

/// Did the other side answer, and say no? Then nothing was posted.
fn is_refusal(fault: &Fault) -> bool {
    fault.details.as_ref().is_some_and(|d| d["status"].is_u64())
}

/// Claims what may go out now and queues the rest for later. Without Slack everything is recorded.
async fn take(tx: &mut TenantTx, project: Uuid) -> Result<(Option<Open>, Vec<Post>), Fault> {
    let now = tx.now();
    // Two workers would both see room for the tenth post.
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('factory.slack:' || $1::text, 0))", project.to_string())
        .fetch_one(tx.conn())
        .await?;
    sqlx::query!(
        "update factory.outbox_messages set status = 'unsure', error = 'The worker was lost while it posted this.'
         where project_id = $1 and status = 'sending' and updated_at < now() - interval '2 minutes'",
        project
    )
    .execute(tx.conn())
    .await?;
    let open = service::open(tx, project, IntegrationType::Slack).await?.filter(|open| open.enabled);
    let muted = open.as_ref().map(|open| open.config.muted.clone()).unwrap_or_default();
    sqlx::query!(
        "update factory.outbox_messages set status = 'recorded' where project_id = $1 and status = 'queued' and ($2 or type = any ($3))",
        project,
        open.is_none(),
        &muted
    )
    .execute(tx.conn())
    .await?;
    if open.is_none() {
        return Ok((None, Vec::new()));
    }
    let waiting = sqlx::query_as!(
        Waiting,
        r#"select id, type as "kind: MessageType", text, href from factory.outbox_messages where project_id = $1 and status = 'queued'
           order by created_at, id limit 500"#,
        project
    )
    .fetch_all(tx.conn())
    .await?;
    let lately = sqlx::query!(
        r#"select type as "kind: MessageType", max(sent_at) as "last!", count(distinct post) as "posts!" from factory.outbox_messages
           where project_id = $1 and sent_at > $2 group by type"#,
        project,
        now - Duration::minutes(1)
    )
    .fetch_all(tx.conn())
    .await?;
    let mut room = A_MINUTE - lately.iter().map(|l| l.posts).sum::<i64>();
    let mut groups: BTreeMap<MessageType, Vec<Waiting>> = BTreeMap::new();
    for message in waiting {
        groups.entry(message.kind).or_default().push(message);
    }
    let (mut posts, mut later) = (Vec::new(), None::<DateTime<Utc>>);
    for (kind, messages) in groups {
        let last = lately.iter().find(|l| l.kind == kind).map(|l| l.last);
        let due = match last {
            Some(last) => last + Duration::minutes(1),
            None if room > 0 => now,
            None => now + Duration::minutes(1),
        };
        if due > now {
            later = Some(later.map_or(due, |other| other.min(due)));
            continue;
        }
        room -= 1;
        posts.push(Post { id: Uuid::new_v4(), messages });
    }
    for post in &posts {
        let ids: Vec<Uuid> = post.messages.iter().map(|m| m.id).collect();
        sqlx::query!("update factory.outbox_messages set status = 'sending', post = $2 where id = any ($1)", &ids, post.id)
            .execute(tx.conn())
            .await?;
    }
    if let Some(at) = later {
        queue(tx, project, Some(at)).await?;
    }
    Ok((open, posts))
}

/// One message as it is; several as a digest.
fn text_of(app: &App, slug: &str, messages: &[Waiting]) -> String {
    let line = |m: &Waiting| {
        let text = m.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        match &m.href {
            Some(href) => format!("<{}/o/{slug}{href}|{text}>", app.config.public_url(app.config.http.port)),
            None => text,
        }
    };
    match messages {
        [one] => line(one),
        many => {
            let head = many.first().map_or("", |m| m.kind.words());
            let mut lines: Vec<String> = many.iter().take(20).map(|m| format!("• {}", line(m))).collect();
            if many.len() > 20 {
                lines.push(format!("and {} more", many.len() - 20));
            }
            format!("*{head}: {}*\n{}", many.len(), lines.join("\n"))
        }
    }
}

async fn send(app: &App, open: &Open, text: &str) -> Result<(), Fault> {
    let body = json!({ "text": text, "blocks": [{ "type": "section", "text": { "type": "mrkdwn", "text": text } }] });
    let answer = app.outbound.send("Slack", request("POST", &open.secret, &[], Some(&body))?).await?;
    let status = answer.status().as_u16();
    if answer.status().is_success() {
        return Ok(());
    }
    let wait = answer.headers().get("retry-after").and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    if status == 429 || status >= 500 {
        let mut fault = Fault::new(Code::Upstream, format!("Slack answered {status}.")).with_details(json!({ "status": status }));
        fault.retry_after = wait;
        return Err(fault);
    }
    Err(give_up(format!("Slack refused the message ({status}). Check the address of the webhook.")))
}

/// Posts a word of greeting.
pub(super) async fn hello(app: &App, open: &Open, project: &str) -> Result<String, Fault> {
    let text = format!(
        "Millrace is connected: news of {} will appear here.",
        project.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    );
    send(app, open, &text).await?;
    Ok("Slack took a test message.".to_owned())
}
