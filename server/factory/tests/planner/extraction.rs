use crate::{feature, key, project, shop};
use factory::{
    documents::{self, Document, DocumentInput, DocumentType},
    extraction::{self, Wish},
    features::Feature,
    projects::{self, ProjectStatus},
    templates::{Strategy, TemplateInput, TemplateType},
    work_orders::{self, WorkOrderQuery},
};
use kernel::{Code, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

const BLUEPRINT: &str = "# Data model\n\nA table of THINGS\n\n# API\n\nAn endpoint lists THINGS\n\n# Screens\n\nA page shows THINGS\n\n# Tests\n\nEach endpoint is tested";

async fn blueprint(tx: &mut TenantTx, of: Option<&Feature>, title: &str, text: &str) -> Document {
    let kind = if of.is_some() { DocumentType::FeatureBlueprint } else { DocumentType::FoundationBlueprint };
    let input = DocumentInput { kind, title: title.into(), feature_id: of.map(|f| f.id), template_id: None, blank: true };
    let made = documents::create(tx, "shop", &input).await.unwrap();
    let content = richtext::markdown::parse(text).unwrap().to_value();
    documents::write(tx, made.id, &content, None).await.unwrap();
    made
}

fn wish(of: &[&Document], strategy: Option<Strategy>) -> Wish {
    Wish { blueprint_ids: of.iter().map(|d| d.id).collect(), strategy, template_id: None }
}

async fn count(tx: &mut TenantTx, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(tx.conn()).await.unwrap()
}

const ORDERS: &str = "select count(*) from factory.work_orders where deleted_at is null";
const BLOCKS: &str = "select count(*) from factory.graph_edges where edge_type = 'blocks'";

/// The ids of the proposals that wait for a document.
async fn waiting(tx: &mut TenantTx, of: &Document) -> Vec<Uuid> {
    let offer = extraction::offer(tx, "shop").await.unwrap();
    offer.waiting.iter().filter(|w| w.document.id == of.id).flat_map(|w| w.open().map(|p| p.id)).collect()
}

#[tokio::test]
async fn a20_08_what_is_ticked_is_made_over_several_blueprints_and_the_rest_can_be_taken_later() {
    let (_db, _org, mut tx, _) = shop().await;
    let (orders, invoices) = (feature(&mut tx, "Orders", "").await, feature(&mut tx, "Invoices", "").await);
    let first = blueprint(&mut tx, Some(&orders), "", &BLUEPRINT.replace("THINGS", "orders")).await;
    let second = blueprint(&mut tx, Some(&invoices), "", &BLUEPRINT.replace("THINGS", "invoices")).await;
    let made = extraction::propose(&mut tx, "shop", &wish(&[&first, &second], Some(Strategy::Specialist))).await.unwrap();
    assert_eq!((made.proposals, made.suggestion_ids.len(), made.problems.len()), (8, 2, 0));
    assert_eq!(count(&mut tx, ORDERS).await, 0, "nothing before somebody ticks it");
    let of_first = waiting(&mut tx, &first).await;
    assert_eq!((of_first.len(), waiting(&mut tx, &second).await.len()), (4, 4));

    let taken = extraction::take(&mut tx, "shop", &of_first[..2]).await.unwrap();
    assert_eq!((taken.created, taken.updated, taken.left), (2, 0, 6));
    assert_eq!(count(&mut tx, BLOCKS).await, 1);
    // What is left waits, and says what became of the others.
    let offer = extraction::offer(&mut tx, "shop").await.unwrap();
    let left = offer.waiting.iter().find(|w| w.document.id == first.id).unwrap();
    assert_eq!(left.proposals.iter().filter_map(|p| p.made.as_ref().map(|w| w.number)).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(offer.blueprints.iter().map(|b| (b.orders, b.waiting)).collect::<Vec<_>>(), [(2, 2), (0, 4)]);
    let fault = extraction::take(&mut tx, "shop", &of_first[..1]).await.unwrap_err();
    assert_eq!(fault.code, Code::Conflict, "it was decided");
    // Continued later: the third waits for the second, which was made before.
    let taken = extraction::take(&mut tx, "shop", &of_first[2..]).await.unwrap();
    assert_eq!((taken.created, taken.left, count(&mut tx, BLOCKS).await), (2, 4, 3));

    // Drawn again the same titles are updates, and what waited for another blueprint waits on.
    extraction::propose(&mut tx, "shop", &wish(&[&first], Some(Strategy::Specialist))).await.unwrap();
    let again = waiting(&mut tx, &first).await;
    let offer = extraction::offer(&mut tx, "shop").await.unwrap();
    let drawn = offer.waiting.iter().find(|w| w.document.id == first.id).unwrap();
    let updates: Vec<_> = drawn.proposals.iter().filter_map(|p| p.updates.as_ref().map(|w| w.number)).collect();
    assert_eq!(updates, [1, 2, 3, 4]);
    let taken = extraction::take(&mut tx, "shop", &again).await.unwrap();
    assert_eq!((taken.created, taken.updated, count(&mut tx, ORDERS).await), (0, 4, 4));
    // Drawn again before it was decided, the earlier proposals are put aside.
    extraction::propose(&mut tx, "shop", &wish(&[&second], Some(Strategy::Specialist))).await.unwrap();
    assert_eq!(waiting(&mut tx, &second).await.len(), 4);
    let all = waiting(&mut tx, &second).await;
    assert_eq!(extraction::take(&mut tx, "shop", &all).await.unwrap().left, 0);
    assert_eq!(count(&mut tx, ORDERS).await, 8);
}

#[tokio::test]
async fn the_template_of_the_project_decides_before_those_of_organization_and_system() {
    let (_db, _org, mut tx, _) = shop().await;
    let orders = feature(&mut tx, "Orders", "").await;
    let text =
        format!("# User stories\n\n- Somebody lists orders\n- Somebody cancels an order\n\n{}", BLUEPRINT.replace("THINGS", "orders"));
    let first = blueprint(&mut tx, Some(&orders), "", &text).await;
    let made = extraction::propose(&mut tx, "shop", &wish(&[&first], None)).await.unwrap();
    assert_eq!(made.proposals, 2, "slices by default");
    let own = TemplateInput {
        kind: TemplateType::PlannerExtraction,
        name: "Ours".into(),
        description: String::new(),
        content: json!({ "strategy": "specialist" }),
        is_default: true,
    };
    let own = factory::templates::create(&mut tx, Some("shop"), &own).await.unwrap();
    let made = extraction::propose(&mut tx, "shop", &wish(&[&first], None)).await.unwrap();
    assert_eq!(made.proposals, 4, "each discipline");
    let offer = extraction::offer(&mut tx, "shop").await.unwrap();
    assert_eq!((offer.holds, offer.recipes[0].id, offer.recipes.len()), (Some(own.id), own.id, 3));
    // The other template, asked for.
    let slices = offer.recipes.iter().find(|r| r.strategy == Strategy::FeatureSlice).unwrap().id;
    let asked = Wish { template_id: Some(slices), ..wish(&[&first], None) };
    assert_eq!(extraction::propose(&mut tx, "shop", &asked).await.unwrap().proposals, 2);
}

#[tokio::test]
async fn what_cannot_be_drawn_from_is_said_and_nothing_else_is_lost() {
    let (_db, org, mut tx, shop) = shop().await;
    let good = blueprint(&mut tx, None, "Services", &BLUEPRINT.replace("THINGS", "services")).await;
    let empty = blueprint(&mut tx, None, "Empty", "Nothing here").await;
    let made = extraction::propose(&mut tx, "shop", &wish(&[&good, &empty], Some(Strategy::Specialist))).await.unwrap();
    assert_eq!((made.proposals, made.problems[0].0.as_str()), (4, "Empty"));
    let fault = extraction::propose(&mut tx, "shop", &wish(&[&empty], Some(Strategy::Specialist))).await.unwrap_err();
    assert_eq!(fault.code, Code::Validation);
    for (wish, code) in [
        (wish(&[], None), Code::Validation),
        (wish(&[&good], Some(Strategy::Custom)), Code::Validation),
        (Wish { blueprint_ids: vec![Uuid::from_u128(7)], ..Wish::default() }, Code::NotFound),
    ] {
        assert_eq!(extraction::propose(&mut tx, "shop", &wish).await.unwrap_err().code, code);
    }
    // What a foundation gives comes from it in the graph too.
    let ids = waiting(&mut tx, &good).await;
    extraction::take(&mut tx, "shop", &ids).await.unwrap();
    let detail = work_orders::by_number(&mut tx, "shop", 1).await.unwrap();
    assert_eq!(detail.lineage.iter().map(|l| l.label.as_str()).collect::<Vec<_>>(), ["Services"]);
    // Of another project it is not there.
    project(&mut tx, "Other").await;
    assert_eq!(extraction::propose(&mut tx, "other", &wish(&[&good], None)).await.unwrap_err().code, Code::NotFound);
    tx.commit().await.unwrap();

    let mut tx = org.tx_as(key(&org, &["mcp:read"])).await;
    assert_eq!(extraction::propose(&mut tx, "shop", &wish(&[&good], None)).await.unwrap_err().code, Code::Forbidden);
    drop(tx);
    let mut tx = org.tx(kernel::access::Role::Admin).await;
    let now = projects::by_slug(&mut tx, "shop").await.unwrap();
    projects::set_status(&mut tx, shop.id, &now.rev, ProjectStatus::Archived).await.unwrap();
    assert_eq!(extraction::propose(&mut tx, "shop", &wish(&[&good], None)).await.unwrap_err().code, Code::ProjectArchived);
    assert!(!extraction::offer(&mut tx, "shop").await.unwrap().may_write);
    assert_eq!(work_orders::board(&mut tx, "shop", &WorkOrderQuery::default()).await.unwrap().rows.len(), 4);
}

#[tokio::test]
async fn a20_20_another_organization_sees_no_blueprints_and_takes_nothing() {
    let (db, _org, mut tx, _) = shop().await;
    let good = blueprint(&mut tx, None, "Services", &BLUEPRINT.replace("THINGS", "services")).await;
    extraction::propose(&mut tx, "shop", &wish(&[&good], Some(Strategy::Specialist))).await.unwrap();
    let ids = waiting(&mut tx, &good).await;
    tx.commit().await.unwrap();
    let other = db.org("other").await;
    let mut tx = other.tx(kernel::access::Role::Admin).await;
    assert_eq!(extraction::offer(&mut tx, "shop").await.unwrap_err().code, Code::NotFound);
    project(&mut tx, "Shop").await;
    assert_eq!(extraction::take(&mut tx, "shop", &ids).await.unwrap_err().code, Code::NotFound);
}
