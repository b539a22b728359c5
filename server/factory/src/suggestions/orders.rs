//! Proposed work orders that were accepted: made through the planner, waiting for each other as proposed.
use super::{SuggestedDiff, Suggestion, decide::proposal};
use crate::{
    documents::Document,
    graph::{self, EdgeType, EntityKind, EntityRef},
    projects::Project,
    work_orders::{self, RichInput, WorkOrderInput, WorkOrderPatch, WorkOrderStatus},
};
use kernel::{Fault, db::TenantTx};
use richtext::{
    Doc,
    model::{Block, Inline, Task},
};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Makes (or updates) the proposed work orders. What one of them blocks is linked if the other was made now or before.
/// Answers which work order each accepted proposal of the suggestion became, those of earlier decisions too.
pub async fn make(
    tx: &mut TenantTx,
    project: &Project,
    blueprint: &Document,
    suggestion: &Suggestion,
    diffs: &[&SuggestedDiff],
) -> Result<BTreeMap<Uuid, Uuid>, Fault> {
    let mut made = suggestion.made.clone();
    if diffs.is_empty() {
        return Ok(made);
    }
    for diff in diffs {
        let p = proposal(diff)?;
        let text = |markdown: &str| (!markdown.trim().is_empty()).then(|| RichInput::Markdown(markdown.to_owned()));
        let criteria = |ticked: &[String]| (!p.criteria.is_empty()).then(|| RichInput::Doc(tasks(&p.criteria, ticked).to_value()));
        let order = match p.updates {
            Some(order) => {
                let now = work_orders::get(tx, order).await?;
                let patch = WorkOrderPatch {
                    description: text(&p.description),
                    acceptance_criteria: criteria(&ticked(now.acceptance_criteria.as_ref())),
                    out_of_scope: text(&p.out_of_scope),
                    ..WorkOrderPatch::default()
                };
                work_orders::update(tx, order, &now.rev, &patch).await?
            }
            None => {
                let input = WorkOrderInput {
                    title: p.title.chars().take(500).collect(),
                    status: WorkOrderStatus::Backlog,
                    feature_id: p.feature_id.or(blueprint.feature_id),
                    deliverable_type: p.deliverable_type.clone().unwrap_or_default(),
                    description: text(&p.description),
                    acceptance_criteria: criteria(&[]),
                    out_of_scope: text(&p.out_of_scope),
                    ..WorkOrderInput::default()
                };
                work_orders::create(tx, &project.slug, &input).await?
            }
        };
        made.insert(diff.id, order.id);
    }
    for diff in &suggestion.diffs {
        let Some(first) = made.get(&diff.id) else { continue };
        for next in diff.proposal.iter().flat_map(|p| &p.blocks).filter_map(|next| made.get(next)) {
            let end = |id: Uuid| EntityRef::new(EntityKind::WorkOrder, id);
            // Pairs of earlier decisions were linked then; what was deleted since waits for nothing.
            let new = diffs.iter().any(|d| made.get(&d.id).is_some_and(|order| order == first || order == next));
            if new && alive(tx, &[*first, *next]).await? {
                graph::keep_link(tx, project.id, end(*first), EdgeType::Blocks, end(*next)).await?;
            }
        }
    }
    if blueprint.feature_id.is_none() {
        // A foundation belongs to no feature: the graph cannot know by itself where these come from.
        for order in diffs.iter().filter_map(|d| made.get(&d.id)) {
            let (from, to) = (EntityRef::new(EntityKind::WorkOrder, *order), EntityRef::new(EntityKind::Document, blueprint.id));
            graph::keep_link(tx, project.id, from, EdgeType::DerivesFrom, to).await?;
        }
    }
    Ok(made)
}

/// Are all of these still in the plan?
async fn alive(tx: &mut TenantTx, orders: &[Uuid]) -> Result<bool, Fault> {
    let n = sqlx::query_scalar!(r#"select count(*) as "n!" from factory.work_orders where id = any ($1) and deleted_at is null"#, orders)
        .fetch_one(tx.conn())
        .await?;
    Ok(n as usize == orders.len())
}

/// Criteria as boxes to tick; those that were ticked stay so.
fn tasks(criteria: &[String], ticked: &[String]) -> Doc {
    let task = |c: &String| {
        let text = c.trim();
        Task { checked: ticked.iter().any(|t| t == text), blocks: vec![Block::Paragraph(vec![Inline::text(text)])] }
    };
    Doc::new(vec![Block::TaskList(criteria.iter().map(task).collect())])
}

/// The criteria of a text that are met.
fn ticked(criteria: Option<&Value>) -> Vec<String> {
    let Some(doc) = criteria.map(graph::hash::read) else { return Vec::new() };
    let mut met = Vec::new();
    richtext::each_block(&doc.blocks, &mut |block| {
        if let Block::TaskList(tasks) = block {
            met.extend(tasks.iter().filter(|t| t.checked).map(|t| richtext::blocks_text(&t.blocks).trim().to_owned()));
        }
    });
    met
}
