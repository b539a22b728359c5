use crate::{Shop, lines};
use factory::{
    code::{self, IndexReport, IndexStatus},
    graph::{self, EdgeType, EntityKind, EntityRef},
};
use kernel::{jobs::NewJob, record::PageRequest};
use std::fs;

#[tokio::test]
async fn a20_14_a_200_line_file_gives_3_chunks_a_rerun_processes_0_and_one_change_1() {
    let mut shop = Shop::indexed(|repo| {
        repo.put("notes.txt", lines(200)).put("src/main.rs", "fn main() { println!(\"a line that is long enough\"); }\n");
    })
    .await;
    let chunks: Vec<(i32, i32)> = sqlx::query_as(
        "select k.start_line, k.end_line from factory.code_chunks k join factory.codebase_files f on f.id = k.file_id
         where f.file_path = 'notes.txt' order by k.start_line",
    )
    .fetch_all(shop.db.admin())
    .await
    .unwrap();
    assert_eq!(chunks, [(1, 80), (71, 150), (141, 200)]);
    assert_eq!(shop.report().await, IndexReport { files: 2, chunks: 4, processed: 2, commits: 1, ..Default::default() });

    shop.reindex().await;
    assert_eq!(shop.drain().await.failed, []);
    assert_eq!(shop.report().await, IndexReport { files: 2, chunks: 4, ..Default::default() });

    // A blueprint rests on the file: its change shows.
    let mut tx = shop.tx().await;
    let file: uuid::Uuid =
        sqlx::query_scalar("select id from factory.codebase_files where file_path = 'src/main.rs'").fetch_one(tx.conn()).await.unwrap();
    let blueprint: uuid::Uuid = sqlx::query_scalar(
        "insert into factory.documents (project_id, type, title, slug, content) values ($1, 'foundation_blueprint', 'Design', 'design', '{}') returning id",
    )
    .bind(shop.project.id)
    .fetch_one(tx.conn())
    .await
    .unwrap();
    graph::keep_document(&mut tx, blueprint).await.unwrap();
    let (file, blueprint) = (EntityRef::new(EntityKind::CodebaseFile, file), EntityRef::new(EntityKind::Document, blueprint));
    graph::link(&mut tx, shop.project.id, file, EdgeType::Implements, blueprint).await.unwrap();
    tx.commit().await.unwrap();

    shop.repo.put("src/main.rs", "fn main() { println!(\"another line that is long enough\"); }\n").commit("main", "Second");
    shop.reindex().await;
    assert_eq!(shop.drain().await.failed, []);
    assert_eq!(shop.report().await, IndexReport { files: 2, chunks: 4, processed: 1, commits: 1, ..Default::default() });
    let alerts: Vec<(String, String)> =
        sqlx::query_as("select drift_type, status from factory.drift_alerts").fetch_all(shop.db.admin()).await.unwrap();
    assert_eq!(alerts, [("code_drift".to_owned(), "open".to_owned())]);
}

#[tokio::test]
async fn a_file_hash_is_gits_and_what_is_binary_or_left_out_is_not_in_the_index() {
    let shop = Shop::indexed(|repo| {
        repo.put("hello.txt", "hello\n")
            .put("picture.png", b"\x89PNG\0")
            .put("node_modules/x.js", "x")
            .put("Cargo.lock", "x")
            .put(".env", "x");
    })
    .await;
    let hashes: Vec<(String, String)> = sqlx::query_as("select file_path, file_hash from factory.codebase_files where not skipped")
        .fetch_all(shop.db.admin())
        .await
        .unwrap();
    assert_eq!(hashes, [("hello.txt".to_owned(), "ce013625030ba8dba906f756967f9e9ca394464a".to_owned())]);
    assert_eq!((shop.report().await.skipped, shop.connection().await.files), (1, 1));
    // It is known all the same, and not read again.
    shop.reindex().await;
    shop.drain().await;
    assert_eq!(shop.report().await.processed, 0);
}

