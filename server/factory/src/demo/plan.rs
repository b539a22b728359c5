//! The plan of a demo project: phases, work orders along its features, their items, tests and the runs of two weeks.
use super::Dice;
use crate::{
    features::FeatureStatus,
    graph,
    tests::TestStatus,
    work_orders::{self, RichInput, WorkOrderStatus},
};
use chrono::{DateTime, Duration, Utc};
use kernel::{Fault, db::TenantTx};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

/// Name, what it is for, and how many of a hundred work orders it holds.
const PHASES: [(&str, &str, u64); 4] = [
    ("Walking skeleton", "One path through everything, in front of the team.", 25),
    ("Beta", "What the first shops need to work with it every day.", 40),
    ("Launch", "What has to stand before everybody comes.", 22),
    ("After launch", "Good ideas that can wait.", 8),
];
const DELIVERABLES: [&str; 5] = ["Screen", "API", "Migration", "Tests", "Documentation"];
const ITEMS: [&str; 6] = [
    "Agree on the wording",
    "Migration with a way back",
    "Empty and failing states",
    "Keyboard and screen reader",
    "Measure it",
    "Tell support",
];

struct Feature {
    id: Uuid,
    key: String,
    name: String,
    status: FeatureStatus,
    criteria: Option<Value>,
    created_at: DateTime<Utc>,
}

impl Feature {
    fn criteria(&self) -> Vec<String> {
        let list = self.criteria.as_ref().and_then(Value::as_array);
        list.map(|list| list.iter().filter_map(|c| c["text"].as_str().map(str::to_owned)).collect()).unwrap_or_default()
    }
}

/// Adds it to a project whose features are there.
pub(super) async fn load(tx: &mut TenantTx, project: Uuid, people: &[Uuid], dice: &mut Dice) -> Result<(), Fault> {
    let phases = phases(tx, project).await?;
    let features = sqlx::query_as!(
        Feature,
        r#"select id, feature_id as key, name, status as "status: FeatureStatus", criteria, created_at
           from factory.features where project_id = $1 and parent_id is not null order by sort_order"#,
        project
    )
    .fetch_all(tx.conn())
    .await?;
    let features: Vec<Feature> = features.into_iter().filter(|_| dice.chance(55)).collect();
    let orders = orders(tx, project, &features, &phases, people, dice).await?;
    blockers(tx, &orders).await?;
    tests(tx, project, &features, dice).await
}

async fn phases(tx: &mut TenantTx, project: Uuid) -> Result<Vec<Uuid>, Fault> {
    let rows: Vec<Value> = PHASES
        .iter()
        .enumerate()
        .map(|(n, (name, text, _))| json!({ "id": Uuid::new_v4(), "name": name, "description": text, "sort_order": (n + 1) * 1024 }))
        .collect();
    let ids = rows.iter().filter_map(|r| r["id"].as_str()?.parse().ok()).collect();
    sqlx::query!(
        "insert into factory.phases (id, project_id, name, description, sort_order)
         select x.id, $1, x.name, x.description, x.sort_order
         from jsonb_to_recordset($2) as x(id uuid, name text, description text, sort_order int)",
        project,
        Json(rows) as Json<Vec<Value>>
    )
    .execute(tx.conn())
    .await?;
    Ok(ids)
}

