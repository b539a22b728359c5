use crate::shop;
use factory::{
    features::{self, BulkAction, FeatureInput, FeatureStatus, Priority},
    overview::overview,
    projects,
};
use kernel::{access::Role, db::TenantTx, testing::TestDb};
use std::collections::BTreeMap;

type Counts = BTreeMap<(String, String, String), i64>;

/// What the trigger keeps, and what a scan finds.
async fn both(tx: &mut TenantTx) -> (Counts, Counts) {
    let read = |rows: Vec<(String, String, String, i64)>| rows.into_iter().map(|(s, p, c, n)| ((s, p, c), n)).collect();
    let kept =
        sqlx::query_as("select status, priority, category, n::bigint from factory.feature_counts").fetch_all(tx.conn()).await.unwrap();
    let scanned = sqlx::query_as(
        "select status::text, coalesce(priority, '')::text, coalesce(category, '')::text, count(*) from factory.features where deleted_at is null group by 1, 2, 3",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    (read(kept), read(scanned))
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

#[tokio::test]
async fn counts_equal_a_scan_after_any_operations() {
    let (_db, _org, mut tx, _) = shop().await;
    let mut dice = Dice(7);
    let mut ids: Vec<uuid::Uuid> = Vec::new();
    for step in 0..300 {
        let pick = |dice: &mut Dice, ids: &[uuid::Uuid]| ids[dice.below(ids.len())];
        match dice.below(9) {
            0 | 1 if ids.len() < 40 => {
                let parent_id = if ids.is_empty() || dice.below(2) == 0 { None } else { Some(pick(&mut dice, &ids)) };
                let input = FeatureInput {
                    name: format!("F {step}"),
                    priority: ["", "P0", "P2"][dice.below(3)].into(),
                    parent_id,
                    ..Default::default()
                };
                if let Ok(feature) = features::create(&mut tx, "shop", &input).await {
                    ids.push(feature.id);
                }
            }
            2 if !ids.is_empty() => {
                let id = pick(&mut dice, &ids);
                if let Ok(f) = features::get(&mut tx, id).await {
                    features::remove(&mut tx, id, &f.rev).await.unwrap();
                }
            }
            3 if !ids.is_empty() => drop(features::restore(&mut tx, pick(&mut dice, &ids)).await.unwrap()),
            4 if !ids.is_empty() => {
                let some: Vec<_> = (0..5).map(|_| pick(&mut dice, &ids)).collect();
                let action = match dice.below(4) {
                    0 => match FeatureStatus::ALL[dice.below(5)] {
                        FeatureStatus::Passing => BulkAction::Pass("Seen".into()),
                        status => BulkAction::Status(status),
                    },
                    1 => BulkAction::Priority([None, Some(Priority::P1)][dice.below(2)]),
                    2 => BulkAction::Category(["", "a", "b"][dice.below(3)].into()),
                    _ => BulkAction::Delete,
                };
                features::bulk(&mut tx, "shop", &some, &action).await.unwrap();
            }
            5 => {
                let list: Vec<_> = (0..4)
                    .map(|_| {
                        let (n, passes, category) = (dice.below(12), dice.below(2) == 0, ["c", "d"][dice.below(2)]);
                        serde_json::json!({ "id": format!("I-{n}"), "name": "x", "passes": passes, "category": category })
                    })
                    .collect();
                factory::import::apply(&mut tx, "shop", &serde_json::to_string(&list).unwrap()).await.unwrap();
            }
            _ if !ids.is_empty() => {
                let id = pick(&mut dice, &ids);
                if let Ok(f) = features::get(&mut tx, id).await {
                    drop(features::move_to(&mut tx, id, &f.rev, FeatureStatus::ALL[dice.below(5)]).await);
                }
            }
            _ => {}
        }
        let (kept, scanned) = both(&mut tx).await;
        assert_eq!(kept, scanned, "after step {step}");
    }
    let (kept, _) = both(&mut tx).await;
    assert!(kept.len() > 5, "the walk went somewhere: {kept:?}");
    let day = overview(&mut tx, "shop").await.unwrap();
    assert_eq!(day.days.last().map(|d| d.counts), Some(day.counts));
}

#[tokio::test]
async fn a_deleted_project_takes_its_counts_along() {
    let (db, _org, mut tx, shop) = shop().await;
    factory::import::apply(&mut tx, "shop", "[\"A\",\"B\"]").await.unwrap();
    tx.commit().await.unwrap();
    sqlx::query("delete from factory.projects where id = $1").bind(shop.id).execute(db.admin()).await.unwrap();
    let left: i64 = sqlx::query_scalar(
        "select (select count(*) from factory.features) + (select count(*) from factory.feature_counts) + (select count(*) from factory.feature_daily_counts)",
    )
    .fetch_one(db.admin())
    .await
    .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn counts_belong_to_their_tenant_and_only_the_trigger_writes_them() {
    let (db, org, mut tx, _) = shop().await;
    factory::import::apply(&mut tx, "shop", "[\"A\"]").await.unwrap();
    tx.commit().await.unwrap();
    let mut rival = db.org("rival").await.tx(Role::Owner).await;
    let (kept, _) = both(&mut rival).await;
    assert!(kept.is_empty());
    let mut tx = org.tx(Role::Owner).await;
    assert!(sqlx::query("update factory.feature_counts set n = 9").execute(tx.conn()).await.is_err());
}

#[tokio::test]
async fn days_are_rebuilt_from_history_as_they_were() {
    let (_db, _org, mut tx, shop) = shop().await;
    factory::import::apply(&mut tx, "shop", r#"[{"name":"A","passes":true},"B","C"]"#).await.unwrap();
    let page = features::page(&mut tx, "shop", &Default::default()).await.unwrap();
    features::move_to(&mut tx, page.rows[1].id, &page.rows[1].rev, FeatureStatus::Blocked).await.unwrap();
    features::remove(&mut tx, page.rows[2].id, &page.rows[2].rev).await.unwrap();
    let before = overview(&mut tx, "shop").await.unwrap();
    sqlx::query("select factory.rebuild_days($1)").bind(shop.id).execute(tx.conn()).await.unwrap();
    let after = overview(&mut tx, "shop").await.unwrap();
    assert_eq!(before.days.last(), after.days.last());
    assert_eq!((after.counts.passing, after.counts.blocked, after.counts.total()), (1, 1, 2));
}

#[tokio::test]
async fn the_overview_fills_quiet_days_and_tells_the_week() {
    let db = TestDb::new().await;
    let org = db.org("acme").await;
    let mut tx = org.tx(Role::Admin).await;
    let shop = crate::project(&mut tx, "Shop").await;
    assert!(overview(&mut tx, "shop").await.unwrap().days.is_empty());
    factory::import::apply(&mut tx, "shop", r#"[{"name":"A","passes":true},"B"]"#).await.unwrap();
    tx.commit().await.unwrap();
    // Ten days ago one of them stood, and it did not pass.
    sqlx::query("insert into factory.feature_daily_counts (organization_id, project_id, day, pending) values ($1, $2, (now() at time zone 'UTC')::date - 10, 1)")
        .bind(org.id)
        .bind(shop.id)
        .execute(db.admin())
        .await
        .unwrap();
    let mut tx = org.tx(Role::Member).await;
    let seen = overview(&mut tx, "shop").await.unwrap();
    let totals: Vec<i64> = seen.days.iter().map(|d| d.counts.total()).collect();
    assert_eq!(totals, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
    assert_eq!((seen.passed_in_week, seen.activity.len()), (1, 3));
    assert_eq!(projects::by_slug(&mut tx, "shop").await.unwrap().id, seen.project.id);
}
