use crate::{document, feature, input, of_feature, paragraphs, say, shop};
use factory::documents::{self, DocumentArea, DocumentInput, DocumentPatch, DocumentType};
use kernel::{
    Code,
    access::{Actor, ActorKind, Role},
};
use serde_json::json;

#[tokio::test]
async fn each_of_the_six_types_is_created_and_listed_in_its_area() {
    let (_db, _org, mut tx, _) = shop().await;
    let login = feature(&mut tx, "Login").await;
    for kind in DocumentType::ALL {
        match kind.of_feature() {
            true => of_feature(&mut tx, kind, &login).await,
            false => document(&mut tx, kind, kind.words()).await,
        };
    }
    for area in [DocumentArea::Refinery, DocumentArea::Foundry] {
        let tree = documents::tree(&mut tx, "shop", area).await.unwrap();
        let mut kinds: Vec<_> = tree.documents.iter().map(|d| d.kind).collect();
        kinds.sort_unstable();
        let mut wanted = area.types();
        wanted.sort_unstable();
        assert_eq!(kinds, wanted);
        assert_eq!((tree.features.len(), tree.cut, tree.deleted), (1, false, 0));
    }
    let detail = documents::by_slug(&mut tx, "shop", DocumentArea::Refinery, "login").await.unwrap();
    assert_eq!((detail.document.title.as_str(), detail.feature.unwrap().key.as_str()), ("Login", "F-001"));
    assert_eq!(detail.partner.unwrap().kind, DocumentType::FeatureBlueprint);
}

#[tokio::test]
async fn bad_input_is_named() {
    let (_db, _org, mut tx, _) = shop().await;
    let login = feature(&mut tx, "Login").await;
    let overview = DocumentType::ProductOverview;
    for (title, message) in [(" ", "is required"), (&"x".repeat(501), "has 501 characters; the most is 500")] {
        let fault = documents::create(&mut tx, "shop", &input(overview, title)).await.unwrap_err();
        assert_eq!((fault.code, fault.fields["title"].as_str()), (Code::Validation, message));
    }
    assert!(documents::create(&mut tx, "shop", &input(overview, &"x".repeat(500))).await.is_ok());
    let fault = documents::create(&mut tx, "shop", &input(DocumentType::FeatureBlueprint, "x")).await.unwrap_err();
    assert_eq!((fault.code, fault.code.status()), (Code::FeatureRequired, 422));
    let with_feature = DocumentInput { feature_id: Some(login.id), ..input(overview, "x") };
    assert_eq!(documents::create(&mut tx, "shop", &with_feature).await.unwrap_err().code, Code::Validation);
    let diagram = document(&mut tx, DocumentType::SystemDiagram, "Context").await;
    let patch = DocumentPatch { diagram_source: Some("x".repeat(100 * 1024 + 1)), ..Default::default() };
    let fault = documents::update(&mut tx, diagram.id, &diagram.rev, &patch).await.unwrap_err();
    assert_eq!((fault.code, fault.fields["diagram_source"].as_str()), (Code::Validation, "has 101 KB; the most is 100 KB"));
}

#[tokio::test]
async fn a_second_blueprint_of_a_feature_is_refused_with_the_way_to_the_first() {
    let (_db, _org, mut tx, _) = shop().await;
    let login = feature(&mut tx, "Login").await;
    let first = of_feature(&mut tx, DocumentType::FeatureBlueprint, &login).await;
    let again = DocumentInput { feature_id: Some(login.id), ..input(DocumentType::FeatureBlueprint, "") };
    let fault = documents::create(&mut tx, "shop", &again).await.unwrap_err();
    assert_eq!((fault.code, fault.code.status()), (Code::DocumentExists, 409));
    assert_eq!(fault.details.as_deref().unwrap(), &json!({ "id": first.id, "slug": "login", "path": "/foundry/login" }));
    // Deleted, it makes room; and does not come back beside its successor.
    documents::remove(&mut tx, first.id, &first.rev).await.unwrap();
    let second = documents::create(&mut tx, "shop", &again).await.unwrap();
    assert_eq!(second.slug, "login-2", "deleted rows count");
    assert_eq!(documents::restore(&mut tx, first.id).await.unwrap_err().code, Code::DocumentExists);
}

#[tokio::test]
async fn slugs_count_on_over_all_types_of_an_area() {
    let (_db, _org, mut tx, _) = shop().await;
    let first = document(&mut tx, DocumentType::ProductOverview, "Größe & Co.").await;
    let second = document(&mut tx, DocumentType::TechnicalRequirements, "gr e  co").await;
    let third = document(&mut tx, DocumentType::ProductOverview, "日本語").await;
    let other = document(&mut tx, DocumentType::FoundationBlueprint, "gr e co").await;
    assert_eq!([first.slug, second.slug, third.slug, other.slug], ["gr-e-co", "gr-e-co-2", "item", "gr-e-co"]);
}

