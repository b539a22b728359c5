//! Reading alerts.
use super::{DriftAlert, DriftQuery, DriftStatus, DriftType, Severity};
use crate::{
    graph::{EntityKind, EntityRef, Node},
    projects,
};
use chrono::{DateTime, Utc};
use kernel::{
    Fault, Perm,
    db::TenantTx,
    record::{Cursor, PageRequest, Paged},
};
use serde_json::Value;
use uuid::Uuid;

struct Row {
    id: Uuid,
    project_id: Uuid,
    drift_type: DriftType,
    description: String,
    severity: Severity,
    status: DriftStatus,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    resolved_at: Option<DateTime<Utc>>,
    resolved_by: Option<String>,
    source_id: Uuid,
    source_kind: EntityKind,
    source_entity: Uuid,
    source_label: String,
    source_metadata: Value,
    source_hash: Option<String>,
    target_id: Option<Uuid>,
    target_kind: Option<EntityKind>,
    target_entity: Option<Uuid>,
    target_label: Option<String>,
    target_metadata: Option<Value>,
    target_hash: Option<String>,
}

impl From<Row> for DriftAlert {
    fn from(r: Row) -> Self {
        let target = match (r.target_id, r.target_kind, r.target_entity, r.target_label, r.target_metadata) {
            (Some(id), Some(kind), Some(entity_id), Some(label), Some(metadata)) => {
                Some(Node { id, kind, entity_id, label, metadata, content_hash: r.target_hash })
            }
            _ => None,
        };
        Self {
            id: r.id,
            project_id: r.project_id,
            source: Node {
                id: r.source_id,
                kind: r.source_kind,
                entity_id: r.source_entity,
                label: r.source_label,
                metadata: r.source_metadata,
                content_hash: r.source_hash,
            },
            target,
            drift_type: r.drift_type,
            description: r.description,
            severity: r.severity,
            status: r.status,
            created_at: r.created_at,
            updated_at: r.updated_at,
            resolved_at: r.resolved_at,
            resolved_by: r.resolved_by,
        }
    }
}

/// The statuses of a list: the one named, else the live ones.
fn statuses(query: &DriftQuery) -> Vec<String> {
    match query.status {
        Some(one) => vec![one.as_str().to_owned()],
        None => DriftStatus::ALL.into_iter().filter(|s| s.is_live()).map(|s| s.as_str().to_owned()).collect(),
    }
}

/// The alerts of a project, newest first; without a status the live ones.
pub async fn list(tx: &mut TenantTx, project: &str, query: &DriftQuery, page: &PageRequest) -> Result<Paged<DriftAlert>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let after = Cursor::<DateTime<Utc>>::of(page)?;
    let statuses = statuses(query);
    let rows = sqlx::query_as!(
        Row,
        r#"select a.id, a.project_id, a.drift_type as "drift_type: DriftType", a.description, a.severity as "severity: Severity",
             a.status as "status: DriftStatus", a.created_at, a.updated_at, a.resolved_at, u.name as "resolved_by?",
             s.id as source_id, s.entity_type as "source_kind: EntityKind", s.entity_id as source_entity, s.label as source_label,
             s.metadata as source_metadata, s.content_hash as source_hash,
             t.id as "target_id?", t.entity_type as "target_kind?: EntityKind", t.entity_id as "target_entity?", t.label as "target_label?",
             t.metadata as "target_metadata?", t.content_hash as "target_hash?"
           from factory.drift_alerts a
             join factory.graph_nodes s on s.id = a.source_node_id and s.deleted_at is null
             left join factory.graph_nodes t on t.id = a.target_node_id
             left join core.users u on u.id = a.resolved_by
           where a.project_id = $1 and a.status = any ($2) and t.deleted_at is null
             and ($3::text is null or a.severity = $3) and ($4::text is null or a.drift_type = $4)
             and ($6::uuid is null or a.created_at < $5 or a.created_at = $5 and a.id > $6)
           order by a.created_at desc, a.id limit $7"#,
        project.id,
        &statuses,
        query.severity as Option<Severity>,
        query.drift_type as Option<DriftType>,
        after.as_ref().map(|c| c.key),
        after.as_ref().map(|c| c.id),
        page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(DriftAlert::from).collect();
    Ok(Paged::cut(rows, page, |a: &DriftAlert| Cursor::new(a.created_at, a.id)))
}

