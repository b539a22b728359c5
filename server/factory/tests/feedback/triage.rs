use crate::{by, feature, item, receive, run_jobs, says, shop};
use factory::feedback::{self, Category, FeedbackInput, FeedbackPatch};
use kernel::{access::Role, testing::TestDb};

async fn alerts(db: &TestDb) -> i64 {
    sqlx::query_scalar("select count(*) from core.notifications where type = 'factory.critical_feedback'")
        .fetch_one(db.admin())
        .await
        .unwrap()
}

#[tokio::test]
async fn a20_10_triage_scores_the_worked_examples_and_only_the_second_alerts() {
    let (db, org, shop) = shop().await;
    let urgent = feature(&org, "Start", "P0").await;
    let calm = feature(&org, "Reports", "P2").await;
    let score = async |id| {
        let mut tx = org.tx(Role::Member).await;
        format!("{:.2}", item(&mut tx, id).await.priority_score.unwrap())
    };
    // A crash, the first of its kind, on a P0 feature.
    let first = receive(&org, &shop, &by("The app crashes on start", "u0", Some(&urgent.key))).await;
    run_jobs(&db).await;
    assert_eq!(score(first).await, "0.62");
    assert_eq!(alerts(&db).await, 0);
    // Ten like it, eight users in all; each is triaged when it comes, and none of the ten is critical by then.
    for n in 1..=10 {
        receive(&org, &shop, &by("Crash: saving a long report closes the window", &format!("s{}", n % 7), None)).await;
        run_jobs(&db).await;
    }
    let second = receive(&org, &shop, &by("Crash: saving a long report closes the window", "s8", Some(&urgent.key))).await;
    run_jobs(&db).await;
    assert_eq!(score(second).await, "0.96");
    // A wish, linked to nothing.
    let third = receive(&org, &shop, &by("I wish there was a dark theme", "u1", None)).await;
    run_jobs(&db).await;
    assert_eq!(score(third).await, "0.11");
    // An error, three like it, four users, a P2 feature.
    for user in ["e1", "e2", "e3"] {
        receive(&org, &shop, &by("An error appears under monthly totals", user, None)).await;
    }
    let fourth = receive(&org, &shop, &by("An error appears under monthly totals", "e4", Some(&calm.key))).await;
    run_jobs(&db).await;
    assert_eq!(score(fourth).await, "0.59");
    // Two admins (owner and admin) were told of the second, once.
    assert_eq!(alerts(&db).await, 2);
    let told: Vec<String> = sqlx::query_scalar("select distinct href from factory.outbox_messages where type = 'critical_feedback'")
        .fetch_all(db.admin())
        .await
        .unwrap();
    assert_eq!(told, [format!("/factory/shop/validator/{second}")]);
}

#[tokio::test]
async fn a_category_is_found_unless_the_app_gave_one_and_a_persons_score_stays() {
    let (db, org, shop) = shop().await;
    let found = receive(&org, &shop, &says("Slow, then a timeout")).await;
    let given = receive(&org, &shop, &FeedbackInput { category: Some("other".into()), ..says("It crashes") }).await;
    run_jobs(&db).await;
    let mut tx = org.tx(Role::Member).await;
    assert_eq!(item(&mut tx, found).await.category, Some(Category::Performance));
    let given = item(&mut tx, given).await;
    assert_eq!(given.category, Some(Category::Other));
    let scored =
        feedback::update(&mut tx, given.id, &given.rev, &FeedbackPatch { score_percent: Some(12), ..Default::default() }).await.unwrap();
    assert_eq!((scored.priority_score, scored.scored_by_person), (Some(0.12), true));
    tx.commit().await.unwrap();
    // New facts change the triage and not the score.
    let urgent = feature(&org, "Start", "P0").await;
    let mut tx = org.tx(Role::Member).await;
    let linked = feedback::link_feature(&mut tx, given.id, urgent.id).await.unwrap();
    assert_eq!((linked.priority_score, linked.triage.unwrap().alignment), (Some(0.12), 1.0));
    let back =
        feedback::update(&mut tx, given.id, &linked.rev, &FeedbackPatch { score_percent: Some(-1), ..Default::default() }).await.unwrap();
    assert_eq!(format!("{:.2}", back.priority_score.unwrap()), "0.62");
    feedback::unlink_feature(&mut tx, given.id, urgent.id).await.unwrap();
    assert_eq!(format!("{:.2}", item(&mut tx, given.id).await.priority_score.unwrap()), "0.47");
}

#[tokio::test]
async fn what_is_the_same_is_offered_to_be_merged_and_its_user_counts() {
    let (db, org, shop) = shop().await;
    let first = receive(&org, &shop, &by("The export of invoices fails with an error", "a", None)).await;
    let second = receive(&org, &shop, &by("The export of invoices fails with an error", "b", None)).await;
    let other = receive(&org, &shop, &says("Please add a calendar")).await;
    run_jobs(&db).await;
    let mut tx = org.tx(Role::Member).await;
    let seen = feedback::detail(&mut tx, "shop", second).await.unwrap();
    assert_eq!(seen.similar.iter().map(|s| s.id).collect::<Vec<_>>(), [first]);
    assert!(seen.similar[0].similarity > 0.999);
    let kept = feedback::merge(&mut tx, second, &seen.item.rev, first).await.unwrap();
    assert_eq!((kept.id, kept.triage.unwrap().users), (first, 2));
    let gone = item(&mut tx, second).await;
    assert_eq!((gone.status, gone.merged_into), (feedback::FeedbackStatus::Dismissed, Some(first)));
    let seen = feedback::detail(&mut tx, "shop", first).await.unwrap();
    assert_eq!((seen.merged.len(), seen.similar.len()), (1, 0));
    let other = item(&mut tx, other).await;
    assert_eq!(feedback::merge(&mut tx, other.id, &other.rev, second).await.unwrap_err().code, kernel::Code::Conflict);
    assert_eq!(feedback::merge(&mut tx, other.id, &other.rev, other.id).await.unwrap_err().code, kernel::Code::Validation);
}

#[tokio::test]
async fn b20_04_features_are_asked_for_by_the_sum_of_their_open_feedback() {
    let (db, org, shop) = shop().await;
    let (a, b) = (feature(&org, "Dark theme", "P2").await, feature(&org, "Start", "P0").await);
    for n in 0..3 {
        receive(&org, &shop, &by(&format!("Number {n}: I wish for night colours"), &format!("u{n}"), Some(&a.key))).await;
    }
    let crash = receive(&org, &shop, &by("It crashes", "u9", Some(&b.key))).await;
    run_jobs(&db).await;
    let mut tx = org.tx(Role::Member).await;
    let pulls = feedback::priorities(&mut tx, shop.id, 10).await.unwrap();
    assert_eq!(pulls.iter().map(|p| (p.feature.key.as_str(), p.items)).collect::<Vec<_>>(), [("F-001", 3), ("F-002", 1)]);
    let sum: f64 = sqlx::query_scalar("select sum(priority_score)::float8 from factory.feedback_items where id <> $1")
        .bind(crash)
        .fetch_one(db.admin())
        .await
        .unwrap();
    assert!((pulls[0].score - sum).abs() < 1e-6);
    let crash = item(&mut tx, crash).await;
    feedback::update(
        &mut tx,
        crash.id,
        &crash.rev,
        &FeedbackPatch { status: Some(feedback::FeedbackStatus::Dismissed), ..Default::default() },
    )
    .await
    .unwrap();
    assert_eq!(feedback::priorities(&mut tx, shop.id, 10).await.unwrap().len(), 1);
}
