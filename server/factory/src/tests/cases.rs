//! Test cases: what has to hold, and whether it did the last time.
use super::{TestCase, TestCaseInput, TestCasePatch, TestCaseQuery, TestStatus, TestType, judge};
use crate::{
    activities::{self, Action, Changes, Entity},
    features::store::text,
    projects::{self, Project},
    work_orders::store as orders,
};
use kernel::{
    Fault, Perm,
    audit::Audit,
    db::TenantTx,
    record::{Cursor, Paged},
};
use serde_json::json;
use uuid::Uuid;

fn missing() -> Fault {
    Fault::not_found("The test case")
}

/// A test case, or 404.
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<TestCase, Fault> {
    tx.require(Perm::FactoryRead)?;
    let case = one(tx, id).await?;
    projects::get(tx, case.project_id).await.map_err(|_| missing())?;
    Ok(case)
}

async fn one(tx: &mut TenantTx, id: Uuid) -> Result<TestCase, Fault> {
    sqlx::query_as!(
        TestCase,
        r#"select c.id, c.xmin::text as "rev!", c.project_id, c.feature_id, f.feature_id as "feature?", c.code_path, c.name, c.description,
             c.type as "kind: TestType", c.tool, c.is_required, c.status as "status: TestStatus", factory.is_flaky(c.id) as "flaky!",
             (select max(r.created_at) from factory.test_run_results r where r.test_case_id = c.id) as last_run_at, c.created_at, c.updated_at
           from factory.test_cases c left join factory.features f on f.id = c.feature_id and f.deleted_at is null
           where c.id = $1"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(missing)
}

/// The cases of a feature, required ones first.
pub(crate) async fn of_feature(tx: &mut TenantTx, project: Uuid, feature: Uuid) -> Result<Vec<TestCase>, Fault> {
    Ok(sqlx::query_as!(
        TestCase,
        r#"select c.id, c.xmin::text as "rev!", c.project_id, c.feature_id, f.feature_id as "feature?", c.code_path, c.name, c.description,
             c.type as "kind: TestType", c.tool, c.is_required, c.status as "status: TestStatus", factory.is_flaky(c.id) as "flaky!",
             (select max(r.created_at) from factory.test_run_results r where r.test_case_id = c.id) as last_run_at, c.created_at, c.updated_at
           from factory.test_cases c left join factory.features f on f.id = c.feature_id and f.deleted_at is null
           where c.project_id = $1 and c.feature_id = $2 order by c.is_required desc, c.name, c.id limit 200"#,
        project,
        feature
    )
    .fetch_all(tx.conn())
    .await?)
}

/// How many a filter leaves, on all pages.
pub async fn count(tx: &mut TenantTx, project: &str, query: &TestCaseQuery) -> Result<i64, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let count = sqlx::query_scalar!(
        r#"select count(*) as "n!" from factory.test_cases c
           where c.project_id = $1 and ($2 = '' or strpos(lower(c.name || ' ' || coalesce(c.code_path, '')), lower($2)) > 0)
             and ($3::uuid is null or c.feature_id = $3) and ($4::text is null or c.status = $4)"#,
        project.id,
        query.q.trim(),
        query.feature_id,
        query.status as Option<TestStatus>
    );
    Ok(count.fetch_one(tx.conn()).await?)
}

/// One page of a project's cases by feature key, then name; those of no feature last.
pub async fn page(tx: &mut TenantTx, project: &str, query: &TestCaseQuery) -> Result<Paged<TestCase>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let after = Cursor::<(String, String)>::of(&query.page)?;
    let rows = sqlx::query!(
        r#"select c.id, c.xmin::text as "rev!", c.project_id, c.feature_id, f.feature_id as "feature?", c.code_path, c.name, c.description,
             c.type as "kind: TestType", c.tool, c.is_required, c.status as "status: TestStatus", factory.is_flaky(c.id) as "flaky!",
             (select max(r.created_at) from factory.test_run_results r where r.test_case_id = c.id) as last_run_at, c.created_at, c.updated_at,
             coalesce(f.key_order, '~') as "feature_order!"
           from factory.test_cases c left join factory.features f on f.id = c.feature_id and f.deleted_at is null
           where c.project_id = $1 and ($2 = '' or strpos(lower(c.name || ' ' || coalesce(c.code_path, '')), lower($2)) > 0)
             and ($3::uuid is null or c.feature_id = $3) and ($4::text is null or c.status = $4)
             and ($7::uuid is null or (coalesce(f.key_order, '~'), c.name::text, c.id) > ($5, $6, $7))
           order by coalesce(f.key_order, '~'), c.name::text, c.id limit $8"#,
        project.id,
        query.q.trim(),
        query.feature_id,
        query.status as Option<TestStatus>,
        after.as_ref().map(|c| c.key.0.as_str()),
        after.as_ref().map(|c| c.key.1.as_str()),
        after.as_ref().map(|c| c.id),
        query.page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows
        .into_iter()
        .map(|r| {
            let case = TestCase {
                id: r.id,
                rev: r.rev,
                project_id: r.project_id,
                feature_id: r.feature_id,
                feature: r.feature,
                code_path: r.code_path,
                name: r.name,
                description: r.description,
                kind: r.kind,
                tool: r.tool,
                is_required: r.is_required,
                status: r.status,
                flaky: r.flaky,
                last_run_at: r.last_run_at,
                created_at: r.created_at,
                updated_at: r.updated_at,
            };
            (r.feature_order, case)
        })
        .collect();
    let Paged { rows, next } =
        Paged::cut(rows, &query.page, |(order, case): &(String, TestCase)| Cursor::new((order.clone(), case.name.clone()), case.id));
    Ok(Paged { rows: rows.into_iter().map(|(_, case)| case).collect(), next })
}

