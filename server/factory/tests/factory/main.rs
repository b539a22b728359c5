//! The services of the factory against a real Postgres, as its users.
mod counts;
mod demo;
mod features;
mod import;
mod import_inputs;
mod pages;
mod projects;
mod search;

use factory::{
    features::{Feature, FeatureInput, create},
    projects::{Project, ProjectInput},
};
use kernel::{
    access::Role,
    db::TenantTx,
    testing::{Org, TestDb},
};

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
    create(tx, "shop", &FeatureInput { name: name.into(), ..Default::default() }).await.unwrap()
}

async fn waiting(tx: &mut TenantTx, name: &str, dependencies: &str) -> Feature {
    let input = FeatureInput { name: name.into(), dependencies: dependencies.into(), ..Default::default() };
    create(tx, "shop", &input).await.unwrap()
}

async fn child(tx: &mut TenantTx, name: &str, parent: &Feature) -> Feature {
    let input = FeatureInput { name: name.into(), parent_id: Some(parent.id), ..Default::default() };
    create(tx, "shop", &input).await.unwrap()
}
