use crate::{order, shop, walk};
use factory::{
    phases::{self, PhaseInput},
    planner::{self, SavedViewInput},
    work_orders::{self, Sort, WorkOrderInput, WorkOrderQuery, WorkOrderStatus::*},
};
use kernel::{Code, access::Role, db::TenantTx};
use uuid::Uuid;

async fn phase(tx: &mut TenantTx, name: &str) -> phases::Phase {
    phases::create(tx, "shop", &PhaseInput { name: name.into(), ..Default::default() }).await.unwrap()
}

async fn numbers(tx: &mut TenantTx, query: WorkOrderQuery) -> Vec<i32> {
    work_orders::page(tx, "shop", &query).await.unwrap().rows.iter().map(|r| r.number).collect()
}

#[tokio::test]
async fn phases_have_an_order_and_progress() {
    let (_db, _org, mut tx, _) = shop().await;
    let (a, b, c) = (phase(&mut tx, "A").await, phase(&mut tx, "B").await, phase(&mut tx, "C").await);
    let names = |list: Vec<phases::Phase>| list.into_iter().map(|p| p.name).collect::<String>();
    assert_eq!(names(phases::place(&mut tx, c.id, None).await.unwrap()), "CAB");
    assert_eq!(names(phases::place(&mut tx, c.id, Some(a.id)).await.unwrap()), "ACB");
    for n in 0..8 {
        let input = WorkOrderInput { title: n.to_string(), phase_id: Some(b.id), status: Ready, ..Default::default() };
        let made = work_orders::create(&mut tx, "shop", &input).await.unwrap();
        if n < 3 {
            walk(&mut tx, made, &[InProgress, InReview, Done]).await;
        }
    }
    let list = phases::list(&mut tx, "shop").await.unwrap();
    let b = list.iter().find(|p| p.id == b.id).unwrap();
    assert_eq!((b.done, b.live, b.percent()), (3, 8, 38));
    let renamed = phases::update(&mut tx, b.id, &b.rev, &PhaseInput { name: "Beta".into(), description: "Second".into() }).await.unwrap();
    assert_eq!(phases::update(&mut tx, b.id, "0", &PhaseInput::default()).await.unwrap_err().code, Code::Stale);
    phases::remove(&mut tx, renamed.id, &renamed.rev).await.unwrap();
    let board = work_orders::board(&mut tx, "shop", &WorkOrderQuery::default()).await.unwrap();
    assert_eq!((board.phases.len(), board.rows.len()), (2, 8));
    assert!(board.rows.iter().all(|r| r.phase_id.is_none()), "the work stays");
}

