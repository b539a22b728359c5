use crate::{child, feature, shop, waiting};
use factory::features::{self, BulkAction, FeatureInput, FeaturePatch, FeatureStatus, Priority};
use kernel::{Code, access::Role};

fn patch(field: &str, value: &str) -> FeaturePatch {
    serde_json::from_value(serde_json::json!({ field: value })).unwrap()
}

#[tokio::test]
async fn a_feature_is_created_with_the_next_key_and_its_history() {
    let (_db, _org, mut tx, _) = shop().await;
    let input = FeatureInput {
        name: " Login ".into(),
        description: "With a password".into(),
        category: "auth".into(),
        priority: "P1".into(),
        effort: "4h".into(),
        criteria: "Right password\n\n Wrong password ".into(),
        ..Default::default()
    };
    let login = features::create(&mut tx, "shop", &input).await.unwrap();
    assert_eq!((login.key.as_str(), login.name.as_str(), login.slug.as_str()), ("F-001", "Login", "login"));
    assert_eq!((login.status, login.priority, login.passes()), (FeatureStatus::Pending, Some(Priority::P1), false));
    assert_eq!(
        login.criteria.iter().map(|c| (c.id.as_str(), c.text.as_str())).collect::<Vec<_>>(),
        [("c1", "Right password"), ("c2", "Wrong password")]
    );
    let second =
        features::create(&mut tx, "shop", &FeatureInput { key: "F-9".into(), name: "Login".into(), ..Default::default() }).await.unwrap();
    assert_eq!(second.slug, "login-2");
    assert_eq!(feature(&mut tx, "Third").await.key, "F-10");
    let detail = features::by_key(&mut tx, "shop", "F-001").await.unwrap();
    assert_eq!(detail.feature.description.as_deref(), Some("With a password"));
    assert_eq!((detail.history.len(), detail.history[0].actor.as_deref()), (1, Some("Bea")));
}

#[tokio::test]
async fn bad_input_is_named_beside_its_field() {
    let (_db, _org, mut tx, _) = shop().await;
    feature(&mut tx, "Login").await;
    let field = |input: FeatureInput| (input, ());
    for (input, name, message) in [
        (FeatureInput::default(), "name", "is required"),
        (FeatureInput { name: "x".repeat(256), ..Default::default() }, "name", "has 256 characters; the most is 255"),
        (FeatureInput { name: "x".into(), key: "F-001".into(), ..Default::default() }, "key", "is already used in this project"),
        (FeatureInput { name: "x".into(), key: "a b".into(), ..Default::default() }, "key", "holds a blank"),
        (FeatureInput { name: "x".into(), key: "a/b".into(), ..Default::default() }, "key", "holds the character '/'"),
        (FeatureInput { name: "x".into(), priority: "P9".into(), ..Default::default() }, "priority", "is P0, P1, P2 or P3"),
        (FeatureInput { name: "x".into(), effort: "x".repeat(21), ..Default::default() }, "effort", "has 21 characters; the most is 20"),
        (
            FeatureInput { name: "x".into(), dependencies: "F-001, F-77".into(), ..Default::default() },
            "dependencies",
            "names F-77, which is not in this project",
        ),
        (FeatureInput { name: "a\0b".into(), ..Default::default() }, "name", "holds a character that cannot be stored"),
    ] {
        let (input, ()) = field(input);
        let fault = features::create(&mut tx, "shop", &input).await.unwrap_err();
        assert_eq!((fault.code, fault.fields.get(name).map(String::as_str)), (Code::Validation, Some(message)), "{input:?}");
    }
}

