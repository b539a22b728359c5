//! Runs and their results, as people look at them.
use super::{RunPoint, RunStatus, TestResult, TestRun, TestRunDetail, TestStatus, TestType, Trigger};
use crate::{projects, work_orders::store as orders};
use chrono::{DateTime, Utc};
use kernel::{
    Fault, Perm,
    audit::Audit,
    db::TenantTx,
    record::{Cursor, PageRequest, Paged},
};
use serde_json::json;
use uuid::Uuid;

/// One page of a project's runs, the newest first.
pub async fn runs(tx: &mut TenantTx, project: &str, page: &PageRequest) -> Result<Paged<TestRun>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let after = Cursor::<DateTime<Utc>>::of(page)?;
    let rows = sqlx::query_as!(
        TestRun,
        r#"select id, project_id, commit_sha, branch, triggered_by as "triggered_by: Trigger", status as "status: RunStatus", total_tests,
             passed_tests, failed_tests, skipped_tests, started_at, finished_at, created_at
           from factory.test_runs
           where project_id = $1 and ($3::uuid is null or created_at < $2 or created_at = $2 and id > $3)
           order by created_at desc, id limit $4"#,
        project.id,
        after.as_ref().map(|c| c.key),
        after.as_ref().map(|c| c.id),
        page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::cut(rows, page, |r| Cursor::new(r.created_at, r.id)))
}

/// How many runs there are, on all pages.
pub async fn run_count(tx: &mut TenantTx, project: &str) -> Result<i64, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let count = sqlx::query_scalar!(r#"select count(*) as "n!" from factory.test_runs where project_id = $1"#, project.id);
    Ok(count.fetch_one(tx.conn()).await?)
}

/// The pass rates of the last sixty finished runs, the oldest first.
pub async fn history(tx: &mut TenantTx, project: &str) -> Result<Vec<RunPoint>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let mut points = sqlx::query_as!(
        RunPoint,
        r#"select id, coalesce(finished_at, created_at) as "at!", (passed_tests * 100 / (total_tests - skipped_tests)) as "rate!"
           from factory.test_runs where project_id = $1 and status in ('passed', 'failed') and total_tests > skipped_tests
           order by created_at desc, id limit 60"#,
        project.id
    )
    .fetch_all(tx.conn())
    .await?;
    points.reverse();
    Ok(points)
}

fn missing() -> Fault {
    Fault::not_found("The test run")
}

async fn one(tx: &mut TenantTx, id: Uuid) -> Result<TestRun, Fault> {
    sqlx::query_as!(
        TestRun,
        r#"select id, project_id, commit_sha, branch, triggered_by as "triggered_by: Trigger", status as "status: RunStatus", total_tests,
             passed_tests, failed_tests, skipped_tests, started_at, finished_at, created_at
           from factory.test_runs where id = $1"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(missing)
}

/// A run with a page of its results, failures first.
pub async fn run(tx: &mut TenantTx, id: Uuid, page: &PageRequest) -> Result<TestRunDetail, Fault> {
    tx.require(Perm::FactoryRead)?;
    let run = one(tx, id).await?;
    projects::get(tx, run.project_id).await.map_err(|_| missing())?;
    let after = Cursor::<(i32, String)>::of(page)?;
    let rows = sqlx::query!(
        r#"select r.id, r.test_case_id, r.test_name, r.status as "status: TestStatus", r.duration_ms, r.error_output, r.stack_trace,
             (r.test_case_id is not null and factory.is_flaky(r.test_case_id)) as "flaky!",
             (select i.id from factory.test_run_results o join factory.work_items i on i.test_run_result_id = o.id
               where o.test_case_id = r.test_case_id and i.status <> 'done' and i.type = 'bug' limit 1) as bug,
             r.sort as "sort!", coalesce(r.test_name, '') as "name_order!"
           from (
             select t.*, case t.status when 'failed' then 0 when 'error' then 0 when 'skipped' then 1 else 2 end as sort
             from factory.test_run_results t where t.test_run_id = $1) r
           where $4::uuid is null or (r.sort, coalesce(r.test_name, ''), r.id) > ($2, $3, $4)
           order by r.sort, coalesce(r.test_name, ''), r.id limit $5"#,
        id,
        after.as_ref().map(|c| c.key.0),
        after.as_ref().map(|c| c.key.1.as_str()),
        after.as_ref().map(|c| c.id),
        page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    let unlinked =
        sqlx::query_scalar!(r#"select count(*) as "n!" from factory.test_run_results where test_run_id = $1 and test_case_id is null"#, id)
            .fetch_one(tx.conn())
            .await?;
    let rows: Vec<((i32, String), TestResult)> = rows
        .into_iter()
        .map(|r| {
            let result = TestResult {
                id: r.id,
                test_case_id: r.test_case_id,
                test_name: r.test_name,
                status: r.status,
                duration_ms: r.duration_ms,
                error_output: r.error_output,
                stack_trace: r.stack_trace,
                flaky: r.flaky,
                bug: r.bug,
            };
            ((r.sort, r.name_order), result)
        })
        .collect();
    let Paged { rows, next } = Paged::cut(rows, page, |(key, result)| Cursor::new(key.clone(), result.id));
    Ok(TestRunDetail { run, results: rows.into_iter().map(|(_, result)| result).collect(), next, unlinked })
}

/// The last twenty results of one case, the newest first: what "flaky" rests on.
pub async fn case_results(tx: &mut TenantTx, case: Uuid) -> Result<Vec<TestRun>, Fault> {
    super::cases::get(tx, case).await?;
    Ok(sqlx::query_as!(
        TestRun,
        r#"select t.id, t.project_id, t.commit_sha, t.branch, t.triggered_by as "triggered_by: Trigger",
             case when r.status in ('failed', 'error') then 'failed' else 'passed' end as "status!: RunStatus", t.total_tests, t.passed_tests,
             t.failed_tests, t.skipped_tests, t.started_at, t.finished_at, r.created_at
           from factory.test_run_results r join factory.test_runs t on t.id = r.test_run_id
           where r.test_case_id = $1 and r.status <> 'skipped' order by r.created_at desc, r.id limit 20"#,
        case
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Makes test cases of a run's results that belong to none yet, for a feature or for none; answers how many. They are not
/// required: a person decides what a feature rests on.
pub async fn adopt(tx: &mut TenantTx, id: Uuid, feature: Option<Uuid>) -> Result<i64, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let run = one(tx, id).await?;
    let project = projects::lock_id(tx, run.project_id).await?;
    let feature = orders::feature(tx, project.id, feature).await?;
    let made = sqlx::query_scalar!(
        r#"with new as (
             insert into factory.test_cases (project_id, feature_id, name, type, is_required, status)
             select $1, $3, r.test_name, $4, false,
               case when bool_or(r.status in ('failed', 'error')) then 'failed' when bool_or(r.status = 'passed') then 'passed' else 'skipped' end
             from factory.test_run_results r
             where r.test_run_id = $2 and r.test_case_id is null and r.test_name is not null
               and not exists (select from factory.test_cases c where c.project_id = $1 and c.name = r.test_name)
             group by r.test_name
             returning id, name
           ), linked as (
             update factory.test_run_results r set test_case_id = new.id from new
             where r.test_run_id = $2 and r.test_case_id is null and r.test_name = new.name
           )
           select count(*) as "n!" from new"#,
        project.id,
        id,
        feature,
        TestType::Unit as TestType
    )
    .fetch_one(tx.conn())
    .await?;
    tx.audit(Audit::new("test_case.adopt").target("test_run", id).meta(json!({ "count": made }))).await?;
    Ok(made)
}
