use crate::{document, edges, feature, of_feature, save, shop, work_order};
use factory::{
    features::{self, FeatureInput, FeaturePatch, FeatureStatus},
    graph, import,
};
use kernel::access::Role;
use serde_json::json;

#[tokio::test]
async fn a_feature_has_a_node_that_follows_it_and_its_place_in_the_tree() {
    let (_db, _org, mut tx, shop) = shop().await;
    let top = feature(&mut tx, "Login").await;
    let other = feature(&mut tx, "Account").await;
    let below = features::create(&mut tx, "shop", &FeatureInput { name: "Reset".into(), parent_id: Some(top.id), ..Default::default() })
        .await
        .unwrap();
    assert_eq!(edges(&mut tx, shop.id).await, ["F-001 parent_of F-003"]);
    let below = features::place(&mut tx, below.id, &below.rev, Some(other.id), None).await.unwrap();
    assert_eq!(edges(&mut tx, shop.id).await, ["F-002 parent_of F-003"]);
    let patch = FeaturePatch { name: Some("Reset password".into()), ..Default::default() };
    let below = features::update(&mut tx, below.id, &below.rev, &patch).await.unwrap();
    features::move_to(&mut tx, below.id, &below.rev, FeatureStatus::InProgress).await.unwrap();
    let (label, status): (String, String) =
        sqlx::query_as("select label, metadata ->> 'status' from factory.graph_nodes where entity_id = $1")
            .bind(below.id)
            .fetch_one(tx.conn())
            .await
            .unwrap();
    assert_eq!((label.as_str(), status.as_str()), ("Reset password", "in_progress"));
    // What is deleted leaves the graph with what hangs on it, and comes back with it.
    let other = features::get(&mut tx, other.id).await.unwrap();
    features::remove(&mut tx, other.id, &other.rev).await.unwrap();
    assert_eq!(edges(&mut tx, shop.id).await, Vec::<String>::new());
    assert_eq!(graph::node(&mut tx, shop.id, of_feature(&below)).await.unwrap_err().code, kernel::Code::NotFound);
    features::restore(&mut tx, other.id).await.unwrap();
    assert_eq!(edges(&mut tx, shop.id).await, ["F-002 parent_of F-003"]);
}

#[tokio::test]
async fn an_import_of_three_hundred_features_keeps_their_nodes_in_a_handful_of_statements() {
    let (_db, _org, mut tx, shop) = shop().await;
    let list: Vec<_> = (0..320)
        .map(|n| json!({ "id": format!("F-{n:03}"), "name": format!("Feature {n}"), "parent": (n >= 10).then(|| format!("F-{:03}", n % 10)) }))
        .collect();
    let begun = std::time::Instant::now();
    import::apply(&mut tx, "shop", &json!({ "features": list }).to_string()).await.unwrap();
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    let nodes: i64 = sqlx::query_scalar("select count(*) from factory.graph_nodes where project_id = $1 and content_hash is not null")
        .bind(shop.id)
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!((nodes, edges(&mut tx, shop.id).await.len()), (320, 310));
}

#[tokio::test]
async fn the_server_keeps_the_edges_of_documents_and_work_orders_whatever_comes_first() {
    let (_db, _org, mut tx, shop) = shop().await;
    let login = feature(&mut tx, "Login").await;
    work_order(&mut tx, shop.id, Some(login.id), "ready").await;
    document(&mut tx, shop.id, "foundation_blueprint", None, "Foundation").await;
    let blueprint = document(&mut tx, shop.id, "feature_blueprint", Some(login.id), "Blueprint").await;
    document(&mut tx, shop.id, "feature_requirements", Some(login.id), "Requirements").await;
    document(&mut tx, shop.id, "product_overview", None, "Overview").await;
    let all = [
        "Blueprint derives_from Requirements",
        "Foundation shared_context Blueprint",
        "Requirements references F-001",
        "WO-1 derives_from Blueprint",
    ];
    assert_eq!(edges(&mut tx, shop.id).await, all);
    // Deleted and back.
    for (deleted, left) in [("now()", 1), ("null", 4)] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("update factory.documents set deleted_at = {deleted} where id = '{}'", blueprint.id)))
            .execute(tx.conn())
            .await
            .unwrap();
        graph::keep_document(&mut tx, blueprint.id).await.unwrap();
        assert_eq!(edges(&mut tx, shop.id).await.len(), left);
    }
    // Of another feature: what hung on the first goes.
    let other = feature(&mut tx, "Account").await;
    sqlx::query("update factory.documents set feature_id = $2 where id = $1")
        .bind(blueprint.id)
        .bind(other.id)
        .execute(tx.conn())
        .await
        .unwrap();
    graph::keep_document(&mut tx, blueprint.id).await.unwrap();
    assert_eq!(edges(&mut tx, shop.id).await, ["Foundation shared_context Blueprint", "Requirements references F-001"]);
}

#[tokio::test]
async fn a_mention_is_a_reference_while_it_stands() {
    let (_db, org, mut tx, shop) = shop().await;
    let login = feature(&mut tx, "Login").await;
    let overview = document(&mut tx, shop.id, "product_overview", None, "Overview").await;
    sqlx::query("insert into factory.mentions (source_type, source_id, target_type, target_id) values ('document', $1, 'feature', $2), ('document', $1, 'user', $3)")
        .bind(overview.id)
        .bind(login.id)
        .bind(org.user(Role::Member).id)
        .execute(tx.conn())
        .await
        .unwrap();
    graph::keep_document(&mut tx, overview.id).await.unwrap();
    assert_eq!(edges(&mut tx, shop.id).await, ["Overview references F-001"]);
    sqlx::query("delete from factory.mentions").execute(tx.conn()).await.unwrap();
    graph::keep_document(&mut tx, overview.id).await.unwrap();
    assert_eq!(edges(&mut tx, shop.id).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_text_counts_when_it_is_saved_and_not_while_it_is_typed() {
    let (_db, _org, mut tx, shop) = shop().await;
    let overview = document(&mut tx, shop.id, "product_overview", None, "Overview").await;
    let hash = async |tx: &mut kernel::db::TenantTx| -> String {
        sqlx::query_scalar("select content_hash from factory.graph_nodes where entity_id = $1")
            .bind(overview.id)
            .fetch_one(tx.conn())
            .await
            .unwrap()
    };
    let first = hash(&mut tx).await;
    sqlx::query("update factory.documents set content = $2 where id = $1")
        .bind(overview.id)
        .bind(crate::text("typed"))
        .execute(tx.conn())
        .await
        .unwrap();
    graph::keep_document(&mut tx, overview.id).await.unwrap();
    assert_eq!(hash(&mut tx).await, first);
    save(&mut tx, overview, "typed").await;
    let saved = hash(&mut tx).await;
    assert_ne!(saved, first);
    save(&mut tx, overview, "Overview").await;
    assert_eq!(hash(&mut tx).await, first);
}
