//! Adding one feature.
use super::{Feature, FeatureInput, FeatureStatus, dependencies, order, store};
use crate::projects;
use kernel::{Fault, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// Adds a feature at the end of its level. Without a key it gets the one after the last "F-.." of the project.
pub async fn create(tx: &mut TenantTx, project: &str, input: &FeatureInput) -> Result<Feature, Fault> {
    let project = projects::lock(tx, project).await?;
    let name = store::name(&input.name)?;
    let key = match store::text("key", &input.key, 100)? {
        Some(key) => check_key(&key)?,
        None => next_key(tx, project.id).await?,
    };
    let taken = store::find(tx, project.id, &[], std::slice::from_ref(&key)).await?;
    if let Some(other) = taken.first() {
        let message = if other.deleted { "belongs to a deleted feature; import or restore it" } else { "is already used in this project" };
        return Err(Fault::field("key", message));
    }
    let parent_id = match input.parent_id {
        Some(parent) => Some(order::new_parent(tx, project.id, parent).await?),
        None => None,
    };
    let wanted = dependencies::parse(&input.dependencies);
    dependencies::check(tx, project.id, &key, &wanted).await?;
    let slug = store::free_slugs(tx, project.id, &[&name]).await?.remove(0);
    let feature = Feature {
        id: Uuid::new_v4(),
        rev: String::new(),
        project_id: project.id,
        parent_id,
        key,
        slug,
        name,
        description: store::text("description", &input.description, 20_000)?,
        category: store::text("category", &input.category, 100)?,
        priority: store::priority(&input.priority)?,
        status: FeatureStatus::Pending,
        criteria: store::criteria(&input.criteria, &[])?,
        effort: store::text("effort", &input.effort, 20)?,
        dependencies: wanted,
        sort_order: order::last(tx, project.id).await? + 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        deleted: false,
    };
    Ok(store::insert(tx, project.id, vec![feature], json!({})).await?.remove(0))
}

/// Keys stand in addresses and in lists separated by commas and blanks.
pub(crate) fn check_key(key: &str) -> Result<String, Fault> {
    match key.chars().find(|c| c.is_whitespace() || c.is_control() || matches!(c, ',' | '/' | '?' | '#' | '\\' | '%')) {
        Some(c) if c.is_whitespace() => Err(Fault::field("key", "holds a blank")),
        Some(c) => Err(Fault::field("key", format!("holds the character {c:?}"))),
        None if matches!(key, "." | "..") => Err(Fault::field("key", "needs a letter or digit")),
        None => Ok(key.to_owned()),
    }
}

/// The key after the last "F-12" or "F-012" of the project, deleted ones too.
async fn next_key(tx: &mut TenantTx, project: Uuid) -> Result<String, Fault> {
    // ":" is the character behind "9": of all keys "F-<number>..", the greatest.
    let last = sqlx::query_scalar!(
        "select feature_id from factory.features
         where project_id = $1 and key_order >= 'f-' and key_order < 'f-:' and deleted_at is null
         order by key_order desc, id desc limit 1",
        project
    )
    .fetch_optional(tx.conn())
    .await?;
    let digits: String = last.iter().flat_map(|key| key.chars().skip(2)).take_while(char::is_ascii_digit).collect();
    let width = if digits.is_empty() { 3 } else { digits.len() };
    let mut n = digits.parse::<u64>().unwrap_or(0) + 1;
    loop {
        let key = format!("F-{n:0width$}");
        let used = sqlx::query_scalar!(
            r#"select exists (select from factory.features
                 where organization_id = core.tenant() and project_id = $1 and feature_id = $2) as "used!""#,
            project,
            key
        )
        .fetch_one(tx.conn())
        .await?;
        if !used {
            return Ok(key);
        }
        n += 1;
    }
}
