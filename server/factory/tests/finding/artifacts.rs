use crate::{Shop, project};
use bytes::Bytes;
use factory::{
    artifacts::{self, Artifact, ArtifactPatch, ArtifactQuery, FolderInput, FolderPatch, ProcessingStatus},
    graph, job_runs,
    search::{self, SearchType},
};
use kernel::{Code, access::Role, db::TenantTx, jobs, record::PageRequest, testing::TestDb};
use std::io::Write;
use uuid::Uuid;
use zip::{ZipWriter, write::SimpleFileOptions};

/// A PDF of one page that draws this line.
fn pdf(line: &str) -> Vec<u8> {
    let page = format!("BT /F1 12 Tf 72 700 Td ({line}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (n, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", n + 1));
    }
    let xref = out.len();
    out.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for place in places {
        out.push_str(&format!("{place:010} 00000 n \n"));
    }
    out.push_str(&format!("trailer << /Size {} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n", objects.len() + 1));
    out.into_bytes()
}

fn docx(body: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("word/document.xml", SimpleFileOptions::default()).unwrap();
    zip.write_all(body).unwrap();
    zip.finish().unwrap().into_inner()
}

async fn upload(shop: &Shop, name: &str, bytes: impl Into<Bytes>) -> Artifact {
    let mut tx = shop.tx().await;
    let made = artifacts::upload(&mut tx, "shop", None, name, bytes).await.unwrap();
    tx.commit().await.unwrap();
    made
}

async fn now(shop: &Shop, id: Uuid) -> artifacts::ArtifactDetail {
    artifacts::detail(&mut shop.tx().await, "shop", id).await.unwrap()
}

async fn found(shop: &Shop, q: &str) -> Vec<Uuid> {
    let hits = search::search(&mut shop.tx().await, shop.project.id, q, &[SearchType::Artifact], 20).await.unwrap();
    hits.into_iter().map(|hit| hit.id).collect()
}

