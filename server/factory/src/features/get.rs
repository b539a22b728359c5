//! One feature with its surroundings.
use super::{Feature, FeatureDetail, FeatureRef, FeatureStatus, ProjectHead, store};
use crate::{activities, projects};
use kernel::{Fault, Perm, db::TenantTx, record::PageRequest};
use uuid::Uuid;

/// A live feature, or 404.
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Feature, Fault> {
    tx.require(Perm::FactoryRead)?;
    let project = sqlx::query_scalar!("select project_id from factory.features where id = $1 and deleted_at is null", id)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(|| Fault::not_found("The feature"))?;
    projects::get(tx, project).await?;
    store::one(tx, project, id).await
}

/// The feature of this key in a project, with parent, children, dependencies both ways and its latest history.
pub async fn by_key(tx: &mut TenantTx, project: &str, key: &str) -> Result<FeatureDetail, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let found = store::find(tx, project.id, &[], &[key.to_owned()]).await?;
    let feature = found.into_iter().find(|f| !f.deleted).ok_or_else(|| Fault::not_found("The feature"))?;
    let around = sqlx::query!(
        r#"(select 'parent' as "side!", f.id as "id!", f.feature_id as "key!", f.name as "name!", f.status as "status!: FeatureStatus", 0 as "n!"
             from factory.features f where f.id = $2 and f.deleted_at is null)
           union all
           (select 'child', f.id, f.feature_id, f.name, f.status, (row_number() over (order by f.sort_order, f.id))::int
             from factory.features f where f.parent_id = $3 and f.deleted_at is null order by f.sort_order, f.id limit 200)
           union all
           (select 'needs', f.id, f.feature_id, f.name, f.status, 0
             from factory.features f
             where f.organization_id = core.tenant() and f.project_id = $1 and f.feature_id = any ($4) and f.deleted_at is null)
           union all
           (select 'needed', f.id, f.feature_id, f.name, f.status, 0
             from unnest(factory.feature_dependents($1, $5, 100)) d (id) join factory.features f on f.id = d.id)
           order by 6, 3"#,
        project.id,
        feature.parent_id,
        feature.id,
        &feature.dependencies,
        feature.key
    )
    .fetch_all(tx.conn())
    .await?;
    let side = |name: &str| -> Vec<FeatureRef> {
        around
            .iter()
            .filter(|r| r.side == name)
            .map(|r| FeatureRef { id: Some(r.id), key: r.key.clone(), name: r.name.clone(), status: Some(r.status) })
            .collect()
    };
    let needs = side("needs");
    let depends_on = feature
        .dependencies
        .iter()
        .map(|key| {
            let known = needs.iter().find(|f| f.key == *key).cloned();
            known.unwrap_or_else(|| FeatureRef { id: None, key: key.clone(), name: String::new(), status: None })
        })
        .collect();
    let history = activities::of_feature(tx, feature.id, &PageRequest { after: None, limit: Some(50) }).await?.rows;
    Ok(FeatureDetail {
        project: ProjectHead { id: project.id, slug: project.slug, name: project.name, status: project.status, rev: project.rev },
        parent: side("parent").pop(),
        children: side("child"),
        needed_by: side("needed"),
        depends_on,
        feature,
        history,
    })
}

/// Up to ten features whose words begin with what was typed, for pickers.
pub async fn suggest(tx: &mut TenantTx, project: &str, typed: &str) -> Result<Vec<FeatureRef>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let rows = sqlx::query!(
        r#"select f.id, f.feature_id as key, f.name, f.status as "status: FeatureStatus"
           from factory.features f
           where f.project_id = $1 and f.deleted_at is null and f.id = any (factory.feature_hits($1, $2, 200))
           order by f.key_order, f.id limit 10"#,
        project.id,
        typed
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|r| FeatureRef { id: Some(r.id), key: r.key, name: r.name, status: Some(r.status) }).collect())
}
