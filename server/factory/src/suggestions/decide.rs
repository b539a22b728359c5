//! Taking and leaving parts of a suggestion.
use super::{Decision, DiffKind, Proposal, SuggestedDiff, Suggestion, SuggestionStatus, apply::applied, orders, read};
use crate::{
    activities::{self, Action, Changes, Entity},
    documents::{Document, store, text},
    features::{self, FeatureInput},
    projects::Project,
    versions,
};
use kernel::{Code, Fault, audit::Audit, db::TenantTx};
use serde_json::json;
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Decides parts of a suggestion: those accepted go into the document in one step that makes a version, or become
/// features and work orders. 409 for a part that was decided before; 409 `section_changed` with both texts where a
/// section is no longer what the suggestion was made for, unless `force` says to replace it anyway.
pub async fn decide(tx: &mut TenantTx, id: Uuid, decision: &Decision) -> Result<Suggestion, Fault> {
    let before = read::get(tx, id).await?;
    let (project, document) = store::lock(tx, before.document_id).await?;
    // As it is now that nobody else decides.
    let before = read::find(tx, before.id).await?;
    let accepted = undecided(&before, &decision.accept)?;
    let rejected = undecided(&before, &decision.reject)?;
    if accepted.is_empty() && rejected.is_empty() {
        return Err(Fault::new(Code::Validation, "Choose what to accept or to reject."));
    }
    if let Some(both) = decision.accept.iter().find(|id| decision.reject.contains(id)) {
        return Err(Fault::field("accept", format!("names {both}, which is also rejected")));
    }
    let of = |kind: DiffKind| accepted.iter().copied().filter(|d| d.kind == kind).collect::<Vec<_>>();
    let edits = of(DiffKind::Edit);
    if !edits.is_empty() {
        apply(tx, &document, &before, &edits, decision.force).await?;
    }
    for diff in of(DiffKind::Feature) {
        make_feature(tx, &project, proposal(diff)?).await?;
    }
    let made = orders::make(tx, &project, &document, &before, &of(DiffKind::WorkOrder)).await?;

    let all = before.diffs.len();
    let accepted: Vec<Uuid> = before.accepted.iter().copied().chain(accepted.iter().map(|d| d.id)).collect();
    let rejected: Vec<Uuid> = before.rejected.iter().copied().chain(rejected.iter().map(|d| d.id)).collect();
    let status = SuggestionStatus::of(all, accepted.len(), rejected.len());
    sqlx::query!(
        "update factory.agent_suggestions set status = $2, accepted_diffs = $3, rejected_diffs = $4, made = $5 where id = $1",
        id,
        status as SuggestionStatus,
        &accepted,
        &rejected,
        Json(&made) as Json<&BTreeMap<Uuid, Uuid>>
    )
    .execute(tx.conn())
    .await?;
    let mut changes = Changes::default();
    changes.note("status", &before.status, &status);
    let metadata = json!({ "suggestion": id, "accepted": decision.accept.len(), "rejected": decision.reject.len() });
    activities::record(tx, project.id, Entity::Document, document.id, Action::SuggestionDecided, changes, metadata).await?;
    tx.audit(Audit::new("suggestion.decide").target("suggestion", id)).await?;
    read::find(tx, id).await
}

/// The parts of these ids: 404 for what is not in the suggestion, 409 for what is decided.
fn undecided<'a>(suggestion: &'a Suggestion, ids: &[Uuid]) -> Result<Vec<&'a SuggestedDiff>, Fault> {
    let mut found: Vec<&SuggestedDiff> = Vec::new();
    for id in ids {
        let diff = suggestion.diffs.iter().find(|d| d.id == *id).ok_or_else(|| Fault::not_found("This part of the suggestion"))?;
        if let Some(verdict) = suggestion.verdict(*id) {
            return Err(Fault::new(Code::Conflict, "This was decided already.").with_details(json!({ "id": id, "verdict": verdict })));
        }
        if !found.iter().any(|d| d.id == *id) {
            found.push(diff);
        }
    }
    Ok(found)
}

/// All accepted edits in one step, and the version it makes.
async fn apply(
    tx: &mut TenantTx,
    document: &Document,
    suggestion: &Suggestion,
    edits: &[&SuggestedDiff],
    force: bool,
) -> Result<(), Fault> {
    let parts: Vec<SuggestedDiff> = edits.iter().map(|edit| (*edit).clone()).collect();
    let apply = move |mut now: text::Text| {
        for part in &parts {
            now.doc = applied(&now.doc, part, force)?;
        }
        Ok(now)
    };
    let now = text::change(tx, document.id, apply).await?;
    let summary = match (&suggestion.summary, edits) {
        (_, [one]) if !one.explanation.is_empty() => format!("Accepted suggestion: {}", one.explanation),
        (Some(summary), _) => format!("Accepted suggestions: {summary}"),
        (None, edits) => format!("Accepted {} suggestions", edits.len()),
    };
    let summary: String = summary.chars().take(1000).collect();
    let author = tx.actor().user;
    versions::record(tx, document, &now, Some(&summary), author).await?;
    Ok(())
}

/// What a part proposes.
pub(super) fn proposal(diff: &SuggestedDiff) -> Result<&Proposal, Fault> {
    diff.proposal.as_ref().ok_or_else(|| Fault::new(Code::Validation, "This part of the suggestion proposes nothing."))
}

async fn make_feature(tx: &mut TenantTx, project: &Project, proposal: &Proposal) -> Result<(), Fault> {
    let input = FeatureInput {
        name: proposal.title.chars().take(255).collect(),
        description: proposal.description.clone(),
        criteria: proposal.criteria.join("\n"),
        ..FeatureInput::default()
    };
    features::create(tx, &project.slug, &input).await?;
    Ok(())
}
