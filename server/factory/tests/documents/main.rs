//! Refinery and foundry against a real Postgres, as its users.
mod approvals;
mod comments;
mod decisions;
mod extract;
mod files;
mod heads;
mod live;
mod names;
mod suggestions;
mod templates;
mod versions;

use factory::{
    documents::{self, Document, DocumentInput, DocumentType},
    features::{Feature, FeatureInput},
    projects::{Project, ProjectInput},
};
use kernel::{
    access::Role,
    db::TenantTx,
    testing::{Org, TestDb},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// An organization with one active project "Shop", in a transaction of its admin.
async fn shop() -> (TestDb, Org, TenantTx, Project) {
    let db = TestDb::new().await;
    let org = db.org("acme").await;
    let mut tx = org.tx(Role::Admin).await;
    let project = factory::projects::create(&mut tx, &ProjectInput { name: "Shop".into(), ..Default::default() }).await.unwrap();
    (db, org, tx, project)
}

async fn feature(tx: &mut TenantTx, name: &str) -> Feature {
    factory::features::create(tx, "shop", &FeatureInput { name: name.into(), ..Default::default() }).await.unwrap()
}

fn input(kind: DocumentType, title: &str) -> DocumentInput {
    DocumentInput { kind, title: title.into(), feature_id: None, template_id: None, blank: true }
}

/// A blank document of the project.
async fn document(tx: &mut TenantTx, kind: DocumentType, title: &str) -> Document {
    documents::create(tx, "shop", &input(kind, title)).await.unwrap()
}

/// A blank document of a feature.
async fn of_feature(tx: &mut TenantTx, kind: DocumentType, feature: &Feature) -> Document {
    documents::create(tx, "shop", &DocumentInput { feature_id: Some(feature.id), ..input(kind, "") }).await.unwrap()
}

/// A ProseMirror document of these paragraphs.
fn paragraphs(texts: &[&str]) -> Value {
    let blocks: Vec<Value> = texts.iter().map(|t| json!({ "type": "paragraph", "content": [{ "type": "text", "text": t }] })).collect();
    json!({ "type": "doc", "content": blocks })
}

/// Lets a document say something, as if it had been typed.
async fn say(tx: &mut TenantTx, id: Uuid, content: &Value) {
    documents::write(tx, id, content, None).await.unwrap();
}