#[tokio::test]
async fn a_status_moves_as_the_machine_says_and_carries_passes() {
    let (db, _org, mut tx, _) = shop().await;
    let login = feature(&mut tx, "Login").await;
    let fault = features::move_to(&mut tx, login.id, &login.rev, FeatureStatus::Passing).await.unwrap_err();
    assert_eq!(fault.code, Code::InvalidTransition);
    assert_eq!(fault.message, "Pending cannot become passing. It can become in progress or blocked.");
    let mut at = login;
    at = features::move_to(&mut tx, at.id, &at.rev, FeatureStatus::InProgress).await.unwrap();
    // By hand only with a note that says why.
    for fault in [
        features::move_to(&mut tx, at.id, &at.rev, FeatureStatus::Passing).await.unwrap_err(),
        features::pass(&mut tx, at.id, &at.rev, " ").await.unwrap_err(),
    ] {
        assert_eq!((fault.code, fault.fields.contains_key("note")), (Code::Validation, true), "{fault:?}");
    }
    assert!(!at.passes());
    at = features::pass(&mut tx, at.id, &at.rev, "Seen in a demo").await.unwrap();
    assert!(at.passes());
    let history = features::by_key(&mut tx, "shop", "F-001").await.unwrap().history;
    let moves: Vec<_> = history.iter().filter_map(|a| a.changes.0.get("status").map(|c| (c.old.clone(), c.new.clone()))).collect();
    assert!(moves.contains(&("in_progress".into(), "passing".into())), "{moves:?}");
    assert!(history.iter().any(|a| a.metadata["note"] == "Seen in a demo"), "{history:?}");
    tx.commit().await.unwrap();
    let passes: bool = sqlx::query_scalar("select passes from factory.features").fetch_one(db.admin()).await.unwrap();
    assert!(passes);
}

#[tokio::test]
async fn a_stale_change_answers_the_current_feature_and_keeps_the_other_fields() {
    let (_db, org, mut tx, _) = shop().await;
    let login = feature(&mut tx, "Login").await;
    tx.commit().await.unwrap();
    let mut tx = org.tx(Role::Member).await;
    let mine = features::update(&mut tx, login.id, &login.rev, &patch("name", "Sign in")).await.unwrap();
    assert_ne!(mine.rev, login.rev);
    tx.commit().await.unwrap();
    let mut tx = org.tx(Role::Admin).await;
    let fault = features::update(&mut tx, login.id, &login.rev, &patch("priority", "P0")).await.unwrap_err();
    assert_eq!(fault.code, Code::Stale);
    let current = &fault.details.unwrap()["current"];
    assert_eq!((current["name"].as_str(), current["rev"].as_str()), (Some("Sign in"), Some(mine.rev.as_str())));
    // "Keep mine": the same patch on the new version.
    let kept = features::update(&mut tx, login.id, &mine.rev, &patch("priority", "P0")).await.unwrap();
    assert_eq!((kept.name.as_str(), kept.priority), ("Sign in", Some(Priority::P0)));
    assert_eq!(features::remove(&mut tx, login.id, &login.rev).await.unwrap_err().code, Code::Stale);
    assert_eq!(features::move_to(&mut tx, login.id, "0", FeatureStatus::Blocked).await.unwrap_err().code, Code::Stale);
    assert_eq!(features::place(&mut tx, login.id, "0", None, None).await.unwrap_err().code, Code::Stale);
}

