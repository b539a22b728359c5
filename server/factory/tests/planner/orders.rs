use crate::{key, order, shop, walk};
use factory::{
    activities::Action,
    graph, phases,
    work_items::{self, WorkItemInput, WorkItemStatus},
    work_orders::{self, BulkAction, RichInput, Spot, WorkOrder, WorkOrderInput, WorkOrderPatch, WorkOrderQuery, WorkOrderStatus::*},
};
use kernel::{Code, access::Role, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

fn patch(value: serde_json::Value) -> WorkOrderPatch {
    serde_json::from_value(value).unwrap()
}

async fn titles(tx: &mut TenantTx) -> String {
    work_orders::board(tx, "shop", &WorkOrderQuery::default()).await.unwrap().rows.into_iter().map(|r| r.title).collect()
}

#[tokio::test]
async fn a20_05_backlog_cannot_become_done_and_the_full_path_leaves_four_activities() {
    let (_db, _org, mut tx, _) = shop().await;
    let made = order(&mut tx, "Login form").await;
    let fault = work_orders::move_to(&mut tx, made.id, &made.rev, Done, false).await.unwrap_err();
    assert_eq!((fault.code, fault.details.unwrap()["allowed"].clone()), (Code::InvalidTransition, json!(["ready"])));
    let done = walk(&mut tx, made, &[Ready, InProgress, InReview, Done]).await;
    let history = work_orders::by_number(&mut tx, "shop", done.number).await.unwrap().history;
    assert_eq!(history.iter().filter(|a| a.action == Action::StatusChanged).count(), 4);
}

#[tokio::test]
async fn a20_06_an_unfinished_predecessor_stops_keys_and_people_override_it_on_the_record() {
    let (db, org, mut tx, _) = shop().await;
    let (first, second) = (order(&mut tx, "First").await, order(&mut tx, "Second").await);
    work_orders::block(&mut tx, second.id, first.id).await.unwrap();
    let fault = work_orders::block(&mut tx, first.id, second.id).await.unwrap_err();
    assert_eq!((fault.code, fault.code.status()), (Code::Cycle, 422));
    let second = walk(&mut tx, second, &[Ready]).await;
    tx.commit().await.unwrap();

    let mut tx = org.tx_as(key(&org, &["mcp:write"])).await;
    for force in [false, true] {
        let fault = work_orders::move_to(&mut tx, second.id, &second.rev, InProgress, force).await.unwrap_err();
        assert_eq!((fault.code, fault.code.status()), (Code::Blocked, 409));
        assert!(fault.message.starts_with("WO-2 waits for WO-1, which is not done."), "{}", fault.message);
    }
    drop(tx);
    let mut tx = org.tx(Role::Member).await;
    assert_eq!(work_orders::move_to(&mut tx, second.id, &second.rev, InProgress, false).await.unwrap_err().code, Code::Blocked);
    let started = work_orders::move_to(&mut tx, second.id, &second.rev, InProgress, true).await.unwrap();
    assert_eq!(started.status, InProgress);
    let detail = work_orders::by_number(&mut tx, "shop", 2).await.unwrap();
    assert_eq!(detail.history[0].metadata["override"], "blocked");
    assert_eq!((detail.blocked_by[0].number, detail.blocked_by[0].status), (1, Backlog));
    tx.commit().await.unwrap();
    let noted: i64 =
        sqlx::query_scalar("select count(*) from core.audit_log where action = 'work_order.override' and severity = 'warning'")
            .fetch_one(db.admin())
            .await
            .unwrap();
    assert_eq!(noted, 1);
    // Taken back, nothing is in the way.
    let mut tx = org.tx(Role::Member).await;
    work_orders::unblock(&mut tx, second.id, first.id).await.unwrap();
    assert!(work_orders::by_number(&mut tx, "shop", 2).await.unwrap().blocked_by.is_empty());
}

#[tokio::test]
async fn open_work_items_keep_a_work_order_from_being_done_unless_a_person_says_so() {
    let (_db, _org, mut tx, _) = shop().await;
    let made = order(&mut tx, "Login form").await;
    let input = WorkItemInput { title: "Labels".into(), work_order_id: Some(made.id), ..Default::default() };
    let item = work_items::create(&mut tx, "shop", &input).await.unwrap();
    let made = walk(&mut tx, made, &[Ready, InProgress, InReview]).await;
    let fault = work_orders::move_to(&mut tx, made.id, &made.rev, Done, false).await.unwrap_err();
    assert_eq!((fault.code, fault.message.as_str()), (Code::OpenWorkItems, "WO-1 has 1 open work item."));
    let results = work_orders::bulk(&mut tx, "shop", &[made.id], &BulkAction::Status(Done)).await.unwrap();
    assert_eq!(results[0].problem.as_deref(), Some("WO-1 has 1 open work item."));
    let item = work_items::move_to(&mut tx, item.id, &item.rev, WorkItemStatus::InProgress).await.unwrap();
    work_items::move_to(&mut tx, item.id, &item.rev, WorkItemStatus::Done).await.unwrap();
    work_orders::move_to(&mut tx, made.id, &made.rev, Done, false).await.unwrap();
}

#[tokio::test]
async fn a20_07_fifteen_inserts_at_one_gap_keep_strict_order() {
    let (_db, _org, mut tx, _) = shop().await;
    let (a, b) = (order(&mut tx, "A").await, order(&mut tx, "B").await);
    assert_eq!((a.sort_order, b.sort_order), (1024, 2048));
    let put = async |tx: &mut TenantTx, moved: &WorkOrder, spot: Spot| work_orders::place(tx, moved.id, &moved.rev, &spot).await.unwrap();
    let after = |id: Uuid| Spot { after_work_order_id: Some(id), ..Default::default() };
    let mut expected = vec!["A".to_owned(), "B".to_owned()];
    for n in 0..15u8 {
        let title = char::from(b'a' + n).to_string();
        let made = order(&mut tx, &title).await;
        let placed = put(&mut tx, &made, after(a.id)).await;
        if n == 0 {
            assert_eq!(placed.sort_order, 1536);
        }
        expected.insert(1, title);
        assert_eq!(titles(&mut tx).await, expected.concat(), "insert {n}");
        let places: Vec<i32> =
            work_orders::board(&mut tx, "shop", &WorkOrderQuery::default()).await.unwrap().rows.iter().map(|r| r.sort_order).collect();
        assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
    }
}

#[tokio::test]
async fn a_work_order_is_put_into_a_phase_behind_one_before_one_or_first() {
    let (_db, _org, mut tx, _) = shop().await;
    let phase = phases::create(&mut tx, "shop", &phases::PhaseInput { name: "Alpha".into(), ..Default::default() }).await.unwrap();
    let mut made = Vec::new();
    for title in ["A", "B", "C", "D"] {
        made.push(order(&mut tx, title).await);
    }
    let get = async |tx: &mut TenantTx, at: usize| work_orders::get(tx, made[at].id).await.unwrap();
    let spot = |after: Option<usize>, before: Option<usize>| Spot {
        target_phase_id: Some(phase.id),
        after_work_order_id: after.map(|at| made[at].id),
        before_work_order_id: before.map(|at| made[at].id),
    };
    for (moved, spot, expected) in [
        (3, spot(None, None), "ABCD"), // the first of an empty phase comes last
        (2, spot(None, Some(0)), "CABD"),
        (0, spot(None, None), "ACBD"), // before the first of the phase, which is C
        (3, spot(Some(0), None), "ADCB"),
    ] {
        let now = get(&mut tx, moved).await;
        let placed = work_orders::place(&mut tx, now.id, &now.rev, &spot).await.unwrap();
        assert_eq!((titles(&mut tx).await.as_str(), placed.phase_id), (expected, Some(phase.id)));
    }
    let now = get(&mut tx, 1).await;
    let strange = Spot { after_work_order_id: Some(Uuid::from_u128(7)), ..Default::default() };
    assert_eq!(work_orders::place(&mut tx, now.id, &now.rev, &strange).await.unwrap_err().code, Code::Validation);
    assert_eq!(work_orders::place(&mut tx, now.id, "0", &spot(None, None)).await.unwrap_err().code, Code::Stale);
}

#[tokio::test]
async fn bad_input_is_named_beside_its_field_and_only_backlog_and_ready_begin() {
    let (db, _org, mut tx, _) = shop().await;
    let stranger = db.person("zoe@elsewhere.test").await;
    let base = || WorkOrderInput { title: "x".into(), ..Default::default() };
    for (input, field, message) in [
        (WorkOrderInput::default(), "title", "is required"),
        (WorkOrderInput { title: "x".repeat(501), ..base() }, "title", "has 501 characters; the most is 500"),
        (WorkOrderInput { status: InProgress, ..base() }, "status", "is backlog or ready for a new work order"),
        (WorkOrderInput { phase_id: Some(Uuid::from_u128(7)), ..base() }, "phase_id", "is not in this project"),
        (WorkOrderInput { feature_id: Some(Uuid::from_u128(7)), ..base() }, "feature_id", "is not in this project"),
        (WorkOrderInput { assignee_ids: vec![stranger.id], ..base() }, "assignee_ids", "must be members of this organization"),
        (WorkOrderInput { deliverable_type: "x".repeat(101), ..base() }, "deliverable_type", "has 101 characters; the most is 100"),
    ] {
        let fault = work_orders::create(&mut tx, "shop", &input).await.unwrap_err();
        assert_eq!((fault.code, fault.fields.get(field).map(String::as_str)), (Code::Validation, Some(message)));
    }
    let strange =
        WorkOrderInput { description: Some(RichInput::Doc(json!({ "type": "doc", "content": [{ "type": "script" }] }))), ..base() };
    let fault = work_orders::create(&mut tx, "shop", &strange).await.unwrap_err();
    assert!(fault.fields.contains_key("description") && fault.details.unwrap()["path"].as_str().unwrap().starts_with("$.content[0]"));
    assert_eq!(order(&mut tx, "First").await.number, 1, "nothing of the above was written");
}

#[tokio::test]
async fn a_stale_change_answers_the_current_work_order_and_absent_fields_stay() {
    let (_db, _org, mut tx, _) = shop().await;
    let made = order(&mut tx, "Login").await;
    let mine =
        work_orders::update(&mut tx, made.id, &made.rev, &patch(json!({ "title": "Sign in", "description": "One\n\nTwo" }))).await.unwrap();
    assert_eq!(mine.description.as_ref().unwrap()["content"].as_array().unwrap().len(), 2);
    let fault = work_orders::update(&mut tx, made.id, "0", &patch(json!({ "deliverable_type": "API" }))).await.unwrap_err();
    assert_eq!((fault.code, fault.details.unwrap()["current"]["title"].as_str()), (Code::Stale, Some("Sign in")));
    let kept =
        work_orders::update(&mut tx, made.id, &mine.rev, &patch(json!({ "deliverable_type": "API", "description": "" }))).await.unwrap();
    assert_eq!((kept.title.as_str(), kept.deliverable_type.as_deref(), &kept.description), ("Sign in", Some("API"), &None));
}

#[tokio::test]
async fn a_deleted_work_order_comes_back_with_its_number_and_its_node() {
    let (_db, _org, mut tx, project) = shop().await;
    let made = order(&mut tx, "Login").await;
    let entity = graph::EntityRef::new(graph::EntityKind::WorkOrder, made.id);
    graph::node(&mut tx, project.id, entity).await.unwrap();
    work_orders::remove(&mut tx, made.id, &made.rev).await.unwrap();
    assert_eq!(work_orders::by_number(&mut tx, "shop", 1).await.unwrap_err().code, Code::NotFound);
    assert_eq!(graph::node(&mut tx, project.id, entity).await.unwrap_err().code, Code::NotFound);
    assert_eq!(order(&mut tx, "Next").await.number, 2, "numbers are not given twice");
    work_orders::restore(&mut tx, made.id).await.unwrap();
    work_orders::restore(&mut tx, made.id).await.unwrap();
    let back = work_orders::by_number(&mut tx, "shop", 1).await.unwrap();
    assert_eq!(back.history.iter().filter(|a| a.action == Action::Restored).count(), 1);
    graph::node(&mut tx, project.id, entity).await.unwrap();
}

#[tokio::test]
async fn a_bulk_change_answers_for_each_and_writes_nothing_of_another_project() {
    let (_db, _org, mut tx, _) = shop().await;
    let (a, b) = (order(&mut tx, "A").await, order(&mut tx, "B").await);
    crate::project(&mut tx, "Second").await;
    let other = work_orders::create(&mut tx, "second", &WorkOrderInput { title: "O".into(), ..Default::default() }).await.unwrap();
    let b = walk(&mut tx, b, &[Ready]).await;
    let results = work_orders::bulk(&mut tx, "shop", &[a.id, b.id, other.id, a.id], &BulkAction::Status(InProgress)).await.unwrap();
    assert_eq!(
        results.iter().map(|r| (r.id, r.problem.as_deref())).collect::<Vec<_>>(),
        [(a.id, Some("Backlog cannot become in progress. It can become ready.")), (b.id, None), (other.id, Some("is not in this project")),]
    );
    assert_eq!(work_orders::get(&mut tx, other.id).await.unwrap().rev, other.rev);
    assert_eq!(work_orders::get(&mut tx, b.id).await.unwrap().status, InProgress);
    for ids in [vec![], vec![a.id; 101]] {
        assert_eq!(work_orders::bulk(&mut tx, "shop", &ids, &BulkAction::Delete).await.unwrap_err().code, Code::Validation);
    }
    work_orders::bulk(&mut tx, "shop", &[a.id, b.id], &BulkAction::Delete).await.unwrap();
    assert_eq!(titles(&mut tx).await, "");
}

#[tokio::test]
async fn assignees_hear_of_it_once_in_five_minutes_and_nobody_of_what_they_did() {
    let (db, org, mut tx, _) = shop().await;
    let (bea, cleo) = (org.user(Role::Admin).id, org.user(Role::Member).id);
    let input = WorkOrderInput { title: "Login".into(), assignee_ids: vec![cleo, bea], status: Ready, ..Default::default() };
    let made = work_orders::create(&mut tx, "shop", &input).await.unwrap();
    let made = walk(&mut tx, made, &[InProgress, Ready, InProgress]).await;
    tx.commit().await.unwrap();
    let heard = async || -> Vec<(Uuid, String)> {
        sqlx::query_as("select user_id, type from core.notifications order by type, user_id").fetch_all(db.admin()).await.unwrap()
    };
    // Bea did it all herself.
    assert_eq!(heard().await, [(cleo, "factory.assigned".to_owned()), (cleo, "factory.status_change".to_owned())]);
    db.app().clock.advance(chrono::Duration::minutes(6));
    let mut tx = org.tx(Role::Member).await;
    work_orders::move_to(&mut tx, made.id, &made.rev, InReview, false).await.unwrap();
    tx.commit().await.unwrap();
    // Cleo moved it: Bea hears, as its creator.
    assert_eq!(heard().await.len(), 3);
    assert_eq!(heard().await.iter().filter(|(who, _)| *who == bea).count(), 1);
}

#[tokio::test]
async fn another_organization_finds_nothing_and_an_archived_project_is_closed() {
    let (db, org, mut tx, project) = shop().await;
    let made = order(&mut tx, "Login").await;
    factory::projects::archive(&mut tx, project.id, &project.rev).await.unwrap();
    let input = WorkOrderInput { title: "x".into(), ..Default::default() };
    assert_eq!(work_orders::create(&mut tx, "shop", &input).await.unwrap_err().code, Code::ProjectArchived);
    tx.commit().await.unwrap();
    let mut tx = db.org("rival").await.tx(Role::Owner).await;
    for fault in [
        work_orders::get(&mut tx, made.id).await.unwrap_err(),
        work_orders::by_number(&mut tx, "shop", 1).await.unwrap_err(),
        work_orders::board(&mut tx, "shop", &WorkOrderQuery::default()).await.unwrap_err(),
        work_orders::update(&mut tx, made.id, &made.rev, &patch(json!({ "title": "x" }))).await.unwrap_err(),
        work_orders::move_to(&mut tx, made.id, &made.rev, Ready, false).await.unwrap_err(),
        work_orders::restore(&mut tx, made.id).await.unwrap_err(),
    ] {
        assert_eq!(fault.code, Code::NotFound);
    }
    let mut tx = org.tx_as(key(&org, &["mcp:read"])).await;
    assert_eq!(work_orders::create(&mut tx, "shop", &input).await.unwrap_err().code, Code::Forbidden);
}

#[tokio::test]
async fn two_writers_get_two_numbers() {
    let (_db, org, tx, _) = shop().await;
    tx.commit().await.unwrap();
    let work = (0..6).map(|n| {
        let org = org.clone();
        async move {
            let mut tx = org.tx(Role::Member).await;
            let made = order(&mut tx, &format!("Work {n}")).await;
            tx.commit().await.unwrap();
            made.number
        }
    });
    let mut numbers = futures::future::join_all(work).await;
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}
