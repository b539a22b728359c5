use crate::{project, shop};
use factory::features::{self, FeatureQuery};
use kernel::{access::Role, db::TenantTx};

async fn found(tx: &mut TenantTx, typed: &str) -> Vec<String> {
    let query = FeatureQuery { q: typed.into(), ..Default::default() };
    features::page(tx, "shop", &query).await.unwrap().rows.into_iter().map(|r| r.key).collect()
}

const LIST: &str = r#"[
  {"id": "PCT-001", "name": "Log in with a password", "description": "Größe und Maße", "category": "auth"},
  {"id": "PCT-012", "name": "Logging of errors", "category": "ops"},
  {"id": "X-1", "name": "Checkout", "description": "Card payments; 3-D secure"}
]"#;

#[tokio::test]
async fn search_finds_beginnings_of_words_in_key_name_category_and_description() {
    let (_db, _org, mut tx, _) = shop().await;
    factory::import::apply(&mut tx, "shop", LIST).await.unwrap();
    for (typed, keys) in [
        ("log", vec!["PCT-001", "PCT-012"]),
        ("log pass", vec!["PCT-001"]),
        ("GRÖSS maß", vec![]),
        ("größ", vec!["PCT-001"]),
        ("pct-012", vec!["PCT-012"]),
        ("012", vec!["PCT-012"]),
        ("auth", vec!["PCT-001"]),
        ("secure", vec!["X-1"]),
        ("it's & 'quoted' \\ | !", vec![]),
        ("nothing", vec![]),
    ] {
        assert_eq!(found(&mut tx, typed).await, keys, "{typed}");
    }
    // Nothing but punctuation is no search.
    assert_eq!(found(&mut tx, " --- ").await.len(), 3);
    let names: Vec<_> = features::suggest(&mut tx, "shop", "log").await.unwrap().into_iter().map(|f| f.key).collect();
    assert_eq!(names, ["PCT-001", "PCT-012"]);
}

#[tokio::test]
async fn search_counts_its_hits_and_sees_no_other_project_or_tenant() {
    let (db, org, mut tx, _) = shop().await;
    factory::import::apply(&mut tx, "shop", LIST).await.unwrap();
    project(&mut tx, "Second").await;
    factory::import::apply(&mut tx, "second", r#"[{"id":"S-1","name":"Log in"}]"#).await.unwrap();
    let page =
        features::page(&mut tx, "shop", &FeatureQuery { q: "log".into(), category: "ops".into(), ..Default::default() }).await.unwrap();
    assert_eq!((page.matching, page.everything), (Some(1), 3));
    assert_eq!(page.facets.category.keys().collect::<Vec<_>>(), ["auth", "ops"]);
    tx.commit().await.unwrap();

    let id: uuid::Uuid = sqlx::query_scalar("select id from factory.projects where slug = 'shop'").fetch_one(db.admin()).await.unwrap();
    let hits = async |tx: &mut TenantTx| -> usize {
        let hits: Vec<uuid::Uuid> =
            sqlx::query_scalar("select factory.feature_hits($1, 'log', 100)").bind(id).fetch_one(tx.conn()).await.unwrap();
        let waiting: Vec<uuid::Uuid> =
            sqlx::query_scalar("select factory.feature_dependents($1, 'PCT-001', 100)").bind(id).fetch_one(tx.conn()).await.unwrap();
        hits.len() + waiting.len()
    };
    assert_eq!(hits(&mut org.tx(Role::Member).await).await, 2);
    assert_eq!(hits(&mut db.org("rival").await.tx(Role::Owner).await).await, 0);
}

#[tokio::test]
async fn search_goes_through_its_index() {
    let (db, _org, mut tx, shop) = shop().await;
    let list: Vec<_> =
        (0..3000).map(|n| serde_json::json!({ "name": format!("Feature {n} of many"), "description": "word ".repeat(n % 9) })).collect();
    factory::import::apply(&mut tx, "shop", &serde_json::to_string(&list).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    let mut conn = db.admin().acquire().await.unwrap();
    let mut run =
        async |sql: &str| -> Vec<String> { sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_all(&mut *conn).await.unwrap() };
    run("analyze factory.features").await;
    run("vacuum factory.features").await;
    run("set role app_definer").await;
    run(&format!(
        "select set_config('app.current_tenant_id', (select organization_id::text from factory.projects where id = '{}'), false)",
        shop.id
    ))
    .await;
    for filter in [
        format!("f.search @@ factory.feature_query('{0}', '2718')", shop.id),
        format!("f.search @@ '''#{0}'' & ''>F-1'''::tsquery", shop.id),
    ] {
        let plan = run(&format!(
            "explain select f.id from factory.features f where {filter} and f.project_id = '{}' and f.organization_id = core.tenant()
             and f.deleted_at is null limit 100",
            shop.id
        ))
        .await
        .join("\n");
        assert!(plan.contains("idx_features_search"), "{plan}");
    }
}

#[tokio::test]
async fn a_word_of_more_than_two_thousand_features_still_pages() {
    let (_db, _org, mut tx, _) = shop().await;
    let list: Vec<_> = (0..2100).map(|n| serde_json::json!({ "name": format!("Common {n}"), "category": "c" })).collect();
    factory::import::apply(&mut tx, "shop", &serde_json::to_string(&list).unwrap()).await.unwrap();
    let page =
        features::page(&mut tx, "shop", &FeatureQuery { q: "common".into(), category: "c".into(), ..Default::default() }).await.unwrap();
    assert_eq!((page.matching, page.everything, page.rows.len()), (None, 2100, 50));
    let query = FeatureQuery { q: "common".into(), after: page.next.unwrap(), ..Default::default() };
    assert_eq!(features::page(&mut tx, "shop", &query).await.unwrap().rows[0].key, "F-51");
}
