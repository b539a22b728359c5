use crate::{Shop, ask, proposals};
use factory::{
    assistant::CallStatus,
    features::{self, FeatureInput, FeaturePatch},
    suggestions::AgentType,
    work_orders::{self, WorkOrderInput, WorkOrderPatch, WorkOrderStatus},
};
use kernel::Code;

#[tokio::test]
async fn a20_21_a_proposed_work_order_is_made_by_approve_and_once() {
    let shop = Shop::new().await;
    let (conversation, events) = shop.say(&ask(AgentType::Planner, "Create a work order titled “Add login form”")).await.unwrap();
    let proposal = proposals(&events).remove(0);
    assert_eq!((proposal.status, proposal.title.as_str()), (CallStatus::AwaitingConfirmation, "Create work order “Add login form”"));
    assert_eq!(shop.talk(conversation).await[1].tool_calls[0].status, CallStatus::AwaitingConfirmation);
    assert_eq!(shop.rows("work_orders").await, 0);

    let done = shop.confirm(conversation, &proposal, true).await.unwrap();
    assert_eq!((done.status, done.link.as_deref()), (CallStatus::Approved, Some("/planner/1")));
    assert_eq!(shop.rows("work_orders").await, 1);
    for again in [true, false] {
        assert_eq!(shop.confirm(conversation, &proposal, again).await.unwrap_err().code, Code::Conflict);
    }
    assert_eq!(shop.rows("work_orders").await, 1);
    // It was the person who did it.
    let order = work_orders::by_number(&mut shop.tx().await, "shop", 1).await.unwrap().order;
    assert_eq!((order.title.as_str(), order.created_by), ("Add login form", shop.actor.user));

    let (conversation, events) = shop.say(&ask(AgentType::Planner, "Create a work order titled “Never”")).await.unwrap();
    let proposal = proposals(&events).remove(0);
    assert_eq!(shop.confirm(conversation, &proposal, false).await.unwrap().status, CallStatus::Rejected);
    assert_eq!(shop.confirm(conversation, &proposal, true).await.unwrap_err().code, Code::Conflict);
    assert_eq!(shop.rows("work_orders").await, 1);
}

#[tokio::test]
async fn a20_21_two_who_approve_at_once_make_one() {
    let shop = Shop::new().await;
    let (conversation, events) = shop.say(&ask(AgentType::Planner, "Create a work order titled “Once”")).await.unwrap();
    let proposal = proposals(&events).remove(0);
    let (a, b) = tokio::join!(shop.confirm(conversation, &proposal, true), shop.confirm(conversation, &proposal, true));
    let (made, refused) = if a.is_ok() { (a, b) } else { (b, a) };
    assert!(made.is_ok());
    assert_eq!(refused.unwrap_err().code, Code::Conflict);
    assert_eq!(shop.rows("work_orders").await, 1);
}

#[tokio::test]
async fn a_target_that_was_changed_since_is_409_and_stays() {
    let shop = Shop::new().await;
    let mut tx = shop.tx().await;
    let input = |title: &str| WorkOrderInput { title: title.into(), ..Default::default() };
    let one = work_orders::create(&mut tx, "shop", &input("One")).await.unwrap();
    work_orders::create(&mut tx, "shop", &input("Two")).await.unwrap();
    let feature = features::create(&mut tx, "shop", &FeatureInput { name: "Basket".into(), ..Default::default() }).await.unwrap();
    tx.commit().await.unwrap();

    let (first, events) = shop.say(&ask(AgentType::Planner, "Rename WO-1 to Better")).await.unwrap();
    let rename = proposals(&events).remove(0);
    assert_eq!((rename.changes[0].old.as_deref(), rename.changes[0].new.as_str()), (Some("One"), "Better"));
    let (second, events) = shop.say(&ask(AgentType::Planner, "Move WO-1 and WO-2 to ready")).await.unwrap();
    let both = proposals(&events).remove(0);
    let (third, events) = shop.say(&ask(AgentType::Refinery, "Rename F-001 to Cart")).await.unwrap();
    let cart = proposals(&events).remove(0);

    // Somebody else is faster.
    let mut tx = shop.tx().await;
    let patch = WorkOrderPatch { title: Some("By hand".into()), ..Default::default() };
    work_orders::update(&mut tx, one.id, &one.rev, &patch).await.unwrap();
    features::update(&mut tx, feature.id, &feature.rev, &FeaturePatch { category: Some("x".into()), ..Default::default() }).await.unwrap();
    tx.commit().await.unwrap();
    for (conversation, proposal) in [(first, &rename), (second, &both), (third, &cart)] {
        assert_eq!(shop.confirm(conversation, proposal, true).await.unwrap_err().code, Code::Conflict, "{}", proposal.title);
    }
    let now = async |number| work_orders::by_number(&mut shop.tx().await, "shop", number).await.unwrap().order;
    assert_eq!((now(1).await.title.as_str(), now(2).await.status), ("By hand", WorkOrderStatus::Backlog));
    assert_eq!(shop.confirm(first, &rename, false).await.unwrap().status, CallStatus::Rejected);

    // Asked again, it is done.
    let (again, events) = shop.say(&ask(AgentType::Planner, "Move WO-1 and WO-2 to ready")).await.unwrap();
    shop.confirm(again, &proposals(&events)[0], true).await.unwrap();
    assert_eq!((now(1).await.status, now(2).await.status), (WorkOrderStatus::Ready, WorkOrderStatus::Ready));
    let (again, events) = shop.say(&ask(AgentType::Refinery, "Rename F-001 to Cart")).await.unwrap();
    shop.confirm(again, &proposals(&events)[0], true).await.unwrap();
    assert_eq!(features::get(&mut shop.tx().await, feature.id).await.unwrap().name, "Cart");
}
