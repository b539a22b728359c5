//! What came lately, and what users ask of features.
use super::{FeaturePull, FeedbackDay, FeedbackStats, triage};
use crate::{
    features::{FeatureRef, FeatureStatus},
    projects,
};
use chrono::{Duration, NaiveDate};
use kernel::{Fault, db::TenantTx};
use uuid::Uuid;

/// The items since a day (30 days unless named): counts, the ten most used tags, a line by day.
pub async fn stats(tx: &mut TenantTx, project: &str, since: Option<NaiveDate>) -> Result<FeedbackStats, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let today = tx.now().date_naive();
    let since = since.unwrap_or(today - Duration::days(29)).min(today).max(today - Duration::days(366));
    let from = since.and_time(chrono::NaiveTime::MIN).and_utc();
    let groups = sqlx::query!(
        r#"select status, coalesce(category, 'other') as "category!", (created_at at time zone 'UTC')::date as "day!", count(*) as "n!",
             count(*) filter (where priority_score >= $3 and status in ('new', 'triaged', 'in_progress')) as "critical!",
             count(priority_score) as "scored!", coalesce(sum(priority_score), 0)::float8 as "score!"
           from factory.feedback_items where project_id = $1 and created_at >= $2 group by 1, 2, 3"#,
        project.id,
        from,
        triage::CRITICAL as f32
    )
    .fetch_all(tx.conn())
    .await?;
    let tags = sqlx::query!(
        r#"select t.tag as "tag!", count(*) as "n!" from factory.feedback_items f cross join lateral unnest(f.tags) t (tag)
           where f.project_id = $1 and f.created_at >= $2 group by 1 order by 2 desc, 1 limit 10"#,
        project.id,
        from
    )
    .fetch_all(tx.conn())
    .await?;
    let mut stats = FeedbackStats {
        total: 0,
        open: 0,
        critical: 0,
        average_score: None,
        by_status: Default::default(),
        by_category: Default::default(),
        top_tags: tags.into_iter().map(|t| (t.tag, t.n)).collect(),
        daily: since.iter_days().take_while(|day| *day <= today).map(|day| FeedbackDay { day, count: 0 }).collect(),
    };
    let (mut scored, mut sum) = (0, 0.0);
    for g in groups {
        stats.total += g.n;
        stats.critical += g.critical;
        if matches!(g.status.as_str(), "new" | "triaged" | "in_progress") {
            stats.open += g.n;
        }
        scored += g.scored;
        sum += g.score;
        *stats.by_status.entry(g.status).or_default() += g.n;
        *stats.by_category.entry(g.category).or_default() += g.n;
        if let Some(day) = stats.daily.iter_mut().find(|d| d.day == g.day) {
            day.count += g.n;
        }
    }
    stats.average_score = (scored > 0).then(|| sum / scored as f64);
    Ok(stats)
}

/// The features that users ask for most: for each the sum of the scores of the open feedback on it.
pub async fn priorities(tx: &mut TenantTx, project: Uuid, most: i64) -> Result<Vec<FeaturePull>, Fault> {
    projects::get(tx, project).await?;
    let rows = sqlx::query!(
        r#"select f.id, f.feature_id as key, f.name, f.status as "status: FeatureStatus", sum(coalesce(i.priority_score, 0))::float8 as "score!",
             count(*) as "items!"
           from factory.feedback_items i
             join factory.graph_nodes n on n.project_id = $1 and n.entity_type = 'feedback_item' and n.entity_id = i.id
             join factory.graph_edges e on e.source_node_id = n.id and e.edge_type = 'feedback_on'
             join factory.graph_nodes t on t.id = e.target_node_id and t.entity_type = 'feature' and t.deleted_at is null
             join factory.features f on f.id = t.entity_id
           where i.project_id = $1 and i.status in ('new', 'triaged', 'in_progress')
           group by f.id, f.feature_id, f.name, f.status, f.key_order order by 5 desc, f.key_order limit $2"#,
        project,
        most
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| FeaturePull {
            feature: FeatureRef { id: Some(r.id), key: r.key, name: r.name, status: Some(r.status) },
            score: r.score,
            items: r.items,
        })
        .collect())
}
