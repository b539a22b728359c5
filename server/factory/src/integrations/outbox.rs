//! What a project says outside. Everything is kept here and shown on the Outbox page; where Slack is connected it is
//! also posted there.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum MessageType {
    CriticalFeedback,
    DriftDetected,
    WorkOrderStatusChanged,
    Test,
}

impl MessageType {
    /// Those a person can mute.
    pub const CHOICES: [Self; 3] = [Self::CriticalFeedback, Self::DriftDetected, Self::WorkOrderStatusChanged];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CriticalFeedback => "critical_feedback",
            Self::DriftDetected => "drift_detected",
            Self::WorkOrderStatusChanged => "work_order_status_changed",
            Self::Test => "test",
        }
    }

    /// The type on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::CriticalFeedback => "Critical feedback",
            Self::DriftDetected => "Drift detected",
            Self::WorkOrderStatusChanged => "Work order moved",
            Self::Test => "Test",
        }
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum MessageStatus {
    Queued,
    Sending,
    Sent,
    Recorded,
    Failed,
    Unsure,
}

impl MessageStatus {
    pub const fn words(self) -> &'static str {
        match self {
            Self::Queued => "Waiting",
            Self::Sending => "On its way",
            Self::Sent => "Sent to Slack",
            Self::Recorded => "Built-in",
            Self::Failed => "Failed",
            Self::Unsure => "Maybe sent",
        }
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboxMessage {
    pub id: Uuid,
    #[serde(rename = "type")]
    pub kind: MessageType,
    pub text: String,
    /// A path inside the organization.
    pub href: Option<String>,
    pub status: MessageStatus,
    pub error: Option<String>,
    /// Went out together with others, as a digest.
    pub digest: bool,
    pub created_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
}

#[cfg(feature = "ssr")]
pub use service::{list, say};

#[cfg(feature = "ssr")]
mod service {
    use super::{MessageStatus, MessageType, OutboxMessage};
    use crate::{integrations::slack, projects};
    use chrono::{DateTime, Utc};
    use kernel::{
        Fault,
        db::TenantTx,
        record::{Cursor, PageRequest, Paged},
    };
    use uuid::Uuid;

    /// Says something in the transaction of the change; it goes out when that commits. `href` is a path inside the
    /// organization.
    pub async fn say(tx: &mut TenantTx, project: Uuid, kind: MessageType, text: &str, href: Option<&str>) -> Result<(), Fault> {
        sqlx::query!(
            "insert into factory.outbox_messages (project_id, type, text, href) values ($1, $2, $3, $4)",
            project,
            kind as MessageType,
            text,
            href
        )
        .execute(tx.conn())
        .await?;
        slack::queue(tx, project, None).await
    }

    /// What a project said, newest first.
    pub async fn list(tx: &mut TenantTx, project: &str, page: &PageRequest) -> Result<Paged<OutboxMessage>, Fault> {
        let project = projects::by_slug(tx, project).await?;
        let after = Cursor::<DateTime<Utc>>::of(page)?;
        let rows = sqlx::query_as!(
            OutboxMessage,
            r#"select m.id, m.type as "kind: MessageType", m.text, m.href, m.status as "status: MessageStatus", m.error, m.created_at, m.sent_at,
                 coalesce(m.post is not null and exists (
                   select from factory.outbox_messages o where o.project_id = $1 and o.post = m.post and o.id <> m.id), false) as "digest!"
               from factory.outbox_messages m
               where m.project_id = $1 and ($3::uuid is null or m.created_at < $2 or m.created_at = $2 and m.id > $3)
               order by m.created_at desc, m.id limit $4"#,
            project.id,
            after.as_ref().map(|c| c.key),
            after.as_ref().map(|c| c.id),
            page.fetch()
        )
        .fetch_all(tx.conn())
        .await?;
        Ok(Paged::cut(rows, page, |m| Cursor::new(m.created_at, m.id)))
    }
}
