//! The knowledge graph and what it says went stale.
use super::{Outcome, documents::count, look};
use crate::{
    assistant::run::Talk,
    drift::{self, DriftQuery, DriftStatus},
    graph::{self, EntityKind, EntityRef, Node, NodeQuery, Traverse},
};
use kernel::{Fault, db::TenantTx, record::PageRequest};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Query {
    types: Vec<EntityKind>,
    search: String,
    limit: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Related {
    entity_type: EntityKind,
    entity: String,
    depth: Option<i32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Alerts {
    status: Option<DriftStatus>,
    limit: Option<u32>,
}

fn described(talk: &Talk, node: &Node) -> Value {
    json!({
        "type": node.kind, "id": node.entity_id, "name": node.label, "key": node.meta("key"), "status": node.meta("status"),
        "link": look::path(node).map(|path| format!("{}{path}", talk.base)),
    })
}

pub async fn query(tx: &mut TenantTx, talk: &Talk, args: &Query) -> Result<Outcome, Fault> {
    let asked = NodeQuery { kinds: args.types.clone(), search: args.search.clone() };
    let page = PageRequest { after: None, limit: Some(args.limit.unwrap_or(50).clamp(1, 200)) };
    let found = graph::nodes(tx, &talk.project.slug, &asked, &page).await?;
    let total = graph::node_count(tx, &talk.project.slug, &asked).await?;
    let items: Vec<Value> = found.rows.iter().map(|node| described(talk, node)).collect();
    let what = match args.types.as_slice() {
        [one] => one.words().to_lowercase(),
        _ => "everything".to_owned(),
    };
    Ok(Outcome {
        title: format!("Looked in the graph for {what}: {total}"),
        data: json!({ "items": items, "total": total }),
        ..Outcome::default()
    })
}

pub async fn related(tx: &mut TenantTx, talk: &Talk, args: &Related) -> Result<Outcome, Fault> {
    let project = &talk.project;
    let id: Uuid = match args.entity_type {
        EntityKind::Feature => look::feature(tx, project, &args.entity).await?.id,
        EntityKind::WorkOrder => look::work_order(tx, project, &args.entity).await?.id,
        EntityKind::Document => look::document(tx, project, &args.entity).await?.id,
        _ => args.entity.trim().parse().map_err(|_| Fault::field("entity", "is no id"))?,
    };
    let entity = EntityRef::new(args.entity_type, id);
    let start = graph::node(tx, project.id, entity).await?;
    let depth = args.depth.unwrap_or(1).clamp(1, 10);
    let (name, items): (String, Vec<Value>) = if depth == 1 {
        let detail = graph::detail(tx, &project.slug, start).await?;
        let near = detail.neighbours.iter().map(|n| {
            let mut item = described(talk, &n.node);
            item["edge"] = json!(n.edge_type);
            item["direction"] = json!(if n.outgoing { "from it" } else { "to it" });
            item
        });
        (detail.node.label.clone(), near.collect())
    } else {
        let asked = Traverse { start, depth: Some(depth), direction: graph::Direction::Both, types: Vec::new() };
        let walk = graph::traverse(tx, &project.slug, &asked).await?;
        let reached = walk.reached.iter().map(|r| {
            let mut item = described(talk, &r.node);
            item["steps"] = json!(r.hop);
            item["edge"] = json!(r.edge_type);
            item
        });
        (walk.start.label.clone(), reached.collect())
    };
    Ok(Outcome {
        title: format!("Looked for what is related to “{name}”: {}", count(items.len(), "node", "nodes")),
        data: json!({ "items": items }),
        ..Outcome::default()
    })
}

pub async fn alerts(tx: &mut TenantTx, talk: &Talk, args: &Alerts) -> Result<Outcome, Fault> {
    let asked = DriftQuery { status: args.status, ..DriftQuery::default() };
    let page = PageRequest { after: None, limit: Some(args.limit.unwrap_or(20).clamp(1, 100)) };
    let found = drift::list(tx, &talk.project.slug, &asked, &page).await?;
    let items: Vec<Value> = found
        .rows
        .iter()
        .map(|a| {
            json!({
                "id": a.id, "severity": a.severity, "type": a.drift_type, "status": a.status, "description": a.description,
                "changed": described(talk, &a.source), "stale": a.target.as_ref().map(|node| described(talk, node)),
            })
        })
        .collect();
    Ok(Outcome {
        title: format!("Looked for drift: {}", count(items.len(), "alert", "alerts")),
        data: json!({ "items": items, "link": format!("{}/graph?view=drift", talk.base) }),
        link: Some("/graph?view=drift".to_owned()),
        ..Outcome::default()
    })
}