#[tokio::test]
async fn criteria_keep_what_is_met_and_two_people_tick_different_ones() {
    let (_db, _org, mut tx, _) = shop().await;
    let input = FeatureInput { name: "Login".into(), criteria: "One\nTwo".into(), ..Default::default() };
    let login = features::create(&mut tx, "shop", &input).await.unwrap();
    features::set_met(&mut tx, login.id, "c2", true).await.unwrap();
    let now = features::set_met(&mut tx, login.id, "c1", true).await.unwrap();
    let now = features::update(&mut tx, login.id, &now.rev, &patch("criteria", "Two\nThree\nThree")).await.unwrap();
    let list: Vec<_> = now.criteria.iter().map(|c| (c.id.as_str(), c.text.as_str(), c.met)).collect();
    assert_eq!(list, [("c2", "Two", true), ("c1", "Three", false), ("c3", "Three", false)]);
    assert_eq!(features::set_met(&mut tx, login.id, "c9", true).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn what_waits_for_itself_is_refused_and_spelled_out() {
    let (_db, _org, mut tx, _) = shop().await;
    let one = feature(&mut tx, "One").await;
    waiting(&mut tx, "Two", "F-001").await;
    waiting(&mut tx, "Three", "F-002").await;
    let fault = features::update(&mut tx, one.id, &one.rev, &patch("dependencies", "F-003")).await.unwrap_err();
    assert_eq!((fault.code, fault.code.status()), (Code::Cycle, 422));
    assert_eq!(fault.fields["dependencies"], "would close a circle: F-001 waits for F-003 waits for F-002 waits for F-001");
    let fault = features::update(&mut tx, one.id, &one.rev, &patch("dependencies", "F-001")).await.unwrap_err();
    assert_eq!(fault.code, Code::Cycle);
    let two = features::by_key(&mut tx, "shop", "F-002").await.unwrap();
    assert_eq!(two.depends_on.iter().map(|f| f.key.as_str()).collect::<Vec<_>>(), ["F-001"]);
    assert_eq!(two.needed_by.iter().map(|f| f.key.as_str()).collect::<Vec<_>>(), ["F-003"]);
}

#[tokio::test]
async fn a_tree_has_five_levels_and_no_circle() {
    let (_db, _org, mut tx, _) = shop().await;
    let mut chain = vec![feature(&mut tx, "1").await];
    for name in ["2", "3", "4", "5"] {
        let next = child(&mut tx, name, chain.last().unwrap()).await;
        chain.push(next);
    }
    let input = FeatureInput { name: "6".into(), parent_id: Some(chain[4].id), ..Default::default() };
    assert_eq!(features::create(&mut tx, "shop", &input).await.unwrap_err().code, Code::TooDeep);
    for below in [0, 1, 4] {
        let fault = features::place(&mut tx, chain[0].id, &chain[0].rev, Some(chain[below].id), None).await.unwrap_err();
        assert_eq!((fault.code, fault.code.status()), (Code::Cycle, 422));
    }
    let top = feature(&mut tx, "Top").await;
    assert_eq!(features::place(&mut tx, chain[0].id, &chain[0].rev, Some(top.id), None).await.unwrap_err().code, Code::TooDeep);
    features::place(&mut tx, chain[1].id, &chain[1].rev, Some(top.id), None).await.unwrap();
    let tree = features::tree(&mut tx, "shop", &[top.id]).await.unwrap();
    let shown: Vec<_> = tree.nodes.iter().map(|n| (n.row.name.as_str(), n.parent_id.is_some(), n.children)).collect();
    assert!(shown.contains(&("1", false, 0)) && shown.contains(&("Top", false, 1)) && shown.contains(&("2", true, 1)), "{shown:?}");
    assert_eq!(shown.len(), 3);
}

#[tokio::test]
async fn siblings_stand_where_they_were_put() {
    let (_db, _org, mut tx, _) = shop().await;
    let mut made = Vec::new();
    for name in ["A", "B", "C", "D"] {
        made.push(feature(&mut tx, name).await);
    }
    let order = async |tx: &mut kernel::db::TenantTx| -> String {
        features::tree(tx, "shop", &[]).await.unwrap().nodes.iter().map(|n| n.row.name.as_str()).collect()
    };
    let moved = features::place(&mut tx, made[3].id, &made[3].rev, None, Some(made[0].id)).await.unwrap();
    assert_eq!(order(&mut tx).await, "ADBC");
    features::place(&mut tx, moved.id, &moved.rev, None, None).await.unwrap();
    assert_eq!(order(&mut tx).await, "DABC");
    let a = features::get(&mut tx, made[0].id).await.unwrap();
    features::place(&mut tx, a.id, &a.rev, None, Some(made[2].id)).await.unwrap();
    assert_eq!(order(&mut tx).await, "DBCA");
    let b = features::get(&mut tx, made[1].id).await.unwrap();
    let fault = features::place(&mut tx, b.id, &b.rev, Some(made[2].id), Some(made[3].id)).await.unwrap_err();
    assert_eq!(fault.fields["after"], "is not under the same parent");
}

#[tokio::test]
async fn a_deletion_takes_the_subtree_and_undo_brings_it_back() {
    let (_db, org, mut tx, _) = shop().await;
    let top = feature(&mut tx, "Top").await;
    let below = child(&mut tx, "Below", &top).await;
    let earlier = child(&mut tx, "Earlier", &below).await;
    features::remove(&mut tx, earlier.id, &earlier.rev).await.unwrap();
    let removed = features::remove(&mut tx, top.id, &top.rev).await.unwrap();
    assert_eq!((removed.count, removed.key.as_str()), (2, "F-001"));
    tx.commit().await.unwrap();
    let mut tx = org.tx(Role::Member).await;
    assert_eq!(features::get(&mut tx, below.id).await.unwrap_err().code, Code::NotFound);
    assert_eq!(features::page(&mut tx, "shop", &Default::default()).await.unwrap().everything, 0);
    let back = features::restore(&mut tx, top.id).await.unwrap();
    assert_eq!(back.count, 2);
    assert_eq!(features::restore(&mut tx, top.id).await.unwrap().count, 0);
    assert_eq!(features::get(&mut tx, below.id).await.unwrap().parent_id, Some(top.id));
    // What was deleted before stays deleted, and comes back by itself.
    assert_eq!(features::get(&mut tx, earlier.id).await.unwrap_err().code, Code::NotFound);
    assert_eq!(features::restore(&mut tx, earlier.id).await.unwrap().count, 1);
}

#[tokio::test]
async fn a_bulk_change_answers_for_each() {
    let (_db, _org, mut tx, _) = shop().await;
    let (a, b) = (feature(&mut tx, "A").await, feature(&mut tx, "B").await);
    let b = features::move_to(&mut tx, b.id, &b.rev, FeatureStatus::InProgress).await.unwrap();
    let missing = uuid::Uuid::from_u128(7);
    let results = features::bulk(&mut tx, "shop", &[a.id, b.id, missing, a.id], &BulkAction::Pass("Seen in a demo".into())).await.unwrap();
    assert_eq!(
        results.iter().map(|r| (r.id, r.problem.as_deref())).collect::<Vec<_>>(),
        [
            (a.id, Some("Pending cannot become passing. It can become in progress or blocked.")),
            (b.id, None),
            (missing, Some("is not in this project")),
        ]
    );
    features::bulk(&mut tx, "shop", &[a.id, b.id], &BulkAction::Priority(Some(Priority::P0))).await.unwrap();
    features::bulk(&mut tx, "shop", &[a.id, b.id], &BulkAction::Category("auth".into())).await.unwrap();
    let now = features::get(&mut tx, b.id).await.unwrap();
    assert_eq!((now.status, now.priority, now.category.as_deref()), (FeatureStatus::Passing, Some(Priority::P0), Some("auth")));
    features::bulk(&mut tx, "shop", &[a.id, b.id], &BulkAction::Delete).await.unwrap();
    assert_eq!(features::page(&mut tx, "shop", &Default::default()).await.unwrap().everything, 0);
    for ids in [vec![], vec![a.id; 101]] {
        assert_eq!(features::bulk(&mut tx, "shop", &ids, &BulkAction::Delete).await.unwrap_err().code, Code::Validation);
    }
}

#[tokio::test]
async fn two_writers_of_one_project_queue_and_both_count() {
    let (_db, org, mut tx, _) = shop().await;
    feature(&mut tx, "Zero").await;
    tx.commit().await.unwrap();
    let work = (0..8).map(|n| {
        let org = org.clone();
        async move {
            let mut tx = org.tx(Role::Member).await;
            feature(&mut tx, &format!("Feature {n}")).await;
            tx.commit().await.unwrap();
        }
    });
    futures::future::join_all(work).await;
    let mut tx = org.tx(Role::Member).await;
    let page = features::page(&mut tx, "shop", &Default::default()).await.unwrap();
    assert_eq!((page.everything, page.rows.last().unwrap().key.as_str()), (9, "F-009"));
}
