//! Writing alerts: new ones are told, live ones refreshed, those that hold no longer resolved by the server.
use super::{DriftType, Severity};
use crate::{
    activities::{self, Action, Changes, Entity},
    documents::DocumentType,
    graph::{EdgeType, EntityKind},
    integrations::outbox::{self, MessageType},
};
use core_area::notifications::{NewNotice, NoticeType, notify};
use kernel::{Fault, db::TenantTx};
use serde_json::{Value, json};
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

/// A target that may be stale, and the last step to it.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub source: Uuid,
    pub target: Uuid,
    pub hop: i32,
    pub last: EdgeType,
}

/// What the ends of an alert are.
struct End {
    kind: EntityKind,
    entity: Uuid,
    label: String,
    metadata: Value,
}

impl End {
    /// As sentences name it.
    fn words(&self) -> String {
        // The requirements of a feature and its blueprint have one title.
        let kind = self.metadata["type"].as_str().filter(|_| self.kind == EntityKind::Document).and_then(DocumentType::parse);
        match (self.metadata["key"].as_str(), kind) {
            (Some(key), _) => format!("{key} “{}”", self.label),
            (None, Some(kind)) => format!("{} “{}”", kind.words(), self.label),
            (None, None) => format!("“{}”", self.label),
        }
    }

    fn is_done(&self) -> bool {
        self.kind == EntityKind::WorkOrder && self.metadata["status"] == "done"
    }
}

/// Raises an alert for each, or refreshes the live one of the same ends and type. Work orders that are done are left
/// out. Answers how many are new.
pub async fn raise(tx: &mut TenantTx, project: Uuid, found: &[Found]) -> Result<usize, Fault> {
    let ids: Vec<Uuid> = found.iter().flat_map(|f| [f.source, f.target]).collect();
    let ends = ends(tx, &ids).await?;
    let mut records = Vec::new();
    for f in found {
        let (Some(source), Some(target)) = (ends.get(&f.source), ends.get(&f.target)) else { continue };
        if target.is_done() {
            continue;
        }
        let kind = kind_of(f.last, target.kind);
        let severity: Severity = kind.severity(f.hop);
        let how = match (f.hop, f.last) {
            (..=1, last) if last.flow() == Some(false) => "derives from it",
            (..=1, EdgeType::SharedContext) => "builds on it",
            (..=1, _) => "describes it",
            _ => "rests on it",
        };
        let description = format!("{} was changed; {} {how} and may be stale.", source.words(), target.words());
        records.push(json!({ "source": f.source, "target": f.target, "type": kind, "severity": severity, "description": description }));
    }
    if records.is_empty() {
        return Ok(0);
    }
    let now = tx.now();
    let written = sqlx::query!(
        r#"insert into factory.drift_alerts as a (project_id, source_node_id, target_node_id, drift_type, severity, description, created_at)
           select $1, x.source, x.target, x.type, x.severity, x.description, $3
           from jsonb_to_recordset($2) as x(source uuid, target uuid, type text, severity text, description text)
           on conflict (source_node_id, target_node_id, drift_type) where status in ('open', 'acknowledged')
             do update set severity = excluded.severity, description = excluded.description
           returning id, (xmax = 0) as "new!", target_node_id as "target!", drift_type as "drift_type: DriftType", severity as "severity: Severity",
             description"#,
        project,
        Json(records) as Json<Vec<Value>>,
        now
    )
    .fetch_all(tx.conn())
    .await?;
    let (mut new, mut first) = (0, String::new());
    for alert in written.into_iter().filter(|a| a.new) {
        new += 1;
        if new == 1 {
            first.clone_from(&alert.description);
        }
        let Some(target) = ends.get(&alert.target) else { continue };
        let facts = json!({ "alert": alert.id, "type": alert.drift_type, "severity": alert.severity, "description": alert.description });
        if let Some(entity) = history_of(target.kind) {
            activities::record(tx, project, entity, target.entity, Action::DriftDetected, Changes::default(), facts).await?;
        }
        tell(tx, project, alert.id, target, &alert.description).await?;
    }
    if new > 0 {
        announce(tx, project, new, &first).await?;
    }
    Ok(new)
}

