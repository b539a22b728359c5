use crate::{document, feature, shop};
use factory::{
    activities::Entity,
    decisions::{self, DecisionInput},
    documents::{DocumentType, FileFormat},
    exports::{self, ExportScope},
    feed::{FeedQuery, feed},
    graph::{self, EntityKind, EntityRef},
    work_orders::{self, WorkOrderInput},
};
use kernel::{
    Code,
    access::Role,
    jobs::{self, JobRegistry},
    record::PageRequest,
};

fn said(title: &str, choice: &str) -> DecisionInput {
    DecisionInput { title: title.into(), choice: choice.into(), ..Default::default() }
}

#[tokio::test]
async fn b20_10_a_decision_is_noted_with_its_options_and_linked_onward_in_the_graph() {
    let (_db, _org, mut tx, project) = shop().await;
    let orders = feature(&mut tx, "Orders").await;
    let services = document(&mut tx, DocumentType::FoundationBlueprint, "Services").await;
    let order = work_orders::create(&mut tx, "shop", &WorkOrderInput { title: "List orders".into(), ..Default::default() }).await.unwrap();
    let input = DecisionInput {
        context: "Orders have to be found in ten years.".into(),
        options: vec!["Postgres".into(), " ".into(), "A file".into()],
        decided_on: Some("2026-03-01".parse().unwrap()),
        links: vec![
            EntityRef::new(EntityKind::Feature, orders.id),
            EntityRef::new(EntityKind::Document, services.id),
            EntityRef::new(EntityKind::WorkOrder, order.id),
        ],
        ..said("Where orders live", "Postgres: everybody knows it")
    };
    let made = decisions::create(&mut tx, "shop", &input).await.unwrap();
    assert_eq!((made.key().as_str(), made.options.len(), made.author.as_deref()), ("D-1", 2, Some("Bea")));
    let labels: Vec<_> = made.links.iter().map(|l| (l.label.as_str(), l.path.as_deref())).collect();
    assert_eq!(
        labels,
        [("Services", Some("/foundry/services")), ("F-001 Orders", Some("/features/F-001")), ("WO-1 List orders", Some("/planner/1"))]
    );
    let near = graph::connections(&mut tx, project.id, EntityRef::new(EntityKind::Feature, orders.id)).await.unwrap();
    assert!(near.iter().any(|n| n.node.kind == EntityKind::Decision && n.node.label == "Where orders live"), "{near:?}");
    // One link less, and another choice.
    let patch = DecisionInput { choice: "Postgres 18".into(), links: input.links[..1].to_vec(), ..input.clone() };
    let after = decisions::update(&mut tx, made.id, &made.rev, &patch).await.unwrap();
    assert_eq!((after.links.len(), after.choice.as_str()), (1, "Postgres 18"));
    assert_eq!(decisions::update(&mut tx, made.id, "0", &patch).await.unwrap_err().code, Code::Stale);
    decisions::create(&mut tx, "shop", &DecisionInput { decided_on: Some("2026-02-01".parse().unwrap()), ..said("Earlier", "Yes") })
        .await
        .unwrap();
    decisions::create(&mut tx, "shop", &said("Today", "No")).await.unwrap();
    // The last one first, by pages.
    let mut titles = Vec::new();
    let mut page = PageRequest { after: None, limit: Some(1) };
    loop {
        let found = decisions::page(&mut tx, "shop", &page).await.unwrap();
        assert_eq!(found.total_count, 3);
        titles.extend(found.items.into_iter().map(|d| d.title));
        match found.next {
            Some(after) => page.after = Some(after),
            None => break,
        }
    }
    assert_eq!(titles, ["Today", "Where orders live", "Earlier"]);
    // Taken out and brought back, with its links.
    decisions::remove(&mut tx, after.id, &after.rev).await.unwrap();
    assert_eq!(decisions::get(&mut tx, "shop", after.id).await.unwrap_err().code, Code::NotFound);
    let back = decisions::restore(&mut tx, after.id).await.unwrap();
    assert_eq!((back.number, back.links.len()), (1, 1));
    let lines =
        feed(&mut tx, "shop", &FeedQuery { kind: Some(Entity::Decision), who: None }, &PageRequest { after: None, limit: Some(50) })
            .await
            .unwrap();
    assert_eq!(lines.rows.len(), 6);
    assert_eq!(lines.rows[0].path.as_deref(), Some("/decisions"));
}

#[tokio::test]
async fn b20_10_what_is_wrong_is_refused_and_others_read_no_decisions() {
    let (db, org, mut tx, _) = shop().await;
    let tomorrow = tx.now().date_naive() + chrono::Days::new(5);
    let artifact = EntityRef::new(EntityKind::Artifact, uuid::Uuid::from_u128(7));
    let nowhere = EntityRef::new(EntityKind::Feature, uuid::Uuid::from_u128(7));
    for (input, code) in [
        (said("", "Yes"), Code::Validation),
        (said("What", " "), Code::Validation),
        (DecisionInput { decided_on: Some(tomorrow), ..said("What", "Yes") }, Code::Validation),
        (DecisionInput { options: vec!["o".into(); 21], ..said("What", "Yes") }, Code::Validation),
        (DecisionInput { links: vec![artifact], ..said("What", "Yes") }, Code::Validation),
    ] {
        assert_eq!(decisions::create(&mut tx, "shop", &input).await.unwrap_err().code, code);
    }
    let made = decisions::create(&mut tx, "shop", &said("What", "Yes")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = org.tx(Role::Member).await;
    let fault = decisions::create(&mut tx, "shop", &DecisionInput { links: vec![nowhere], ..said("What", "Yes") }).await.unwrap_err();
    assert_eq!(fault.code, Code::NotFound);
    drop(tx);
    let other = db.org("other").await;
    let mut tx = other.tx(Role::Admin).await;
    assert_eq!(decisions::page(&mut tx, "shop", &PageRequest::default()).await.unwrap_err().code, Code::NotFound);
    assert_eq!(decisions::remove(&mut tx, made.id, &made.rev).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn b20_10_decisions_are_exported_with_the_project() {
    let (db, org, mut tx, _) = shop().await;
    let input =
        DecisionInput { options: vec!["A file".into()], context: "Found in ten years.".into(), ..said("Where orders live", "Postgres") };
    decisions::create(&mut tx, "shop", &input).await.unwrap();
    exports::start(&mut tx, "shop", ExportScope::Project, FileFormat::Md).await.unwrap();
    tx.commit().await.unwrap();
    let mut registry = JobRegistry::new();
    factory::register(&mut registry);
    assert_eq!(jobs::drain(&db.app(), &registry).await.unwrap().failed, []);
    let mut tx = org.tx(Role::Member).await;
    let spec: String = sqlx::query_scalar("select content from factory.project_specs").fetch_one(tx.conn()).await.unwrap();
    for part in ["# Decisions", "D-1 Where orders live", "Found in ten years.", "A file", "Postgres"] {
        assert!(spec.contains(part), "{part} is not in\n{spec}");
    }
}
