use crate::{feature, input, shop};
use factory::{
    documents::{self, DocumentArea, DocumentInput, DocumentType},
    features::{self, FeatureInput},
    templates::{self, Scope, TemplateInput, TemplateType},
};
use kernel::{Code, access::Role};
use serde_json::{Value, json};

fn refinery(name: &str, heading: &str, is_default: bool) -> TemplateInput {
    TemplateInput {
        kind: TemplateType::Refinery,
        name: name.into(),
        description: String::new(),
        content: json!({ "doc_type": "product_overview", "sections": [{ "heading": heading, "level": 1, "body": "" }] }),
        is_default,
    }
}

async fn overview(tx: &mut kernel::db::TenantTx, title: &str) -> String {
    let made = documents::create(tx, "shop", &DocumentInput { blank: false, ..input(DocumentType::ProductOverview, title) }).await.unwrap();
    documents::by_slug(tx, "shop", DocumentArea::Refinery, &made.slug).await.unwrap().html
}

#[tokio::test]
async fn a_template_ships_for_every_type_and_every_kind_of_requirements() {
    let (_db, _org, mut tx, project) = shop().await;
    let all = templates::list(&mut tx, Some("shop")).await.unwrap();
    assert!(all.iter().all(|t| t.scope == Scope::System));
    for kind in TemplateType::ALL {
        assert_eq!(
            all.iter().filter(|t| t.kind == kind && t.is_default).count(),
            if kind == TemplateType::Refinery { 3 } else { 1 },
            "{kind:?}"
        );
    }
    for kind in DocumentArea::Refinery.types() {
        let found = templates::resolve(&mut tx, project.id, TemplateType::Refinery, Some(kind), None).await.unwrap().unwrap();
        assert_eq!(found.doc_type(), Some(kind));
    }
    // What ships keeps the rules of its type, and is nobody's to change.
    for template in all {
        let input = TemplateInput {
            kind: template.kind,
            name: template.name,
            description: template.description.unwrap_or_default(),
            content: template.content,
            is_default: false,
        };
        templates::create(&mut tx, Some("shop"), &input).await.unwrap();
        assert_eq!(templates::update(&mut tx, template.id, &template.rev, &input).await.unwrap_err().code, Code::Forbidden);
        assert_eq!(templates::remove(&mut tx, template.id, &template.rev).await.unwrap_err().code, Code::Forbidden);
    }
}

#[tokio::test]
async fn the_default_of_the_project_counts_before_that_of_the_organization() {
    let (_db, _org, mut tx, _) = shop().await;
    assert!(overview(&mut tx, "One").await.contains("Target users"), "that of Millrace");
    templates::create(&mut tx, None, &refinery("Ours", "Everywhere", true)).await.unwrap();
    assert!(overview(&mut tx, "Two").await.contains("Everywhere"));
    let mine = templates::create(&mut tx, Some("shop"), &refinery("Mine", "Only here", true)).await.unwrap();
    assert!(overview(&mut tx, "Three").await.contains("Only here"));
    let second = templates::create(&mut tx, Some("shop"), &refinery("Second", "Newer", true)).await.unwrap();
    assert!(!templates::get(&mut tx, mine.id).await.unwrap().is_default, "one default of a scope and type");
    assert!(overview(&mut tx, "Four").await.contains("Newer"));
    templates::remove(&mut tx, second.id, &second.rev).await.unwrap();
    assert!(overview(&mut tx, "Five").await.contains("Everywhere"));
    let asked = DocumentInput { blank: false, template_id: Some(mine.id), ..input(DocumentType::ProductOverview, "Six") };
    let made = documents::create(&mut tx, "shop", &asked).await.unwrap();
    assert_eq!(made.template_id, Some(mine.id));
}

