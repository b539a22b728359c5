//! What an organization's home and the command palette show of this area.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Counts over all live projects of the organization, the projects worked on last, and what happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HomeSummary {
    pub projects: i64,
    pub pending: i64,
    pub in_progress: i64,
    pub passing: i64,
    pub failing: i64,
    pub blocked: i64,
    /// How many features passed at the end of each of the last 14 days, oldest first.
    pub passing_by_day: Vec<f64>,
    pub recent: Vec<HomeProject>,
    pub activity: Vec<HomeActivity>,
    /// Feedback nobody has looked at yet.
    pub new_feedback: Waiting,
    /// Open drift alerts.
    pub open_drift: Waiting,
}

/// How much waits, and in which project the most of it does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub count: i64,
    /// How many projects it is in.
    pub projects: i64,
    pub slug: Option<String>,
}

impl Waiting {
    /// Of each project's slug and count.
    pub fn of<'a>(counts: impl IntoIterator<Item = (&'a str, i64)>) -> Self {
        let mut most = 0;
        counts.into_iter().filter(|(_, n)| *n > 0).fold(Self::default(), |mut all, (slug, n)| {
            all.count += n;
            all.projects += 1;
            if n > most {
                (most, all.slug) = (n, Some(slug.to_owned()));
            }
            all
        })
    }
}

impl HomeSummary {
    pub fn features(&self) -> i64 {
        self.pending + self.in_progress + self.passing + self.failing + self.blocked
    }
}

/// A project as home shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HomeProject {
    pub slug: String,
    pub name: String,
    pub features: i64,
    pub passing: i64,
    pub updated_at: DateTime<Utc>,
}

/// One line of what happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HomeActivity {
    pub actor: Option<String>,
    pub action: String,
    pub entity_type: String,
    /// The name of what changed, when it still exists.
    pub label: Option<String>,
    pub project_slug: String,
    pub project_name: String,
    /// Where it is, below the project's address.
    pub path: String,
    pub at: DateTime<Utc>,
}