async fn remove(shop: &Shop, id: Uuid) {
    let mut tx = shop.tx().await;
    artifacts::remove(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
}

async fn names(tx: &mut TenantTx, folder: &str) -> Vec<String> {
    let query = ArtifactQuery { folder: folder.into(), ..Default::default() };
    artifacts::page(tx, "shop", &query, None).await.unwrap().rows.into_iter().map(|row| row.name).collect()
}

#[tokio::test]
async fn a20_17_a_pdf_is_found_by_its_text_and_comes_back_as_it_was() {
    let shop = Shop::new().await;
    let bytes = pdf("Quarterly umbrella report");
    let made = upload(&shop, "report.pdf", bytes.clone()).await;
    assert_eq!((made.status, made.mime_type.as_str(), made.file_size), (ProcessingStatus::Pending, "application/pdf", bytes.len() as i64));
    shop.settle().await;
    let read = now(&shop, made.id).await;
    assert_eq!((read.artifact.status, read.extracted_text.as_deref()), (ProcessingStatus::Completed, Some("Quarterly umbrella report")));
    assert_eq!(read.artifact.rev, made.rev);
    let hits = search::search(&mut shop.tx().await, shop.project.id, "umbrella", &[], 20).await.unwrap();
    assert_eq!((hits[0].kind, hits[0].id), (SearchType::Artifact, made.id));
    assert_eq!(hits[0].link, format!("/artifacts?open={}", made.id));
    assert!(hits[0].snippet.contains("umbrella"), "{hits:?}");
    let mut tx = shop.tx().await;
    let file = artifacts::download(&mut tx, shop.project.id, made.id).await.unwrap();
    assert_eq!(tx.app().files.get(&file.sha256).await.unwrap(), bytes);
    let node = graph::node(&mut tx, shop.project.id, graph::EntityRef::new(graph::EntityKind::Artifact, made.id)).await;
    assert!(node.is_ok(), "{node:?}");
}

#[tokio::test]
async fn a20_17_folders_in_a_name_are_left_out_and_what_a_file_is_its_bytes_say_too() {
    let shop = Shop::new().await;
    let made = upload(&shop, "../../x.md", "# Title").await;
    assert_eq!((made.file_name.as_str(), made.name.as_str()), ("x.md", "x.md"));
    let mut tx = shop.tx().await;
    for (name, bytes) in
        [("x.exe", &b"MZ"[..]), ("x.png", b"<svg onload=alert(1)>"), ("..", b"text"), ("x.docx", b"PK\x03\x04"), ("x", b"text")]
    {
        let fault = artifacts::upload(&mut tx, "shop", None, name, bytes).await.unwrap_err();
        assert_eq!(fault.code, Code::UnsupportedMedia, "{name}");
    }
    let large = artifacts::upload(&mut tx, "shop", None, "x.txt", vec![b' '; artifacts::MAX_FILE + 1]).await.unwrap_err();
    assert_eq!(large.code, Code::TooLarge);
    // Nothing but the first was kept.
    assert_eq!(names(&mut tx, "root").await, ["x.md"]);
}

#[tokio::test]
async fn a20_17_a_zip_bomb_fails_with_a_reason_and_may_be_tried_again() {
    let shop = Shop::new().await;
    let made = upload(&shop, "bomb.docx", docx(&vec![b' '; 30_000_000])).await;
    shop.settle().await;
    let failed = now(&shop, made.id).await;
    assert_eq!((failed.artifact.status, failed.artifact.error.as_deref()), (ProcessingStatus::Failed, Some("file expands too much")));
    let mut tx = shop.tx().await;
    let again = artifacts::reprocess(&mut tx, made.id).await.unwrap();
    assert_eq!((again.status, again.error), (ProcessingStatus::Pending, None));
    assert_eq!(artifacts::reprocess(&mut tx, made.id).await.unwrap_err().code, Code::InvalidTransition);
    tx.commit().await.unwrap();
    shop.settle().await;
    assert_eq!(now(&shop, made.id).await.artifact.status, ProcessingStatus::Failed);
}

#[tokio::test]
async fn a20_17_reading_twice_changes_nothing_and_a_lost_reader_shows_as_failed() {
    let shop = Shop::new().await;
    let made = upload(&shop, "notes.md", "Remember the milk").await;
    let lost = upload(&shop, "other.md", "Remember the bread").await;
    sqlx::query("update core.jobs set status = 'dead', last_error = 'The worker was lost.' where kind = 'factory.artifact_extract' and payload ->> 'artifact' = $1")
        .bind(lost.id.to_string())
        .execute(shop.db.admin())
        .await
        .unwrap();
    shop.settle().await;
    let failed = now(&shop, lost.id).await.artifact;
    assert_eq!((failed.status, failed.error.as_deref()), (ProcessingStatus::Failed, Some("The worker was lost.")));
    let before = now(&shop, made.id).await;
    let mut tx = shop.org.system().await;
    jobs::enqueue(tx.conn(), jobs::NewJob::new("factory.artifact_extract", serde_json::json!({ "artifact": made.id }))).await.unwrap();
    tx.commit().await.unwrap();
    shop.settle().await;
    assert_eq!(now(&shop, made.id).await, before);
    assert_eq!(found(&shop, "milk").await, [made.id]);
    let runs = job_runs::list(&mut shop.tx().await, shop.project.id, &PageRequest::default()).await.unwrap().rows;
    assert_eq!(runs.iter().filter(|run| run.job_type == "artifact_extract").count(), 2);
}

#[tokio::test]
async fn a20_17_nobody_reaches_the_files_of_another_project_or_organization() {
    let shop = Shop::new().await;
    let made = upload(&shop, "notes.md", "Remember the milk").await;
    let mut tx = shop.org.tx(Role::Admin).await;
    let folder = artifacts::folder_create(&mut tx, "shop", &FolderInput { name: "Plans".into(), parent_id: None }).await.unwrap();
    let second = project(&mut tx, "Second").await;
    tx.commit().await.unwrap();
    shop.settle().await;

    let mut tx = shop.tx().await;
    let not_found = |fault: kernel::Fault| assert_eq!(fault.code, Code::NotFound, "{fault:?}");
    not_found(artifacts::detail(&mut tx, "second", made.id).await.unwrap_err());
    not_found(artifacts::download(&mut tx, second.id, made.id).await.unwrap_err());
    not_found(artifacts::folder(&mut tx, "second", folder.id).await.unwrap_err());
    not_found(artifacts::upload(&mut tx, "second", Some(folder.id), "x.md", "x").await.unwrap_err());
    let below = FolderInput { name: "Below".into(), parent_id: Some(folder.id) };
    not_found(artifacts::folder_create(&mut tx, "second", &below).await.unwrap_err());
    let query = ArtifactQuery { folder: folder.id.to_string(), ..Default::default() };
    not_found(artifacts::page(&mut tx, "second", &query, None).await.unwrap_err());
    let theirs = artifacts::upload(&mut tx, "second", None, "y.md", "y").await.unwrap();
    let patch = ArtifactPatch { folder_id: Some(Some(folder.id)), ..Default::default() };
    not_found(artifacts::update(&mut tx, theirs.id, &theirs.rev, &patch).await.unwrap_err());
    drop(tx);

    let mut rival = shop.db.org("rival").await.tx(Role::Owner).await;
    project(&mut rival, "Shop").await;
    not_found(artifacts::detail(&mut rival, "shop", made.id).await.unwrap_err());
    not_found(artifacts::remove(&mut rival, made.id).await.unwrap_err());
    not_found(artifacts::restore(&mut rival, made.id).await.unwrap_err());
    not_found(artifacts::reprocess(&mut rival, made.id).await.unwrap_err());
    not_found(artifacts::folder_remove(&mut rival, folder.id, &folder.rev).await.unwrap_err());
    assert_eq!(names(&mut rival, "").await, [""; 0]);
}

#[tokio::test]
async fn folders_hold_files_and_folders_and_never_themselves() {
    let shop = Shop::new().await;
    let made = upload(&shop, "notes.md", "text").await;
    let mut tx = shop.tx().await;
    let make = async |tx: &mut TenantTx, name: &str, parent_id| {
        artifacts::folder_create(tx, "shop", &FolderInput { name: name.into(), parent_id }).await
    };
    let plans = make(&mut tx, " Plans ", None).await.unwrap();
    let old = make(&mut tx, "Old", Some(plans.id)).await.unwrap();
    assert_eq!((plans.name.as_str(), old.parent_id), ("Plans", Some(plans.id)));
    for name in ["", &"x".repeat(256)] {
        assert_eq!(make(&mut tx, name, None).await.unwrap_err().code, Code::Validation);
    }
    for parent in [plans.id, old.id] {
        let patch = FolderPatch { parent_id: Some(Some(parent)), ..Default::default() };
        assert_eq!(artifacts::folder_update(&mut tx, plans.id, &plans.rev, &patch).await.unwrap_err().code, Code::Cycle);
    }

    let patch = ArtifactPatch { name: Some("Minutes".into()), folder_id: Some(Some(old.id)) };
    let moved = artifacts::update(&mut tx, made.id, &made.rev, &patch).await.unwrap();
    assert_eq!((moved.name.as_str(), moved.file_name.as_str(), moved.folder_id), ("Minutes", "notes.md", Some(old.id)));
    assert_eq!(artifacts::update(&mut tx, made.id, &made.rev, &patch).await.unwrap_err().code, Code::Stale);
    assert_eq!((names(&mut tx, "root").await, names(&mut tx, &old.id.to_string()).await), (vec![], vec!["Minutes".to_owned()]));
    let query = ArtifactQuery { folder: old.id.to_string(), ..Default::default() };
    let page = artifacts::page(&mut tx, "shop", &query, None).await.unwrap();
    let path: Vec<&str> = page.path.iter().map(|folder| folder.name.as_str()).collect();
    assert_eq!((path, page.total, page.everything), (vec!["Plans", "Old"], 1, 1));

    // Its files stay when a folder goes.
    let plans = artifacts::folder(&mut tx, "shop", plans.id).await.unwrap();
    artifacts::folder_remove(&mut tx, plans.id, &plans.rev).await.unwrap();
    assert_eq!(artifacts::folders(&mut tx, "shop").await.unwrap(), []);
    assert_eq!(names(&mut tx, "root").await, ["Minutes"]);
}

#[tokio::test]
async fn lists_go_by_pages_and_a_question_finds_names_at_once() {
    let shop = Shop::new().await;
    let mut tx = shop.tx().await;
    for n in 0..5 {
        artifacts::upload(&mut tx, "shop", None, &format!("file-{n}.txt"), format!("text {n}")).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut query = ArtifactQuery { folder: "root".into(), ..Default::default() };
    loop {
        let page = artifacts::page(&mut tx, "shop", &query, Some(2)).await.unwrap();
        assert_eq!(page.total, 5);
        seen.extend(page.rows.into_iter().map(|row| row.name));
        let Some(next) = page.next else { break };
        query.after = next;
    }
    seen.sort();
    assert_eq!(seen, ["file-0.txt", "file-1.txt", "file-2.txt", "file-3.txt", "file-4.txt"]);
    let query = ArtifactQuery { q: "FILE-3".into(), ..Default::default() };
    let page = artifacts::page(&mut tx, "shop", &query, None).await.unwrap();
    assert_eq!(page.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["file-3.txt"]);
}

#[tokio::test]
async fn what_was_deleted_comes_back_with_its_entry_until_its_bytes_go() {
    let shop = Shop::new().await;
    let made = upload(&shop, "notes.md", "Remember the milk").await;
    shop.settle().await;
    remove(&shop, made.id).await;
    assert_eq!(found(&shop, "milk").await, Vec::<Uuid>::new());
    assert_eq!(artifacts::download(&mut shop.tx().await, shop.project.id, made.id).await.unwrap_err().code, Code::NotFound);
    let mut tx = shop.tx().await;
    assert_eq!(artifacts::restore(&mut tx, made.id).await.unwrap().name, "notes.md");
    tx.commit().await.unwrap();
    shop.settle().await;
    assert_eq!(found(&shop, "milk").await, [made.id]);
    let what: Vec<String> =
        sqlx::query_scalar("select action from factory.activities where entity_type = 'artifact' order by created_at, id")
            .fetch_all(shop.db.admin())
            .await
            .unwrap();
    assert_eq!(what, ["created", "deleted", "restored"]);
}

#[tokio::test]
async fn bytes_go_thirty_days_after_their_last_file() {
    let shop = Shop::new().await;
    let (one, other) = (upload(&shop, "a.md", "same").await, upload(&shop, "b.md", "same").await);
    let alone = upload(&shop, "c.md", "alone").await;
    let logo = upload(&shop, "d.md", "not really a logo").await;
    let sha = |id: Uuid| {
        let shop = &shop;
        async move { artifacts::download(&mut shop.tx().await, shop.project.id, id).await.unwrap().sha256 }
    };
    let (same, single, shown) = (sha(one.id).await, sha(alone.id).await, sha(logo.id).await);
    sqlx::query("update core.organizations set logo_url = '/api/logos/' || $1").bind(&shown).execute(shop.db.admin()).await.unwrap();
    for gone in [one.id, alone.id, logo.id] {
        remove(&shop, gone).await;
    }
    let files = shop.db.app().files.clone();
    let clean = async || {
        let mut tx = shop.db.app().db.begin_server().await.unwrap();
        jobs::enqueue(&mut tx, jobs::NewJob::new(artifacts::CLEANUP, serde_json::Value::Null)).await.unwrap();
        tx.commit().await.unwrap();
        shop.settle().await;
    };
    clean().await;
    assert!(files.exists(&single).await.unwrap());
    sqlx::query("update factory.artifacts set deleted_at = deleted_at - interval '31 days' where deleted_at is not null")
        .execute(shop.db.admin())
        .await
        .unwrap();
    assert_eq!(artifacts::restore(&mut shop.tx().await, alone.id).await.unwrap_err().code, Code::NotFound);
    clean().await;
    assert!(files.exists(&shown).await.unwrap(), "the organization shows the same content");
    assert!(!files.exists(&single).await.unwrap());
    assert!(files.exists(&same).await.unwrap(), "another file has the same content");
    assert_eq!(names(&mut shop.tx().await, "root").await, ["b.md"]);
    assert_eq!(now(&shop, other.id).await.artifact.name, "b.md");
}

#[tokio::test]
async fn an_archived_project_takes_no_files() {
    let shop = Shop::on(TestDb::new().await).await;
    let mut tx = shop.org.tx(Role::Admin).await;
    let project = factory::projects::get(&mut tx, shop.project.id).await.unwrap();
    factory::projects::archive(&mut tx, project.id, &project.rev).await.unwrap();
    assert_eq!(artifacts::upload(&mut tx, "shop", None, "x.md", "x").await.unwrap_err().code, Code::ProjectArchived);
    let input = FolderInput { name: "Plans".into(), parent_id: None };
    assert_eq!(artifacts::folder_create(&mut tx, "shop", &input).await.unwrap_err().code, Code::ProjectArchived);
}
