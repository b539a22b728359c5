//! What there is to draw from, and what waits.
use super::{Blueprint, NO_MODEL, Offer, Proposed, Recipe, Waiting};
use crate::{
    approvals,
    documents::{DocumentRef, DocumentType},
    features::ProjectHead,
    projects::{self, ProjectStatus},
    suggestions::{DiffKind, SuggestedDiff, Suggestion},
    templates::{self, ExtractionContent, TemplateType},
    work_orders::{WorkOrderRef, WorkOrderStatus},
};
use kernel::{Fault, Perm, config::ModelProvider, db::TenantTx};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Suggestions of one answer.
const MOST: i64 = 100;

/// The blueprints, templates and waiting proposals of a project.
pub async fn offer(tx: &mut TenantTx, project: &str) -> Result<Offer, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let rows = sqlx::query!(
        r#"select d.id, d.type as "kind: DocumentType", d.title, d.slug, d.updated_at, f.feature_id as "key?", f.name as "name?",
             (select count(*) from factory.graph_nodes n
                join factory.graph_edges e on e.target_node_id = n.id and e.edge_type = 'derives_from'
                join factory.graph_nodes s on s.id = e.source_node_id and s.entity_type = 'work_order' and s.deleted_at is null
              where n.project_id = $1 and n.entity_type = 'document' and n.entity_id = d.id) as "orders!"
           from factory.documents d left join factory.features f on f.id = d.feature_id and f.deleted_at is null
           where d.project_id = $1 and d.type in ('foundation_blueprint', 'feature_blueprint') and d.deleted_at is null
           order by d.type, d.sort_order, d.id limit 1000"#,
        project.id
    )
    .fetch_all(tx.conn())
    .await?;
    let waiting = waiting(tx, project.id).await?;
    let approved = approvals::latest(tx, &rows.iter().map(|r| r.id).collect::<Vec<_>>()).await?;
    let blueprints = rows
        .into_iter()
        .map(|r| Blueprint {
            waiting: waiting.iter().filter(|w| w.document.id == r.id).map(|w| w.open().count() as i64).sum(),
            document: DocumentRef { id: r.id, kind: r.kind, title: r.title, slug: r.slug },
            feature: r.key.zip(r.name),
            orders: r.orders,
            approval: approved.get(&r.id).copied().unwrap_or_default(),
            updated_at: r.updated_at,
        })
        .collect();
    let all = templates::list(tx, Some(&project.slug)).await?;
    let of_kind = || all.iter().filter(|t| t.kind == TemplateType::PlannerExtraction);
    let holds = of_kind().find(|t| t.is_default).map(|t| t.id);
    let recipes = of_kind()
        .filter_map(|t| {
            let content: ExtractionContent = serde_json::from_value(t.content.clone()).ok()?;
            let ExtractionContent { strategy, instructions } = content;
            Some(Recipe { id: t.id, name: t.name.clone(), scope: t.scope, strategy, instructions })
        })
        .collect();
    Ok(Offer {
        may_write: project.status != ProjectStatus::Archived && tx.actor().may(Perm::FactoryWrite),
        blueprints,
        recipes,
        holds,
        no_model: (tx.app().config.models.provider == ModelProvider::Builtin).then(|| NO_MODEL.to_owned()),
        waiting,
        project: ProjectHead { id: project.id, slug: project.slug, name: project.name, status: project.status, rev: project.rev },
    })
}

/// The suggestions with proposed work orders that nobody decided: what was proposed first comes first, and what
/// was proposed together in the order of the blueprints.
pub(super) async fn waiting(tx: &mut TenantTx, project: Uuid) -> Result<Vec<Waiting>, Fault> {
    let rows = sqlx::query!(
        r#"select s.id, d.id as document, d.type as "kind: DocumentType", d.title, d.slug
           from factory.agent_suggestions s join factory.documents d on d.id = s.document_id and d.deleted_at is null
           where s.project_id = $1 and s.agent_type = 'planner' and s.status in ('pending', 'partially_accepted')
             and cardinality(s.accepted_diffs) + cardinality(s.rejected_diffs) < jsonb_array_length(s.diffs)
           order by s.created_at, d.type, d.sort_order, d.id, s.id limit $2"#,
        project,
        MOST
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found = Vec::new();
    for row in rows {
        let suggestion = crate::suggestions::find(tx, row.id).await?;
        found.push((DocumentRef { id: row.document, kind: row.kind, title: row.title, slug: row.slug }, suggestion));
    }
    let named: Vec<Uuid> =
        found.iter().flat_map(|(_, s)| s.made.values().copied().chain(proposals(s).filter_map(|(_, p)| p.updates))).collect();
    let orders: HashMap<Uuid, WorkOrderRef> = sqlx::query_as!(
        WorkOrderRef,
        r#"select id, number, title, status as "status: WorkOrderStatus" from factory.work_orders
           where project_id = $1 and id = any ($2) and deleted_at is null"#,
        project,
        &named
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(|w| (w.id, w))
    .collect();
    Ok(found
        .into_iter()
        .filter(|(_, s)| proposals(s).any(|(d, _)| s.verdict(d.id).is_none()))
        .map(|(document, s)| Waiting {
            suggestion: s.id,
            document,
            created_at: s.created_at,
            proposals: proposals(&s)
                .map(|(d, p)| Proposed {
                    id: d.id,
                    proposal: p.clone(),
                    updates: p.updates.and_then(|id| orders.get(&id)).cloned(),
                    verdict: s.verdict(d.id),
                    made: made(&s.made, d.id).and_then(|id| orders.get(&id)).cloned(),
                })
                .collect(),
        })
        .collect())
}

fn made(made: &BTreeMap<Uuid, Uuid>, diff: Uuid) -> Option<Uuid> {
    made.get(&diff).copied()
}

/// The proposed work orders of a suggestion.
fn proposals(suggestion: &Suggestion) -> impl Iterator<Item = (&SuggestedDiff, &crate::suggestions::Proposal)> {
    suggestion.diffs.iter().filter(|d| d.kind == DiffKind::WorkOrder).filter_map(|d| d.proposal.as_ref().map(|p| (d, p)))
}