#[tokio::test]
async fn the_list_filters_counts_sorts_and_pages() {
    let (_db, org, mut tx, _) = shop().await;
    let alpha = phase(&mut tx, "Alpha").await;
    let login = crate::feature(&mut tx, "Login", "").await;
    let cleo = org.user(Role::Member).id;
    for n in 1..=7 {
        let input = WorkOrderInput {
            title: format!("Task {}", ["zero", "one", "two", "three", "four", "five", "six", "seven"][n]),
            phase_id: (n % 2 == 0).then_some(alpha.id),
            feature_id: (n == 3).then_some(login.id),
            assignee_ids: if n == 5 { vec![cleo] } else { vec![] },
            status: if n > 5 { Ready } else { Backlog },
            description: (n == 2).then(|| factory::work_orders::RichInput::Markdown("Needs a Mailbox".into())),
            ..Default::default()
        };
        work_orders::create(&mut tx, "shop", &input).await.unwrap();
    }
    let board = work_orders::board(&mut tx, "shop", &WorkOrderQuery::default()).await.unwrap();
    work_orders::block(&mut tx, board.rows[0].id, board.rows[1].id).await.unwrap();
    let q = WorkOrderQuery::default;
    for (query, expected) in [
        (q(), vec![1, 2, 3, 4, 5, 6, 7]),
        (WorkOrderQuery { status: "ready".into(), ..q() }, vec![6, 7]),
        (WorkOrderQuery { phase: alpha.id.to_string(), ..q() }, vec![2, 4, 6]),
        (WorkOrderQuery { phase: "none".into(), status: "backlog".into(), ..q() }, vec![1, 3, 5]),
        (WorkOrderQuery { feature: "F-001".into(), ..q() }, vec![3]),
        (WorkOrderQuery { assignee: cleo.to_string(), ..q() }, vec![5]),
        (WorkOrderQuery { assignee: "me".into(), ..q() }, vec![]),
        (WorkOrderQuery { assignee: format!("{cleo},none"), status: "backlog".into(), ..q() }, vec![1, 2, 3, 4, 5]),
        (WorkOrderQuery { blocked: "1".into(), ..q() }, vec![1]),
        (WorkOrderQuery { q: "MAILBOX task".into(), ..q() }, vec![2]),
        (WorkOrderQuery { q: "wo-7".into(), ..q() }, vec![7]),
        (WorkOrderQuery { sort: "-number".into(), ..q() }, vec![7, 6, 5, 4, 3, 2, 1]),
        (WorkOrderQuery { sort: "title".into(), ..q() }, vec![5, 4, 1, 7, 6, 3, 2]),
        (WorkOrderQuery { q: "nothing' %".into(), ..q() }, vec![]),
    ] {
        assert_eq!(numbers(&mut tx, query.clone()).await, expected, "{query:?}");
    }
    let page = work_orders::page(&mut tx, "shop", &WorkOrderQuery { status: "ready".into(), ..q() }).await.unwrap();
    assert_eq!((page.matching, page.everything, page.counts.status["backlog"], page.counts.status["ready"]), (2, 7, 5, 2));
    assert_eq!((page.counts.phase[&alpha.id.to_string()], page.counts.phase[""], page.counts.assignee[""]), (1, 1, 2));
    let row = &work_orders::page(&mut tx, "shop", &WorkOrderQuery { blocked: "1".into(), ..q() }).await.unwrap().rows[0];
    assert!(row.blocked);

    for sort in Sort::ALL {
        for direction in ["", "-"] {
            let mut query = WorkOrderQuery { sort: format!("{direction}{}", sort.as_str()), limit: Some(3), ..q() };
            let mut seen = Vec::new();
            loop {
                let page = work_orders::page(&mut tx, "shop", &query).await.unwrap();
                seen.extend(page.rows.iter().map(|r| r.number));
                match page.next {
                    Some(next) => query.after = next,
                    None => break,
                }
            }
            let whole = numbers(&mut tx, WorkOrderQuery { after: String::new(), limit: None, ..query.clone() }).await;
            assert_eq!((seen.len(), seen), (7, whole), "{}", query.sort);
        }
    }
    for bad in [
        WorkOrderQuery { sort: "size".into(), ..q() },
        WorkOrderQuery { status: "gone".into(), ..q() },
        WorkOrderQuery { phase: "x".into(), ..q() },
        WorkOrderQuery { after: "zzz".into(), ..q() },
    ] {
        assert_eq!(work_orders::page(&mut tx, "shop", &bad).await.unwrap_err().code, Code::BadRequest);
    }
}