/// A work order for each feature; how far it is follows from how far the feature is.
async fn orders(
    tx: &mut TenantTx,
    project: Uuid,
    features: &[Feature],
    phases: &[Uuid],
    people: &[Uuid],
    dice: &mut Dice,
) -> Result<Vec<(Uuid, WorkOrderStatus)>, Fault> {
    use WorkOrderStatus::*;
    let now = tx.now();
    let (mut rows, mut items, mut activities, mut made) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (n, feature) in features.iter().enumerate() {
        let status = match feature.status {
            FeatureStatus::Passing => Done,
            FeatureStatus::Failing => dice.pick(&[InReview, InProgress]).unwrap_or(InReview),
            FeatureStatus::InProgress => dice.pick(&[InProgress, InProgress, InReview, Ready]).unwrap_or(InProgress),
            FeatureStatus::Blocked => Ready,
            FeatureStatus::Pending => dice.pick(&[Backlog, Backlog, Ready]).unwrap_or(Backlog),
        };
        // What is done lies in the phases that come first.
        let luck = if status == Done { dice.below(55) } else { 20 + dice.below(80) };
        let mut most = 0;
        let phase = PHASES.iter().zip(phases).find_map(|((_, _, share), id)| {
            most += share;
            (luck < most).then_some(*id)
        });
        let id = Uuid::new_v4();
        let created = (feature.created_at + Duration::hours(6 + dice.below(48) as i64)).min(now - Duration::hours(2));
        let path = [Backlog, Ready, InProgress, InReview, Done];
        let steps = path.iter().position(|s| *s == status).unwrap_or(0);
        let mut at = created;
        activities.push(json!({ "entity": id, "at": at, "action": "created", "actor": dice.pick(people),
            "changes": { "status": { "old": null, "new": "backlog" }, "title": { "old": null, "new": feature.name } } }));
        for step in 0..steps {
            // Evenly over what is left of the sixty days, the last step a while ago.
            let left = (now - at).num_minutes().max(2);
            at += Duration::minutes(1 + dice.below((left / (steps - step) as i64).max(1) as u64) as i64);
            activities.push(json!({ "entity": id, "at": at, "action": "status_changed", "actor": dice.pick(people),
                "changes": { "status": { "old": path[step], "new": path[step + 1] } } }));
        }
        let criteria: Vec<String> = feature.criteria().iter().map(|text| format!("- {text}")).collect();
        let rich = |text: String| work_orders::rich::read("description", &RichInput::Markdown(text));
        let assignee: Vec<Uuid> = if status == Backlog { Vec::new() } else { dice.pick(people).into_iter().collect() };
        rows.push(json!({
            "id": id, "number": n + 1, "phase_id": phase, "feature_id": feature.id, "title": feature.name, "status": status,
            "description": rich(format!("Delivers **{}**. Keep what works today working: the old pages stay until this one is proven.", feature.key))?,
            "acceptance_criteria": rich(criteria.join("\n"))?, "assignee_ids": assignee, "sort_order": (n + 1) * 1024,
            "deliverable_type": dice.pick(&DELIVERABLES), "created_by": dice.pick(people), "created_at": created, "updated_at": at,
        }));
        for (k, title) in ITEMS.iter().enumerate() {
            if !dice.chance(40) {
                continue;
            }
            let status = match status {
                Done => "done",
                InProgress | InReview => ["done", "in_progress", "todo"][dice.below(3) as usize],
                _ => "todo",
            };
            items.push(json!({ "title": title, "type": if k == 5 { "enhancement" } else { "task" }, "status": status,
                "work_order_id": id, "feature_id": feature.id, "created_at": created }));
        }
        made.push((id, status));
    }
    sqlx::query!(
        r#"insert into factory.work_orders (id, project_id, number, phase_id, feature_id, title, status, description, acceptance_criteria,
             assignee_ids, sort_order, deliverable_type, created_by, created_at, updated_at)
           select x.id, $1, x.number, x.phase_id, x.feature_id, x.title, x.status, nullif(x.description, 'null'),
             nullif(x.acceptance_criteria, 'null'), x.assignee_ids, x.sort_order, x.deliverable_type, x.created_by, x.created_at, x.updated_at
           from jsonb_to_recordset($2) as x(id uuid, number int, phase_id uuid, feature_id uuid, title text, status text, description jsonb,
             acceptance_criteria jsonb, assignee_ids uuid[], sort_order int, deliverable_type text, created_by uuid, created_at timestamptz,
             updated_at timestamptz)"#,
        project,
        Json(rows) as Json<Vec<Value>>
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "insert into factory.work_items (project_id, title, type, status, work_order_id, feature_id, created_at)
         select $1, x.title, x.type, x.status, x.work_order_id, x.feature_id, x.created_at
         from jsonb_to_recordset($2) as x(title text, type text, status text, work_order_id uuid, feature_id uuid, created_at timestamptz)",
        project,
        Json(items) as Json<Vec<Value>>
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        r#"insert into factory.activities (project_id, entity_type, entity_id, action, changes, actor_id, actor_type, created_at)
           select $1, 'work_order', x.entity, x.action, x.changes, x.actor, case when x.actor is null then 'system' else 'user' end, x.at
           from jsonb_to_recordset($2) as x(entity uuid, at timestamptz, action text, actor uuid, changes jsonb)"#,
        project,
        Json(activities) as Json<Vec<Value>>
    )
    .execute(tx.conn())
    .await?;
    let ids: Vec<Uuid> = made.iter().map(|(id, _)| *id).collect();
    graph::keep_work_orders(tx, &ids).await?;
    Ok(made)
}

/// What is ready waits for what is being worked on, here and there.
async fn blockers(tx: &mut TenantTx, orders: &[(Uuid, WorkOrderStatus)]) -> Result<(), Fault> {
    let of = |wanted: WorkOrderStatus| orders.iter().filter(move |(_, s)| *s == wanted).map(|(id, _)| *id);
    for (waits, by) in of(WorkOrderStatus::Ready).zip(of(WorkOrderStatus::InProgress)).take(4) {
        work_orders::block(tx, waits, by).await?;
    }
    Ok(())
}

