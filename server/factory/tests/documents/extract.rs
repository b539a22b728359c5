use crate::{feature, of_feature, shop};
use factory::{
    documents::{self, DocumentType},
    review,
    suggestions::{self, Decision, DiffKind, SuggestionStatus},
    templates::Strategy,
};
use kernel::Code;
use uuid::Uuid;

const BLUEPRINT: &str = "# Data model\n\nA table of orders\n\n# API\n\nAn endpoint lists orders\n\n# Screens\n\nA page shows orders\n\n# Tests\n\nEach endpoint is tested";

#[tokio::test]
async fn a20_08_specialists_are_proposed_in_order_and_only_what_is_ticked_is_made() {
    let (_db, _org, mut tx, _) = shop().await;
    let orders = feature(&mut tx, "Orders").await;
    let blueprint = of_feature(&mut tx, DocumentType::FeatureBlueprint, &orders).await;
    let content = richtext::markdown::parse(BLUEPRINT).unwrap().to_value();
    documents::write(&mut tx, blueprint.id, &content, None).await.unwrap();
    let made = review::extract(&mut tx, blueprint.id, Some(Strategy::Specialist)).await.unwrap();
    assert_eq!(made.parts, 4);
    let suggestion = suggestions::get(&mut tx, made.suggestion).await.unwrap();
    assert!(suggestion.diffs.iter().all(|d| d.kind == DiffKind::WorkOrder));
    let blocks: usize = suggestion.diffs.iter().filter_map(|d| d.proposal.as_ref()).map(|p| p.blocks.len()).sum();
    assert_eq!(blocks, 3, "each before the next");
    let count = "select count(*) from factory.work_orders";
    assert_eq!(sqlx::query_scalar::<_, i64>(count).fetch_one(tx.conn()).await.unwrap(), 0, "nothing before somebody takes it");
    let taken: Vec<Uuid> = suggestion.diffs[..2].iter().map(|d| d.id).collect();
    let after = suggestions::decide(&mut tx, suggestion.id, &Decision { accept: taken, ..Default::default() }).await.unwrap();
    assert_eq!(after.status, SuggestionStatus::PartiallyAccepted);
    assert_eq!(sqlx::query_scalar::<_, i64>(count).fetch_one(tx.conn()).await.unwrap(), 2);
    let linked: i64 =
        sqlx::query_scalar("select count(*) from factory.graph_edges where edge_type = 'blocks'").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(linked, 1);
    let features: i64 = sqlx::query_scalar("select count(*) from factory.work_orders where feature_id = $1")
        .bind(orders.id)
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(features, 2);
    assert_eq!(review::extract(&mut tx, blueprint.id, Some(Strategy::Custom)).await.unwrap_err().code, Code::Validation);
}
