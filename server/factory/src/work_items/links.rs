//! What belongs together: links between work items of one project.
use super::{
    LinkType, WorkItemLink, WorkItemStatus,
    read::{get, missing},
    write::lock_of,
};
use kernel::{Code, Fault, audit::Audit, db::TenantTx};
use uuid::Uuid;

/// The links of a work item, both ways.
pub async fn links(tx: &mut TenantTx, id: Uuid) -> Result<Vec<WorkItemLink>, Fault> {
    get(tx, id).await?;
    Ok(sqlx::query_as!(
        WorkItemLink,
        r#"select l.id, l.link_type as "link_type: LinkType", (l.source_id = $1) as "outgoing!", i.id as other_id, i.title as other_title,
             i.status as "other_status: WorkItemStatus"
           from factory.work_item_links l
             join factory.work_items i on i.id = case when l.source_id = $1 then l.target_id else l.source_id end
           where l.source_id = $1 or l.target_id = $1
           order by l.link_type, i.title, l.id"#,
        id
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Links two work items of one project; "is blocked by" is kept as "blocks", the other way round. There already: the same
/// answer again. 422 `cycle` when what blocks would wait for itself.
pub async fn link(tx: &mut TenantTx, source: Uuid, link_type: LinkType, target: Uuid) -> Result<Vec<WorkItemLink>, Fault> {
    let project = lock_of(tx, source).await?;
    let there = sqlx::query_scalar!("select id from factory.work_items where id = $1 and project_id = $2", target, project.id)
        .fetch_optional(tx.conn())
        .await?;
    there.ok_or_else(missing)?;
    if source == target {
        return Err(Fault::field("target_id", "is the work item itself"));
    }
    let (from, link_type, to) = match link_type {
        LinkType::IsBlockedBy => (target, LinkType::Blocks, source),
        other => (source, other, target),
    };
    if link_type == LinkType::Blocks && waits_for(tx, from, to).await? {
        return Err(Fault::new(Code::Cycle, "These two would wait for each other."));
    }
    let made = sqlx::query_scalar!(
        "insert into factory.work_item_links (source_id, target_id, link_type) values ($1, $2, $3) on conflict do nothing returning id",
        from,
        to,
        link_type as LinkType
    )
    .fetch_optional(tx.conn())
    .await?;
    if made.is_some() {
        tx.audit(Audit::new("work_item.link").target("work_item", source)).await?;
    }
    links(tx, source).await
}

/// Does the first wait for the second, directly or over others?
async fn waits_for(tx: &mut TenantTx, first: Uuid, second: Uuid) -> Result<bool, Fault> {
    Ok(sqlx::query_scalar!(
        r#"with recursive behind (id) as (
             select target_id from factory.work_item_links where source_id = $2 and link_type = 'blocks'
             union
             select l.target_id from behind join factory.work_item_links l on l.source_id = behind.id and l.link_type = 'blocks'
           )
           select exists (select from behind where id = $1) as "waits!""#,
        first,
        second
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Takes a link of the work item away.
pub async fn unlink(tx: &mut TenantTx, item: Uuid, link: Uuid) -> Result<Vec<WorkItemLink>, Fault> {
    lock_of(tx, item).await?;
    let gone = sqlx::query_scalar!(
        "delete from factory.work_item_links where id = $1 and (source_id = $2 or target_id = $2) returning id",
        link,
        item
    )
    .fetch_optional(tx.conn())
    .await?;
    gone.ok_or_else(|| Fault::not_found("The link"))?;
    tx.audit(Audit::new("work_item.unlink").target("work_item", item)).await?;
    links(tx, item).await
}
