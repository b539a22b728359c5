//! Demo data: three projects with 300 features, their plans and sixty days of history, the same at every load.
use crate::{features::FeatureStatus, graph};
use chrono::{DateTime, Duration, Utc};
use kernel::{Fault, Perm, db::TenantTx};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

mod artifacts;
mod documents;
mod feedback;
mod plan;
mod text;
use text::{ASPECTS, PROJECTS, ProjectText};

/// Days of history.
const DAYS: i64 = 60;

/// What was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
    pub projects: usize,
    pub features: usize,
    pub activities: usize,
    pub documents: usize,
}

/// Loads the demo into the organization of the transaction. Loading again renews it: the demo's own projects are
/// replaced, everything else stays.
pub async fn load(tx: &mut TenantTx) -> Result<Loaded, Fault> {
    tx.require(Perm::FactoryManage)?;
    let people = sqlx::query_scalar!("select user_id from core.memberships where org_id = core.tenant() order by created_at, user_id")
        .fetch_all(tx.conn())
        .await?;
    sqlx::query!("delete from factory.projects where metadata @> '{\"demo\": true}'").execute(tx.conn()).await?;
    let mut loaded = Loaded { projects: 0, features: 0, activities: 0, documents: 0 };
    for (n, text) in PROJECTS.iter().enumerate() {
        let mut dice = Dice(n as u64 + 11);
        let (id, features, activities) = project(tx, text, &people, &mut dice).await?;
        plan::load(tx, id, &people, &mut dice).await?;
        if n == 0 {
            feedback::load(tx, id, &mut dice).await?;
            artifacts::load(tx, id).await?;
            loaded.documents += documents::load(tx, id, &people, &mut dice).await?;
        }
        loaded.projects += 1;
        loaded.features += features;
        loaded.activities += activities;
    }
    Ok(loaded)
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n.max(1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len() as u64) as usize).copied()
    }
}

