//! The order of work: one line for the whole project, so that every board shows the same.
use super::{Spot, WorkOrder, store};
use kernel::{Fault, audit::Audit, db::TenantTx};
use uuid::Uuid;

/// From one work order to the next, when nothing was put between them.
pub(super) const STEP: i32 = 1024;

/// The greatest place in a project.
pub(super) async fn last(tx: &mut TenantTx, project: Uuid) -> Result<i32, Fault> {
    let last = sqlx::query_scalar!(
        "select sort_order from factory.work_orders where project_id = $1 and deleted_at is null order by sort_order desc limit 1",
        project
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(last.unwrap_or(0))
}

/// The place between two neighbours; `None`: they have to move apart first.
fn between(a: Option<i32>, b: Option<i32>) -> Option<i32> {
    match (a, b) {
        (None, None) => Some(STEP),
        (Some(a), None) => a.checked_add(STEP),
        (None, Some(b)) => b.checked_sub(STEP),
        (Some(a), Some(b)) if i64::from(b) - i64::from(a) >= 2 => Some(((i64::from(a) + i64::from(b)).div_euclid(2)) as i32),
        _ => None,
    }
}

/// Puts a work order into a phase, behind one and before another; without either at the start of the phase.
pub async fn place(tx: &mut TenantTx, id: Uuid, rev: &str, spot: &Spot) -> Result<WorkOrder, Fault> {
    let project = store::lock_of(tx, id).await?;
    let before = store::one(tx, project.id, id).await?;
    store::check_rev(&before, rev)?;
    let phase_id = store::phase(tx, project.id, spot.target_phase_id).await?;
    let mut at = neighbours(tx, project.id, id, phase_id, spot).await?;
    let place = match between(at.0, at.1) {
        Some(place) => place,
        None => {
            renumber(tx, project.id, id).await?;
            at = neighbours(tx, project.id, id, phase_id, spot).await?;
            between(at.0, at.1).ok_or_else(Fault::internal)?
        }
    };
    let after = WorkOrder { phase_id, sort_order: place, ..before.clone() };
    let saved = store::save(tx, project.id, vec![store::Write::new(before, after)]).await?.remove(0);
    tx.audit(Audit::new("work_order.place").target("work_order", id)).await?;
    Ok(saved)
}

/// The places on both sides of the spot, without the one that moves.
async fn neighbours(
    tx: &mut TenantTx,
    project: Uuid,
    moving: Uuid,
    phase: Option<Uuid>,
    spot: &Spot,
) -> Result<(Option<i32>, Option<i32>), Fault> {
    let (anchor, behind) = match (spot.after_work_order_id.filter(|a| *a != moving), spot.before_work_order_id.filter(|b| *b != moving)) {
        (Some(after), _) => (Some(after), true),
        (None, Some(before)) => (Some(before), false),
        (None, None) => (first_of(tx, project, moving, phase).await?, false),
    };
    let Some(anchor) = anchor else {
        // Nothing in this phase yet: behind everything.
        return Ok((Some(last(tx, project).await?), None));
    };
    let row = sqlx::query!(
        r#"select w.sort_order as "here!",
             (select n.sort_order from factory.work_orders n
               where n.project_id = $1 and n.deleted_at is null and n.id <> $3 and (n.sort_order, n.id) > (w.sort_order, w.id)
               order by n.sort_order, n.id limit 1) as next,
             (select n.sort_order from factory.work_orders n
               where n.project_id = $1 and n.deleted_at is null and n.id <> $3 and (n.sort_order, n.id) < (w.sort_order, w.id)
               order by n.sort_order desc, n.id desc limit 1) as previous
           from factory.work_orders w where w.project_id = $1 and w.id = $2 and w.deleted_at is null"#,
        project,
        anchor,
        moving
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::field("after_work_order_id", "is not in this project"))?;
    Ok(if behind { (Some(row.here), row.next) } else { (row.previous, Some(row.here)) })
}

async fn first_of(tx: &mut TenantTx, project: Uuid, moving: Uuid, phase: Option<Uuid>) -> Result<Option<Uuid>, Fault> {
    Ok(sqlx::query_scalar!(
        "select id from factory.work_orders
         where project_id = $1 and phase_id is not distinct from $2 and id <> $3 and deleted_at is null order by sort_order, id limit 1",
        project,
        phase,
        moving
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Moves all apart again, in the order they have.
async fn renumber(tx: &mut TenantTx, project: Uuid, moving: Uuid) -> Result<(), Fault> {
    sqlx::query!(
        r#"update factory.work_orders w set sort_order = (x.n * $3)::int
           from (select id, row_number() over (order by sort_order, id) as n
                 from factory.work_orders where project_id = $1 and deleted_at is null and id <> $2) x
           where w.id = x.id and w.sort_order <> x.n * $3"#,
        project,
        moving,
        i64::from(STEP)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_between_two_is_in_the_middle() {
        assert_eq!(between(Some(1024), Some(2048)), Some(1536));
        assert_eq!(between(Some(1), Some(4)), Some(2));
        assert_eq!(between(Some(-3), Some(0)), Some(-2));
        assert_eq!((between(Some(1), Some(2)), between(Some(5), Some(5))), (None, None));
        assert_eq!((between(Some(2048), None), between(None, Some(0)), between(None, None)), (Some(3072), Some(-1024), Some(1024)));
        assert_eq!((between(Some(i32::MAX), None), between(Some(i32::MIN), Some(i32::MAX))), (None, Some(-1)));
    }
}
