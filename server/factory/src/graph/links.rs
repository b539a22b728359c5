//! Edges that people and other services make, and what blocks what.
use super::{Edge, EdgeType, EntityKind, EntityRef};
use crate::projects;
use kernel::{Code, Fault, Perm, audit::Audit, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// The node of a live entity of this project, or 404: ids of other projects and organizations are not found.
pub async fn node(tx: &mut TenantTx, project: Uuid, entity: EntityRef) -> Result<Uuid, Fault> {
    sqlx::query_scalar!(
        "select id from factory.graph_nodes where project_id = $1 and entity_type = $2 and entity_id = $3 and deleted_at is null",
        project,
        entity.kind as EntityKind,
        entity.id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| {
        Fault::not_found(match entity.kind {
            EntityKind::Document => "The document",
            EntityKind::WorkOrder => "The work order",
            EntityKind::Feature => "The feature",
            EntityKind::FeedbackItem => "The feedback",
            EntityKind::Artifact => "The artifact",
            EntityKind::CodebaseFile => "The code file",
            EntityKind::Decision => "The decision",
        })
    })
}

/// Links two entities of a project. 404 for ids that are not of this project, 422 for an entity with itself, 422 `cycle`
/// for a circle of `blocks` or `parent_of`, 409 for an edge that is there. The caller holds the lock of the project or
/// takes it here. An edge that staleness flows along begins in sync.
pub async fn link(tx: &mut TenantTx, project: Uuid, source: EntityRef, kind: EdgeType, target: EntityRef) -> Result<Edge, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let source = node(tx, project, source).await?;
    let target = node(tx, project, target).await?;
    link_nodes(tx, project, source, kind, target).await
}

/// Links two entities as part of another change, whose permission was asked for; one that is there stays as it is.
pub(crate) async fn keep_link(tx: &mut TenantTx, project: Uuid, source: EntityRef, kind: EdgeType, target: EntityRef) -> Result<(), Fault> {
    let (source, target) = (node(tx, project, source).await?, node(tx, project, target).await?);
    match link_nodes(tx, project, source, kind, target).await {
        Err(fault) if fault.code == Code::Conflict => Ok(()),
        other => other.map(|_| ()),
    }
}

/// The same for two nodes by their ids, as the API and the graph's screen name them.
pub async fn link_by_nodes(tx: &mut TenantTx, project: &str, source: Uuid, kind: EdgeType, target: Uuid) -> Result<Edge, Fault> {
    let project = projects::lock(tx, project).await?;
    for node in [source, target] {
        super::read::one(tx, project.id, node).await?;
    }
    let edge = link_nodes(tx, project.id, source, kind, target).await?;
    tx.audit(Audit::new("graph.link").target("graph_edge", edge.id)).await?;
    Ok(edge)
}