async fn project(tx: &mut TenantTx, text: &ProjectText, people: &[Uuid], dice: &mut Dice) -> Result<(Uuid, usize, usize), Fault> {
    let now = tx.now();
    let begun = now - Duration::days(DAYS);
    let taken = sqlx::query_scalar!("select slug from factory.projects where slug = $1 or slug like $1 || '-%'", text.slug)
        .fetch_all(tx.conn())
        .await?;
    let id = sqlx::query_scalar!(
        r#"insert into factory.projects (name, slug, description, repo_url, status, metadata, created_at, updated_at)
           values ($1, $2, $3, $4, 'active', '{"demo": true}', $5, $6) returning id"#,
        text.name,
        kernel::ids::free_slug(text.slug, &taken),
        text.description,
        format!("https://git.example.com/{}", text.slug),
        begun,
        now
    )
    .fetch_one(tx.conn())
    .await?;

    let mut features: Vec<Value> = Vec::new();
    let mut activities: Vec<Value> = Vec::new();
    let mut n = 0usize;
    for (category, subject) in text.subjects {
        let parent = Uuid::new_v4();
        for (at, aspect) in std::iter::once(None).chain(ASPECTS.iter().map(Some)).enumerate() {
            n += 1;
            let feature = if at == 0 { parent } else { Uuid::new_v4() };
            let capital = format!("{}{}", subject[..1].to_uppercase(), &subject[1..]);
            let (name, description, criteria, effort): (String, String, Vec<String>, &str) = match aspect {
                None => (
                    capital.clone(),
                    format!("Everything people do with {subject} in {}.", text.name),
                    vec![format!("All parts of {subject} pass"), "The team has seen it in a demo".to_owned()],
                    "2w",
                ),
                Some(a) => (
                    fill(a.name, subject, &capital),
                    fill(a.description, subject, &capital),
                    a.criteria.iter().map(|c| fill(c, subject, &capital)).collect(),
                    a.effort,
                ),
            };
            // Most of the scope is known at the start; the rest is found on the way.
            let created = if dice.chance(64) {
                begun + Duration::hours(dice.below(72) as i64)
            } else {
                begun + Duration::hours(72 + dice.below(1100) as i64)
            };
            let path = history(dice, created, now);
            let status = path.last().map_or(FeatureStatus::Pending, |(_, s)| *s);
            let updated = path.last().map_or(created, |(at, _)| *at);
            let criteria: Vec<Value> = criteria
                .into_iter()
                .enumerate()
                .map(|(i, text)| {
                    let met = status == FeatureStatus::Passing || (status == FeatureStatus::InProgress && dice.chance(40));
                    json!({ "id": format!("c{}", i + 1), "text": text, "met": met })
                })
                .collect();
            let key = format!("{}-{n:03}", text.prefix);
            // A chain inside a subject: what lists things comes before what changes many of them.
            let dependencies = if at > 1 && dice.chance(35) { json!([format!("{}-{:03}", text.prefix, n - 1)]) } else { json!([]) };
            activities.push(json!({
                "entity": feature, "at": created, "action": "created", "actor": dice.pick(people),
                "changes": { "name": { "old": null, "new": name }, "status": { "old": null, "new": "pending" } },
            }));
            let mut before = FeatureStatus::Pending;
            for (at, next) in &path {
                activities.push(json!({
                    "entity": feature, "at": at, "action": "status_changed", "actor": dice.pick(people),
                    "changes": { "status": { "old": before, "new": next } },
                }));
                before = *next;
            }
            features.push(json!({
                "id": feature, "parent_id": (at > 0).then_some(parent), "feature_id": key, "name": name,
                "slug": format!("{}-{n}", kernel::ids::slug(&name)), "description": description, "category": category,
                "priority": dice.pick(&["P0", "P1", "P1", "P2", "P2", "P2", "P3"]), "status": status, "criteria": criteria,
                "effort": effort, "dependencies": dependencies, "sort_order": n, "created_at": created, "updated_at": updated,
            }));
        }
    }
    if let Some(last) = text.last {
        // What is left when all subjects pass.
        let (id, created) = (Uuid::new_v4(), begun + Duration::hours(30));
        activities.push(json!({
            "entity": id, "at": created, "action": "created", "actor": dice.pick(people),
            "changes": { "name": { "old": null, "new": last }, "status": { "old": null, "new": "pending" } },
        }));
        features.push(json!({
            "id": id, "parent_id": null, "feature_id": format!("{}-{:03}", text.prefix, n + 1), "name": last, "slug": kernel::ids::slug(last),
            "description": null, "category": null, "priority": null, "status": "pending", "criteria": null, "effort": null,
            "dependencies": [], "sort_order": n + 1, "created_at": created, "updated_at": created,
        }));
    }
    let written = (features.len(), activities.len());
    let ids: Vec<Uuid> = features.iter().filter_map(|f| f["id"].as_str()?.parse().ok()).collect();
    sqlx::query!(
        r#"insert into factory.features (id, project_id, parent_id, feature_id, name, slug, description, category, priority, status, criteria, effort,
             dependencies, sort_order, created_at, updated_at)
           select x.id, $1, x.parent_id, x.feature_id, x.name, x.slug, x.description, x.category, x.priority, x.status, nullif(x.criteria, 'null'), x.effort,
             x.dependencies, x.sort_order, x.created_at, x.updated_at
           from jsonb_to_recordset($2) as x(id uuid, parent_id uuid, feature_id text, name text, slug text, description text, category text,
             priority text, status text, criteria jsonb, effort text, dependencies jsonb, sort_order int, created_at timestamptz, updated_at timestamptz)"#,
        id,
        Json(features) as Json<Vec<Value>>
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        r#"insert into factory.activities (project_id, entity_type, entity_id, action, changes, actor_id, actor_type, created_at)
           select $1, 'feature', x.entity, x.action, x.changes, x.actor, case when x.actor is null then 'system' else 'user' end, x.at
           from jsonb_to_recordset($2) as x(entity uuid, at timestamptz, action text, actor uuid, changes jsonb)"#,
        id,
        Json(activities) as Json<Vec<Value>>
    )
    .execute(tx.conn())
    .await?;
    graph::keep_features(tx, id, &ids).await?;
    sqlx::query!("select factory.rebuild_days($1)", id).fetch_one(tx.conn()).await?;
    Ok((id, written.0, written.1))
}

/// The moves of a feature from its creation until now, as the machine allows them.
fn history(dice: &mut Dice, created: DateTime<Utc>, now: DateTime<Utc>) -> Vec<(DateTime<Utc>, FeatureStatus)> {
    use FeatureStatus::*;
    let mut moves = Vec::new();
    let mut at = created;
    let mut status = Pending;
    loop {
        let (hours, next) = match status {
            Pending if dice.chance(6) => (40 + dice.below(300), Blocked),
            Pending => (20 + dice.below(1500), InProgress),
            InProgress => match dice.below(10) {
                0 => (24 + dice.below(100), Blocked),
                1 | 2 => (24 + dice.below(160), Failing),
                _ => (24 + dice.below(220), Passing),
            },
            Failing => (10 + dice.below(90), if dice.chance(60) { Passing } else { InProgress }),
            Blocked => (60 + dice.below(400), InProgress),
            // What passes mostly stays so.
            Passing if dice.chance(5) => (100 + dice.below(500), Failing),
            Passing => return moves,
        };
        at += Duration::hours(hours as i64) + Duration::minutes(dice.below(60) as i64);
        if at >= now {
            return moves;
        }
        debug_assert!(status.may_become(next), "{status:?} to {next:?}");
        moves.push((at, next));
        status = next;
    }
}

fn fill(pattern: &str, subject: &str, capital: &str) -> String {
    pattern.replace("{S}", capital).replace("{s}", subject)
}
