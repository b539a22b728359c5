//! Changing work items.
use super::{
    WorkItem, WorkItemInput, WorkItemPatch, WorkItemStatus, WorkItemType,
    read::{missing, one},
};
use crate::{
    activities::{self, Action, Changes, Entity},
    features::{
        Priority,
        store::{priority, text},
    },
    notices,
    projects::{self, Project},
    work_orders::store as orders,
};
use core_area::notifications::{NewNotice, NoticeType};
use kernel::{Fault, Perm, audit::Audit, db::TenantTx};
use serde_json::{Value, json};
use uuid::Uuid;

/// Adds a work item.
pub async fn create(tx: &mut TenantTx, project: &str, input: &WorkItemInput) -> Result<WorkItem, Fault> {
    let project = projects::lock(tx, project).await?;
    let item = WorkItem {
        id: Uuid::new_v4(),
        rev: String::new(),
        project_id: project.id,
        work_order_id: order(tx, project.id, input.work_order_id).await?,
        feature_id: orders::feature(tx, project.id, input.feature_id).await?,
        title: title(&input.title)?,
        description: text("description", &input.description, 20_000)?,
        kind: input.kind,
        status: WorkItemStatus::Todo,
        priority: priority(&input.priority)?,
        assignee_id: member(tx, input.assignee_id).await?,
        effort: effort(input.effort)?,
        metadata: json!({}),
        test_run_result_id: None,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let made = insert(tx, item).await?;
    tx.audit(Audit::new("work_item.create").target("work_item", made.id)).await?;
    tell(tx, &project, None, &made).await?;
    Ok(made)
}

/// Writes a new work item and its history; what it says is checked already.
pub(crate) async fn insert(tx: &mut TenantTx, mut item: WorkItem) -> Result<WorkItem, Fault> {
    let row = sqlx::query!(
        r#"insert into factory.work_items (id, project_id, work_order_id, feature_id, title, description, type, status, priority, assignee_id,
             effort, metadata, test_run_result_id)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning xmin::text as "rev!", created_at, updated_at"#,
        item.id,
        item.project_id,
        item.work_order_id,
        item.feature_id,
        item.title,
        item.description,
        item.kind as WorkItemType,
        item.status as WorkItemStatus,
        item.priority as Option<Priority>,
        item.assignee_id,
        item.effort,
        item.metadata,
        item.test_run_result_id
    )
    .fetch_one(tx.conn())
    .await?;
    (item.rev, item.created_at, item.updated_at) = (row.rev, row.created_at, row.updated_at);
    let mut changes = Changes::default();
    changes.note("status", &None, &Some(item.status));
    changes.note("title", &None, &Some(&item.title));
    activities::record(tx, item.project_id, Entity::WorkItem, item.id, Action::Created, changes, about(&item)).await?;
    Ok(item)
}

/// The work order an entry of the history belongs to.
fn about(item: &WorkItem) -> Value {
    json!({ "title": item.title, "type": item.kind, "work_order_id": item.work_order_id })
}

/// Queues for the project of a work item.
pub(super) async fn lock_of(tx: &mut TenantTx, id: Uuid) -> Result<Project, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let project = sqlx::query_scalar!("select project_id from factory.work_items where id = $1", id).fetch_optional(tx.conn()).await?;
    projects::lock_id(tx, project.ok_or_else(missing)?).await
}

fn check_rev(now: &WorkItem, rev: &str) -> Result<(), Fault> {
    match now.rev == rev {
        true => Ok(()),
        false => Err(Fault::stale("work item").with_details(json!({ "current": now }))),
    }
}

/// Changes the fields that the patch names. 409 `stale` carries the current item in `details.current`.
pub async fn update(tx: &mut TenantTx, id: Uuid, rev: &str, patch: &WorkItemPatch) -> Result<WorkItem, Fault> {
    let project = lock_of(tx, id).await?;
    let before = one(tx, id).await?;
    check_rev(&before, rev)?;
    let mut after = before.clone();
    let WorkItemPatch {
        title: new_title,
        description,
        kind,
        priority: new_priority,
        assignee_id,
        effort: new_effort,
        work_order_id,
        feature_id,
    } = patch;
    if let Some(value) = new_title {
        after.title = title(value)?;
    }
    if let Some(value) = description {
        after.description = text("description", value, 20_000)?;
    }
    if let Some(value) = kind {
        after.kind = *value;
    }
    if let Some(value) = new_priority {
        after.priority = priority(value)?;
    }
    if let Some(value) = assignee_id {
        after.assignee_id = member(tx, *value).await?;
    }
    if let Some(value) = new_effort {
        after.effort = effort(*value)?;
    }
    if let Some(value) = work_order_id {
        after.work_order_id = order(tx, project.id, *value).await?;
    }
    if let Some(value) = feature_id {
        after.feature_id = orders::feature(tx, project.id, *value).await?;
    }
    let saved = save(tx, &before, after).await?;
    tx.audit(Audit::new("work_item.update").target("work_item", id)).await?;
    tell(tx, &project, Some(&before), &saved).await?;
    Ok(saved)
}