/// One alert, or 404.
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<DriftAlert, Fault> {
    tx.require(Perm::FactoryRead)?;
    let row = sqlx::query_as!(
        Row,
        r#"select a.id, a.project_id, a.drift_type as "drift_type: DriftType", a.description, a.severity as "severity: Severity",
             a.status as "status: DriftStatus", a.created_at, a.updated_at, a.resolved_at, u.name as "resolved_by?",
             s.id as source_id, s.entity_type as "source_kind: EntityKind", s.entity_id as source_entity, s.label as source_label,
             s.metadata as source_metadata, s.content_hash as source_hash,
             t.id as "target_id?", t.entity_type as "target_kind?: EntityKind", t.entity_id as "target_entity?", t.label as "target_label?",
             t.metadata as "target_metadata?", t.content_hash as "target_hash?"
           from factory.drift_alerts a
             join factory.graph_nodes s on s.id = a.source_node_id
             left join factory.graph_nodes t on t.id = a.target_node_id
             left join core.users u on u.id = a.resolved_by
           where a.id = $1"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The alert"))?;
    projects::get(tx, row.project_id).await?;
    Ok(row.into())
}

/// The live alerts whose target is one of these entities: for banners and badges.
pub async fn of_entities(tx: &mut TenantTx, kind: EntityKind, entities: &[Uuid]) -> Result<Vec<(EntityRef, DriftAlert)>, Fault> {
    tx.require(Perm::FactoryRead)?;
    let rows = sqlx::query_as!(
        Row,
        r#"select a.id, a.project_id, a.drift_type as "drift_type: DriftType", a.description, a.severity as "severity: Severity",
             a.status as "status: DriftStatus", a.created_at, a.updated_at, a.resolved_at, null::text as resolved_by,
             s.id as source_id, s.entity_type as "source_kind: EntityKind", s.entity_id as source_entity, s.label as source_label,
             s.metadata as source_metadata, s.content_hash as source_hash,
             t.id as "target_id?", t.entity_type as "target_kind?: EntityKind", t.entity_id as "target_entity?", t.label as "target_label?",
             t.metadata as "target_metadata?", t.content_hash as "target_hash?"
           from factory.graph_nodes t
             join factory.drift_alerts a on a.target_node_id = t.id and a.status in ('open', 'acknowledged')
             join factory.graph_nodes s on s.id = a.source_node_id and s.deleted_at is null
           where t.entity_type = $1 and t.entity_id = any ($2) and t.deleted_at is null
           order by a.severity = 'high' desc, a.severity = 'medium' desc, a.created_at desc, a.id"#,
        kind as EntityKind,
        entities
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(DriftAlert::from)
        .filter_map(|alert| alert.target.as_ref().map(Node::entity).map(|entity| (entity, alert)))
        .collect())
}

/// How many alerts that list has in all.
pub async fn count(tx: &mut TenantTx, project: &str, query: &DriftQuery) -> Result<i64, Fault> {
    let project = projects::by_slug(tx, project).await?;
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from factory.drift_alerts a
             join factory.graph_nodes s on s.id = a.source_node_id and s.deleted_at is null
             left join factory.graph_nodes t on t.id = a.target_node_id
           where a.project_id = $1 and a.status = any ($2) and t.deleted_at is null
             and ($3::text is null or a.severity = $3) and ($4::text is null or a.drift_type = $4)"#,
        project.id,
        &statuses(query),
        query.severity as Option<Severity>,
        query.drift_type as Option<DriftType>
    )
    .fetch_one(tx.conn())
    .await?)
}

/// How many alerts of a project are open.
pub async fn open_count(tx: &mut TenantTx, project: Uuid) -> Result<i64, Fault> {
    tx.require(Perm::FactoryRead)?;
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from factory.drift_alerts a
             join factory.graph_nodes s on s.id = a.source_node_id and s.deleted_at is null
             left join factory.graph_nodes t on t.id = a.target_node_id
           where a.project_id = $1 and a.status = 'open' and t.deleted_at is null"#,
        project
    )
    .fetch_one(tx.conn())
    .await?)
}
