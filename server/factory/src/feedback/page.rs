//! The inbox, and one item with its surroundings.
use super::{
    Category, FeedbackDetail, FeedbackPage, FeedbackQuery, FeedbackRow, FeedbackStatus, IssueRun, MadeWorkOrder, Similar, headline, store,
    triage,
};
use crate::{
    activities::{self, Entity},
    features::{FeatureRef, FeatureStatus},
    integrations,
    job_runs::JobStatus,
    projects,
};
use chrono::{DateTime, Utc};
use kernel::{
    Fault,
    db::TenantTx,
    record::{Cursor, PageRequest},
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Items of a page, unless asked otherwise.
const PAGE: u32 = 30;

struct Row {
    id: Uuid,
    rev: String,
    title: Option<String>,
    description: String,
    category: Option<Category>,
    priority_score: Option<f32>,
    status: FeedbackStatus,
    tags: Vec<String>,
    external_user_id: Option<String>,
    issue_url: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<Row> for FeedbackRow {
    fn from(r: Row) -> Self {
        let Row { id, rev, title, description, category, priority_score, status, tags, external_user_id, issue_url, created_at } = r;
        let headline = headline(title.as_deref(), &description);
        Self { id, rev, headline, category, priority_score, status, tags, external_user_id, issue_url, created_at }
    }
}

/// The statuses of a tab.
fn statuses(tab: &str) -> Vec<String> {
    match tab {
        "all" => FeedbackStatus::ALL.iter().map(|s| s.as_str().to_owned()).collect(),
        other => vec![FeedbackStatus::parse(other).unwrap_or(FeedbackStatus::New).as_str().to_owned()],
    }
}

/// One page of the inbox: 30 items unless asked otherwise, at most 100.
pub async fn page(tx: &mut TenantTx, project: &str, query: &FeedbackQuery, limit: Option<u32>) -> Result<FeedbackPage, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let request = PageRequest { after: Some(query.after.clone()).filter(|a| !a.is_empty()), limit: Some(limit.unwrap_or(PAGE)) };
    let categories: Vec<String> = query.category.split(',').map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned).collect();
    let typed = query.q.trim().to_lowercase().replace(['%', '_', '\\'], "");
    let like = format!("%{typed}%");
    let statuses = statuses(&query.tab);
    let (rows, next) = if query.sort == "priority" {
        let after = Cursor::<f32>::of(&request)?;
        let rows = sqlx::query_as!(
            Row,
            r#"select id, xmin::text as "rev!", title, left(description, 300) as "description!", category as "category: Category", priority_score,
                 status as "status: FeedbackStatus", tags, external_user_id, generated_issue_url as issue_url, created_at
               from factory.feedback_items
               where project_id = $1 and status = any ($2) and ($3 or category = any ($4)) and ($5 = '%%' or search_order like $5)
                 and ($6 = '' or $6 = any (tags))
                 and ($8::uuid is null or coalesce(priority_score, -1) < $7 or coalesce(priority_score, -1) = $7 and id > $8)
               order by coalesce(priority_score, -1) desc, id limit $9"#,
            project.id,
            &statuses,
            categories.is_empty(),
            &categories,
            like,
            query.tag,
            after.as_ref().map(|c| c.key),
            after.as_ref().map(|c| c.id),
            request.fetch()
        )
        .fetch_all(tx.conn())
        .await?;
        cut(rows, &request, |r| Cursor::new(r.priority_score.unwrap_or(-1.0), r.id).encode())
    } else {
        let after = Cursor::<DateTime<Utc>>::of(&request)?;
        let rows = sqlx::query_as!(
            Row,
            r#"select id, xmin::text as "rev!", title, left(description, 300) as "description!", category as "category: Category", priority_score,
                 status as "status: FeedbackStatus", tags, external_user_id, generated_issue_url as issue_url, created_at
               from factory.feedback_items
               where project_id = $1 and status = any ($2) and ($3 or category = any ($4)) and ($5 = '%%' or search_order like $5)
                 and ($6 = '' or $6 = any (tags)) and ($8::uuid is null or created_at < $7 or created_at = $7 and id > $8)
               order by created_at desc, id limit $9"#,
            project.id,
            &statuses,
            categories.is_empty(),
            &categories,
            like,
            query.tag,
            after.as_ref().map(|c| c.key),
            after.as_ref().map(|c| c.id),
            request.fetch()
        )
        .fetch_all(tx.conn())
        .await?;
        cut(rows, &request, |r| Cursor::new(r.created_at, r.id).encode())
    };
    let counted = sqlx::query!(
        r#"select status, count(*) filter (where ($2 or category = any ($3)) and ($4 = '%%' or search_order like $4) and ($5 = '' or $5 = any (tags)))
             as "matching!", count(*) as "all!"
           from factory.feedback_items where project_id = $1 group by status"#,
        project.id,
        categories.is_empty(),
        &categories,
        like,
        query.tag
    )
    .fetch_all(tx.conn())
    .await?;
    let tags = sqlx::query_scalar!(
        r#"select t.tag as "tag!" from factory.feedback_items f cross join lateral unnest(f.tags) t (tag) where f.project_id = $1
           group by 1 order by count(*) desc, 1 limit 30"#,
        project.id
    )
    .fetch_all(tx.conn())
    .await?;
    let everything = counted.iter().map(|c| c.all).sum();
    let mut counts: BTreeMap<String, i64> = counted.into_iter().map(|c| (c.status, c.matching)).collect();
    counts.insert("all".into(), counts.values().sum());
    Ok(FeedbackPage { rows, next, counts, everything, tags })
}

