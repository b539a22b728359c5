//! Reading work orders for a change, and writing many of them with their history in two statements.
use super::{WorkOrder, WorkOrderStatus};
use crate::{
    activities::{self, Action, Change, Changes, Entity},
    features::store::text,
    graph,
    projects::{self, Project},
};
use kernel::{Fault, Perm, db::TenantTx};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

/// The work orders of these ids in one project, deleted ones too.
pub async fn find(tx: &mut TenantTx, project: Uuid, ids: &[Uuid]) -> Result<Vec<WorkOrder>, Fault> {
    Ok(sqlx::query_as!(
        WorkOrder,
        r#"select id, xmin::text as "rev!", project_id, number, phase_id, feature_id, title, status as "status: WorkOrderStatus", description,
             acceptance_criteria, out_of_scope, implementation_plan, assignee_ids, sort_order, deliverable_type, created_by, created_at,
             updated_at, (deleted_at is not null) as "deleted!"
           from factory.work_orders where project_id = $1 and id = any ($2)"#,
        project,
        ids
    )
    .fetch_all(tx.conn())
    .await?)
}

/// A live work order of the project, or 404.
pub async fn one(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<WorkOrder, Fault> {
    find(tx, project, &[id]).await?.into_iter().find(|w| !w.deleted).ok_or_else(missing)
}

pub fn missing() -> Fault {
    Fault::not_found("The work order")
}

/// Queues for the project of a work order, deleted or not.
pub async fn lock_of(tx: &mut TenantTx, id: Uuid) -> Result<Project, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let project = sqlx::query_scalar!("select project_id from factory.work_orders where id = $1", id).fetch_optional(tx.conn()).await?;
    projects::lock_id(tx, project.ok_or_else(missing)?).await
}

/// 409 `stale` with the current row, unless this is the version the change was made on.
pub fn check_rev(now: &WorkOrder, rev: &str) -> Result<(), Fault> {
    match now.rev == rev {
        true => Ok(()),
        false => Err(Fault::stale("work order").with_details(json!({ "current": now }))),
    }
}

/// A change ready to be written, with what its history line says besides the fields.
pub struct Write {
    pub before: WorkOrder,
    pub after: WorkOrder,
    pub metadata: Value,
}

impl Write {
    pub fn new(before: WorkOrder, after: WorkOrder) -> Self {
        Self { before, after, metadata: json!({}) }
    }

    fn changes(&self) -> Changes {
        let (b, a) = (&self.before, &self.after);
        let mut changes = Changes::default();
        changes.note("title", &b.title, &a.title);
        changes.note("status", &b.status, &a.status);
        changes.note("phase_id", &b.phase_id, &a.phase_id);
        changes.note("feature_id", &b.feature_id, &a.feature_id);
        changes.note("assignee_ids", &b.assignee_ids, &a.assignee_ids);
        changes.note("deliverable_type", &b.deliverable_type, &a.deliverable_type);
        // Whole documents would bloat the history: it says that they changed.
        for (field, before, after) in [
            ("description", &b.description, &a.description),
            ("acceptance_criteria", &b.acceptance_criteria, &a.acceptance_criteria),
            ("out_of_scope", &b.out_of_scope, &a.out_of_scope),
            ("implementation_plan", &b.implementation_plan, &a.implementation_plan),
        ] {
            if before != after {
                changes.0.insert(field.to_owned(), Change { old: Value::Null, new: Value::Null });
            }
        }
        changes
    }

    fn action(&self, changes: &Changes) -> Action {
        match (self.before.deleted, self.after.deleted) {
            (false, true) => Action::Deleted,
            (true, false) => Action::Restored,
            _ if changes.0.contains_key("status") => Action::StatusChanged,
            _ => Action::Updated,
        }
    }
}

