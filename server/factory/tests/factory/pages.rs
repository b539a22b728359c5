use crate::shop;
use factory::features::{self, FeatureQuery, FeatureStatus};
use kernel::{Code, access::Role, db::TenantTx};

/// 230 features: keys P-1.., names, statuses and priorities in different orders, every seventh without a category.
async fn many(tx: &mut TenantTx) {
    let words = ["pending", "in progress", "passing", "failing", "blocked"];
    let list: Vec<_> = (1..=230)
        .map(|n| {
            serde_json::json!({
                "id": format!("P-{n}"), "name": format!("Feature {:03}", (n * 97) % 230), "status": words[n % 5],
                "priority": (n % 4 != 0).then(|| format!("P{}", n % 4)), "category": (n % 7 != 0).then(|| format!("area, {}", n % 3)),
            })
        })
        .collect();
    let report = factory::import::apply(tx, "shop", &serde_json::to_string(&list).unwrap()).await.unwrap();
    assert_eq!(report.created, 230);
}

async fn page(tx: &mut TenantTx, query: FeatureQuery) -> features::FeaturePage {
    features::page(tx, "shop", &query).await.unwrap()
}

#[tokio::test]
async fn every_order_pages_through_all_rows_once_and_back() {
    let (_db, _org, mut tx, _) = shop().await;
    many(&mut tx).await;
    for sort in ["key", "-key", "name", "-name", "status", "-status", "priority", "-priority", "updated", "-updated", "order", "-order"] {
        let ask = |after: &str, before: &str| FeatureQuery {
            sort: sort.into(),
            after: after.into(),
            before: before.into(),
            ..Default::default()
        };
        let mut pages = vec![page(&mut tx, ask("", "")).await];
        while let Some(next) = pages.last().unwrap().next.clone() {
            pages.push(page(&mut tx, ask(&next, "")).await);
        }
        let ids: Vec<_> = pages.iter().flat_map(|p| p.rows.iter().map(|r| r.id)).collect();
        let once: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!((pages.len(), ids.len(), once.len()), (5, 230, 230), "{sort}");
        assert_eq!(pages[0].prev, None);
        let back = page(&mut tx, ask("", pages[2].prev.as_ref().unwrap())).await;
        assert_eq!(back.rows, pages[1].rows, "{sort}");
        assert!(back.next.is_some() && back.prev.is_some());
    }
}

#[tokio::test]
async fn orders_mean_what_people_expect() {
    let (_db, _org, mut tx, _) = shop().await;
    many(&mut tx).await;
    let by = |sort: &str| FeatureQuery { sort: sort.into(), ..Default::default() };
    let keys: Vec<_> = page(&mut tx, by("key")).await.rows.into_iter().take(11).map(|r| r.key).collect();
    assert_eq!((keys[1].as_str(), keys[9].as_str(), keys[10].as_str()), ("P-2", "P-10", "P-11"));
    assert_eq!(page(&mut tx, by("status")).await.rows[0].status, FeatureStatus::Failing);
    assert_eq!(page(&mut tx, by("-status")).await.rows[0].status, FeatureStatus::Passing);
    assert_eq!(page(&mut tx, by("-priority")).await.rows[0].priority, None);
    assert_eq!(page(&mut tx, by("name")).await.rows[0].name, "Feature 000");
}

#[tokio::test]
async fn filters_narrow_and_each_facet_counts_under_the_others() {
    let (_db, _org, mut tx, _) = shop().await;
    many(&mut tx).await;
    let all = page(&mut tx, FeatureQuery::default()).await;
    assert_eq!((all.matching, all.everything, all.facets.status["failing"]), (Some(230), 230, 46));
    let failing = page(&mut tx, FeatureQuery { status: "failing,blocked".into(), priority: "P1,none".into(), ..Default::default() }).await;
    assert!(failing.rows.iter().all(|r| matches!(r.status, FeatureStatus::Failing | FeatureStatus::Blocked)));
    assert!(failing.rows.iter().all(|r| r.priority.is_none_or(|p| p.as_str() == "P1")));
    assert_eq!(failing.matching, Some(failing.rows.len() as i64));
    // The status facet does not count under its own filter: the other statuses are still on offer.
    assert_eq!(failing.facets.status.len(), 5);
    assert_eq!(failing.facets.priority.values().sum::<i64>(), 92);
    let area = page(&mut tx, FeatureQuery { category: FeatureQuery::toggled("", "area, 1"), ..Default::default() }).await;
    assert!(area.rows.iter().all(|r| r.category.as_deref() == Some("area, 1")) && !area.rows.is_empty());
    let none = page(&mut tx, FeatureQuery { category: "none".into(), ..Default::default() }).await;
    assert_eq!(none.matching, Some(32));
    let paged = page(
        &mut tx,
        FeatureQuery {
            status: "failing".into(),
            priority: "P1,P2,P3".into(),
            after: failing.next.unwrap_or_default(),
            ..Default::default()
        },
    )
    .await;
    assert!(paged.rows.iter().all(|r| r.status == FeatureStatus::Failing));
}

#[tokio::test]
async fn an_address_nobody_made_is_a_bad_request() {
    let (_db, _org, mut tx, _) = shop().await;
    many(&mut tx).await;
    let first = page(&mut tx, FeatureQuery { sort: "name".into(), ..Default::default() }).await;
    let other_order = FeatureQuery { sort: "updated".into(), after: first.next.unwrap(), ..Default::default() };
    for query in [
        FeatureQuery { status: "gone".into(), ..Default::default() },
        FeatureQuery { priority: "P7".into(), ..Default::default() },
        FeatureQuery { sort: "colour".into(), ..Default::default() },
        FeatureQuery { after: "%%".into(), ..Default::default() },
        FeatureQuery { before: "bm90".into(), ..Default::default() },
        other_order,
    ] {
        assert_eq!(features::page(&mut tx, "shop", &query).await.unwrap_err().code, Code::BadRequest, "{query:?}");
    }
}

#[tokio::test]
async fn children_of_one_feature_are_a_list_of_their_own() {
    let (_db, org, mut tx, _) = shop().await;
    factory::import::apply(
        &mut tx,
        "shop",
        r#"[{"id":"E","name":"Epic","children":[{"name":"One","status":"done"},{"name":"Two"}]},{"id":"X","name":"Other"}]"#,
    )
    .await
    .unwrap();
    let below = page(&mut tx, FeatureQuery { parent: "E".into(), ..Default::default() }).await;
    assert_eq!(below.rows.iter().map(|r| r.key.as_str()).collect::<Vec<_>>(), ["E.1", "E.2"]);
    assert_eq!((below.matching, below.everything, below.facets.status["passing"]), (Some(2), 4, 1));
    tx.commit().await.unwrap();
    let mut tx = org.tx(Role::Member).await;
    let query = FeatureQuery { parent: "nowhere".into(), ..Default::default() };
    assert_eq!(features::page(&mut tx, "shop", &query).await.unwrap_err().code, Code::NotFound);
}
