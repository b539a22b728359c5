//! The matrix of coverage: each criterion, the work orders that deliver it, the tests that prove it (chapter 20, section 10).
use crate::{features::ProjectHead, tests::TestStatus, work_orders::WorkOrderRef};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A test case as the matrix names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestRef {
    pub id: Uuid,
    pub name: String,
    pub status: TestStatus,
    pub is_required: bool,
}

/// A work order or test that covers a criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub id: Uuid,
    /// A person said so; otherwise the words of both did.
    pub by_person: bool,
}

/// One criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoverageRow {
    pub criterion_id: String,
    pub text: String,
    pub met: bool,
    pub orders: Vec<Cell>,
    pub tests: Vec<Cell>,
}

impl CoverageRow {
    /// Nothing delivers it, or nothing proves it.
    pub fn is_gap(&self) -> bool {
        self.orders.is_empty() || self.tests.is_empty()
    }
}

/// A feature with its criteria, and all that could cover them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoverageFeature {
    pub id: Uuid,
    pub key: String,
    pub name: String,
    pub orders: Vec<WorkOrderRef>,
    pub tests: Vec<TestRef>,
    pub rows: Vec<CoverageRow>,
}

/// A page of the matrix, feature by feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    pub project: ProjectHead,
    pub features: Vec<CoverageFeature>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

impl Coverage {
    /// Criteria on this page, and those with a gap.
    pub fn totals(&self) -> (usize, usize) {
        let rows = || self.features.iter().flat_map(|f| &f.rows);
        (rows().count(), rows().filter(|r| r.is_gap()).count())
    }
}

/// What covers a criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covering {
    WorkOrder(Uuid),
    TestCase(Uuid),
}

impl Covering {
    #[cfg(feature = "ssr")]
    const fn ids(self) -> (Option<Uuid>, Option<Uuid>) {
        match self {
            Self::WorkOrder(id) => (Some(id), None),
            Self::TestCase(id) => (None, Some(id)),
        }
    }
}

