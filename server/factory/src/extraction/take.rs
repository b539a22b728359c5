//! Taking the proposals that were ticked.
use super::{Taken, offer::waiting};
use crate::{
    projects,
    suggestions::{self, Decision},
};
use kernel::{Code, Fault, db::TenantTx};
use uuid::Uuid;

/// Makes the ticked proposals of a project into work orders, over any number of blueprints; what is not ticked waits on.
/// 404 for what is no proposal of this project, 409 for what was decided already: nothing is made then.
pub async fn take(tx: &mut TenantTx, project: &str, ticked: &[Uuid]) -> Result<Taken, Fault> {
    let project = projects::lock(tx, project).await?;
    if ticked.is_empty() {
        return Err(Fault::new(Code::Validation, "Tick what shall become a work order."));
    }
    let before = waiting(tx, project.id).await?;
    let mut left: Vec<Uuid> = ticked.to_vec();
    let mut taken = Taken::default();
    // In the order in which they were proposed: what comes first gets the lower number.
    for one in &before {
        let mine: Vec<_> = one.proposals.iter().filter(|p| left.contains(&p.id)).collect();
        if mine.is_empty() {
            continue;
        }
        left.retain(|id| mine.iter().all(|p| p.id != *id));
        let accept: Vec<Uuid> = mine.iter().map(|p| p.id).collect();
        taken.updated += mine.iter().filter(|p| p.updates.is_some()).count();
        taken.created += mine.iter().filter(|p| p.updates.is_none()).count();
        suggestions::decide(tx, one.suggestion, &Decision { accept, ..Decision::default() }).await?;
    }
    if !left.is_empty() {
        return Err(Fault::not_found("One of these proposals"));
    }
    taken.left = waiting(tx, project.id).await?.iter().map(|w| w.open().count()).sum();
    Ok(taken)
}
