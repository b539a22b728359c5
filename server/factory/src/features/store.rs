//! Reading features for a change, and writing many of them with their history in two statements.
use super::{Criterion, Feature, FeatureStatus, Priority};
use crate::{
    activities::{self, Action, Changes, Entity},
    documents::names,
    graph,
};
use kernel::{Code, Fault, db::TenantTx};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

/// A row as it is read; JSON columns are lists that the table checks.
struct Row {
    id: Uuid,
    rev: String,
    project_id: Uuid,
    parent_id: Option<Uuid>,
    key: String,
    slug: String,
    name: String,
    description: Option<String>,
    category: Option<String>,
    priority: Option<Priority>,
    status: FeatureStatus,
    criteria: Option<Json<Vec<Criterion>>>,
    effort: Option<String>,
    dependencies: Json<Vec<String>>,
    sort_order: i32,
    created_at: chrono::DateTime<chrono::Utc>,
    updated_at: chrono::DateTime<chrono::Utc>,
    deleted: bool,
}

impl From<Row> for Feature {
    fn from(r: Row) -> Self {
        let Row {
            id,
            rev,
            project_id,
            parent_id,
            key,
            slug,
            name,
            description,
            category,
            priority,
            status,
            criteria,
            effort,
            dependencies,
            sort_order,
            created_at,
            updated_at,
            deleted,
        } = r;
        Self {
            id,
            rev,
            project_id,
            parent_id,
            key,
            slug,
            name,
            description,
            category,
            priority,
            status,
            criteria: criteria.map(|c| c.0).unwrap_or_default(),
            effort,
            dependencies: dependencies.0,
            sort_order,
            created_at,
            updated_at,
            deleted,
        }
    }
}

/// The features of these ids or keys in one project, deleted ones too.
pub async fn find(tx: &mut TenantTx, project: Uuid, ids: &[Uuid], keys: &[String]) -> Result<Vec<Feature>, Fault> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id!", xmin::text as "rev!", project_id as "project_id!", parent_id, feature_id as "key!", slug as "slug!", name as "name!",
             description, category, priority as "priority: Priority", status as "status!: FeatureStatus",
             criteria as "criteria: Json<Vec<Criterion>>", effort, dependencies as "dependencies!: Json<Vec<String>>",
             sort_order as "sort_order!", created_at as "created_at!", updated_at as "updated_at!", (deleted_at is not null) as "deleted!"
           from factory.features where project_id = $1 and id = any ($2)
           union all
           select id, xmin::text, project_id, parent_id, feature_id, slug, name, description, category, priority, status, criteria, effort,
             dependencies, sort_order, created_at, updated_at, deleted_at is not null
           from factory.features where organization_id = core.tenant() and project_id = $1 and feature_id = any ($3)"#,
        project,
        ids,
        keys
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Feature::from).collect())
}

