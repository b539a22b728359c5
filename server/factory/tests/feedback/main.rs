//! The Validator against a real Postgres: intake, triage, decisions, issues and news outside.
mod double;
mod inbox;
mod issues;
mod news;
mod triage;
mod voting;

use factory::{
    features::{Feature, FeatureInput},
    feedback::{self, Feedback, FeedbackInput},
    projects::{Project, ProjectInput},
};
use kernel::{
    access::{Actor, ActorKind, Role},
    db::TenantTx,
    jobs::{self, JobRegistry},
    testing::{Org, TestDb},
};
use uuid::Uuid;

/// An organization with one active project "Shop", committed.
async fn shop() -> (TestDb, Org, Project) {
    let db = TestDb::new().await;
    let org = db.org("acme").await;
    let mut tx = org.tx(Role::Admin).await;
    let project = factory::projects::create(&mut tx, &ProjectInput { name: "Shop".into(), ..Default::default() }).await.unwrap();
    tx.commit().await.unwrap();
    (db, org, project)
}

fn registry() -> JobRegistry {
    let mut registry = JobRegistry::new();
    factory::register(&mut registry);
    kernel::mail::register(&mut registry);
    registry
}

/// Runs what is due; nothing may fail.
async fn run_jobs(db: &TestDb) {
    assert_eq!(jobs::drain(&db.app(), &registry()).await.unwrap().failed, []);
}

async fn feature(org: &Org, name: &str, priority: &str) -> Feature {
    let mut tx = org.tx(Role::Admin).await;
    let input = FeatureInput { name: name.into(), priority: priority.into(), ..Default::default() };
    let made = factory::features::create(&mut tx, "shop", &input).await.unwrap();
    tx.commit().await.unwrap();
    made
}

fn says(description: &str) -> FeedbackInput {
    FeedbackInput { description: description.into(), ..Default::default() }
}

fn by(description: &str, user: &str, feature: Option<&str>) -> FeedbackInput {
    FeedbackInput { external_user_id: Some(user.into()), feature: feature.map(Into::into), ..says(description) }
}

/// Takes an item in, as the holder of a role, and commits.
async fn receive(org: &Org, project: &Project, input: &FeedbackInput) -> Uuid {
    let mut tx = org.tx(Role::Member).await;
    let receipt = feedback::receive(&mut tx, project.id, input, None).await.unwrap();
    tx.commit().await.unwrap();
    receipt.id
}

async fn item(tx: &mut TenantTx, id: Uuid) -> Feedback {
    feedback::detail(tx, "shop", id).await.unwrap().item
}

/// A key of the organization with these scopes, bound to a project or to none.
async fn key(db: &TestDb, org: &Org, scopes: &[&str], project: Option<Uuid>) -> Actor {
    let user = org.user(Role::Admin).id;
    let id: Uuid = sqlx::query_scalar(
        "insert into core.api_keys (organization_id, project_id, user_id, name, key_prefix, key_hash, scopes)
         values ($1, $2, $3, 'App', substr(md5(random()::text), 1, 8), md5(random()::text), $4) returning id",
    )
    .bind(org.id)
    .bind(project)
    .bind(user)
    .bind(scopes)
    .fetch_one(db.admin())
    .await
    .unwrap();
    Actor {
        kind: ActorKind::ApiKey,
        id: Some(id),
        user: Some(user),
        role: None,
        scopes: Some(scopes.iter().map(|s| (*s).to_owned()).collect()),
        project,
        ..org.actor(Role::Admin)
    }
}