/// Something the palette found. `path` is below `/o/{org}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// `project`, `feature`, `document` or `work_order`.
    pub kind: String,
    pub title: String,
    pub hint: String,
    pub path: String,
}

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use kernel::{Fault, Perm, db::TenantTx};

    /// How many projects and activities home lists.
    const RECENT: i64 = 6;
    const ACTIVITIES: i64 = 12;

    /// The summary of the organization of the transaction. Counts come from the maintained ones, not from features.
    pub async fn home(tx: &mut TenantTx) -> Result<HomeSummary, Fault> {
        tx.require(Perm::FactoryRead)?;
        let counts = sqlx::query!(
            r#"select count(distinct p.id) as "projects!",
                 coalesce(sum(c.n) filter (where c.status = 'pending'), 0)::bigint as "pending!",
                 coalesce(sum(c.n) filter (where c.status = 'in_progress'), 0)::bigint as "in_progress!",
                 coalesce(sum(c.n) filter (where c.status = 'passing'), 0)::bigint as "passing!",
                 coalesce(sum(c.n) filter (where c.status = 'failing'), 0)::bigint as "failing!",
                 coalesce(sum(c.n) filter (where c.status = 'blocked'), 0)::bigint as "blocked!"
               from factory.projects p left join factory.feature_counts c on c.project_id = p.id
               where p.archived_at is null"#
        )
        .fetch_one(tx.conn())
        .await?;
        let passing_by_day = sqlx::query_scalar!(
            r#"select coalesce(sum(last.passing), 0)::float8 as "passing!"
               from generate_series((now() at time zone 'UTC')::date - 13, (now() at time zone 'UTC')::date, interval '1 day') as t (at)
               cross join factory.projects p
               left join lateral (
                 select d.passing from factory.feature_daily_counts d
                 where d.project_id = p.id and d.day <= t.at::date order by d.day desc limit 1) last on true
               where p.archived_at is null
               group by t.at order by t.at"#
        )
        .fetch_all(tx.conn())
        .await?;
        let recent = sqlx::query_as!(
            HomeProject,
            r#"select p.slug, p.name, coalesce(c.features, 0)::bigint as "features!", coalesce(c.passing, 0)::bigint as "passing!",
                 greatest(p.updated_at, last.at) as "updated_at!"
               from factory.projects p
               left join lateral (
                 select sum(n) as features, sum(n) filter (where status = 'passing') as passing
                 from factory.feature_counts where project_id = p.id) c on true
               left join lateral (
                 select max(a.created_at) as at from factory.activities a where a.project_id = p.id) last on true
               where p.archived_at is null
               order by 5 desc, p.id limit $1"#,
            RECENT
        )
        .fetch_all(tx.conn())
        .await?;
        let activity = sqlx::query_as!(
            HomeActivity,
            r#"select u.name as "actor?", a.action, a.entity_type,
                 coalesce(n.label, case when a.entity_type = 'project' then p.name end) as label, p.slug as project_slug, p.name as project_name,
                 coalesce(case n.entity_type
                   when 'feature' then '/features/' || (n.metadata ->> 'key')
                   when 'work_order' then '/planner/' || (n.metadata ->> 'number')
                   when 'feedback_item' then '/validator/' || n.entity_id
                   when 'artifact' then '/artifacts?open=' || n.entity_id
                   when 'document' then case when n.metadata ->> 'type' in ('product_overview', 'feature_requirements', 'technical_requirements')
                     then '/refinery/' else '/foundry/' end || (n.metadata ->> 'slug') end, '') as "path!", a.created_at as at
               from factory.activities a
               join factory.projects p on p.id = a.project_id
               left join factory.graph_nodes n
                 on n.project_id = a.project_id and n.entity_type = a.entity_type and n.entity_id = a.entity_id and n.deleted_at is null
               left join core.users u on u.id = a.actor_id
               order by a.created_at desc, a.id desc limit $1"#,
            ACTIVITIES
        )
        .fetch_all(tx.conn())
        .await?;
        let waiting = sqlx::query!(
            r#"select p.slug,
                 (select count(*) from factory.feedback_items f where f.project_id = p.id and f.status = 'new') as "feedback!",
                 (select count(*) from factory.drift_alerts a
                    join factory.graph_nodes s on s.id = a.source_node_id and s.deleted_at is null
                    left join factory.graph_nodes t on t.id = a.target_node_id
                  where a.project_id = p.id and a.status = 'open' and t.deleted_at is null) as "drift!"
               from factory.projects p where p.archived_at is null order by p.slug"#
        )
        .fetch_all(tx.conn())
        .await?;
        Ok(HomeSummary {
            new_feedback: Waiting::of(waiting.iter().map(|w| (w.slug.as_str(), w.feedback))),
            open_drift: Waiting::of(waiting.iter().map(|w| (w.slug.as_str(), w.drift))),
            projects: counts.projects,
            pending: counts.pending,
            in_progress: counts.in_progress,
            passing: counts.passing,
            failing: counts.failing,
            blocked: counts.blocked,
            passing_by_day,
            recent,
            activity,
        })
    }

    /// Projects and features whose words begin with what was typed, work orders and documents whose title holds it, or the
    /// work order of this number; projects first, at most `most` of each.
    pub async fn search(tx: &mut TenantTx, typed: &str, most: i64) -> Result<Vec<Hit>, Fault> {
        tx.require(Perm::FactoryRead)?;
        let hits = sqlx::query_as!(
            Hit,
            r#"(select 'project' as "kind!", p.name as "title!", '' as "hint!", '/factory/' || p.slug as "path!"
                from factory.projects p
                where p.archived_at is null and starts_with(p.name_order, lower($1)) order by p.name_order limit $2)
               union all
               (select 'feature', f.name, p.name || ' · ' || f.feature_id, '/factory/' || p.slug || '/features/' || f.feature_id
                from (select id, slug, name from factory.projects where archived_at is null order by updated_at desc limit 20) p
                cross join lateral unnest(factory.feature_hits(p.id, $1, $2::int)) as hit
                join factory.features f on f.id = hit limit $2)
               union all
               (select 'work_order', w.title, p.name || ' · WO-' || w.number, '/factory/' || p.slug || '/planner/' || w.number
                from (select id, slug, name from factory.projects where archived_at is null order by updated_at desc limit 20) p
                join factory.work_orders w on w.project_id = p.id and w.deleted_at is null
                  and (strpos(w.title_order, lower($1)) > 0 or lower($1) in ('wo-' || w.number, w.number::text))
                order by strpos(w.title_order, lower($1)), w.title_order, w.id limit $2)
               union all
               (select 'document', d.title, p.name, '/factory/' || p.slug
                  || case when d.type in ('product_overview', 'feature_requirements', 'technical_requirements') then '/refinery/' else '/foundry/' end || d.slug
                from (select id, slug, name from factory.projects where archived_at is null order by updated_at desc limit 20) p
                join factory.documents d on d.project_id = p.id and d.deleted_at is null and strpos(lower(d.title), lower($1)) > 0
                order by starts_with(lower(d.title), lower($1)) desc, lower(d.title), d.id limit $2)"#,
            typed,
            most
        )
        .fetch_all(tx.conn())
        .await?;
        Ok(hits)
    }
}

#[cfg(feature = "ssr")]
pub use service::*;