/// A live feature of the project, or 404.
pub async fn one(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<Feature, Fault> {
    find(tx, project, &[id], &[]).await?.into_iter().find(|f| !f.deleted).ok_or_else(|| Fault::not_found("The feature"))
}

/// 409 `stale` with the current row, unless this is the version the change was made on.
pub fn check_rev(now: &Feature, rev: &str) -> Result<(), Fault> {
    if now.rev == rev {
        return Ok(());
    }
    Err(Fault::stale("feature").with_details(json!({ "current": now })))
}

/// A change ready to be written, with what its history line says besides the fields.
pub struct Write {
    pub before: Feature,
    pub after: Feature,
    pub metadata: Value,
}

impl Write {
    pub fn new(before: Feature, after: Feature) -> Self {
        Self { before, after, metadata: json!({}) }
    }

    pub fn changes(&self) -> Changes {
        let (b, a) = (&self.before, &self.after);
        let mut changes = Changes::default();
        changes.note("parent_id", &b.parent_id, &a.parent_id);
        changes.note("name", &b.name, &a.name);
        changes.note("description", &b.description, &a.description);
        changes.note("category", &b.category, &a.category);
        changes.note("priority", &b.priority, &a.priority);
        changes.note("status", &b.status, &a.status);
        changes.note("criteria", &b.criteria, &a.criteria);
        changes.note("effort", &b.effort, &a.effort);
        changes.note("dependencies", &b.dependencies, &a.dependencies);
        changes
    }

    fn action(&self, changes: &Changes) -> Action {
        match (self.before.deleted, self.after.deleted) {
            (false, true) => Action::Deleted,
            (true, false) => Action::Restored,
            _ if changes.0.contains_key("status") => Action::StatusChanged,
            _ => Action::Updated,
        }
    }
}

fn record(feature: &Feature) -> Value {
    json!({
        "id": feature.id, "parent_id": feature.parent_id, "feature_id": feature.key, "slug": feature.slug, "name": feature.name,
        "description": feature.description, "category": feature.category, "priority": feature.priority, "status": feature.status,
        "criteria": (!feature.criteria.is_empty()).then_some(&feature.criteria), "effort": feature.effort,
        "dependencies": feature.dependencies, "sort_order": feature.sort_order,
    })
}

/// Writes changes in one statement and their history in another. What did not change is not written. The caller holds
/// the lock of the project. Answers the rows in the order given, with their new versions.
pub async fn save(tx: &mut TenantTx, project: Uuid, writes: Vec<Write>) -> Result<Vec<Feature>, Fault> {
    let mut entries = Vec::new();
    let mut records = Vec::new();
    let mut renamed = Vec::new();
    for write in &writes {
        let changes = write.changes();
        let action = write.action(&changes);
        if changes.0.contains_key("name") {
            renamed.push((write.after.id, write.after.name.clone()));
        }
        let seen = !changes.is_empty() || write.before.deleted != write.after.deleted;
        if seen || write.before.sort_order != write.after.sort_order {
            records.push(record(&write.after));
        }
        if seen {
            entries.push((write.after.id, action, changes, write.metadata.clone()));
        }
    }
    let mut saved: Vec<Feature> = writes.into_iter().map(|w| w.after).collect();
    if records.is_empty() {
        return Ok(saved);
    }
    let rows = sqlx::query!(
        r#"update factory.features f
           set parent_id = x.parent_id, name = x.name, description = x.description, category = x.category, priority = x.priority,
             status = x.status, criteria = nullif(x.criteria, 'null'), effort = x.effort, dependencies = x.dependencies,
             sort_order = x.sort_order, deleted_at = null
           from jsonb_to_recordset($2) as x(id uuid, parent_id uuid, name text, description text, category text, priority text, status text,
             criteria jsonb, effort text, dependencies jsonb, sort_order int)
           where f.project_id = $1 and f.id = x.id
           returning f.id, f.xmin::text as "rev!", f.updated_at"#,
        project,
        Json(records) as Json<Vec<Value>>
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        if let Some(feature) = saved.iter_mut().find(|f| f.id == row.id) {
            feature.rev = row.rev;
            feature.updated_at = row.updated_at;
        }
    }
    let seen: Vec<Uuid> = entries.iter().map(|(id, ..)| *id).collect();
    activities::record_many(tx, project, Entity::Feature, entries).await?;
    graph::keep_features(tx, project, &seen).await?;
    names::follow(tx, project, &renamed).await?;
    Ok(saved)
}

/// Adds features in one statement and their history in another. The caller holds the lock of the project and has
/// chosen free keys and slugs.
pub async fn insert(tx: &mut TenantTx, project: Uuid, features: Vec<Feature>, metadata: Value) -> Result<Vec<Feature>, Fault> {
    if features.is_empty() {
        return Ok(features);
    }
    let records: Vec<Value> = features.iter().map(record).collect();
    let rows = sqlx::query!(
        r#"insert into factory.features (id, project_id, parent_id, feature_id, slug, name, description, category, priority, status, criteria,
             effort, dependencies, sort_order)
           select x.id, $1, x.parent_id, x.feature_id, x.slug, x.name, x.description, x.category, x.priority, x.status,
             nullif(x.criteria, 'null'), x.effort, x.dependencies, x.sort_order
           from jsonb_to_recordset($2) as x(id uuid, parent_id uuid, feature_id text, slug text, name text, description text, category text,
             priority text, status text, criteria jsonb, effort text, dependencies jsonb, sort_order int)
           returning id, xmin::text as "rev!", created_at"#,
        project,
        Json(records) as Json<Vec<Value>>
    )
    .fetch_all(tx.conn())
    .await
    .map_err(|error| match &error {
        sqlx::Error::Database(db) if db.constraint() == Some("features_organization_id_project_id_feature_id_key") => {
            Fault::field("key", "is already used in this project")
        }
        _ => error.into(),
    })?;
    let mut features = features;
    let at: std::collections::HashMap<Uuid, _> = rows.into_iter().map(|row| (row.id, (row.rev, row.created_at))).collect();
    for feature in &mut features {
        if let Some((rev, created_at)) = at.get(&feature.id) {
            feature.rev.clone_from(rev);
            feature.created_at = *created_at;
            feature.updated_at = *created_at;
        }
    }
    let entries = features
        .iter()
        .map(|f| {
            let mut changes = Changes::default();
            changes.note("status", &None, &Some(f.status));
            changes.note("name", &None, &Some(&f.name));
            (f.id, Action::Created, changes, metadata.clone())
        })
        .collect();
    activities::record_many(tx, project, Entity::Feature, entries).await?;
    let ids: Vec<Uuid> = features.iter().map(|f| f.id).collect();
    graph::keep_features(tx, project, &ids).await?;
    Ok(features)
}