/// Writes changes in one statement and their history in another. What did not change is not written. The caller holds
/// the lock of the project. Answers the rows in the order given, with their new versions.
pub async fn save(tx: &mut TenantTx, project: Uuid, writes: Vec<Write>) -> Result<Vec<WorkOrder>, Fault> {
    let (mut entries, mut records) = (Vec::new(), Vec::new());
    for write in &writes {
        let changes = write.changes();
        let action = write.action(&changes);
        let seen = !changes.is_empty() || write.before.deleted != write.after.deleted;
        if seen || write.before.sort_order != write.after.sort_order {
            let w = &write.after;
            records.push(json!({
                "id": w.id, "phase_id": w.phase_id, "feature_id": w.feature_id, "title": w.title, "status": w.status,
                "description": w.description, "acceptance_criteria": w.acceptance_criteria, "out_of_scope": w.out_of_scope,
                "implementation_plan": w.implementation_plan, "assignee_ids": w.assignee_ids, "sort_order": w.sort_order,
                "deliverable_type": w.deliverable_type, "deleted": w.deleted,
            }));
        }
        if seen {
            entries.push((write.after.id, action, changes, write.metadata.clone()));
        }
    }
    let mut saved: Vec<WorkOrder> = writes.into_iter().map(|w| w.after).collect();
    if records.is_empty() {
        return Ok(saved);
    }
    let rows = sqlx::query!(
        r#"update factory.work_orders w
           set phase_id = x.phase_id, feature_id = x.feature_id, title = x.title, status = x.status, description = nullif(x.description, 'null'),
             acceptance_criteria = nullif(x.acceptance_criteria, 'null'), out_of_scope = nullif(x.out_of_scope, 'null'),
             implementation_plan = nullif(x.implementation_plan, 'null'), assignee_ids = x.assignee_ids, sort_order = x.sort_order,
             deliverable_type = x.deliverable_type,
             deleted_at = case when not x.deleted then null else coalesce(w.deleted_at, clock_timestamp()) end
           from jsonb_to_recordset($2) as x(id uuid, phase_id uuid, feature_id uuid, title text, status text, description jsonb,
             acceptance_criteria jsonb, out_of_scope jsonb, implementation_plan jsonb, assignee_ids uuid[], sort_order int,
             deliverable_type text, deleted bool)
           where w.project_id = $1 and w.id = x.id
           returning w.id, w.xmin::text as "rev!", w.updated_at"#,
        project,
        Json(records) as Json<Vec<Value>>
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        if let Some(order) = saved.iter_mut().find(|w| w.id == row.id) {
            order.rev = row.rev;
            order.updated_at = row.updated_at;
        }
    }
    activities::record_many(tx, project, Entity::WorkOrder, entries).await?;
    let ids: Vec<Uuid> = saved.iter().map(|w| w.id).collect();
    graph::keep_work_orders(tx, &ids).await?;
    Ok(saved)
}

/// The title: required, at most 500 characters.
pub fn title(value: &str) -> Result<String, Fault> {
    text("title", value, 500)?.ok_or_else(|| Fault::field("title", "is required"))
}

/// What kind of thing it delivers, at most 100 characters.
pub fn deliverable(value: &str) -> Result<Option<String>, Fault> {
    text("deliverable_type", value, 100)
}

/// The phase, when it is one of the project.
pub async fn phase(tx: &mut TenantTx, project: Uuid, id: Option<Uuid>) -> Result<Option<Uuid>, Fault> {
    let Some(id) = id else { return Ok(None) };
    let found = sqlx::query_scalar!("select id from factory.phases where id = $1 and project_id = $2", id, project)
        .fetch_optional(tx.conn())
        .await?;
    found.map(Some).ok_or_else(|| Fault::field("phase_id", "is not in this project"))
}

/// The feature, when it is a live one of the project.
pub async fn feature(tx: &mut TenantTx, project: Uuid, id: Option<Uuid>) -> Result<Option<Uuid>, Fault> {
    let Some(id) = id else { return Ok(None) };
    let found =
        sqlx::query_scalar!("select id from factory.features where id = $1 and project_id = $2 and deleted_at is null", id, project)
            .fetch_optional(tx.conn())
            .await?;
    found.map(Some).ok_or_else(|| Fault::field("feature_id", "is not in this project"))
}

/// The people, each once, when all of them are members.
pub async fn members(tx: &mut TenantTx, field: &str, ids: &[Uuid]) -> Result<Vec<Uuid>, Fault> {
    let mut wanted: Vec<Uuid> = Vec::new();
    for id in ids.iter().filter(|id| !id.is_nil()) {
        if !wanted.contains(id) {
            wanted.push(*id);
        }
    }
    if wanted.len() > 50 {
        return Err(Fault::field(field, format!("are {}; the most is 50", wanted.len())));
    }
    if wanted.is_empty() {
        return Ok(wanted);
    }
    let known = sqlx::query_scalar!("select user_id from core.memberships where org_id = core.tenant() and user_id = any ($1)", &wanted)
        .fetch_all(tx.conn())
        .await?;
    match wanted.iter().all(|id| known.contains(id)) {
        true => Ok(wanted),
        false => Err(Fault::field(field, "must be members of this organization")),
    }
}