#[tokio::test]
async fn a_title_changes_under_its_version_and_typing_does_not_end_it() {
    let (_db, _org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    say(&mut tx, now.id, &paragraphs(&["typed meanwhile"])).await;
    let titled = |title: &str| DocumentPatch { title: Some(title.into()), ..Default::default() };
    let after = documents::update(&mut tx, now.id, &now.rev, &titled("Vision")).await.unwrap();
    assert_eq!((after.title.as_str(), after.slug.as_str()), ("Vision", "overview"), "links hold");
    let fault = documents::update(&mut tx, now.id, &now.rev, &titled("Goal")).await.unwrap_err();
    assert_eq!(fault.code, Code::Stale);
    assert_eq!(fault.details.unwrap()["current"]["title"], "Vision");
    assert_eq!(documents::update(&mut tx, now.id, &after.rev, &titled("")).await.unwrap_err().fields["title"], "is required");
}

#[tokio::test]
async fn documents_are_put_in_order() {
    let (_db, _org, mut tx, _) = shop().await;
    let mut made = Vec::new();
    for title in ["A", "B", "C"] {
        made.push(document(&mut tx, DocumentType::FoundationBlueprint, title).await);
    }
    documents::place(&mut tx, made[2].id, &made[2].rev, None).await.unwrap();
    documents::place(&mut tx, made[0].id, &made[0].rev, Some(made[1].id)).await.unwrap();
    let tree = documents::tree(&mut tx, "shop", DocumentArea::Foundry).await.unwrap();
    assert_eq!(tree.documents.iter().map(|d| d.title.as_str()).collect::<String>(), "CBA");
    let other = document(&mut tx, DocumentType::SystemDiagram, "D").await;
    let b = documents::get(&mut tx, made[1].id).await.unwrap();
    let fault = documents::place(&mut tx, b.id, &b.rev, Some(other.id)).await.unwrap_err();
    assert_eq!(fault.fields["after"], "is no document of this type");
}

#[tokio::test]
async fn a_deleted_document_is_shown_as_such_and_comes_back() {
    let (_db, _org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    say(&mut tx, now.id, &paragraphs(&["kept"])).await;
    let gone = documents::remove(&mut tx, now.id, &now.rev).await.unwrap();
    assert!(gone.deleted);
    assert_eq!(documents::get(&mut tx, now.id).await.unwrap_err().code, Code::NotFound);
    let seen = documents::by_slug(&mut tx, "shop", DocumentArea::Refinery, "overview").await.unwrap();
    assert!(seen.document.deleted && !seen.may_write && seen.html.contains("kept"));
    assert_eq!(documents::deleted(&mut tx, "shop").await.unwrap()[0].id, now.id);
    assert_eq!(documents::tree(&mut tx, "shop", DocumentArea::Refinery).await.unwrap().deleted, 1);
    let back = documents::restore(&mut tx, now.id).await.unwrap();
    assert!(!back.deleted);
    assert_eq!(documents::restore(&mut tx, now.id).await.unwrap(), back, "a second time changes nothing");
}

#[tokio::test]
async fn others_find_nothing_and_readers_write_nothing() {
    let (db, org, mut tx, project) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    tx.commit().await.unwrap();
    let mut other = db.org("other").await.tx(Role::Owner).await;
    assert_eq!(documents::get(&mut other, now.id).await.unwrap_err().code, Code::NotFound);
    assert_eq!(documents::update(&mut other, now.id, &now.rev, &DocumentPatch::default()).await.unwrap_err().code, Code::NotFound);
    assert_eq!(documents::tree(&mut other, "shop", DocumentArea::Refinery).await.unwrap_err().code, Code::NotFound);
    let key =
        |scope: &str, project| Actor { kind: ActorKind::ApiKey, scopes: Some(vec![scope.into()]), project, ..Actor::system(Some(org.id)) };
    let mut reader = org.tx_as(key("mcp:read", None)).await;
    assert!(documents::get(&mut reader, now.id).await.is_ok());
    assert_eq!(documents::remove(&mut reader, now.id, &now.rev).await.unwrap_err().code, Code::Forbidden);
    let mut elsewhere = org.tx_as(key("mcp:write", Some(uuid::Uuid::new_v4()))).await;
    assert_eq!(documents::get(&mut elsewhere, now.id).await.unwrap_err().code, Code::NotFound);
    assert_eq!(documents::remove(&mut elsewhere, now.id, &now.rev).await.unwrap_err().code, Code::NotFound);
    drop((reader, elsewhere));
    let mut tx = org.tx(Role::Admin).await;
    factory::projects::archive(&mut tx, project.id, &project.rev).await.unwrap();
    assert_eq!(documents::remove(&mut tx, now.id, &now.rev).await.unwrap_err().code, Code::ProjectArchived);
}
