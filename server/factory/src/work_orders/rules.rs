//! What stands in the way of a move: unfinished predecessors of a start, open work items of a finish.
use super::{WorkOrder, WorkOrderRef, WorkOrderStatus, blockers, key};
use kernel::{Code, Fault, access::ActorKind, audit::Audit, db::TenantTx};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// What stands in the way of each of many work orders.
#[derive(Default)]
pub(super) struct Obstacles {
    blockers: HashMap<Uuid, Vec<WorkOrderRef>>,
    open_items: HashMap<Uuid, i64>,
}

/// Looks for them, for moves to this status.
pub(super) async fn obstacles(tx: &mut TenantTx, ids: &[Uuid], next: WorkOrderStatus) -> Result<Obstacles, Fault> {
    let mut found = Obstacles::default();
    match next {
        WorkOrderStatus::InProgress => {
            for (id, blocker) in blockers::before(tx, ids).await? {
                if blocker.status != WorkOrderStatus::Done {
                    found.blockers.entry(id).or_default().push(blocker);
                }
            }
        }
        WorkOrderStatus::Done => {
            let rows = sqlx::query!(
                r#"select work_order_id as "id!", count(*) as "n!" from factory.work_items
                   where work_order_id = any ($1) and status <> 'done' group by work_order_id"#,
                ids
            )
            .fetch_all(tx.conn())
            .await?;
            found.open_items = rows.into_iter().map(|r| (r.id, r.n)).collect();
        }
        _ => {}
    }
    Ok(found)
}

impl Obstacles {
    /// May it move? `Ok` carries what the history says of an override.
    pub fn check(&self, tx: &TenantTx, now: &WorkOrder, next: WorkOrderStatus, force: bool) -> Result<Value, Fault> {
        if !now.status.may_become(next) {
            return Err(now.status.refuse(next));
        }
        let Some(fault) = self.fault(now, next) else { return Ok(json!({})) };
        let person = tx.actor().kind == ActorKind::User;
        match (force, person) {
            (true, true) => Ok(json!({ "override": fault.code, "details": fault.details })),
            (true, false) => Err(Fault { message: format!("{} Only a person can override this.", fault.message), ..fault }),
            (false, _) => Err(fault),
        }
    }

    fn fault(&self, now: &WorkOrder, next: WorkOrderStatus) -> Option<Fault> {
        // Reopening what is in review is no start.
        if next == WorkOrderStatus::InProgress && now.status == WorkOrderStatus::Ready {
            let blockers = self.blockers.get(&now.id)?;
            let names: Vec<String> = blockers.iter().map(|b| key(b.number)).collect();
            let (verb, these) = if names.len() == 1 { ("is", names[0].clone()) } else { ("are", names.join(", ")) };
            let message = format!("{} waits for {these}, which {verb} not done.", now.key());
            return Some(Fault::new(Code::Blocked, message).with_details(json!({ "blockers": blockers })));
        }
        if next == WorkOrderStatus::Done {
            let n = *self.open_items.get(&now.id)?;
            let items = if n == 1 { "1 open work item".to_owned() } else { format!("{n} open work items") };
            return Some(Fault::new(Code::OpenWorkItems, format!("{} has {items}.", now.key())).with_details(json!({ "open": n })));
        }
        None
    }
}

/// Notes an override where admins look for it.
pub(super) async fn note_override(tx: &mut TenantTx, order: &WorkOrder, metadata: &Value) -> Result<(), Fault> {
    if metadata.get("override").is_none() {
        return Ok(());
    }
    tx.audit(Audit::new("work_order.override").warning().target("work_order", order.id).meta(metadata.clone())).await
}
