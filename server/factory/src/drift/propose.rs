//! "Propose edits": what a change upstream asks of what rests on it, as a suggestion that people take or leave.
use super::{DriftAlert, list, upstream};
use crate::{
    documents::{DocumentArea, DocumentRef, store, text},
    graph::{EntityKind, Node, hash},
    review::Suggested,
    suggestions::{self, AgentType, DiffKind, Operation, Proposal, SuggestedDiff},
    work_orders,
};
use kernel::{Code, Fault, Perm, db::TenantTx};
use richtext::{
    Doc,
    carry::{Carried, carry},
    markdown,
};
use serde_json::Value;
use uuid::Uuid;

/// Makes a suggestion for the target of an alert, by rules: of a document for its sections, of a work order for its
/// texts (it is kept with the blueprint it derives from). One that waits already is answered again. 422 where there is
/// nothing to compare, or nothing that the change asks for.
pub async fn propose(tx: &mut TenantTx, id: Uuid) -> Result<Suggested, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let alert = list::get(tx, id).await?;
    let target = alert.target.clone().filter(|_| alert.status.is_live());
    let target = target.ok_or_else(|| Fault::new(Code::Conflict, "This alert is decided: there is nothing left to propose."))?;
    let Some((before, after)) = upstream::texts(tx, &alert.source).await? else {
        return Err(nothing(format!("{} keeps no earlier text to compare with. Open it, and edit or mark in sync.", alert.source.label)));
    };
    let place = place(tx, &alert, &target).await?;
    let (_, document) = store::lock(tx, place).await?;
    let summary = format!("After a change of “{}”", alert.source.label);
    if let Some(waiting) = waiting(tx, document.id, &summary, &alert, &target).await? {
        let document = DocumentRef { id: document.id, kind: document.kind, title: document.title, slug: document.slug };
        return Ok(Suggested { document, suggestion: waiting.0, parts: waiting.1 });
    }
    let diffs = match target.kind {
        EntityKind::WorkOrder => order_parts(tx, &target, &before, &after).await?,
        _ => parts(carry(&before, &after, &text::current(tx, document.id).await?.doc)),
    };
    if diffs.is_empty() {
        return Err(nothing(format!("Nothing in “{}” speaks of what was changed. Mark it in sync, or edit it yourself.", target.label)));
    }
    let agent = match (target.kind, document.kind.area()) {
        (EntityKind::WorkOrder, _) => AgentType::Planner,
        (_, DocumentArea::Refinery) => AgentType::Refinery,
        (_, DocumentArea::Foundry) => AgentType::Foundry,
    };
    let made = suggestions::make(tx, document.id, agent, &summary, diffs, None).await?;
    let document = DocumentRef { id: document.id, kind: document.kind, title: document.title, slug: document.slug };
    Ok(Suggested { document, suggestion: made.id, parts: made.diffs.len() })
}

fn nothing(message: String) -> Fault {
    Fault::new(Code::Validation, message)
}

/// The document that the suggestion is kept with: the target, or the document a work order derives from.
async fn place(tx: &mut TenantTx, alert: &DriftAlert, target: &Node) -> Result<Uuid, Fault> {
    if target.kind == EntityKind::Document {
        return Ok(target.entity_id);
    }
    let upstream = sqlx::query_scalar!(
        r#"select d.entity_id from factory.graph_edges e
             join factory.graph_nodes d on d.id = e.target_node_id and d.entity_type = 'document' and d.deleted_at is null
           where e.source_node_id = $1 and e.edge_type = 'derives_from' order by d.id <> $2, e.created_at, e.id limit 1"#,
        target.id,
        alert.source.id
    )
    .fetch_optional(tx.conn())
    .await?;
    upstream.ok_or_else(|| nothing(format!("“{}” derives from no document any more. Open it, and edit or mark in sync.", target.label)))
}

/// The suggestion made for the same change that nobody has decided anything of yet.
async fn waiting(
    tx: &mut TenantTx,
    document: Uuid,
    summary: &str,
    alert: &DriftAlert,
    target: &Node,
) -> Result<Option<(Uuid, usize)>, Fault> {
    let order = (target.kind == EntityKind::WorkOrder).then(|| target.entity_id.to_string());
    let found = sqlx::query!(
        r#"select id, jsonb_array_length(diffs) as "parts!" from factory.agent_suggestions
           where document_id = $1 and context_summary = $2 and status = 'pending' and created_at >= $3
             and ($4::text is null and diffs -> 0 ->> 'kind' = 'edit' or diffs -> 0 -> 'proposal' ->> 'updates' = $4)
           order by created_at desc, id limit 1"#,
        document,
        summary,
        alert.updated_at,
        order
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(|f| (f.id, usize::try_from(f.parts).unwrap_or_default())))
}

fn parts(carried: Vec<Carried>) -> Vec<SuggestedDiff> {
    carried
        .into_iter()
        .map(|c| SuggestedDiff {
            section_id: c.section_id,
            operation: Operation::Replace,
            old_content: c.old,
            new_content: c.new,
            explanation: c.why.join(" "),
            ..SuggestedDiff::default()
        })
        .collect()
}

/// The texts of a work order as one proposal. A text that stays is left out of it.
async fn order_parts(tx: &mut TenantTx, target: &Node, before: &Doc, after: &Doc) -> Result<Vec<SuggestedDiff>, Fault> {
    let order = work_orders::get(tx, target.entity_id).await?;
    let mut why = Vec::new();
    let mut changed = |text: &Option<Value>| -> Option<Doc> {
        let doc = text.as_ref().map(hash::read)?;
        let mut now = doc.clone();
        let parts = carry(before, after, &doc);
        for part in &parts {
            let edit = richtext::suggest::SectionEdit {
                section_id: &part.section_id,
                operation: Operation::Replace,
                old: &part.old,
                new: &part.new,
            };
            now = richtext::suggest::apply(&now, &edit, true).ok()?;
        }
        why.extend(parts.into_iter().flat_map(|p| p.why));
        (now != doc).then_some(now)
    };
    // What is new belongs to the criteria where there are some; the description changes where it says what was changed.
    let criteria = changed(&order.acceptance_criteria);
    let described = changed(&order.description);
    if criteria.is_none() && described.is_none() {
        return Ok(Vec::new());
    }
    why.dedup();
    let proposal = Proposal {
        title: order.title.clone(),
        description: described.map(|doc| markdown::document(&doc)).unwrap_or_default(),
        criteria: criteria.map(|doc| said(&doc)).unwrap_or_default(),
        feature_id: order.feature_id,
        updates: Some(order.id),
        ..Proposal::default()
    };
    Ok(vec![SuggestedDiff { kind: DiffKind::WorkOrder, explanation: why.join(" "), proposal: Some(proposal), ..SuggestedDiff::default() }])
}

/// The lines of a text that say something.
fn said(doc: &Doc) -> Vec<String> {
    richtext::anchor::lines(doc).into_iter().map(|line| line.words.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}