async fn link_nodes(tx: &mut TenantTx, project: Uuid, source: Uuid, kind: EdgeType, target: Uuid) -> Result<Edge, Fault> {
    if source == target {
        return Err(Fault::new(Code::Validation, "Nothing is linked with itself."));
    }
    if kind.acyclic() {
        // Two writers could each add one half of a circle: they queue.
        sqlx::query!("select id from factory.projects where id = $1 for no key update", project).fetch_optional(tx.conn()).await?;
        if let Some(path) = way(tx, target, source, kind).await? {
            let words = format!("This would close a circle: {}.", path.join(&format!(" {} ", kind.words())));
            return Err(Fault::new(Code::Cycle, words).with_details(json!({ "path": path })));
        }
    }
    let made = sqlx::query!(
        r#"insert into factory.graph_edges (project_id, source_node_id, target_node_id, edge_type, metadata)
           select $1, s.id, t.id, $4, jsonb_strip_nulls(jsonb_build_object('synced_hash',
             case when $4 = 'derives_from' then t.content_hash when $4 in ('shared_context', 'implements') then s.content_hash end))
           from factory.graph_nodes s, factory.graph_nodes t where s.id = $2 and t.id = $3
           on conflict (source_node_id, target_node_id, edge_type) do nothing
           returning id, created_at"#,
        project,
        source,
        target,
        kind as EdgeType
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(made) = made else {
        return Err(Fault::new(Code::Conflict, "These two are linked like this already."));
    };
    Ok(Edge { id: made.id, source, target, edge_type: kind, kept: false, created_at: made.created_at })
}

/// The labels on a way along edges of one type, if there is one.
async fn way(tx: &mut TenantTx, from: Uuid, to: Uuid, kind: EdgeType) -> Result<Option<Vec<String>>, Fault> {
    let steps = sqlx::query!(
        r#"select w.node_id as "node!", w.via as "via!" from factory.graph_walk(array[$1::uuid], 10000, array[$2::text], '{}') w"#,
        from,
        kind.as_str()
    )
    .fetch_all(tx.conn())
    .await?;
    let via: std::collections::HashMap<Uuid, Uuid> = steps.into_iter().map(|s| (s.node, s.via)).collect();
    if !via.contains_key(&to) {
        return Ok(None);
    }
    let mut path = vec![to];
    while let Some(next) = via.get(&path[path.len() - 1]).filter(|_| path[path.len() - 1] != from) {
        path.push(*next);
    }
    path.reverse();
    // The new edge closes it: from the source to where the way began.
    path.insert(0, to);
    let labels = sqlx::query!(
        r#"select coalesce(n.metadata ->> 'key', n.label) as "label!" from unnest($1::uuid[]) with ordinality p (id, n_)
             join factory.graph_nodes n on n.id = p.id order by p.n_"#,
        &path
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Some(labels.into_iter().map(|l| l.label).collect()))
}

/// Takes an edge away. 409 for one that the server keeps: it follows from the data.
pub async fn unlink(tx: &mut TenantTx, project: Uuid, edge: Uuid) -> Result<(), Fault> {
    tx.require(Perm::FactoryWrite)?;
    let found = sqlx::query!(
        r#"select edge_type as "edge_type: EdgeType", metadata @> '{"kept": true}' as "kept!" from factory.graph_edges
           where project_id = $1 and id = $2 for update"#,
        project,
        edge
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The link"))?;
    if found.kept {
        return Err(Fault::new(
            Code::Conflict,
            format!("The server keeps the link \"{}\" as the data says. Change the entity itself.", found.edge_type.words()),
        ));
    }
    sqlx::query!("delete from factory.graph_edges where id = $1", edge).execute(tx.conn()).await?;
    tx.audit(Audit::new("graph.unlink").target("graph_edge", edge)).await?;
    Ok(())
}

/// Takes the edge of this type between two entities away, if there is one; was there?
pub async fn unlink_between(tx: &mut TenantTx, project: Uuid, source: EntityRef, kind: EdgeType, target: EntityRef) -> Result<bool, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let (source, target) = (node(tx, project, source).await?, node(tx, project, target).await?);
    let edge = sqlx::query_scalar!(
        "select id from factory.graph_edges where project_id = $1 and source_node_id = $2 and target_node_id = $3 and edge_type = $4",
        project,
        source,
        target,
        kind as EdgeType
    )
    .fetch_optional(tx.conn())
    .await?;
    match edge {
        Some(edge) => unlink(tx, project, edge).await.map(|()| true),
        None => Ok(false),
    }
}

/// A work order that has to be done before another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// The work order that waits.
    pub blocked: Uuid,
    /// The edge, for taking it away.
    pub edge: Uuid,
    pub id: Uuid,
    pub number: i32,
    pub title: String,
    pub status: String,
}

impl Blocker {
    pub fn is_done(&self) -> bool {
        self.status == "done"
    }
}

/// What blocks these work orders: their direct `blocks` predecessors, done ones too.
pub async fn blockers(tx: &mut TenantTx, work_orders: &[Uuid]) -> Result<Vec<Blocker>, Fault> {
    tx.require(Perm::FactoryRead)?;
    Ok(sqlx::query_as!(
        Blocker,
        r#"select t.entity_id as blocked, e.id as edge, w.id, w.number, w.title, w.status
           from factory.graph_nodes t
             join factory.graph_edges e on e.target_node_id = t.id and e.edge_type = 'blocks'
             join factory.graph_nodes s on s.id = e.source_node_id and s.entity_type = 'work_order' and s.deleted_at is null
             join factory.work_orders w on w.id = s.entity_id
           where t.entity_type = 'work_order' and t.entity_id = any ($1) order by w.number"#,
        work_orders
    )
    .fetch_all(tx.conn())
    .await?)
}
