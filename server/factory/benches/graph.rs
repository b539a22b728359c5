//! Walks over a project of 10,000 nodes and 50,000 edges: `scripts/bench graph`, or
//! `cargo bench -p factory --features ssr --bench graph` with MILLRACE_TEST_DATABASE_URL set.
use factory::{
    graph::{self, Direction, Traverse},
    projects::{self, ProjectInput},
};
use kernel::{access::Role, testing::TestDb};
use std::time::{Duration, Instant};
use uuid::Uuid;

const RUNS: usize = 40;

#[tokio::main]
async fn main() {
    let db = TestDb::new().await;
    let org = db.org("acme").await;
    let mut tx = org.tx(Role::Admin).await;
    let project = projects::create(&mut tx, &ProjectInput { name: "Large".into(), ..Default::default() }).await.expect("a project");
    tx.commit().await.expect("a commit");
    fill(&db, org.id, project.id).await;
    let starts: Vec<Uuid> = sqlx::query_scalar("select id from factory.graph_nodes where project_id = $1 order by id limit $2")
        .bind(project.id)
        .bind(RUNS as i64)
        .fetch_all(db.admin())
        .await
        .expect("nodes");
    let (mut traverse, mut impact) = (Vec::new(), Vec::new());
    for start in starts {
        let mut tx = org.tx(Role::Member).await;
        let query = Traverse { start, depth: None, direction: Direction::Both, types: Vec::new() };
        let began = Instant::now();
        graph::traverse(&mut tx, "large", &query).await.expect("a walk");
        traverse.push(began.elapsed());
        let began = Instant::now();
        graph::impact(&mut tx, "large", start).await.expect("an impact");
        impact.push(began.elapsed());
    }
    report("traverse, depth 3", traverse);
    report("impact, depth 5", impact);
}

async fn fill(db: &TestDb, org: Uuid, project: Uuid) {
    for statement in [
        "insert into factory.graph_nodes (organization_id, project_id, entity_type, entity_id, label, content_hash)
         select $1, $2, (array['feature', 'document', 'work_order', 'codebase_file'])[1 + n % 4], gen_random_uuid(), 'Node ' || n, 'h'
         from generate_series(1, 10000) n",
        "with n as (select id, row_number() over (order by label) - 1 as at from factory.graph_nodes where organization_id = $1 and project_id = $2)
         insert into factory.graph_edges (organization_id, project_id, source_node_id, target_node_id, edge_type)
         select $1, $2, a.id, b.id,
           (array['derives_from', 'shared_context', 'implements', 'references', 'blocks', 'parent_of'])[1 + x % 6]
         from generate_series(1, 50100) x
           join n a on a.at = (hashint4(x)::bigint & 2147483647) % 10000
           join n b on b.at = (hashint4(x + 777777)::bigint & 2147483647) % 10000 and b.at <> a.at
         on conflict do nothing",
    ] {
        sqlx::query(statement).bind(org).bind(project).execute(db.admin()).await.expect("rows");
    }
    sqlx::query("analyze factory.graph_nodes, factory.graph_edges").execute(db.admin()).await.expect("statistics");
}

fn report(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    println!("{name}: median {:.1} ms, 95 % under {:.1} ms", at(50), at(95));
}
