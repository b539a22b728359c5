//! The server functions of the tests pages. Each reaches one service in one transaction.
use factory::tests::{RunPoint, TestCase, TestCaseInput, TestCasePatch, TestRun, TestRunDetail, Uploaded};
use kernel::record::Paged;
use kit::{AppError, Client};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The runs of a project: one page of them, and the line of their pass rates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunsView {
    pub project_id: Uuid,
    pub runs: Paged<TestRun>,
    pub line: Vec<RunPoint>,
}

/// One page of the runs, the newest first.
#[server(client = Client, output = kit::Wire)]
pub async fn test_runs(project: String, after: Option<String>) -> Result<RunsView, AppError> {
    let page = kernel::record::PageRequest { after, limit: None };
    kit::call::read_tenant(async |tx| {
        let project_id = factory::projects::by_slug(tx, &project).await?.id;
        Ok(RunsView {
            project_id,
            runs: factory::tests::runs(tx, &project, &page).await?,
            line: factory::tests::history(tx, &project).await?,
        })
    })
    .await
}

/// A run with a page of its results, failures first.
#[server(client = Client, output = kit::Wire)]
pub async fn test_run_get(id: Uuid, after: Option<String>) -> Result<TestRunDetail, AppError> {
    let page = kernel::record::PageRequest { after, limit: Some(100) };
    kit::call::read_tenant(async |tx| factory::tests::run(tx, id, &page).await).await
}

/// Makes cases of the results of a run that belong to none; answers how many.
#[server(client = Client, output = kit::Wire)]
pub async fn test_run_adopt(id: Uuid, feature: Option<Uuid>) -> Result<i64, AppError> {
    kit::call::in_tenant(async |tx| factory::tests::adopt(tx, id, feature).await).await
}

/// Takes a report: JSON, or JUnit XML. (`import_`: the guard lets such bodies be large.)
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn import_test_run(project: String, text: String, commit: String, branch: String) -> Result<Uploaded, AppError> {
    kit::call::in_tenant(async |tx| {
        let mut report = factory::tests::parse(text.as_bytes())?;
        let said = |text: String| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        report.commit_sha = report.commit_sha.or(said(commit));
        report.branch = report.branch.or(said(branch));
        factory::tests::upload(tx, &project, report).await
    })
    .await
}

/// One page of the test cases by feature.
#[server(client = Client, output = kit::Wire)]
pub async fn test_cases(project: String, #[server(default)] q: String, after: Option<String>) -> Result<Paged<TestCase>, AppError> {
    let query = factory::tests::TestCaseQuery { q, page: kernel::record::PageRequest { after, limit: Some(100) }, ..Default::default() };
    kit::call::read_tenant(async |tx| factory::tests::page(tx, &project, &query).await).await
}

/// Adds a test case.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn test_case_create(project: String, input: TestCaseInput) -> Result<TestCase, AppError> {
    kit::call::in_tenant(async |tx| factory::tests::create(tx, &project, &input).await).await
}

/// Changes some fields of a test case.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn test_case_update(id: Uuid, rev: String, patch: TestCasePatch) -> Result<TestCase, AppError> {
    kit::call::in_tenant(async |tx| factory::tests::update(tx, id, &rev, &patch).await).await
}

/// Takes a test case away.
#[server(client = Client, output = kit::Wire)]
pub async fn test_case_remove(id: Uuid, rev: String) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::tests::remove(tx, id, &rev).await).await
}
