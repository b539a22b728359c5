//! Compares a read file with the project, and writes what differs: 300 features in a handful of statements.
use super::{
    Outcome, Report, ReportLine, fields,
    fields::{CriterionDraft, Draft},
    links::{self, Refused, Tree},
    scan,
};
use crate::{
    features::{Criterion, Feature, FeatureStatus, store},
    projects::{self, Project},
    tests,
};
use kernel::{Fault, Perm, db::TenantTx};
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// What the file would do; nothing is written.
pub async fn preview(tx: &mut TenantTx, project: &str, text: &str) -> Result<Report, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let project = projects::by_slug(tx, project).await?;
    Ok(plan(tx, &project, text).await?.report)
}

/// Does it: creates and updates by key, deletes nothing, all or nothing.
pub async fn apply(tx: &mut TenantTx, project: &str, text: &str) -> Result<Report, Fault> {
    let project = projects::lock(tx, project).await?;
    let Plan { report, mut new, changed } = plan(tx, &project, text).await?;
    let names: Vec<&str> = new.iter().map(|f| f.name.as_str()).collect();
    let slugs = store::free_slugs(tx, project.id, &names).await?;
    for (feature, slug) in new.iter_mut().zip(slugs) {
        feature.slug = slug;
    }
    let source = json!({ "source": "import" });
    store::insert(tx, project.id, new, source.clone()).await?;
    let writes = changed.into_iter().map(|(before, after)| store::Write { before, after, metadata: source.clone() }).collect();
    store::save(tx, project.id, writes).await?;
    Ok(report)
}

struct Plan {
    report: Report,
    new: Vec<Feature>,
    changed: Vec<(Feature, Feature)>,
}

/// One accepted entry: what is there (if anything), and what will be.
struct Item {
    draft: Draft,
    before: Option<Feature>,
    after: Feature,
}

async fn plan(tx: &mut TenantTx, project: &Project, text: &str) -> Result<Plan, Fault> {
    let entries = scan::scan(text)?;
    let mut strange = BTreeMap::new();
    let mut read = read_all(&entries, &mut strange);
    let keys: Vec<String> = read.iter().filter_map(|r| r.as_ref().ok()).filter_map(|d| d.key.clone()).collect();
    let mut known: HashMap<String, Feature> =
        store::find(tx, project.id, &[], &keys).await?.into_iter().map(|f| (f.key.clone(), f)).collect();
    let mut last = crate::features::last_place(tx, project.id).await?;
    let mut items: Vec<Result<Item, ReportLine>> = Vec::with_capacity(read.len());
    let ids: Vec<Uuid> = known.values().map(|f| f.id).collect();
    let proven = tests::with_required(tx, &ids).await?;
    for result in read.drain(..) {
        items.push(result.map(|mut draft| {
            let before = draft.key.as_ref().and_then(|key| known.remove(key));
            let after = match &before {
                Some(before) => merge(before, &mut draft, proven.contains(&before.id)),
                None => {
                    last += 1;
                    fresh(project.id, &draft, last, tx.now())
                }
            };
            Item { draft, before, after }
        }));
    }
    put_in_tree(tx, project.id, &mut items).await?;
    put_dependencies(tx, project.id, &mut items).await?;

    let mut plan = Plan { report: Report::default(), new: Vec::new(), changed: Vec::new() };
    for item in items {
        let line = match item {
            Err(line) => line,
            Ok(Item { draft, before, after }) => {
                let mut line = ReportLine {
                    line: draft.line,
                    key: after.key.clone(),
                    name: after.name.clone(),
                    outcome: Outcome::Created,
                    reason: None,
                    notes: draft.notes,
                    changed: Vec::new(),
                };
                match before {
                    None => plan.new.push(after),
                    Some(before) => {
                        let write = store::Write::new(before, after);
                        line.changed = write.changes().fields().map(str::to_owned).collect();
                        let restored = write.before.deleted;
                        line.outcome = if line.changed.is_empty() && !restored { Outcome::Unchanged } else { Outcome::Updated };
                        if line.outcome == Outcome::Updated {
                            plan.changed.push((write.before, write.after));
                        }
                    }
                }
                line
            }
        };
        plan.report.push(line);
    }
    if !strange.is_empty() {
        let list = strange.iter().take(20).map(|(field, n)| format!("{field} ({n})")).collect::<Vec<_>>().join(", ");
        let more = if strange.len() > 20 { format!(" and {} more", strange.len() - 20) } else { String::new() };
        plan.report.notes.push(format!("Fields that were not read: {list}{more}."));
    }
    Ok(plan)
}

