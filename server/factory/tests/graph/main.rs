//! The knowledge graph and drift against a real Postgres.
mod drift;
mod keep;
mod links;

use factory::{
    features::{Feature, FeatureInput},
    graph::{self, EdgeType, EntityKind, EntityRef},
    projects::{Project, ProjectInput},
};
use kernel::{
    access::Role,
    db::TenantTx,
    testing::{Org, TestDb},
};
use serde_json::json;
use uuid::Uuid;

/// An organization with one active project "Shop", in a transaction of its admin.
async fn shop() -> (TestDb, Org, TenantTx, Project) {
    let db = TestDb::new().await;
    let org = db.org("acme").await;
    let mut tx = org.tx(Role::Admin).await;
    let project = project(&mut tx, "Shop").await;
    (db, org, tx, project)
}

async fn project(tx: &mut TenantTx, name: &str) -> Project {
    factory::projects::create(tx, &ProjectInput { name: name.into(), ..Default::default() }).await.unwrap()
}

async fn feature(tx: &mut TenantTx, name: &str) -> Feature {
    factory::features::create(tx, "shop", &FeatureInput { name: name.into(), ..Default::default() }).await.unwrap()
}

fn text(words: &str) -> serde_json::Value {
    json!({ "type": "doc", "content": [{ "type": "paragraph", "content": [{ "type": "text", "text": words }] }] })
}

/// A document as its service leaves it, kept in the graph.
async fn document(tx: &mut TenantTx, project: Uuid, kind: &str, feature: Option<Uuid>, title: &str) -> EntityRef {
    let by = tx.actor().user;
    let id: Uuid = sqlx::query_scalar(
        "insert into factory.documents (project_id, feature_id, type, title, slug, content, created_by)
         values ($1, $2, $3, $4, $5, $6, $7) returning id",
    )
    .bind(project)
    .bind(feature)
    .bind(kind)
    .bind(title)
    .bind(title.to_lowercase().replace(' ', "-"))
    .bind(text(title))
    .bind(by)
    .fetch_one(tx.conn())
    .await
    .unwrap();
    graph::keep_document(tx, id).await.unwrap();
    EntityRef::new(EntityKind::Document, id)
}

/// Saves a version of a document.
async fn save(tx: &mut TenantTx, document: EntityRef, words: &str) {
    sqlx::query(
        "insert into factory.document_versions (document_id, version_number, content)
         select $1, coalesce(max(version_number), 0) + 1, $2 from factory.document_versions where document_id = $1",
    )
    .bind(document.id)
    .bind(text(words))
    .execute(tx.conn())
    .await
    .unwrap();
    graph::keep_document(tx, document.id).await.unwrap();
}

async fn work_order(tx: &mut TenantTx, project: Uuid, feature: Option<Uuid>, status: &str) -> EntityRef {
    let id: Uuid = sqlx::query_scalar(
        "insert into factory.work_orders (project_id, feature_id, title, status, number)
         select $1, $2, 'Work', $3, coalesce(max(number), 0) + 1 from factory.work_orders where project_id = $1 returning id",
    )
    .bind(project)
    .bind(feature)
    .bind(status)
    .fetch_one(tx.conn())
    .await
    .unwrap();
    graph::keep_work_order(tx, id).await.unwrap();
    EntityRef::new(EntityKind::WorkOrder, id)
}

/// Every edge between live nodes as "source type target", by label.
async fn edges(tx: &mut TenantTx, project: Uuid) -> Vec<String> {
    sqlx::query_scalar(
        "select coalesce(s.metadata ->> 'key', s.label) || ' ' || e.edge_type || ' ' || coalesce(t.metadata ->> 'key', t.label)
         from factory.graph_edges e join factory.graph_nodes s on s.id = e.source_node_id join factory.graph_nodes t on t.id = e.target_node_id
         where e.project_id = $1 and s.deleted_at is null and t.deleted_at is null order by 1",
    )
    .bind(project)
    .fetch_all(tx.conn())
    .await
    .unwrap()
}

fn of_feature(feature: &Feature) -> EntityRef {
    EntityRef::new(EntityKind::Feature, feature.id)
}

const BLOCKS: EdgeType = EdgeType::Blocks;
