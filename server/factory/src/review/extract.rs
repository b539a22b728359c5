//! Work orders drawn from a blueprint by rules: proposals, of which only those ticked are made.
use super::Suggested;
use crate::{
    documents::{Document, DocumentArea, DocumentRef, store, text},
    suggestions::{self, AgentType, DiffKind, Proposal, SuggestedDiff},
    templates::{self, ExtractionContent, Strategy, TemplateType, WorkOrderContent},
};
use kernel::{Code, Fault, db::TenantTx};
use richtext::{Doc, extract as rules, review, wire};
use uuid::Uuid;

/// What work orders are drawn from.
pub struct Material {
    pub document: Document,
    pub doc: Doc,
    /// What the feature and its requirements ask for.
    pub criteria: Vec<String>,
    /// The work orders of the project: id and title.
    pub existing: Vec<(String, String)>,
}

/// Reads what there is to draw from a blueprint; 422 for a document of another kind.
pub async fn material(tx: &mut TenantTx, document: Document) -> Result<Material, Fault> {
    if document.kind.area() != DocumentArea::Foundry {
        return Err(Fault::new(Code::Validation, "Work orders are drawn from blueprints."));
    }
    let doc = text::current(tx, document.id).await?.doc;
    let criteria = criteria(tx, document.feature_id).await?;
    let existing = sqlx::query!(
        "select id, title from factory.work_orders where project_id = $1 and deleted_at is null order by number desc limit 2000",
        document.project_id
    )
    .fetch_all(tx.conn())
    .await?;
    let existing = existing.into_iter().map(|w| (w.id.to_string(), w.title)).collect();
    Ok(Material { document, doc, criteria, existing })
}

/// Proposes work orders for a blueprint by rules. `strategy`: `None` is what the project's template says.
pub async fn extract(tx: &mut TenantTx, blueprint: Uuid, strategy: Option<Strategy>) -> Result<Suggested, Fault> {
    let (project, document) = store::lock(tx, blueprint).await?;
    let material = material(tx, document).await?;
    let strategy = match strategy {
        Some(strategy) => strategy,
        None => {
            let template = templates::resolve(tx, project.id, TemplateType::PlannerExtraction, None, None).await?;
            template.and_then(|t| serde_json::from_value::<ExtractionContent>(t.content).ok()).unwrap_or_default().strategy
        }
    };
    let strategy = match strategy {
        Strategy::FeatureSlice => wire::Strategy::FeatureSlice,
        Strategy::Specialist => wire::Strategy::Specialist,
        Strategy::Custom => {
            return Err(Fault::new(
                Code::Validation,
                "A custom extraction is a model's work. Draw it from the Planner, or choose feature slices or specialists.",
            ));
        }
    };
    let pattern = templates::resolve(tx, project.id, TemplateType::PlannerWorkOrder, None, None)
        .await?
        .and_then(|t| serde_json::from_value::<WorkOrderContent>(t.content).ok());
    let found = rules::extract(
        &rules::Source {
            title: &material.document.title,
            blueprint: &material.doc,
            criteria: &material.criteria,
            existing: &material.existing,
            // The plain title says nothing beyond the slice: then specialists carry the blueprint's name, so that "Data model"
            // of one feature is not taken for that of another.
            title_pattern: pattern.as_ref().map(|p| p.title_pattern.trim()).filter(|p| p.contains("{title}") && *p != "{title}"),
        },
        strategy,
    );
    if found.is_empty() {
        return Err(Fault::new(
            Code::Validation,
            "Nothing to extract: the blueprint has no section about data, API, screens, tests or operation with text in it.",
        ));
    }
    let ids: Vec<Uuid> = found.iter().map(|_| Uuid::new_v4()).collect();
    let parts = found
        .into_iter()
        .zip(&ids)
        .map(|(p, id)| {
            let proposal = Proposal {
                title: p.title,
                description: p.description,
                criteria: p.acceptance_criteria,
                out_of_scope: p.out_of_scope,
                feature_id: material.document.feature_id,
                deliverable_type: p.bucket.map(|b| bucket(b).to_owned()),
                blocks: p.blocks.and_then(|at| ids.get(at)).copied().into_iter().collect(),
                updates: p.updates.and_then(|id| id.parse().ok()),
            };
            (*id, p.section_ids.into_iter().next().unwrap_or_default(), proposal)
        })
        .collect();
    suggest(tx, material.document, parts).await
}

/// Keeps proposals, each with its id and the section it comes from, as one suggestion on their blueprint.
pub async fn suggest(tx: &mut TenantTx, document: Document, parts: Vec<(Uuid, String, Proposal)>) -> Result<Suggested, Fault> {
    let diffs = parts
        .into_iter()
        .map(|(id, section_id, proposal)| SuggestedDiff {
            id,
            kind: DiffKind::WorkOrder,
            section_id,
            explanation: proposal.title.clone(),
            proposal: Some(proposal),
            ..SuggestedDiff::default()
        })
        .collect();
    let made = suggestions::make(tx, document.id, AgentType::Planner, "Work orders from this blueprint", diffs, None).await?;
    let document = DocumentRef { id: document.id, kind: document.kind, title: document.title, slug: document.slug };
    Ok(Suggested { document, suggestion: made.id, parts: made.diffs.len() })
}

/// A discipline as work orders name it.
pub const fn bucket(bucket: wire::Bucket) -> &'static str {
    match bucket {
        wire::Bucket::Data => "data",
        wire::Bucket::Api => "api",
        wire::Bucket::Ui => "ui",
        wire::Bucket::Test => "test",
        wire::Bucket::Ops => "ops",
    }
}

/// What the feature and its requirements ask for, each once.
async fn criteria(tx: &mut TenantTx, feature: Option<Uuid>) -> Result<Vec<String>, Fault> {
    let Some(feature) = feature else { return Ok(Vec::new()) };
    let row = sqlx::query!(
        r#"select f.criteria, d.id as "document?" from factory.features f
             left join factory.documents d on d.feature_id = f.id and d.type = 'feature_requirements' and d.deleted_at is null
           where f.id = $1"#,
        feature
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(Vec::new()) };
    let own: Vec<crate::features::Criterion> = row.criteria.and_then(|c| serde_json::from_value(c).ok()).unwrap_or_default();
    let mut all: Vec<String> = own.into_iter().map(|c| c.text).collect();
    if let Some(document) = row.document {
        all.extend(review::criteria(&text::current(tx, document).await?.doc));
    }
    let mut once = std::collections::HashSet::new();
    all.retain(|c| once.insert(c.trim().to_lowercase()));
    Ok(all)
}