/// Reads the entries and gives each its key: its own, its parent's with a number, or "F-" and its place in the file.
fn read_all(entries: &[scan::Entry<'_>], strange: &mut BTreeMap<String, usize>) -> Vec<Result<Draft, ReportLine>> {
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut given: Vec<Option<String>> = Vec::with_capacity(entries.len());
    let mut out = Vec::with_capacity(entries.len());
    let mut top = 0;
    for entry in entries {
        let place = top;
        top += usize::from(entry.parent.is_none());
        let reject = |key: String, name: String, reason: String| ReportLine {
            line: entry.line,
            key,
            name,
            outcome: Outcome::Rejected,
            reason: Some(reason),
            notes: Vec::new(),
            changed: Vec::new(),
        };
        let mut draft = match fields::read(entry, strange) {
            Ok(draft) => draft,
            Err(reason) => {
                given.push(None);
                out.push(Err(reject(String::new(), String::new(), reason)));
                continue;
            }
        };
        let parent = entry.parent.map(|(at, n)| (given[at].clone(), n));
        let key = match (draft.key.take(), &parent) {
            (Some(key), _) => key,
            (None, Some((Some(parent), n))) => format!("{parent}.{}", n + 1),
            (None, _) => format!("F-{}", place + 1),
        };
        let problem = if entry.level > 5 {
            Some(format!("is on level {}; a feature tree has at most 5", entry.level))
        } else if let Some((None, _)) = parent {
            Some("stands below an entry that was rejected".to_owned())
        } else if key.chars().count() > 100 {
            Some(format!("has a key of {} characters; the most is 100", key.chars().count()))
        } else {
            first.get(&key).map(|line| format!("has the key {key} of the entry on line {line}"))
        };
        if let Some(problem) = problem {
            given.push(None);
            out.push(Err(reject(key, draft.name, problem)));
            continue;
        }
        if let Some((Some(parent), _)) = parent {
            draft.parent = Some(parent);
        }
        first.insert(key.clone(), entry.line);
        given.push(Some(key.clone()));
        draft.key = Some(key);
        out.push(Ok(draft));
    }
    out
}

fn fresh(project: Uuid, draft: &Draft, place: i32, now: chrono::DateTime<chrono::Utc>) -> Feature {
    Feature {
        id: Uuid::new_v4(),
        rev: String::new(),
        project_id: project,
        parent_id: None,
        key: draft.key.clone().unwrap_or_default(),
        slug: String::new(),
        name: draft.name.clone(),
        description: draft.description.clone(),
        category: draft.category.clone(),
        priority: draft.priority,
        status: draft.state.initial(),
        criteria: merged_criteria(draft.criteria.as_deref().unwrap_or_default(), &[]),
        effort: draft.effort.clone(),
        dependencies: Vec::new(),
        sort_order: place,
        created_at: now,
        updated_at: now,
        deleted: false,
    }
}

/// The feature with what the file says about it; what it does not say stays.
fn merge(before: &Feature, draft: &mut Draft, proven: bool) -> Feature {
    let mut after = Feature { name: draft.name.clone(), deleted: false, ..before.clone() };
    let keep = |new: &Option<String>, old: &Option<String>| new.clone().or_else(|| old.clone());
    after.description = keep(&draft.description, &before.description);
    after.category = keep(&draft.category, &before.category);
    after.effort = keep(&draft.effort, &before.effort);
    after.priority = draft.priority.or(before.priority);
    if let Some(list) = &draft.criteria {
        after.criteria = merged_criteria(list, &before.criteria);
    }
    if let Some(target) = draft.state.target(before.status) {
        match before.status.steps_to(target) {
            Some(_) if proven && target == FeatureStatus::Passing && before.status != target => {
                draft.notes.push("stays as its required test cases say".into());
            }
            Some(steps) => after.status = steps.last().copied().unwrap_or(before.status),
            None if before.status == FeatureStatus::Blocked => draft.notes.push("stays blocked: a person unblocks it".into()),
            None => draft.notes.push(format!(
                "stays {}: it cannot become {}",
                before.status.words().to_lowercase(),
                target.words().to_lowercase()
            )),
        }
    }
    if before.deleted {
        draft.notes.push("was deleted and comes back".into());
    }
    after
}

/// Criteria of the file; where it does not say whether one is met, the project knows.
fn merged_criteria(list: &[CriterionDraft], before: &[Criterion]) -> Vec<Criterion> {
    let mut left: Vec<&Criterion> = before.iter().collect();
    let mut out: Vec<Criterion> = list
        .iter()
        .map(|c| {
            let at = left
                .iter()
                .position(|b| !c.id.is_empty() && b.id == c.id && b.text == c.text)
                .or_else(|| left.iter().position(|b| b.text == c.text))
                .or_else(|| left.iter().position(|b| !c.id.is_empty() && b.id == c.id));
            let old = at.map(|at| left.remove(at));
            let id = if c.id.is_empty() { old.map(|b| b.id.clone()).unwrap_or_default() } else { c.id.clone() };
            Criterion { id, text: c.text.clone(), met: c.met.unwrap_or(old.is_some_and(|b| b.met)) }
        })
        .collect();
    store::number(&mut out);
    out
}

/// Gives the entries that name a parent their place in the tree, or notes why not.
async fn put_in_tree(tx: &mut TenantTx, project: Uuid, items: &mut [Result<Item, ReportLine>]) -> Result<(), Fault> {
    let wanted: HashSet<String> = items.iter().flatten().filter_map(|i| i.draft.parent.clone()).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let wanted: Vec<String> = wanted.into_iter().collect();
    let mut ids: HashMap<String, Uuid> =
        store::find(tx, project, &[], &wanted).await?.into_iter().filter(|f| !f.deleted).map(|f| (f.key, f.id)).collect();
    ids.extend(items.iter().flatten().map(|i| (i.after.key.clone(), i.after.id)));
    let mut tree = Tree::default();
    let edges = sqlx::query!(
        r#"select id, parent_id as "parent_id!" from factory.features where project_id = $1 and parent_id is not null and deleted_at is null"#,
        project
    )
    .fetch_all(tx.conn())
    .await?;
    edges.into_iter().for_each(|e| tree.known(e.id, e.parent_id));
    for item in items.iter_mut().flatten() {
        let Some(key) = item.draft.parent.clone() else {
            continue;
        };
        let Some(parent) = ids.get(&key) else {
            item.draft.notes.push(format!("parent {key} is neither in the file nor in the project: left out"));
            continue;
        };
        if item.after.parent_id == Some(*parent) {
            continue;
        }
        match tree.put(item.after.id, *parent) {
            Ok(()) => item.after.parent_id = Some(*parent),
            Err(Refused::Circle) => item.draft.notes.push(format!("parent {key} is below it: left out")),
            Err(Refused::TooDeep(levels)) => {
                item.draft.notes.push(format!("parent {key} would make {levels} levels; the most is 5: left out"));
            }
        }
    }
    Ok(())
}

/// Gives the entries their dependencies, without those that are unknown or would close a circle.
async fn put_dependencies(tx: &mut TenantTx, project: Uuid, items: &mut [Result<Item, ReportLine>]) -> Result<(), Fault> {
    let wanted: HashSet<String> = items.iter().flatten().flat_map(|i| i.draft.dependencies.iter().flatten().cloned()).collect();
    let any = items.iter().flatten().any(|i| i.draft.dependencies.is_some());
    if !any {
        return Ok(());
    }
    let wanted: Vec<String> = wanted.into_iter().collect();
    let found = sqlx::query_scalar!(
        "select feature_id from factory.features
         where organization_id = core.tenant() and project_id = $1 and feature_id = any ($2) and deleted_at is null",
        project,
        &wanted
    )
    .fetch_all(tx.conn())
    .await?;
    let mut known: HashSet<String> = found.into_iter().collect();
    known.extend(items.iter().flatten().map(|i| i.after.key.clone()));
    let rows = sqlx::query!(
        r#"select feature_id as key, dependencies as "needs: sqlx::types::Json<Vec<String>>" from factory.features
           where project_id = $1 and dependencies <> '[]' and deleted_at is null"#,
        project
    )
    .fetch_all(tx.conn())
    .await?;
    let stored: HashMap<String, Vec<String>> = rows.into_iter().map(|r| (r.key, r.needs.0)).collect();

    for item in items.iter_mut().flatten() {
        let Some(list) = &item.draft.dependencies else {
            continue;
        };
        let (have, lack): (Vec<String>, Vec<String>) = list.iter().cloned().partition(|key| known.contains(key));
        for key in lack {
            item.draft.notes.push(format!("waits for {key}, which is neither in the file nor in the project: left out"));
        }
        item.after.dependencies = have;
        if item.after.dependencies.len() > 100 {
            item.draft.notes.push(format!("dependencies cut to 100 of {}", item.after.dependencies.len()));
            item.after.dependencies.truncate(100);
        }
    }
    let mut needs = stored.clone();
    needs.extend(items.iter().flatten().map(|i| (i.after.key.clone(), i.after.dependencies.clone())));
    if links::acyclic(&needs) {
        return Ok(());
    }
    // One by one, to tell which of them closes a circle. Features of the file begin without any.
    let mut needs = stored;
    for item in items.iter().flatten() {
        needs.remove(&item.after.key);
    }
    for item in items.iter_mut().flatten() {
        let mut kept = Vec::new();
        for key in std::mem::take(&mut item.after.dependencies) {
            needs.insert(item.after.key.clone(), kept.iter().cloned().chain([key.clone()]).collect());
            match crate::features::circle(&needs, &item.after.key) {
                Some(path) => item.draft.notes.push(format!("waiting for {key} would close a circle ({}): left out", path.join(", "))),
                None => kept.push(key),
            }
        }
        needs.insert(item.after.key.clone(), kept.clone());
        item.after.dependencies = kept;
    }
    Ok(())
}
