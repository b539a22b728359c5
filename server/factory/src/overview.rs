//! A project at a glance: counts, the burn-up, what happened lately.
use crate::{
    activities::Activity,
    onboarding::Onboarding,
    projects::{Project, StatusCounts},
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Where a project stood at the end of a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Day {
    pub day: NaiveDate,
    #[serde(flatten)]
    pub counts: StatusCounts,
}

/// Everything the overview page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    pub project: Project,
    pub counts: StatusCounts,
    /// One entry a day, today last; days before the first feature are left out.
    pub days: Vec<Day>,
    /// How many passed in the last seven days, net.
    pub passed_in_week: i64,
    pub activity: Vec<Activity>,
    pub onboarding: Onboarding,
}

#[cfg(feature = "ssr")]
pub use service::overview;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{activities, onboarding, projects};
    use kernel::{Fault, db::TenantTx, record::PageRequest};

    /// Days of the burn-up.
    const DAYS: i32 = 60;

    /// The project of this slug at a glance, or 404.
    pub async fn overview(tx: &mut TenantTx, slug: &str) -> Result<Overview, Fault> {
        let project = projects::by_slug(tx, slug).await?;
        // Days on which nothing changed are like the last day before them.
        let rows = sqlx::query!(
            r#"select t.at::date as "day!", d.pending as "pending!", d.in_progress as "in_progress!", d.passing as "passing!", d.failing as "failing!",
                 d.blocked as "blocked!"
               from generate_series($2::date - $3::int + 1, $2::date, interval '1 day') as t (at)
                 join lateral (
                   select * from factory.feature_daily_counts c where c.project_id = $1 and c.day <= t.at::date order by c.day desc limit 1) d on true
               order by t.at"#,
            project.id,
            tx.now().date_naive(),
            DAYS
        )
        .fetch_all(tx.conn())
        .await?;
        let days: Vec<Day> = rows
            .into_iter()
            .map(|r| Day {
                day: r.day,
                counts: StatusCounts {
                    pending: r.pending.into(),
                    in_progress: r.in_progress.into(),
                    passing: r.passing.into(),
                    failing: r.failing.into(),
                    blocked: r.blocked.into(),
                },
            })
            .collect();
        let counts = sqlx::query_as!(
            StatusCounts,
            r#"select coalesce(sum(n) filter (where status = 'pending'), 0)::bigint as "pending!",
                 coalesce(sum(n) filter (where status = 'in_progress'), 0)::bigint as "in_progress!",
                 coalesce(sum(n) filter (where status = 'passing'), 0)::bigint as "passing!",
                 coalesce(sum(n) filter (where status = 'failing'), 0)::bigint as "failing!",
                 coalesce(sum(n) filter (where status = 'blocked'), 0)::bigint as "blocked!"
               from factory.feature_counts where project_id = $1"#,
            project.id
        )
        .fetch_one(tx.conn())
        .await?;
        let week_ago = days.len().checked_sub(8).map_or(0, |at| days[at].counts.passing);
        let activity = activities::recent(tx, project.id, &PageRequest { after: None, limit: Some(20) }).await?.rows;
        let onboarding = onboarding::of_project(tx, project.id).await?;
        Ok(Overview { passed_in_week: counts.passing - week_ago, project, counts, days, activity, onboarding })
    }
}
