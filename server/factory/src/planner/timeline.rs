//! The timeline: when each work order was made, begun and done, as its history says.
use crate::{features::ProjectHead, phases::Phase, work_orders::WorkOrderStatus};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One bar. Its names on the wire are short: there are thousands of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineRow {
    #[serde(rename = "i")]
    pub id: Uuid,
    #[serde(rename = "n")]
    pub number: i32,
    #[serde(rename = "t")]
    pub title: String,
    #[serde(rename = "s")]
    pub status: WorkOrderStatus,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub phase_id: Option<Uuid>,
    #[serde(rename = "c", with = "chrono::serde::ts_seconds")]
    pub created_at: DateTime<Utc>,
    /// When it was first begun.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none", with = "chrono::serde::ts_seconds_option")]
    pub begun_at: Option<DateTime<Utc>>,
    /// When it was last done, if it is.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none", with = "chrono::serde::ts_seconds_option")]
    pub done_at: Option<DateTime<Utc>>,
}

/// All bars by phase, and when the phases are likely done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    pub project: ProjectHead,
    pub now: DateTime<Utc>,
    pub phases: Vec<Phase>,
    pub rows: Vec<TimelineRow>,
    pub forecast: super::Forecast,
}

#[cfg(feature = "ssr")]
pub use service::timeline;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{phases, planner, projects};
    use kernel::{Fault, db::TenantTx};

    /// The timeline of a project, at most 5,000 bars.
    pub async fn timeline(tx: &mut TenantTx, project: &str) -> Result<Timeline, Fault> {
        let found = projects::by_slug(tx, project).await?;
        let rows = sqlx::query_as!(
            TimelineRow,
            r#"select w.id, w.number, w.title, w.status as "status: WorkOrderStatus", w.phase_id, w.created_at, h.begun_at,
                 case when w.status = 'done' then coalesce(h.done_at, w.updated_at) end as done_at
               from factory.work_orders w
                 left join (
                   select a.entity_id,
                     min(a.created_at) filter (where a.changes -> 'status' ->> 'new' = 'in_progress') as begun_at,
                     max(a.created_at) filter (where a.changes -> 'status' ->> 'new' = 'done') as done_at
                   from factory.activities a
                   where a.project_id = $1 and a.entity_type = 'work_order' and a.action = 'status_changed'
                   group by a.entity_id) h on h.entity_id = w.id
               where w.project_id = $1 and w.deleted_at is null
               order by w.sort_order, w.id limit 5000"#,
            found.id
        )
        .fetch_all(tx.conn())
        .await?;
        Ok(Timeline {
            now: tx.now(),
            phases: phases::all(tx, found.id).await?,
            rows,
            forecast: planner::forecast(tx, project).await?,
            project: ProjectHead { id: found.id, slug: found.slug, name: found.name, status: found.status, rev: found.rev },
        })
    }
}