/// A case for each criterion, and a run a day for two weeks: red ones turn green, a few stay red.
async fn tests(tx: &mut TenantTx, project: Uuid, features: &[Feature], dice: &mut Dice) -> Result<(), Fault> {
    let now = tx.now();
    let mut cases: Vec<(Uuid, String, TestStatus)> = Vec::new();
    let mut rows = Vec::new();
    for feature in features.iter().filter(|f| f.status != FeatureStatus::Pending && f.status != FeatureStatus::Blocked) {
        for (k, criterion) in feature.criteria().into_iter().enumerate() {
            let status = match (feature.status, k) {
                (FeatureStatus::Failing, 1) => TestStatus::Failed,
                (FeatureStatus::InProgress, 1) => TestStatus::Skipped,
                _ => TestStatus::Passed,
            };
            let (kind, tool) = if k == 0 { ("e2e", "Playwright") } else { ("integration", "cargo test") };
            let (id, name) = (Uuid::new_v4(), format!("{criterion} ({})", feature.key));
            rows.push(json!({ "id": id, "feature_id": feature.id, "name": name, "type": kind, "tool": tool, "status": status,
                "code_path": format!("tests/{}.rs", feature.key.to_lowercase().replace('-', "_")), "is_required": k < 2 }));
            cases.push((id, name, status));
        }
    }
    sqlx::query!(
        "insert into factory.test_cases (id, project_id, feature_id, code_path, name, type, tool, is_required, status)
         select x.id, $1, x.feature_id, x.code_path, x.name, x.type, x.tool, x.is_required, x.status
         from jsonb_to_recordset($2) as x(id uuid, feature_id uuid, code_path text, name text, type text, tool text, is_required bool, status text)",
        project,
        Json(rows) as Json<Vec<Value>>
    )
    .execute(tx.conn())
    .await?;
    let (mut runs, mut results) = (Vec::new(), Vec::new());
    for day in (0..14u64).rev() {
        let (run, at) = (Uuid::new_v4(), now - Duration::days(day as i64) - Duration::minutes(30 + dice.below(300) as i64));
        let (mut passed, mut failed, mut skipped, mut took) = (0, 0, 0, 0i64);
        for (case, name, last) in &cases {
            // The last run is how the cases stand; before it, more of them were red.
            let status = if day > 0 && *last == TestStatus::Passed && dice.chance(day) { TestStatus::Failed } else { *last };
            match status {
                TestStatus::Passed => passed += 1,
                TestStatus::Skipped => skipped += 1,
                _ => failed += 1,
            }
            let ms = 20 + dice.below(900) as i64;
            took += ms;
            let says = status.is_failure().then_some("assertion failed: the page shows what was saved");
            results.push(json!({ "run": run, "case": case, "name": name, "status": status, "ms": ms, "says": says, "at": at }));
        }
        let sha = (0..40).map(|_| char::from_digit(dice.below(16) as u32, 16).unwrap_or('0')).collect::<String>();
        runs.push(json!({ "id": run, "sha": sha, "branch": dice.pick(&["main", "main", "main", "checkout-page"]),
            "by": dice.pick(&["ci", "ci", "ci", "user", "schedule"]), "status": if failed > 0 { "failed" } else { "passed" },
            "total": cases.len(), "passed": passed, "failed": failed, "skipped": skipped,
            "started": at - Duration::milliseconds(took), "finished": at }));
    }
    sqlx::query!(
        r#"insert into factory.test_runs (id, project_id, commit_sha, branch, triggered_by, status, total_tests, passed_tests, failed_tests,
             skipped_tests, started_at, finished_at, created_at)
           select x.id, $1, x.sha, x.branch, x.by, x.status, x.total, x.passed, x.failed, x.skipped, x.started, x.finished, x.finished
           from jsonb_to_recordset($2) as x(id uuid, sha text, branch text, by text, status text, total int, passed int, failed int, skipped int,
             started timestamptz, finished timestamptz)"#,
        project,
        Json(runs) as Json<Vec<Value>>
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        r#"insert into factory.test_run_results (test_run_id, test_case_id, test_name, status, duration_ms, error_output, created_at)
           select x.run, x."case", x.name, x.status, x.ms, x.says, x.at
           from jsonb_to_recordset($1) as x(run uuid, "case" uuid, name text, status text, ms int, says text, at timestamptz)"#,
        Json(results) as Json<Vec<Value>>
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
