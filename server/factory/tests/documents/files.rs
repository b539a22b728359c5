use crate::{document, paragraphs, say, shop};
use factory::{
    artifacts,
    documents::{self, DocumentType, FileFormat},
    exports::{self, ExportScope},
    job_runs::JobStatus,
    versions,
};
use kernel::{
    Code,
    access::Role,
    jobs::{self, JobRegistry},
};
use std::collections::HashMap;

const TEXT: &str = "Начало\n\n# Цель 目的\n\n1. Первое\n2. Второе\n\n- [x] сделано\n- [ ] открыто\n\n## Таблица\n\n| Что | Сколько |\n| --- | --- |\n| 注文 | 3 |\n\n```rust\nfn main() {}\n```\n\n```mermaid\ngraph TD\n```";

#[tokio::test]
async fn a20_18_a_non_latin_document_goes_out_as_markdown_and_word_and_comes_back() {
    let (_db, _org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Заказы и доставка 注文").await;
    let content = richtext::markdown::parse(TEXT).unwrap();
    documents::write(&mut tx, now.id, &content.to_value(), None).await.unwrap();
    let markdown = documents::export(&mut tx, now.id, FileFormat::Md, HashMap::new()).await.unwrap();
    assert_eq!((markdown.name.as_str(), markdown.mime), ("Заказы и доставка 注文.md", "text/markdown; charset=utf-8"));
    let word = documents::export(&mut tx, now.id, FileFormat::Docx, HashMap::new()).await.unwrap();
    assert_eq!(richtext::docx::read(&word.bytes).unwrap().title.as_deref(), Some("Заказы и доставка 注文"));

    for file in [markdown, word] {
        let other = document(&mut tx, DocumentType::ProductOverview, "Copy").await;
        versions::save(&mut tx, other.id, "").await.unwrap();
        let made = versions::list(&mut tx, other.id, None, None).await.unwrap().items[0].version_number;
        let imported = documents::import(&mut tx, other.id, &file.name, file.bytes).await.unwrap();
        assert_eq!((imported.version_number, imported.change_summary), (made + 1, Some(format!("Imported {}", file.name))));
        let html = versions::get(&mut tx, other.id, imported.version_number).await.unwrap().html;
        for part in ["Цель 目的", "<ol>", "Второе", "<th", "注文", "fn main() {}", "checked"] {
            assert!(html.contains(part), "{} lost {part}: {html}", file.name);
        }
    }
}

#[tokio::test]
async fn an_import_keeps_what_was_there_as_a_version_and_sections_by_their_titles() {
    let (_db, _org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    let mut before = richtext::markdown::parse("# Goal\n\nOld").unwrap();
    before.name_sections();
    let mut value = before.to_value();
    value["content"][0]["attrs"]["sectionId"] = "aB3dE6gHiJ".into();
    say(&mut tx, now.id, &value).await;
    let made = documents::import(&mut tx, now.id, "../../notes.md", b"\xef\xbb\xbf# Goal\n\nNew\n\n# More".to_vec()).await.unwrap();
    assert_eq!((made.version_number, made.change_summary.as_deref()), (2, Some("Imported notes.md")));
    assert!(versions::get(&mut tx, now.id, 1).await.unwrap().html.contains("Old"));
    let after = versions::get(&mut tx, now.id, 2).await.unwrap();
    assert_eq!(after.content["content"][0]["attrs"]["sectionId"], "aB3dE6gHiJ");
    for (name, bytes, code) in [
        ("x.exe", b"MZ".to_vec(), Code::UnsupportedMedia),
        ("x.docx", b"no zip".to_vec(), Code::Validation),
        ("x.md", vec![0xff, 0xfe], Code::Validation),
        ("x.md", vec![b'a'; documents::MAX_IMPORT + 1], Code::TooLarge),
    ] {
        assert_eq!(documents::import(&mut tx, now.id, name, bytes).await.unwrap_err().code, code, "{name}");
    }
    assert_eq!(versions::list(&mut tx, now.id, None, None).await.unwrap().total_count, 2);
}

#[tokio::test]
async fn a_picture_belongs_to_its_project_and_stands_in_the_text() {
    let (db, org, mut tx, project) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    let png = b"\x89PNG\r\n\x1a\npicture".to_vec();
    let fault = artifacts::add_picture(&mut tx, now.id, "x.svg", b"<svg/>".to_vec()).await.unwrap_err();
    assert_eq!(fault.code, Code::UnsupportedMedia);
    let picture = artifacts::add_picture(&mut tx, now.id, "../../flow.png", png.clone()).await.unwrap();
    assert_eq!(picture.alt, "flow");
    let file = artifacts::download(&mut tx, project.id, picture.artifact_id).await.unwrap();
    assert_eq!((file.name.as_str(), file.mime.as_str()), ("flow.png", "image/png"));
    assert_eq!(tx.app().files.get(&file.sha256).await.unwrap().to_vec(), png);
    let text = serde_json::json!({ "type": "doc", "content": [
        { "type": "image", "attrs": { "src": format!("artifact:{}", picture.artifact_id), "alt": "The flow" } }] });
    say(&mut tx, now.id, &text).await;
    let html = documents::by_slug(&mut tx, "shop", documents::DocumentArea::Refinery, "overview").await.unwrap().html;
    assert!(html.contains(&artifacts::address(project.id, picture.artifact_id)), "{html}");
    tx.commit().await.unwrap();
    let mut other = db.org("other").await.tx(Role::Owner).await;
    assert_eq!(artifacts::download(&mut other, project.id, picture.artifact_id).await.unwrap_err().code, Code::NotFound);
    drop(org);
}

#[tokio::test]
async fn a_project_is_exported_by_a_job_whose_file_can_be_loaded_and_is_a_spec() {
    let (db, org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    say(&mut tx, now.id, &paragraphs(&["What it is for"])).await;
    crate::feature(&mut tx, "Orders").await;
    for format in FileFormat::ALL {
        let first = exports::start(&mut tx, "shop", ExportScope::Project, format).await.unwrap();
        assert_eq!(exports::start(&mut tx, "shop", ExportScope::Project, format).await.unwrap(), first, "one at a time");
    }
    tx.commit().await.unwrap();
    let mut registry = JobRegistry::new();
    factory::register(&mut registry);
    assert_eq!(jobs::drain(&db.app(), &registry).await.unwrap().failed, []);
    let mut tx = org.tx(Role::Member).await;
    let made = exports::list(&mut tx, "shop").await.unwrap();
    assert_eq!(made.len(), 3);
    for run in &made {
        let file = run.file.as_ref().expect("a file");
        assert!(run.status == JobStatus::Completed && file.size > 100 && file.href.starts_with("/files/"), "{run:?}");
    }
    let spec: String =
        sqlx::query_scalar("select content from factory.project_specs where version = 1").fetch_one(tx.conn()).await.unwrap();
    for part in ["# Shop", "What it is for", "Orders"] {
        assert!(spec.contains(part), "{spec}");
    }
    let exported: i64 =
        sqlx::query_scalar("select count(*) from factory.activities where action = 'exported'").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(exported, 3);
}