#[cfg(feature = "ssr")]
pub use service::{cover, coverage, coverage_csv};

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{
        export::ExportFile,
        features::Criterion,
        projects,
        words::{jaccard, stems},
        work_orders::WorkOrderStatus,
    };
    use kernel::{
        Fault, Perm,
        audit::Audit,
        db::TenantTx,
        record::{Cursor, PageRequest, Paged},
    };
    use serde_json::Value;
    use sqlx::types::Json;
    use std::collections::{BTreeSet, HashMap};

    /// From this share of common words on, a text is about a criterion.
    const ABOUT: f64 = 0.25;

    type Words = Vec<BTreeSet<String>>;

    /// The features with criteria, by key, each with its matrix.
    pub async fn coverage(tx: &mut TenantTx, project: &str, page: &PageRequest) -> Result<Coverage, Fault> {
        let project = projects::by_slug(tx, project).await?;
        let Paged { rows, next } = features(tx, project.id, page).await?;
        let head = ProjectHead { id: project.id, slug: project.slug, name: project.name, status: project.status, rev: project.rev };
        Ok(Coverage { project: head, features: matrix(tx, project.id, rows).await?, next })
    }

    /// The whole matrix as CSV: a line for each criterion.
    pub async fn coverage_csv(tx: &mut TenantTx, project: &str) -> Result<ExportFile, Fault> {
        let mut out = csv::Writer::from_writer(Vec::new());
        let wrong = |_| Fault::internal();
        out.write_record(["feature", "name", "criterion", "met", "work orders", "tests", "gap"]).map_err(wrong)?;
        let mut page = PageRequest { after: None, limit: Some(100) };
        loop {
            let part = coverage(tx, project, &page).await?;
            for feature in &part.features {
                let order = |cell: &Cell| feature.orders.iter().find(|w| w.id == cell.id).map(|w| crate::work_orders::key(w.number));
                let test =
                    |cell: &Cell| feature.tests.iter().find(|t| t.id == cell.id).map(|t| format!("{} ({})", t.name, t.status.as_str()));
                for row in &feature.rows {
                    let orders: Vec<String> = row.orders.iter().filter_map(order).collect();
                    let tests: Vec<String> = row.tests.iter().filter_map(test).collect();
                    let gap = match (orders.is_empty(), tests.is_empty()) {
                        (true, true) => "no work order, no test",
                        (true, false) => "no work order",
                        (false, true) => "no test",
                        (false, false) => "",
                    };
                    let met = if row.met { "yes" } else { "no" };
                    out.write_record([&feature.key, &feature.name, &row.text, met, &orders.join("; "), &tests.join("; "), gap].map(safe))
                        .map_err(wrong)?;
                }
            }
            match part.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        let bytes = out.into_inner().map_err(|_| Fault::internal())?;
        let text = String::from_utf8(bytes).map_err(|_| Fault::internal())?;
        Ok(ExportFile { name: format!("{project}-coverage.csv"), media_type: "text/csv".to_owned(), text })
    }

    /// Spreadsheets run what begins like a formula.
    fn safe(cell: &str) -> String {
        match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            true => format!("'{cell}"),
            false => cell.to_owned(),
        }
    }

    /// Says that something covers a criterion, or does not; `None` leaves it to the words again.
    pub async fn cover(tx: &mut TenantTx, feature: Uuid, criterion: &str, what: Covering, covers: Option<bool>) -> Result<(), Fault> {
        let project = projects::lock_of_feature(tx, feature).await?;
        let (order, test) = what.ids();
        let known = sqlx::query_scalar!(
            r#"select exists (select from factory.features f, jsonb_array_elements(f.criteria) c
                 where f.id = $1 and f.deleted_at is null and c ->> 'id' = $2)
               and exists (
                 select from factory.work_orders w where w.id = $3 and w.project_id = $5 and w.feature_id = $1 and w.deleted_at is null
                 union all
                 select from factory.test_cases t where t.id = $4 and t.project_id = $5 and t.feature_id = $1) as "known!""#,
            feature,
            criterion,
            order,
            test,
            project.id
        )
        .fetch_one(tx.conn())
        .await?;
        if !known {
            return Err(Fault::not_found("The criterion"));
        }
        match covers {
            Some(covers) => sqlx::query!(
                "insert into factory.criterion_links (feature_id, criterion_id, work_order_id, test_case_id, covers, created_by)
                 values ($1, $2, $3, $4, $5, core.actor())
                 on conflict (feature_id, criterion_id, work_order_id, test_case_id) do update set covers = excluded.covers",
                feature,
                criterion,
                order,
                test,
                covers
            )
            .execute(tx.conn())
            .await?,
            None => sqlx::query!(
                "delete from factory.criterion_links
                 where feature_id = $1 and criterion_id = $2 and work_order_id is not distinct from $3 and test_case_id is not distinct from $4",
                feature,
                criterion,
                order,
                test
            )
            .execute(tx.conn())
            .await?,
        };
        tx.audit(Audit::new("criterion.cover").target("feature", feature)).await
    }

    struct FeatureRow {
        id: Uuid,
        key: String,
        order: String,
        name: String,
        criteria: Vec<Criterion>,
    }

    async fn features(tx: &mut TenantTx, project: Uuid, page: &PageRequest) -> Result<Paged<FeatureRow>, Fault> {
        tx.require(Perm::FactoryRead)?;
        let after = Cursor::<String>::of(page)?;
        let rows = sqlx::query!(
            r#"select id, feature_id as key, key_order as "key_order!", name, criteria as "criteria!: Json<Vec<Criterion>>"
               from factory.features
               where project_id = $1 and deleted_at is null and criteria_total > 0 and ($3::uuid is null or (key_order, id) > ($2, $3))
               order by key_order, id limit $4"#,
            project,
            after.as_ref().map(|c| c.key.as_str()),
            after.as_ref().map(|c| c.id),
            page.fetch()
        )
        .fetch_all(tx.conn())
        .await?;
        let rows = rows
            .into_iter()
            .map(|r| FeatureRow { id: r.id, key: r.key, order: r.key_order, name: r.name, criteria: r.criteria.0 })
            .collect();
        Ok(Paged::cut(rows, page, |f: &FeatureRow| Cursor::new(f.order.clone(), f.id)))
    }

    async fn matrix(tx: &mut TenantTx, project: Uuid, features: Vec<FeatureRow>) -> Result<Vec<CoverageFeature>, Fault> {
        let ids: Vec<Uuid> = features.iter().map(|f| f.id).collect();
        let orders = sqlx::query!(
            r#"select id, feature_id as "feature_id!", number, title, status as "status: WorkOrderStatus", description, acceptance_criteria
               from factory.work_orders where project_id = $1 and feature_id = any ($2) and deleted_at is null order by number"#,
            project,
            &ids
        )
        .fetch_all(tx.conn())
        .await?;
        let tests = sqlx::query!(
            r#"select id, feature_id as "feature_id!", name, description, status as "status: TestStatus", is_required
               from factory.test_cases where project_id = $1 and feature_id = any ($2) order by is_required desc, name, id"#,
            project,
            &ids
        )
        .fetch_all(tx.conn())
        .await?;
        let links = sqlx::query!(
            r#"select feature_id, criterion_id, coalesce(work_order_id, test_case_id) as "id!", covers
               from factory.criterion_links where feature_id = any ($1)"#,
            &ids
        )
        .fetch_all(tx.conn())
        .await?;
        let said: HashMap<(Uuid, String, Uuid), bool> =
            links.into_iter().map(|l| ((l.feature_id, l.criterion_id, l.id), l.covers)).collect();
        let mut by_order: HashMap<Uuid, Vec<(WorkOrderRef, Words)>> = HashMap::new();
        for w in orders {
            let mut words = vec![stems(&w.title)];
            w.acceptance_criteria.iter().chain(&w.description).for_each(|doc| blocks(doc, &mut words));
            let order = WorkOrderRef { id: w.id, number: w.number, title: w.title, status: w.status };
            by_order.entry(w.feature_id).or_default().push((order, words));
        }
        let mut by_test: HashMap<Uuid, Vec<(TestRef, Words)>> = HashMap::new();
        for t in tests {
            let words = std::iter::once(stems(&t.name)).chain(t.description.as_deref().map(stems)).collect();
            by_test
                .entry(t.feature_id)
                .or_default()
                .push((TestRef { id: t.id, name: t.name, status: t.status, is_required: t.is_required }, words));
        }
        Ok(features
            .into_iter()
            .map(|f| {
                let orders = by_order.remove(&f.id).unwrap_or_default();
                let tests = by_test.remove(&f.id).unwrap_or_default();
                let rows = f.criteria.into_iter().map(|c| {
                    let about = stems(&c.text);
                    let cell = |id: Uuid, words: &Words| match said.get(&(f.id, c.id.clone(), id)) {
                        Some(covers) => covers.then_some(Cell { id, by_person: true }),
                        None => words.iter().any(|w| jaccard(&about, w) >= ABOUT).then_some(Cell { id, by_person: false }),
                    };
                    CoverageRow {
                        orders: orders.iter().filter_map(|(w, words)| cell(w.id, words)).collect(),
                        tests: tests.iter().filter_map(|(t, words)| cell(t.id, words)).collect(),
                        criterion_id: c.id.clone(),
                        text: c.text,
                        met: c.met,
                    }
                });
                CoverageFeature {
                    rows: rows.collect(),
                    id: f.id,
                    key: f.key,
                    name: f.name,
                    orders: orders.into_iter().map(|(w, _)| w).collect(),
                    tests: tests.into_iter().map(|(t, _)| t).collect(),
                }
            })
            .collect())
    }

    /// The words of each block of text in a document: a paragraph, a heading, a list item's line.
    fn blocks(node: &Value, out: &mut Words) {
        let children = node.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let text: String = children.iter().filter_map(|c| c.get("text").and_then(Value::as_str)).collect::<Vec<_>>().join("");
        if !text.is_empty() {
            out.push(stems(&text));
        }
        children.iter().for_each(|child| blocks(child, out));
    }
}