/// Queues for the project of a case.
async fn lock_of(tx: &mut TenantTx, id: Uuid) -> Result<Project, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let project = sqlx::query_scalar!("select project_id from factory.test_cases where id = $1", id).fetch_optional(tx.conn()).await?;
    projects::lock_id(tx, project.ok_or_else(missing)?).await
}

fn check_rev(now: &TestCase, rev: &str) -> Result<(), Fault> {
    match now.rev == rev {
        true => Ok(()),
        false => Err(Fault::stale("test case").with_details(json!({ "current": now }))),
    }
}

/// Adds a test case; a required one that never ran takes "passing" from its feature.
pub async fn create(tx: &mut TenantTx, project: &str, input: &TestCaseInput) -> Result<TestCase, Fault> {
    let project = projects::lock(tx, project).await?;
    let name = text("name", &input.name, 255)?.ok_or_else(|| Fault::field("name", "is required"))?;
    let feature = orders::feature(tx, project.id, input.feature_id).await?;
    let id = sqlx::query_scalar!(
        "insert into factory.test_cases (project_id, feature_id, code_path, name, description, type, tool, is_required)
         values ($1, $2, $3, $4, $5, $6, $7, $8) returning id",
        project.id,
        feature,
        text("code_path", &input.code_path, 500)?,
        name,
        text("description", &input.description, 20_000)?,
        input.kind as TestType,
        text("tool", &input.tool, 50)?,
        input.is_required
    )
    .fetch_one(tx.conn())
    .await?;
    let mut changes = Changes::default();
    changes.note("name", &None, &Some(&name));
    activities::record(tx, project.id, Entity::TestCase, id, Action::Created, changes, json!({ "name": name })).await?;
    tx.audit(Audit::new("test_case.create").target("test_case", id)).await?;
    judge::features(tx, project.id, feature.as_slice(), None).await?;
    one(tx, id).await
}

/// Changes the fields that the patch names. 409 `stale` carries the current case in `details.current`.
pub async fn update(tx: &mut TenantTx, id: Uuid, rev: &str, patch: &TestCasePatch) -> Result<TestCase, Fault> {
    let project = lock_of(tx, id).await?;
    let before = one(tx, id).await?;
    check_rev(&before, rev)?;
    let mut after = before.clone();
    let TestCasePatch { name, code_path, description, kind, tool, is_required, feature_id } = patch;
    if let Some(value) = name {
        after.name = text("name", value, 255)?.ok_or_else(|| Fault::field("name", "is required"))?;
    }
    if let Some(value) = code_path {
        after.code_path = text("code_path", value, 500)?;
    }
    if let Some(value) = description {
        after.description = text("description", value, 20_000)?;
    }
    if let Some(value) = kind {
        after.kind = *value;
    }
    if let Some(value) = tool {
        after.tool = text("tool", value, 50)?;
    }
    if let Some(value) = is_required {
        after.is_required = *value;
    }
    if let Some(value) = feature_id {
        after.feature_id = orders::feature(tx, project.id, *value).await?;
    }
    let mut changes = Changes::default();
    changes.note("name", &before.name, &after.name);
    changes.note("code_path", &before.code_path, &after.code_path);
    changes.note("description", &before.description, &after.description);
    changes.note("type", &before.kind, &after.kind);
    changes.note("tool", &before.tool, &after.tool);
    changes.note("is_required", &before.is_required, &after.is_required);
    changes.note("feature_id", &before.feature_id, &after.feature_id);
    if changes.is_empty() {
        return Ok(before);
    }
    sqlx::query!(
        "update factory.test_cases
         set feature_id = $2, code_path = $3, name = $4, description = $5, type = $6, tool = $7, is_required = $8 where id = $1",
        id,
        after.feature_id,
        after.code_path,
        after.name,
        after.description,
        after.kind as TestType,
        after.tool,
        after.is_required
    )
    .execute(tx.conn())
    .await?;
    activities::record(tx, project.id, Entity::TestCase, id, Action::Updated, changes, json!({ "name": after.name })).await?;
    tx.audit(Audit::new("test_case.update").target("test_case", id)).await?;
    let touched: Vec<Uuid> = [before.feature_id, after.feature_id].into_iter().flatten().collect();
    judge::features(tx, project.id, &touched, None).await?;
    one(tx, id).await
}

/// Takes a test case away; its results stay, with the run.
pub async fn remove(tx: &mut TenantTx, id: Uuid, rev: &str) -> Result<(), Fault> {
    let project = lock_of(tx, id).await?;
    let before = one(tx, id).await?;
    check_rev(&before, rev)?;
    sqlx::query!("delete from factory.test_cases where id = $1", id).execute(tx.conn()).await?;
    activities::record(tx, project.id, Entity::TestCase, id, Action::Deleted, Changes::default(), json!({ "name": before.name })).await?;
    tx.audit(Audit::new("test_case.remove").target("test_case", id)).await?;
    judge::features(tx, project.id, before.feature_id.as_slice(), None).await
}