fn cut(mut rows: Vec<Row>, request: &PageRequest, cursor: impl Fn(&Row) -> String) -> (Vec<FeedbackRow>, Option<String>) {
    let more = rows.len() > request.limit();
    rows.truncate(request.limit());
    let next = rows.last().filter(|_| more).map(cursor);
    (rows.into_iter().map(FeedbackRow::from).collect(), next)
}

/// One item of a project with what hangs on it.
pub async fn detail(tx: &mut TenantTx, project: &str, id: Uuid) -> Result<FeedbackDetail, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let item = store::one(tx, id).await?;
    if item.project_id != project.id {
        return Err(store::missing());
    }
    let features = linked(tx, id).await?;
    let proposed = if features.is_empty() { proposed(tx, project.id, &item.headline()).await? } else { Vec::new() };
    let since = tx.now() - chrono::Duration::days(30);
    let similar = sqlx::query!(
        r#"select f.id, f.title, left(f.description, 300) as "description!", f.status as "status: FeedbackStatus", f.created_at,
             (1 - (f.embedding operator(public.<=>) me.embedding))::float8 as "similarity!"
           from factory.feedback_items me join factory.feedback_items f
             on f.project_id = me.project_id and f.id <> me.id and f.created_at >= $2 and f.merged_into is null
               and 1 - (f.embedding operator(public.<=>) me.embedding) >= $3
           where me.id = $1 order by 6 desc, f.id limit 10"#,
        id,
        since,
        triage::SIMILAR
    )
    .fetch_all(tx.conn())
    .await?;
    let merged = sqlx::query!(
        r#"select id, title, left(description, 300) as "description!", status as "status: FeedbackStatus", created_at
           from factory.feedback_items where merged_into = $1 order by created_at desc, id limit 50"#,
        id
    )
    .fetch_all(tx.conn())
    .await?;
    let work_orders = sqlx::query_as!(
        MadeWorkOrder,
        r#"select w.id, w.number, w.title, w.status
           from factory.graph_nodes n
             join factory.graph_edges e on e.target_node_id = n.id and e.edge_type = 'references'
             join factory.graph_nodes s on s.id = e.source_node_id and s.entity_type = 'work_order' and s.deleted_at is null
             join factory.work_orders w on w.id = s.entity_id
           where n.entity_type = 'feedback_item' and n.entity_id = $1 order by w.number"#,
        id
    )
    .fetch_all(tx.conn())
    .await?;
    let issue_run = sqlx::query_as!(
        IssueRun,
        r#"select id as job, status as "status: JobStatus", error from factory.job_runs
           where project_id = $1 and job_type = 'issue_create' and input ->> 'item' = $2 order by created_at desc, id limit 1"#,
        project.id,
        id.to_string()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(FeedbackDetail {
        features,
        proposed,
        work_orders,
        similar: similar
            .into_iter()
            .map(|s| Similar {
                id: s.id,
                headline: headline(s.title.as_deref(), &s.description),
                status: s.status,
                similarity: s.similarity,
                created_at: s.created_at,
            })
            .collect(),
        merged: merged
            .into_iter()
            .map(|s| Similar {
                id: s.id,
                headline: headline(s.title.as_deref(), &s.description),
                status: s.status,
                similarity: 1.0,
                created_at: s.created_at,
            })
            .collect(),
        issue_run: issue_run.filter(|_| item.issue_url.is_none()),
        tracker: integrations::tracker(tx, project.id).await?.words().to_owned(),
        history: activities::of_entity(tx, Entity::FeedbackItem, id, 50).await?,
        item,
    })
}

async fn linked(tx: &mut TenantTx, id: Uuid) -> Result<Vec<FeatureRef>, Fault> {
    let rows = sqlx::query!(
        r#"select f.id, f.feature_id as key, f.name, f.status as "status: FeatureStatus"
           from factory.graph_nodes n
             join factory.graph_edges e on e.source_node_id = n.id and e.edge_type = 'feedback_on'
             join factory.graph_nodes t on t.id = e.target_node_id and t.entity_type = 'feature' and t.deleted_at is null
             join factory.features f on f.id = t.entity_id
           where n.entity_type = 'feedback_item' and n.entity_id = $1 order by f.key_order, f.id"#,
        id
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|r| FeatureRef { id: Some(r.id), key: r.key, name: r.name, status: Some(r.status) }).collect())
}

/// Up to three features that share a telling word with the text.
async fn proposed(tx: &mut TenantTx, project: Uuid, text: &str) -> Result<Vec<FeatureRef>, Fault> {
    let mut words: Vec<String> =
        text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() >= 5).map(str::to_owned).collect();
    words.sort_by_key(|w| std::cmp::Reverse(w.chars().count()));
    words.truncate(6);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"select f.id, f.feature_id as key, f.name, f.status as "status: FeatureStatus"
           from unnest($2::text[]) w (word)
             cross join lateral unnest(factory.feature_hits($1, w.word, 50)) h (id)
             join factory.features f on f.id = h.id and f.deleted_at is null
           group by f.id, f.feature_id, f.name, f.status, f.key_order order by count(*) desc, f.key_order limit 3"#,
        project,
        &words
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|r| FeatureRef { id: Some(r.id), key: r.key, name: r.name, status: Some(r.status) }).collect())
}
