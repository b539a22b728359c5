//! Phases, work orders, work items and tests against a real Postgres, as their users.
mod activity;
mod coverage;
mod draft;
mod extraction;
mod items;
mod lists;
mod orders;
mod phasing;
mod reports;

use factory::{
    features::{self, Feature, FeatureInput},
    projects::{Project, ProjectInput},
    work_orders::{self, WorkOrder, WorkOrderInput, WorkOrderStatus},
};
use kernel::{
    access::{Actor, ActorKind, Role},
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

async fn order(tx: &mut TenantTx, title: &str) -> WorkOrder {
    work_orders::create(tx, "shop", &WorkOrderInput { title: title.into(), ..Default::default() }).await.unwrap()
}

/// Moves a work order along, as a person.
async fn walk(tx: &mut TenantTx, mut at: WorkOrder, path: &[WorkOrderStatus]) -> WorkOrder {
    for next in path {
        at = work_orders::move_to(tx, at.id, &at.rev, *next, false).await.unwrap();
    }
    at
}

async fn feature(tx: &mut TenantTx, name: &str, criteria: &str) -> Feature {
    let input = FeatureInput { name: name.into(), criteria: criteria.into(), ..Default::default() };
    features::create(tx, "shop", &input).await.unwrap()
}

/// A program with a key of these scopes.
fn key(org: &Org, scopes: &[&str]) -> Actor {
    Actor { kind: ActorKind::ApiKey, role: None, scopes: Some(scopes.iter().map(|s| (*s).to_owned()).collect()), ..org.actor(Role::Admin) }
}
