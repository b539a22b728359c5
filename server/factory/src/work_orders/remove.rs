//! Deleting a work order, and taking that back.
use super::{WorkOrder, store};
use kernel::{Fault, audit::Audit, db::TenantTx};
use uuid::Uuid;

/// Deletes a work order. The row stays: `restore` brings it back as it was.
pub async fn remove(tx: &mut TenantTx, id: Uuid, rev: &str) -> Result<WorkOrder, Fault> {
    let project = store::lock_of(tx, id).await?;
    let before = store::one(tx, project.id, id).await?;
    store::check_rev(&before, rev)?;
    let after = WorkOrder { deleted: true, ..before.clone() };
    let gone = store::save(tx, project.id, vec![store::Write::new(before, after)]).await?.remove(0);
    tx.audit(Audit::new("work_order.remove").target("work_order", id)).await?;
    Ok(gone)
}

/// Brings a deleted work order back. Restored already: the same answer again.
pub async fn restore(tx: &mut TenantTx, id: Uuid) -> Result<WorkOrder, Fault> {
    let project = store::lock_of(tx, id).await?;
    let before = store::find(tx, project.id, &[id]).await?.pop().ok_or_else(store::missing)?;
    if !before.deleted {
        return Ok(before);
    }
    let after = WorkOrder { deleted: false, ..before.clone() };
    let back = store::save(tx, project.id, vec![store::Write::new(before, after)]).await?.remove(0);
    tx.audit(Audit::new("work_order.restore").target("work_order", id)).await?;
    Ok(back)
}
