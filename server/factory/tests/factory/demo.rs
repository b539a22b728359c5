use factory::{demo, overview::overview, projects, stream, tests, work_orders};
use kernel::{Code, access::Role, record::PageRequest, testing::TestDb};

#[tokio::test]
async fn the_demo_is_300_features_with_sixty_days_and_loads_again() {
    let db = TestDb::new().await;
    let org = db.org("acme").await;
    let mut tx = org.tx(Role::Owner).await;
    crate::project(&mut tx, "My own").await;
    let begun = std::time::Instant::now();
    let loaded = demo::load(&mut tx).await.unwrap();
    assert_eq!((loaded.projects, loaded.features), (3, 300));
    assert!(loaded.activities > 600, "{loaded:?}");
    assert!(begun.elapsed().as_secs() < 30);
    assert_eq!(demo::load(&mut tx).await.unwrap(), loaded);
    let list = projects::list(&mut tx, false, &PageRequest::default()).await.unwrap().rows;
    assert_eq!((list.len(), list.iter().map(|c| c.counts.total()).sum::<i64>()), (4, 300));
    let seen = overview(&mut tx, "harbour-checkout").await.unwrap();
    assert_eq!(seen.days.len(), 60);
    assert_eq!(seen.days.last().unwrap().counts, seen.counts);
    // It rises: scope is found on the way and more and more of it passes.
    assert!(
        seen.days[0].counts.passing == 0 && seen.counts.passing > 30 && seen.counts.total() > seen.days[3].counts.total(),
        "{:?}",
        seen.counts
    );
    // Home's curve follows the days, and ends where things stand.
    let home = stream::home(&mut tx).await.unwrap();
    let curve = &home.passing_by_day;
    assert_eq!((curve.len(), curve[13]), (14, home.passing as f64));
    assert!(curve[0] < curve[7] && curve[7] < curve[13], "{curve:?}");
    // Its plan has work in every status, some of it waiting, and a run of tests for each day of two weeks.
    let plan = work_orders::board(&mut tx, "harbour-checkout", &Default::default()).await.unwrap();
    assert_eq!((plan.phases.len(), plan.counts.status.values().filter(|n| **n > 0).count()), (4, 5), "{:?}", plan.counts);
    assert!(plan.everything > 40 && plan.rows.iter().any(|w| w.blocked) && plan.rows.iter().any(|w| w.items_open > 0));
    let line = tests::history(&mut tx, "harbour-checkout").await.unwrap();
    assert_eq!(line.len(), 14);
    assert!(line.last().unwrap().rate > line[0].rate, "{line:?}");
    let found = stream::search(&mut tx, "WO-12", 6).await.unwrap();
    let paths: Vec<_> = found.iter().filter(|hit| hit.kind == "work_order").map(|hit| hit.path.as_str()).collect();
    assert!(paths.len() == 3 && paths.contains(&"/factory/harbour-checkout/planner/12"), "{found:?}");
    let found = stream::search(&mut tx, "return", 6).await.unwrap();
    assert!(found.iter().any(|hit| hit.kind == "work_order" && hit.title.to_lowercase().contains("return")), "{found:?}");
    assert!(seen.counts.failing > 0 && seen.counts.blocked > 0 && seen.counts.pending > 0 && seen.counts.in_progress > 0);
}

#[tokio::test]
async fn only_an_admin_loads_the_demo() {
    let db = TestDb::new().await;
    let mut tx = db.org("acme").await.tx(Role::Member).await;
    assert_eq!(demo::load(&mut tx).await.unwrap_err().code, Code::Forbidden);
}
