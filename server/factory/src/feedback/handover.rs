//! Handing an item on: to a work order, or to a work item of the built-in tracker.
use super::{Category, Feedback, FeedbackStatus, MadeWorkOrder, change, issues, store};
use crate::{
    graph::{self, EdgeType, EntityKind, EntityRef},
    integrations::Tracker,
    projects::Project,
    work_items::{self, WorkItemInput, WorkItemType},
    work_orders::{self, RichInput, WorkOrderInput},
};
use kernel::{Code, Fault, db::TenantTx};
use serde_json::{Value, json};
use uuid::Uuid;

/// Makes a work order of an item: it gets the text and the feature, refers to the item, and the item is in progress.
/// 409 with the number when there is one already.
pub async fn create_work_order(tx: &mut TenantTx, id: Uuid) -> Result<MadeWorkOrder, Fault> {
    let (project, item) = store::lock(tx, id).await?;
    let known = sqlx::query!(
        r#"select w.number from factory.graph_nodes n
             join factory.graph_edges e on e.target_node_id = n.id and e.edge_type = 'references'
             join factory.graph_nodes s on s.id = e.source_node_id and s.entity_type = 'work_order' and s.deleted_at is null
             join factory.work_orders w on w.id = s.entity_id
           where n.entity_type = 'feedback_item' and n.entity_id = $1 limit 1"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some(known) = known {
        return Err(Fault::new(Code::Conflict, format!("WO-{} was made of this feedback already.", known.number))
            .with_details(json!({ "number": known.number })));
    }
    if !item.status.is_open() {
        return Err(item.status.refuse(FeedbackStatus::InProgress));
    }
    let feature = feature_of(tx, id).await?;
    let input = WorkOrderInput {
        title: item.headline(),
        feature_id: feature,
        description: Some(RichInput::Doc(text(&item))),
        ..WorkOrderInput::default()
    };
    let made = work_orders::create(tx, &project.slug, &input).await?;
    let made = MadeWorkOrder { id: made.id, number: made.number, title: made.title, status: made.status.as_str().to_owned() };
    let order = EntityRef::new(EntityKind::WorkOrder, made.id);
    graph::keep_link(tx, project.id, order, EdgeType::References, EntityRef::new(EntityKind::FeedbackItem, id)).await?;
    let mut now = item;
    if now.status == FeedbackStatus::New {
        let triaged = Feedback { status: FeedbackStatus::Triaged, ..now.clone() };
        change::save(tx, project.id, &now, &triaged).await?;
        now = triaged;
    }
    let after = Feedback { status: FeedbackStatus::InProgress, ..now.clone() };
    change::save(tx, project.id, &now, &after).await?;
    Ok(made)
}

async fn feature_of(tx: &mut TenantTx, id: Uuid) -> Result<Option<Uuid>, Fault> {
    Ok(sqlx::query_scalar!(
        r#"select t.entity_id from factory.graph_nodes n
             join factory.graph_edges e on e.source_node_id = n.id and e.edge_type = 'feedback_on'
             join factory.graph_nodes t on t.id = e.target_node_id and t.entity_type = 'feature' and t.deleted_at is null
           where n.entity_type = 'feedback_item' and n.entity_id = $1 order by e.created_at, e.id limit 1"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// The description of an item as a document.
fn text(item: &Feedback) -> Value {
    let paragraphs: Vec<Value> = item
        .description
        .split("\n\n")
        .map(|p| p.replace('\n', " ").trim().to_owned())
        .filter(|p| !p.is_empty())
        .map(|p| json!({ "type": "paragraph", "content": [{ "type": "text", "text": p }] }))
        .collect();
    json!({ "type": "doc", "content": paragraphs })
}

/// Makes a work item of an item: the built-in tracker. Answers its address inside the organization.
pub(super) async fn work_item(tx: &mut TenantTx, project: &Project, item: &Feedback) -> Result<String, Fault> {
    let kind = match item.category {
        Some(Category::Bug | Category::Performance) => WorkItemType::Bug,
        Some(Category::FeatureRequest) => WorkItemType::Enhancement,
        _ => WorkItemType::Task,
    };
    let input = WorkItemInput {
        title: item.headline().chars().take(255).collect(),
        description: item.description.clone(),
        kind,
        feature_id: feature_of(tx, item.id).await?,
        ..WorkItemInput::default()
    };
    let id = work_items::create(tx, &project.slug, &input).await?.id;
    let url = format!("/factory/{}/planner?item={id}", project.slug);
    issues::keep(tx, item, Tracker::Builtin, &id.to_string(), &url).await?;
    Ok(url)
}