#[tokio::test]
async fn a_removed_file_goes_with_its_chunks() {
    let mut shop = Shop::indexed(|repo| {
        repo.put("a.txt", "a").put("b.txt", "b");
    })
    .await;
    shop.repo.remove("b.txt").commit("main", "Second");
    shop.reindex().await;
    shop.drain().await;
    let report = shop.report().await;
    assert_eq!((report.files, report.chunks, report.removed), (1, 1, 1));
    assert_eq!(code::file(&mut shop.tx().await, "shop", "b.txt").await.unwrap_err().code, kernel::Code::NotFound);
}

#[tokio::test]
async fn a_failed_file_keeps_its_old_chunks_and_more_than_a_tenth_fails_the_run() {
    let mut shop = Shop::indexed(|repo| {
        repo.put("bad.txt", "as it was");
        for n in 0..20 {
            repo.put(&format!("f{n:02}.txt"), format!("file {n}"));
        }
    })
    .await;
    // Twenty-one files change, the bytes of one are lost.
    for n in 0..20 {
        shop.repo.put(&format!("f{n:02}.txt"), format!("file {n} changed"));
    }
    shop.repo.put("bad.txt", "as it is").commit("main", "Second");
    shop.repo.lose(b"as it is");
    shop.reindex().await;
    assert_eq!(shop.drain().await.failed, []);
    let report = shop.report().await;
    assert_eq!((report.processed, report.failed), (20, 1));
    let text = async || {
        let all: Vec<String> = sqlx::query_scalar(
            "select k.content from factory.code_chunks k join factory.codebase_files f on f.id = k.file_id where f.file_path = 'bad.txt'",
        )
        .fetch_all(shop.db.admin())
        .await
        .unwrap();
        all
    };
    assert_eq!(text().await, ["as it was"]);
    // Now it is the only one that is left to do: all of it fails.
    shop.reindex().await;
    assert_eq!(shop.drain().await.failed.len(), 1);
    assert_eq!(text().await, ["as it was"]);
    assert_eq!(shop.connection().await.status, IndexStatus::Indexing);
}

#[tokio::test]
async fn a_run_that_fails_for_good_keeps_the_index_and_says_why() {
    let mut shop = Shop::indexed(|repo| {
        repo.put("a.rs", "pub fn remembered_function() -> u32 { 1 + 2 + 3 + 4 }\n");
    })
    .await;
    shop.repo.put("a.rs", "pub fn rewritten_function() -> u32 { 1 + 2 + 3 + 4 }\n").rewrite("main", "Again");
    // Nobody asked for the new history: the poll did.
    let mut tx = shop.db.app().db.begin_server().await.unwrap();
    kernel::jobs::enqueue(&mut tx, NewJob::new(code::POLL, serde_json::Value::Null)).await.unwrap();
    tx.commit().await.unwrap();
    let drained = shop.drain().await;
    assert_eq!(drained.failed.len(), 1);
    let connection = shop.connection().await;
    assert_eq!(connection.status, IndexStatus::Failed);
    assert!(connection.error.unwrap().starts_with("The history of main was rewritten"));
    assert!(shop_has(&shop, "remembered_function").await);
    // A person does.
    shop.reindex().await;
    assert_eq!(shop.drain().await.failed, []);
    assert!(shop_has(&shop, "rewritten_function").await);

    fs::rename(shop.repo.path(), shop.repo.root().join("gone.git")).unwrap();
    shop.reindex().await;
    assert_eq!(shop.drain().await.failed.len(), 1);
    let connection = shop.connection().await;
    assert_eq!((connection.status, connection.files), (IndexStatus::Failed, 1));
    assert!(shop_has(&shop, "rewritten_function").await);
}

async fn shop_has(shop: &Shop, name: &str) -> bool {
    sqlx::query_scalar("select exists (select from factory.code_chunks where name = $1)")
        .bind(name)
        .fetch_one(shop.db.admin())
        .await
        .unwrap()
}