#[tokio::test]
async fn b20_02_a_view_is_a_persons_own_or_the_teams() {
    let (_db, org, tx, _) = shop().await;
    tx.commit().await.unwrap();
    let view = |name: &str, query: &str, shared| SavedViewInput { name: name.into(), query: query.into(), shared };
    let mut tx = org.tx(Role::Member).await;
    planner::save_view(&mut tx, "shop", &view("Mine", "assignee=me", false)).await.unwrap();
    let both = planner::save_view(&mut tx, "shop", &view("Ready", "?status=ready", true)).await.unwrap();
    assert_eq!(
        both.iter().map(|v| (v.name.as_str(), v.query.as_str(), v.shared)).collect::<Vec<_>>(),
        [("Ready", "status=ready", true), ("Mine", "assignee=me", false)]
    );
    // The same name again replaces it.
    let again = planner::save_view(&mut tx, "shop", &view("mine", "assignee=none", false)).await.unwrap();
    assert_eq!((again.len(), again[1].query.as_str()), (2, "assignee=none"));
    tx.commit().await.unwrap();

    let bob = _db.person("bob@acme.test").await;
    _db.join(org.id, &bob, Role::Member).await;
    let mut tx = org.tx_as(org.actor_of(&bob, Role::Member)).await;
    let seen = planner::views(&mut tx, "shop").await.unwrap();
    assert_eq!(seen.iter().map(|v| (v.name.as_str(), v.editable)).collect::<Vec<_>>(), [("Ready", false)]);
    assert_eq!(planner::remove_view(&mut tx, seen[0].id).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(planner::save_view(&mut tx, "shop", &view("READY", "x=1", true)).await.unwrap_err().code, Code::Validation);
    assert_eq!(planner::remove_view(&mut tx, again[1].id).await.unwrap_err().code, Code::NotFound, "a view of one person's own");
    let mut tx = org.tx(Role::Admin).await;
    planner::remove_view(&mut tx, seen[0].id).await.unwrap();
}

#[tokio::test]
async fn b20_03_the_forecast_counts_what_was_done_and_says_the_same_all_day() {
    let (_db, _org, mut tx, _) = shop().await;
    let alpha = phase(&mut tx, "Alpha").await;
    let idle = planner::forecast(&mut tx, "shop").await.unwrap();
    assert_eq!((idle.done(), idle.throughput.len(), idle.phases.len()), (0, 28, 0));
    for n in 0..6 {
        let input = WorkOrderInput { title: n.to_string(), status: Ready, phase_id: (n > 3).then_some(alpha.id), ..Default::default() };
        let made = work_orders::create(&mut tx, "shop", &input).await.unwrap();
        if n < 3 {
            walk(&mut tx, made, &[InProgress, InReview, Done, InReview, Done]).await;
        }
    }
    // Done on a day of the past, so that the fixed clock's four weeks hold it.
    let today = tx.now();
    sqlx::query("update factory.activities set created_at = $1").bind(today - chrono::Duration::days(2)).execute(tx.conn()).await.unwrap();
    let now = planner::forecast(&mut tx, "shop").await.unwrap();
    assert_eq!((now.done(), now.throughput[25]), (3, 3), "what was done twice counts once: {:?}", now.throughput);
    assert_eq!(now.phases.iter().map(|p| (p.name.as_str(), p.remaining)).collect::<Vec<_>>(), [("Alpha", 2), ("No phase", 1)]);
    assert!(now.phases.iter().all(|p| p.p50.unwrap() <= p.p85.unwrap() && p.p50.unwrap() > today.date_naive()));
    assert!(now.phases[0].p85 <= now.phases[1].p85);
    assert_eq!(planner::forecast(&mut tx, "shop").await.unwrap(), now);
    let timeline = planner::timeline(&mut tx, "shop").await.unwrap();
    assert_eq!((timeline.rows.len(), timeline.rows.iter().filter(|r| r.done_at.is_some() && r.begun_at.is_some()).count()), (6, 3));
}

#[tokio::test]
async fn an_unknown_phase_and_another_tenants_are_not_found() {
    let (db, _org, mut tx, _) = shop().await;
    let alpha = phase(&mut tx, "Alpha").await;
    order(&mut tx, "A").await;
    tx.commit().await.unwrap();
    let mut tx = db.org("rival").await.tx(Role::Owner).await;
    for fault in [
        phases::remove(&mut tx, alpha.id, &alpha.rev).await.unwrap_err(),
        phases::update(&mut tx, Uuid::from_u128(7), "0", &PhaseInput::default()).await.unwrap_err(),
        phases::list(&mut tx, "shop").await.unwrap_err(),
        planner::forecast(&mut tx, "shop").await.unwrap_err(),
        planner::views(&mut tx, "shop").await.unwrap_err(),
        planner::timeline(&mut tx, "shop").await.unwrap_err(),
        planner::coverage(&mut tx, "shop", &Default::default()).await.unwrap_err(),
    ] {
        assert_eq!(fault.code, Code::NotFound);
    }
}
