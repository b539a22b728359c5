//! The code area against a real Postgres and real repositories.
mod connect;
mod files;
mod github_app;
mod hub;
mod index;
mod own;
mod remote;
mod search;
mod webhook;

use factory::{
    code::{self, ConnectInput, Connection, IndexReport},
    projects::{Project, ProjectInput},
};
use indexing::testing::TestRepo;
use kernel::{
    access::Role,
    db::TenantTx,
    jobs::{Drained, JobRegistry, drain},
    testing::{Org, TestDb},
};

/// A project "Shop" whose operator allows the folder of one repository.
struct Shop {
    db: TestDb,
    org: Org,
    project: Project,
    repo: TestRepo,
}

impl Shop {
    async fn new() -> Self {
        let repo = TestRepo::new();
        let root = repo.root().to_owned();
        let db = TestDb::with(|config| {
            config.git.root = root;
            config.git.webhook_secret = Some("s3cret".parse().unwrap());
            config.outbound.allow_private = vec!["127.0.0.1".into()];
            config.outbound.retries = 0;
        })
        .await;
        let org = db.org("acme").await;
        let mut tx = org.tx(Role::Admin).await;
        let project = factory::projects::create(&mut tx, &ProjectInput { name: "Shop".into(), ..Default::default() }).await.unwrap();
        tx.commit().await.unwrap();
        Self { db, org, project, repo }
    }

    /// The same, connected and indexed.
    async fn indexed(mut change: impl FnMut(&mut TestRepo)) -> Self {
        let mut shop = Self::new().await;
        change(&mut shop.repo);
        shop.repo.commit("main", "First");
        shop.connect().await;
        shop.drain().await;
        shop
    }

    async fn tx(&self) -> TenantTx {
        self.org.tx(Role::Member).await
    }

    async fn connect(&self) -> Connection {
        let mut tx = self.org.tx(Role::Admin).await;
        let connection = code::connect(&mut tx, "shop", &input("main")).await.unwrap();
        tx.commit().await.unwrap();
        connection
    }

    async fn reindex(&self) {
        let mut tx = self.tx().await;
        code::reindex(&mut tx, "shop").await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Runs all jobs that are due.
    async fn drain(&self) -> Drained {
        let mut registry = JobRegistry::new();
        factory::register(&mut registry);
        drain(&self.db.app(), &registry).await.unwrap()
    }

    async fn connection(&self) -> Connection {
        code::connection(&mut self.tx().await, "shop").await.unwrap().unwrap()
    }

    /// What the newest run of the index did.
    async fn report(&self) -> IndexReport {
        let output: serde_json::Value = sqlx::query_scalar(
            "select output from factory.job_runs where project_id = $1 and job_type = 'codebase_index' and output is not null order by created_at desc limit 1",
        )
        .bind(self.project.id)
        .fetch_one(self.db.admin())
        .await
        .unwrap();
        serde_json::from_value(output).unwrap()
    }
}

fn input(branch: &str) -> ConnectInput {
    ConnectInput { location: TestRepo::NAME.into(), branch: branch.into(), ..Default::default() }
}

/// So many numbered lines.
fn lines(n: usize) -> String {
    (1..=n).map(|n| format!("line {n}\n")).collect()
}