#[tokio::test]
async fn who_asks_twice_gets_one_run_and_who_asks_while_one_works_gets_one_more_after_it() {
    let mut shop = Shop::indexed(|repo| {
        repo.put("a.txt", "a");
    })
    .await;
    shop.reindex().await;
    shop.reindex().await;
    assert_eq!(shop.drain().await.ran, ["factory.codebase_index"]);

    // A run works and waits for a table that we hold.
    shop.repo.put("a.txt", "b").commit("main", "Second");
    shop.reindex().await;
    let mut held = shop.db.admin().begin().await.unwrap();
    sqlx::query("lock table factory.codebase_files in exclusive mode").execute(&mut *held).await.unwrap();
    let asks = async {
        let works = "select exists (select from factory.job_runs r join factory.codebase_connections c using (project_id)
           where r.job_type = 'codebase_index' and r.status = 'running' and c.index_status = 'indexing')";
        while !sqlx::query_scalar::<_, bool>(works).fetch_one(&mut *held).await.unwrap() {}
        shop.reindex().await;
        shop.reindex().await;
        held.commit().await.unwrap();
    };
    let (drained, ()) = tokio::join!(shop.drain(), asks);
    assert_eq!(drained.ran, ["factory.codebase_index"; 2]);
    assert_eq!(shop.report().await.processed, 0);
    assert_eq!(shop.connection().await.status, IndexStatus::Completed);
}

#[tokio::test]
async fn a_run_that_was_killed_shows_as_failed_and_does_not_stand_in_the_way() {
    let shop = Shop::indexed(|repo| {
        repo.put("a.txt", "a");
    })
    .await;
    shop.reindex().await;
    sqlx::query("update factory.codebase_connections set index_status = 'indexing'").execute(shop.db.admin()).await.unwrap();
    sqlx::query("update core.jobs set status = 'dead', last_error = 'The worker was lost.' where kind = 'factory.codebase_index' and status = 'queued'")
        .execute(shop.db.admin())
        .await
        .unwrap();
    let connection = shop.connection().await;
    assert_eq!((connection.status, connection.error.as_deref()), (IndexStatus::Failed, Some("The worker was lost.")));
    shop.reindex().await;
    assert_eq!(shop.drain().await.ran, ["factory.codebase_index"]);
    assert_eq!(shop.connection().await.status, IndexStatus::Completed);
}

#[tokio::test]
async fn b20_06_commits_are_kept_once_with_the_work_orders_and_features_they_name() {
    let mut shop = Shop::new().await;
    let mut tx = shop.tx().await;
    let feature = factory::features::FeatureInput { name: "Checkout".into(), ..Default::default() };
    let feature = factory::features::create(&mut tx, "shop", &feature).await.unwrap();
    tx.commit().await.unwrap();
    let order: uuid::Uuid = sqlx::query_scalar(
        "insert into factory.work_orders (organization_id, project_id, number, title, sort_order) values ($1, $2, 12, 'Pay', 1024) returning id",
    )
    .bind(shop.org.id)
    .bind(shop.project.id)
    .fetch_one(shop.db.admin())
    .await
    .unwrap();
    shop.repo.put("a.txt", "1\n2\n").commit("main", "First");
    shop.repo
        .put("a.txt", "1\n2\n3\n")
        .commit("main", &format!("Pay by card\n\nCloses WO-012, part of {}; not WO-99", feature.key.to_lowercase()));
    shop.connect().await;
    shop.drain().await;
    let page = code::commits(&mut shop.tx().await, "shop", &PageRequest { after: None, limit: Some(1) }).await.unwrap();
    let commit = &page.rows[0];
    assert_eq!((commit.additions, commit.deletions, commit.files_changed, commit.branch.as_deref()), (1, 0, 1, Some("main")));
    assert_eq!((&commit.work_order_ids[..], &commit.feature_ids[..]), (&[order][..], &[feature.id][..]));
    let rest = code::commits(&mut shop.tx().await, "shop", &PageRequest { after: page.next, limit: Some(5) }).await.unwrap();
    assert_eq!((rest.rows.len(), rest.rows[0].message.as_str(), rest.rows[0].work_order_ids.len()), (1, "First", 0));
    shop.reindex().await;
    shop.drain().await;
    assert_eq!(shop.report().await.commits, 0);
}
