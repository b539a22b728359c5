//! Work orders drawn from a blueprint by rules: proposals, of which only those ticked are made.
use super::Suggested;
use crate::{
    documents::{DocumentArea, DocumentRef, store, text},
    suggestions::{self, AgentType, DiffKind, Proposal, SuggestedDiff},
    templates::{self, ExtractionContent, Strategy, TemplateType, WorkOrderContent},
};
use kernel::{Code, Fault, db::TenantTx};
use richtext::{extract as rules, review, wire};
use uuid::Uuid;

/// Proposes work orders for a blueprint. `strategy`: `None` is what the project's template says.
pub async fn extract(tx: &mut TenantTx, blueprint: Uuid, strategy: Option<Strategy>) -> Result<Suggested, Fault> {
    let (project, document) = store::lock(tx, blueprint).await?;
    if document.kind.area() != DocumentArea::Foundry {
        return Err(Fault::new(Code::Validation, "Work orders are drawn from blueprints."));
    }
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
                "A custom extraction needs a model. Choose feature slices or specialists, or ask the assistant.",
            ));
        }
    };
    let pattern = templates::resolve(tx, project.id, TemplateType::PlannerWorkOrder, None, None)
        .await?
        .and_then(|t| serde_json::from_value::<WorkOrderContent>(t.content).ok());
    let now = text::current(tx, document.id).await?;
    let criteria = criteria(tx, document.feature_id).await?;
    let existing = sqlx::query!(
        "select id, title from factory.work_orders where project_id = $1 and deleted_at is null order by number desc limit 2000",
        project.id
    )
    .fetch_all(tx.conn())
    .await?;
    let existing: Vec<(String, String)> = existing.into_iter().map(|w| (w.id.to_string(), w.title)).collect();
    let found = rules::extract(
        &rules::Source {
            title: &document.title,
            blueprint: &now.doc,
            criteria: &criteria,
            existing: &existing,
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
    let diffs = found
        .into_iter()
        .zip(&ids)
        .map(|(p, id)| SuggestedDiff {
            id: *id,
            kind: DiffKind::WorkOrder,
            section_id: p.section_ids.first().cloned().unwrap_or_default(),
            explanation: p.title.clone(),
            proposal: Some(Proposal {
                title: p.title,
                description: p.description,
                criteria: p.acceptance_criteria,
                out_of_scope: p.out_of_scope,
                feature_id: document.feature_id,
                deliverable_type: p.bucket.map(|b| bucket(b).to_owned()),
                blocks: p.blocks.and_then(|at| ids.get(at)).copied().into_iter().collect(),
                updates: p.updates.and_then(|id| id.parse().ok()),
            }),
            ..SuggestedDiff::default()
        })
        .collect();
    let made = suggestions::make(tx, document.id, AgentType::Planner, "Work orders from this blueprint", diffs, None).await?;
    let document = DocumentRef { id: document.id, kind: document.kind, title: document.title, slug: document.slug };
    Ok(Suggested { document, suggestion: made.id, parts: made.diffs.len() })
}

const fn bucket(bucket: wire::Bucket) -> &'static str {
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
