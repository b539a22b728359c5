//! A report comes in: the run, its results, the cases it speaks of, their features, the bugs it opens.
use super::{Report, Reported, RunStatus, TestRun, TestStatus, Trigger, Uploaded, judge, parse};
use crate::{
    activities::{self, Action, Changes, Entity},
    projects::{self, Project},
    work_items::{WorkItem, WorkItemStatus, WorkItemType, write as items},
};
use kernel::{Fault, Perm, access::ActorKind, audit::Audit, db::TenantTx};
use serde_json::{Value, json};
use sqlx::types::Json;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Takes the report of a person.
pub async fn upload(tx: &mut TenantTx, project: &str, report: Report) -> Result<Uploaded, Fault> {
    let project = projects::lock(tx, project).await?;
    take(tx, &project, report).await
}

/// Takes a report by the project's id, from people and from keys of scope `tests:write`.
pub async fn upload_by_key(tx: &mut TenantTx, project: Uuid, bytes: &[u8], about: Report) -> Result<Uploaded, Fault> {
    let project = projects::lock_as(tx, project, Perm::TestsWrite).await?;
    let mut report = parse::parse(bytes)?;
    // What the call says in its address fills what the file leaves out.
    report.commit_sha = report.commit_sha.or(about.commit_sha);
    report.branch = report.branch.or(about.branch);
    report.triggered_by = report.triggered_by.or(about.triggered_by);
    take(tx, &project, report).await
}

/// A case of the project that a result may belong to.
struct Known {
    id: Uuid,
    code_path: Option<String>,
    feature_id: Option<Uuid>,
    name: String,
}

/// The case of a result: by path and name, else by a name only one case has.
fn case_of<'a>(known: &'a HashMap<String, Vec<Known>>, result: &Reported) -> Option<&'a Known> {
    let named = known.get(&result.name)?;
    let by_path = result.code_path.as_ref().and_then(|path| named.iter().find(|k| k.code_path.as_ref() == Some(path)));
    by_path.or_else(|| named.first().filter(|_| named.len() == 1))
}

/// Of several results of one case in a run: any failure, else any pass, else skipped.
const fn worse(a: TestStatus, b: TestStatus) -> TestStatus {
    match (a, b) {
        (x, _) | (_, x) if x.is_failure() => x,
        (TestStatus::Passed, _) | (_, TestStatus::Passed) => TestStatus::Passed,
        (x, _) => x,
    }
}

async fn take(tx: &mut TenantTx, project: &Project, report: Report) -> Result<Uploaded, Fault> {
    let run = write_run(tx, project.id, &report).await?;
    let names: Vec<String> = report.results.iter().map(|r| r.name.clone()).collect::<HashSet<_>>().into_iter().collect();
    let cases = sqlx::query_as!(
        Known,
        "select id, code_path, feature_id, name from factory.test_cases where project_id = $1 and name = any ($2)",
        project.id,
        &names
    )
    .fetch_all(tx.conn())
    .await?;
    let mut known: HashMap<String, Vec<Known>> = HashMap::new();
    for case in cases {
        known.entry(case.name.clone()).or_default().push(case);
    }
    // Of each case: its latest status, and the result that a bug would point at.
    let mut latest: HashMap<Uuid, (TestStatus, Uuid)> = HashMap::new();
    let mut touched: HashSet<Uuid> = HashSet::new();
    let mut rows: Vec<Value> = Vec::with_capacity(report.results.len());
    let mut linked = 0;
    for result in &report.results {
        let id = Uuid::new_v4();
        let case = case_of(&known, result);
        if let Some(case) = case {
            linked += 1;
            touched.extend(case.feature_id);
            let entry = latest.entry(case.id).or_insert((result.status, id));
            if result.status.is_failure() && !entry.0.is_failure() {
                entry.1 = id;
            }
            entry.0 = worse(entry.0, result.status);
        }
        rows.push(json!({
            "id": id, "test_case_id": case.map(|c| c.id), "test_name": result.name, "status": result.status, "duration_ms": result.duration_ms,
            "error_output": result.error_output, "stack_trace": result.stack_trace,
        }));
    }
    write_results(tx, run.id, rows).await?;
    mark(tx, &latest).await?;
    let touched: Vec<Uuid> = touched.into_iter().collect();
    let features = judge::moved(tx, project.id, &touched, Some(run.id)).await?;
    let bugs = open_bugs(tx, project.id, &known, &latest).await?;
    let says = json!({ "total": run.total_tests, "passed": run.passed_tests, "failed": run.failed_tests, "skipped": run.skipped_tests });
    activities::record(tx, project.id, Entity::TestRun, run.id, Action::Created, Changes::default(), says.clone()).await?;
    tx.audit(Audit::new("test_run.upload").target("test_run", run.id).meta(says)).await?;
    Ok(Uploaded { pass_rate: run.pass_rate(), linked, unlinked: report.results.len() - linked, bugs, features, run })
}

