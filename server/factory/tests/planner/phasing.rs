use crate::{order, project, shop, walk};
use factory::{
    phases::PhaseInput,
    planner::{self, Put},
    templates::{self, TemplateInput, TemplateType},
    work_orders::{self, WorkOrderStatus::*},
};
use kernel::{Code, access::Role, db::TenantTx};
use serde_json::json;

async fn plan(tx: &mut TenantTx) -> Vec<(i32, String, bool)> {
    let spread = planner::spread(tx, "shop").await.unwrap();
    let name = |id| spread.phases.iter().find(|p| p.id == id).unwrap().name.clone();
    spread.rows.iter().map(|r| (r.number, name(r.phase_id), r.waits)).collect()
}

#[tokio::test]
async fn phases_come_from_the_nearest_template_and_are_added_in_its_order_once() {
    let (db, org, mut tx, _) = shop().await;
    let offer = planner::phase_offer(&mut tx, "shop").await.unwrap();
    let names = |offer: &planner::PhaseOffer| offer.recipes[0].phases.iter().map(|p| (p.name.clone(), p.there)).collect::<Vec<_>>();
    assert_eq!(names(&offer), [("Foundation".into(), false), ("Core".into(), false), ("Polish".into(), false)]);
    let content = json!({ "phases": [{ "name": "Alpha", "description": "It runs." }, { "name": "Beta" }] });
    let own =
        TemplateInput { kind: TemplateType::PlannerPhase, name: "Ours".into(), description: String::new(), content, is_default: true };
    let own = templates::create(&mut tx, Some("shop"), &own).await.unwrap();
    let offer = planner::phase_offer(&mut tx, "shop").await.unwrap();
    assert_eq!((offer.holds, offer.recipes.len()), (Some(own.id), 2));
    let inputs: Vec<PhaseInput> =
        offer.recipes[0].phases.iter().map(|p| PhaseInput { name: p.name.clone(), description: p.description.clone() }).collect();
    let phases = planner::add_phases(&mut tx, "shop", &inputs).await.unwrap();
    assert_eq!(phases.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Alpha", "Beta"]);
    assert_eq!(phases[0].description.as_deref(), Some("It runs."));
    // What is there is not added a second time, and says so.
    let more = [PhaseInput { name: "beta".into(), ..Default::default() }, PhaseInput { name: "Launch".into(), ..Default::default() }];
    let phases = planner::add_phases(&mut tx, "shop", &more).await.unwrap();
    assert_eq!(phases.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Alpha", "Beta", "Launch"]);
    assert_eq!(names(&planner::phase_offer(&mut tx, "shop").await.unwrap()), [("Alpha".into(), true), ("Beta".into(), true)]);
    assert_eq!(planner::add_phases(&mut tx, "shop", &[]).await.unwrap_err().code, Code::Validation);
    let nameless = [PhaseInput { name: "Gamma".into(), ..Default::default() }, PhaseInput::default()];
    assert_eq!(planner::add_phases(&mut tx, "shop", &nameless).await.unwrap_err().code, Code::Validation);
    tx.commit().await.unwrap();
    drop(org);
    let other = db.org("other").await;
    let mut tx = other.tx(Role::Admin).await;
    assert_eq!(planner::phase_offer(&mut tx, "shop").await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn work_is_spread_by_order_and_dependencies_shown_first_and_taken_back() {
    let (_db, _org, mut tx, _) = shop().await;
    let mut orders = Vec::new();
    for title in ["One", "Two", "Three", "Four"] {
        orders.push(order(&mut tx, title).await);
    }
    let finished = order(&mut tx, "Finished").await;
    walk(&mut tx, finished, &[Ready, InProgress, InReview, Done]).await;
    assert!(plan(&mut tx).await.is_empty(), "no phases yet");
    let named = |name: &str| PhaseInput { name: name.into(), ..Default::default() };
    let phases = planner::add_phases(&mut tx, "shop", &[named("Alpha"), named("Beta")]).await.unwrap();
    // The first waits for the last: both come when that is done.
    work_orders::block(&mut tx, orders[0].id, orders[3].id).await.unwrap();
    let shown = plan(&mut tx).await;
    assert_eq!(shown, [(4, "Alpha".into(), false), (1, "Alpha".into(), false), (2, "Beta".into(), false), (3, "Beta".into(), false)]);
    let spread = planner::spread(&mut tx, "shop").await.unwrap();
    let moves: Vec<Put> = spread.rows.iter().map(|r| Put { id: r.id, from: None, to: Some(r.phase_id) }).collect();
    // Somebody was faster with one of them: it stays where they put it.
    let two = work_orders::get(&mut tx, orders[1].id).await.unwrap();
    let patch = work_orders::WorkOrderPatch { phase_id: Some(Some(phases[0].id)), ..Default::default() };
    work_orders::update(&mut tx, two.id, &two.rev, &patch).await.unwrap();
    let done = planner::put(&mut tx, "shop", &moves).await.unwrap();
    assert_eq!(done.len(), 3);
    assert_eq!(planner::phase_offer(&mut tx, "shop").await.unwrap().unphased, 0);
    let now = work_orders::get(&mut tx, two.id).await.unwrap();
    assert_eq!(now.phase_id, Some(phases[0].id));
    let history = work_orders::by_number(&mut tx, "shop", 4).await.unwrap().history;
    // All of one moment here, so in no order.
    assert!(history.iter().any(|line| line.changes.0.contains_key("phase_id")));
    // Taken back.
    let back: Vec<Put> = done.iter().map(|m| Put { id: m.id, from: m.to, to: m.from }).collect();
    assert_eq!(planner::put(&mut tx, "shop", &back).await.unwrap().len(), 3);
    assert_eq!(planner::phase_offer(&mut tx, "shop").await.unwrap().unphased, 3);
    // What waits for work of a later phase goes there.
    work_orders::block(&mut tx, two.id, orders[2].id).await.unwrap();
    let now = work_orders::get(&mut tx, orders[3].id).await.unwrap();
    let patch = work_orders::WorkOrderPatch { phase_id: Some(Some(phases[1].id)), ..Default::default() };
    work_orders::update(&mut tx, now.id, &now.rev, &patch).await.unwrap();
    assert_eq!(plan(&mut tx).await, [(1, "Beta".into(), true), (3, "Beta".into(), false)]);
    // Of another project nothing is put anywhere.
    project(&mut tx, "Other").await;
    assert_eq!(planner::put(&mut tx, "other", &moves).await.unwrap_err().code, Code::Validation);
    let foreign = [Put { id: orders[0].id, from: None, to: None }];
    assert_eq!(planner::put(&mut tx, "other", &foreign).await.unwrap_err().code, Code::NotFound);
}
