//! Search and artifacts against a real Postgres.
mod artifacts;
mod search;

use factory::projects::{Project, ProjectInput};
use kernel::{
    access::Role,
    db::TenantTx,
    jobs::{self, Drained, JobRegistry},
    testing::{Org, TestDb},
};

/// An organization with one active project "Shop", committed.
struct Shop {
    db: TestDb,
    org: Org,
    project: Project,
}

impl Shop {
    async fn new() -> Self {
        Self::on(TestDb::new().await).await
    }

    async fn on(db: TestDb) -> Self {
        let org = db.org("acme").await;
        let mut tx = org.tx(Role::Admin).await;
        let project = project(&mut tx, "Shop").await;
        tx.commit().await.unwrap();
        Self { db, org, project }
    }

    async fn tx(&self) -> TenantTx {
        self.org.tx(Role::Member).await
    }

    /// Runs what is due.
    async fn drain(&self) -> Drained {
        let mut registry = JobRegistry::new();
        factory::register(&mut registry);
        jobs::drain(&self.db.app(), &registry).await.unwrap()
    }

    /// The same; nothing may fail.
    async fn settle(&self) {
        assert_eq!(self.drain().await.failed, []);
    }
}

async fn project(tx: &mut TenantTx, name: &str) -> Project {
    factory::projects::create(tx, &ProjectInput { name: name.into(), ..Default::default() }).await.unwrap()
}
