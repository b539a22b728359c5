//! Indexing and searching 5,000 files: `cargo bench -p factory --features ssr --bench code -- [FOLDER]`.
//!
//! It needs the Postgres of the tests (`MILLRACE_TEST_DATABASE_URL`). The files are those of the folder that have a grammar,
//! spread evenly; without a folder the sources of this workspace, again and again. Recall compares the ten best of
//! `factory.code_hits` with the ten nearest vectors of a scan over all chunks: a hit is one at least as near as the tenth of these.
use factory::code::{self, CodeQuery, ConnectInput};
use indexing::{embed, testing::TestRepo};
use kernel::{
    access::Role,
    jobs::{JobRegistry, drain},
    testing::TestDb,
};
use sqlx::Row;
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use uuid::Uuid;

const FILES: usize = 5_000;
const QUESTIONS: usize = 100;

#[tokio::main]
async fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let folder = folder.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), PathBuf::from);
    let mut repo = TestRepo::new();
    stage(&mut repo, &folder);
    let mut said = Instant::now();
    let mut say = |what: &str| {
        println!("{what}: {:.2} s", said.elapsed().as_secs_f64());
        said = Instant::now();
    };
    repo.commit("main", "All");
    say("the repository is written");
    let root = repo.root().to_owned();
    let db = TestDb::with(|config| config.git.root = root).await;
    let org = db.org("acme").await;
    let mut registry = JobRegistry::new();
    factory::register(&mut registry);
    let mut tx = org.tx(Role::Admin).await;
    let project = factory::projects::ProjectInput { name: "Shop".into(), ..Default::default() };
    let project = factory::projects::create(&mut tx, &project).await.expect("a project").id;
    let input = ConnectInput { location: TestRepo::NAME.into(), ..Default::default() };
    code::connect(&mut tx, "shop", &input).await.expect("a connection");
    tx.commit().await.expect("a commit");
    say("the rest is made ready");
    let drained = drain(&db.app(), &registry).await.expect("the queue");
    assert!(drained.failed.is_empty(), "{drained:?}");
    say("indexed");
    let mut tx = org.tx(Role::Admin).await;
    let connection = code::reindex(&mut tx, "shop").await.expect("a run");
    println!("{} files, {} chunks", connection.files, connection.chunks);
    tx.commit().await.expect("a commit");
    drain(&db.app(), &registry).await.expect("the queue");
    say("indexed again, nothing changed");
    // What autovacuum does a minute later.
    for table in ["code_chunks", "codebase_files"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("vacuum analyze factory.{table}"))).execute(db.admin()).await.expect("a vacuum");
    }
    say("vacuumed");

    let questions = questions(&db).await;
    let (mut found, mut wanted) = (0, 0);
    let (mut near, mut whole) = (Vec::new(), Vec::new());
    let mut tx = org.tx(Role::Member).await;
    for question in &questions {
        let vector = embed::builtin(question);
        let exact: Vec<f32> = sqlx::query_scalar("select (1 - (embedding <=> $1::real[]::vector))::real from factory.code_chunks order by embedding <=> $1::real[]::vector limit 10")
            .bind(&vector)
            .fetch_all(db.admin())
            .await
            .expect("a scan");
        let begun = Instant::now();
        let hits = sqlx::query("select cosine from factory.code_hits($1, '{}', $2, $3, $4, 0, null, null, null, 10)")
            .bind(project)
            .bind(&vector)
            .bind(embed::sketch(&vector))
            .bind(embed::BUILTIN)
            .fetch_all(tx.conn())
            .await
            .expect("hits");
        near.push(begun.elapsed());
        let tenth = exact.last().copied().unwrap_or_default() - 1e-6;
        wanted += exact.len();
        found += hits.iter().filter(|hit| hit.get::<f32, _>(0) >= tenth).count();
        let query = CodeQuery { q: question.chars().take(400).collect(), ..Default::default() };
        let begun = Instant::now();
        code::search(&mut tx, "shop", &query).await.expect("a search");
        whole.push(begun.elapsed());
    }
    #[expect(clippy::cast_precision_loss, reason = "for reading")]
    let recall = found as f64 / wanted as f64;
    println!("recall@10 of the nearest: {recall:.4}");
    println!("the nearest: {}", spread(&mut near));
    println!("search by words and vectors: {}", spread(&mut whole));
}

fn spread(times: &mut [Duration]) -> String {
    times.sort();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    format!("p50 {:.1} ms, p95 {:.1} ms", at(50), at(95))
}

/// Half are a few words in a row of some chunk, half are whole chunks.
async fn questions(db: &TestDb) -> Vec<String> {
    let rows: Vec<(Uuid, String)> = sqlx::query_as("select id, content from factory.code_chunks order by md5(content) limit $1")
        .bind(QUESTIONS as i64)
        .fetch_all(db.admin())
        .await
        .expect("chunks");
    rows.into_iter()
        .enumerate()
        .map(|(n, (_, content))| {
            let words = embed::tokens(&content);
            let few = &words[words.len() / 2..];
            if n % 2 == 0 || few.len() < 2 { content } else { few[..few.len().min(2 + n % 5)].join(" ") }
        })
        .collect()
}

fn stage(repo: &mut TestRepo, folder: &Path) {
    let mut files = Vec::new();
    gather(folder, folder, &mut files);
    assert!(!files.is_empty(), "no sources in {}", folder.display());
    files.sort();
    let step = (files.len() / FILES).max(1);
    for n in 0..FILES {
        let name = &files[(n * step) % files.len()];
        let Ok(bytes) = fs::read(folder.join(name)) else { continue };
        repo.put(&format!("part_{}/{name}", n * step / files.len()), bytes);
    }
}

fn gather(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && !indexing::skip::folder(&entry.file_name().to_string_lossy()) {
            gather(root, &path, found);
        } else if !is_folder && !indexing::skip::path(&name) && indexing::language::of(&name).is_some_and(|l| l.grammar.is_some()) {
            found.push(name);
        }
    }
}
