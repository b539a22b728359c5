//! What was changed upstream since an edge was last confirmed.
use super::{CompareLine, Comparison, Run, list, upstream};
use crate::graph::{EntityKind, hash};
use kernel::{Fault, Perm, db::TenantTx};
use richtext::{
    Doc, diff,
    wire::{BlockChange, Change, Span},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// The upstream text as it was when it was last confirmed beside what it is now. Of what keeps no versions (code, work
/// orders) there is nothing to show: `note` says so.
pub async fn compare(tx: &mut TenantTx, id: Uuid) -> Result<Comparison, Fault> {
    tx.require(Perm::FactoryRead)?;
    let alert = list::get(tx, id).await?;
    if alert.source.kind != EntityKind::Document {
        let note = format!("{} keeps no earlier text here: open it to see what it says now.", alert.source.label);
        return Ok(Comparison { alert, before: None, after: None, lines: Vec::new(), note: Some(note) });
    }
    let Some((confirmed, now)) = upstream::versions(tx, &alert.source).await? else {
        let note = "No version was saved yet.".to_owned();
        return Ok(Comparison { alert, before: None, after: None, lines: Vec::new(), note: Some(note) });
    };
    let empty = Doc::new(Vec::new());
    let before = confirmed.as_ref().map_or((&empty, None), |v| (&v.doc, v.diagram.as_deref()));
    let found = diff::documents(before, (&now.doc, now.diagram.as_deref()));
    let mut lines = Vec::new();
    for block in &found.blocks {
        match block {
            BlockChange::Same { .. } => match lines.last_mut() {
                Some(CompareLine::Gap { count }) => *count += 1,
                _ => lines.push(CompareLine::Gap { count: 1 }),
            },
            BlockChange::Added { block } => lines.extend(texts(block).map(|text| CompareLine::Added { text })),
            BlockChange::Removed { block } => lines.extend(texts(block).map(|text| CompareLine::Removed { text })),
            BlockChange::Changed { spans, .. } => {
                lines.push(CompareLine::Changed { before: runs(spans, Change::Removed), after: runs(spans, Change::Added) });
            }
        }
    }
    for span in found.diagram.iter().filter(|s| s.change != Change::Same) {
        for text in span.text.lines().map(str::to_owned) {
            lines.push(if span.change == Change::Removed { CompareLine::Removed { text } } else { CompareLine::Added { text } });
        }
    }
    Ok(Comparison {
        before: Some(confirmed.as_ref().map_or_else(|| "before the first version".to_owned(), |v| format!("version {}", v.number))),
        after: Some(format!("version {}", now.number)),
        alert,
        lines,
        note: None,
    })
}

fn texts(block: &Value) -> impl Iterator<Item = String> {
    let text = hash::read(&json!({ "type": "doc", "content": [block] })).plain_text();
    text.lines().filter(|l| !l.trim().is_empty()).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// One side of a changed block: what stayed and what is only on this side.
fn runs(spans: &[Span], own: Change) -> Vec<Run> {
    let side = |s: &&Span| matches!(s.change, Change::Same | Change::Reformatted) || s.change == own;
    spans.iter().filter(side).map(|s| Run { text: s.text.clone(), marked: s.change == own }).collect()
}
