//! What the latest results of the required cases say of features (chapter 20, section 3, "Tests").
use crate::features::{FeatureStatus, store};
use kernel::{Fault, db::TenantTx};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// How the required cases of one feature ended last.
#[derive(Clone, Copy, Default)]
struct Tally {
    passed: i64,
    failed: i64,
    /// Skipped, or never run.
    open: i64,
}

impl Tally {
    /// Any failed: failing. All passed, and there is one: passing. What passed and has one skipped or unrun is in progress.
    fn verdict(self, now: FeatureStatus) -> Option<FeatureStatus> {
        match self {
            Tally { failed: 1.., .. } => Some(FeatureStatus::Failing),
            Tally { passed: 1.., open: 0, .. } => Some(FeatureStatus::Passing),
            Tally { open: 1.., .. } if now == FeatureStatus::Passing => Some(FeatureStatus::InProgress),
            _ => None,
        }
    }
}

async fn tallies(tx: &mut TenantTx, features: &[Uuid]) -> Result<HashMap<Uuid, Tally>, Fault> {
    let rows = sqlx::query!(
        r#"select feature_id as "id!", count(*) filter (where status = 'passed') as "passed!",
             count(*) filter (where status in ('failed', 'error')) as "failed!", count(*) filter (where status in ('skipped', 'pending')) as "open!"
           from factory.test_cases where feature_id = any ($1) and is_required group by feature_id"#,
        features
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, Tally { passed: r.passed, failed: r.failed, open: r.open })).collect())
}

/// Which of these have required cases: their status is the tests' to say.
pub(crate) async fn with_required(tx: &mut TenantTx, features: &[Uuid]) -> Result<HashSet<Uuid>, Fault> {
    Ok(tallies(tx, features).await?.into_keys().collect())
}

/// Moves features to where their cases say they are, stepping through in progress; what is blocked stays. The caller holds
/// the lock of the project.
pub(super) async fn features(tx: &mut TenantTx, project: Uuid, ids: &[Uuid], run: Option<Uuid>) -> Result<(), Fault> {
    moved(tx, project, ids, run).await.map(drop)
}

/// The same; answers the keys of those that moved.
pub(super) async fn moved(tx: &mut TenantTx, project: Uuid, ids: &[Uuid], run: Option<Uuid>) -> Result<Vec<String>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let tallies = tallies(tx, ids).await?;
    let found = store::find(tx, project, ids, &[]).await?;
    let mut left: Vec<_> = found
        .into_iter()
        .filter(|f| !f.deleted)
        .filter_map(|f| {
            let target = tallies.get(&f.id)?.verdict(f.status)?;
            let steps = f.status.steps_to(target).filter(|steps| !steps.is_empty())?;
            Some((f, steps))
        })
        .collect();
    let keys: Vec<String> = left.iter().map(|(f, _)| f.key.clone()).collect();
    // One statement for the first step of all, one for the second.
    while !left.is_empty() {
        let writes = left
            .iter()
            .map(|(before, steps)| {
                let after = crate::features::Feature { status: steps[0], ..before.clone() };
                store::Write { before: before.clone(), after, metadata: json!({ "by": "tests", "test_run_id": run }) }
            })
            .collect();
        let saved = store::save(tx, project, writes).await?;
        left = saved.into_iter().zip(left).map(|(f, (_, steps))| (f, steps[1..].to_vec())).filter(|(_, steps)| !steps.is_empty()).collect();
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use FeatureStatus::*;

    #[test]
    fn the_verdict_is_that_of_the_chapter() {
        let of = |passed, failed, open, now| Tally { passed, failed, open }.verdict(now);
        assert_eq!(of(2, 1, 0, Passing), Some(Failing));
        assert_eq!(of(2, 0, 0, Pending), Some(Passing));
        assert_eq!(of(1, 0, 1, Passing), Some(InProgress));
        assert_eq!(of(1, 0, 1, Failing), None);
        assert_eq!(of(0, 0, 0, Passing), None);
    }
}