/// One message outside, however many alerts one change raised.
async fn announce(tx: &mut TenantTx, project: Uuid, new: usize, first: &str) -> Result<(), Fault> {
    let slug = sqlx::query_scalar!("select slug from factory.projects where id = $1", project).fetch_one(tx.conn()).await?;
    let more = if new > 1 { format!(" ({} more)", new - 1) } else { String::new() };
    outbox::say(tx, project, MessageType::DriftDetected, &format!("{first}{more}"), Some(&format!("/factory/{slug}/graph?view=drift")))
        .await
}

/// The type of drift, by the last step and what it reaches.
fn kind_of(last: EdgeType, target: EntityKind) -> DriftType {
    match (last, target) {
        (EdgeType::Implements, _) => DriftType::CodeDrift,
        (EdgeType::SharedContext, _) => DriftType::FoundationDrift,
        (_, EntityKind::WorkOrder) => DriftType::WorkOrderDrift,
        _ => DriftType::RequirementsDrift,
    }
}

fn history_of(kind: EntityKind) -> Option<Entity> {
    match kind {
        EntityKind::Feature => Some(Entity::Feature),
        EntityKind::Document => Some(Entity::Document),
        EntityKind::WorkOrder => Some(Entity::WorkOrder),
        _ => None,
    }
}

async fn ends(tx: &mut TenantTx, nodes: &[Uuid]) -> Result<HashMap<Uuid, End>, Fault> {
    let rows = sqlx::query!(
        r#"select id, entity_type as "kind: EntityKind", entity_id, label, metadata from factory.graph_nodes
           where id = any ($1) and deleted_at is null"#,
        nodes
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, End { kind: r.kind, entity: r.entity_id, label: r.label, metadata: r.metadata })).collect())
}

/// Tells those who look after the target: who wrote a document, who works on a work order.
async fn tell(tx: &mut TenantTx, project: Uuid, alert: Uuid, target: &End, description: &str) -> Result<(), Fault> {
    let people = sqlx::query_scalar!(
        r#"select u as "user!" from (
             select unnest(array_remove(w.assignee_ids || w.created_by, null)) as u from factory.work_orders w where w.id = $1
             union select d.created_by from factory.documents d where d.id = $1
             union select v.created_by from (
               select created_by from factory.document_versions where document_id = $1 order by version_number desc limit 1) v
           ) people where u is not null"#,
        target.entity
    )
    .fetch_all(tx.conn())
    .await?;
    if people.is_empty() {
        return Ok(());
    }
    let slug = sqlx::query_scalar!("select slug from factory.projects where id = $1", project).fetch_one(tx.conn()).await?;
    for user in people {
        let notice = NewNotice {
            body: Some(description.to_owned()),
            entity_type: Some("drift_alert"),
            entity_id: Some(alert),
            project_id: Some(project),
            href: Some(format!("/factory/{slug}/graph?view=drift&alert={alert}")),
            dedupe_key: Some(format!("drift:{alert}")),
            ..NewNotice::new(user, NoticeType::Warning, "factory.drift_alert", format!("{} may be stale", target.words()))
        };
        notify(tx, notice).await?;
    }
    Ok(())
}

/// Resolves, as the server, the live alerts of these sources that hold no longer: the edge joining both ends is in
/// sync, or every edge that leads on from the source is. Answers how many.
pub async fn settle(tx: &mut TenantTx, project: Uuid, sources: &[Uuid]) -> Result<u64, Fault> {
    let now = tx.now();
    let done = sqlx::query!(
        r#"with flow as (
             select case e.edge_type when 'derives_from' then e.target_node_id else e.source_node_id end as up,
                    case e.edge_type when 'derives_from' then e.source_node_id else e.target_node_id end as down,
                    e.metadata ->> 'synced_hash' as synced
               from factory.graph_edges e
               where e.project_id = $1 and (e.edge_type = 'derives_from' and e.target_node_id = any ($2)
                 or e.edge_type in ('shared_context', 'implements') and e.source_node_id = any ($2))
           ), state as (
             select f.up, f.down, f.synced is not distinct from n.content_hash as in_sync
               from flow f join factory.graph_nodes n on n.id = f.up join factory.graph_nodes d on d.id = f.down and d.deleted_at is null
           )
           update factory.drift_alerts a set status = 'resolved', resolved_at = $3, resolved_by = null
           where a.project_id = $1 and a.source_node_id = any ($2) and a.status in ('open', 'acknowledged')
             and (exists (select from state s where s.up = a.source_node_id and s.down = a.target_node_id and s.in_sync)
               or not exists (select from state s where s.up = a.source_node_id and not s.in_sync))"#,
        project,
        sources,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}