/// One move of the status machine; 409 `invalid_transition` names the allowed ones.
pub async fn move_to(tx: &mut TenantTx, id: Uuid, rev: &str, next: WorkItemStatus) -> Result<WorkItem, Fault> {
    lock_of(tx, id).await?;
    let before = one(tx, id).await?;
    check_rev(&before, rev)?;
    if !before.status.may_become(next) {
        return Err(before.status.refuse(next));
    }
    let after = WorkItem { status: next, ..before.clone() };
    let saved = save(tx, &before, after).await?;
    tx.audit(Audit::new("work_item.move").target("work_item", id)).await?;
    Ok(saved)
}

async fn save(tx: &mut TenantTx, before: &WorkItem, mut after: WorkItem) -> Result<WorkItem, Fault> {
    let mut changes = Changes::default();
    changes.note("title", &before.title, &after.title);
    changes.note("description", &before.description, &after.description);
    changes.note("type", &before.kind, &after.kind);
    changes.note("status", &before.status, &after.status);
    changes.note("priority", &before.priority, &after.priority);
    changes.note("assignee_id", &before.assignee_id, &after.assignee_id);
    changes.note("effort", &before.effort, &after.effort);
    changes.note("work_order_id", &before.work_order_id, &after.work_order_id);
    changes.note("feature_id", &before.feature_id, &after.feature_id);
    if changes.is_empty() {
        return Ok(after);
    }
    let row = sqlx::query!(
        r#"update factory.work_items
           set work_order_id = $2, feature_id = $3, title = $4, description = $5, type = $6, status = $7, priority = $8, assignee_id = $9, effort = $10
           where id = $1 returning xmin::text as "rev!", updated_at"#,
        after.id,
        after.work_order_id,
        after.feature_id,
        after.title,
        after.description,
        after.kind as WorkItemType,
        after.status as WorkItemStatus,
        after.priority as Option<Priority>,
        after.assignee_id,
        after.effort
    )
    .fetch_one(tx.conn())
    .await?;
    (after.rev, after.updated_at) = (row.rev, row.updated_at);
    let action = if changes.0.contains_key("status") { Action::StatusChanged } else { Action::Updated };
    activities::record(tx, after.project_id, Entity::WorkItem, after.id, action, changes, about(&after)).await?;
    Ok(after)
}

/// Takes a work item away, with its links.
pub async fn remove(tx: &mut TenantTx, id: Uuid, rev: &str) -> Result<(), Fault> {
    let project = lock_of(tx, id).await?;
    let before = one(tx, id).await?;
    check_rev(&before, rev)?;
    sqlx::query!("delete from factory.work_items where id = $1", id).execute(tx.conn()).await?;
    activities::record(tx, project.id, Entity::WorkItem, id, Action::Deleted, Changes::default(), about(&before)).await?;
    tx.audit(Audit::new("work_item.remove").target("work_item", id)).await
}

async fn tell(tx: &mut TenantTx, project: &Project, before: Option<&WorkItem>, after: &WorkItem) -> Result<(), Fault> {
    let (Some(who), true) = (after.assignee_id, before.and_then(|b| b.assignee_id) != after.assignee_id) else { return Ok(()) };
    let number = match after.work_order_id {
        Some(id) => sqlx::query_scalar!("select number from factory.work_orders where id = $1", id).fetch_optional(tx.conn()).await?,
        None => None,
    };
    let place = number.map_or_else(|| "planner".to_owned(), |n| format!("planner/{n}"));
    let notice = NewNotice {
        body: Some(project.name.clone()),
        entity_type: Some("work_item"),
        entity_id: Some(after.id),
        project_id: Some(project.id),
        href: Some(format!("/factory/{}/{place}", project.slug)),
        ..NewNotice::new(
            Uuid::nil(),
            NoticeType::FeatureUpdate,
            "factory.assigned",
            format!("A {} is yours: {}", after.kind.as_str(), after.title),
        )
    };
    notices::tell(tx, &[who], &notice).await?;
    Ok(())
}

fn title(value: &str) -> Result<String, Fault> {
    text("title", value, 255)?.ok_or_else(|| Fault::field("title", "is required"))
}

fn effort(value: Option<i32>) -> Result<Option<i32>, Fault> {
    match value {
        Some(n) if !(0..=100_000).contains(&n) => Err(Fault::field("effort", "is a number of hours from 0 to 100000")),
        other => Ok(other),
    }
}

async fn member(tx: &mut TenantTx, id: Option<Uuid>) -> Result<Option<Uuid>, Fault> {
    let Some(id) = id else { return Ok(None) };
    Ok(orders::members(tx, "assignee_id", &[id]).await?.pop())
}

async fn order(tx: &mut TenantTx, project: Uuid, id: Option<Uuid>) -> Result<Option<Uuid>, Fault> {
    let Some(id) = id else { return Ok(None) };
    let found =
        sqlx::query_scalar!("select id from factory.work_orders where id = $1 and project_id = $2 and deleted_at is null", id, project)
            .fetch_optional(tx.conn())
            .await?;
    found.map(Some).ok_or_else(|| Fault::field("work_order_id", "is not in this project"))
}
