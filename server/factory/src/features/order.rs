//! Where a feature stands in the tree: under which parent, and after which sibling.
use super::{Feature, store};
use crate::projects;
use kernel::{Code, Fault, db::TenantTx};
use uuid::Uuid;

/// The levels a tree may have.
pub const MAX_DEPTH: i64 = 5;

/// The greatest place in a project.
pub(crate) async fn last(tx: &mut TenantTx, project: Uuid) -> Result<i32, Fault> {
    let last = sqlx::query_scalar!(
        "select sort_order from factory.features where project_id = $1 and deleted_at is null order by sort_order desc limit 1",
        project
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(last.unwrap_or(0))
}

/// The parent of a new feature: of the same project, with room below it.
pub(super) async fn new_parent(tx: &mut TenantTx, project: Uuid, parent: Uuid) -> Result<Uuid, Fault> {
    let above = above(tx, project, parent).await?;
    if above.is_empty() {
        return Err(Fault::field("parent_id", "is not in this project"));
    }
    too_deep(above.len() as i64 + 1)?;
    Ok(parent)
}

/// The feature and all above it, nearest first; empty when it is not a live feature of the project.
async fn above(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<Vec<Uuid>, Fault> {
    Ok(sqlx::query_scalar!(
        r#"with recursive up (id, parent_id, n) as (
             select id, parent_id, 1 from factory.features where id = $2 and project_id = $1 and deleted_at is null
             union all
             select f.id, f.parent_id, up.n + 1 from up join factory.features f on f.id = up.parent_id where up.n < 50
           )
           select id as "id!" from up order by n"#,
        project,
        id
    )
    .fetch_all(tx.conn())
    .await?)
}

/// How many levels hang on the feature, itself included.
async fn height(tx: &mut TenantTx, id: Uuid) -> Result<i64, Fault> {
    Ok(sqlx::query_scalar!(
        r#"with recursive down (id, n) as (
             select $1::uuid, 1::bigint
             union all
             select f.id, down.n + 1 from down join factory.features f on f.parent_id = down.id and f.deleted_at is null where down.n < 50
           )
           select max(n) as "n!" from down"#,
        id
    )
    .fetch_one(tx.conn())
    .await?)
}

fn too_deep(levels: i64) -> Result<(), Fault> {
    if levels <= MAX_DEPTH {
        return Ok(());
    }
    let mut fault = Fault::field("parent_id", format!("would make {levels} levels; the most is {MAX_DEPTH}"));
    fault.code = Code::TooDeep;
    fault.message = format!("A feature tree has at most {MAX_DEPTH} levels; this would make {levels}.");
    Err(fault)
}

/// Puts a feature under a parent (`None`: top level), after a sibling (`None`: first). 422 `cycle` when the parent is
/// the feature or below it, `too_deep` past five levels. Siblings behind it make room.
pub async fn place(tx: &mut TenantTx, id: Uuid, rev: &str, parent: Option<Uuid>, after: Option<Uuid>) -> Result<Feature, Fault> {
    let project = projects::lock_of_feature(tx, id).await?;
    let before = store::one(tx, project.id, id).await?;
    store::check_rev(&before, rev)?;
    if let Some(parent) = parent {
        let above = above(tx, project.id, parent).await?;
        if above.is_empty() {
            return Err(Fault::field("parent_id", "is not in this project"));
        }
        if above.contains(&id) {
            let mut fault = Fault::field("parent_id", "is the feature itself or below it");
            fault.code = Code::Cycle;
            fault.message = "A feature cannot move below itself.".into();
            return Err(fault);
        }
        too_deep(above.len() as i64 + height(tx, id).await?)?;
    }
    let place = match after {
        Some(after) if after != id => {
            let sibling = store::one(tx, project.id, after).await?;
            if sibling.parent_id != parent {
                return Err(Fault::field("after", "is not under the same parent"));
            }
            sibling.sort_order
        }
        _ => first(tx, project.id, parent, id).await? - 1,
    };
    // Whoever stands right behind moves on, as far as it takes to make one place free.
    sqlx::query!(
        r#"with behind as (
             select f.id, f.sort_order, row_number() over (order by f.sort_order, f.id) as n
             from factory.features f
             where f.project_id = $1 and f.parent_id is not distinct from $2 and f.deleted_at is null and f.id <> $3 and f.id is distinct from $5
               and (f.sort_order > $4 or f.sort_order = $4 and $5::uuid is not null and f.id > $5)
           )
           update factory.features f set sort_order = $4 + 1 + behind.n
           from behind where f.id = behind.id and behind.sort_order < $4 + 1 + behind.n"#,
        project.id,
        parent,
        id,
        place,
        after
    )
    .execute(tx.conn())
    .await?;
    let after = Feature { parent_id: parent, sort_order: place.saturating_add(1), ..before.clone() };
    Ok(store::save(tx, project.id, vec![store::Write::new(before, after)]).await?.remove(0))
}

/// The least place among the children of a parent.
async fn first(tx: &mut TenantTx, project: Uuid, parent: Option<Uuid>, but: Uuid) -> Result<i32, Fault> {
    let least = sqlx::query_scalar!(
        "select sort_order from factory.features
         where project_id = $1 and parent_id is not distinct from $2 and deleted_at is null and id <> $3 order by sort_order limit 1",
        project,
        parent,
        but
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(least.unwrap_or(1))
}
