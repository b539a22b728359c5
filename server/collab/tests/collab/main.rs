//! Live editing over real sockets, on real databases, between real processes.
mod editor;
mod faults;
mod server;
mod several;
mod together;
mod upkeep;

use collab::{Collab, Timing};
use kernel::{
    access::Role,
    app::App,
    testing::{Org, Person, TestDb},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use uuid::Uuid;

/// An organization with one project and its documents.
struct World {
    db: TestDb,
    org: Org,
    project: Uuid,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let org = db.org("acme").await;
        let project =
            sqlx::query_scalar("insert into factory.projects (organization_id, name, slug) values ($1, 'Shop', 'shop') returning id")
                .bind(org.id)
                .fetch_one(db.admin())
                .await
                .unwrap();
        Self { db, org, project }
    }

    async fn document(&self) -> Uuid {
        sqlx::query_scalar(
            "insert into factory.documents (organization_id, project_id, type, title, slug)
             values ($1, $2, 'technical_requirements', 'Text', gen_random_uuid()::text) returning id",
        )
        .bind(self.org.id)
        .bind(self.project)
        .fetch_one(self.db.admin())
        .await
        .unwrap()
    }

    /// A session of the holder of a role.
    async fn session(&self, role: Role) -> String {
        self.db.session(self.org.user(role)).await
    }

    async fn session_of(&self, person: &Person) -> String {
        self.db.session(person).await
    }

    /// One value of the database.
    async fn count(&self, sql: &'static str, document: Uuid) -> i64 {
        sqlx::query_scalar(sql).bind(document).fetch_one(self.db.admin()).await.unwrap()
    }
}

/// Live editing in this process, on a port of its own.
struct Server {
    address: SocketAddr,
    collab: Collab,
    documents: Arc<server::Plain>,
    _live: tokio_util::sync::DropGuard,
}

impl Server {
    async fn start(world: &World) -> Self {
        Self::with(world, world.db.app(), Timing::default()).await
    }

    async fn with(world: &World, app: App, timing: Timing) -> Self {
        let live = world.db.listen(&app).await;
        let documents = Arc::new(server::Plain::default());
        let collab = Collab::with_timing(&app, documents.clone(), timing);
        collab.hearing().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = server::router(&app);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, collab, documents, _live: live }
    }
}

/// Times for tests that wait for what takes minutes.
fn quick() -> Timing {
    let ms = Duration::from_millis;
    Timing {
        show: ms(50),
        show_latest: ms(200),
        fold_after: ms(300),
        unload_after: ms(600),
        settle_after: ms(300),
        recheck: ms(300),
        silence: ms(900),
        sweep: ms(300),
        ..Timing::default()
    }
}

/// Waits until something becomes true.
async fn eventually(what: &str, mut check: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !check().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.unwrap_or_else(|_| panic!("{what}: not in time"));
}
