//! Reading the log.
use super::{Decision, DecisionPage, Linked};
use crate::{
    features::ProjectHead,
    graph::{EntityKind, EntityRef},
    projects::{self, ProjectStatus},
};
use chrono::NaiveDate;
use kernel::{
    Fault, Perm,
    db::TenantTx,
    record::{Cursor, PageRequest, Paged},
};
use std::collections::HashMap;
use uuid::Uuid;

/// A page of the log of a project: 50 unless asked for, what was decided last first.
pub async fn page(tx: &mut TenantTx, project: &str, page: &PageRequest) -> Result<DecisionPage, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let after = Cursor::<NaiveDate>::of(page)?;
    let rows = sqlx::query!(
        r#"select d.id, d.xmin::text as "rev!", d.number, d.title, d.context, d.options, d.choice, d.decided_on, u.name as "author?", d.updated_at
           from factory.decisions d left join core.users u on u.id = d.created_by
           where d.project_id = $1 and d.deleted_at is null
             and ($3::uuid is null or d.decided_on < $2 or d.decided_on = $2 and d.number < (select l.number from factory.decisions l where l.id = $3))
           order by d.decided_on desc, d.number desc limit $4"#,
        project.id,
        after.as_ref().map(|c| c.key),
        after.as_ref().map(|c| c.id),
        page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    let items = rows
        .into_iter()
        .map(|r| Decision {
            id: r.id,
            rev: r.rev,
            number: r.number,
            title: r.title,
            context: r.context,
            options: r.options,
            choice: r.choice,
            decided_on: r.decided_on,
            author: r.author,
            updated_at: r.updated_at,
            links: Vec::new(),
        })
        .collect();
    let mut cut = Paged::cut(items, page, |d: &Decision| Cursor::new(d.decided_on, d.id));
    let mut links = links(tx, project.id, &cut.rows.iter().map(|d| d.id).collect::<Vec<_>>()).await?;
    cut.rows.iter_mut().for_each(|d| d.links = links.remove(&d.id).unwrap_or_default());
    let total_count =
        sqlx::query_scalar!(r#"select count(*) as "n!" from factory.decisions where project_id = $1 and deleted_at is null"#, project.id)
            .fetch_one(tx.conn())
            .await?;
    Ok(DecisionPage {
        may_write: project.status != ProjectStatus::Archived && tx.actor().may(Perm::FactoryWrite),
        project: ProjectHead { id: project.id, slug: project.slug, name: project.name, status: project.status, rev: project.rev },
        items: cut.rows,
        next: cut.next,
        total_count,
    })
}

/// One decision of a project, or 404.
pub async fn get(tx: &mut TenantTx, project: &str, id: Uuid) -> Result<Decision, Fault> {
    let project = projects::by_slug(tx, project).await?;
    one(tx, project.id, id).await
}

pub(super) async fn one(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<Decision, Fault> {
    let r = sqlx::query!(
        r#"select d.id, d.xmin::text as "rev!", d.number, d.title, d.context, d.options, d.choice, d.decided_on, u.name as "author?", d.updated_at
           from factory.decisions d left join core.users u on u.id = d.created_by
           where d.project_id = $1 and d.id = $2 and d.deleted_at is null"#,
        project,
        id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The decision"))?;
    Ok(Decision {
        id: r.id,
        rev: r.rev,
        number: r.number,
        title: r.title,
        context: r.context,
        options: r.options,
        choice: r.choice,
        decided_on: r.decided_on,
        author: r.author,
        updated_at: r.updated_at,
        links: links(tx, project, &[id]).await?.remove(&id).unwrap_or_default(),
    })
}

/// All decisions of a project in the order they were made, for its export.
pub(crate) async fn all(tx: &mut TenantTx, project: &str) -> Result<Vec<Decision>, Fault> {
    let mut all = Vec::new();
    let mut request = PageRequest { after: None, limit: Some(200) };
    loop {
        let found = page(tx, project, &request).await?;
        all.extend(found.items);
        match found.next {
            Some(after) => request.after = Some(after),
            None => break,
        }
    }
    all.reverse();
    Ok(all)
}

/// What decisions are about, as the graph knows it.
async fn links(tx: &mut TenantTx, project: Uuid, decisions: &[Uuid]) -> Result<HashMap<Uuid, Vec<Linked>>, Fault> {
    let rows = sqlx::query!(
        r#"select s.entity_id as decision, t.entity_type as "kind: EntityKind", t.entity_id,
             case t.entity_type when 'feature' then f.feature_id || ' ' when 'work_order' then 'WO-' || w.number || ' ' else '' end || t.label as "label!",
             case t.entity_type
               when 'feature' then '/features/' || f.feature_id
               when 'work_order' then '/planner/' || w.number
               when 'document' then case when d.type in ('foundation_blueprint', 'system_diagram', 'feature_blueprint') then '/foundry/' else '/refinery/' end || d.slug
             end as "path?"
           from factory.graph_nodes s
             join factory.graph_edges e on e.source_node_id = s.id and e.edge_type = 'references'
             join factory.graph_nodes t on t.id = e.target_node_id and t.deleted_at is null
             left join factory.features f on t.entity_type = 'feature' and f.id = t.entity_id
             left join factory.work_orders w on t.entity_type = 'work_order' and w.id = t.entity_id
             left join factory.documents d on t.entity_type = 'document' and d.id = t.entity_id
           where s.project_id = $1 and s.entity_type = 'decision' and s.entity_id = any ($2)
           order by t.entity_type, t.label, t.id"#,
        project,
        decisions
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found: HashMap<Uuid, Vec<Linked>> = HashMap::new();
    for row in rows {
        let linked = Linked { entity: EntityRef::new(row.kind, row.entity_id), label: row.label, path: row.path };
        found.entry(row.decision).or_default().push(linked);
    }
    Ok(found)
}
