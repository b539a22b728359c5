//! Proposing work orders for several blueprints at once.
use super::{Extracted, MOST, MOST_BY_MODEL, NO_MODEL, Wish, by_model};
use crate::{
    approvals::{self, ApprovalState},
    assistant,
    documents::store,
    projects, review,
    suggestions::{self, Decision, DiffKind},
    templates::{self, ExtractionContent, Strategy, TemplateType},
};
use kernel::{Code, Fault, access::Actor, app::App, db::TenantTx, limits};
use std::collections::HashMap;
use uuid::Uuid;

/// What a model proposed for each blueprint, or why it did not.
type Drafts = HashMap<Uuid, Result<Vec<by_model::Draft>, Fault>>;

/// Draws proposals from blueprints of a project, by rules or, where the strategy is *custom*, by the model of the
/// installation. A model takes its time: it is asked between two transactions. 422 without a model.
pub async fn run(app: &App, actor: &Actor, project: &str, wish: &Wish) -> Result<Extracted, Fault> {
    let mut tx = TenantTx::begin(app, actor.clone()).await?;
    let (strategy, instructions) = strategy(&mut tx, project, wish).await?;
    if strategy != Strategy::Custom {
        let extracted = keep(&mut tx, project, wish, strategy, Drafts::new()).await?;
        tx.commit().await?;
        return Ok(extracted);
    }
    let model = assistant::model(app, actor).await?.ok_or_else(|| Fault::new(Code::Validation, NO_MODEL))?;
    if wish.blueprint_ids.len() > MOST_BY_MODEL {
        let message = format!("are {}; a model takes at most {MOST_BY_MODEL} at once", wish.blueprint_ids.len());
        return Err(Fault::field("blueprint_ids", message));
    }
    let mut drafts = Drafts::new();
    let mut materials = Vec::new();
    for (id, _) in named(&mut tx, project, wish).await? {
        let document = store::read(&mut tx, id).await?;
        match review::material(&mut tx, document).await {
            Ok(material) => materials.push(material),
            Err(fault) if fault.code == Code::Validation => drop(drafts.insert(id, Err(fault))),
            Err(fault) => return Err(fault),
        }
    }
    tx.rollback().await?;
    limits::take(app, assistant::RATE, &actor.user()?.to_string()).await?;
    drafts.extend(by_model::draft(&model, &instructions, &materials).await);
    drop(materials);

    let mut tx = TenantTx::begin(app, actor.clone()).await?;
    let extracted = keep(&mut tx, project, wish, Strategy::Custom, drafts).await?;
    tx.commit().await?;
    Ok(extracted)
}

/// Draws proposals from blueprints of a project by rules. What waited for one of them from an earlier extraction is put
/// aside: two proposals of one thing would make it twice. Where nothing can be drawn from a blueprint, the others are
/// still proposed; 422 where nothing can be drawn from any.
pub async fn propose(tx: &mut TenantTx, project: &str, wish: &Wish) -> Result<Extracted, Fault> {
    let (strategy, _) = strategy(tx, project, wish).await?;
    keep(tx, project, wish, strategy, Drafts::new()).await
}

/// By which rules, and the instructions of the template for a model.
async fn strategy(tx: &mut TenantTx, project: &str, wish: &Wish) -> Result<(Strategy, String), Fault> {
    let project = projects::lock(tx, project).await?.id;
    let template = templates::resolve(tx, project, TemplateType::PlannerExtraction, None, wish.template_id).await?;
    let content = template.and_then(|t| serde_json::from_value::<ExtractionContent>(t.content).ok()).unwrap_or_default();
    Ok((wish.strategy.unwrap_or(content.strategy), content.instructions))
}

/// The wanted blueprints with their titles. One of another project is not there, and nothing is written.
async fn named(tx: &mut TenantTx, project: &str, wish: &Wish) -> Result<Vec<(Uuid, String)>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let wanted = &wish.blueprint_ids;
    if wanted.is_empty() || wanted.len() > MOST {
        return Err(Fault::field("blueprint_ids", format!("are {}; an extraction takes 1 to {MOST}", wanted.len())));
    }
    let known = sqlx::query!(
        "select id, title from factory.documents where project_id = $1 and id = any ($2) and deleted_at is null",
        project.id,
        wanted
    )
    .fetch_all(tx.conn())
    .await?;
    let title = |id: Uuid| known.iter().find(|d| d.id == id).map(|d| (id, d.title.clone()));
    wanted.iter().map(|id| title(*id).ok_or_else(|| Fault::not_found("The blueprint"))).collect()
}

async fn keep(tx: &mut TenantTx, project: &str, wish: &Wish, strategy: Strategy, mut drafts: Drafts) -> Result<Extracted, Fault> {
    let project_id = projects::lock(tx, project).await?.id;
    let wanted = named(tx, project, wish).await?;
    let approved = approvals::latest(tx, &wish.blueprint_ids).await?;
    let mut extracted = Extracted::default();
    let mut first = None;
    for (id, title) in wanted {
        let before = super::offer::waiting(tx, project_id).await?;
        let made = match drafts.remove(&id) {
            Some(Ok(drafts)) => by_model::suggest(tx, id, drafts).await,
            Some(Err(fault)) => Err(fault),
            None => review::extract(tx, id, Some(strategy)).await,
        };
        match made {
            Ok(made) => {
                if approved.get(&id) != Some(&ApprovalState::Approved) {
                    extracted.unapproved.push(title);
                }
                extracted.proposals += made.parts;
                extracted.suggestion_ids.push(made.suggestion);
                for old in before.into_iter().filter(|w| w.document.id == id) {
                    put_aside(tx, old.suggestion).await?;
                }
            }
            Err(fault) if matches!(fault.code, Code::Validation | Code::Upstream) => {
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
