//! One work order with its surroundings.
use super::{Lineage, PersonRef, WorkOrder, WorkOrderDetail, blockers, rich, store};
use crate::{
    activities, code, drift,
    features::{FeatureRef, FeatureStatus, ProjectHead},
    graph::EntityKind,
    phases, projects, tests, work_items,
};
use kernel::{Fault, Perm, db::TenantTx, record::PageRequest};
use uuid::Uuid;

/// A live work order, or 404.
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<WorkOrder, Fault> {
    tx.require(Perm::FactoryRead)?;
    let project = sqlx::query_scalar!("select project_id from factory.work_orders where id = $1 and deleted_at is null", id)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(store::missing)?;
    projects::get(tx, project).await.map_err(|_| store::missing())?;
    store::one(tx, project, id).await
}

/// Everybody work can be given to: the members of the organization, by name.
pub async fn people(tx: &mut TenantTx) -> Result<Vec<PersonRef>, Fault> {
    tx.require(Perm::FactoryRead)?;
    Ok(sqlx::query_as!(
        PersonRef,
        r#"select u.id, u.name, u.avatar_url from core.memberships m join core.users u on u.id = m.user_id
           where m.org_id = core.tenant() and u.deleted_at is null order by lower(u.name), u.id limit 1000"#
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The work order of this number in a project, with blockers, lineage, items, tests and its latest history.
pub async fn by_number(tx: &mut TenantTx, project: &str, number: i32) -> Result<WorkOrderDetail, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let id = sqlx::query_scalar!(
        "select id from factory.work_orders where project_id = $1 and number = $2 and deleted_at is null",
        project.id,
        number
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(store::missing)?;
    let order = store::one(tx, project.id, id).await?;
    let feature = sqlx::query!(
        r#"select id, feature_id as key, name, status as "status: FeatureStatus" from factory.features where id = $1 and deleted_at is null"#,
        order.feature_id
    )
    .fetch_optional(tx.conn())
    .await?;
    let creator = sqlx::query_scalar!("select name from core.users where id = $1", order.created_by).fetch_optional(tx.conn()).await?;
    let tests = match order.feature_id {
        Some(feature) => tests::of_feature(tx, project.id, feature).await?,
        None => Vec::new(),
    };
    Ok(WorkOrderDetail {
        texts: rich::shown(&order),
        creator,
        feature: feature.map(|f| FeatureRef { id: Some(f.id), key: f.key, name: f.name, status: Some(f.status) }),
        phases: phases::all(tx, project.id).await?,
        people: people(tx).await?,
        blocked_by: blockers::before(tx, &[id]).await?.into_iter().map(|(_, blocker)| blocker).collect(),
        blocks: blockers::behind(tx, id).await?,
        lineage: lineage(tx, id).await?,
        items: work_items::of_work_order(tx, id).await?,
        commits: code::commits_of_work_order(tx, project.id, id).await?,
        drift: drift::of_entities(tx, EntityKind::WorkOrder, &[id]).await?.into_iter().map(|(_, alert)| alert).collect(),
        tests,
        history: activities::of_work_order(tx, id, &PageRequest { after: None, limit: Some(50) }).await?.rows,
        project: ProjectHead { id: project.id, slug: project.slug, name: project.name, status: project.status, rev: project.rev },
        order,
    })
}

/// What it comes from, two steps up (blueprint, its requirements), and what refers to it. Blockers are shown apart.
async fn lineage(tx: &mut TenantTx, id: Uuid) -> Result<Vec<Lineage>, Fault> {
    let rows = sqlx::query!(
        r#"with me as (
             select n.id from factory.graph_nodes n where n.entity_type = 'work_order' and n.entity_id = $1
           ), near as (
             select e.target_node_id as node, e.edge_type, true as upstream, 1 as distance
               from me join factory.graph_edges e on e.source_node_id = me.id and e.edge_type <> 'blocks'
             union
             select e.source_node_id, e.edge_type, false, 1
               from me join factory.graph_edges e on e.target_node_id = me.id and e.edge_type <> 'blocks'
             union
             select far.target_node_id, far.edge_type, true, 2
               from me
                 join factory.graph_edges e on e.source_node_id = me.id and e.edge_type = 'derives_from'
                 join factory.graph_edges far on far.source_node_id = e.target_node_id and far.edge_type = 'derives_from'
           )
           select n.entity_type, n.entity_id, n.label, near.edge_type as "edge!", near.upstream as "upstream!", near.distance as "distance!",
             d.type as "document_type?", d.slug as "document_slug?", f.feature_id as "feature?"
           from near
             join factory.graph_nodes n on n.id = near.node
             left join factory.documents d on n.entity_type = 'document' and d.id = n.entity_id
             left join factory.features f on n.entity_type = 'feature' and f.id = n.entity_id
           order by near.distance, near.upstream desc, n.label, n.id limit 100"#,
        id
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Lineage {
            entity_type: r.entity_type,
            entity_id: r.entity_id,
            label: r.label,
            edge: r.edge,
            upstream: r.upstream,
            distance: r.distance,
            document: r.document_type.zip(r.document_slug),
            feature: r.feature,
        })
        .collect())
}
