//! Finding work items.
use super::{WorkItem, WorkItemQuery, WorkItemStatus, WorkItemType};
use crate::{features::Priority, projects};
use chrono::{DateTime, Utc};
use kernel::{
    Fault, Perm,
    db::TenantTx,
    record::{Cursor, Paged},
};
use uuid::Uuid;

/// A work item, or 404.
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<WorkItem, Fault> {
    tx.require(Perm::FactoryRead)?;
    let item = one(tx, id).await?;
    projects::get(tx, item.project_id).await.map_err(|_| missing())?;
    Ok(item)
}

pub(super) fn missing() -> Fault {
    Fault::not_found("The work item")
}

pub(super) async fn one(tx: &mut TenantTx, id: Uuid) -> Result<WorkItem, Fault> {
    sqlx::query_as!(
        WorkItem,
        r#"select id, xmin::text as "rev!", project_id, work_order_id, feature_id, title, description, type as "kind: WorkItemType",
             status as "status: WorkItemStatus", priority as "priority: Priority", assignee_id, effort, metadata, test_run_result_id,
             created_at, updated_at
           from factory.work_items where id = $1"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(missing)
}

/// The items of a work order, the oldest first.
pub(crate) async fn of_work_order(tx: &mut TenantTx, order: Uuid) -> Result<Vec<WorkItem>, Fault> {
    Ok(sqlx::query_as!(
        WorkItem,
        r#"select id, xmin::text as "rev!", project_id, work_order_id, feature_id, title, description, type as "kind: WorkItemType",
             status as "status: WorkItemStatus", priority as "priority: Priority", assignee_id, effort, metadata, test_run_result_id,
             created_at, updated_at
           from factory.work_items where work_order_id = $1 order by created_at, id limit 500"#,
        order
    )
    .fetch_all(tx.conn())
    .await?)
}

/// One page of a project's work items, the oldest first.
pub async fn page(tx: &mut TenantTx, project: &str, query: &WorkItemQuery) -> Result<Paged<WorkItem>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let after = Cursor::<DateTime<Utc>>::of(&query.page)?;
    let rows = sqlx::query_as!(
        WorkItem,
        r#"select id, xmin::text as "rev!", project_id, work_order_id, feature_id, title, description, type as "kind: WorkItemType",
             status as "status: WorkItemStatus", priority as "priority: Priority", assignee_id, effort, metadata, test_run_result_id,
             created_at, updated_at
           from factory.work_items
           where project_id = $1 and ($2::varchar is null or status = $2) and ($3::varchar is null or type = $3)
             and ($4::uuid is null or work_order_id = $4) and ($5::uuid is null or feature_id = $5) and ($6::uuid is null or assignee_id = $6)
             and (not $7 or work_order_id is null)
             and ($9::uuid is null or (created_at, id) > ($8, $9))
           order by created_at, id limit $10"#,
        project.id,
        query.status as Option<WorkItemStatus>,
        query.kind as Option<WorkItemType>,
        query.work_order_id,
        query.feature_id,
        query.assignee_id,
        query.alone,
        after.as_ref().map(|c| c.key),
        after.as_ref().map(|c| c.id),
        query.page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::cut(rows, &query.page, |i| Cursor::new(i.created_at, i.id)))
}

/// How many a filter leaves, on all pages.
pub async fn count(tx: &mut TenantTx, project: &str, query: &WorkItemQuery) -> Result<i64, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let count = sqlx::query_scalar!(
        r#"select count(*) as "n!" from factory.work_items
           where project_id = $1 and ($2::varchar is null or status = $2) and ($3::varchar is null or type = $3)
             and ($4::uuid is null or work_order_id = $4) and ($5::uuid is null or feature_id = $5) and ($6::uuid is null or assignee_id = $6)
             and (not $7 or work_order_id is null)"#,
        project.id,
        query.status as Option<WorkItemStatus>,
        query.kind as Option<WorkItemType>,
        query.work_order_id,
        query.feature_id,
        query.assignee_id,
        query.alone
    );
    Ok(count.fetch_one(tx.conn()).await?)
}
