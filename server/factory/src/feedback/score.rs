//! Triage as a job, and the score whenever its facts change.
use super::{Facts, Feedback, store, triage};
use crate::{
    graph,
    integrations::outbox::{self, MessageType},
    job_runs::{self, NewRun},
};
use core_area::notifications::{NewNotice, NoticeType, notify_role};
use kernel::{
    Fault,
    access::Role,
    db::TenantTx,
    jobs::{JobCtx, JobOptions, JobRegistry},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

const TRIAGE: &str = "feedback_triage";

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Payload {
    item: Uuid,
}

/// The job of this module.
pub fn register(registry: &mut JobRegistry) {
    registry.add("factory.feedback_triage", JobOptions::timeout(10 * 60), run);
}

/// Queues the triage of an item: once.
pub(super) async fn queue(tx: &mut TenantTx, project: Uuid, item: Uuid) -> Result<(), Fault> {
    job_runs::start(tx, NewRun::new(project, TRIAGE, Payload { item }).unique(item.to_string())).await?;
    Ok(())
}

async fn run(ctx: JobCtx, payload: Payload) -> Result<(), Fault> {
    let mut tx = ctx.tx().await?;
    let item = match store::one(&mut tx, payload.item).await {
        Err(fault) if fault.code == kernel::Code::NotFound => return Ok(()),
        other => other?,
    };
    let title = item.title.as_deref().unwrap_or_default();
    if item.category.is_none() {
        let category = triage::category(title, &item.description);
        sqlx::query!("update factory.feedback_items set category = $2 where id = $1 and category is null", item.id, category.as_str())
            .execute(tx.conn())
            .await?;
    }
    let score = rescore(&mut tx, &item).await?;
    graph::keep_feedback(&mut tx, &[item.id]).await?;
    job_runs::finish(&mut tx, &ctx, json!({ "score": score })).await?;
    tx.commit().await
}

/// Works the score out anew from what is known now; a person's score stays. Whoever crosses the line of the critical is
/// told once.
pub(super) async fn rescore(tx: &mut TenantTx, item: &Feedback) -> Result<f64, Fault> {
    let since = tx.now() - chrono::Duration::days(30);
    let near = sqlx::query!(
        r#"with me as (select id, project_id, embedding, external_user_id from factory.feedback_items where id = $1),
             near as (
               select f.id, f.external_user_id from me join factory.feedback_items f
                 on f.project_id = me.project_id and f.id <> me.id and f.created_at >= $2
                   and 1 - (f.embedding operator(public.<=>) me.embedding) >= $3),
             merged as (select f.id, f.external_user_id from factory.feedback_items f where f.merged_into = $1)
           select (select count(*) from near) as "similar!",
             (select count(distinct coalesce(u.external_user_id, '')) from (
               select external_user_id from me union all select external_user_id from near union all select external_user_id from merged) u) as "users!""#,
        item.id,
        since,
        triage::SIMILAR
    )
    .fetch_one(tx.conn())
    .await?;
    let linked = sqlx::query!(
        r#"select coalesce(bool_or(f.priority in ('P0', 'P1') or f.status = 'in_progress'), false) as "urgent!", count(*) as "n!"
           from factory.graph_nodes n
             join factory.graph_edges e on e.source_node_id = n.id and e.edge_type = 'feedback_on'
             join factory.graph_nodes t on t.id = e.target_node_id and t.entity_type = 'feature' and t.deleted_at is null
             join factory.features f on f.id = t.entity_id
           where n.entity_type = 'feedback_item' and n.entity_id = $1"#,
        item.id
    )
    .fetch_one(tx.conn())
    .await?;
    let facts = Facts {
        severity: triage::severity(item.title.as_deref().unwrap_or_default(), &item.description),
        similar: near.similar,
        users: near.users,
        alignment: match (linked.urgent, linked.n) {
            (true, _) => 1.0,
            (false, 0) => 0.0,
            (false, _) => 0.5,
        },
    };
    let score = triage::score(&facts);
    let now = tx.now();
    let kept = sqlx::query_scalar!(
        r#"update factory.feedback_items set triage = $2, triaged_at = coalesce(triaged_at, $4),
             priority_score = case when scored_by_person then priority_score else $3 end
           where id = $1 returning priority_score as "score!""#,
        item.id,
        Json(facts) as Json<Facts>,
        score as f32,
        now
    )
    .fetch_one(tx.conn())
    .await?;
    if !item.scored_by_person && score >= triage::CRITICAL && item.status.is_open() {
        critical(tx, item, score).await?;
    }
    Ok(f64::from(kept))
}

async fn critical(tx: &mut TenantTx, item: &Feedback, score: f64) -> Result<(), Fault> {
    let slug = sqlx::query_scalar!("select slug from factory.projects where id = $1", item.project_id).fetch_one(tx.conn()).await?;
    let href = format!("/factory/{slug}/validator/{}", item.id);
    let headline = item.headline();
    let told = sqlx::query_scalar!(
        r#"select exists (select from factory.outbox_messages where project_id = $1 and type = 'critical_feedback' and href = $2) as "told!""#,
        item.project_id,
        href
    )
    .fetch_one(tx.conn())
    .await?;
    if told {
        return Ok(());
    }
    let notice = NewNotice {
        body: Some(format!("{headline} (score {score:.2})")),
        entity_type: Some("feedback_item"),
        entity_id: Some(item.id),
        project_id: Some(item.project_id),
        href: Some(href.clone()),
        dedupe_key: Some(format!("critical:{}", item.id)),
        ..NewNotice::new(Uuid::nil(), NoticeType::Error, "factory.critical_feedback", "Critical feedback".to_owned())
    };
    notify_role(tx, Role::Admin, notice).await?;
    outbox::say(tx, item.project_id, MessageType::CriticalFeedback, &format!("Critical feedback ({score:.2}): {headline}"), Some(&href))
        .await
}
