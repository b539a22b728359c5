use crate::{feature, key, project, shop};
use factory::{
    features::{self, FeatureStatus},
    tests::{self, Report, RunStatus, TestCase, TestCaseInput, TestCasePatch, TestCaseQuery, TestStatus, Uploaded},
    work_items::{self, WorkItemQuery, WorkItemType},
};
use kernel::{Code, access::Role, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

async fn case(tx: &mut TenantTx, name: &str, path: &str, feature: Option<Uuid>, is_required: bool) -> TestCase {
    let input = TestCaseInput { name: name.into(), code_path: path.into(), feature_id: feature, is_required, ..Default::default() };
    tests::create(tx, "shop", &input).await.unwrap()
}

/// Uploads results given as "name=status" words.
async fn upload(tx: &mut TenantTx, commit: &str, results: &str) -> Uploaded {
    let results: Vec<_> = results.split(' ').map(|r| r.split_once('=').unwrap()).map(|(n, s)| json!({ "name": n, "status": s })).collect();
    let report = json!({ "commitSha": commit, "results": results }).to_string();
    tests::upload(tx, "shop", tests::parse(report.as_bytes()).unwrap()).await.unwrap()
}

async fn status(tx: &mut TenantTx, id: Uuid) -> FeatureStatus {
    features::get(tx, id).await.unwrap().status
}

#[tokio::test]
async fn a20_16_a_junit_report_counts_and_moves_its_feature() {
    let (_db, _org, mut tx, _) = shop().await;
    let mut xml = String::from("<testsuites><testsuite name='all'>");
    for n in 0..25 {
        xml += &match n {
            0..18 => format!("<testcase name='t{n}' time='0.5'/>"),
            18 | 19 => format!("<testcase name='t{n}'><failure message='no'/></testcase>"),
            _ => format!("<testcase name='t{n}'><skipped/></testcase>"),
        };
    }
    xml += "</testsuite></testsuites>";
    let up = tests::upload(&mut tx, "shop", tests::parse(xml.as_bytes()).unwrap()).await.unwrap();
    let run = &up.run;
    assert_eq!((run.total_tests, run.passed_tests, run.failed_tests, run.skipped_tests, run.status), (25, 18, 2, 5, RunStatus::Failed));
    assert_eq!((up.pass_rate, up.unlinked, up.bugs.len()), (Some(90), 25, 0));

    let login = feature(&mut tx, "Login", "").await;
    for (name, required) in [("T1", true), ("T2", true), ("T3", false)] {
        case(&mut tx, name, "", Some(login.id), required).await;
    }
    let up = upload(&mut tx, "aa11", "T1=passed T2=passed T3=failed").await;
    assert_eq!((status(&mut tx, login.id).await, up.features.as_slice()), (FeatureStatus::Passing, &["F-001".to_owned()][..]));
    let steps = features::by_key(&mut tx, "shop", "F-001").await.unwrap().history;
    assert_eq!(steps.iter().filter(|a| a.metadata["by"] == "tests").count(), 2, "it stepped through in progress");
    for _ in 0..2 {
        upload(&mut tx, "bb22", "T1=passed T2=failed T3=passed").await;
        assert_eq!(status(&mut tx, login.id).await, FeatureStatus::Failing);
    }
    let bugs =
        work_items::page(&mut tx, "shop", &WorkItemQuery { kind: Some(WorkItemType::Bug), ..Default::default() }).await.unwrap().rows;
    let of_t2: Vec<_> = bugs.iter().filter(|b| b.title == "Test fails: T2").collect();
    assert_eq!((of_t2.len(), of_t2[0].feature_id, of_t2[0].test_run_result_id.is_some()), (1, Some(login.id), true));
}

#[tokio::test]
async fn a_closed_bug_opens_again_with_the_next_failure() {
    let (_db, _org, mut tx, _) = shop().await;
    case(&mut tx, "T", "", None, true).await;
    let first = upload(&mut tx, "aa11", "T=failed").await.bugs;
    assert_eq!(first.len(), 1);
    sqlx::query("update factory.work_items set status = 'done'").execute(tx.conn()).await.unwrap();
    assert_eq!(upload(&mut tx, "bb22", "T=error").await.bugs.len(), 1);
    assert_eq!(upload(&mut tx, "cc33", "T=error").await.bugs.len(), 0);
}

#[tokio::test]
async fn results_find_their_case_by_path_and_name_or_by_a_name_only_one_has() {
    let (_db, _org, mut tx, _) = shop().await;
    let a = case(&mut tx, "opens", "cart.rs", None, true).await;
    let b = case(&mut tx, "opens", "login.rs", None, true).await;
    let c = case(&mut tx, "closes", "cart.rs", None, true).await;
    let report = json!({ "results": [
        { "name": "opens", "codePath": "login.rs", "status": "passed" },
        { "name": "opens", "status": "failed" },
        { "name": "closes", "file": "elsewhere.rs", "status": "skipped" },
        { "name": "closes", "status": "passed" },
        { "name": "new", "status": "passed" },
    ] });
    let up = tests::upload(&mut tx, "shop", tests::parse(report.to_string().as_bytes()).unwrap()).await.unwrap();
    assert_eq!((up.linked, up.unlinked), (3, 2));
    for (case, expected) in [(a.id, TestStatus::Pending), (b.id, TestStatus::Passed), (c.id, TestStatus::Passed)] {
        assert_eq!(tests::get(&mut tx, case).await.unwrap().status, expected);
    }
    let detail = tests::run(&mut tx, up.run.id, &Default::default()).await.unwrap();
    assert_eq!((detail.results[0].status, detail.unlinked, detail.results.len()), (TestStatus::Failed, 2, 5));
    // What is new becomes a case; "opens" alone stays unlinked, as two have the name.
    assert_eq!(tests::adopt(&mut tx, up.run.id, None).await.unwrap(), 1);
    assert_eq!(tests::run(&mut tx, up.run.id, &Default::default()).await.unwrap().unlinked, 1);
}

#[tokio::test]
async fn a_passing_feature_waits_for_new_required_cases_and_a_blocked_one_stays() {
    let (_db, _org, mut tx, _) = shop().await;
    let login = feature(&mut tx, "Login", "").await;
    let one = case(&mut tx, "one", "", Some(login.id), true).await;
    upload(&mut tx, "aa11", "one=passed").await;
    assert_eq!(status(&mut tx, login.id).await, FeatureStatus::Passing);
    let two = case(&mut tx, "two", "", Some(login.id), true).await;
    assert_eq!(status(&mut tx, login.id).await, FeatureStatus::InProgress);
    upload(&mut tx, "aa11", "two=passed").await;
    assert_eq!(status(&mut tx, login.id).await, FeatureStatus::Passing);
    upload(&mut tx, "aa11", "two=skipped").await;
    assert_eq!(status(&mut tx, login.id).await, FeatureStatus::InProgress);
    let optional: TestCasePatch = serde_json::from_value(json!({ "is_required": false })).unwrap();
    let two = tests::get(&mut tx, two.id).await.unwrap();
    tests::update(&mut tx, two.id, &two.rev, &optional).await.unwrap();
    assert_eq!(status(&mut tx, login.id).await, FeatureStatus::Passing);
    // By hand nobody says what tests have to say.
    let now = features::get(&mut tx, login.id).await.unwrap();
    let now = features::move_to(&mut tx, now.id, &now.rev, FeatureStatus::InProgress).await.unwrap();
    assert_eq!(features::pass(&mut tx, now.id, &now.rev, "Looks good").await.unwrap_err().code, Code::InvalidTransition);
    let list = r#"[{"id":"F-001","name":"Login","passes":true}]"#;
    factory::import::apply(&mut tx, "shop", list).await.unwrap();
    assert_eq!(status(&mut tx, login.id).await, FeatureStatus::InProgress);
    let now = features::get(&mut tx, login.id).await.unwrap();
    features::move_to(&mut tx, now.id, &now.rev, FeatureStatus::Blocked).await.unwrap();
    upload(&mut tx, "bb22", "one=failed").await;
    assert_eq!(status(&mut tx, login.id).await, FeatureStatus::Blocked);
    let one = tests::get(&mut tx, one.id).await.unwrap();
    assert_eq!(tests::remove(&mut tx, one.id, "0").await.unwrap_err().code, Code::Stale);
    tests::remove(&mut tx, one.id, &one.rev).await.unwrap();
}

#[tokio::test]
async fn one_commit_with_two_outcomes_is_flaky() {
    let (_db, _org, mut tx, _) = shop().await;
    let t = case(&mut tx, "T", "", None, true).await;
    upload(&mut tx, "aa11", "T=passed").await;
    upload(&mut tx, "bb22", "T=failed").await;
    assert!(!tests::get(&mut tx, t.id).await.unwrap().flaky);
    upload(&mut tx, "bb22", "T=passed").await;
    assert!(tests::get(&mut tx, t.id).await.unwrap().flaky);
    let page = tests::page(&mut tx, "shop", &TestCaseQuery { q: "t".into(), ..Default::default() }).await.unwrap();
    assert!(page.rows[0].flaky && page.rows[0].last_run_at.is_some());
    assert_eq!(tests::case_results(&mut tx, t.id).await.unwrap().len(), 3);
    assert_eq!(tests::history(&mut tx, "shop").await.unwrap().len(), 3);
    assert_eq!(tests::runs(&mut tx, "shop", &Default::default()).await.unwrap().rows.len(), 3);
}

#[tokio::test]
async fn a_key_uploads_with_its_scope_to_its_project_alone() {
    let (db, org, mut tx, shop) = shop().await;
    let second = project(&mut tx, "Second").await;
    tx.commit().await.unwrap();
    let bytes = br#"{"results":[{"name":"a","status":"passed"}]}"#;
    let about = || Report { branch: Some("main".into()), ..Default::default() };
    let bound = kernel::access::Actor { project: Some(shop.id), ..key(&org, &["tests:write"]) };
    let mut tx = org.tx_as(bound.clone()).await;
    let up = tests::upload_by_key(&mut tx, shop.id, bytes, about()).await.unwrap();
    assert_eq!((up.run.branch.as_deref(), up.run.triggered_by), (Some("main"), tests::Trigger::Ci));
    assert_eq!(tests::upload_by_key(&mut tx, second.id, bytes, about()).await.unwrap_err().code, Code::NotFound);
    assert_eq!(tests::runs(&mut tx, "shop", &Default::default()).await.unwrap_err().code, Code::Forbidden);
    let mut tx = org.tx_as(key(&org, &["mcp:write"])).await;
    assert_eq!(tests::upload_by_key(&mut tx, shop.id, bytes, about()).await.unwrap_err().code, Code::Forbidden);
    let mut tx = db.org("rival").await.tx(Role::Owner).await;
    assert_eq!(tests::upload_by_key(&mut tx, shop.id, bytes, about()).await.unwrap_err().code, Code::NotFound);
    assert_eq!(tests::run(&mut tx, up.run.id, &Default::default()).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn twenty_thousand_results_are_taken_in_one_go() {
    let (_db, _org, mut tx, _) = shop().await;
    for n in 0..50 {
        case(&mut tx, &format!("t{n}"), "", None, true).await;
    }
    let results: Vec<_> = (0..20_000).map(|n| json!({ "name": format!("t{n}"), "status": "passed", "durationMs": 5 })).collect();
    let report = json!({ "results": results }).to_string();
    let up = tests::upload(&mut tx, "shop", tests::parse(report.as_bytes()).unwrap()).await.unwrap();
    assert_eq!((up.run.total_tests, up.linked, up.pass_rate), (20_000, 50, Some(100)));
}