async fn write_run(tx: &mut TenantTx, project: Uuid, report: &Report) -> Result<TestRun, Fault> {
    let count = |test: fn(TestStatus) -> bool| report.results.iter().filter(|r| test(r.status)).count() as i32;
    let (passed, failed, skipped) =
        (count(|s| s == TestStatus::Passed), count(TestStatus::is_failure), count(|s| s == TestStatus::Skipped));
    let status = if failed > 0 { RunStatus::Failed } else { RunStatus::Passed };
    let by = report.triggered_by.unwrap_or(if tx.actor().kind == ActorKind::User { Trigger::User } else { Trigger::Ci });
    let (now, took) = (tx.now(), report.results.iter().filter_map(|r| r.duration_ms).fold(0i64, i64::saturating_add));
    let finished = report.finished_at.unwrap_or(now);
    // A run that does not say when it began took as long as its tests, a year at most.
    let started = report.started_at.unwrap_or_else(|| finished - chrono::Duration::milliseconds(took.min(31_536_000_000)));
    Ok(sqlx::query_as!(
        TestRun,
        r#"insert into factory.test_runs (project_id, commit_sha, branch, triggered_by, status, total_tests, passed_tests, failed_tests,
             skipped_tests, started_at, finished_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           returning id, project_id, commit_sha, branch, triggered_by as "triggered_by: Trigger", status as "status: RunStatus", total_tests,
             passed_tests, failed_tests, skipped_tests, started_at, finished_at, created_at"#,
        project,
        report.commit_sha,
        report.branch,
        by as Trigger,
        status as RunStatus,
        report.results.len() as i32,
        passed,
        failed,
        skipped,
        started,
        finished
    )
    .fetch_one(tx.conn())
    .await?)
}

async fn write_results(tx: &mut TenantTx, run: Uuid, rows: Vec<Value>) -> Result<(), Fault> {
    sqlx::query!(
        r#"insert into factory.test_run_results (id, test_run_id, test_case_id, test_name, status, duration_ms, error_output, stack_trace)
           select x.id, $1, x.test_case_id, x.test_name, x.status, x.duration_ms, x.error_output, x.stack_trace
           from jsonb_to_recordset($2) as x(id uuid, test_case_id uuid, test_name text, status text, duration_ms int, error_output text, stack_trace text)"#,
        run,
        Json(rows) as Json<Vec<Value>>
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes how the cases ended.
async fn mark(tx: &mut TenantTx, latest: &HashMap<Uuid, (TestStatus, Uuid)>) -> Result<(), Fault> {
    let (ids, statuses): (Vec<Uuid>, Vec<String>) = latest.iter().map(|(id, (status, _))| (*id, status.as_str().to_owned())).unzip();
    sqlx::query!(
        "update factory.test_cases c set status = x.status from unnest($1::uuid[], $2::text[]) as x (id, status)
         where c.id = x.id and c.status <> x.status",
        &ids,
        &statuses
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Opens a bug for each failing case that has none open.
async fn open_bugs(
    tx: &mut TenantTx,
    project: Uuid,
    known: &HashMap<String, Vec<Known>>,
    latest: &HashMap<Uuid, (TestStatus, Uuid)>,
) -> Result<Vec<Uuid>, Fault> {
    let failing: Vec<Uuid> = latest.iter().filter(|(_, (status, _))| status.is_failure()).map(|(id, _)| *id).collect();
    if failing.is_empty() {
        return Ok(Vec::new());
    }
    let open: HashSet<Uuid> = sqlx::query_scalar!(
        r#"select r.test_case_id as "id!" from factory.work_items i join factory.test_run_results r on r.id = i.test_run_result_id
           where i.project_id = $1 and i.status <> 'done' and i.type = 'bug' and r.test_case_id = any ($2)"#,
        project,
        &failing
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .collect();
    let mut bugs = Vec::new();
    for case in known.values().flatten().filter(|c| failing.contains(&c.id) && !open.contains(&c.id)) {
        let Some((_, result)) = latest.get(&case.id) else { continue };
        let title: String = format!("Test fails: {}", case.name).chars().take(255).collect();
        let bug = WorkItem {
            id: Uuid::new_v4(),
            rev: String::new(),
            project_id: project,
            work_order_id: None,
            feature_id: case.feature_id,
            title,
            description: None,
            kind: WorkItemType::Bug,
            status: WorkItemStatus::Todo,
            priority: None,
            assignee_id: None,
            effort: None,
            metadata: json!({ "test_case_id": case.id }),
            test_run_result_id: Some(*result),
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        bugs.push(items::insert(tx, bug).await?.id);
    }
    Ok(bugs)
}

#[cfg(test)]
mod tests {
    use super::{TestStatus::*, *};

    #[test]
    fn of_two_results_of_a_case_the_worse_counts() {
        assert_eq!(
            (worse(Passed, Failed), worse(Error, Passed), worse(Skipped, Passed), worse(Skipped, Skipped)),
            (Failed, Error, Passed, Skipped)
        );
    }
}