#[tokio::test]
async fn admins_write_and_promote_those_of_the_organization() {
    let (_db, org, tx, _) = shop().await;
    tx.commit().await.unwrap();
    let mut tx = org.tx(Role::Member).await;
    assert_eq!(templates::create(&mut tx, None, &refinery("Ours", "x", false)).await.unwrap_err().code, Code::Forbidden);
    let mine = templates::create(&mut tx, Some("shop"), &refinery("Mine", "x", true)).await.unwrap();
    let mine = templates::update(&mut tx, mine.id, &mine.rev, &refinery("Better", "y", true)).await.unwrap();
    assert_eq!((mine.name.as_str(), mine.scope), ("Better", Scope::Project));
    assert_eq!(templates::update(&mut tx, mine.id, "0", &refinery("Worse", "y", true)).await.unwrap_err().code, Code::Stale);
    assert_eq!(templates::promote(&mut tx, mine.id).await.unwrap_err().code, Code::Forbidden);
    tx.commit().await.unwrap();
    let mut tx = org.tx(Role::Admin).await;
    let ours = templates::promote(&mut tx, mine.id).await.unwrap();
    assert_eq!((ours.scope, ours.name.as_str(), ours.is_default), (Scope::Organization, "Better", false));
    assert_eq!(templates::promote(&mut tx, ours.id).await.unwrap_err().code, Code::Conflict);
}

#[tokio::test]
async fn content_that_is_no_template_of_its_type_is_refused() {
    let (_db, _org, mut tx, _) = shop().await;
    let cases: [(TemplateType, Value); 6] = [
        (TemplateType::Refinery, json!({ "sections": [] })),
        (TemplateType::Refinery, json!({ "doc_type": "system_diagram", "sections": [] })),
        (TemplateType::Refinery, json!({ "doc_type": "product_overview", "sections": [{ "heading": "a\nb" }] })),
        (TemplateType::Foundry, json!({ "blueprints": [{ "title": "" }] })),
        (TemplateType::PlannerExtraction, json!({ "strategy": "magic" })),
        (TemplateType::PlannerPhase, json!({ "phases": [{ "name": " " }] })),
    ];
    for (kind, content) in cases {
        let input = TemplateInput { kind, name: "x".into(), description: String::new(), content: content.clone(), is_default: false };
        let fault = templates::create(&mut tx, Some("shop"), &input).await.unwrap_err();
        assert!(fault.fields["content"].starts_with("is not a template: "), "{content} {fault:?}");
    }
}

#[tokio::test]
async fn a_blueprint_begins_with_its_template_and_the_way_to_its_requirements() {
    let (_db, _org, mut tx, _) = shop().await;
    let about = FeatureInput {
        name: "Login".into(),
        description: "People sign in.\n# Not a heading".into(),
        criteria: "A wrong password is refused".into(),
        ..Default::default()
    };
    let login = features::create(&mut tx, "shop", &about).await.unwrap();
    let of = |kind| DocumentInput { kind, title: String::new(), feature_id: Some(login.id), template_id: None, blank: false };
    documents::create(&mut tx, "shop", &of(DocumentType::FeatureRequirements)).await.unwrap();
    documents::create(&mut tx, "shop", &of(DocumentType::FeatureBlueprint)).await.unwrap();
    let requirements = documents::by_slug(&mut tx, "shop", DocumentArea::Refinery, "login").await.unwrap();
    assert!(
        requirements.html.contains("People sign in.") && requirements.html.contains("A wrong password is refused"),
        "{}",
        requirements.html
    );
    assert!(!requirements.html.contains(">Not a heading</h"));
    assert!(requirements.guide.iter().any(|g| g.heading == "User stories" && g.required));
    let blueprint = documents::by_slug(&mut tx, "shop", DocumentArea::Foundry, "login").await.unwrap();
    assert!(blueprint.html.contains("href=\"/o/acme/factory/shop/refinery/login\">@Login</a>"), "{}", blueprint.html);
    assert_eq!(blueprint.outline.iter().map(|o| o.title.as_str()).collect::<Vec<_>>()[..3], ["Summary", "Data model", "API"]);
}

#[tokio::test]
async fn a_foundry_is_initialised_once_and_then_only_what_is_missing() {
    let (_db, _org, mut tx, _) = shop().await;
    feature(&mut tx, "Login").await;
    let first = documents::initialise(&mut tx, "shop", None).await.unwrap();
    assert_eq!((first.blueprints_created, first.blueprints.len()), (7, 7));
    let again = documents::initialise(&mut tx, "shop", None).await.unwrap();
    assert_eq!((again.blueprints_created, again.blueprints), (0, first.blueprints.clone()));
    let gone = documents::get(&mut tx, first.blueprints[1].id).await.unwrap();
    documents::remove(&mut tx, gone.id, &gone.rev).await.unwrap();
    let third = documents::initialise(&mut tx, "shop", None).await.unwrap();
    assert_eq!((third.blueprints_created, third.blueprints.len()), (1, 7));
    assert_eq!(third.blueprints[1].title, gone.title);
}