/// Free slugs for these names, in order. Slugs of deleted features stay taken.
pub async fn free_slugs(tx: &mut TenantTx, project: Uuid, names: &[&str]) -> Result<Vec<String>, Fault> {
    let bases: Vec<String> = names.iter().map(|name| kernel::ids::slug(name)).collect();
    let taken = sqlx::query_scalar!(
        r#"select f.slug as "slug!" from unnest($2::text[]) b (base)
             join factory.features f on f.organization_id = core.tenant() and f.project_id = $1
               and (f.slug = b.base or f.slug >= b.base || '-' and f.slug < b.base || '.')"#,
        project,
        &bases
    )
    .fetch_all(tx.conn())
    .await?;
    let mut taken: std::collections::HashSet<String> = taken.into_iter().collect();
    let mut next: std::collections::HashMap<String, u32> = std::collections::HashMap::new();
    let mut slugs = Vec::with_capacity(bases.len());
    for base in bases {
        let mut slug = base.clone();
        if taken.contains(&slug) {
            // Counts on from the last number given out: a thousand features of one name are not a million tries.
            let n = next.entry(base.clone()).or_insert(2);
            loop {
                slug = format!("{base}-{n}");
                *n += 1;
                if !taken.contains(&slug) {
                    break;
                }
            }
        }
        taken.insert(slug.clone());
        slugs.push(slug);
    }
    Ok(slugs)
}

/// The text of a field: trimmed, `None` when empty, 422 when too long.
pub fn text(field: &str, value: &str, max: usize) -> Result<Option<String>, Fault> {
    let value = value.trim();
    match value.chars().count() {
        0 => Ok(None),
        n if n > max => Err(Fault::field(field, format!("has {n} characters; the most is {max}"))),
        _ if value.contains('\0') => Err(Fault::field(field, "holds a character that cannot be stored")),
        _ => Ok(Some(value.to_owned())),
    }
}

/// The same for a name, which is required.
pub fn name(value: &str) -> Result<String, Fault> {
    text("name", value, 255)?.ok_or_else(|| Fault::field("name", "is required"))
}

/// A priority, or none for an empty text.
pub fn priority(value: &str) -> Result<Option<Priority>, Fault> {
    match value.trim() {
        "" => Ok(None),
        word => Priority::parse(word).map(Some).ok_or_else(|| Fault::field("priority", "is P0, P1, P2 or P3")),
    }
}

/// Criteria from lines. Lines that were there keep their id and whether they are met.
pub fn criteria(lines: &str, before: &[Criterion]) -> Result<Vec<Criterion>, Fault> {
    let texts: Vec<&str> = lines.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    if texts.len() > 200 {
        return Err(Fault::field("criteria", format!("are {}; the most is 200", texts.len())));
    }
    if let Some(long) = texts.iter().find(|t| t.chars().count() > 2000) {
        return Err(Fault::field("criteria", format!("are at most 2000 characters each; one has {}", long.chars().count())));
    }
    let mut left: Vec<&Criterion> = before.iter().collect();
    let mut out: Vec<Criterion> = texts
        .into_iter()
        .map(|line| match left.iter().position(|c| c.text == line) {
            Some(at) => left.remove(at).clone(),
            None => Criterion { id: String::new(), text: line.to_owned(), met: false },
        })
        .collect();
    number(&mut out);
    Ok(out)
}

/// Gives criteria without an id of their own the next free `c1`, `c2`, ..
pub fn number(criteria: &mut [Criterion]) {
    let mut used: std::collections::HashSet<String> = std::collections::HashSet::new();
    for criterion in criteria.iter_mut() {
        if !used.insert(criterion.id.clone()) {
            criterion.id.clear();
        }
    }
    let mut n = 0;
    for criterion in criteria.iter_mut().filter(|c| c.id.is_empty()) {
        loop {
            n += 1;
            let id = format!("c{n}");
            if used.insert(id.clone()) {
                criterion.id = id;
                break;
            }
        }
    }
}

/// 422 with the limit when a bulk call names none or too many.
pub fn at_most(n: usize, most: usize) -> Result<(), Fault> {
    match n {
        0 => Err(Fault::new(Code::Validation, "Choose at least one feature.")),
        n if n > most => Err(Fault::new(Code::Validation, format!("At most {most} features at a time; these are {n}."))),
        _ => Ok(()),
    }
}
