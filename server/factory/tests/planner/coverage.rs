use crate::{feature, shop};
use factory::{
    planner::{self, Covering},
    tests::{self, TestCaseInput},
    work_orders::{self, RichInput, WorkOrderInput},
};
use kernel::Code;
use uuid::Uuid;

#[tokio::test]
async fn b20_01_the_matrix_shows_gaps_and_people_have_the_last_word() {
    let (_db, _org, mut tx, _) = shop().await;
    let login = feature(&mut tx, "Login", "User resets password by email link\nWrong password is refused").await;
    feature(&mut tx, "No criteria", "").await;
    let input = WorkOrderInput {
        title: "Reset flow".into(),
        feature_id: Some(login.id),
        acceptance_criteria: Some(RichInput::Markdown("Password reset email arrives within 60 seconds".into())),
        ..Default::default()
    };
    let wo = work_orders::create(&mut tx, "shop", &input).await.unwrap();
    let case = TestCaseInput { name: "wrongPasswordIsRefused".into(), feature_id: Some(login.id), ..Default::default() };
    let test = tests::create(&mut tx, "shop", &case).await.unwrap();

    let matrix = planner::coverage(&mut tx, "shop", &Default::default()).await.unwrap();
    assert_eq!((matrix.features.len(), matrix.totals()), (1, (2, 2)));
    let rows = &matrix.features[0].rows;
    assert_eq!((rows[0].orders.len(), rows[0].tests.len(), rows[1].orders.len(), rows[1].tests.len()), (1, 0, 0, 1));

    planner::cover(&mut tx, login.id, "c1", Covering::TestCase(test.id), Some(true)).await.unwrap();
    planner::cover(&mut tx, login.id, "c2", Covering::TestCase(test.id), Some(false)).await.unwrap();
    let matrix = planner::coverage(&mut tx, "shop", &Default::default()).await.unwrap();
    assert_eq!(matrix.totals(), (2, 1));
    assert!(matrix.features[0].rows[0].tests[0].by_person && matrix.features[0].rows[1].tests.is_empty());
    let csv = planner::coverage_csv(&mut tx, "shop").await.unwrap();
    assert_eq!(
        csv.text,
        "feature,name,criterion,met,work orders,tests,gap\n\
         F-001,Login,User resets password by email link,no,WO-1,wrongPasswordIsRefused (pending),\n\
         F-001,Login,Wrong password is refused,no,,,\"no work order, no test\"\n"
    );
    planner::cover(&mut tx, login.id, "c2", Covering::TestCase(test.id), None).await.unwrap();
    assert_eq!(planner::coverage(&mut tx, "shop", &Default::default()).await.unwrap().features[0].rows[1].tests.len(), 1);
    for (criterion, what) in [("c9", Covering::WorkOrder(wo.id)), ("c1", Covering::WorkOrder(Uuid::from_u128(7)))] {
        assert_eq!(planner::cover(&mut tx, login.id, criterion, what, Some(true)).await.unwrap_err().code, Code::NotFound);
    }
}
