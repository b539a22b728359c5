//! The organization half of chapter 10 against a real Postgres, as `app_user`.
mod admin;
mod audit;
mod invitations;
mod keys;
mod members;
mod notices;
mod organizations;
mod privacy;

use core_area::register;
use kernel::{
    app::App,
    jobs::{self, Drained, JobRegistry},
};

/// Runs every due job of the area, mail included.
async fn drain(app: &App) -> Drained {
    let mut registry = JobRegistry::new();
    register(&mut registry);
    kernel::mail::register(&mut registry);
    let drained = jobs::drain(app, &registry).await.expect("the queue");
    assert_eq!(drained.failed, [], "a job failed");
    drained
}
