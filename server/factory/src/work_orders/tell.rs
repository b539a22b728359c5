//! Who hears of a work order: those it is given to, and its people when it moves.
use super::WorkOrder;
use crate::{
    integrations::outbox::{self, MessageType},
    notices,
    projects::Project,
};
use core_area::notifications::{NewNotice, NoticeType};
use kernel::{Fault, db::TenantTx};
use uuid::Uuid;

fn notice(project: &Project, order: &WorkOrder, topic: &'static str, title: String) -> NewNotice {
    NewNotice {
        body: Some(project.name.clone()),
        entity_type: Some("work_order"),
        entity_id: Some(order.id),
        project_id: Some(project.id),
        href: Some(format!("/factory/{}/planner/{}", project.slug, order.number)),
        ..NewNotice::new(Uuid::nil(), NoticeType::FeatureUpdate, topic, title)
    }
}

/// The work order was given to these.
pub(super) async fn assigned(tx: &mut TenantTx, project: &Project, order: &WorkOrder, people: &[Uuid]) -> Result<(), Fault> {
    let title = format!("{} is yours: {}", order.key(), order.title);
    notices::tell(tx, people, &notice(project, order, "factory.assigned", title)).await?;
    Ok(())
}

/// What a change says to whom: new assignees, and everybody on it when it moved.
pub(super) async fn changed(tx: &mut TenantTx, project: &Project, before: &WorkOrder, after: &WorkOrder) -> Result<(), Fault> {
    let new: Vec<Uuid> = after.assignee_ids.iter().copied().filter(|id| !before.assignee_ids.contains(id)).collect();
    assigned(tx, project, after, &new).await?;
    if before.status != after.status {
        let people: Vec<Uuid> = after.assignee_ids.iter().copied().chain(after.created_by).collect();
        let title = format!("{} is {}: {}", after.key(), after.status.words().to_lowercase(), after.title);
        let notice = notice(project, after, "factory.status_change", title);
        notices::tell(tx, &people, &notice).await?;
        outbox::say(tx, project.id, MessageType::WorkOrderStatusChanged, &notice.title, notice.href.as_deref()).await?;
    }
    Ok(())
}
