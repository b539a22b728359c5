//! Proposing work orders for several blueprints at once.
use super::{Extracted, MOST, Wish};
use crate::{
    approvals::{self, ApprovalState},
    projects, review,
    suggestions::{self, Decision, DiffKind},
    templates::{self, ExtractionContent, Strategy, TemplateType},
};
use kernel::{Code, Fault, db::TenantTx};
use uuid::Uuid;

/// Draws proposals from blueprints of a project. What waited for one of them from an earlier extraction is put aside:
/// two proposals of one thing would make it twice. Where nothing can be drawn from a blueprint, the others are still
/// proposed; 422 where nothing can be drawn from any.
pub async fn propose(tx: &mut TenantTx, project: &str, wish: &Wish) -> Result<Extracted, Fault> {
    let project = projects::lock(tx, project).await?;
    let wanted = &wish.blueprint_ids;
    if wanted.is_empty() || wanted.len() > MOST {
        return Err(Fault::field("blueprint_ids", format!("are {}; an extraction takes 1 to {MOST}", wanted.len())));
    }
    let template = templates::resolve(tx, project.id, TemplateType::PlannerExtraction, None, wish.template_id).await?;
    let strategy = match (wish.strategy, template) {
        (Some(strategy), _) => strategy,
        (None, Some(template)) => {
            serde_json::from_value::<ExtractionContent>(template.content).map(|content| content.strategy).unwrap_or_default()
        }
        (None, None) => Strategy::default(),
    };
    let known = sqlx::query!(
        "select id, title from factory.documents where project_id = $1 and id = any ($2) and deleted_at is null",
        project.id,
        wanted
    )
    .fetch_all(tx.conn())
    .await?;
    let approved = approvals::latest(tx, wanted).await?;
    let mut extracted = Extracted::default();
    let mut first = None;
    for id in wanted {
        // Of another project it is not there, and nothing is written.
        let title = known.iter().find(|d| d.id == *id).map(|d| d.title.clone());
        let title = title.ok_or_else(|| Fault::not_found("The blueprint"))?;
        let before = super::offer::waiting(tx, project.id).await?;
        match review::extract(tx, *id, Some(strategy)).await {
            Ok(made) => {
                if approved.get(id) != Some(&ApprovalState::Approved) {
                    extracted.unapproved.push(title);
                }
                extracted.proposals += made.parts;
                extracted.suggestion_ids.push(made.suggestion);
                for old in before.into_iter().filter(|w| w.document.id == *id) {
                    put_aside(tx, old.suggestion).await?;
                }
            }
            Err(fault) if fault.code == Code::Validation => {
                extracted.problems.push((title, fault.message.clone()));
                first.get_or_insert(fault);
            }
            Err(fault) => return Err(fault),
        }
    }
    match first {
        Some(fault) if extracted.suggestion_ids.is_empty() => Err(fault),
        _ => Ok(extracted),
    }
}

/// Rejects what is left of an earlier extraction.
async fn put_aside(tx: &mut TenantTx, suggestion: Uuid) -> Result<(), Fault> {
    let now = suggestions::get(tx, suggestion).await?;
    let reject: Vec<Uuid> =
        now.diffs.iter().filter(|d| d.kind == DiffKind::WorkOrder && now.verdict(d.id).is_none()).map(|d| d.id).collect();
    if !reject.is_empty() {
        suggestions::decide(tx, suggestion, &Decision { reject, ..Decision::default() }).await?;
    }
    Ok(())
}
